"""Literals: many strings found in a text in one pass, and by them the few patterns that are worth trying on it.

A lexicon has thousands of patterns and an utterance meets hardly any. Each pattern is kept under strings one of which
its matches hold; the text is read once by an Aho-Corasick automaton over all of them, whose time does not grow with
their number.
"""

from __future__ import annotations

from functools import lru_cache
from operator import add
from typing import TYPE_CHECKING, Final, TypeAlias

from ahocorasick import Automaton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Clauses: TypeAlias = tuple[frozenset[str], ...]
"""What a text must have for a pattern to match: one string at least of each set."""

START: Final = "\x02"
"""Stands before the text in a string that a pattern needs at its very beginning; no text holds it."""
COMMON_CHARACTERS: Final = frozenset(
    "的了是我您你不就这那有个一在他们给也都要没会说吧啊呢吗嘛什么能可以车买来去到好还得"
)
"""The characters spoken most; strings without them sort out more texts."""

_COMMON: Final = 0.2
_RARE: Final = 0.02
"""About how often an utterance of 30 characters holds a given common character, and how often another."""
_EACH_MORE: Final = 0.1
"""How much rarer a string is with each more character."""


class Literals:
    """Strings, each with numbers, ready to be found in many texts."""

    def __init__(self, numbered: Iterable[tuple[str, int]]) -> None:
        by: dict[str, list[int]] = {}
        for literal, number in numbered:
            by.setdefault(literal, []).append(number)
        self._automaton: Automaton | None = Automaton() if by else None
        if self._automaton is not None:
            for literal, numbers in by.items():
                self._automaton.add_word(literal, (len(literal), tuple(numbers)))
            self._automaton.make_automaton()

    def numbers_in(self, text: str) -> set[int]:
        """The numbers of the strings that stand in this text."""
        if self._automaton is None:
            return set()
        found: set[int] = set()
        for _, (_, numbers) in self._automaton.iter(text):
            found.update(numbers)
        return found

    def places_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Each number with where its string begins in this text, by the end of the string."""
        if self._automaton is not None:
            for last, (length, numbers) in self._automaton.iter(text):
                for number in numbers:
                    yield number, last + 1 - length


class Prefilter:
    """Many patterns by what a text must have for them, and those worth trying on a text."""

    def __init__(self, needs: Sequence[Clauses]) -> None:
        """A pattern without any clause is always worth trying."""
        self._always = tuple(number for number, clauses in enumerate(needs) if not clauses)
        self._also: dict[int, tuple[frozenset[str], ...]] = {}
        """By the beginnings of their strings, the further clauses of which the text must hold one string each."""
        numbered: list[tuple[str, int]] = []
        for number, clauses in enumerate(needs):
            if not clauses:
                continue
            first, *rest = sorted(clauses, key=commonness)
            numbered.extend((literal, number) for literal in shortest_of(first))
            if rest:
                self._also[number] = tuple(frozenset(literal[:2] for literal in clause) for clause in rest)
        self._literals = Literals(numbered)

    def candidates(self, text: str) -> list[int]:
        """The numbers of the patterns that this text seems to have the strings for, in order."""
        numbers = self._literals.numbers_in(START + text)
        if not numbers:
            return list(self._always)
        found = list(self._always)
        if self._also.keys().isdisjoint(numbers):
            found.extend(numbers)
        else:
            beginnings = _beginnings(text)
            for number in numbers:
                for clause in self._also.get(number, ()):
                    if beginnings.isdisjoint(clause):
                        break
                else:
                    found.append(number)
        found.sort()
        return found

    def any_in(self, text: str) -> bool:
        """Whether any pattern is worth trying on this text."""
        return bool(self.candidates(text))


@lru_cache(maxsize=256)
def _beginnings(text: str) -> frozenset[str]:
    """All strings of one and two characters in the text and at its start; several filters ask for the same texts."""
    begun = START + text
    return frozenset((*begun, *map(add, begun, text)))


def commonness(clause: frozenset[str]) -> float:
    """About how often an utterance holds one of these strings."""
    return sum(
        min(_COMMON if character in COMMON_CHARACTERS else _RARE for character in literal)
        * _EACH_MORE ** (len(literal) - 1)
        for literal in clause
    )


def shortest_of(clause: frozenset[str]) -> tuple[str, ...]:
    """The strings of the clause that hold no other of them: where one of the others stands, so does one of these."""
    kept: list[str] = []
    for literal in sorted(clause, key=lambda literal: (len(literal), literal)):
        if not any(short in literal for short in kept):
            kept.append(literal)
    return tuple(kept)
