"""Trying a changed lexicon file on stored calls, before it is put in its place."""

from __future__ import annotations

from threading import Lock
from typing import Annotated, Final, Self

from fastapi import APIRouter, Body
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.deps import ServiceOfApp, Words, storable
from api.examples import NEW_TRIAL, TRIED
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import Shape
from qc.domain import Category, Finding, Severity
from qc.errors import Unavailable
from qc.follow_up.talking import masked
from qc.ingest import Time
from qc.previewing import RuleCount
from qc.stored_preview import MAX_CALLS, Trial, TriedPreview, preview_in_time

router = APIRouter(prefix="/v1/rulebook", tags=["rulebook"])

SHOWN: Final = 100
"""How many changed calls are told in full; the rest are counted."""
MAX_CONTENT: Final = 500_000
"""Characters of a lexicon file; the largest shipped one has a tenth of it."""
_BUSY: Final = Lock()
"""One trial at a time: each keeps a core busy."""


class TrialBody(BaseModel):
    """A changed lexicon file, and the stored calls to try it on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.yaml$", max_length=100)] = Field(
        description="The file of `lexicons/phrases` that it would replace."
    )
    content: Annotated[str, StringConstraints(max_length=MAX_CONTENT), AfterValidator(storable)] = Field(
        description="The whole file as it would be."
    )
    calls: int = Field(default=200, ge=1, le=MAX_CALLS, description="How many calls to look at, the newest first.")
    store: Words | None = Field(default=None, description="Only this store's calls.")
    since: Time | None = Field(default=None, description="Only calls that began then or later.")


class TrialFinding(Shape):
    """A finding that would newly be there, or no more."""

    rule_id: str = Field(description="The rule.")
    category: Category = Field(description="What it is about.")
    severity: Severity = Field(description="How bad.")
    utterance: int = Field(description="The index in the transcript.")
    quotes: tuple[str, ...] = Field(description="The words; of long numbers only the end.")
    reason: str = Field(description="Why, for a reader.")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """The written form of this finding."""
        return cls(
            rule_id=finding.rule_id,
            category=finding.category,
            severity=finding.severity,
            utterance=finding.evidence[0].utterance,
            quotes=tuple(masked(place.quote) for place in finding.evidence),
            reason=masked(finding.reason),
        )


class TrialCall(Shape):
    """A call in which something would change."""

    recording_id: str = Field(description="The recording.")
    new: tuple[TrialFinding, ...] = Field(description="What would newly be found.")
    gone: tuple[TrialFinding, ...] = Field(description="What would be found no more.")


class TrialReply(Shape):
    """What the changed file would do to stored calls."""

    looked_at: int = Field(description="How many calls were looked at.")
    complete: bool = Field(description="False where time was over before all calls asked for were looked at.")
    changed: int = Field(description="In how many of them something would change.")
    rules: tuple[RuleCount, ...] = Field(description="The rules of the changes, the most changed first.")
    calls: tuple[TrialCall, ...] = Field(description=f"The changed calls, the newest first, {SHOWN} at most.")

    @classmethod
    def of(cls, tried: TriedPreview) -> Self:
        """The written form of this trial."""
        shown = tried.preview
        return cls(
            looked_at=shown.looked_at,
            complete=tried.complete,
            changed=len(shown.changed),
            rules=shown.rules,
            calls=tuple(
                TrialCall(
                    recording_id=call.call,
                    new=tuple(map(TrialFinding.of, call.new)),
                    gone=tuple(map(TrialFinding.of, call.gone)),
                )
                for call in shown.changed[:SHOWN]
            ),
        )


@router.post(
    "/preview",
    operation_id="previewRulebook",
    summary="Try a changed lexicon file on stored calls",
    dependencies=[needs("review")],
    responses={
        200: json_reply("What would change.", TRIED),
        **problems(400, 401, 403, 404, 413, 422, 500, 503),
    },
)
def preview_rulebook(service: ServiceOfApp, body: Annotated[TrialBody, Body(examples=[NEW_TRIAL])]) -> TrialReply:
    """What the file would newly find and no longer find, with the words; nothing is changed.

    It stands beside the other files of `lexicons/phrases` as they are now. 422 `bad-lexicon` says what is wrong with
    it, by rule and field, `too-slow` that its patterns do not come to an end, and `too-large` that they take more than
    2 GiB of memory. After 20 s no further call is looked at (`complete` is false then). One trial runs at a time;
    another meanwhile is a 503 `preview-busy`.
    """
    if not _BUSY.acquire(blocking=False):
        raise Unavailable("preview-busy", "Another changed file is being tried.", way_out="Try again in a minute.")
    try:
        return TrialReply.of(preview_in_time(service.settings, Trial.model_validate(body.model_dump())))
    finally:
        _BUSY.release()
