"""The phrases that are listened for a second time: concrete wordings of every rule, made from its own examples.

A recogniser that mishears a phrase hides it from the rules. While the audio is at hand, each stretch that sounds like
one of these is scored against the sound (`qc.domain.Listen`), so that judging can use the result later without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qc.domain import Category, Record, Speaker
from qc.literals import COMMON_CHARACTERS
from qc.rulebook.patterns import alternatives, compiled
from qc.text import QUESTION, SENTENCE_END, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qc.rulebook.phrases import MustSay, PhraseRule, PhraseRules

SHORTEST: Final = 4
"""Fewer syllables sound like anything."""
LONGEST: Final = 16
"""Of longer wordings hardly one is said twice."""
_TELLING: Final = 2
"""So many different characters of a wording must be other than the most common ones: 就当我没说 is everyday speech."""


class WatchedPhrase(Record):
    """A wording worth a second listen, in normalised characters, and the rule it speaks for.

    The same wording may speak for several rules.
    """

    phrase: str
    rule_id: str
    category: Category
    speaker: Speaker


def is_telling(phrase: str) -> bool:
    """Whether a phrase of these characters is worth listening for: 4 to 16, in one sentence, not all everyday ones."""
    return (
        SHORTEST <= len(phrase) <= LONGEST
        and SENTENCE_END not in phrase
        and len(set(phrase) - COMMON_CHARACTERS) >= _TELLING
    )


def watched_phrases_of(rules: PhraseRules) -> tuple[WatchedPhrase, ...]:
    """The wordings of every rule that is not retired, must-say lines included, in the rulebook's order.

    They are the rule's ``sounds_like``, then of each of its ``hits`` the shortest stretch of 4 to 16 characters that
    its patterns match, with nothing around it too, unless it is made of everyday characters only.
    """
    kept: dict[tuple[str, str], WatchedPhrase] = {}
    said = [rule for rule in rules.must_say if rule.status != "retired"]
    every: list[PhraseRule | MustSay] = [*rules.active, *said]
    for rule in every:
        for phrase in (*(normalise(phrase).text for phrase in rule.sounds_like), *_wordings(rule, rules)):
            if SHORTEST <= len(phrase) <= LONGEST:
                kept.setdefault(
                    (phrase, rule.id),
                    WatchedPhrase(phrase=phrase, rule_id=rule.id, category=rule.category, speaker=rule.speaker),
                )
    return tuple(kept.values())


def _wordings(rule: PhraseRule | MustSay, rules: PhraseRules) -> Iterator[str]:
    patterns = [compiled(part) for pattern in rule.say for part in alternatives(rules.expand(pattern))]
    for example in rule.hits:
        text = normalise(example.text).text
        matched = (match.group().strip(SENTENCE_END + QUESTION) for said in patterns for match in said.finditer(text))
        fitting = [words for words in matched if SHORTEST <= len(words) <= LONGEST and SENTENCE_END not in words]
        # What a pattern sees around its words may be what makes them an offence.
        alone = [words for words in fitting if any(said.search(words) for said in patterns)]
        shortest = min(alone, key=len, default="")
        if is_telling(shortest):
            yield shortest
