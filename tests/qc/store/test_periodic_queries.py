"""What the reconciler asks every few seconds and a monitor every minute: answered from indexes, whatever is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from query_plans import query_plans
from sqlalchemy import insert
from stored import a_chat, an_inspection

from qc.store.database import Database
from qc.store.figures import read_figures
from qc.store.inspections import current_inspection, save_inspection
from qc.store.leases import find_waiting
from qc.store.tables import InspectionRow, LeadRow, RecordingRow, WritingRow
from qc.store.writings import WriterFigures, read_writer_figures, save_writing
from qc.writing import WriterOutcome, Writing

MANY = 2000
WIDE = "所说的话" * 100
"""As rows are, so that reading them is worth avoiding."""
AT = datetime(2026, 3, 12, 2, tzinfo=UTC)


def rows_like(row: Any, **other: Any) -> list[dict[str, Any]]:
    """Many rows that differ in their ids alone, which every ``None`` in ``other`` stands for."""
    kept = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return [
        kept | {name: f"{name}-{number}" if value is None else value for name, value in {"id": None, **other}.items()}
        for number in range(MANY)
    ]


@pytest.fixture
def busy(database: Database) -> Database:
    """One call that waits, many that are done, each inspected and written about, and many leads."""
    with database.writing() as session:
        chat = a_chat(session, "客户：你好")
        save_inspection(session, chat.id, an_inspection())
        stored = current_inspection(session, chat.id)
        assert stored is not None
        save_writing(session, stored, Writing(model="m", outcome=WriterOutcome.PAUSED))
    with database.writing() as session:
        recording, inspection = session.query(RecordingRow).one(), session.query(InspectionRow).one()
        writing = session.query(WritingRow).one()
        session.execute(insert(RecordingRow), rows_like(recording, state="done", filename=WIDE))
        recordings = [f"id-{number}" for number in range(MANY)]
        for table, row, other in (
            (InspectionRow, inspection, {"content": {"words": WIDE}}),
            (WritingRow, writing, {"outcome": "written", "kept": 2, "dropped": 1, "content": {"words": WIDE}}),
        ):
            rows = rows_like(row, **other)
            session.execute(
                insert(table), [row | {"recording_id": of} for row, of in zip(rows, recordings, strict=True)]
            )
        plain = {"offset_s": 0, "tags": [], "changes": 0, "created_at": AT, "updated_at": AT, "at": AT}
        session.execute(insert(LeadRow), [{"id": f"l-{n}", "external_id": f"l-{n}", **plain} for n in range(MANY)])
    return database


def test_figures_are_counted_in_indexes(busy: Database) -> None:
    with query_plans(busy) as plans, busy.reading() as session:
        figures = read_figures(session, AT + timedelta(days=9999))
        writer = read_writer_figures(session)
    assert (figures.recordings["done"], figures.recordings["inspecting"]) == (MANY, 1)
    assert figures.inspections == {"rules-1": MANY + 1}
    assert figures.oldest_unfinished_s > 0
    assert writer == WriterFigures(outcomes={"written": MANY, "paused": 1}, kept=2 * MANY, dropped=MANY)
    used = ("ix_recordings_state_created_at",) * 2 + (
        "ix_inspections_current_rulebook",
        "ix_memo_writings_outcome_kept_dropped",
    )
    assert [index in plan for index, plan in zip(used, plans, strict=True)] == [True] * 4, plans


def test_what_waits_for_a_worker_is_looked_up(busy: Database) -> None:
    with query_plans(busy) as plans, busy.reading() as session:
        for stage in ("transcribe", "inspect"):
            find_waiting(session, stage, settled_before=AT, limit=500)
    assert ["ix_recordings_state_created_at" in plan for plan in plans] == [True, True], plans
