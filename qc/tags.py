"""What kind of customer a call is with (首购, 换购, 宝妈, 公司用车 …), each tag with the words that show it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from qc.domain import Evidence, Memo, Outcome, Tag, Transcript
from qc.memo.talk import Hit, Talk
from qc.outcome import find_outcomes
from qc.rulebook import Rulebook
from qc.rulebook.needs import Vehicles
from qc.rulebook.tags import TagExample, TagRule, TagRules, TagSign, WantedCars
from qc.turns import Turn, transcript_of_turns

NOT_THE_CUSTOMER: Final = {Outcome.WRONG_NUMBER, Outcome.UNANSWERED, Outcome.NOT_IN_PERSON}
"""Whoever speaks then is not the customer: nothing they say of themselves is a tag."""
MOST_QUOTES: Final = 3
"""So many quotes show a tag; more would say nothing new."""
_SENTENCE_END: Final = re.compile(r"[。？！?!]")
_CLAUSE_END: Final = re.compile(r"[，。？！；、,?!;]")

Quotes = tuple[Evidence, ...]
Said = Mapping[tuple[int, int], list[Quotes]]
"""What was said for a sign, by the number of its tag and its own there."""


def find_tags(transcript: Transcript, memo: Memo, rulebook: Rulebook) -> tuple[Tag, ...]:
    """The tags of this call's customer, in the rulebook's order; of tags that exclude each other the first one.

    ``memo`` is the call's own. Only the customer's words count, and none where somebody else answered.
    """
    if {sign.outcome for sign in find_outcomes(transcript, rulebook.grading)} & NOT_THE_CUSTOMER:
        return ()
    rules = rulebook.tags
    said = _said(Talk(transcript), rules)
    found: dict[str, Tag] = {}
    for number, rule in enumerate(rules.tags):
        if rule.kind is not None and any(tag.kind == rule.kind for tag in found.values()):
            continue
        quotes = _quotes(number, rule, said, memo, rulebook.vehicles, found)
        if quotes:
            found[rule.tag] = Tag(tag=rule.tag, kind=rule.kind, together=rule.together, evidence=quotes)
    return tuple(found.values())


def shows_tag(example: TagExample, rule: TagRule, rules: TagRules) -> bool:
    """Whether the example's words show this tag, whatever else they show."""
    asked = [Turn(speaker="agent", text=example.before)] if example.before else []
    talk = Talk(transcript_of_turns([*asked, Turn(speaker="customer", text=example.text)]))
    said = _said(talk, rules)
    number = rules.tags.index(rule)
    return any(
        (number, place) in said
        and all(pattern.search(example.memo.get(name, "")) for name, pattern in sign.memo.items())
        for place, sign in enumerate(rule.signs)
    )


def _quotes(number: int, rule: TagRule, said: Said, memo: Memo, vehicles: Vehicles, found: Mapping[str, Tag]) -> Quotes:
    """The words that show the tag, the earliest first; none where nothing does."""
    if rule.together:
        if not all(name in found for name in rule.together):
            return ()
        every = [quote for name in rule.together for quote in found[name].evidence[:1]]
    else:
        every = []
        for place, sign in enumerate(rule.signs):
            words = said.get((number, place), [])
            if ((sign.say or sign.agreed) and not words) or not _fits(sign, memo, vehicles):
                continue
            every += [quote for quotes in words for quote in quotes] or _resting_on(sign, memo)
    return tuple(sorted(dict.fromkeys(every), key=lambda quote: (quote.utterance, quote.start))[:MOST_QUOTES])


def _said(talk: Talk, rules: TagRules) -> Said:
    """The signs that the customer's words show, without what the memo must have besides."""
    said: defaultdict[tuple[int, int], list[Quotes]] = defaultdict(list)
    for candidate in rules.prefilter.candidates(talk.customer.text):
        place, pattern = rules.words[candidate]
        sign = rules.tags[place[0]].signs[place[1]]
        for hit in talk.customer.find(pattern):
            if hit.start < hit.end and _counts(sign, hit, talk, rules):
                said[place].append((talk.evidence(hit.line, hit.start, hit.end),))
    for number, rule in enumerate(rules.tags):
        for index, sign in enumerate(rule.signs):
            said[number, index] += _agreed(sign, talk)
    return {place: quotes for place, quotes in said.items() if quotes}


def _counts(sign: TagSign, hit: Hit, talk: Talk, rules: TagRules) -> bool:
    line = talk.lines[hit.line]
    starts = [end.end() for end in _SENTENCE_END.finditer(line.text, 0, hit.start)]
    end = _SENTENCE_END.search(line.text, hit.end)
    sentence = line.text[starts[-1] if starts else 0 : end.start() if end else None]
    if any(pattern.search(sentence) for pattern in sign.unless):
        return False
    clauses = [end.end() for end in _CLAUSE_END.finditer(line.text, 0, hit.start)]
    if not sign.about_others and rules.others.search(line.text[clauses[-1] if clauses else 0 : hit.start]):
        return False
    if sign.before is not None:
        asked = talk.before(line)
        if asked is None or not sign.before.search(asked.text):
            return False
    return not sign.also or any(pattern.search(talk.customer.text) for pattern in sign.also)


def _agreed(sign: TagSign, talk: Talk) -> Iterator[Quotes]:
    """The agent's question and the customer's yes."""
    if not sign.agreed or sign.before is None or not sign.before.search(talk.agent.text):
        return
    for line in talk.customer.lines:
        asked = talk.before(line)
        if asked is None or not line.agrees:
            continue
        match = sign.before.search(asked.text)
        if match is None or any(pattern.search(asked.text) for pattern in sign.unless):
            continue
        yes = line.clauses[0]
        yield (
            talk.evidence(asked.index, match.start(), match.end()),
            talk.evidence(line.index, yes.start, yes.end),
        )


def _fits(sign: TagSign, memo: Memo, vehicles: Vehicles) -> bool:
    """Whether the memo has what the sign asks of it."""
    for name, pattern in sign.memo.items():
        value = getattr(memo, name)
        text = "、".join(value) if isinstance(value, tuple) else str(value) if value else ""
        if not pattern.search(text):
            return False
    return sign.cars is None or any(_is_such(name, sign.cars, vehicles) for name in memo.vehicles)


def _is_such(name: str, cars: WantedCars, vehicles: Vehicles) -> bool:
    series = vehicles.series_named.get(name)
    return (
        series is not None
        and (not cars.energy or series.energy in cars.energy)
        and (not cars.class_ or series.class_ in cars.class_)
    )


def _resting_on(sign: TagSign, memo: Memo) -> list[Evidence]:
    """The words of the memo's fields that the sign asks for, of a field with several only those that say it if any do."""
    quotes = list(memo.evidence.get("vehicles", ())) if sign.cars else []
    for name, pattern in sign.memo.items():
        every = memo.evidence.get(name, ())
        quotes += [quote for quote in every if pattern.search(quote.quote)] or every
    return quotes
