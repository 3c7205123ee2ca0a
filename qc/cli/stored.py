"""The database that commands without a running service read and write."""

from __future__ import annotations

from qc.store.database import Database
from qc.store.settings import Settings


def open_database(settings: Settings | None = None) -> Database:
    """The installation's database, brought to the newest revision.

    Raises:
        BadSettings, Unavailable: if there is none at the address in the settings.
    """
    database = Database((settings or Settings.read()).database)
    database.migrate()
    return database
