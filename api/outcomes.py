"""Outcomes: the CRM's news about leads."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from api.deps import Prose, ServiceOfApp, Words
from api.lead_examples import NEW_OUTCOME, OUTCOME
from api.lead_shapes import OutcomeReply
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, own
from api.rulebook import GraderOfApp
from api.security import needs
from api.verdicts import fingerprint, tell_if_repeated
from qc.ingest import Time
from qc.leads import GivenBy, OutcomeKind
from qc.store.lead_grades import NewOutcome, get_outcome, report_outcome
from qc.store.records import KeyRecord
from qc.store.requests import record_once

router = APIRouter(prefix="/v1/outcomes", tags=["leads"])


class OutcomeBody(BaseModel):
    """What happened to a lead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lead: Words = Field(description="The lead in the CRM; one we have not heard of begins with this.")
    kind: OutcomeKind = Field(
        description="`ordered` makes the lead O, `delivered` D, `lost` F. `visited` is kept for reports. `graded` is the "
        "CRM's or the consultant's own grade."
    )
    at: Time = Field(description="When it happened; the latest decides, in whatever order they are sent.")
    external_id: Words | None = Field(default=None, description="Your own id of these news.")
    reason: Prose | None = Field(default=None, description="Why it was `lost`: needed then.")
    grade: Words | None = Field(
        default=None, description="The grade that was given, in your own words (H, B级, 休眠 …): needed for `graded`."
    )
    by: GivenBy = Field(default=GivenBy.CRM, description="Who says so.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.reason is not None and self.kind is not OutcomeKind.LOST:
            raise ValueError("reason is for lost alone")
        if self.grade is not None and self.kind is not OutcomeKind.GRADED:
            raise ValueError("grade is for graded alone")
        return self


@router.post(
    "",
    operation_id="addOutcome",
    summary="Tell what became of a lead",
    status_code=201,
    responses={
        201: json_reply("The news, kept.", OUTCOME, repeatable=True),
        **problems(400, 401, 403, 409, 413, 422, 500, 503),
    },
)
def add_one(
    key: Annotated[KeyRecord, needs("ingest")],
    service: ServiceOfApp,
    grader: GraderOfApp,
    response: Response,
    body: Annotated[OutcomeBody, Body(examples=[NEW_OUTCOME])],
    idempotency_key: IdempotencyKey = None,
) -> OutcomeReply:
    """The lead is graded anew at once; `GET /v1/grades` tells if that changed anything.

    An order, a delivery or a loss decides over the customer's words until the customer speaks again: an order ends with
    a cancellation in a call after it, a lost lead that wants a car again counts by its words. The very same news twice,
    or the same `Idempotency-Key`, store nothing; the same `external_id` with other content is a 409.
    """
    fresh = False

    def store(session: Session) -> tuple[None, str]:
        nonlocal fresh
        outcome_id, fresh = report_outcome(session, NewOutcome.model_validate(body.model_dump()), grader)
        return None, outcome_id

    outcome_id, _ = record_once(service.database, own(key, idempotency_key), fingerprint(body, "outcome"), store)
    tell_if_repeated(response, created=fresh)
    with service.database.reading() as session:
        outcome = get_outcome(session, outcome_id)
    return OutcomeReply(**dict(outcome), links={"lead": f"/v1/leads/{outcome.lead_id}"})
