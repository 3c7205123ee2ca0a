from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count, pairwise
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread

import feed_writers
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from qc.errors import BadInput
from qc.grade import RuleGrader
from qc.leads import OutcomeKind
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.grade_feed import GradeChange, changes_of_lead, read_changes
from qc.store.lead_grades import NewOutcome, report_outcome
from qc.store.leads import find_leads
from qc.store.tables import FeedRow, GradeChangeRow, LeadRow, OutcomeRow

log = logging.getLogger(__name__)

PROCESSES = 5
THREADS = 10
READERS = 5
LETTERS = {"ordered": "O", "lost": "F"}


@pytest.fixture
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading)


def news(lead: str, kind: str, minute: int = 0) -> NewOutcome:
    reason = "价格" if kind == "lost" else None
    return NewOutcome(lead=lead, kind=OutcomeKind(kind), at=datetime(2026, 3, 12, 9, minute, tzinfo=UTC), reason=reason)


def tell(database: Database, grader: RuleGrader, *told: NewOutcome) -> None:
    for one in told:
        with database.writing() as session:
            report_outcome(session, one, grader)


def read(database: Database, since: str | None = None, limit: int = 100) -> tuple[GradeChange, ...]:
    with database.reading() as session:
        return read_changes(session, since, limit).items


def test_a_reader_goes_on_where_it_stopped(database: Database, grader: RuleGrader) -> None:
    with database.reading() as session:
        empty = read_changes(session)
    assert (empty.items, empty.next_cursor) == ((), "g0")
    tell(database, grader, news("a", "ordered"), news("b", "lost"), news("a", "lost", 1))
    assert [(one.external_id, one.move.after, one.lead_number) for one in read(database)] == [
        ("a", "O", 1),
        ("b", "F", 1),
        ("a", "F", 2),
    ]
    assert [one.cursor for one in read(database, "g1", limit=1)] == ["g2"]
    with database.reading() as session:
        assert read_changes(session, "g3").next_cursor == "g3"
        lead = find_leads(session, external_id="a").items[0]
        assert [one.move.text for one in changes_of_lead(session, lead.id)] == [
            "初次定级 O：CRM 报告已订车",
            "O → F：CRM 报告战败：价格",
        ]


def test_what_changes_nothing_is_no_event(database: Database, grader: RuleGrader) -> None:
    tell(database, grader, news("a", "ordered", 5), news("a", "ordered", 5), news("a", "visited"), news("a", "lost"))
    assert [one.move.after for one in read(database)] == ["O"]


@pytest.mark.parametrize("cursor", ["", "7", "g", "g-1", "gx", "g1 ", "g" + "9" * 19, "g\x00"])
def test_a_strange_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(database, cursor)
    assert caught.value.code == "bad-cursor"


def test_a_cursor_beyond_the_end_is_told(database: Database, grader: RuleGrader) -> None:
    tell(database, grader, news("a", "ordered"))
    assert read(database, "g1") == ()
    with pytest.raises(BadInput, match="beyond the end"):
        read(database, "g2")


def test_a_change_that_is_rolled_back_leaves_no_gap(database: Database, grader: RuleGrader) -> None:
    tell(database, grader, news("a", "ordered"))

    def stumble() -> None:
        with database.writing() as session:
            report_outcome(session, news("b", "ordered"), grader)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    tell(database, grader, news("c", "ordered"))
    assert [(one.cursor, one.external_id) for one in read(database)] == [("g1", "a"), ("g2", "c")]


@pytest.mark.parametrize("table", [GradeChangeRow, OutcomeRow])
def test_what_was_told_cannot_be_changed(database: Database, grader: RuleGrader, table: type) -> None:
    tell(database, grader, news("a", "ordered"))
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(update(table).values(created_at=datetime.now(UTC)))


def test_a_later_number_is_not_seen_before_an_earlier_one(database: Database, grader: RuleGrader) -> None:
    """What a sequence would do: the second writer takes a higher number and commits while the first still works."""
    first_wrote, first_may_end = Event(), Event()

    def slow() -> None:
        with database.writing() as session:
            report_outcome(session, news("slow", "ordered"), grader)
            first_wrote.set()
            first_may_end.wait(20)

    def quick() -> None:
        tell(database, grader, news("quick", "ordered"))

    threads = [Thread(target=slow), Thread(target=quick)]
    threads[0].start()
    assert first_wrote.wait(20)
    threads[1].start()
    time.sleep(0.3)
    assert read(database) == ()
    first_may_end.set()
    for thread in threads:
        thread.join(20)
    assert [(one.cursor, one.external_id) for one in read(database)] == [("g1", "slow"), ("g2", "quick")]


def test_a_missing_event_would_be_noticed(database: Database, grader: RuleGrader) -> None:
    tell(database, grader, news("a", "ordered"), news("a", "lost", 1), news("a", "ordered", 2))
    with database.writing() as session:
        session.execute(delete(GradeChangeRow).where(GradeChangeRow.number == 2))
    with pytest.raises(AssertionError):
        check_order(read(database))


class Reader(Thread):
    """Polls the feed and keeps what it has read, until it is told that no more will come and has read it all."""

    def __init__(self, database: Database, step: int) -> None:
        super().__init__()
        self.database = database
        self.step = step
        self.seen: list[GradeChange] = []
        self.no_more = Event()

    def run(self) -> None:
        cursor = None
        while True:
            last_look = self.no_more.is_set()
            with self.database.reading() as session:
                found = read_changes(session, cursor, self.step)
            self.seen += found.items
            cursor = found.next_cursor
            if not found.items:
                if last_look:
                    return
                time.sleep(0.01)


# One process imports everything and forks the writers; a process of its own for each takes seconds to start.
WRITERS = get_context("forkserver")
WRITERS.set_forkserver_preload(["feed_writers"])


def start_writers(url: str, name: str, journal: Path) -> BaseProcess:
    process = WRITERS.Process(target=feed_writers.work, args=(url, name, THREADS, journal))
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """SIGKILL, in the middle of whatever its writers do."""
    process.kill()
    process.join()


@pytest.mark.services
def test_nothing_is_lost_or_out_of_order_while_writers_are_killed(
    database: Database, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seconds: float = pytestconfig.getoption("--feed-seconds")
    url = database.engine.url.render_as_string(hide_password=False)
    journal = tmp_path / "journal"
    readers = [Reader(database, step) for step in (1, 7, 50, 100, 1000)]
    assert len(readers) == READERS
    for reader in readers:
        reader.start()
    killed = write_for(seconds, url, journal)
    for reader in readers:
        reader.no_more.set()
    for reader in readers:
        reader.join(60)
    with database.reading() as session:
        told = session.execute(select(func.count()).select_from(GradeChangeRow)).scalar_one()
        last = session.execute(select(FeedRow.last)).scalar_one()
        letters = {row.external_id: row.letter for row in session.scalars(select(LeadRow))}
    kept = journal.read_text().splitlines()
    log.info("%d news, %d changes, %d processes killed, in %g s", len(kept), told, killed, seconds)
    assert killed >= 2
    assert last == told > PROCESSES * THREADS
    for reader in readers:
        assert len(reader.seen) == told
        check_order(reader.seen)
    after = letters_by_lead(readers[0].seen)
    assert {lead: moves[-1] for lead, moves in after.items()} == letters
    check_nothing_lost(kept, after)


def write_for(seconds: float, url: str, journal: Path) -> int:
    """Lets the writers work, and kills and replaces one process of them every now and then; how many were killed."""
    names = (f"p{number}" for number in count())
    processes = [start_writers(url, next(names), journal) for _ in range(PROCESSES)]
    killed = 0
    try:
        while len(writing(journal)) < PROCESSES:
            time.sleep(0.05)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(min(seconds / 2, 5))
            kill(processes.pop(0))
            killed += 1
            processes.append(start_writers(url, next(names), journal))
    finally:
        for process in processes:
            kill(process)
    return killed


def writing(journal: Path) -> set[str]:
    """The processes that have committed something."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    return {line.split("-")[1] for line in lines if line.startswith("own-")}


def check_order(seen: Sequence[GradeChange]) -> None:
    """Every number once and in order; of each lead too, and each move begins where the one before it ended."""
    assert [one.cursor for one in seen] == [f"g{number}" for number in range(1, len(seen) + 1)]
    by_lead: dict[str, list[GradeChange]] = defaultdict(list)
    for one in seen:
        by_lead[one.external_id].append(one)
    for changes in by_lead.values():
        assert [one.lead_number for one in changes] == list(range(1, len(changes) + 1))
        assert changes[0].move.before is None
        assert all(later.move.before == earlier.move.after for earlier, later in pairwise(changes))


def letters_by_lead(seen: Sequence[GradeChange]) -> dict[str, list[str]]:
    letters: dict[str, list[str]] = defaultdict(list)
    for one in seen:
        letters[one.external_id].append(one.move.after)
    return letters


def check_nothing_lost(kept: Sequence[str], after: dict[str, list[str]]) -> None:
    """What one writer alone told about its own lead is all there, in its order, and at most one thing more."""
    told: dict[str, list[str]] = defaultdict(list)
    for line in kept:
        lead, kind = line.split()
        told[lead].append(LETTERS[kind])
    own = [lead for lead in told if lead.startswith("own-")]
    log.info("%d writers have told something", len({lead.rpartition("-")[0] for lead in own}))
    assert len(own) > PROCESSES
    for lead in own:
        assert after[lead][: len(told[lead])] == told[lead]
        assert len(after[lead]) - len(told[lead]) in (0, 1)
