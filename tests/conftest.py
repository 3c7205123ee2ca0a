"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import redis
from servers import new_postgres_database, postgres_server, queue_server

from qc.ingest import Service, open_service
from qc.rulebook import Rulebook, load_rulebook
from qc.store.database import Database
from qc.store.settings import Settings

if TYPE_CHECKING:
    from qc.speech.whisper import FasterWhisper


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden/*.json with what the inspection says now; the diff is the review",
    )
    parser.addoption(
        "--feed-seconds",
        type=float,
        default=4,
        help="how long writers and readers work on the feed of grades (the figure in docs is of 60)",
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


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of either kind without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/qc.sqlite3"
    else:
        url = new_postgres_database(request.getfixturevalue("postgres_url"))
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A real S3 server."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow to import, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a new bucket, which the environment says how to reach."""
    import boto3  # noqa: PLC0415 - slow to import, and few tests need it
    from s3fs import S3FileSystem  # noqa: PLC0415

    reach = {
        "AWS_ACCESS_KEY_ID": "who",
        "AWS_SECRET_ACCESS_KEY": "ever",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_endpoint,
    }
    for name, value in reach.items():
        monkeypatch.setenv(name, value)
    bucket = f"calls-{uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    S3FileSystem.clear_instance_cache()
    yield f"s3://{bucket}/dealer"
    S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="session")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> FasterWhisper:
    """The packaged base model, loaded once for all tests."""
    from qc.speech.whisper import load_recogniser  # noqa: PLC0415 - a second that most tests need not wait

    return load_recogniser(None, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of spoken sample calls."""
    return Path(__file__).parents[1] / "samples"
