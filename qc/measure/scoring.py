"""How far an inspection agrees with a call's labels, as counts that add up over calls.

The rules of matching are those of the annotation's own scorer, so that figures compare:

- A labelled finding is found when an inspection's finding has its category and touches its turn. A finding that
  matches no label is false; several of one category that begin at the same turn are one.
- In a recording a finding touches a turn whose time, widened by `TOLERANCE_MS` on both sides, its words overlap.
- An omission is found or false once a call.
- Phrases of a list are alike when one contains the other, or they share half of the shorter one's character pairs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from pydantic import computed_field

from qc.domain import OMISSIONS, Category, Finding, Inspection, Letter, Memo, Record, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.annotated import AnnotatedCall, LabelledMemo, TimedTurn

TOLERANCE_MS: Final = 800
"""How far a recogniser's times may be off the labelled turn's."""
HORIZONS: Final = "HABC"
"""Grades that differ only in how soon the customer buys; neighbours are near."""
LISTS: Final = ("vehicles", "competitors", "use", "preferences", "concerns", "decision_makers", "promises")
"""Memo fields scored by overlap."""


class Tally(Record):
    """Right, false and missed; the shares are 1 where there was nothing to get wrong."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(tp=self.tp + other.tp, fp=self.fp + other.fp, fn=self.fn + other.fn)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def precision(self) -> float:
        """The part of what was reported that is right."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recall(self) -> float:
        """The part of what is there that was reported."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


class Rate(Record):
    """How many of how many."""

    hits: int = 0
    of: int = 0

    def __add__(self, other: Rate) -> Rate:
        return Rate(hits=self.hits + other.hits, of=self.of + other.of)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """0 to 1; 0 of none is 0."""
        return self.hits / self.of if self.of else 0.0


class Mistake(Record):
    """A finding that was missed or is false. It names the turn and not the words, so that held-out calls stay unread."""

    call: str
    category: Category
    turn: int | None
    kind: Literal["missed", "false"]


class CallScore(Record):
    """How far one inspection agrees with one call's labels."""

    call: str
    categories: dict[Category, Tally]
    """Findings and alerts, and omissions, each category that occurs on either side."""
    clean_flagged: Rate
    """Whether the call is flagged, if it has nothing to flag."""
    fields: dict[str, Rate]
    lists: dict[str, Tally]
    grade: tuple[Letter, Letter]
    """What it should be, what it was."""
    likely: Mapping[Letter, float] = {}
    """The probability of each letter; empty where rules graded alone."""
    probability: float = 0.0
    """Of the grade that was given."""
    abstained: bool = False
    mistakes: tuple[Mistake, ...]


def score_inspection(
    call: AnnotatedCall, transcript: Transcript, inspection: Inspection, times: Sequence[TimedTurn] | None = None
) -> CallScore:
    """How far this inspection agrees with the labels; ``times`` are the turns' where the call was heard in audio."""
    reported = [
        (finding.category, _turns_touched([evidence.utterance for evidence in finding.evidence], transcript, times))
        for finding in inspection.findings
    ]
    flags = [(category, turns) for category, turns in reported if category not in OMISSIONS]
    matched, mistakes = _match_findings(call, flags)
    absent = _match_omissions(set(call.omissions), {category for category, _ in reported if category in OMISSIONS})
    return CallScore(
        call=call.id,
        categories=matched | absent,
        clean_flagged=Rate() if call.findings else Rate(hits=int(bool(flags)), of=1),
        fields=compare_fields(call.memo, inspection.memo),
        lists={name: compare_lists(getattr(call.memo, name), getattr(inspection.memo, name)) for name in LISTS},
        grade=(call.grade, inspection.grade.letter),
        likely=dict(inspection.grade.likely),
        probability=inspection.grade.probability,
        abstained=inspection.grade.abstained,
        mistakes=mistakes,
    )


def score_findings(
    call: AnnotatedCall, transcript: Transcript, findings: Iterable[Finding], times: Sequence[TimedTurn] | None
) -> dict[Category, Tally]:
    """How far these findings agree with the labels; omissions are left out."""
    flags = [
        (finding.category, _turns_touched([evidence.utterance for evidence in finding.evidence], transcript, times))
        for finding in findings
        if finding.category not in OMISSIONS
    ]
    return _match_findings(call, flags)[0]


def _turns_touched(
    utterances: Sequence[int], transcript: Transcript, times: Sequence[TimedTurn] | None
) -> frozenset[int]:
    if times is None:
        return frozenset(utterances)
    said = [transcript.utterances[i] for i in utterances]
    return frozenset(
        i
        for i, turn in enumerate(times)
        for utterance in said
        if utterance.end_ms > turn.start_ms - TOLERANCE_MS and utterance.start_ms < turn.end_ms + TOLERANCE_MS
    )


def _match_findings(
    call: AnnotatedCall, flags: Sequence[tuple[Category, frozenset[int]]]
) -> tuple[dict[Category, Tally], tuple[Mistake, ...]]:
    counts: dict[Category, Tally] = {}
    mistakes = []
    used: set[int] = set()
    for label in call.findings:
        hits = {i for i, (category, turns) in enumerate(flags) if category is label.category and label.turn in turns}
        used |= hits
        found = Tally(tp=1) if hits else Tally(fn=1)
        counts[label.category] = counts.get(label.category, Tally()) + found
        if not hits:
            mistakes.append(Mistake(call=call.id, category=label.category, turn=label.turn, kind="missed"))
    false = dict.fromkeys(
        (category, min(turns, default=None)) for i, (category, turns) in enumerate(flags) if i not in used
    )
    for category, turn in false:
        counts[category] = counts.get(category, Tally()) + Tally(fp=1)
        mistakes.append(Mistake(call=call.id, category=category, turn=turn, kind="false"))
    return counts, tuple(mistakes)


def _match_omissions(labelled: set[Category], reported: set[Category]) -> dict[Category, Tally]:
    return {
        category: Tally(
            tp=int(category in labelled & reported),
            fp=int(category in reported - labelled),
            fn=int(category in labelled - reported),
        )
        for category in OMISSIONS
    }


def compare_fields(label: LabelledMemo, memo: Memo) -> dict[str, Rate]:
    """Each field with a single answer: whether it is right; empty where it should be empty is right."""
    budget = (label.budget.min, label.budget.max) if label.budget else (None, None)
    period = (label.purchase_time.from_, label.purchase_time.to) if label.purchase_time else (None, None)
    at = (label.appointment.at if label.appointment else None) or ""
    got_budget = (memo.budget.min, memo.budget.max) if memo.budget else (None, None)
    got_period = (_iso(memo.purchase_time.from_), _iso(memo.purchase_time.to)) if memo.purchase_time else (None, None)
    got_at = memo.appointment.at if memo.appointment else ""
    right = {
        "customer_name": _bare(label.customer_name or "") == _bare(memo.customer_name or ""),
        "budget": budget == got_budget,
        "purchase_time": period == got_period,
        "purchase_end": period[1] == got_period[1],
        "payment": (label.payment or None) == memo.payment,
        "trade_in": same_or_alike(label.trade_in, memo.trade_in),
        "appointment_day": at[: len("2026-03-14")] == got_at[: len("2026-03-14")],
        "appointment": at[: len("2026-03-14T15:00")] == got_at[: len("2026-03-14T15:00")],
    }
    return {name: Rate(hits=int(ok), of=1) for name, ok in right.items()}


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


def same_or_alike(label: str | None, got: str | None) -> bool:
    """Whether both are empty, or both say the same."""
    if not label or not got:
        return not label and not got
    return alike(label, got)


def compare_lists(labels: Sequence[str], got: Sequence[str]) -> Tally:
    """Labels with an alike phrase are right, those without one missed; phrases alike no label are false."""
    right = sum(any(alike(label, phrase) for phrase in got) for label in labels)
    false = sum(not any(alike(label, phrase) for label in labels) for phrase in got)
    return Tally(tp=right, fp=false, fn=len(labels) - right)


def alike(one: str, other: str) -> bool:
    """Whether two short phrases say the same: one contains the other, or they share half of their character pairs."""
    a, b = _bare(one), _bare(other)
    if not a or not b:
        return False
    if a in b or b in a:
        return True
    pairs_a, pairs_b = _pairs(a), _pairs(b)
    return len(pairs_a & pairs_b) / min(len(pairs_a), len(pairs_b)) >= 0.5  # noqa: PLR2004 - "half"


def _bare(text: str) -> str:
    return re.sub(r"[\s，。、,.·\-]", "", text).lower()


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


def is_near(label: Letter, got: Letter) -> bool:
    """Whether the grade is right or one horizon off."""
    if label in HORIZONS and got in HORIZONS:
        return abs(HORIZONS.index(label) - HORIZONS.index(got)) <= 1
    return label is got
