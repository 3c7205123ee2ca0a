from __future__ import annotations

from sqlalchemy.orm import Session
from stored import a_chat, an_inspection

from qc.domain import Conduct, Share
from qc.rulebook.conduct import Figure
from qc.store.database import Database
from qc.store.inspections import save_inspection
from qc.store.records import StoredRecording
from qc.store.team import FEWEST_CALLS, TeamMedian, team_medians


def a_call(session: Session, share: float | None, store: str | None = "城东店", times: int = 1) -> StoredRecording:
    conduct = Conduct(talk_share=Share(agent=share, customer=None if share is None else 1 - share), agent_questions=4)
    recording = a_chat(session, "客服：您好", store=store)
    for _ in range(times):
        save_inspection(session, recording.id, an_inspection().model_copy(update={"conduct": conduct}))
    return recording


def test_the_median_is_of_the_stores_other_calls(database: Database) -> None:
    with database.writing() as session:
        for number in range(FEWEST_CALLS):
            a_call(session, number / 100)
            a_call(session, 0.99, store="城西店")
        own = a_call(session, 0.9)
        team = team_medians(session, own)
    assert team[Figure.TALK_SHARE] == TeamMedian(median=0.145, calls=FEWEST_CALLS)
    assert Figure.PACE not in team  # measured in none of them


def test_too_few_calls_and_no_store_have_none(database: Database) -> None:
    with database.writing() as session:
        calls = [a_call(session, 0.5) for _ in range(FEWEST_CALLS)]
        assert team_medians(session, calls[0]) == {}
        assert team_medians(session, a_call(session, 0.5, store=None)) == {}


def test_a_call_inspected_twice_counts_once_and_unmeasured_ones_not_at_all(database: Database) -> None:
    with database.writing() as session:
        for _ in range(FEWEST_CALLS - 1):
            a_call(session, 0.5, times=2)
        a_call(session, None)
        own = a_call(session, 0.5)
        team = team_medians(session, own)
    assert team == {}
