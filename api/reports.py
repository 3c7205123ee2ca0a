"""Reports about leads: sources and conversion, time in stages, grades beside outcomes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator

from api.deps import Moment, ServiceOfApp, Words, beginning, check_period, ending
from api.openapi import json_reply, problems
from api.rulebook import RulebookOfApp, in_force
from api.security import needs
from qc.grade import preset_of
from qc.leads.reports import USUAL, Asked, Dimension, Report, ReportName
from qc.spreadsheet import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file
from qc.store.paging import now
from qc.store.reports import read_report

router = APIRouter(prefix="/v1/reports", tags=["reports"])


class ReportForm(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


LONGEST: Final = timedelta(days=1096)
"""Three years: what may be counted at once while somebody waits. `qc report` has no limit."""
WRITTEN: Final = {ReportForm.CSV: (CSV_TYPE, csv_file), ReportForm.XLSX: (XLSX_TYPE, xlsx_file)}
BY: Final = rf"^({'|'.join(Dimension)})(,({'|'.join(Dimension)}))*$"


def _each_once(by: str | None) -> str | None:
    if by is not None and len(set(by.split(","))) < by.count(",") + 1:
        raise ValueError("names something twice")
    return by


EXAMPLE: Final = {
    "report": "sources",
    "title": "来源与成交",
    "by": ["source"],
    "since": "2026-02-28T16:00:00Z",
    "until": None,
    "made_at": "2026-06-01T02:00:00Z",
    "columns": [
        {"name": "source", "title": "来源", "what": "线索来源", "kind": "text"},
        {"name": "leads", "title": "线索", "what": "建档的线索数", "kind": "count"},
        {"name": "conversion", "title": "成交率", "what": "订车 ÷ 线索，到目前为止", "kind": "share"},
    ],
    "rows": [{"source": "汽车之家", "leads": 120, "conversion": 0.1083}],
    "totals": [{"leads": 120, "conversion": 0.1083}],
    "notes": ["区间重叠的两行不能说谁好谁差。"],
}


@router.get(
    "/{report}",
    operation_id="getReport",
    summary="Read a report about leads",
    dependencies=[needs("read")],
    response_model=Report,
    responses={
        200: {
            **json_reply("The report.", EXAMPLE),
            "content": {
                "application/json": {"example": EXAMPLE},
                CSV_TYPE: {"schema": {"type": "string"}},
                XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(401, 403, 422, 500, 503),
    },
)
def one_report(
    service: ServiceOfApp,
    live: RulebookOfApp,
    report: Annotated[ReportName, Path(description="Which report.")],
    *,
    by: Annotated[
        str | None,
        Query(description="What to count by, with commas between: `source,month`.", pattern=BY, max_length=60),
        AfterValidator(_each_once),
    ] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Leads created then or later.")] = None,
    until: Annotated[
        Moment | None, Query(alias="to", description="Leads created before; a date includes its day.")
    ] = None,
    store: Annotated[Words | None, Query(description="Leads of this store alone.")] = None,
    form: Annotated[
        ReportForm, Query(alias="format", description="As JSON, or as a file for spreadsheets.")
    ] = ReportForm.JSON,
) -> Response:
    """What each column counts is said in `columns`, and on a sheet of its own in the workbook.

    `sources`: leads, grades, visits, orders and conversion, by source unless `by` says otherwise. `stages`: how long
    leads stay at a grade and take from one event to the next; the median and the time for nine in ten, in which those
    that still stay count too (Kaplan–Meier). `grades`: how many of the leads that came to a grade ordered within its
    horizon, beside the probability that was given. Shares have their 95 % interval (Wilson); few cases are said to be
    few. Three years (1096 days) may be asked for at once, and are where no `from` is given.
    """
    zone, made_at = service.settings.zone, now()
    end = ending(until, zone)
    begin = beginning(since, zone) or (end or made_at) - LONGEST
    check_period("from", begin, end or made_at, LONGEST)
    asked = Asked(
        by=USUAL[report] if by is None else tuple(Dimension(one) for one in by.split(",")),
        since=begin,
        until=end,
        made_at=made_at,
        zone=zone,
    )
    preset = preset_of(in_force(live).grading, service.settings.grading_preset)
    with service.database.reading() as session:
        made = read_report(session, report, asked, preset, store=store)
    if form is ReportForm.JSON:
        return Response(made.model_dump_json(), media_type="application/json")
    media_type, write = WRITTEN[form]
    name = f"{report}-{made.made_at.astimezone(zone):%Y%m%d}.{form}"
    return Response(
        write(made), media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
