"""Writers of the feed of grades, a process of them (`work`), until it is killed.

Each thread tells news about leads of its own and about leads that all share. A line in the journal says what was
committed: it is written after the commit, so that whoever is killed has committed at most one thing more.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from qc.errors import Unavailable
from qc.grade import RuleGrader
from qc.leads import OutcomeKind
from qc.rulebook import SHIPPED
from qc.rulebook.grading import load_grading
from qc.store.database import Database
from qc.store.lead_grades import NewOutcome, report_outcome

SHARED = 8
ROUND = 64
START = datetime(2026, 3, 12, 9, tzinfo=UTC)
KINDS = (OutcomeKind.ORDERED, OutcomeKind.LOST)
GRADER = RuleGrader(load_grading(SHIPPED / "grading.yaml"))


def work(url: str, name: str, threads: int, journal: Path) -> None:
    database = Database(url)
    # Unbuffered and appending: a line is in the file once `os.write` is back, whatever happens to this process.
    lines = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    writers = [Thread(target=write, args=(database, f"{name}-{number}", lines)) for number in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def write(database: Database, name: str, journal: int) -> None:
    turn = 0
    while True:
        # Others after a while: no lead has hundreds of orders and losses.
        round_ = turn // ROUND
        lead = f"own-{name}-{round_}" if turn % 2 == 0 else f"shared-{round_}-{turn // 2 % SHARED}"
        kind = KINDS[turn // 2 % 2]
        at = START + timedelta(seconds=turn) if turn % 2 == 0 else datetime.now(UTC)
        tell(database, NewOutcome(lead=lead, kind=kind, at=at, reason="价格" if kind is OutcomeKind.LOST else None))
        os.write(journal, f"{lead} {kind}\n".encode())
        turn += 1


def tell(database: Database, new: NewOutcome) -> None:
    """Again until it is kept, as a CRM would: a repeat of what was kept adds nothing."""
    while True:
        try:
            with database.writing() as session:
                report_outcome(session, new, GRADER)
        except Unavailable:
            continue
        return
