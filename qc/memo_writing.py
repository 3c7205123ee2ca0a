"""Asking the writer about an inspected call, and keeping what passes the checks beside the machine's memo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qc.memo_text import put_in_words, stated
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.inspections import current_inspection
from qc.store.recordings import call_of
from qc.store.records import StoredInspection
from qc.store.writings import count_unanswered, find_unanswered, save_writing
from qc.writer import Writer
from qc.writing import NO_ANSWER, WriterOutcome, Writing, cars_by, check_reply, lines_for_writer, mask, messages


def write_about(database: Database, recording_id: str, writer: Writer, rulebook: Rulebook) -> Writing | None:
    """What the writer made of this call, checked and kept; None if the call has no inspection or nobody speaks in it.

    The writer is asked while no transaction is open.
    """
    with database.reading() as session:
        inspected = current_inspection(session, recording_id)
    if inspected is None or not lines_for_writer(inspected.transcript.utterances):
        return None
    writing = _write(inspected, writer, rulebook)
    with database.writing() as session:
        save_writing(session, inspected, writing)
    return writing


@dataclass(frozen=True)
class CaughtUp:
    """What came of asking about calls of an outage."""

    outcomes: tuple[WriterOutcome, ...]
    """Of the calls that were asked about, in order; where the last is no answer, none was asked about after it."""
    left: int
    """How many calls still wait for an answer."""


def catch_up(database: Database, writer: Writer, rulebook: Rulebook, *, limit: int) -> CaughtUp:
    """What came of asking about the calls that the writer never answered, until it fails again or ``limit`` is reached."""
    with database.reading() as session:
        waiting = find_unanswered(session, limit=limit)
    outcomes: list[WriterOutcome] = []
    for recording_id in waiting:
        writing = write_about(database, recording_id, writer, rulebook)
        if writing is None:
            continue
        outcomes.append(writing.outcome)
        if writing.outcome in NO_ANSWER:
            break
    with database.reading() as session:
        return CaughtUp(tuple(outcomes), count_unanswered(session))


def _write(inspected: StoredInspection, writer: Writer, rulebook: Rulebook) -> Writing:
    call, memo = call_of(inspected.recording), inspected.inspection.memo
    text = put_in_words(stated(memo), call.time.date())
    told = memo.model_dump_json(exclude={"evidence"})
    lines = lines_for_writer(inspected.transcript.utterances)
    masked = mask((*lines, text.summary, told), _people(inspected)) if writer.masks else None
    *shown, summary, fields = masked.lines if masked else (*lines, text.summary, told)
    answer = writer.ask(messages(fields, summary, shown, call.time.isoformat()), masked.hidden if masked else {})
    base = Writing(model=writer.model, outcome=answer.outcome, took_ms=answer.took_ms, basis=text.summary)
    if answer.reply is None:
        return base
    cars_in = cars_by(rulebook.vehicles, call)
    checked = check_reply(answer.reply, call, inspected.transcript, memo, text, cars_in)
    return base.model_copy(update=checked._asdict())


def _people(inspected: StoredInspection) -> Sequence[str]:
    """Whose names are known from outside the call."""
    return [name for name in (inspected.recording.customer, inspected.recording.agent) if name]
