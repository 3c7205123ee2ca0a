"""Inspecting what is stored: with the rulebook as it is now, and again when the rulebook has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from qc.changes import Changes
from qc.domain import Inspection
from qc.errors import QcError
from qc.grade import Grader, RuleGrader
from qc.grading_model import GradeModel, LearnedGrader, load_grade_model, shipped_grade_model
from qc.judgement import Model, load_model, shipped_model
from qc.live_rulebook import LiveRulebook
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook, load_rulebook
from qc.store.database import Database
from qc.store.inspections import find_inspections
from qc.store.lead_grades import keep_inspection
from qc.store.recordings import call_of, get_recording
from qc.store.records import InspectionFilter, InspectionSummary, StoredInspection, StoredRecording
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript
from qc.traces import kind_of, log_error

log = logging.getLogger(__name__)

PAGE = 50


@dataclass(frozen=True)
class Judge:
    """What inspects calls: the rules, who grades by them, and what has been learned about findings."""

    rulebook: Rulebook
    grader: Grader
    model: Model | None = None
    """None where rules judge alone."""

    @property
    def version(self) -> tuple[str, str, str | None]:
        """Of the rulebook, the grader and the model."""
        return self.rulebook.version, self.grader.version, None if self.model is None else self.model.version


class LiveJudge:
    """The judge of an installation, made anew when the rulebook has changed; by the last good one while it is broken.

    Any number of threads may ask for it: the one that comes first makes it, the others wait.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._rulebook = LiveRulebook(settings)
        self._judge: Judge | None = None

    def current(self) -> Judge:
        """The judge by the newest rulebook that is whole.

        Raises:
            BadRulebook, BadSettings: if there never was one.
            BadModel, NotFound: if there is no model of findings where the settings name one.
        """
        with self._lock:
            rulebook = self._rulebook.current()
            if self._judge is None or self._judge.rulebook is not rulebook:
                self._judge = _judge_by(rulebook, self._settings)
                log.info("rulebook %s is in use", rulebook.version)
            return self._judge


def make_judge(settings: Settings) -> Judge:
    """The judge by the rulebook as it is now.

    Raises:
        BadRulebook: naming file, rule and field.
        BadModel, NotFound: if there is no model where the settings name one.
        BadSettings: if there is no such grading preset.
    """
    return _judge_by(load_rulebook(settings.lexicons), settings)


def _judge_by(rulebook: Rulebook, settings: Settings) -> Judge:
    return Judge(rulebook, make_grader(rulebook, settings), findings_model(settings))


def make_grader(rulebook: Rulebook, settings: Settings) -> Grader:
    """What grades calls, and leads over all their calls: a learned model, or the rules where there is none.

    Raises:
        BadModel, NotFound: if there is no model of grades where the settings name one.
        BadSettings: if there is no such grading preset.
    """
    model = grade_model(settings)
    if model is None:
        return RuleGrader(rulebook.grading, settings.grading_preset)
    return LearnedGrader(model, rulebook.grading, settings.grading_preset)


def grade_model(settings: Settings) -> GradeModel | None:
    """The model of grades that the settings name, or the shipped one.

    Raises:
        BadModel: if it is not ours, of another version or damaged.
        NotFound: if there is no such file.
    """
    return shipped_grade_model() if settings.grade_model is None else load_grade_model(settings.grade_model)


def findings_model(settings: Settings) -> Model | None:
    """The model of findings that the settings name, or the shipped one.

    Raises:
        BadModel: if it is not ours, of another version or damaged.
        NotFound: if there is no such file.
    """
    return shipped_model() if settings.findings_model is None else load_model(settings.findings_model)


def judge_recording(database: Database, recording: StoredRecording, judge: Judge) -> Inspection:
    """What this judge concludes from the recording's transcript; nothing is stored.

    Raises:
        NotFound: ``no-such-transcript``.
    """
    with database.reading() as session:
        stored = get_transcript(session, recording.transcript_id or "")
    return inspect_call(call_of(recording), stored.transcript, judge.rulebook, judge.grader, judge.model)


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
    """Already inspected by this very rulebook, grader and model: left alone."""
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
            if (summary.rulebook, summary.grader, summary.model) == judge.version:
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
    except QcError as error:
        failed.append((summary.recording.id, str(error)))
        return
    except Exception as error:  # noqa: BLE001 - one call that cannot be judged must not stop a year of others
        log_error(log, error, "%s could not be inspected again", summary.recording.id)
        failed.append((summary.recording.id, kind_of(error)))  # what it says may quote the call
        return
    if stored.changes is not None:
        inspected.append(Reinspected(stored.recording, stored.id, stored.changes))


def _inspect_again(database: Database, judge: Judge, recording_id: str) -> StoredInspection:
    with database.reading() as session:
        recording = get_recording(session, recording_id)
    inspection = judge_recording(database, recording, judge)
    with database.writing() as session:
        return keep_inspection(session, recording_id, inspection, judge.grader)
