"""The model of grades learned again from what became of a dealer's own leads, and kept only if that makes it better.

What a call should have been graded is read from what came after it: an order by how soon it came, a loss, a visit, or
the grade that people gave the lead. The newest leads are put aside to compare the model in use with the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from qc.domain import Letter, Record
from qc.grading_model import LearnedGrader, read_grade_model, write_grade_model
from qc.leads import LeadLetter, OutcomeKind, read_grade
from qc.measure.grade_report import CALIBRATED, Calibration, calibration_of, rate_of
from qc.measure.grade_training import Example, header_of, learn_stage, log_loss
from qc.measure.scoring import Rate, is_near
from qc.measure.show import Titled, rate_row
from qc.rulebook.grading import HORIZONS
from qc.store.leads import calls_of_lead, find_leads, outcomes_of_lead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from qc.grading_model import GradeModel
    from qc.leads import LeadCall, LeadOutcome
    from qc.measure.grade_training import LeftOut
    from qc.rulebook import Rulebook
    from qc.rulebook.grading import Grading, Preset
    from qc.store.database import Database

HELD_OUT: Final = 0.3
"""The part of the leads, the newest, on which models are compared."""
LEAST: Final = 20
"""With fewer calls put aside nothing is compared, and nothing replaced."""


class LeadExample(NamedTuple):
    """A lead's call, and the grade that what came after it speaks for."""

    lead_id: str
    begun: datetime
    """When the lead's first call was."""
    example: Example


def read_leads(database: Database, grader: LearnedGrader, grading: Grading, preset: Preset) -> list[LeadExample]:
    """Every inspected call of every lead after which something is known to have happened, by the age of the lead."""
    found: list[LeadExample] = []
    cursor: str | None = None
    with database.reading() as session:
        while True:
            page = find_leads(session, cursor=cursor, limit=200)
            for lead in page.items:
                calls = calls_of_lead(session, lead.external_id)
                found += _examples(lead.id, calls, outcomes_of_lead(session, lead.id), grader, grading, preset)
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda one: (one.begun, one.lead_id))


def _examples(
    lead_id: str,
    calls: Sequence[LeadCall],
    outcomes: Sequence[LeadOutcome],
    grader: LearnedGrader,
    grading: Grading,
    preset: Preset,
) -> Iterator[LeadExample]:
    for number, call in enumerate(calls):
        following = calls[number + 1].call.time if number + 1 < len(calls) else None
        letter = letter_by(call.call.time, following, outcomes, grading, preset)
        if letter is not None:
            inspection = call.inspection
            signs = grader.see(call.call, call.transcript, inspection.memo, inspection.findings, earlier_calls=number)
            yield LeadExample(lead_id, calls[0].call.time, Example(signs.features, letter))


def letter_by(
    at: datetime, following: datetime | None, outcomes: Sequence[LeadOutcome], grading: Grading, preset: Preset
) -> Letter | None:
    """The grade that what came after a call speaks for; None where nothing does.

    The grade that people gave before the lead's ``following`` call decides. Else an order on the call's day is O, and
    a later one is graded as if its day had been named; a loss within the last horizon is F, a later one C; a visit
    within `Grading.visit_days` is B.
    """
    today = at.date()
    given = [
        read_grade(outcome.grade or "")
        for outcome in outcomes
        if outcome.kind is OutcomeKind.GRADED and outcome.at >= at and (following is None or outcome.at < following)
    ]
    by_people = [Letter(grade) for grade in given if isinstance(grade, LeadLetter) and grade is not LeadLetter.D]
    if by_people:
        return by_people[-1]
    for outcome in outcomes:
        day = outcome.at.date()
        if day < today:
            continue
        if outcome.kind is OutcomeKind.ORDERED:
            if day == today:
                return Letter.O
            return next((letter for letter in HORIZONS if day <= preset.horizons[letter].end(today)), Letter.C)
        if outcome.kind is OutcomeKind.LOST:
            return Letter.F if day <= preset.horizons[Letter.B].end(today) else Letter.C
    visits = [outcome.at.date() for outcome in outcomes if outcome.kind is OutcomeKind.VISITED and outcome.at >= at]
    return Letter.B if any((day - today).days <= grading.visit_days for day in visits) else None


class Measured(Record):
    """How a model does on the leads put aside."""

    model: str
    right: Rate
    near: Rate
    log_loss: float
    calibration: Calibration


class LeadsReport(Record):
    """What came of learning again."""

    learned_from: int
    """Calls of the older leads."""
    held_out: int
    """Calls of the newest leads."""
    before: Measured | None
    after: Measured | None
    replaced: bool

    def headline(self) -> str:
        """What was compared, and what follows."""
        counted = f"learned from {self.learned_from} calls of older leads, compared on {self.held_out} of the newest"
        if self.before is None or self.after is None:
            return f"{counted}: too few to compare (at least {LEAST}), the model in use stays"
        by = self.before.log_loss - self.after.log_loss
        told = f"log loss {self.before.log_loss:.3f} -> {self.after.log_loss:.3f}"
        kept = f"better by {by:.3f}, written" if self.replaced else "not better, the model in use stays"
        return f"{counted}: {told}, {kept}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        both = [one for one in (self.before, self.after) if one is not None]
        tables: list[Titled] = []
        for title, one in zip(("In use", "Learned again"), both, strict=False):
            rows = [rate_row("right", one.right), rate_row("right, or one step off", one.near)]
            rows.append(("log loss", "", f"{one.log_loss:.3f}"))
            tables.append((f"{title}: {one.model}", ("", "calls", "share"), rows))
            tables.append((f"{title}: how sure", CALIBRATED, one.calibration.rows()))
        return tables


def learn_from_leads(
    leads: Sequence[LeadExample], model: GradeModel, left_out: LeftOut, rulebook: Rulebook
) -> tuple[bytes, LeadsReport]:
    """The file of a model of the project's talk and the older leads, and how it compares with the one in use.

    What words sound like is not learned again: the leads have no marks for it. ``replaced`` says whether the new model
    is better on the newest leads: a lower log loss, and not fewer letters right.
    """
    ids = list(dict.fromkeys(one.lead_id for one in leads))
    newest = set(ids[len(ids) - round(HELD_OUT * len(ids)) :])
    older = [one.example for one in leads if one.lead_id not in newest]
    held = [one.example for one in leads if one.lead_id in newest]
    stage = learn_stage([*left_out.examples, *older], rulebook)
    header = header_of(stage, left_out.temperature, left_out.threshold, left_out.talks, {}, leads=len(older))
    content = write_grade_model(header, model.words.weights, model.words.biases)
    if len(held) < LEAST:
        return content, LeadsReport(
            learned_from=len(older), held_out=len(held), before=None, after=None, replaced=False
        )
    before, after = (measure(one, held, rulebook) for one in (model, read_grade_model(content)))
    is_better = after.log_loss < before.log_loss and after.right.hits >= before.right.hits
    return content, LeadsReport(
        learned_from=len(older), held_out=len(held), before=before, after=after, replaced=is_better
    )


def measure(model: GradeModel, examples: Sequence[Example], rulebook: Rulebook) -> Measured:
    """How this model grades these calls."""
    said = [(model.decide(example.features, rulebook.grading), example.grade) for example in examples]
    return Measured(
        model=model.version,
        right=rate_of(decision.letter is grade for (_, decision), grade in said),
        near=rate_of(is_near(grade, decision.letter) for (_, decision), grade in said),
        log_loss=log_loss([(likely.letters, grade) for (likely, _), grade in said]),
        calibration=calibration_of(
            (likely.letters[decision.letter], decision.letter is grade) for (likely, decision), grade in said
        ),
    )
