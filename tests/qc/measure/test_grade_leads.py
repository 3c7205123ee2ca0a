from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lead_calls import an_outcome
from stored import a_chat

from qc.domain import LeadFeatures, Letter
from qc.grading_model import GradeModel, LearnedGrader, read_grade_model, shipped_grade_model
from qc.inspecting import Judge, judge_recording
from qc.leads import OutcomeKind
from qc.measure.grade_leads import LEAST, LeadExample, learn_from_leads, letter_by, read_leads
from qc.measure.grade_talks import read_graded
from qc.measure.grade_training import Example, LeftOut, leave_out
from qc.rulebook import SHIPPED, Rulebook
from qc.store.database import Database
from qc.store.lead_grades import NewOutcome, keep_inspection, report_outcome

CALL = datetime(2026, 3, 12, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> GradeModel:
    shipped = shipped_grade_model()
    assert shipped is not None
    return shipped


@pytest.fixture(scope="module")
def left_out(rulebook: Rulebook) -> LeftOut:
    talks = [talk for talk in read_graded(SHIPPED, Path("tests/evaluation")) if talk.grade is not None]
    return leave_out([talk for talk in talks if not talk.annotated][::5], rulebook, None)


@pytest.mark.parametrize(
    ("outcomes", "letter"),
    [
        ([], None),
        ([an_outcome("ordered", "2026-03-12T18:00:00+00:00")], "O"),
        ([an_outcome("ordered", "2026-03-15T18:00:00+00:00")], "H"),
        ([an_outcome("ordered", "2026-03-25T18:00:00+00:00")], "A"),
        ([an_outcome("ordered", "2026-04-08T18:00:00+00:00")], "B"),
        ([an_outcome("ordered", "2026-06-08T18:00:00+00:00")], "C"),
        ([an_outcome("ordered", "2026-03-10T18:00:00+00:00")], None),
        ([an_outcome("lost", "2026-03-20T18:00:00+00:00", reason="价格")], "F"),
        ([an_outcome("lost", "2026-07-20T18:00:00+00:00", reason="价格")], "C"),
        ([an_outcome("visited", "2026-03-14T09:00:00+00:00")], "B"),
        ([an_outcome("visited", "2026-04-14T09:00:00+00:00")], None),
        (
            [
                an_outcome("graded", "2026-03-13T09:00:00+00:00", grade="A级"),
                an_outcome("lost", "2026-03-20T18:00:00+00:00", reason="价格"),
            ],
            "A",
        ),
        ([an_outcome("graded", "2026-03-13T09:00:00+00:00", grade="休眠")], None),
        ([an_outcome("graded", "2026-03-11T09:00:00+00:00", grade="H")], None),
    ],
)
def test_what_came_after_a_call_grades_it(rulebook: Rulebook, outcomes: list[object], letter: str | None) -> None:
    grading = rulebook.grading
    assert letter_by(CALL, None, outcomes, grading, grading.presets["default"]) == letter  # type: ignore[arg-type]


def test_a_grade_given_after_the_next_call_is_about_that_one(rulebook: Rulebook) -> None:
    given = [an_outcome("graded", "2026-03-20T09:00:00+00:00", grade="H")]
    preset = rulebook.grading.presets["default"]
    assert letter_by(CALL, CALL + timedelta(days=5), given, rulebook.grading, preset) is None
    assert letter_by(CALL, CALL + timedelta(days=10), given, rulebook.grading, preset) is Letter.H


def leads_of(older: Letter, newest: Letter, count: int = 100) -> list[LeadExample]:
    """Leads that only ask for the price: it is told what becomes of the older 70 %, and of the newest."""
    asks = LeadFeatures(speech=True, asks=True, interest=("vehicles",), model_chosen=True, customer_characters=60)
    return [
        LeadExample(f"lead_{n}", CALL + timedelta(days=n), Example(asks, older if n < 0.7 * count else newest))
        for n in range(count)
    ]


def test_what_became_of_older_leads_makes_a_better_model(
    model: GradeModel, left_out: LeftOut, rulebook: Rulebook
) -> None:
    content, report = learn_from_leads(leads_of(Letter.B, Letter.B), model, left_out, rulebook)
    assert report.replaced
    assert report.before is not None
    assert report.after is not None
    assert report.after.log_loss < report.before.log_loss
    assert (report.learned_from, report.held_out) == (70, 30)
    assert "written" in report.headline()
    assert {source.source for source in read_grade_model(content).header.trained_on} >= {"leads"}
    assert report.tables()


def test_a_model_that_is_worse_on_the_newest_leads_is_not_written(
    model: GradeModel, left_out: LeftOut, rulebook: Rulebook
) -> None:
    _, report = learn_from_leads(leads_of(Letter.H, Letter.C), model, left_out, rulebook)
    assert not report.replaced
    assert "stays" in report.headline()


def test_a_few_leads_prove_nothing(model: GradeModel, left_out: LeftOut, rulebook: Rulebook) -> None:
    _, report = learn_from_leads(leads_of(Letter.B, Letter.B, 2 * LEAST), model, left_out, rulebook)
    assert report.held_out < LEAST
    assert not report.replaced
    assert "too few" in report.headline()


def test_stored_leads_are_read_with_what_became_of_them(
    database: Database, model: GradeModel, rulebook: Rulebook
) -> None:
    grader = LearnedGrader(model, rulebook.grading)
    judge = Judge(rulebook, grader)
    for lead, lines in (("XS-1", ("客服：还看车吗？", "客户：看的，途观L什么价？")), ("XS-2", ("客户：喂？",))):
        with database.writing() as session:
            recording = a_chat(session, *lines, lead=lead, external_id=lead)
        inspection = judge_recording(database, recording, judge)
        with database.writing() as session:
            keep_inspection(session, recording.id, inspection, grader)
    at = recording.started_at + timedelta(days=3)
    with database.writing() as session:
        report_outcome(session, NewOutcome(lead="XS-1", kind=OutcomeKind.ORDERED, at=at), grader)
    known = read_leads(database, grader, rulebook.grading, rulebook.grading.presets["default"])
    assert [one.example.grade for one in known] == [Letter.H]
    assert known[0].example.features.asks
    assert known[0].example.features.sounds_like
    assert known[0].example.features.customer_turns == 1
