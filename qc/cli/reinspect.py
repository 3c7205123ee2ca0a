"""``qc reinspect`` and ``qc retry``: stored calls again, by changed rules or after a failure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from qc.cli.text_report import MEMO_TITLES
from qc.domain import CATEGORY_TITLES, Category, Finding, Letter, Severity
from qc.errors import QcError
from qc.ingest import open_service
from qc.ingest import retry as retry_recording
from qc.inspecting import Reinspected, Reinspection, make_judge
from qc.inspecting import reinspect as inspect_again
from qc.store.recordings import find_recordings
from qc.store.records import InspectionFilter, RecordingState
from qc.store.settings import Settings

SHOWN = 20
"""How many changed calls are told in full; the rest are counted."""


def reinspect(
    store: Annotated[str | None, typer.Option(help="Only calls of this store.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only calls of this agent.")] = None,
    category: Annotated[Category | None, typer.Option(help="Only calls with such a finding now.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only calls with such a finding now.")] = None,
    grade: Annotated[Letter | None, typer.Option(help="Only calls graded so now.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only calls that began at or after this time.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only calls that began before this time.")] = None,
) -> None:
    """Inspect stored calls again by the present rules, without audio; older inspections are kept."""
    settings = Settings.read()
    wanted = InspectionFilter(
        store=store,
        agent=agent,
        category=category,
        severity=severity,
        grade=grade,
        since=since.replace(tzinfo=settings.zone) if since else None,
        until=until.replace(tzinfo=settings.zone) if until else None,
    )
    service = open_service(settings)
    service.database.migrate()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("inspecting again", total=None)
        outcome = inspect_again(
            service.database, make_judge(settings), wanted, progress=lambda done: bar.update(task, completed=done)
        )
    _tell(Console(), outcome)
    raise typer.Exit(1 if outcome.failed else 0)


def retry(
    recordings: Annotated[list[str] | None, typer.Argument(help="Ids of failed recordings.")] = None,
    *,
    all_failed: Annotated[bool, typer.Option("--all", help="Every failed recording.")] = False,
) -> None:
    """Let failed recordings go on where they stopped."""
    service = open_service(Settings.read())
    service.database.migrate()
    ids = list(recordings or ())
    if all_failed:
        with service.database.reading() as session:
            cursor: str | None = None
            while True:
                page = find_recordings(session, state=RecordingState.FAILED, cursor=cursor, limit=200)
                ids.extend(recording.id for recording in page.items)
                cursor = page.next_cursor
                if cursor is None:
                    break
    console = Console()
    refused = 0
    for recording_id in dict.fromkeys(ids):
        try:
            recording = retry_recording(service, recording_id)
        except QcError as error:
            refused += 1
            console.print(Text.assemble((f"{recording_id}: ", "red"), str(error)))
        else:
            console.print(f"{recording.id}: {recording.state}", highlight=False)
    if not ids:
        console.print("nothing to retry: name recordings, or --all")
    raise typer.Exit(1 if refused else 0)


def _tell(console: Console, outcome: Reinspection) -> None:
    for changed in outcome.changed[:SHOWN]:
        _tell_one(console, changed)
    if len(outcome.changed) > SHOWN:
        console.print(f"… and {len(outcome.changed) - SHOWN} more calls changed")
    for recording_id, problem in outcome.failed:
        console.print(Text.assemble((f"{recording_id}: ", "red"), problem))
    console.print(
        f"{outcome.looked_at} looked at, {outcome.up_to_date} up to date, {len(outcome.inspected)} inspected again, "
        f"{len(outcome.changed)} changed, {len(outcome.failed)} failed",
        highlight=False,
    )


def _tell_one(console: Console, changed: Reinspected) -> None:
    changes = changed.changes
    console.print(Text(changed.recording.external_id or changed.recording.id, style="bold"))
    for sign, style, findings in (("+", "red", changes.findings_new), ("-", "green", changes.findings_gone)):
        for finding in findings:
            console.print(Text(f"  {sign} {_named(finding)}", style=style))
    if changes.grade_before != changes.grade_after:
        console.print(f"  grade {changes.grade_before} -> {changes.grade_after}", highlight=False)
    for sign, tags in (("+", changes.tags_new), ("-", changes.tags_gone)):
        if tags:
            console.print(f"  {sign} 标签 {'、'.join(tags)}", highlight=False)
    if changes.memo_fields:
        console.print(f"  memo {', '.join(MEMO_TITLES[name] for name in changes.memo_fields)}", highlight=False)


def _named(finding: Finding) -> str:
    quotes = " ".join(f"“{item.quote}”" for item in finding.evidence[:2])
    return f"{CATEGORY_TITLES[finding.category]} {quotes} ({finding.rule_id})"
