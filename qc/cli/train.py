"""``qc train``: learn again what the service has learned from calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from qc.rulebook import SHIPPED

app = typer.Typer(help="Learn the shipped models again, from the same calls or from your own.", no_args_is_help=True)

CALLS = (Path("tests/evaluation/practice"), SHIPPED / "talk")
"""What the shipped model of roles has learned from."""


@app.callback()
def train() -> None:
    """Keep ``roles`` a verb of its own while it is the only one."""


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
