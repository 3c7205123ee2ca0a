"""Patterns of the lexicons: compiled once, with the characters a text must have before a pattern is worth trying.

A pattern is a regular expression of the `regex` module over normalised text (`qc.text.normalise`): half width, lower
case, digits as 零 to 九, no punctuation, ``.`` never crossing a sentence end. Rules written the human way are brought
into that form: ``4S`` means ``四s``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import regex

from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PLACE: Final = "@"
"""Stands in guards and ``unless`` for the words that were found."""

_META: Final = frozenset("[](){}|?*+.^$\\<>=!:,-@")
_ESCAPE: Final = regex.compile(r"\\(?:[pP]\{\w+\}|.)")
_BACK_REFERENCE: Final = regex.compile(r"\\\d")
_COUNT: Final = regex.compile(r"\{\d*(?:,\d*)?\}")

Clauses: TypeAlias = tuple[frozenset[str], ...]
"""What a text must have for a pattern to match: one character at least of each set."""


@lru_cache(maxsize=20_000)
def normalised_pattern(pattern: str) -> str:
    """The pattern with its letters and digits brought into normalised form; its syntax is left alone.

    Raises:
        ValueError: if it holds a character that normalised text never has.
    """
    out: list[str] = []
    i = 0
    while i < len(pattern):
        count = _COUNT.match(pattern, i)
        if count:
            out.append(count.group())
            i = count.end()
            continue
        character = pattern[i]
        escape = _ESCAPE.match(pattern, i)
        if escape:
            out.append(escape.group())
            i = escape.end()
            continue
        if character not in _META:
            folded = _form_of(character)
            if len(folded) != 1 or folded == "\n":
                raise ValueError(f"{pattern!r} holds {character!r}, which is not in normalised text and never matches")
            character = folded
        out.append(character)
        i += 1
    return "".join(out)


@lru_cache(maxsize=20_000)
def _form_of(character: str) -> str:
    return normalise(character).text


@lru_cache(maxsize=20_000)
def _compiled(pattern: str) -> regex.Pattern[str]:
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is not a pattern: {error}") from error
    return compiled


def compiled(pattern: str) -> regex.Pattern[str]:
    """The normalised pattern, compiled.

    Raises:
        ValueError: if it is not a pattern, or matches nothing at all, which would be everywhere.
    """
    made = _compiled(pattern)
    if made.search("") is not None:
        raise ValueError(f"{pattern!r} matches the empty text, so it would match everything")
    return made


class Surrounding:
    """A guard or ``unless``: a pattern about the sentence in which words were found.

    ``不能.{0,4}@`` looks just before them, ``@.{0,6}不可以`` just after, ``(不能)保证`` anywhere in their sentence.
    """

    def __init__(self, pattern: str) -> None:
        before, place, after = pattern.partition(PLACE)
        if place and (PLACE in after or len(alternatives(before)) > 1 or len(alternatives(after)) > 1):
            raise ValueError(f"{pattern!r}: {PLACE} stands once in a pattern, and alternatives around it need brackets")
        self._anywhere = None if place else compiled(before)
        self._before = _compiled(f"(?:{before})$") if place and before else None
        self._after = _compiled(after) if place and after else None

    def holds(self, before: str, found: str, after: str) -> bool:
        """Whether the pattern is met by the sentence ``before + found + after``."""
        if self._anywhere is not None:
            return self._anywhere.search(before + found + after) is not None
        return (self._before is None or self._before.search(before) is not None) and (
            self._after is None or self._after.match(after) is not None
        )


@lru_cache(maxsize=20_000)
def alternatives(pattern: str) -> tuple[str, ...]:
    """The patterns that this one offers between the ``|`` outside all brackets.

    Each needs characters of its own, so they sort out texts far better apart than together. A pattern that refers
    back to a group stays whole.
    """
    if _BACK_REFERENCE.search(pattern):
        return (pattern,)
    parts = [""]
    depth = i = 0
    while i < len(pattern):
        escape = _ESCAPE.match(pattern, i)
        piece = escape.group() if escape else pattern[i]
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if piece == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
        i += len(piece)
    return tuple(parts)


@lru_cache(maxsize=20_000)
def needed_characters(pattern: str) -> Clauses:
    """The characters without which this pattern cannot match; empty where none can be told.

    Only plain characters, sets and groups are read; anything cleverer asks for nothing, which is always safe.
    """
    return _Reader(pattern).alternatives()


class _Reader:
    """Reads a pattern once, left to right, collecting what must be there."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> Clauses:
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        if not all(branches):
            return ()
        return (frozenset().union(*(min(branch, key=_commonness) for branch in branches)),)

    def _sequence(self) -> Clauses:
        needed: list[frozenset[str]] = []
        while (character := self._peek()) not in ("", "|", ")"):
            item: Clauses
            if character == "(":
                item = self._group()
            elif character == "[":
                item = self._set()
            elif escape := _ESCAPE.match(self._pattern, self._at):
                self._at = escape.end()
                item = ()
            elif character in ".^$":
                self._at += 1
                item = ()
            else:
                self._at += 1
                item = (frozenset(character),)
            if self._may_be_absent():
                continue
            needed.extend(item)
        return tuple(needed)

    def _group(self) -> Clauses:
        self._at += 1
        looks = False
        if self._peek() == "?":
            looks = not self._pattern.startswith("?:", self._at)
            self._at += 2
            while looks and self._peek() in "<=!":
                self._at += 1
        inner = self.alternatives()
        self._at += 1
        return () if looks else inner

    def _set(self) -> Clauses:
        end = self._pattern.index("]", self._at + 2)
        members = self._pattern[self._at + 1 : end]
        self._at = end + 1
        return () if members[0] == "^" or "-" in members or "\\" in members else (frozenset(members),)

    def _may_be_absent(self) -> bool:
        absent = False
        while (character := self._peek()) and character in "?*+{":
            if character == "{":
                end = self._pattern.index("}", self._at)
                absent = absent or self._pattern[self._at + 1 : end].split(",")[0] in ("", "0")
                self._at = end + 1
            else:
                absent = absent or character in "?*"
                self._at += 1
        return absent

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]


COMMON_CHARACTERS: Final = frozenset(
    "的了是我您你不就这那有个一在他们们给也都要没会说吧啊呢吗嘛什么能可以车买来去到好还得"
)
"""The characters spoken most; a clause without them sorts out more texts."""


def _commonness(clause: frozenset[str]) -> int:
    return sum(20 if character in COMMON_CHARACTERS else 1 for character in clause)


class PatternIndex:
    """Many patterns, of which those worth trying on a text are told by its characters."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(compiled(pattern) for pattern in patterns)
        self._all_of: list[frozenset[str]] = []
        self._any_of: list[Clauses] = []
        self._always: list[int] = []
        self._by_character: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            clauses = needed_characters(pattern)
            self._all_of.append(frozenset().union(*(clause for clause in clauses if len(clause) == 1)))
            self._any_of.append(tuple(clause for clause in clauses if len(clause) > 1))
            if not clauses:
                self._always.append(number)
            for character in min(clauses, key=_commonness, default=()):
                self._by_character.setdefault(character, []).append(number)

    def candidates(self, text: str) -> Iterable[int]:
        """The numbers of the patterns that this text has the characters for."""
        present = frozenset(text)
        yield from self._always
        for number in {n for c in present if c in self._by_character for n in self._by_character[c]}:
            if self._all_of[number] <= present and not any(map(present.isdisjoint, self._any_of[number])):
                yield number
