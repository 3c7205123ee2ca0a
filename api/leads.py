"""Leads: what the CRM tells about them, and what all their calls make of them."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from api.deps import Cursor, Id, Limit, ServiceOfApp, Words
from api.examples import page_of
from api.lead_examples import LEAD, LEAD_LINE, NEW_LEAD
from api.lead_shapes import LeadLine, LeadShape
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, own
from api.rulebook import GraderOfApp
from api.security import needs
from api.shapes import PageOf
from api.verdicts import fingerprint, tell_if_repeated
from qc.ingest import Time
from qc.leads import LeadLetter
from qc.store.grade_feed import changes_of_lead
from qc.store.lead_grades import post_lead
from qc.store.leads import (
    Attention,
    LeadUpdate,
    NewLead,
    calls_of_lead,
    find_leads,
    get_lead,
    outcomes_of_lead,
    recordings_of_lead,
    update_lead,
)
from qc.store.records import KeyRecord
from qc.store.requests import record_once

router = APIRouter(prefix="/v1/leads", tags=["leads"])


Tags = Annotated[tuple[Words, ...], Field(max_length=50)]


class LeadBody(BaseModel):
    """What the CRM knows about a lead when it is created."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: Words = Field(description="The CRM's id of the lead; its recordings name it as `lead`.")
    at: Time = Field(description="When it was created: the first call is due within minutes of it.")
    source: Words | None = Field(default=None, description="Where it came from: 汽车之家, 抖音, 到店 …")
    store: Words | None = Field(default=None, description="The 4S store.")
    consultant: Words | None = Field(default=None, description="Who looks after it.")
    customer: Words | None = Field(default=None, description="The customer, as the CRM names him.")
    crm_grade: Words | None = Field(default=None, description="The grade the CRM gave it, in its own words.")
    tags: Tags = Field(default=(), description="What kind of customer: 首购, 换购, 公司用车 …")


class LeadPatch(BaseModel):
    """What the CRM has changed about a lead; what is left out stays as it is, null clears."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Words | None = Field(default=None, description="Where it came from.")
    store: Words | None = Field(default=None, description="The 4S store.")
    consultant: Words | None = Field(default=None, description="Who looks after it now.")
    customer: Words | None = Field(default=None, description="The customer, as the CRM names him.")
    tags: Tags | None = Field(default=None, description="All tags it has now.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"name something that has changed: {', '.join(LeadPatch.model_fields)}")
        return self


@router.post(
    "",
    operation_id="addLead",
    summary="Tell of a new lead",
    status_code=201,
    responses={
        201: json_reply("The lead.", LEAD, location=True),
        **problems(400, 401, 403, 409, 413, 422, 500, 503),
    },
)
def add_one(
    key: Annotated[KeyRecord, needs("ingest")],
    service: ServiceOfApp,
    grader: GraderOfApp,
    response: Response,
    body: Annotated[LeadBody, Body(examples=[NEW_LEAD])],
    idempotency_key: IdempotencyKey = None,
) -> LeadShape:
    """The lead may be known already, by a call of it or by news about it; it has their grade then.

    The same `external_id` with the same content, or the same `Idempotency-Key`, stores nothing and answers with the
    lead as it is by then. The same `external_id` with other content is a 409 `external-id-taken`: send what has changed
    with `PATCH`.
    """
    fresh = False

    def store(session: Session) -> tuple[None, str]:
        nonlocal fresh
        lead_id, fresh = post_lead(session, NewLead.model_validate(body.model_dump()), grader)
        return None, lead_id

    lead_id, _ = record_once(service.database, own(key, idempotency_key), fingerprint(body, "lead"), store)
    tell_if_repeated(response, created=fresh)
    response.headers["Location"] = f"/v1/leads/{lead_id}"
    with service.database.reading() as session:
        return _whole(session, lead_id)


@router.get(
    "",
    operation_id="listLeads",
    summary="List leads",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of leads.", page_of(LEAD_LINE)), **problems(401, 403, 422, 503)},
)
def list_leads(
    service: ServiceOfApp,
    *,
    external_id: Annotated[Words | None, Query(description="The CRM's id, exactly.")] = None,
    attention: Annotated[
        Attention | None,
        Query(description="`misjudged`: the customer's words speak against the CRM's or the consultant's grade."),
    ] = None,
    grade: Annotated[LeadLetter | None, Query(description="The grade now.")] = None,
    store: Annotated[Words | None, Query(description="The store, exactly.")] = None,
    consultant: Annotated[Words | None, Query(description="The consultant, exactly.")] = None,
    tag: Annotated[Words | None, Query(description="A tag, the CRM's or by the customer's words: 换购.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[LeadLine]:
    """The leads that fit every filter given, the one begun last first.

    `attention=misjudged` is the manager's list: dormant, lost, unknown or C with them while the customer's words say two
    steps more (`undervalued`), or H or A with them and two steps less by the words (`overvalued`). Words that say
    nothing doubt nobody, nor does a grade that is less than half sure.
    """
    with service.database.reading() as session:
        page = find_leads(
            session,
            external_id=external_id,
            attention=attention,
            letter=grade,
            store=store,
            consultant=consultant,
            tag=tag,
            cursor=cursor,
            limit=limit,
        )
    return PageOf(items=tuple(LeadLine.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.get(
    "/{lead_id}",
    operation_id="getLead",
    summary="Read a lead with its history",
    dependencies=[needs("read")],
    responses={200: json_reply("The lead.", LEAD), **problems(401, 403, 404, 422, 503)},
)
def one_lead(service: ServiceOfApp, lead_id: Id) -> LeadShape:
    """Its calls, one memo of all of them, the grade and how it moved, the CRM's news, and others' grades beside ours.

    In the memo the newest word wins; `conflicts` has what earlier calls said otherwise. A field has `lapsed` when its
    day is over or the lead was lost since: it is shown, and no grade follows from it.
    """
    with service.database.reading() as session:
        return _whole(session, lead_id)


@router.patch(
    "/{lead_id}",
    operation_id="changeLead",
    summary="Tell what has changed about a lead",
    dependencies=[needs("ingest")],
    responses={200: json_reply("The lead.", LEAD), **problems(400, 401, 403, 404, 413, 422, 503)},
)
def change_one(
    service: ServiceOfApp, lead_id: Id, body: Annotated[LeadPatch, Body(examples=[{"consultant": "李娜"}])]
) -> LeadShape:
    """Another consultant, other tags. A grade that the CRM has changed is news: `POST /v1/outcomes`."""
    with service.database.writing() as session:
        update_lead(session, lead_id, LeadUpdate.model_validate(body.model_dump(exclude_unset=True)))
    with service.database.reading() as session:
        return _whole(session, lead_id)


def _whole(session: Session, lead_id: str) -> LeadShape:
    lead = get_lead(session, lead_id)
    return LeadShape.whole(
        lead,
        recordings_of_lead(session, lead.external_id),
        {call.recording_id: call.grade for call in calls_of_lead(session, lead.external_id)},
        outcomes_of_lead(session, lead_id),
        changes_of_lead(session, lead_id),
    )
