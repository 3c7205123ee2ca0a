"""What weighs clause and wording of a wish together, from what models say of talk they have not seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from qc.measure.scoring import Tally, alike, compare_lists
from qc.memo.wording import best_wordings
from qc.wish_model import FIELDS, TRAITS, surety_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.memo_model import Tried
    from qc.measure.memo_talk import MemoTalk

READ_BY_RULES: Final = frozenset(
    ("deciders-and-promises", "mixed", "uses-and-preferences", "worries", "da", "db", "pa")
)
"""Sources that the rules were written with: they say nothing of what the rules are worth on other talk."""
STEPS: Final = np.round(np.arange(0.1, 0.9, 0.02), 2)
"""Thresholds that are tried."""
LEAST_THRESHOLD: Final = 0.15
"""What is less likely is not written, whatever the few calls say."""
WHOLE: Final = 8
"""Talk of so many turns counts as a call: much of it says nothing that the memo should hold."""


Surety = tuple[float, float, float, float]


class Weighed(NamedTuple):
    """The few numbers of the header that weigh what words say."""

    wording: dict[str, tuple[float, ...]]
    surety: dict[str, Surety]
    thresholds: dict[str, float]


PLAIN: Final = Weighed(
    {field: (0.0,) * (len(TRAITS) + 1) for field in FIELDS},
    dict.fromkeys(FIELDS, (1.0, 0.0, 0.0, 0.0)),
    dict.fromkeys(FIELDS, 0.5),
)
"""Before anything is weighed."""


class Judged(NamedTuple):
    """A unit with one of its best wordings."""

    tried: Tried
    value: str
    odds: float
    """Of the wording."""
    right: bool
    """Whether the value says what an annotator would of these words."""


def weigh(tried: Sequence[Tried], talks: Sequence[MemoTalk]) -> Weighed:
    """The weights that make the most of these units of talk left out."""
    wording = {field: _wording([each for each in tried if each.unit.field == field], talks) for field in FIELDS}
    surety, thresholds = {}, {}
    for field in FIELDS:
        judged = list(judged_by(wording[field], [each for each in tried if each.unit.field == field], talks))
        surety[field] = _surety(judged, talks)
        thresholds[field] = _threshold(field, judged, surety[field], talks)
    return Weighed(wording, surety, thresholds)


def _wording(tried: Sequence[Tried], talks: Sequence[MemoTalk]) -> tuple[float, ...]:
    """A third of what a way to word a value is worth is being like an annotator's, the rest saying as much as well."""
    rows = [
        (way.traits, any(right(way.value, means) for means in each.means))
        for right in (alike, _says_as_much, _says_as_much)
        for each in tried
        for way in each.ways
        if each.means and not (way.traits.by_rule and talks[each.talk].source in READ_BY_RULES)
    ]
    model = LogisticRegression(C=1.0, max_iter=500)
    model.fit(np.array([traits for traits, _ in rows]), [right for _, right in rows])
    return _rounded(model)


def _says_as_much(value: str, means: str) -> bool:
    """Whether they share half of the characters of both: 今天 is like 今天发报价单, but says less."""
    shared = (Counter(value) & Counter(means)).total()
    return alike(value, means) and 4 * shared >= len(value) + len(means)


def _rounded(model: LogisticRegression) -> tuple[float, ...]:
    return (*(round(float(weight), 4) for weight in model.coef_[0]), round(float(model.intercept_[0]), 4))


def judged_by(wording: Sequence[float], tried: Iterable[Tried], talks: Sequence[MemoTalk]) -> Iterable[Judged]:
    """These units, worded by these weights."""
    for each in tried:
        labels = (*each.means, *talks[each.talk].values.get(each.unit.field, ()))
        for value, odds in best_wordings(wording, each.ways):
            yield Judged(each, value, odds, bool(each.means) and any(alike(value, means) for means in labels))


def _surety(judged: Sequence[Judged], talks: Sequence[MemoTalk]) -> Surety:
    """Where the rules were written with the talk, their word counts for what it is on the average there."""
    found = np.array([float(bool(each.tried.unit.by_rules)) for each in judged])
    read = np.array([talks[each.tried.talk].source in READ_BY_RULES for each in judged])
    found[read] = found[read].mean() if read.any() else 0.0
    seen = np.column_stack([[each.tried.unit.odds for each in judged], [each.odds for each in judged], found])
    first, second, third, intercept = _rounded(LogisticRegression(C=1.0).fit(seen, [each.right for each in judged]))
    return first, second, third, intercept


def _threshold(field: str, judged: Sequence[Judged], surety: Surety, talks: Sequence[MemoTalk]) -> float:
    """The threshold with the best F1 on calls that the rules have not seen, each step judged with those beside it."""
    whole_talk = [number for number, talk in enumerate(talks) if len(talk.turns) >= WHOLE]
    calls = {number for number in whole_talk if talks[number].source not in READ_BY_RULES} or set(whole_talk)
    whole = [each for each in judged if each.tried.talk in calls]
    scores = [tally_at(field, whole, surety, step, talks, calls).f1 for step in STEPS]
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return max(float(STEPS[int(smooth.argmax())]), LEAST_THRESHOLD)


def tally_at(
    field: str,
    judged: Sequence[Judged],
    surety: Surety,
    threshold: float,
    talks: Sequence[MemoTalk],
    numbers: Iterable[int],
) -> Tally:
    """How far the values above this threshold agree with the labels of these talks."""
    values: dict[int, list[str]] = {number: [] for number in numbers}
    for each in judged:
        if probability(surety, each) >= threshold:
            values[each.tried.talk].append(each.value)
    tallies = (compare_lists(talks[number].values.get(field, ()), written) for number, written in values.items())
    return sum(tallies, Tally())


def probability(surety: Surety, judged: Judged) -> float:
    """As `WishModel.probability`."""
    return surety_of(surety, judged.tried.unit.odds, judged.odds, bool(judged.tried.unit.by_rules))
