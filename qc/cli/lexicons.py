"""``qc lexicons``: the rulebook, checked and listed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qc.cli import suggest
from qc.rulebook import load_rulebook
from qc.store.settings import Settings

app = typer.Typer(help="The lexicons: what we listen for.", no_args_is_help=True)
app.command("suggest")(suggest.suggest)
app.command("noisy")(suggest.noisy)
Folder = Annotated[Path | None, typer.Argument(help="The lexicons folder; QC_LEXICONS or the shipped one if left out.")]


@app.command()
def check(folder: Folder = None) -> None:
    """Explain every mistake by file, rule and field; try every example of every rule."""
    from qc.measure.lexicons import check_lexicons  # noqa: PLC0415 - tries every example

    where = folder or Settings.read().lexicons
    mistakes = check_lexicons(where)
    console = Console()
    for mistake in mistakes:
        console.print(f"{mistake.where}: {mistake.what}", style="red", highlight=False, markup=False)
        if mistake.way_out:
            console.print(f"    {mistake.way_out}", highlight=False, markup=False)
    if mistakes:
        console.print(f"{len(mistakes)} mistakes in {where}", highlight=False)
        raise typer.Exit(1)
    rulebook = load_rulebook(where)
    console.print(f"{where}: version {rulebook.version}, no mistakes", highlight=False)


@app.command("list")
def list_(folder: Folder = None) -> None:
    """List the rules: id, category, severity, status, title."""
    rulebook = load_rulebook(folder or Settings.read().lexicons)
    table = Table("rule", "category", "severity", "status", "title")
    for rule in rulebook.phrases.rules:
        table.add_row(rule.id, rule.category, rule.severity, rule.status, rule.title)
    console = Console()
    console.print(table)
    console.print(f"version {rulebook.version}", highlight=False)


@app.command()
def preview(
    changed: Annotated[Path, typer.Argument(help="A folder of lexicons, or one changed file of it.")],
    call: Annotated[
        list[Path] | None, typer.Option(help="A call file (JSON); repeat for several. The stored calls if left out.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Of the stored calls only this store's.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Of the stored calls only those that began since.")] = None,
) -> None:
    """Say what a changed rulebook would newly find in calls, and what it would no longer find; nothing is changed."""
    from qc.cli.preview import calls_of, print_preview  # noqa: PLC0415 - the store is not needed above
    from qc.inspecting import findings_model  # noqa: PLC0415
    from qc.previewing import preview as preview_calls  # noqa: PLC0415
    from qc.stored_preview import with_file_replaced  # noqa: PLC0415

    settings = Settings.read()
    present = load_rulebook(settings.lexicons)
    if changed.is_dir():
        rulebook = load_rulebook(changed)
    else:
        with with_file_replaced(settings.lexicons, changed) as folder:
            rulebook = load_rulebook(folder)
    calls = calls_of(call, settings, store=store, since=since)
    shown = preview_calls(calls, present.phrases, rulebook.phrases, findings_model(settings))
    print_preview(Console(soft_wrap=True), shown)
