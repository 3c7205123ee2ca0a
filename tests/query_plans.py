"""How a database goes about its queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from qc.store.database import Database


@contextmanager
def query_plans(database: Database) -> Iterator[list[str]]:
    """The plan of each query asked within the block, a line each, as a database chooses that has been kept in order.

    PostgreSQL reads a table whole only where there is no index to answer from."""
    engine = database.engine
    postgresql = engine.dialect.name == "postgresql"
    # PostgreSQL reads an index alone only where a vacuum has seen rows whose commit is on disk.
    upkeep = ("CHECKPOINT", "VACUUM (ANALYZE)") if postgresql else ("ANALYZE",)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for command in upkeep:
            connection.exec_driver_sql(command)
    plans: list[str] = []

    def explain(_: Connection, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT"):
            if postgresql:
                # Or it reads these small tables whole wherever an old snapshot has kept the vacuum from its work.
                cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {'' if postgresql else 'QUERY PLAN '}{statement}", parameters)
            plans.append(" ".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(engine, "before_cursor_execute", explain)
    yield plans
    event.remove(engine, "before_cursor_execute", explain)
