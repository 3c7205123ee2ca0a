"""Grades: the feed of their changes, for the CRM to poll."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from api.deps import ServiceOfApp, storable
from api.lead_examples import GRADE_CHANGE
from api.lead_shapes import GradeChangeShape, GradeChangesShape
from api.openapi import json_reply, problems
from api.security import needs
from qc.store.grade_feed import read_changes

router = APIRouter(prefix="/v1/grades", tags=["leads"])


@router.get(
    "",
    operation_id="listGradeChanges",
    summary="Follow the grades",
    dependencies=[needs("read")],
    responses={
        200: json_reply("What comes after the cursor.", {"items": [GRADE_CHANGE], "next_cursor": "g42"}),
        **problems(401, 403, 422, 503),
    },
)
def changes(
    service: ServiceOfApp,
    *,
    since: Annotated[
        str | None,
        Query(
            description="A `cursor` or `next_cursor` of this feed; left out, it starts at the very first change.",
            max_length=50,
        ),
        AfterValidator(lambda cursor: cursor if cursor is None else storable(cursor)),
    ] = None,
    limit: Annotated[int, Query(description="How many at most.", ge=1, le=1000)] = 100,
) -> GradeChangesShape:
    """Every change of a lead's grade, or of the day until which to contact the customer, in order, none left out.

    Changes are numbered as they are committed, so that one that was seen is never followed by an earlier one. Ask again
    with `next_cursor` until `items` is empty, then every few seconds or minutes. Keep the cursor after having acted on
    an item: what is lost in between comes again (at least once). 422 `bad-cursor` for one beyond the feed's end, as
    after the database was restored from a backup: start again without.
    """
    with service.database.reading() as session:
        found = read_changes(session, since, limit)
    return GradeChangesShape(
        items=tuple(GradeChangeShape.of(one) for one in found.items), next_cursor=found.next_cursor
    )
