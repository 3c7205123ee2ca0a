"""Verdicts: what reviewers say about findings, kept beside what the machine said."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Self

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.deps import Id, Moment, Prose, ServiceOfApp, Words, beginning
from api.examples import DISMISSAL, PRECISION, REVIEWS, VERDICT
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, own
from api.review_shapes import PrecisionShape, ReviewShape, ReviewsShape, RulePrecisionShape, VerdictShape
from api.rulebook import GraderWhereNeeded
from api.security import needs
from qc.domain import Category
from qc.precision import MIN_VERDICTS, NOISY_BELOW
from qc.review import DismissReason, Person, VerdictKind
from qc.store.inspections import current_inspection
from qc.store.precision import read_precision
from qc.store.recordings import get_recording
from qc.store.records import KeyRecord
from qc.store.requests import record_once
from qc.store.trails import count_unreviewed, read_trails, trails_of_findings
from qc.store.verdicts import NewVerdict, add_verdict, get_verdict

router = APIRouter(prefix="/v1", tags=["verdicts"])

Reviewer = Annotated[
    Words | None,
    Field(description="Who says so. Needed where people share the API key; else the key's name stands for its user."),
]


class VerdictBody(BaseModel):
    """What a reviewer says about `text[start:end]` of an utterance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: VerdictKind = Field(description="`add` is for words that the machine missed; `comment` judges nothing.")
    category: Category = Field(description="The finding's, or that of what was missed.")
    utterance: int = Field(ge=0, description="The index in the transcript.")
    start: int = Field(ge=0, description="The first character.")
    end: int = Field(ge=1, description="The character after the last one.")
    new_category: Category | None = Field(default=None, description="What the words are instead; to `recategorise`.")
    reason: DismissReason | None = Field(default=None, description="Why it is a false alarm; to `dismiss`.")
    comment: Prose = Field(default="", description="For people. Needed for `comment` and for the reason `other`.")
    reviewer: Reviewer = None
    after: Words | None = Field(
        default=None,
        description="The `after` of the finding as you have seen it; without it you say that nobody had judged it.",
    )

    @model_validator(mode="after")
    def _says_nothing_besides(self) -> Self:
        if self.new_category is not None and self.kind is not VerdictKind.RECATEGORISE:
            raise ValueError("new_category is for recategorise alone")
        if self.reason is not None and self.kind is not VerdictKind.DISMISS:
            raise ValueError("reason is for dismiss alone")
        return self


def who(key: KeyRecord, name: str | None) -> Person:
    """Whom this request is from."""
    return Person(name=name or key.name, key_id=key.id, named=name is not None)


def fingerprint(body: BaseModel, *about: str) -> str:
    """What makes two requests the same one: what they are about, and all they say."""
    content: list[Any] = [*about, body.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def tell_if_repeated(response: Response, *, created: bool) -> None:
    """Say in the reply's head whether the request was a repeat."""
    if not created:
        response.headers["Idempotent-Replayed"] = "true"


@router.post(
    "/recordings/{recording_id}/verdicts",
    operation_id="addVerdict",
    summary="Judge a finding, add a missed one, or comment",
    status_code=201,
    responses={
        201: json_reply("The verdict.", VERDICT, repeatable=True),
        **problems(400, 401, 403, 404, 409, 413, 422, 500, 503),
    },
)
def add_one(
    key: Annotated[KeyRecord, needs("review")],
    service: ServiceOfApp,
    grader: GraderWhereNeeded,
    response: Response,
    recording_id: Id,
    body: Annotated[VerdictBody, Body(examples=[DISMISSAL])],
    idempotency_key: IdempotencyKey = None,
) -> VerdictShape:
    """Kept for good beside the machine's value, which stays as it is.

    The finding is named by its category and its words (`evidence`), so that the verdict also holds when the call is
    inspected again. To overrule an earlier verdict, send its id as `after`; if somebody else was faster, the answer is
    409 `judged-meanwhile`. While an appeal is open only its decision can change what holds (409 `appeal-open`), and
    after it nothing can (409 `already-decided`). Nobody judges a call of his or her own (409 `own-call`).

    `do-not-call` and `lost-to-competitor` decide a lead: where a verdict changes whether one holds, the call's lead is
    graded again, the feed of grades tells why, and its follow-up is planned anew.
    """
    new = NewVerdict.model_validate(body.model_dump(exclude={"reviewer"}))
    verdict_id, created = record_once(
        service.database,
        own(key, idempotency_key),
        fingerprint(body, "verdict", recording_id),
        lambda session: (recording_id, add_verdict(session, recording_id, new, who(key, body.reviewer), grader).id),
    )
    tell_if_repeated(response, created=created)
    with service.database.reading() as session:
        return VerdictShape.of(get_verdict(session, verdict_id))


@router.get(
    "/recordings/{recording_id}/verdicts",
    operation_id="listVerdicts",
    summary="See what was said about the findings of a recording",
    dependencies=[needs("read")],
    responses={
        200: json_reply("Every finding with its trail.", REVIEWS),
        **problems(401, 403, 404, 422, 503),
    },
)
def trail(service: ServiceOfApp, recording_id: Id) -> ReviewsShape:
    """Each finding of the current inspection with what holds and everything that was said, then what people added."""
    with service.database.reading() as session:
        get_recording(session, recording_id)
        stored = current_inspection(session, recording_id)
        trails = read_trails(session, recording_id)
    findings = () if stored is None else stored.inspection.findings
    transcript_id = "" if stored is None else stored.transcript_id
    continued = trails_of_findings(findings, trails, transcript_id)
    theirs = {trail.id for trail in continued if trail is not None}
    return ReviewsShape(
        recording_id=recording_id,
        inspection_id=stored and stored.id,
        unreviewed=count_unreviewed(findings, trails, transcript_id),
        items=(
            *(ReviewShape.of(finding, trail) for finding, trail in zip(findings, continued, strict=True)),
            *(ReviewShape.of(None, trail) for trail in trails if trail.id not in theirs),
        ),
    )


@router.get(
    "/rules/precision",
    operation_id="getPrecision",
    summary="See how often each rule is right",
    dependencies=[needs("read")],
    responses={200: json_reply("Counts by rule.", PRECISION), **problems(401, 403, 422, 503)},
)
def precision(
    service: ServiceOfApp,
    *,
    since: Annotated[Moment | None, Query(description="Only findings judged last then or later.")] = None,
    min_verdicts: Annotated[int, Query(ge=1, le=1000, description="To call a rule noisy.")] = MIN_VERDICTS,
    below: Annotated[float, Query(gt=0, le=1, description="A precision below this is noisy.")] = NOISY_BELOW,
    noisy: Annotated[bool | None, Query(description="Only rules that are noisy, or only others.")] = None,
) -> PrecisionShape:
    """By the verdicts, with a 95 % interval; the least precise rule first. Rules without any verdict are left out.

    These are figures about judged findings: where reviewers look at suspicious ones only, they are worse than the rule.
    """
    with service.database.reading() as session:
        counted = read_precision(session, since=beginning(since, service.settings.zone))
    rules = tuple(RulePrecisionShape.of(rule, min_verdicts=min_verdicts, below=below) for rule in counted)
    return PrecisionShape(
        min_verdicts=min_verdicts,
        below=below,
        items=tuple(rule for rule in rules if noisy is None or rule.noisy is noisy),
    )
