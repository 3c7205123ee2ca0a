"""``qc key``: API keys."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qc.cli.stored import open_database
from qc.store.keys import SCOPES, create_key, list_keys, revoke_key

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use it, e.g. 'CRM of store 12'.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do; repeat for several: {', '.join(SCOPES)}.")],
) -> None:
    """Make a key and print its secret, once: only a hash of it is kept."""
    with open_database().writing() as session:
        key, secret = create_key(session, name, tuple(scope))
    Console(stderr=True).print(f"key {key.id} for {name}: {', '.join(scope)}. The secret is shown only now:")
    Console().print(secret, highlight=False, soft_wrap=True)


@app.command("list")
def list_() -> None:
    """List the keys, without their secrets."""
    with open_database().reading() as session:
        keys = list_keys(session)
    table = Table("id", "name", "scopes", "created", "revoked")
    for key in keys:
        revoked = key.revoked_at.isoformat(timespec="minutes") if key.revoked_at else ""
        table.add_row(key.id, key.name, ", ".join(key.scopes), key.created_at.isoformat(timespec="minutes"), revoked)
    Console().print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, from qc key list.")]) -> None:
    """End a key at once."""
    with open_database().writing() as session:
        revoke_key(session, key_id)
    Console().print(f"key {key_id} is revoked")
