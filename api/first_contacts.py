"""First contacts: how soon new leads are called and what came of it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.deps import Cursor, Limit, Moment, ServiceOfApp, beginning, check_period, ending
from api.examples import page_of
from api.follow_up_examples import FIRST_CONTACT, PROMPTNESS
from api.follow_up_shapes import FirstContactShape, PromptnessReply, PromptnessShape
from api.follow_ups import Consultant, PlannerOfApp, Store
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import PageOf
from qc.store.first_contacts import PERIOD, GroupBy, find_first_contacts, summarise_first_contacts
from qc.store.paging import now

router = APIRouter(prefix="/v1/first-contacts", tags=["follow-up"])

LONGEST: Final = timedelta(days=366)
"""What can be summed up at once."""
Since = Annotated[Moment | None, Query(description="Leads created at or after this.")]
Until = Annotated[Moment | None, Query(description="Leads created before this, or on this day.")]


@router.get(
    "",
    operation_id="listFirstContacts",
    summary="List how soon new leads were called",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of leads.", page_of(FIRST_CONTACT)), **problems(401, 403, 422, 500, 503)},
)
def list_first_contacts(
    service: ServiceOfApp,
    planner: PlannerOfApp,
    *,
    consultant: Consultant = None,
    store: Store = None,
    late: Annotated[bool | None, Query(description="Only those called late, or overdue; or only the others.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[FirstContactShape]:
    """The leads that the CRM has posted, the newest first.

    Measured from `at` of the lead and from its calls that were sent here, by the limits in `follow_up.yaml` (5 minutes
    to call, 20 to tell). Only working time counts: nights, weekends and holidays do not, so a lead of Friday night is
    due five minutes after opening on Monday. Feedback is the record of the first call, or the first news about the
    lead, reaching this service: recordings that are sent once a day are late by it.
    """
    zone = service.settings.zone
    with service.database.reading() as session:
        page = find_first_contacts(
            session,
            now(),
            planner,
            consultant=consultant,
            store=store,
            late=late,
            since=beginning(since, zone),
            until=ending(until, zone),
            cursor=cursor,
            limit=limit,
        )
    return PageOf(items=tuple(FirstContactShape.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.get(
    "/summary",
    operation_id="summariseFirstContacts",
    summary="Sum up how soon new leads are called",
    dependencies=[needs("read")],
    responses={200: json_reply("By consultant or store.", PROMPTNESS), **problems(401, 403, 422, 500, 503)},
)
def summary(
    service: ServiceOfApp,
    planner: PlannerOfApp,
    *,
    by: Annotated[GroupBy, Query(description="What to sum up by.")] = "consultant",
    since: Since = None,
    until: Until = None,
) -> PromptnessReply:
    """The largest share of late ones first; of the last 30 days where no period is given, and of 366 days at most.

    With few leads a share says little: look at the counts.
    """
    zone, moment = service.settings.zone, now()
    end = ending(until, zone) or moment
    begin = beginning(since, zone) or end - PERIOD
    check_period("since", begin, end, LONGEST)
    with service.database.reading() as session:
        found = summarise_first_contacts(session, moment, planner, by, since=begin, until=end)
    return PromptnessReply(items=tuple(PromptnessShape.of(one) for one in found), since=begin, until=end)
