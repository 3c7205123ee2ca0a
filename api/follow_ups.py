"""Follow-ups: what there is to do about leads, when and why, and which are worth a return call."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Cursor, Limit, ServiceOfApp, Words
from api.examples import page_of
from api.follow_up_examples import CALLBACK, FOLLOW_UP
from api.follow_up_shapes import CallbackShape, FollowUpShape
from api.openapi import json_reply, problems
from api.rulebook import RulebookOfApp, in_force
from api.security import needs
from api.shapes import PageOf
from qc.follow_up import CallbackKind, Planner
from qc.store.follow_ups import FollowUpState, find_callbacks, find_follow_ups
from qc.store.paging import now

router = APIRouter(prefix="/v1", tags=["follow-up"])


def _planner(service: ServiceOfApp, live: RulebookOfApp) -> Planner:
    return Planner.by(in_force(live), service.settings.zone)


PlannerOfApp = Annotated[Planner, Depends(_planner)]
"""The rules of following up that are in force, in the dealer's time zone."""
Consultant = Annotated[
    Words | None, Query(description="The consultant, exactly: as the CRM says, else who spoke in the last call.")
]
Store = Annotated[Words | None, Query(description="The store, exactly.")]


@router.get(
    "/follow-ups",
    operation_id="listFollowUps",
    summary="List what there is to do",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of reminders.", page_of(FOLLOW_UP)), **problems(401, 403, 422, 500, 503)},
)
def list_follow_ups(
    service: ServiceOfApp,
    planner: PlannerOfApp,
    *,
    consultant: Consultant = None,
    store: Store = None,
    state: Annotated[FollowUpState | None, Query(description="Only what is overdue, due or upcoming.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[FollowUpShape]:
    """By `at`, the earliest first: what has waited longest, then what comes soonest.

    `at` comes from the grade's cadence, moved into working days and hours by the official calendar, by what the
    customer said (下午别打, 月底再联系) and by what was agreed. Who asked not to be called is never in it. Suggestions:
    people decide. A change of a lead is seen here within seconds, as soon as the general worker has planned for it.
    """
    with service.database.reading() as session:
        page = find_follow_ups(
            session,
            now(),
            planner.working,
            consultant=consultant,
            store=store,
            state=state,
            cursor=cursor,
            limit=limit,
        )
    return PageOf(items=tuple(FollowUpShape.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.get(
    "/callbacks",
    operation_id="listCallbacks",
    summary="List leads worth a return call",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of leads.", page_of(CALLBACK)), **problems(401, 403, 422, 503)},
)
def list_callbacks(
    service: ServiceOfApp,
    *,
    kind: Annotated[CallbackKind | None, Query(description="Only lost, dormant or stalled ones.")] = None,
    consultant: Consultant = None,
    store: Store = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[CallbackShape]:
    """For 客服 (回访): the lead that became worth a call last comes first.

    A lost one is listed from the working day after its loss, a dormant one from the day after somebody marked it so, a
    stalled one when its next contact is days overdue; each until the return call is made. Not in it: who asked for no
    calls, wrong numbers, orders. Of the ten questions each has its newest answer: from a return visit, from what the
    customer said in other calls (`memo`), or from the CRM.
    """
    with service.database.reading() as session:
        page = find_callbacks(session, now(), kind=kind, consultant=consultant, store=store, cursor=cursor, limit=limit)
    return PageOf(items=tuple(CallbackShape.of(one) for one in page.items), next_cursor=page.next_cursor)
