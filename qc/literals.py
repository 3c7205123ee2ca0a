"""Literals: many strings found in a text in one pass, and by them the few patterns that are worth trying on it.

A lexicon has thousands of patterns and an utterance meets hardly any. Each pattern is kept under strings one of which
its matches hold; the text is read once by an Aho-Corasick automaton over all of them, whose time does not grow with
their number.
"""

from __future__ import annotations

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
        self._further: dict[int, int] = {}
        """Of patterns with several clauses, all but the rarest; a bit a clause."""
        numbers: dict[str, list[int]] = {}
        """The patterns that a string is worth trying for: it meets their rarest clause."""
        bits: dict[str, int] = {}
        """The other clauses that a string meets."""
        clause_bits: dict[frozenset[str], int] = {}
        for number, clauses in enumerate(needs):
            rarest, *others = sorted(clauses, key=commonness) if clauses else [frozenset[str]()]
            for literal in shortest_of(rarest):
                numbers.setdefault(literal, []).append(number)
            for clause in others:
                if clause not in clause_bits:
                    clause_bits[clause] = 1 << len(clause_bits)
                    for literal in shortest_of(clause):
                        bits[literal] = bits.get(literal, 0) | clause_bits[clause]
                self._further[number] = self._further.get(number, 0) | clause_bits[clause]
        self._automaton: Automaton | None = Automaton() if numbers else None
        if self._automaton is not None:
            for literal in numbers.keys() | bits.keys():
                self._automaton.add_word(literal, (tuple(numbers.get(literal, ())), bits.get(literal, 0)))
            self._automaton.make_automaton()

    def candidates(self, text: str) -> list[int]:
        """The numbers of the patterns that this text has the strings for, in order."""
        found = list(self._always)
        if self._automaton is not None:
            met = 0
            numbers: set[int] = set()
            for _, (of_these, clauses) in self._automaton.iter(START + text):
                numbers.update(of_these)
                met |= clauses
            lacking = ~met
            found += [number for number in numbers if not self._further.get(number, 0) & lacking]
            found.sort()
        return found

    def any_in(self, text: str) -> bool:
        """Whether any pattern is worth trying on this text."""
        return bool(self.candidates(text))


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
