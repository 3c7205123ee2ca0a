"""``qc train``: learn again what the service has learned from calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from qc.rulebook import SHIPPED, Rulebook, load_rulebook
from qc.store.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.measure.judged import JudgedTalk

app = typer.Typer(help="Learn the shipped models again, from the same calls or from your own.", no_args_is_help=True)

EVALUATION = Path("tests/evaluation")
EXCHANGES = Path("tests/lexicons")
CALLS = (Path("tests/evaluation/practice"), SHIPPED / "talk")
"""What the shipped model of roles has learned from."""


@app.command()
def roles(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    calls: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of calls to learn from (.json, or .txt of 客服：… and 客户：…); repeat for several."),
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="Folder of calls to measure the model on, not to learn from.")
    ] = None,
) -> None:
    """Learn who talks like the agent; print how right that is on calls left out, and write the model."""
    from qc.measure.role_calls import training_calls  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.roles import measure_roles, to_json, train_roles  # noqa: PLC0415
    from qc.measure.show import render  # noqa: PLC0415

    model, report = train_roles(training_calls(calls or CALLS))
    for folder in test or ():
        measured = measure_roles(model, training_calls([folder]), folder.name)
        report = report.model_copy(update={"outcomes": (*report.outcomes, *measured)})
    out.write_text(to_json(model), encoding="utf-8")
    render(report, Console())


@app.command()
def findings(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    lines: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of more labelled lines, a JSON of category, label, before and text each; repeat for several."
        ),
    ] = None,
) -> None:
    """Learn which sentences are findings; print how right that is on calls left out, and write the model."""
    from qc.measure.judgement import leave_out, train_findings  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.show import render  # noqa: PLC0415

    rulebook = load_rulebook(Settings.read().lexicons)
    content, report = train_findings(leave_out(read_training_data(rulebook, lines or ()), rulebook.phrases))
    unfinished = out.with_name(f"{out.name}.new")
    unfinished.write_bytes(content)
    unfinished.replace(out)  # whoever reads it meanwhile reads the old one
    render(report, Console())


def read_training_data(rulebook: Rulebook, lines: Iterable[Path] = ()) -> list[JudgedTalk]:
    """All that models of findings learn from, with these files of lines more."""
    from qc.measure.judged import read_judged  # noqa: PLC0415

    return read_judged(rulebook, SHIPPED, EVALUATION, EXCHANGES, lines)
