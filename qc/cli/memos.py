"""``qc memo``: memos as they hold, and what consultants correct in them."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from qc.cli.stored import inspection_named, open_database
from qc.cli.text_report import MEMO_TITLES
from qc.corrections import CurrentField, FieldState, current_memo, holding
from qc.domain import Memo
from qc.errors import BadInput, BadSettings
from qc.inspecting import make_grader
from qc.memo_text import Value, put_in_words, say
from qc.memo_writing import catch_up, write_about
from qc.review import Person
from qc.rulebook import Rulebook, load_rulebook
from qc.store.corrections import NewCorrection, add_correction
from qc.store.database import Database
from qc.store.memo_trails import read_corrections
from qc.store.settings import Settings
from qc.store.writings import newest_writing
from qc.writer import Writer, make_writer
from qc.writing import NO_ANSWER, WriterOutcome, Writing, standing

app = typer.Typer(help="Memos as they hold, in words, and corrections of them.", no_args_is_help=True)

STATES: Final = {
    FieldState.MACHINE: "",
    FieldState.CONFIRMED: "已确认",
    FieldState.CORRECTED: "已更正",
    FieldState.NOT_SAID: "没有谈到",
}
AT_ONCE: Final = 200
"""So many calls of an outage are asked about in one go; at some seconds each that is a quarter of an hour."""
_RECORDS: Final = frozenset({"budget", "purchase_time", "appointment"})

Recording = Annotated[str, typer.Argument(help="The recording's id, or its external id.")]
Who = Annotated[str, typer.Option("--consultant", envvar="QC_REVIEWER", help="Who you are.")]
Note = Annotated[str, typer.Option(help="For people, in your own words.")]


@app.command()
def show(
    recording: Recording,
    *,
    wechat: Annotated[bool, typer.Option("--wechat", help="Only the lines to paste into WeChat.")] = False,
) -> None:
    """Show the memo of a call as it holds, the machine's value beside each corrected one."""
    with open_database().reading() as session:
        stored = inspection_named(session, recording)
        fields = current_memo(stored.inspection.memo, read_corrections(session, stored.recording.id))
        written = newest_writing(session, stored)
    called_on = stored.recording.started_at.date()
    text = put_in_words(holding(fields), called_on)
    console = Console(markup=False, emoji=False, highlight=False)  # what is said in calls is no markup
    if wechat:
        console.print(text.wechat, soft_wrap=True)
        return
    console.print(text.summary)
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for name, field in fields.items():
        if field.value or field.state is not FieldState.MACHINE:
            table.add_row(MEMO_TITLES[name], _said(field.value, called_on), *_beside(field, called_on))
    console.print(Padding(table, (1, 0, 0, 0)))
    if written is not None:
        _print_writing(console, standing(written, fields, text), called_on)


def _print_writing(console: Console, written: Writing, called_on: date) -> None:
    """What an outside model made of the call, apart from the memo and under its name."""
    console.print(f"\n{written.model}（{written.outcome}）")
    if written.summary:
        console.print(f"  {written.summary}")
    for one in written.proposals:
        console.print(f"  提议 {MEMO_TITLES[one.field]}：{say(one.value, called_on)} “{one.evidence.quote}”")
    if written.dropped:
        console.print(f"  未通过核对 {len(written.dropped)} 处")


def _said(value: Value | None, called_on: date) -> str:
    return say(value, called_on) if value else "—"


def _beside(field: CurrentField, called_on: date) -> tuple[str, str]:
    machine = f"（系统：{_said(field.machine, called_on)}）" if field.value != field.machine else ""
    return STATES[field.state] + machine, field.by or ""


@app.command()
def correct(
    recording: Recording,
    field: Annotated[str, typer.Argument(help=f"One of {', '.join(Memo.fields())}.")],
    consultant: Who,
    value: Annotated[
        str | None,
        typer.Argument(help="What is right: words, a list with 、 between its entries, or JSON in the memo's form."),
    ] = None,
    *,
    not_said: Annotated[bool, typer.Option("--not-said", help="Instead of a value: it was not talked about.")] = False,
    note: Note = "",
) -> None:
    """Set one field of a memo right; the machine's value stays beside it."""
    if (value is None) is not not_said:
        raise BadInput("bad-option", "Give either a value or --not-said.")
    _keep(recording, {field: None if value is None else _read(field, value)}, consultant, note)


@app.command()
def confirm(recording: Recording, consultant: Who, note: Note = "") -> None:
    """Say that all of a memo is right as it stands, and right to be missing where it is."""
    _keep(recording, {}, consultant, note)


@app.command()
def write(
    recording: Annotated[str | None, typer.Argument(help="The recording's id, or its external id.")] = None,
    *,
    paused: Annotated[
        bool,
        typer.Option(
            "--paused", help=f"Instead of one: those it never answered about, such as in an outage; {AT_ONCE} at most."
        ),
    ] = False,
) -> None:
    """Ask the writer of the settings about a call, such as one that was inspected before there was a writer."""
    if (recording is None) is not paused:
        raise BadInput("bad-option", "Name either a recording or --paused.")
    settings = Settings.read()
    writer = make_writer(settings)
    if writer is None:
        raise BadSettings("no-writer", "The settings name no writer.", way_out="Set QC_WRITER_URL and QC_WRITER_MODEL.")
    database, rulebook = open_database(settings), load_rulebook(settings.lexicons)
    if recording is None:
        _catch_up(database, writer, rulebook)
    else:
        _write_one(database, writer, rulebook, recording)


def _catch_up(database: Database, writer: Writer, rulebook: Rulebook) -> None:
    done = catch_up(database, writer, rulebook, limit=AT_ONCE)
    written = done.outcomes.count(WriterOutcome.WRITTEN)
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(f"问了 {len(done.outcomes)} 通，写成 {written} 通，还有 {done.left} 通没有答复")
    if done.outcomes and done.outcomes[-1] in NO_ANSWER:
        console.print(f"{writer.model} 又没有答复（{done.outcomes[-1]}），先停下，过后再试")
        raise typer.Exit(1)


def _write_one(database: Database, writer: Writer, rulebook: Rulebook, recording: str) -> None:
    with database.reading() as session:
        stored = inspection_named(session, recording)
        fields = current_memo(stored.inspection.memo, read_corrections(session, stored.recording.id))
    written = write_about(database, stored.recording.id, writer, rulebook)
    console = Console(markup=False, emoji=False, highlight=False)
    if written is None:
        console.print("通话里没有能给写作者看的话")
        return
    called_on = stored.recording.started_at.date()
    _print_writing(console, standing(written, fields, put_in_words(holding(fields), called_on)), called_on)


def _keep(recording: str, fields: dict[str, Any], consultant: str, note: str) -> None:
    settings = Settings.read()
    if not 0 < len(consultant.strip()) <= 200:  # noqa: PLR2004 - as long as the database keeps names
        raise BadInput("bad-name", "A name has 1 to 200 characters.", where="--consultant")
    grader = make_grader(load_rulebook(settings.lexicons), settings)  # before the database is held for writing
    with open_database(settings).writing() as session:
        stored = inspection_named(session, recording)
        earlier = read_corrections(session, stored.recording.id)
        new = NewCorrection(
            inspection_id=stored.id,
            fields=fields,
            rest_is_right=not fields,
            note=note,
            after=earlier[-1].id if earlier else None,
        )
        by = Person(name=consultant.strip())
        made = add_correction(
            session,
            stored.recording.id,
            new,
            by,
            lambda: grader,
        )
    told = "确认了备忘" if not fields else "更正了" + "、".join(MEMO_TITLES[name] for name in made.fields)
    Console().print(f"{made.by.name} {told}  {made.id}", highlight=False, markup=False, soft_wrap=True)


def _read(field: str, value: str) -> Any:
    if field in _RECORDS:
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise BadInput(
                "bad-value",
                f"{field} takes JSON: {error}.",
                way_out="""For example '{"min": null, "max": 180000, "basis": "落地"}', """
                """'{"from": "2026-04-01", "to": "2026-04-30", "said": "下个月"}', """
                """'{"at": "2026-03-14T15:00", "kind": "到店"}'.""",
            ) from error
    return [entry for entry in value.split("、") if entry] if field in Memo.lists() else value
