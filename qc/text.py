"""Text brought into one form for matching, with the way back to the original characters kept.

Rules are written on normalised characters: 打我卡 must find 打 我 卡, 打我、卡 and 打，嗯，我我卡, and the quote
shown to a person must still be cut from what was said: ``original[start:end]``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import regex

from qc.domain import Record

SENTENCE_END: Final = "\n"
"""Stands for 。！？； in normalised text, so that ``.`` in a pattern never crosses from sentence to sentence."""
QUESTION: Final = "?"
"""Kept before `SENTENCE_END` where a question mark stood; guards look for it."""
COMMA: Final = ","
"""Stands for pauses within a sentence in text normalised with ``pauses=True``."""

_MARKS: Final = frozenset((SENTENCE_END, QUESTION, COMMA))
_STOPS: Final = frozenset("。！!;；\n")
_QUESTIONS: Final = frozenset("？?")
_PAUSES: Final = frozenset("，,、：:—–-…")
_HESITATIONS: Final = frozenset("嗯呃欸诶")
"""Sounds that carry no meaning; 哎, 啊, 吧, 呢, 吗 do (refusal, question) and stay, and so does a 嗯 that opens the
text, since it may be the answer."""
_YES: Final = "嗯"
_FILLERS: Final = regex.compile(
    r"(?:^|(?<=[，、。！？…,\s嗯呃]))(?:那个|这个|就是说?|怎么说呢|那什么|那啥)(?=[，、…, \t嗯呃])"
)
"""Words that fill a pause when they stand alone between pauses; 那个车 is not one, and 那个。 says something."""
_STUTTERED: Final = frozenset("我您你他她这那就的是咱俺")
_DIGITS: Final = str.maketrans("0123456789幺〇", "零一二三四五六七八九一零")


class Normalised(Record):
    """Text in matching form; ``offsets[i]`` is where its character ``i`` stands in the original."""

    text: str
    offsets: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that became ``text[start:end]``, without stops and pauses at its edges."""
        while start < end and self.text[start] in _MARKS:
            start += 1
        while end > start and self.text[end - 1] in _MARKS:
            end -= 1
        if start == end:
            at = self.offsets[start] if start < len(self.offsets) else (self.offsets[-1] + 1 if self.offsets else 0)
            return at, at
        return self.offsets[start], self.offsets[end - 1] + 1

    def position_of(self, offset: int) -> int:
        """The first position whose character stands at or after this offset of the original."""
        return next((i for i, at in enumerate(self.offsets) if at >= offset), len(self.offsets))


def normalise(text: str, *, pauses: bool = False) -> Normalised:
    """The text in matching form: half width, lower case, digits as 零 to 九, no spaces, hesitations or stutters.

    Sentence ends become `SENTENCE_END` (after `QUESTION` where one was asked). Commas and other pauses vanish, or
    become `COMMA` with ``pauses``. Normalising text that was normalised without pauses changes nothing.
    """
    skipped = {i for match in _FILLERS.finditer(text) for i in range(*match.span())}
    characters: list[str] = []
    offsets: list[int] = []
    for offset, raw in enumerate(text):
        if offset in skipped:
            continue
        for character in _YES if raw == _YES and not characters else _forms(raw, pauses=pauses):
            last = characters[-1] if characters else SENTENCE_END
            if character == SENTENCE_END and last == COMMA:
                characters[-1] = SENTENCE_END
            elif not _merges(character, last):
                characters.append(character)
                offsets.append(offset)
    if characters and characters[-1] == COMMA:
        characters.pop()
        offsets.pop()
    return Normalised(text="".join(characters), offsets=tuple(offsets))


def _forms(raw: str, *, pauses: bool) -> str:
    """What one character of the original becomes."""
    if raw in _QUESTIONS:
        return QUESTION + SENTENCE_END
    if raw in _STOPS:
        return SENTENCE_END
    if raw in _PAUSES:
        return COMMA if pauses else ""
    return _folded(raw)


def _merges(character: str, last: str) -> bool:
    """Whether this character says nothing new after the last: a second stop, a question without words, a stutter."""
    if character in (SENTENCE_END, COMMA, QUESTION):
        return last in (SENTENCE_END, COMMA) or (character == last == QUESTION)
    return character == last and character in _STUTTERED


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    if character in _HESITATIONS:
        return ""
    folded = unicodedata.normalize("NFKC", character).lower().translate(_DIGITS)
    return "".join(c for c in folded if c.isalnum() or c == "%")
