"""A database at a revision of its tables other than the newest."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from qc.store.database import MIGRATIONS


def migrate_up(connection: Connection, revision: str) -> None:
    """Makes the tables as they were at this revision."""
    command.upgrade(_config(connection), revision)


def migrate_down(connection: Connection, revision: str) -> None:
    """Takes the tables back to this revision."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
