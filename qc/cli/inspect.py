"""``qc inspect``: recordings and call files in, inspections out, without a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from qc.callfile import read_call_file
from qc.cli.text_report import print_report
from qc.domain import Call, Dealer, Inspection, Transcript
from qc.errors import BadSettings, NotFound, QcError
from qc.grade import Grader
from qc.inspecting import findings_model, make_grader
from qc.judgement import Model
from qc.memo_text import put_in_words, stated
from qc.pipeline import inspect_call
from qc.report import inspection_document
from qc.rulebook import Rulebook, load_rulebook
from qc.scorecard import check_card
from qc.store.settings import Settings
from qc.traces import kind_of, trace_of

if TYPE_CHECKING:
    from qc.speech.recogniser import Recogniser


class Format(StrEnum):
    """How an inspection is printed."""

    TEXT = "text"
    JSON = "json"
    WECHAT = "wechat"
    """Only the memo, as lines to paste."""


@dataclass(frozen=True)
class _Options:
    settings: Settings
    call_time: datetime | None
    brand: str | None
    store: str | None
    agent_channel: int | None
    model: str | None
    card: str | None

    @cached_property
    def rulebook(self) -> Rulebook:
        return load_rulebook(self.settings.lexicons)

    @cached_property
    def findings_model(self) -> Model | None:
        return findings_model(self.settings)

    @cached_property
    def grader(self) -> Grader:
        return make_grader(self.rulebook, self.settings)

    @property
    def dealer(self) -> Dealer:
        return Dealer(store=self.store, brand=self.brand)

    @cached_property
    def recogniser(self) -> Recogniser:
        # Loaded for the first recording only: call files need no speech model.
        from qc.speech.engines import load_recogniser  # noqa: PLC0415

        return load_recogniser(self.model or self.settings.whisper_model, self.settings.data_dir)


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Recordings, or calls as JSON (turns, call_time, dealer).")],
    output: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs, wechat for the memo alone.")
    ] = Format.TEXT,
    call_time: Annotated[
        str | None, typer.Option(help="When the call began, ISO 8601, e.g. 2026-03-12T10:15+08:00.")
    ] = None,
    brand: Annotated[str | None, typer.Option(help="The dealer's brand, e.g. 上汽大众.")] = None,
    store: Annotated[str | None, typer.Option(help="The dealer's store.")] = None,
    agent_channel: Annotated[
        int | None, typer.Option(min=0, max=1, help="Channel of the agent in a two-channel recording.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Whisper model: a size, a name or a folder.")] = None,
    card: Annotated[
        str | None, typer.Option(help="The scorecard to fill in, e.g. return-visit; chosen by the call if left out.")
    ] = None,
) -> None:
    """Inspect recordings or call files: flags, memo and grade, without a server."""
    settings = Settings.read()
    options = _Options(settings, _aware(call_time, settings), brand, store, agent_channel, model, card)
    # A broken rulebook or model is one error, not one a file.
    _ = options.rulebook, options.findings_model, options.grader
    check_card(options.card, options.rulebook.scorecards, where="--card")
    failed = 0
    for path in files:
        try:
            call, transcript, inspection = _inspected(path, options)
        except QcError as error:
            failed += 1
            told = {"code": error.code, "detail": error.detail, "way_out": error.way_out}
            _report_failure(path, output, told, str(error).removeprefix(f"{path}: "))
        except Exception as error:  # noqa: BLE001 - one broken file must not take the others with it
            failed += 1
            typer.echo(trace_of(error), err=True)
            detail = kind_of(error)  # what it says may quote the call
            _report_failure(path, output, {"code": "internal-error", "detail": detail, "way_out": ""}, detail)
        else:
            text = put_in_words(stated(inspection.memo), call.time.date())
            if output is Format.JSON:
                document = inspection_document(transcript, inspection, source=str(path))
                _print_line({**document, "memo_text": text.model_dump()})
            elif output is Format.WECHAT:
                typer.echo(text.wechat + ("\n" if len(files) > 1 else ""))
            else:
                print_report(Console(), str(path), call, transcript, inspection)
    raise typer.Exit(1 if failed else 0)


def _inspected(path: Path, options: _Options) -> tuple[Call, Transcript, Inspection]:
    if not path.is_file():
        raise NotFound("no-such-file", "there is no file of this name.", way_out="Check the path.")
    if path.suffix.lower() == ".json":
        written = read_call_file(path)
        call, transcript = written.call, written.transcript
        call = call.model_copy(
            update={
                "time": options.call_time or call.time,
                "card": options.card or call.card,
                "dealer": Dealer(
                    store=options.store or call.dealer.store,
                    brand=options.brand or call.dealer.brand,
                ),
            }
        )
    else:
        transcript = _heard(path, options)
        call = Call(
            time=options.call_time or _modified(path, options.settings),
            dealer=options.dealer,
            card=options.card,
        )
    return call, transcript, inspect_call(call, transcript, options.rulebook, options.grader, options.findings_model)


def _heard(path: Path, options: _Options) -> Transcript:
    from qc.speech.audio import probe  # noqa: PLC0415 - PyAV is not needed for call files
    from qc.speech.expecting import expectations  # noqa: PLC0415
    from qc.speech.transcribe import transcribe_recording  # noqa: PLC0415

    probe(path, max_duration_s=options.settings.max_duration_s)
    with _progress(path) as progress:
        return transcribe_recording(
            path,
            options.recogniser,
            expecting=expectations(options.settings.lexicons, options.rulebook, options.dealer),
            agent_channel=options.agent_channel,
            progress=progress,
        )


@contextmanager
def _progress(path: Path) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(path.name, total=1.0)
        yield lambda done: bar.update(task, completed=done)


def _aware(text: str | None, settings: Settings) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSettings(
            "bad-option",
            f"{text!r} is not a time.",
            way_out="Write it as 2026-03-12T10:15+08:00.",
            where="--call-time",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


def _modified(path: Path, settings: Settings) -> datetime:
    moment = datetime.fromtimestamp(path.stat().st_mtime, settings.zone)
    Console(stderr=True).print(
        f"{path}: no --call-time; spoken dates count from the file's own time, {moment.isoformat(timespec='minutes')}",
        style="yellow",
        highlight=False,
        markup=False,
    )
    return moment


def _report_failure(path: Path, output: Format, error: dict[str, str], in_words: str) -> None:
    if output is Format.JSON:
        _print_line({"source": str(path), "error": error})
    Console(stderr=True).print(Text.assemble((f"{path}: ", "red"), in_words), soft_wrap=True)


def _print_line(document: dict[str, Any]) -> None:
    # One write a line, past rich: no wrapping, no colour, whatever the terminal.
    sys.stdout.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()
