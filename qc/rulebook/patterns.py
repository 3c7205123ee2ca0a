"""Patterns of the lexicons: compiled once, and tried only on texts that hold what they cannot match without.

A pattern is a regular expression of the `regex` module over normalised text (`qc.text.normalise`): half width, lower
case, digits as 零 to 九, no punctuation, ``.`` never crossing a sentence end. Rules written the human way are brought
into that form: ``4S`` means ``四s``.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

import regex

from qc.literals import Prefilter
from qc.rulebook.needed import ESCAPE, needed_literals
from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qc.literals import Clauses

PLACE: Final = "@"
"""Stands in guards and ``unless`` for the words that were found."""

_META: Final = frozenset("[](){}|?*+.^$\\<>=!:,-@")
_BACK_REFERENCE: Final = regex.compile(r"\\\d")
_COUNT: Final = regex.compile(r"\{\d*(?:,\d*)?\}")


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
        escape = ESCAPE.match(pattern, i)
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


_WIDE: Final = regex.compile(r"[*+]|\{\d*,\}|\{\d*,\d{2,}\}")
"""Repeats of ten and more."""
_PATIENCE_S: Final = 1.0
_LONG_TEXT: Final = 300
"""Characters; half a minute of fast speech has 200."""


@lru_cache(maxsize=20_000)
def refuse_slow(pattern: str) -> None:
    """Nothing for a pattern that is fast on a long text of its own characters; few repeats are fast anyhow.

    Raises:
        ValueError: if it takes longer than anybody should wait: a repeat of a repeat may need years.
    """
    if len(_WIDE.findall(pattern)) < 2:  # noqa: PLR2004 - one repeat alone is looked through once
        return
    said = "".join(dict.fromkeys(c for c in pattern if c.isalnum())) or "的"
    tried = _compiled(pattern.replace(PLACE, ""))
    for text in ((said * _LONG_TEXT)[:_LONG_TEXT], *(character * _LONG_TEXT for character in said[:8])):
        try:
            # What the pattern needs stands behind a sentence end, so that it has to try and cannot succeed.
            tried.search(f"{text}\n{said}\n", timeout=_PATIENCE_S)
        except TimeoutError as error:
            raise ValueError(f"{pattern!r} takes too long on a long sentence") from error


class Surrounding:
    """A guard or ``unless``: a pattern about the sentence in which words were found.

    ``不能.{0,4}@`` looks just before them, ``@.{0,6}不可以`` just after, ``(不能)保证`` anywhere in their sentence.
    """

    def __init__(self, pattern: str) -> None:
        before, place, after = pattern.partition(PLACE)
        if place and (PLACE in after or len(alternatives(before)) > 1 or len(alternatives(after)) > 1):
            raise ValueError(f"{pattern!r}: {PLACE} stands once in a pattern, and alternatives around it need brackets")
        if place and not (_is_whole(before) and _is_whole(after)):
            raise ValueError(f"{pattern!r}: {PLACE} must stand outside all brackets")
        self._anywhere = None if place else compiled(before)
        self._before = _compiled(rf"(?:{before})\Z") if place and before else None
        self._after = _compiled(after) if place and after else None
        self.needs: Clauses = tuple(
            clause for part in (before, after) for clause in needed_literals(part, multiline=True)
        )
        """What the words around must have; ``^`` stands where the stretch begins, not the text."""

    def words(self, before: str, found: str, after: str) -> str | None:
        """The words of the stretch ``before + found + after`` that meet the pattern; None if it is not met."""
        if self._anywhere is not None:
            anywhere = self._anywhere.search(before + found + after)
            return None if anywhere is None else anywhere.group()
        ahead = behind = None
        if self._before is not None and (ahead := self._before.search(before)) is None:
            return None
        if self._after is not None and (behind := self._after.match(after)) is None:
            return None
        return (ahead.group() if ahead else "") + found + (behind.group() if behind else "")

    def holds(self, before: str, found: str, after: str) -> bool:
        """Whether the pattern is met by the stretch ``before + found + after``."""
        return self.words(before, found, after) is not None


def _is_whole(pattern: str) -> bool:
    """Whether every bracket that this part of a pattern opens is closed in it."""
    depth = i = 0
    while i < len(pattern) and depth >= 0:
        escape = ESCAPE.match(pattern, i)
        piece = escape.group() if escape else pattern[i]
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        i += len(piece)
    return depth == 0


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
        escape = ESCAPE.match(pattern, i)
        piece = escape.group() if escape else pattern[i]
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if piece == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
        i += len(piece)
    return tuple(parts)


def is_plain(pattern: str) -> bool:
    """Whether this normalised pattern is nothing but the words it finds."""
    return pattern != "" and "\\" not in pattern and _META.isdisjoint(pattern)


class PatternIndex:
    """Many patterns, ready to be found in a text that holds what they need; what is plain words is not compiled."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._compiled = {number: compiled(pattern) for number, pattern in enumerate(patterns) if not is_plain(pattern)}
        self._prefilter = Prefilter([_needs(pattern) for pattern in patterns])

    def candidates(self, text: str) -> list[int]:
        """The numbers of the patterns worth trying on this text, in order."""
        return self._prefilter.candidates(text)

    def places(self, number: int, text: str) -> list[tuple[int, int]]:
        """Where this pattern matches, as start and end."""
        if number in self._compiled:
            return [match.span() for match in self._compiled[number].finditer(text)]
        words = self.patterns[number]
        places: list[tuple[int, int]] = []
        start = text.find(words)
        while start >= 0:
            places.append((start, start + len(words)))
            start = text.find(words, start + len(words))
        return places

    def matching(self, text: str) -> Iterator[int]:
        """The numbers of the patterns that match, in order."""
        return (number for number in self.candidates(text) if self.places(number, text))


class AnyOf:
    """Patterns of which any will do; on a text only those are tried for which it has what they need."""

    def __init__(self, worth_a_try: Callable[[str], Sequence[regex.Pattern[str]]]) -> None:
        """``worth_a_try`` gives the patterns to try on a text, in the order in which they go before each other."""
        self._worth_a_try = worth_a_try

    def search(self, text: str) -> regex.Match[str] | None:
        """A match in this text, of the first pattern that has one."""
        for pattern in self._worth_a_try(text):
            if (match := pattern.search(text)) is not None:
                return match
        return None

    def match(self, text: str) -> regex.Match[str] | None:
        """The match at the beginning of this text."""
        for pattern in self._worth_a_try(text):
            if (match := pattern.match(text)) is not None:
                return match
        return None

    def finditer(self, text: str) -> Iterable[regex.Match[str]]:
        """Every match in this text, as if the patterns were one with ``|`` between them."""
        patterns = self._worth_a_try(text)
        return _interleaved(patterns, text) if len(patterns) > 1 else chain(*(p.finditer(text) for p in patterns))


def any_of(patterns: Sequence[str]) -> AnyOf:
    """These patterns, all tried on every text."""
    tried = tuple(map(compiled, patterns))
    return AnyOf(lambda _: tried)


def _interleaved(patterns: Sequence[regex.Pattern[str]], text: str) -> Iterator[regex.Match[str]]:
    ahead = [pattern.search(text) for pattern in patterns]
    while (first := min(filter(None, ahead), key=_start, default=None)) is not None:
        yield first
        free = max(first.end(), first.start() + 1)
        ahead = [
            pattern.search(text, free) if match is not None and match.start() < free else match
            for pattern, match in zip(patterns, ahead, strict=True)
        ]


def _start(match: regex.Match[str]) -> int:
    return match.start()


class AlternativesIndex:
    """Many lists of patterns of which any will do, all looked for in one pass; the last texts are remembered."""

    def __init__(self, lists: Iterable[tuple[str, ...]]) -> None:
        numbered = [
            (number, part)
            for number, patterns in enumerate(lists)
            for pattern in patterns
            for part in alternatives(pattern)
        ]
        prefilter = Prefilter([_needs(part) for _, part in numbered])

        @lru_cache(maxsize=256)
        def parts_for(text: str) -> dict[int, list[regex.Pattern[str]]]:
            parts: dict[int, list[regex.Pattern[str]]] = {}
            for candidate in prefilter.candidates(text):
                number, part = numbered[candidate]
                parts.setdefault(number, []).append(_compiled(part))
            return parts

        self._parts_for = parts_for

    def any_of(self, number: int) -> AnyOf:
        """The list of this number, ready to be looked for."""
        return AnyOf(lambda text: self._parts_for(text).get(number, ()))


def _needs(pattern: str) -> Clauses:
    return (frozenset((pattern,)),) if is_plain(pattern) else needed_literals(pattern)
