"""``qc db``: the database."""

from __future__ import annotations

import typer
from rich.console import Console

from qc.cli.stored import open_database
from qc.store.database import Database
from qc.store.settings import Settings

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database (DATABASE_URL) to this version; does nothing where it is already."""
    database = open_database()
    Console().print(f"database at revision {database.revision()}")


@app.command()
def status() -> None:
    """Say whether the database answers, and at which revision it is."""
    database = Database(Settings.read().database)
    database.ping()
    Console().print(f"database answers, revision {database.revision() or 'none: run qc db migrate'}")
