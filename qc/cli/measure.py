"""``qc evaluate`` and ``qc bench``: how right and how fast, as reports to keep in ``docs/``."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from qc.cli.up import SAMPLES
from qc.errors import BadSettings
from qc.grade import RuleGrader
from qc.measure.bank import BankReport, evaluate_bank
from qc.measure.evaluate import evaluate_audio, evaluate_calls
from qc.measure.report import Report
from qc.measure.show import render, to_markdown
from qc.rulebook import load_rulebook
from qc.store.settings import Settings

if TYPE_CHECKING:
    from qc.measure.bench import BenchReport


class Form(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


FormOption = Annotated[Form, typer.Option("--format", help="table for people, markdown for docs/, json for programs.")]
ModelOption = Annotated[str | None, typer.Option(help="Whisper model: a size, a name or a folder.")]


def evaluate(
    calls: Annotated[Path, typer.Option(help="Folder of annotated calls.")] = Path("tests/evaluation/calls"),
    audio: Annotated[
        list[Path] | None, typer.Option(help="Folder of their recordings with .turns.json; repeat for several.")
    ] = None,
    only: Annotated[str, typer.Option(help="Which calls, as a pattern on names: 'dc-*'.")] = "*",
    bank: Annotated[Path | None, typer.Option(help="A file of labelled utterances instead of calls.")] = None,
    bare: Annotated[  # noqa: FBT002 - the command line calls it by name
        bool, typer.Option("--bare", help="With --audio: measure bare faster-whisper beside ours; takes twice as long.")
    ] = False,
    model: ModelOption = None,
    output: FormOption = Form.TABLE,
) -> None:
    """Measure findings, memo, grade and hearing against annotated calls or labelled utterances."""
    settings = Settings.read()
    rulebook = load_rulebook(settings.lexicons)
    grader = RuleGrader(rulebook.grading, settings.grading_preset)
    report: Report | BankReport
    if bank and audio:
        raise BadSettings("bad-option", "labelled utterances have no recordings.", way_out="Give --bank or --audio.")
    if bank:
        report = evaluate_bank(bank, rulebook=rulebook, grader=grader)
    elif audio:
        from qc.measure.bare import hear_bare  # noqa: PLC0415 - text needs no speech model
        from qc.speech.recogniser import load_recogniser  # noqa: PLC0415

        recogniser = load_recogniser(model or settings.whisper_model, settings.data_dir)
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=1.0)
            report = evaluate_audio(
                calls,
                audio,
                recogniser=recogniser,
                rulebook=rulebook,
                grader=grader,
                only=only,
                bare=partial(hear_bare, whisper=recogniser.whisper) if bare else None,
                progress=lambda name, done: bar.update(task, description=name, completed=done),
            )
    else:
        report = evaluate_calls(calls, rulebook=rulebook, grader=grader, only=only)
    _print(report, output)


def bench(
    recordings: Annotated[
        list[Path] | None, typer.Argument(help="Recordings to time; the sample calls if none is named.")
    ] = None,
    model: ModelOption = None,
    output: FormOption = Form.TABLE,
) -> None:
    """Time the whole pipeline beside bare faster-whisper, on the same recordings and model in the same run."""
    from qc.measure.bench import run_bench  # noqa: PLC0415 - loads the speech model's libraries
    from qc.speech.recogniser import load_recogniser  # noqa: PLC0415

    settings = Settings.read()
    rulebook = load_rulebook(settings.lexicons)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("timing", total=1.0)
        report = run_bench(
            recordings or sorted(SAMPLES.glob("*.opus")),
            recogniser=load_recogniser(model or settings.whisper_model, settings.data_dir),
            rulebook=rulebook,
            grader=RuleGrader(rulebook.grading, settings.grading_preset),
            progress=lambda done: bar.update(task, completed=done),
        )
    _print(report, output)


def _print(report: Report | BankReport | BenchReport, output: Form) -> None:
    if output is Form.JSON:
        typer.echo(report.model_dump_json())
    elif output is Form.MARKDOWN:
        typer.echo(to_markdown(report))
    else:
        render(report, Console())
