"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
import redis
from servers import new_postgres_database, postgres_server, queue_server

from qc.ingest import Service, open_service
from qc.rulebook import Rulebook, load_rulebook
from qc.store.database import Database
from qc.store.settings import Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden/*.json with what the inspection says now; the diff is the review",
    )


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The shipped rulebook."""
    return load_rulebook()


@pytest.fixture(scope="session")
def queue_server_url() -> Iterator[str]:
    """A real Redis-protocol server, for all tests; `redis_url` gives it empty."""
    with queue_server() as server:
        yield server.url


@pytest.fixture
def redis_url(queue_server_url: str) -> str:
    """The address of a real Redis-protocol server that holds nothing."""
    with redis.Redis.from_url(queue_server_url) as connection:
        connection.flushall()
    return queue_server_url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server; `new_postgres_database` makes databases on it."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    """Settings of a fresh installation on SQLite with a folder of audio and the shared, emptied queue server."""
    return Settings(data_dir=tmp_path / "data", redis_url=redis_url, lease_s=2, _env_file=None)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """The service of `settings`, its tables made."""
    service = open_service(settings)
    service.database.migrate()
    yield service
    service.database.close()
    service.queues.close()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a database with all tables, to copy."""
    url = new_postgres_database(postgres_url)
    database = Database(url)
    database.migrate()
    database.close()
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "qc.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of either kind, its tables made."""
    if request.param == "sqlite":
        copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "qc.sqlite3")
        url = f"sqlite:///{tmp_path}/qc.sqlite3"
    else:
        template = request.getfixturevalue("migrated_postgres")
        url = new_postgres_database(request.getfixturevalue("postgres_url"), template)
    database = Database(url)
    yield database
    database.close()
