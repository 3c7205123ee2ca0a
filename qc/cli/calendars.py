"""``qc calendar``: feeds of consultants' reminders for the phone's own calendar."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qc.cli.stored import open_database
from qc.store.calendars import create_calendar, list_calendars, revoke_calendar, rotate_calendar

app = typer.Typer(help="Calendar feeds of consultants' reminders.", no_args_is_help=True)

Feed = Annotated[str, typer.Argument(help="The feed's id, from qc calendar list.")]


@app.command()
def new(
    consultant: Annotated[str, typer.Argument(help="Whose reminders: the name that leads and calls have.")],
) -> None:
    """Make a feed and print its address, once: only a hash of it is kept. Give each phone its own."""
    with open_database().writing() as session:
        calendar, token = create_calendar(session, consultant)
    _tell(calendar.id, token)


@app.command()
def rotate(calendar_id: Feed) -> None:
    """Make a new address in place of this one, which ends at once."""
    with open_database().writing() as session:
        calendar, token = rotate_calendar(session, calendar_id)
    _tell(calendar.id, token)


@app.command()
def revoke(calendar_id: Feed) -> None:
    """End a feed at once."""
    with open_database().writing() as session:
        revoke_calendar(session, calendar_id)
    Console().print(f"calendar {calendar_id} is revoked")


@app.command("list")
def list_(consultant: Annotated[str | None, typer.Argument(help="Only this consultant's.")] = None) -> None:
    """List the feeds, without their addresses."""
    with open_database().reading() as session:
        calendars = list_calendars(session, consultant)
    table = Table("id", "consultant", "created", "revoked")
    for one in calendars:
        revoked = one.revoked_at.isoformat(timespec="minutes") if one.revoked_at else ""
        table.add_row(one.id, one.consultant, one.created_at.isoformat(timespec="minutes"), revoked)
    Console(markup=False, emoji=False, highlight=False).print(table)


def _tell(calendar_id: str, token: str) -> None:
    told = f"calendar {calendar_id}. The address is shown only now; put your host before it, with webcal:// on a phone:"
    Console(stderr=True).print(told, soft_wrap=True, highlight=False)
    Console().print(f"/v1/calendars/{token}.ics", highlight=False, soft_wrap=True)
