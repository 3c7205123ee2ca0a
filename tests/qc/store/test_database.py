from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from servers import new_postgres_database
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from qc.errors import BadInput, BadSettings, Unavailable
from qc.store.database import Database
from qc.store.keys import create_key
from qc.store.paging import now
from qc.store.tables import Base, KeyRow, TranscriptRow


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        create_key(session, "a", ["read"])
    database.migrate()
    with database.reading() as session:
        assert session.scalars(select(KeyRow.name)).all() == ["a"]


@pytest.mark.services
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_migrate_at_once_all_succeed(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/qc.sqlite3"
    else:
        url = new_postgres_database(request.getfixturevalue("postgres_url"))
    program = f"from qc.store.database import Database; Database({url!r}).migrate()"
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0] * 3
    database = Database(url)
    database.ping()
    database.close()


def test_a_session_that_fails_leaves_nothing(database: Database) -> None:
    def write_and_stumble() -> None:
        with database.writing() as session:
            create_key(session, "a", ["read"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_stumble()
    with database.reading() as session:
        assert session.scalars(select(KeyRow.id)).all() == []


def test_an_error_does_not_quote_the_statements_values(database: Database) -> None:
    def keep() -> None:
        row = {"id": "tr_1", "recogniser": "text", "content": {}, "text": "我的电话是幺三八", "created_at": now()}
        with database.writing() as session:
            session.execute(insert(TranscriptRow).values(row))

    keep()
    with pytest.raises(IntegrityError) as caught:
        keep()
    assert "INSERT INTO transcripts" in str(caught.value)
    assert "幺三八" not in str(caught.value)


def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    def write(number: int) -> None:
        with database.writing() as session:
            create_key(session, f"key {number}", ["read"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(32)))
    with database.reading() as session:
        assert len(session.scalars(select(KeyRow.id)).all()) == 32


def test_sqlite_survives_a_power_cut_and_waits_for_others(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/deep/er/qc.sqlite3")
    with database.reading() as session:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        answers = [session.execute(text(f"PRAGMA {pragma}")).scalar() for pragma in asked]
    assert answers == ["wal", 2, 1, 30_000]
    database.close()


def test_what_no_database_can_keep_is_the_callers_mistake(database: Database) -> None:
    with pytest.raises(BadInput, match="cannot keep") as caught, database.writing() as session:
        create_key(session, "half a \ud83d smile", ["read"])
    assert caught.value.code == "bad-value"


def test_a_database_that_is_away_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable) as caught:
        database.ping()
    assert caught.value.code == "database-unavailable"


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/qc", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Database(url)
    assert caught.value.where == "DATABASE_URL"
