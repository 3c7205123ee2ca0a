"""``qc``: the command line of the service. Every verb's work is done elsewhere; here it is named and shown."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.text import Text

from qc.cli import (
    calendars,
    conduct,
    explain,
    follow_ups,
    ingest,
    inspect,
    keys,
    lexicons,
    measure,
    memos,
    reinspect,
    report,
    serve,
    train,
    up,
    verdicts,
)
from qc.cli import db as database_verbs
from qc.errors import QcError

app = typer.Typer(
    name="qc",
    help="Call-quality inspection for car dealers' Mandarin sales calls.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("ingest")(ingest.ingest)
app.command("inspect")(inspect.inspect)
app.command("explain")(explain.explain_call)
app.command("conduct")(conduct.show_conduct)
app.command("reinspect")(reinspect.reinspect)
app.command("retry")(reinspect.retry)
app.command("report")(report.report)
app.command("evaluate")(measure.evaluate)
app.command("bench")(measure.bench)
app.command("follow-ups")(follow_ups.follow_ups)
app.command("callbacks")(follow_ups.callbacks)
app.command("first-contacts")(follow_ups.first_contacts)
app.add_typer(lexicons.app, name="lexicons")
app.add_typer(verdicts.app, name="verdict")
app.add_typer(memos.app, name="memo")
app.add_typer(calendars.app, name="calendar")
app.add_typer(train.app, name="train")
app.add_typer(database_verbs.app, name="db")
app.add_typer(keys.app, name="key")


def main() -> None:
    """Run the command; an error of ours is told in words and ends with status 1."""
    try:
        app()
    except QcError as error:
        Console(stderr=True).print(Text.assemble(("error: ", "red"), str(error)), soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
