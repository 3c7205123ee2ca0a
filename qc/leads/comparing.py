"""Our grade of a lead beside the CRM's and the consultant's: who of them may be misjudged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple

from qc.domain import Letter, Probability, Record
from qc.leads.history import GivenBy, LeadLetter, WordsGrade

DORMANT: Final = "dormant"
GivenGrade = LeadLetter | Literal["dormant"]

STEPS: Final[dict[str, int]] = {"O": 5, "D": 5, "H": 4, "A": 3, "B": 2, "C": 1, "N": 0, "F": 0, DORMANT: 0}
"""How much a grade promises; what is lost, dormant or unknown promises nothing."""
MISJUDGED_STEPS: Final = 2
"""So far apart two grades are no longer a matter of taste."""
LOW: Final = STEPS["C"]
"""Up to here a lead counts as written off or low."""
SURE: Final = 0.5
"""A grade by words that is less sure accuses nobody of a misjudgement."""

_LETTER: Final = re.compile(r"([HABCNODF])(?:级|类|卡)?(?:客户|意向)?")
_WORDS: Final[tuple[tuple[re.Pattern[str], GivenGrade], ...]] = (
    (re.compile("休眠|沉睡|冷线索|搁置|暂不跟进|DORMANT"), DORMANT),
    (re.compile("战败|流失|无效|空号|无意向|LOST|DEAD"), LeadLetter.F),
    (re.compile("交车|已提车|DELIVERED"), LeadLetter.D),
    (re.compile("已?订车|已?下订|订单|成交|ORDERED"), LeadLetter.O),
    (re.compile("低意向|低级"), LeadLetter.C),
    (re.compile("高意向|热线索|HOT"), LeadLetter.H),
)


class Theirs(Record):
    """A grade that others gave the lead."""

    by: GivenBy
    said: str
    """In their own words."""
    grade: GivenGrade | None
    """What these mean; ``None`` where they mean none of our grades, and are then compared with nothing."""
    at: datetime
    """When it was given."""


class Misjudged(Record):
    """A grade that the customer's words speak against."""

    direction: Literal["undervalued", "overvalued"]
    by: GivenBy
    theirs: str
    ours: Letter
    probability: Probability
    steps: int
    """How far apart they are."""
    text: str
    """The same in Chinese, with our reason."""


class _Seen(NamedTuple):
    steps: int
    found: Misjudged


def read_grade(said: str) -> GivenGrade | None:
    """What a CRM's grade means: ``H``, ``B级``, ``休眠``, ``战败`` …; None for what is none of ours."""
    text = unicodedata.normalize("NFKC", said).strip().upper()
    letter = _LETTER.fullmatch(text)
    if letter is not None:
        return LeadLetter(letter.group(1))
    return next((grade for pattern, grade in _WORDS if pattern.search(text)), None)


def compare_grades(words: WordsGrade | None, theirs: Iterable[Theirs]) -> Misjudged | None:
    """The grade that is farthest from the customer's words, if it is far enough to be a misjudgement.

    Undervalued: they say dormant, lost, unknown or C, and the words say two steps more. Overvalued: they say H or A,
    and the words two steps less; words that say nothing (N) are no reason to doubt anybody.
    """
    if words is None or words.probability < SURE or words.letter is Letter.N:
        return None
    ours = STEPS[words.letter]
    seen = []
    for one in theirs:
        if one.grade is None:
            continue
        steps = ours - STEPS[one.grade]
        if steps >= MISJUDGED_STEPS and STEPS[one.grade] <= LOW:
            seen.append(_Seen(steps, _misjudged("undervalued", one, words, steps)))
        elif -steps >= MISJUDGED_STEPS and one.grade in (LeadLetter.H, LeadLetter.A):
            seen.append(_Seen(-steps, _misjudged("overvalued", one, words, -steps)))
    return max(seen, key=lambda one: one.steps).found if seen else None


def _misjudged(
    direction: Literal["undervalued", "overvalued"], theirs: Theirs, words: WordsGrade, steps: int
) -> Misjudged:
    who = {GivenBy.CRM: "CRM", GivenBy.CONSULTANT: "顾问"}[theirs.by]
    which = "低估" if direction == "undervalued" else "高估"
    reasons = "；".join(reason.text for reason in words.reasons[:2])
    return Misjudged(
        direction=direction,
        by=theirs.by,
        theirs=theirs.said,
        ours=words.letter,
        probability=words.probability,
        steps=steps,
        text=f"可能{which}：{who}标为“{theirs.said}”，按客户的话是 {words.letter}（{reasons}）",
    )
