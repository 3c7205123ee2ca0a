"""What takes the guilt from words: a rule's own ``unless`` and the guards it uses, and in which surroundings they look.

Surroundings are those of one utterance, in normalised text with its pauses kept as ``,``: the clause up to the next
comma, the sentence, or the sentence with its neighbours. What the other party said before is ``unless_before``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from qc.literals import Prefilter
from qc.text import COMMA, SENTENCE_END, Normalised, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.rulebook.patterns import Surrounding

Scope = Literal["clause", "sentence", "nearby"]
OWN: str = "unless"
"""The name of a rule's own shield."""


class Shield(NamedTuple):
    """One pattern that excuses, by the name of its guard, unless the guilt stands ``still``: a double negation."""

    guard: str
    pattern: str
    excuses: Surrounding
    still: tuple[Surrounding, ...] = ()
    scope: Scope = "sentence"


class Shields:
    """All that may excuse a rule's words."""

    def __init__(self, shields: Iterable[Shield]) -> None:
        self._shields = tuple(shields)
        self._prefilter = Prefilter([shield.excuses.needs for shield in self._shields])

    def worth_a_try(self, paused: str) -> list[Shield]:
        """Those that this utterance, normalised with its pauses, has the words for; in order."""
        return [self._shields[number] for number in self._prefilter.candidates(paused)]


class Surroundings(NamedTuple):
    """The words around a place in an utterance: ``before + found + after`` is the stretch."""

    before: str
    found: str
    after: str


class Shielding(NamedTuple):
    """The shield that excuses, and the words by which it does."""

    shield: Shield
    words: str


def surroundings(original: str, normalised: Normalised, span: tuple[int, int]) -> dict[Scope, Surroundings]:
    """What stands around ``span`` of this normalised utterance, in each scope."""
    paused = normalise(original, pauses=True)
    at, to = normalised.original_span(*span)
    begin, stop = paused.position_of(at), paused.position_of(to)
    text = paused.text
    first = text.rfind(SENTENCE_END, 0, begin) + 1
    last = text.find(SENTENCE_END, stop)
    last = last if last >= 0 else len(text)
    earlier = text.rfind(SENTENCE_END, 0, max(first - 1, 0)) + 1
    later = text.find(SENTENCE_END, last + 1)
    later = later if later >= 0 else len(text)
    left = max(text.rfind(COMMA, 0, begin) + 1, first)
    right = text.find(COMMA, stop)
    right = right if 0 <= right < last else last
    found = text[begin:stop]
    return {
        "clause": Surroundings(text[left:begin], found, text[stop:right]),
        "sentence": Surroundings(text[first:begin], found, text[stop:last]),
        "nearby": Surroundings(text[earlier:begin], found, text[stop:later]),
    }


def shielded(shields: Shields, original: str, normalised: Normalised, span: tuple[int, int]) -> Shielding | None:
    """The first of these shields that excuses the words at ``span``; None if none does."""
    worth_a_try = shields.worth_a_try(normalise(original, pauses=True).text)
    if not worth_a_try:
        return None
    around = surroundings(original, normalised, span)
    for shield in worth_a_try:
        place = around[shield.scope]
        words = shield.excuses.words(*place)
        if words is not None and not any(still.words(*around["sentence"]) is not None for still in shield.still):
            return Shielding(shield, words)
    return None
