"""What the customer uses the car for, wants and fears, who decides, and what the agent promised, by a learned model.

A clause holds a wish or not; clauses that go on with one are taken together; the words are worded as a value. A value
is written where clause and wording together are likely enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qc.domain import Evidence
from qc.memo.clauses import Read, read_clauses
from qc.memo.people import SPOUSES, find_decision_makers
from qc.memo.promises import find_promises
from qc.memo.topics import find_concerns, find_preferences, find_uses
from qc.memo.wording import Words, alike, best_wordings, wordings
from qc.wish_model import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.memo.talk import Talk
    from qc.rulebook.needs import Needs
    from qc.wish_model import Scores, WishModel

Found = dict[str, tuple[Evidence, ...]]

FLOOR: Final = -2.0
"""Clauses with smaller log odds are not worth wording: of what would be written from those above -3, a sixth is right."""
JOINED: Final = 0.0
"""Log odds from which a clause goes on with the wish of the one before, unless a rule reads another from it."""
_SHORT_ANSWER: Final = 4
"""An answer of so few characters says its question's words: 嗯，对，上下班."""
_PRONOUNS: Final = ("他", "她")


class Unit(NamedTuple):
    """Clauses of one turn that hold one wish."""

    field: str
    first: int
    last: int
    odds: float
    """That they hold a wish of this field, in log odds."""
    by_rules: tuple[str, ...]
    """What the rules read from them."""


class Wish(NamedTuple):
    """A value with its words and how likely it is right."""

    field: str
    value: str
    evidence: Evidence
    probability: float


def find_wishes(talk: Talk, needs: Needs, model: WishModel) -> dict[str, Found]:
    """For each field the values that are likely enough, with their words."""
    found: dict[str, Found] = {field: {} for field in FIELDS}
    for wish in without_repeats(likely_wishes(talk, needs, model)):
        values = found[wish.field]
        values[wish.value] = (*values.get(wish.value, ()), wish.evidence)
    return found


def likely_wishes(talk: Talk, needs: Needs, model: WishModel) -> list[Wish]:
    """All wishes that are likely enough, in order of the call."""
    read = read_clauses(talk, needs)
    units = units_of(talk, read, model.scores(read.said), wishes_by_rules(talk, needs))
    words = [words_of(talk, read, unit) for unit in units]
    wishes = []
    for unit, ways in zip(units, wordings(words, needs, model), strict=True):
        first, last = read.clauses[unit.first], read.clauses[unit.last]
        for value, odds in best_wordings(model.header.wording[unit.field], ways):
            probability = model.probability(unit.field, unit.odds, odds, by_rule=bool(unit.by_rules))
            if probability >= model.header.thresholds[unit.field]:
                evidence = talk.evidence(first.line, first.start, last.end)
                wishes.append(Wish(unit.field, value, evidence, probability))
    return wishes


def wishes_by_rules(talk: Talk, needs: Needs) -> dict[str, Found]:
    """What the rules of the lexicon find, by field."""
    return {
        "use": find_uses(talk, needs),
        "preferences": find_preferences(talk, needs),
        "concerns": find_concerns(talk, needs),
        "decision_makers": find_decision_makers(talk, needs),
        "promises": find_promises(talk, needs),
    }


def units_of(talk: Talk, read: Read, scores: Scores, by_rules: dict[str, Found]) -> list[Unit]:
    """The clauses that may hold a wish, by the model or the rules, those together that hold one."""
    units: list[Unit] = []
    for column, field in enumerate(FIELDS):
        names: dict[int, list[str]] = {}
        for name, quotes in by_rules[field].items():
            for quote in quotes:
                for number in read.touched(quote.utterance, quote.start, quote.end):
                    names.setdefault(number, []).append(name)
        likely = np.flatnonzero(scores.wish[:, column] >= FLOOR).tolist()
        for number in sorted({*likely, *names}):
            line = talk.lines[read.clauses[number].line]
            if line.by_customer == (field == "promises"):
                continue
            odds = float(scores.wish[number, column])
            here = tuple(names.get(number, ()))
            one = units[-1] if units else None
            if (
                one is not None
                and (one.field, one.last) == (field, number - 1)
                and one.last in read.of_line[line.index]
                and scores.goes_on[number, column] > JOINED
                and not set(here) - set(one.by_rules)
            ):
                units[-1] = one._replace(last=number, odds=max(one.odds, odds), by_rules=(*one.by_rules, *here))
            else:
                units.append(Unit(field, number, number, odds, here))
    return units


def words_of(talk: Talk, read: Read, unit: Unit) -> Words:
    """The words to be worded: the unit's own, or for a short answer those of the question."""
    line = talk.lines[read.clauses[unit.first].line]
    text = "".join(clause.text for clause in read.clauses[unit.first : unit.last + 1])
    if unit.field == "decision_makers":
        return Words(unit.field, text, unit.by_rules, tuple(_people_meant(talk, read, unit)))
    before = talk.before(line)
    if len(text) <= _SHORT_ANSWER and before is not None and line.agrees and unit.first == read.of_line[line.index][0]:
        asked = "".join(clause.text for clause in before.clauses[-2:])
        return Words(unit.field, asked, unit.by_rules, agreed=True)
    return Words(unit.field, text, unit.by_rules)


def _people_meant(talk: Talk, read: Read, unit: Unit) -> Iterator[str]:
    """Who is named in the unit; for 他 and 她 who was named last, by the customer or in the agent's question."""
    first, last = read.clauses[unit.first], read.clauses[unit.last]
    here = read.people[first.line]
    within = [person.name for person in here if person.start < last.end and first.start < person.end]
    yield from within
    text = talk.lines[first.line].text[first.start : last.end]
    if not within and any(pronoun in text for pronoun in _PRONOUNS):
        earlier = [person.name for person in here if person.end <= first.start]
        for line in range(first.line - 1, -1, -1):
            earlier = earlier or [person.name for person in read.people[line]]
        yield from earlier[-1:]


def without_repeats(wishes: Sequence[Wish]) -> list[Wish]:
    """One name for each need, that of the likeliest, with the words of all."""
    kept: list[Wish] = []
    for wish in sorted(wishes, key=lambda wish: -wish.probability):
        known = next((other for other in kept if _same(wish, other)), None)
        kept.append(wish if known is None else wish._replace(value=known.value))
    return sorted(kept, key=lambda wish: (wish.evidence.utterance, wish.evidence.start))


def _same(wish: Wish, other: Wish) -> bool:
    if wish.field != other.field:
        return False
    if wish.field == "decision_makers":
        return wish.value == other.value or any({wish.value, other.value} <= spouse for spouse in SPOUSES)
    return alike(wish.value, other.value)
