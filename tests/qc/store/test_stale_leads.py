"""Which leads wait for a plan, and planning for them, on both kinds of database."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from query_plans import query_plans
from revisions import migrate_down, migrate_up
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from qc.follow_up import Planner
from qc.grade import RuleGrader
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.follow_ups import find_stale, plan_stale
from qc.store.lead_grades import post_lead
from qc.store.leads import LeadUpdate, NewLead, update_lead
from qc.store.paging import now
from qc.store.tables import LeadRow


@pytest.fixture
def planner(rulebook: Rulebook) -> Planner:
    return Planner.by(rulebook, ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading)


def lead(session: Session, grader: RuleGrader, external_id: str = "XS-1") -> str:
    at = datetime.fromisoformat("2026-03-12T10:00:00+08:00")
    return post_lead(session, NewLead(external_id=external_id, at=at, consultant="王磊"), grader)[0]


def stale(database: Database, planner: Planner, limit: int = 10) -> list[str]:
    with database.reading() as session:
        return [lead.external_id for lead in find_stale(session, planner, limit)]


def test_plans_are_made_once_for_each_change(database: Database, planner: Planner, grader: RuleGrader) -> None:
    with database.writing() as session:
        lead(session, grader)
        lead(session, grader, "XS-2")
    assert plan_stale(database, planner, limit=1) == 1
    assert plan_stale(database, planner) == 1
    assert plan_stale(database, planner) == 0
    with database.writing() as session:
        changed = lead(session, grader, "XS-3")
        update_lead(session, changed, LeadUpdate(consultant="李娜"))
    assert stale(database, planner) == ["XS-3"]


def test_a_lead_that_cannot_be_planned_for_holds_up_no_other(
    database: Database, planner: Planner, grader: RuleGrader, caplog: pytest.LogCaptureFixture
) -> None:
    with database.writing() as session:
        lead(session, grader)
        lead(session, grader, "XS-2")
        session.execute(update(LeadRow).where(LeadRow.external_id == "XS-1").values(memo={"use": "no field"}))
    assert [plan_stale(database, planner) for _ in range(2)] == [1, 0]
    assert caplog.text.count("nothing is planned for lead XS-1") == 1, "until it changes again"
    assert "no field" not in caplog.text
    with database.writing() as session:
        session.execute(update(LeadRow).where(LeadRow.external_id == "XS-1").values(memo=None, updated_at=now()))
    assert plan_stale(database, planner) == 1


def test_a_lead_that_changes_while_it_cannot_be_planned_for_waits_for_a_plan(
    database: Database, planner: Planner, grader: RuleGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        lead(session, grader)

    def change_and_stumble(session: Session, *_: object) -> None:
        session.execute(update(LeadRow).values(updated_at=now()))
        session.commit()
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("qc.store.follow_ups.plan_again", change_and_stumble)
        assert plan_stale(database, planner) == 0
    assert stale(database, planner) == ["XS-1"]


def test_the_lead_that_waits_longest_comes_first_and_other_rules_last(
    database: Database, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        for name in ("first", "second", "third", "other", "another"):
            lead(session, grader, name)
    plan_stale(database, planner)
    with database.writing() as session:
        for name in ("third", "first", "second"):
            session.execute(update(LeadRow).where(LeadRow.external_id == name).values(updated_at=now()))
        for name, by in (("other", "~"), ("another", "")):  # after and before every hash
            session.execute(update(LeadRow).where(LeadRow.external_id == name).values(planned_by=by))
    assert stale(database, planner) == ["third", "first", "second", "another", "other"]
    assert stale(database, planner, limit=4) == ["third", "first", "second", "another"]


def test_what_waits_for_a_plan_is_looked_up_in_indexes(
    database: Database, planner: Planner, grader: RuleGrader
) -> None:
    """Among many leads, so that a database that chooses by numbers has reason to."""
    with database.writing() as session:
        lead(session, grader)
        row = {"offset_s": 0, "tags": [], "changes": 0, "planned_for": now(), "planned_by": planner.version}
        at = dict.fromkeys(("created_at", "updated_at"), row["planned_for"])
        session.execute(
            insert(LeadRow), [{"id": f"lead_{n}", "external_id": f"X-{n}", **row, **at} for n in range(3000)]
        )
    with query_plans(database) as plans:
        assert stale(database, planner) == ["XS-1"]
    assert ["ix_leads_unplanned" in plan for plan in plans] == [True, False, False]
    assert ["ix_leads_planned_by_id" in plan for plan in plans] == [False, True, True]
    assert not [plan for plan in plans if "Sort" in plan or "TEMP B-TREE" in plan]


@pytest.mark.services
def test_the_migration_keeps_what_was_planned(bare_database: Database, planner: Planner) -> None:
    database = bare_database
    with database.engine.begin() as connection:
        migrate_up(connection, "0007")
        leads = text(
            "INSERT INTO leads (id, external_id, offset_s, tags, changes, created_at, updated_at)"
            " VALUES (:name, :name, 0, '[]', 0, '2026-03-01', '2026-03-01')"
        )
        connection.execute(leads, [{"name": name} for name in ("planned", "changed", "unplanned")])
        plans = (
            "INSERT INTO follow_ups (lead_id, lead_updated_at, made_by, content) VALUES"
            " ('planned', '2026-03-01', :version, '{}'), ('changed', '2026-02-01', :version, '{}')"
        )
        connection.execute(text(plans), {"version": planner.version})
    database.migrate()
    with database.reading() as session:
        statement = select(LeadRow.id).where(LeadRow.planned_for == LeadRow.updated_at)
        assert session.scalars(statement).all() == ["planned"]
    assert sorted(stale(database, planner)) == ["changed", "unplanned"]
    with database.engine.begin() as connection:
        migrate_down(connection, "0007")
    database.migrate()
    assert plan_stale(database, planner) == 3
