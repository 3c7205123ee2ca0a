"""What a pattern cannot match without: strings read off the pattern itself.

Only plain characters, sets and groups are read; anything cleverer asks for nothing, which is always safe. The patterns
may be of `re` or of the `regex` module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

import regex

from qc.literals import START, Prefilter, commonness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.literals import Clauses

ESCAPE: Final = regex.compile(r"\\(?:[pP]\{\w+\}|.)")
_COUNT: Final = regex.compile(r"\{(?P<least>\d*)(?P<more>,\d*)?\}")
_LINE_FEED: Final = r"\n"
_UNREAD_ESCAPES: Final = frozenset("xuUNgkLQ")
"""Escapes that reach further than one character, or name another part of the pattern."""
_GROUP: Final = regex.compile(r"\((?:\?(?:(?P<sees>=|<=)|(?P<sees_no>!|<!)|:|>|P?<\w+>))?")
_MOST: Final = 128
"""A part of a pattern that stands for more strings is looked at piece by piece."""


class _Part(NamedTuple):
    """A piece of a pattern: all strings it can be (None where they are too many), and what it needs besides."""

    strings: frozenset[str] | None
    clauses: Clauses = ()

    def needed(self) -> Clauses:
        """What a text with this part in it must have."""
        nothing_new = self.strings is None or "" in self.strings or START in self.strings
        return self.clauses if self.strings is None or nothing_new else (*self.clauses, self.strings)


_NOTHING: Final = _Part(frozenset(("",)))
_ANYTHING: Final = _Part(None)


@lru_cache(maxsize=20_000)
def needed_literals(pattern: str, *, multiline: bool = False) -> Clauses:
    """The strings without which this pattern cannot match, one of each set; empty where none can be told.

    A string that must open the text has `START` before it, unless ``^`` also stands for the beginning of a line.
    """
    reader = _Reader(pattern, _NOTHING if multiline else _Part(frozenset(START)))
    found = reader.either()
    return () if reader.lost or not reader.at_end else found.needed()


class WorthATry:
    """Patterns of `re`, and those of them that are worth trying on a text: it holds what they need."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._prefilter = Prefilter([needed_literals(pattern.pattern) for pattern in self._patterns])

    def on(self, text: str) -> list[re.Pattern[str]]:
        """The patterns to try on this text, in order."""
        return [self._patterns[number] for number in self._prefilter.candidates(text)]


class _Reader:
    """Reads a pattern once, left to right."""

    def __init__(self, pattern: str, beginning: _Part) -> None:
        self._pattern = pattern
        self._beginning = beginning
        self._at = 0
        self.lost = False
        """Whether something was met that only the library understands."""

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._pattern)

    def either(self) -> _Part:
        """The alternatives from here to the end of the group."""
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        strings = [branch.strings for branch in branches if branch.strings is not None]
        together = frozenset().union(*strings)
        if len(strings) == len(branches) and len(together) <= _MOST:
            return _Part(together)
        needs = [branch.needed() for branch in branches]
        if not all(needs):
            return _ANYTHING
        return _Part(None, (frozenset().union(*(min(clauses, key=commonness) for clauses in needs)),))

    def _sequence(self) -> _Part:
        """One thing after another; what is next to each other makes longer strings."""
        clauses: list[frozenset[str]] = []
        joined = frozenset(("",))
        whole = True
        while self._peek() not in ("", "|", ")") and not self.lost:
            part = self._repeated(self._item())
            clauses.extend(part.clauses)
            if part.strings is not None and len(joined) * len(part.strings) <= _MOST:
                joined = frozenset(_after(left, right) for left, right in product(joined, part.strings))
                continue
            whole = False
            clauses.extend(_Part(joined).needed())
            joined = frozenset(("",)) if part.strings is None else part.strings
        if whole:
            return _Part(joined, tuple(clauses))
        return _Part(None, (*clauses, *_Part(joined).needed()))

    def _item(self) -> _Part:
        character = self._peek()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        escape = ESCAPE.match(self._pattern, self._at)
        if escape:
            self._at = escape.end()
            return self._escaped(escape.group())
        self._at += 1
        if character == "^":
            return self._beginning
        if character == "$":
            return _NOTHING
        if character in "?*+{":
            self.lost = True  # a count that is none, or one the library alone knows: {e<=1}
        return _ANYTHING if character == "." else _Part(frozenset(character))

    def _escaped(self, escape: str) -> _Part:
        if escape == _LINE_FEED:
            return _Part(frozenset("\n"))
        self.lost = self.lost or escape[1] in _UNREAD_ESCAPES
        return _ANYTHING if escape[1].isalnum() else _Part(frozenset(escape[1]))

    def _group(self) -> _Part:
        opening = _GROUP.match(self._pattern, self._at)
        if opening is None or (self._pattern.startswith("(?", self._at) and opening.end() == self._at + 1):
            self.lost = True  # flags, conditions, comments
            return _ANYTHING
        self._at = opening.end()
        inner = self.either()
        self._at += 1
        if opening["sees_no"]:
            return _NOTHING
        return _Part(_NOTHING.strings, inner.needed()) if opening["sees"] else inner

    def _set(self) -> _Part:
        end = self._pattern.find("]", self._at + 2)
        members = self._pattern[self._at + 1 : end]
        self.lost = self.lost or end < 0 or "[" in members
        self._at = end + 1
        return _ANYTHING if members[0] == "^" or "-" in members or "\\" in members else _Part(frozenset(members))

    def _repeated(self, part: _Part) -> _Part:
        """The part as often as the count after it says."""
        count = _COUNT.match(self._pattern, self._at)
        if count:
            self._at = count.end()
            least, once_at_most = int(count["least"] or 0), count["more"] == ",1"
            more = count["more"] is not None
        elif self._peek() and self._peek() in "?*+":
            least, more, once_at_most = int(self._peek() == "+"), True, self._peek() == "?"
            self._at += 1
        else:
            return part
        if self._peek() and self._peek() in "?+":  # lazy or possessive: the same strings
            self._at += 1
        if least == 0:
            optional = once_at_most and part.strings is not None
            return _Part(part.strings | {""}) if optional and part.strings is not None else _ANYTHING
        return part if least == 1 and not more else _Part(None, part.needed())

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]


def _after(left: str, right: str) -> str:
    """One string after the other. ``^`` after ``^`` is the same beginning; after a character it never holds."""
    return left + right.removeprefix(START) if left else right
