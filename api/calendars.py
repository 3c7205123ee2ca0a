"""Calendars: consultants' reminders as a feed that the phone's own calendar subscribes to."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Id, ServiceOfApp, Words
from api.follow_up_examples import CALENDAR, FEED, NEW_CALENDAR
from api.follow_up_shapes import CalendarShape, CalendarsShape, NewCalendarShape
from api.openapi import json_reply, problems
from api.security import needs
from qc.follow_up import write_calendar
from qc.store.calendars import calendar_of, create_calendar, list_calendars, revoke_calendar, rotate_calendar
from qc.store.follow_ups import entries_of
from qc.store.paging import now

router = APIRouter(prefix="/v1/calendars", tags=["follow-up"])
feed = APIRouter(prefix="/v1/calendars", tags=["follow-up"])
"""What is opened by the token in its address and by no key."""

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


class NewCalendarBody(BaseModel):
    """Whose reminders."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consultant: Words = Field(description="The consultant's name, as leads and recordings have it.")


@router.get(
    "",
    operation_id="listCalendars",
    summary="List calendar feeds",
    dependencies=[needs("admin")],
    responses={200: json_reply("The feeds.", {"items": [CALENDAR]}), **problems(401, 403, 422, 503)},
)
def all_calendars(
    service: ServiceOfApp,
    *,
    consultant: Annotated[Words | None, Query(description="Only this consultant's.")] = None,
) -> CalendarsShape:
    """The feeds without their addresses, which are not kept."""
    with service.database.reading() as session:
        found = list_calendars(session, consultant)
    return CalendarsShape(items=tuple(CalendarShape.of(one) for one in found))


@router.post(
    "",
    operation_id="addCalendar",
    summary="Make a calendar feed",
    status_code=201,
    dependencies=[needs("admin")],
    responses={201: json_reply("The feed, with its address.", NEW_CALENDAR), **problems(400, 401, 403, 413, 422, 503)},
)
def add_calendar(
    service: ServiceOfApp, body: Annotated[NewCalendarBody, Body(examples=[{"consultant": "王磊"}])]
) -> NewCalendarShape:
    """The answer is the only time that the address is shown. Give each phone its own, so that one can be revoked."""
    with service.database.writing() as session:
        made, token = create_calendar(session, body.consultant)
    return NewCalendarShape.made(made, token)


@router.post(
    "/{calendar_id}/rotate",
    operation_id="rotateCalendar",
    summary="Change the address of a calendar feed",
    status_code=201,
    dependencies=[needs("admin")],
    responses={201: json_reply("The feed that takes its place.", NEW_CALENDAR), **problems(401, 403, 404, 422, 503)},
)
def rotate(service: ServiceOfApp, calendar_id: Id) -> NewCalendarShape:
    """The old address is of no use from now on."""
    with service.database.writing() as session:
        made, token = rotate_calendar(session, calendar_id)
    return NewCalendarShape.made(made, token)


@router.delete(
    "/{calendar_id}",
    operation_id="revokeCalendar",
    summary="Revoke a calendar feed",
    status_code=204,
    dependencies=[needs("admin")],
    responses={204: {"description": "It is of no use from now on."}, **problems(401, 403, 404, 422, 503)},
)
def remove(service: ServiceOfApp, calendar_id: Id) -> Response:
    """Revoked at once and for good; it stays listed."""
    with service.database.writing() as session:
        revoke_calendar(session, calendar_id)
    return Response(status_code=204)


@feed.get(
    "/{token}.ics",
    operation_id="readCalendar",
    summary="Subscribe to a consultant's reminders",
    response_class=Response,
    responses={
        200: {
            "description": "An iCalendar (RFC 5545): an event with an alarm for each reminder.",
            "content": {"text/calendar": {"schema": {"type": "string"}, "example": FEED}},
            "headers": {"ETag": {"description": "Of this content.", "schema": {"type": "string"}}},
        },
        304: {"description": "Nothing has changed since the ETag in If-None-Match."},
        **problems(404, 422, 503),
    },
)
def read_feed(
    service: ServiceOfApp,
    token: Annotated[str, Path(description="The secret in the feed's address.")],
    if_none_match: Annotated[str | None, Header(description="The ETag of what you have.", max_length=1000)] = None,
) -> Response:
    """Needs no API key: the address is the secret, since a phone's calendar can send no header.

    Open it in the phone as `webcal://…`. Numbers are cut to their last four digits. An event keeps its `UID` when it
    moves. An unknown and a revoked address are the same 404.
    """
    moment = now()
    with service.database.reading() as session:
        calendar = calendar_of(session, token)
        entries = entries_of(session, calendar.consultant, moment)
    content = write_calendar(calendar.consultant, entries, service.settings.zone)
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
