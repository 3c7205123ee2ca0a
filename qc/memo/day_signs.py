"""What tells of days spoken of whether the customer means to buy then, or has agreed to meet: signs for linear models.

The rules of `qc.memo.purchase` and `qc.memo.appointment` remember how their writers thought it is said; of exchanges by
writers they had not seen they take too many days, and miss others (`docs/decisions/0048-budgets-learned.md`). The
shipped models, ``buying.json`` and ``meeting.json`` beside this module, are learned by ``qc train days`` and weigh the
rules' word together with the words around each day.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from qc.memo.answers import says_yes
from qc.memo.dates import find_spells
from qc.memo.days_named import days_of
from qc.memo.hours import find_clocks
from qc.memo.meeting_words import SAID_OF_A_MEETING
from qc.memo.purchase_words import SAID_OF_A_DAY
from qc.memo.signs import grams_beside, grams_of
from qc.memo.when_asked import asks_when, on_meeting

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from qc.memo.dates import Spell
    from qc.memo.signs import SignModel
    from qc.memo.talk import Line, Talk

BUYING: Final = Path(__file__).with_name("buying.json")
MEETING: Final = Path(__file__).with_name("meeting.json")

_BEFORE, _AFTER, _ASKED, _ANSWERED = 12, 14, 24, 10
"""So many characters before and after the days, at the end of the question and at the head of the answer are looked at."""
_ALONE = 2
"""A clause of so few characters more than the days says nothing else."""
_AHEAD = (0, 1, 3, 7, 14, 30, 60, 120, 300, 400)
"""Bounds of how many days ahead the last one is."""
_SPANS = (0, 2, 10, 31)
"""Bounds of how many days it is from the first to the last."""


class Place(NamedTuple):
    """Days spoken of in a line, and what tells of them."""

    line: Line
    spell: Spell
    signs: frozenset[str]


class Learned(NamedTuple):
    """A model and all days spoken of in a talk."""

    model: SignModel
    places: tuple[Place, ...]

    def likeliest(self, by_rules: Callable[[Spell], bool], may_be: Callable[[Place], bool]) -> Place | None:
        """Of the days that may be meant, the likeliest, if it is likely enough; the rules' word for them counts."""
        places = [place for place in self.places if by_rules(place.spell) or may_be(place)]
        likely = [self.model.probability(place.signs, by_rules=by_rules(place.spell)) for place in places]
        best = max(range(len(places)), key=likely.__getitem__, default=None)
        return None if best is None or likely[best] < self.model.threshold else places[best]


def places_of(talk: Talk, today: date) -> Iterator[Place]:
    """All days spoken of, in order."""
    for line in talk.lines:
        spells = days_of(talk, line, today)
        for spell in spells:
            yield Place(line, spell, frozenset(_signs(talk, line, spell, spells, today)))


def _signs(talk: Talk, line: Line, spell: Spell, spells: Sequence[Spell], today: date) -> Iterator[str]:
    """By whom, in which words and how the days are named; ``spells`` are all that this line speaks of."""
    party = "C" if line.by_customer else "A"
    clause = line.clause_at(spell.start)
    yield from grams_beside(f"{party}<", line.text[max(0, spell.start - _BEFORE) : spell.start][::-1])
    yield from grams_beside(f"{party}>", line.text[spell.end : spell.end + _AFTER])
    yield from _around(talk, line, today)
    stands = {
        "loose": spell.loose,
        "bound": spell.bound,
        "part": bool(spell.part),
        "weekday": spell.weekday_only,
        "refers-back": spell.refers_back,
        "day": spell.is_day,
        "question": clause.mark in ("？", "?"),
        "alone": len(clause.text) <= spell.end - spell.start + _ALONE,
        "first": spell is spells[0],
        "last": spell is spells[-1],
        "hour": bool(find_clocks(clause.text)),
        "hour-next": bool(find_clocks(line.neighbour(line.index_at(spell.start) + 1))),
        f"ahead-{sum((spell.last - today).days > bound for bound in _AHEAD)}": True,
        f"span-{sum((spell.last - spell.first).days > bound for bound in _SPANS)}": True,
    }
    yield from (f"#{party}-{name}" for name, holds in stands.items() if holds)
    said = f"{line.text[clause.start : spell.start]}　{line.text[spell.end : clause.end]}"
    yield from _named(f"#{party}-", SAID_OF_A_DAY, said)
    yield from _named(f"#{party}-", SAID_OF_A_MEETING, said)


def _around(talk: Talk, line: Line, today: date) -> Iterator[str]:
    """What the other party says before the customer's days, or answers to the agent's, and whether days follow."""
    before, after = talk.before(line), talk.after(line)
    if line.by_customer and before is not None:
        asked = before.text[-_ASKED:]
        yield from grams_of("?", asked)
        yield from (
            f"#asked-{name}" for name in ("buys", "firmly", "visits", "meets") if SAID_OF_A_DAY[name].search(asked)
        )
        yield f"#asks-when-{asks_when(talk, before)}"
        told = {
            "on-meeting": on_meeting(talk, before),
            "asks": before.asks,
            "days": bool(find_spells(before.text, today)),
        }
        yield from (f"#before-{name}" for name, holds in told.items() if holds)
    if not line.by_customer and after is not None:
        yield from grams_of("!", after.text[:_ANSWERED])
        yield from _named("#after-", SAID_OF_A_MEETING, after.text)
        answered = {"yes": says_yes(line, after), "no": after.refuses, "days": bool(find_spells(after.text, today))}
        yield from (f"#after-{name}" for name, holds in answered.items() if holds)
    later = [one for one in talk.lines[line.index + 1 :] if one.by_customer]
    if any(not spell.loose for one in later for spell in find_spells(one.text, today)):
        yield "#later-days"


def _named(prefix: str, patterns: Mapping[str, re.Pattern[str]], text: str) -> Iterator[str]:
    return (f"{prefix}{name}" for name, pattern in patterns.items() if pattern.search(text))
