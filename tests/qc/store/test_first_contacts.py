"""Summing up first contacts over many leads, on both kinds of database."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import event, insert
from stored import a_recording

from qc.follow_up import Planner
from qc.grade import RuleGrader
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.first_contacts import AT_ONCE, summarise_first_contacts
from qc.store.lead_grades import post_lead
from qc.store.leads import NewLead
from qc.store.tables import LeadRow

MORNING = datetime.fromisoformat("2026-03-12T10:00:00+08:00")


def test_many_leads_are_summed_up_without_being_loaded(database: Database, rulebook: Rulebook) -> None:
    planner = Planner.by(rulebook, ZoneInfo("Asia/Shanghai"))
    plain = {"offset_s": 0, "tags": [], "changes": 0, "created_at": MORNING, "updated_at": MORNING, "at": MORNING}
    waiting = [
        {"id": f"lead_{n}", "external_id": f"W-{n}", "consultant": ("李娜", "赵敏", None)[n % 3], **plain}
        for n in range(3 * AT_ONCE)
    ]
    with database.writing() as session:
        session.execute(insert(LeadRow), waiting)
        for minutes in (1, 3, 10):
            new = NewLead(external_id=f"C-{minutes}", at=MORNING, consultant="李娜")
            post_lead(session, new, RuleGrader(rulebook.grading))
            started = MORNING + timedelta(minutes=minutes)
            a_recording(session, lead=new.external_id, started_at=started, sha256=f"{minutes:064x}")
    loaded: list[object] = []
    event.listen(LeadRow, "load", lambda row, _: loaded.append(row))
    with database.reading() as session:
        later = MORNING + timedelta(hours=1)
        day = {"since": MORNING, "until": later}
        groups = {
            one.name: one.promptness for one in summarise_first_contacts(session, later, planner, "consultant", **day)
        }
    assert not loaded
    assert {name: (one.leads, one.called, one.in_time, one.late, one.waiting) for name, one in groups.items()} == {
        "李娜": (AT_ONCE + 3, 3, 2, AT_ONCE + 1, AT_ONCE),
        "赵敏": (AT_ONCE, 0, 0, AT_ONCE, AT_ONCE),
        None: (AT_ONCE, 0, 0, AT_ONCE, AT_ONCE),
    }
    assert (groups["李娜"].median_minutes, groups["赵敏"].median_minutes) == (3, None)
