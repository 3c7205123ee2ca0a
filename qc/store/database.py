"""The database: SQLite for one machine, PostgreSQL for more; the same tables in both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from qc.errors import BadInput, BadSettings, Unavailable

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_MS: Final = 30_000
"""How long a write waits for another one on SQLite, where one writes at a time."""
ENGINE: Final[dict[str, Any]] = {
    "pool_size": 10,
    "max_overflow": 35,
    "pool_timeout": 10,
    "json_serializer": partial(json.dumps, ensure_ascii=False),
    "hide_parameters": True,
}
"""A connection for each of the 40 threads in which the API answers, and some for the process itself; errors do not
quote the values of their statement, which may be a call's words."""
MIGRATION_LOCK: Final = 5_190_472_016
"""Any number, as long as it stays the same: whoever migrates holds this PostgreSQL advisory lock."""


class Database:
    """The database at ``url``; opening it connects to nothing yet.

    Raises:
        BadSettings: if the address is none of SQLite or PostgreSQL.
        Unavailable: ``database-unavailable``, by every method, if it does not answer or stays locked.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(qc_writes=True)
        self._turn = Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is one transaction: committed at the end, rolled back on any error."""
        with self._own_turn(), _translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """On SQLite, waits for this process's other writers: its own way of waiting is to try again ever more rarely."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_MS / 1000):
            raise _unavailable("too many are writing")
        try:
            yield
        finally:
            self._turn.release()

    def migrate(self) -> None:
        """Brings the tables to the newest form; several processes may try at once, one does it."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with _translated(), self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str | None:
        """The revision of the tables; ``None`` before the first migration."""
        with _translated(), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def ping(self) -> None:
        """Returns if the database answers."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Lets go of all connections; the next use opens new ones."""
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Tells a database that is away, full or locked, and a caller's mistake, from a mistake of ours."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(_first_line(error)) from error
    except PoolTimeoutError as error:
        raise _unavailable("all connections are in use") from error
    except (DataError, UnicodeEncodeError) as error:
        # Half a character (a lone surrogate) anywhere, a NUL character on PostgreSQL.
        raise BadInput("bad-value", "A value holds something the database cannot keep.") from error


def _unavailable(reason: str) -> Unavailable:
    return Unavailable("database-unavailable", f"The database does not answer: {reason}.", way_out="Try again later.")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise BadSettings("bad-settings", f"not a database address: {error}", where="DATABASE_URL") from error
    if address.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, **ENGINE, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        raise BadSettings(
            "bad-settings",
            f"{address.drivername} is not supported, and a database in memory would not last.",
            way_out="Use sqlite:///path or postgresql://…",
            where="DATABASE_URL",
        )
    Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, **ENGINE)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin too late and commit before DDL; `_begin_sqlite` begins them instead.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: one that reads first could not wait for it later.
    writes = connection.get_execution_options().get("qc_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
