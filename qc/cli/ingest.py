"""``qc ingest``: a folder or a manifest of calls into the service, with a report of what was not taken."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from qc.callfile import read_call_file
from qc.errors import BadCall, BadSettings, QcError, Unavailable
from qc.rulebook.scorecards import ScorecardRules, load_scorecards
from qc.scorecard import check_card

if TYPE_CHECKING:
    from qc.ingest import Accepted, RecordingDetails, Service

RECORDINGS = frozenset(
    [
        ".wav",
        ".mp3",
        ".amr",
        ".m4a",
        ".aac",
        ".mp4",
        ".mov",
        ".mkv",
        ".webm",
        ".opus",
        ".ogg",
        ".oga",
        ".gsm",
        ".flac",
        ".wma",
        ".3gp",
        ".au",
        ".aif",
        ".aiff",
    ]
)
"""File name endings that a folder is searched for; a manifest may name any file."""


@dataclass(frozen=True)
class Entry:
    """One call to take in: its file and what the manifest says of it."""

    file: Path
    fields: dict[str, str]
    line: int | None = None


@dataclass(frozen=True)
class Reject:
    """A file that was not taken, and why."""

    file: str
    code: str
    reason: str


@dataclass
class Outcome:
    """What became of a batch: ids taken (old and new), how many were new, and the rejects."""

    accepted: list[str] = field(default_factory=list)
    created: int = 0
    rejects: list[Reject] = field(default_factory=list)


def ingest(
    source: Annotated[Path, typer.Argument(help="A folder of recordings and call files, or a manifest.csv.")],
    store: Annotated[str | None, typer.Option(help="The dealer's store, where the manifest says none.")] = None,
    brand: Annotated[str | None, typer.Option(help="The dealer's brand, where the manifest says none.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejects to this CSV file too.")] = None,
) -> None:
    """Take in a folder or a manifest of calls; taking it in twice changes nothing."""
    from qc.ingest import open_service  # noqa: PLC0415 - the service opens a database
    from qc.store.settings import Settings  # noqa: PLC0415

    service = open_service(Settings.read())
    service.database.migrate()
    entries = list(_entries_of(source))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    errors = Console(stderr=True)
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task("ingesting", total=len(entries))
        outcome = Outcome()
        for entry in entries:
            _take(service, entry, {"store": store, "brand": brand}, outcome)
            bar.advance(task)
    repeated = len(outcome.accepted) - outcome.created
    Console().print(
        f"{outcome.created} taken, {repeated} already here, {len(outcome.rejects)} rejected", highlight=False
    )
    _show_rejects(errors, outcome, rejects)
    raise typer.Exit(1 if outcome.rejects else 0)


def ingest_manifest(service: Service, manifest: Path) -> Outcome:
    """What became of the calls this manifest lists."""
    outcome = Outcome()
    for entry in _entries_of(manifest):
        _take(service, entry, {}, outcome)
    return outcome


def _entries_of(source: Path) -> Iterator[Entry]:
    if source.is_dir():
        names = sorted(path for path in source.rglob("*") if path.is_file())
        yield from (Entry(path, {}) for path in names if path.suffix.lower() in RECORDINGS or _is_call(path))
        return
    if not source.is_file():
        raise BadSettings("no-such-file", f"{source} is neither a folder nor a manifest.", where="SOURCE")
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "file" not in (rows.fieldnames or ()):
            raise BadSettings(
                "bad-manifest",
                "the first line must name the columns, and one of them must be 'file'.",
                way_out="Others: external_id, agent, customer, lead, store, brand, direction, started_at, …",
                where=str(source),
            )
        for row in rows:
            given = {name: value for name, value in row.items() if name and name != "file" and value}
            yield Entry(source.parent / (row["file"] or ""), given, rows.line_num)


def _is_call(path: Path) -> bool:
    if path.suffix.lower() != ".json":
        return False
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return False
    # Other JSON lies beside recordings too: only what has turns of text is a call.
    turns = content.get("turns") if isinstance(content, dict) else None
    return bool(isinstance(turns, list) and turns and isinstance(turns[0], dict) and "text" in turns[0])


def _take(service: Service, entry: Entry, defaults: dict[str, str | None], outcome: Outcome) -> None:
    try:
        accepted = _accept(service, entry, defaults)
    except Unavailable:
        raise  # every further file would fail in the same way
    except QcError as error:
        outcome.rejects.append(Reject(str(entry.file), error.code, f"{error.detail} {error.way_out}".strip()))
    except OSError as error:
        outcome.rejects.append(Reject(str(entry.file), "unreadable-file", error.strerror or str(error)))
    else:
        outcome.accepted.append(accepted.recording.id)
        outcome.created += accepted.created


def _accept(service: Service, entry: Entry, defaults: dict[str, str | None]) -> Accepted:
    from qc.ingest import accept_conversation, accept_recording  # noqa: PLC0415

    given: dict[str, Any] = {name: value for name, value in defaults.items() if value} | entry.fields
    given.setdefault("external_id", entry.file.stem)
    check = partial(_refuse_unknown_card, service)
    if entry.file.suffix.lower() == ".json":
        written = read_call_file(entry.file)
        given.setdefault("started_at", written.call_time.isoformat())
        given.setdefault("direction", written.direction)
        given.setdefault("store", written.dealer.store)
        given.setdefault("brand", written.dealer.brand)
        given.setdefault("card", written.card)
        return accept_conversation(service, written.turns, _details(given, entry), check=check)
    with entry.file.open("rb") as file:
        return accept_recording(service, file, entry.file.name, _details(given, entry), check=check)


def _details(given: dict[str, Any], entry: Entry) -> RecordingDetails:
    from qc.ingest import parse_details  # noqa: PLC0415

    if given.get("agent_channel") in {"0", "1"}:  # a CSV file knows no numbers
        given["agent_channel"] = int(given["agent_channel"])
    try:
        return parse_details(given)
    except BadCall as error:
        if entry.line:
            error.detail = f"line {entry.line}: {error.detail}"
        raise


def _refuse_unknown_card(service: Service, details: RecordingDetails) -> None:
    if details.card is not None:
        check_card(details.card, _cards(service.settings.lexicons), where="card")


@cache
def _cards(lexicons: Path) -> tuple[ScorecardRules, ...]:
    """Read once, however many entries name a card."""
    return load_scorecards(lexicons / "scorecards")


def _show_rejects(console: Console, outcome: Outcome, file: Path | None) -> None:
    if not outcome.rejects:
        return
    table = Table("file", "code", "reason", title="rejected")
    for reject in outcome.rejects:
        table.add_row(reject.file, reject.code, reject.reason)
    console.print(table)
    if file:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("file", "code", "reason"))
            writer.writerows((reject.file, reject.code, reject.reason) for reject in outcome.rejects)
