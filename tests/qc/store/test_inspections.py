from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import a_transcript
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stored import a_chat, a_finding, a_recording, an_inspection

from qc.domain import Category, Evidence, Letter, Memo, PurchaseTime, Severity
from qc.errors import NotFound
from qc.store.database import Database
from qc.store.figures import read_figures
from qc.store.inspections import current_inspection, find_inspections, get_inspection, save_inspection
from qc.store.recordings import get_recording
from qc.store.records import InspectionFilter, RecordingState
from qc.store.tables import InspectionRow


def test_an_inspection_comes_back_as_it_was_with_all_it_rests_on(database: Database) -> None:
    words = (Evidence(utterance=0, start=0, end=2, quote="下周"),)
    memo = Memo(
        purchase_time=PurchaseTime.model_validate({"from": "2026-03-16", "to": None, "said": "下周"}),
        evidence={"purchase_time": words},
    )
    made = an_inspection([a_finding()], Letter.H, memo=memo)
    with database.writing() as session:
        chat = a_chat(session, "客户：下周买", agent="小李")
        saved = save_inspection(session, chat.id, made)
    with database.reading() as session:
        found = get_inspection(session, saved.id)
        assert found == saved
        assert found.inspection == made
        assert found.transcript == a_transcript("客户：下周买")
        assert (found.recording.agent, found.recording.inspection_id) == ("小李", saved.id)
        assert (found.current, found.changes) == (True, None)


def test_the_newest_is_current_and_older_ones_are_kept(database: Database) -> None:
    with database.writing() as session:
        chat = a_chat(session, "客户：你好")
        assert current_inspection(session, chat.id) is None
        old = save_inspection(session, chat.id, an_inspection([a_finding("a")], Letter.C))
        new = save_inspection(session, chat.id, an_inspection([a_finding("b")], Letter.A, rulebook="rules-2"))
    with database.reading() as session:
        assert current_inspection(session, chat.id) == new
        kept = get_inspection(session, old.id)
        assert (kept.current, kept.inspection) == (False, old.inspection)
        assert new.changes is not None
        assert [finding.rule_id for finding in new.changes.findings_new] == ["b"]
        assert [finding.rule_id for finding in new.changes.findings_gone] == ["a"]
        assert (new.changes.grade_before, new.changes.grade_after) == (Letter.C, Letter.A)
        all_of_it = InspectionFilter(recording_id=chat.id, current=False)
        assert [each.id for each in find_inspections(session, all_of_it).items] == [new.id, old.id]
        assert [each.id for each in find_inspections(session, InspectionFilter()).items] == [new.id]


def test_two_current_inspections_are_impossible(database: Database) -> None:
    with database.writing() as session:
        chat = a_chat(session, "客户：你好")
        first = session.get_one(InspectionRow, save_inspection(session, chat.id, an_inspection()).id)
        columns = {column.key: getattr(first, column.key) for column in InspectionRow.__table__.columns}
        session.add(InspectionRow(**columns | {"id": "ins_second"}))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_nothing_to_inspect_without_a_transcript(database: Database) -> None:
    with database.writing() as session, pytest.raises(NotFound):
        save_inspection(session, a_recording(session).id, an_inspection())
    with database.reading() as session, pytest.raises(NotFound):
        get_inspection(session, "ins_nothing")


@pytest.fixture
def three(database: Database) -> dict[str, str]:
    """Ids of three inspections: a clean one, one with a critical finding, one with minor ones and an alert."""
    with database.writing() as session:

        def stored(line: str, *args: Any, **known: Any) -> str:
            return save_inspection(session, a_chat(session, line, **known).id, an_inspection(*args)).id

        alert = a_finding("c", Category.DO_NOT_CALL, Severity.ALERT)
        minor = [a_finding(rule, Category.EVASIVE, Severity.MINOR) for rule in ("a", "b")]
        return {
            "clean": stored("客户：100%满意", (), Letter.H, agent="小李", store="天河店"),
            "critical": stored("客服：转我微信 Pay", [a_finding()], Letter.C, agent="小王", store="天河店"),
            "minor": stored(
                "客户：别再打了_谢谢", [*minor, alert], Letter.F, agent="小王", started_at="2026-05-01T08:00:00+08:00"
            ),
        }


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["minor", "critical", "clean"]),
        ({"flagged": True}, ["minor", "critical"]),
        ({"flagged": False}, ["clean"]),
        ({"severity": Severity.MINOR}, ["minor"]),
        ({"category": Category.ABUSE}, ["critical"]),
        ({"category": Category.DO_NOT_CALL, "severity": Severity.ALERT}, ["minor"]),
        ({"category": Category.DO_NOT_CALL, "severity": Severity.MINOR}, []),
        ({"grade": Letter.H}, ["clean"]),
        ({"agent": "小王"}, ["minor", "critical"]),
        ({"store": "天河店", "agent": "小王"}, ["critical"]),
        ({"since": datetime(2026, 5, 1, tzinfo=UTC)}, ["minor"]),
        ({"until": datetime(2026, 5, 1, tzinfo=UTC)}, ["critical", "clean"]),
        ({"text": "微信"}, ["critical"]),
        ({"text": "pay"}, ["critical"]),
        ({"text": "%"}, ["clean"]),
        ({"text": "_"}, ["minor"]),
        ({"text": "1__%"}, []),
        ({"text": "\\"}, []),
    ],
)
def test_finds_by_what_is_wanted(
    wanted: dict[str, Any], names: list[str], three: dict[str, str], database: Database
) -> None:
    with database.reading() as session:
        page = find_inspections(session, InspectionFilter(**wanted))
    assert [each.id for each in page.items] == [three[name] for name in names]


def test_a_line_of_the_list_says_what_a_reader_chooses_by(three: dict[str, str], database: Database) -> None:
    with database.reading() as session:
        minor, critical, clean = find_inspections(session, InspectionFilter()).items
    assert (minor.severity, minor.categories) == (Severity.MINOR, (Category.EVASIVE, Category.DO_NOT_CALL))
    assert (critical.severity, critical.grade, critical.flagged) == (Severity.CRITICAL, Letter.C, True)
    assert (clean.severity, clean.categories, clean.flagged, clean.points) == (None, (), False, 90)
    assert clean.recording.agent == "小李"
    assert three["clean"] == clean.id


def test_pages_follow_each_other(three: dict[str, str], database: Database) -> None:
    seen: list[str] = []
    cursor = None
    with database.reading() as session:
        while cursor or not seen:
            page = find_inspections(session, InspectionFilter(), cursor=cursor, limit=1)
            seen += [each.id for each in page.items]
            cursor = page.next_cursor
    assert seen == [three["minor"], three["critical"], three["clean"]]


def test_counts_for_operators(database: Database) -> None:
    with database.writing() as session:
        empty = read_figures(session, datetime.now(UTC))
        oldest = a_recording(session)
        chat = a_chat(session, "客户：你好")
        save_inspection(session, chat.id, an_inspection(rulebook="rules-1"))
        save_inspection(session, chat.id, an_inspection(rulebook="rules-2"))
        figures = read_figures(session, oldest.created_at + timedelta(seconds=90))
    assert (empty.oldest_unfinished_s, set(empty.recordings.values())) == (0, {0})
    assert figures.recordings[RecordingState.RECEIVED] == 1
    assert figures.recordings[RecordingState.INSPECTING] == 1
    assert figures.oldest_unfinished_s == 90
    assert figures.inspections == {"rules-2": 1}


def test_the_inspection_of_a_recording_is_named_by_it(database: Database) -> None:
    def ids(session: Session, recording_id: str) -> str | None:
        return get_recording(session, recording_id).inspection_id

    with database.writing() as session:
        chat = a_chat(session, "客户：你好")
        assert ids(session, chat.id) is None
        first = save_inspection(session, chat.id, an_inspection())
        assert ids(session, chat.id) == first.id
        second = save_inspection(session, chat.id, an_inspection())
        assert ids(session, chat.id) == second.id
