"""Leads as statistics see them, and whom to offer one, on both kinds of database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stored import a_recording

from qc.errors import NotFound
from qc.grade import RuleGrader
from qc.leads import LeadLetter, OutcomeKind
from qc.leads.routing import Limits
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.lead_facts import read_lead_facts
from qc.store.lead_grades import NewOutcome, post_lead, report_outcome
from qc.store.leads import NewLead
from qc.store.routing import Team, suggest_for_lead

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
LIMITS = Limits(open_leads=80, share=2)


class Crm:
    """Tells the store of leads and of what became of them."""

    def __init__(self, database: Database, rulebook: Rulebook) -> None:
        self.database = database
        self.grader = RuleGrader(rulebook.grading)

    def lead(self, external_id: str, days_ago: float, **known: Any) -> str:
        new = NewLead(external_id=external_id, at=NOW - timedelta(days=days_ago), **({"store": "天河店"} | known))
        with self.database.writing() as session:
            return post_lead(session, new, self.grader)[0]

    def news(self, external_id: str, kind: str, days_ago: float) -> None:
        new = NewOutcome(
            lead=external_id,
            kind=OutcomeKind(kind),
            at=NOW - timedelta(days=days_ago),
            reason="价格" if kind == "lost" else None,
        )
        with self.database.writing() as session:
            report_outcome(session, new, self.grader)

    def team(self, lead_id: str) -> Team:
        with self.database.reading() as session:
            return suggest_for_lead(session, lead_id, LIMITS, NOW)


@pytest.fixture
def crm(database: Database, rulebook: Rulebook) -> Crm:
    return Crm(database, rulebook)


def test_facts_of_leads(crm: Crm) -> None:
    crm.lead("a", 100, source="抖音", consultant="王磊", tags=("换购",))
    crm.lead("b", 10, store=None)
    crm.lead("c", 5, store="海珠店")
    with crm.database.writing() as session:
        for days, agent in ((9, "李娜"), (8, None)):
            a_recording(session, lead="b", store="天河店", agent=agent, source="到店", started_at=NOW - timedelta(days))
    crm.news("a", "ordered", 90)
    crm.news("a", "delivered", 60)
    crm.news("a", "visited", 95)
    with crm.database.reading() as session:
        first, second = read_lead_facts(session, store="天河店")
        (newest,) = read_lead_facts(session, since=NOW - timedelta(6))
        assert [newest] == list(read_lead_facts(session, store="海珠店"))
        assert [one.id for one in read_lead_facts(session, until=NOW - timedelta(days=10))] == [first.id]
        assert next(read_lead_facts(session, store="天河店", with_grades=False)) == first._replace(grades=())
    assert (first.source, first.consultant, first.tags, first.letter) == ("抖音", "王磊", {"换购"}, LeadLetter.D)
    assert [one.kind for one in first.outcomes] == ["visited", "ordered", "delivered"]
    assert [(one.letter, one.at, one.by_words) for one in first.grades] == [
        (LeadLetter.O, NOW - timedelta(days=90), False),
        (LeadLetter.D, NOW - timedelta(days=60), False),
    ]
    assert first.won_within(10)
    assert not first.won_within(9)
    assert not first.is_open
    assert (second.source, second.store, second.consultant) == ("到店", "天河店", "李娜")
    assert second.first_call == NOW - timedelta(days=9)
    assert second.is_open


def test_an_order_that_was_lost_again_is_none(crm: Crm) -> None:
    crm.lead("a", 100)
    crm.news("a", "ordered", 90)
    crm.news("a", "lost", 80)
    with crm.database.reading() as session:
        (lead,) = read_lead_facts(session)
    assert lead.ordered_at() is None


def test_the_team_is_offered_a_lead(crm: Crm) -> None:
    for number in range(60):
        crm.lead(f"w{number}", 100, consultant="王磊", tags=("换购",))
        crm.lead(f"l{number}", 100, consultant="李娜", tags=("换购",))
        if number < 30:
            crm.news(f"w{number}", "ordered", 80)
        if number < 6:
            crm.news(f"l{number}", "ordered", 80)
    crm.news("l7", "ordered", 10)  # 90 days after the lead: too late to count
    crm.lead("young", 20, consultant="李娜", tags=("换购",))
    with crm.database.writing() as session:
        a_recording(session, store="天河店", agent="赵敏", started_at=NOW - timedelta(days=3))
        a_recording(session, store="天河店", agent="早走了", started_at=NOW - timedelta(days=91))
        a_recording(session, store="海珠店", agent="别店的", started_at=NOW - timedelta(days=3))
    lead_id = crm.lead("new", 0.01, consultant="赵敏", tags=("换购",))
    team = crm.team(lead_id)
    assert (team.store, team.tags, team.past_leads) == ("天河店", ("换购",), 120)
    # 王磊's leads are all older than 90 days, so that only calls could show him to be still there.
    assert [(one.consultant, one.current) for one in team.suggestions] == [("赵敏", True), ("李娜", False)]
    with crm.database.writing() as session:
        a_recording(session, store="天河店", agent="王磊", started_at=NOW - timedelta(days=2))
    first, second, third = crm.team(lead_id).suggestions
    assert (first.consultant, first.open_leads, first.recent_leads) == ("王磊", 30, 0)
    assert (first.by_tag[0].leads, first.by_tag[0].orders) == (60, 30)
    assert (second.consultant, second.by_tag[0].leads) == ("赵敏", 0)
    assert (third.consultant, third.by_tag[0].orders, third.open_leads) == ("李娜", 6, 54)


def test_a_lead_without_a_store_has_nobody(crm: Crm) -> None:
    team = crm.team(crm.lead("x", 1, store=None))
    assert (team.store, team.suggestions) == (None, ())
    with pytest.raises(NotFound):
        crm.team("lead_none")
