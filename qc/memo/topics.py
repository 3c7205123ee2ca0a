"""What a customer wants or worries about, from a word for the thing and a word for the wish or the worry beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qc.memo.wishes import find_wishes

if TYPE_CHECKING:
    from collections.abc import Collection

    from qc.domain import Evidence
    from qc.memo.talk import Clause, Line, Talk
    from qc.rulebook.needs import Needs, Topic, TopicIndex, Topics

_ANSWERS_IN = 2
"""So many clauses of a turn may still answer the question before it."""
_SAID_ALONE = 2
"""A clause with no more than so many other characters is said for the topic alone: 就黑色吧."""
_TAKEN_BACK = re.compile(r"算[了哒]|不对|不不|说错")
"""The clause after takes the one before back: 我要金的，算了."""
_ANOTHERS = re.compile(r"(?:邻居|同事|朋友|人家|别人)[^，。]{0,4}(?:买|开|拉|跑|用|提)")
_SETTLED = re.compile(r"(?:这个)?(?:没问题|没事|不担心|不怕)")
_NO = re.compile(r"不要|不带|别给我|除了")
_NO_LATER = re.compile(r"[^，。]{0,8}不要")


class _Place(NamedTuple):
    topic: Topic
    start: int
    end: int
    name: str


Found = dict[str, tuple["Evidence", ...]]


def find_uses(talk: Talk, needs: Needs) -> Found:
    """What the car is for, with the words."""
    found = _own(talk, find_wishes(talk, needs.uses))
    return _both(found, find_topics(talk, needs.topics["use"], _quotes(found), beside=False))


def find_preferences(talk: Talk, needs: Needs) -> Found:
    """What the car and the deal should have, with the words."""
    found = _own(talk, find_wishes(talk, needs.preferred, refusable=True))
    return _both(found, find_topics(talk, needs.topics["preferences"], _quotes(found), beside=False, refusable=True))


def find_concerns(talk: Talk, needs: Needs) -> Found:
    """What worries the customer, with the words."""
    found = _own(talk, find_wishes(talk, needs.feared))
    return _both(found, find_topics(talk, needs.topics["concerns"], _quotes(found), beside=True))


def _own(talk: Talk, found: Found) -> Found:
    """Without what is said of another's car, or settled by the next clause: 桩报装了，没问题."""
    kept: Found = {}
    for name, quotes in found.items():
        held = tuple(quote for quote in quotes if not _waived(talk.lines[quote.utterance], quote.start))
        if held:
            kept[name] = held
    return kept


def _waived(line: Line, position: int) -> bool:
    number = line.index_at(position)
    return (
        _ANOTHERS.search(line.neighbour(number)) is not None or _SETTLED.match(line.neighbour(number + 1)) is not None
    )


def _quotes(found: Found) -> list[Evidence]:
    return [quote for quotes in found.values() for quote in quotes]


def _both(found: Found, more: Found) -> Found:
    """``found``, and of ``more`` what it does not say already: not 价格 beside 价格高."""
    return found | {
        name: quotes for name, quotes in more.items() if not any(name in known or known in name for known in found)
    }


def find_topics(
    talk: Talk, topics: TopicIndex, taken: Collection[Evidence], *, beside: bool, refusable: bool = False
) -> Found:
    """Each need of these topics with its words, but not in words that are ``taken``.

    ``beside``: a cue in the clause before or after counts as well. ``refusable``: 不要X is the need 不要X.
    """
    found: Found = {}
    for line in talk.customer.lines:
        before = talk.before(line)
        asked = before is not None and topics.of.asks.search(before.text[-40:]) is not None
        for number, clause in enumerate(line.clauses):
            places = _places(topics, clause)
            if not places or any(
                quote.utterance == line.index and quote.start < clause.end and clause.start < quote.end
                for quote in taken
            ):
                continue
            refused = refusable and (_NO.match(clause.text) or _NO_LATER.search(clause.text))
            answers = asked and number < _ANSWERS_IN and not clause.asks
            for place in places:
                if not refused and not _is_need(topics.of, line, number, place, answers=answers, beside=beside):
                    continue
                name = f"不要{place.name}" if refused else place.name
                quote = talk.evidence(line.index, clause.start + place.start, clause.start + place.end)
                found[name] = (*found.get(name, ()), quote)
    return found


def _places(topics: TopicIndex, clause: Clause) -> list[_Place]:
    """The topics of a clause in order, of those that meet the longest."""
    places = [_Place(topic, *match.span(), name) for topic, match, name in topics.places(clause.text)]
    if len(places) < 2:  # noqa: PLR2004 - most clauses speak of none
        return places
    kept: list[_Place] = []
    for place in sorted(places, key=lambda place: place.start - place.end):
        if all(place.end <= other.start or other.end <= place.start for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: place.start)


def _after(line: Line, number: int) -> bool:
    """Whether the clause after takes this one back or settles it."""
    words = line.neighbour(number + 1)
    return _TAKEN_BACK.match(words) is not None or _SETTLED.match(words) is not None


def _is_need(topics: Topics, line: Line, number: int, place: _Place, *, answers: bool, beside: bool) -> bool:
    clause = line.clauses[number]
    if topics.unless.search(clause.text + clause.mark) or _after(line, number):
        return False
    if place.topic.alone or answers or topics.cues.search(clause.text + clause.mark):
        return True
    if beside:
        return any(topics.cues.search(line.neighbour(at)) for at in (number - 1, number + 1))
    return len(clause.text) - (place.end - place.start) <= _SAID_ALONE
