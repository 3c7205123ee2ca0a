"""Appeals: a consultant objects to a verdict, a second reviewer decides."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from api.deps import Cursor, Id, Limit, Prose, ServiceOfApp, Words
from api.examples import APPEAL_LINE, DECISION, page_of
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, own
from api.review_shapes import AppealLine, AppealState, DecisionShape
from api.rulebook import GraderWhereNeeded
from api.security import needs
from api.shapes import PageOf
from api.verdicts import Reviewer, fingerprint, tell_if_repeated, who
from qc.domain import Category
from qc.review import AppealOutcome, DismissReason
from qc.store.appeals import NewDecision, add_appeal, add_decision, find_appeals, get_appeal
from qc.store.records import KeyRecord
from qc.store.requests import record_once

router = APIRouter(prefix="/v1", tags=["appeals"])


class AppealBody(BaseModel):
    """Why a verdict is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[Prose, Field(min_length=1, description="In the consultant's words.")]
    consultant: Words | None = Field(
        default=None,
        description="Who appeals. Needed where people share the API key; else the key's name stands for its user.",
    )


class DecisionBody(BaseModel):
    """What a second reviewer makes of an appeal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: AppealOutcome = Field(description="`uphold` leaves the verdict as it is.")
    new_category: Category | None = Field(default=None, description="What the words are instead; to `recategorise`.")
    reason: DismissReason | None = Field(default=None, description="Why it is a false alarm; to `dismiss`.")
    comment: Prose = Field(default="", description="For people. Needed for the reason `other`.")
    reviewer: Reviewer = None

    @model_validator(mode="after")
    def _says_nothing_besides(self) -> Self:
        if self.new_category is not None and self.outcome is not AppealOutcome.RECATEGORISE:
            raise ValueError("new_category is for recategorise alone")
        if self.reason is not None and self.outcome is not AppealOutcome.DISMISS:
            raise ValueError("reason is for dismiss alone")
        return self


@router.post(
    "/verdicts/{verdict_id}/appeal",
    operation_id="addAppeal",
    summary="Appeal against a verdict",
    status_code=201,
    responses={
        201: json_reply("The appeal, open.", APPEAL_LINE, repeatable=True),
        **problems(400, 401, 403, 404, 409, 413, 422, 503),
    },
)
def appeal(
    key: Annotated[KeyRecord, needs("appeal")],
    service: ServiceOfApp,
    response: Response,
    verdict_id: Id,
    body: Annotated[AppealBody, Body(examples=[{"reason": "当天有书面价格政策。", "consultant": "王磊"}])],
    idempotency_key: IdempotencyKey = None,
) -> AppealLine:
    """The verdict stands until the appeal is decided. A finding is appealed once (409 `already-appealed`).

    Only what is held against somebody can be appealed: a verdict that dismisses is not (409 `nothing-to-appeal`), nor
    one that a newer verdict has overruled (409 `overruled`).
    """

    def store(session: Session) -> tuple[str, str]:
        added = add_appeal(session, verdict_id, body.reason, who(key, body.consultant))
        return added.recording_id, added.id

    asked = fingerprint(body, "appeal", verdict_id)
    appeal_id, created = record_once(service.database, own(key, idempotency_key), asked, store)
    tell_if_repeated(response, created=created)
    with service.database.reading() as session:
        return AppealLine.of_stored(get_appeal(session, appeal_id))


@router.get(
    "/appeals",
    operation_id="listAppeals",
    summary="List appeals",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of appeals.", page_of(APPEAL_LINE)), **problems(401, 403, 422, 503)},
)
def list_appeals(
    service: ServiceOfApp,
    *,
    state: Annotated[AppealState | None, Query(description="Whether they were decided.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[AppealLine]:
    """The appeals with the verdicts they are about, newest first; `state=open` is what waits for a second reviewer."""
    is_open = None if state is None else state == "open"
    with service.database.reading() as session:
        page = find_appeals(session, is_open=is_open, cursor=cursor, limit=limit)
    return PageOf(items=tuple(AppealLine.of_stored(one) for one in page.items), next_cursor=page.next_cursor)


@router.post(
    "/appeals/{appeal_id}/decision",
    operation_id="decideAppeal",
    summary="Decide an appeal",
    status_code=201,
    responses={
        201: json_reply("The decision.", DECISION, repeatable=True),
        **problems(400, 401, 403, 404, 409, 413, 422, 500, 503),
    },
)
def decide(
    key: Annotated[KeyRecord, needs("review")],
    service: ServiceOfApp,
    grader: GraderWhereNeeded,
    response: Response,
    appeal_id: Id,
    body: Annotated[
        DecisionBody,
        Body(examples=[{"outcome": "dismiss", "reason": "permitted", "comment": "有价格政策", "reviewer": "兰姐"}]),
    ],
    idempotency_key: IdempotencyKey = None,
) -> DecisionShape:
    """The last word about the finding, by a second reviewer.

    Who gave the verdict, who appealed and whose call it is may not decide (409 `second-reviewer-needed`). People are
    told apart by name; where they share an API key, each of the two requests has to name its reviewer. Like a verdict,
    it grades the call's lead again where it changes what decides the lead.
    """
    new = NewDecision.model_validate(body.model_dump(exclude={"reviewer"}))

    def store(session: Session) -> tuple[str, str]:
        added = add_decision(session, appeal_id, new, who(key, body.reviewer), grader)
        return get_appeal(session, appeal_id).appeal.recording_id, added.id

    asked = fingerprint(body, "decision", appeal_id)
    _, created = record_once(service.database, own(key, idempotency_key), asked, store)
    tell_if_repeated(response, created=created)
    with service.database.reading() as session:
        decision = get_appeal(session, appeal_id).decision
    assert decision is not None  # noqa: S101 - it was added, now or earlier, and is never taken away
    return DecisionShape.of(decision)
