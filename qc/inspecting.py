"""Inspecting what is stored: with the rulebook as it is now, and again when the rulebook has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qc.changes import Changes
from qc.domain import Inspection
from qc.errors import BadRulebook
from qc.grade import Grader, RuleGrader
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook, load_rulebook
from qc.store.database import Database
from qc.store.inspections import find_inspections, save_inspection
from qc.store.recordings import call_of, get_recording
from qc.store.records import InspectionFilter, InspectionSummary, StoredInspection, StoredRecording
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript

log = logging.getLogger(__name__)

PAGE = 50


@dataclass(frozen=True)
class Judge:
    """What inspects calls: the rules, and who grades by them."""

    rulebook: Rulebook
    grader: Grader


class LiveJudge:
    """The judge of an installation, made anew when a file of the rulebook has changed.

    A changed rulebook that does not load is logged once, and the last good one goes on judging.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self._judge: Judge | None = None

    def current(self) -> Judge:
        """The judge by the newest rulebook that is whole.

        Raises:
            BadRulebook, BadSettings: if there never was one.
        """
        files = _files(self._settings.lexicons)
        if self._judge is None:
            self._judge = make_judge(self._settings)
        elif files != self._seen:
            try:
                self._judge = make_judge(self._settings)
            except BadRulebook:
                log.exception("the changed rulebook is not used, %s goes on", self._judge.rulebook.version)
            else:
                log.info("rulebook %s is in use", self._judge.rulebook.version)
        self._seen = files
        return self._judge


def make_judge(settings: Settings) -> Judge:
    """The judge by the rulebook as it is now.

    Raises:
        BadRulebook: naming file, rule and field.
        BadSettings: if there is no such grading preset.
    """
    rulebook = load_rulebook(settings.lexicons)
    return Judge(rulebook, RuleGrader(rulebook.grading, settings.grading_preset))


def _files(folder: Path) -> frozenset[tuple[str, int, int]]:
    """What shows a change without reading: name, time and size of every file."""
    found = ((path, path.stat()) for path in folder.rglob("*") if path.suffix in {".yaml", ".txt"})
    return frozenset((str(path), facts.st_mtime_ns, facts.st_size) for path, facts in found)


def judge_recording(database: Database, recording: StoredRecording, judge: Judge) -> Inspection:
    """What this judge concludes from the recording's transcript; nothing is stored.

    Raises:
        NotFound: ``no-such-transcript``.
    """
    with database.reading() as session:
        stored = get_transcript(session, recording.transcript_id or "")
    return inspect_call(call_of(recording), stored.transcript, judge.rulebook, judge.grader)


@dataclass(frozen=True)
class Reinspected:
    """A recording that was inspected again, and what is different now."""

    recording: StoredRecording
    inspection_id: str
    changes: Changes


@dataclass(frozen=True)
class Reinspection:
    """What came of inspecting stored calls again."""

    looked_at: int
    up_to_date: int
    """Already inspected by this very rulebook and grader: left alone."""
    inspected: tuple[Reinspected, ...]
    failed: tuple[tuple[str, str], ...]
    """Recording ids and what went wrong; their older inspections stay current."""

    @property
    def changed(self) -> tuple[Reinspected, ...]:
        """Those of which a reader would notice a difference."""
        return tuple(each for each in self.inspected if each.changes.any)


def reinspect(
    database: Database,
    judge: Judge,
    wanted: InspectionFilter | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> Reinspection:
    """What changed by inspecting the stored transcripts again, without audio; older inspections are kept.

    ``wanted`` chooses by the current inspections. ``progress`` is told how many were looked at so far.
    """
    chosen = (wanted or InspectionFilter()).model_copy(update={"current": True})
    looked_at = up_to_date = 0
    inspected: list[Reinspected] = []
    failed: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        with database.reading() as session:
            page = find_inspections(session, chosen, cursor=cursor, limit=PAGE)
        for summary in page.items:
            looked_at += 1
            if (summary.rulebook, summary.grader) == (judge.rulebook.version, judge.grader.version):
                up_to_date += 1
            else:
                _reinspect_one(database, judge, summary, inspected, failed)
            if progress:
                progress(looked_at)
        cursor = page.next_cursor
        if cursor is None:
            return Reinspection(looked_at, up_to_date, tuple(inspected), tuple(failed))


def _reinspect_one(
    database: Database,
    judge: Judge,
    summary: InspectionSummary,
    inspected: list[Reinspected],
    failed: list[tuple[str, str]],
) -> None:
    try:
        stored = _inspect_again(database, judge, summary.recording.id)
    except Exception as error:  # one call that cannot be judged must not stop a year of others
        log.exception("%s could not be inspected again", summary.recording.id)
        failed.append((summary.recording.id, f"{type(error).__name__}: {error}"))
        return
    if stored.changes is not None:
        inspected.append(Reinspected(stored.recording, stored.id, stored.changes))


def _inspect_again(database: Database, judge: Judge, recording_id: str) -> StoredInspection:
    with database.reading() as session:
        recording = get_recording(session, recording_id)
    inspection = judge_recording(database, recording, judge)
    with database.writing() as session:
        return save_inspection(session, recording_id, inspection)
