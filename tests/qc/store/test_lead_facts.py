"""Reading leads as statistics see them, on both kinds of database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import event, insert

from qc.store.database import Database
from qc.store.lead_facts import AT_ONCE, read_lead_facts
from qc.store.tables import LeadRow, LeadTagRow

AT = datetime(2026, 3, 12, 2, tzinfo=UTC)


def test_many_leads_are_read_as_they_are_taken(database: Database) -> None:
    plain = {"offset_s": 0, "tags": [], "changes": 0, "created_at": AT, "updated_at": AT}
    ids = [f"lead_{number:04}" for number in range(2 * AT_ONCE + 1)]
    rows = [{"id": one, "external_id": one, "at": AT + timedelta(minutes=n), **plain} for n, one in enumerate(ids)]
    with database.writing() as session:
        session.execute(insert(LeadRow), rows[::-1])
        session.execute(insert(LeadTagRow), [{"lead_id": one, "tag": f"tag of {one}"} for one in ids])
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with database.reading() as session:
        session.connection()
        asked.clear()
        leads = read_lead_facts(session)
        first = next(leads)
        assert len(asked) == 5, "the leads, and what belongs to the first of them"
        found = [first, *leads]
        assert len(asked) == 13
    assert [one.id for one in found] == ids
    assert all(one.tags == {f"tag of {one.id}"} for one in found)
