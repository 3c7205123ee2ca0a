"""The database: SQLite for one machine, PostgreSQL for more; the same tables in both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


class Database:
    """The database at ``url``. One that does not answer raises `Unavailable` (``database-unavailable``)."""

    def __init__(self, url: str) -> None: ...
    @contextmanager
    def reading(self) -> Iterator[Session]: ...
    @contextmanager
    def writing(self) -> Iterator[Session]: ...
    def migrate(self) -> None: ...
    def ping(self) -> None: ...
    def close(self) -> None: ...
