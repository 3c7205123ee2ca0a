"""Text brought into one form for matching, with the way back to the original characters kept.

Rules are written on normalised characters: 打我卡 must find 打 我 卡, 打我、卡 and 打，嗯，我我卡, and the quote
shown to a person must still be cut from what was said: ``original[start:end]``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property, lru_cache
from typing import Final

import regex

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
_VANISHES: Final = "呃"
"""A hesitation; stands in for words that fill a pause where places are counted."""
_FILLING: Final = re.compile("[那这]个|就是|怎么说呢|那什么|那啥")
"""What `_FILLERS` cannot match without."""
_STUTTERED: Final = frozenset("我您你他她这那就的是咱俺")
_MERGING: Final = _MARKS | _STUTTERED
"""What may say nothing new after what stands before it."""
_STUTTER: Final = re.compile(f"([{''.join(sorted(_STUTTERED))}])\\1+")
_UNCHANGED: Final = re.compile(
    rf"(?:(?![{''.join(sorted(_STUTTERED | _HESITATIONS))}幺])[一-鿿]|([{''.join(sorted(_STUTTERED))}])(?!\1))+"
)
"""Characters that stay as they are, unless the first of them says again what stands before it."""
_COMMA_BEFORE_STOP: Final = re.compile(r",[,?]*\n")
_COMMAS: Final = re.compile(r",{2,}")
_STOPS_AFTER_STOP: Final = re.compile(r"(\?\n|\n)[?\n,]+")
_DIGITS: Final = str.maketrans("0123456789幺〇", "零一二三四五六七八九一零")


class Normalised:
    """Text in matching form, with the way back to the original."""

    def __init__(self, original: str, *, pauses: bool = False) -> None:
        self.text = _in_form(original, pauses=pauses)
        self._original = original
        self._pauses = pauses

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each character of ``text`` stands in the original. Asked for only where something was found."""
        return _spelled(self._original, pauses=self._pauses)[1]

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
        return bisect_left(self.offsets, offset)


@lru_cache(maxsize=256)
def normalise(text: str, *, pauses: bool = False) -> Normalised:
    """The text in matching form: half width, lower case, digits as 零 to 九, no spaces, hesitations or stutters.

    Sentence ends become `SENTENCE_END` (after `QUESTION` where one was asked). Commas and other pauses vanish, or
    become `COMMA` with ``pauses``. Normalising text that was normalised without pauses changes nothing.

    The last few are remembered: rules, must-say lines and guards all read the same utterances.
    """
    return Normalised(text, pauses=pauses)


def _in_form(text: str, *, pauses: bool) -> str:
    """The text in form, made of whole strings: what `_spelled` says, in a third of the time."""
    if _FILLING.search(text):
        text = _FILLERS.sub("", text)
    forms = _FORMS_WITH_PAUSES if pauses else _FORMS
    opening = text.find(_YES)
    if opening >= 0 and _MARKS.issuperset(text[:opening].translate(forms)):
        form = _YES + text[opening + 1 :].translate(forms)
    else:
        form = text.translate(forms).lstrip("".join(_MARKS))
    if pauses:
        form = _COMMA_BEFORE_STOP.sub(SENTENCE_END, form)
        form = _COMMAS.sub(COMMA, form).removesuffix(COMMA)
    # Searching takes a fifth of the time of replacing nothing.
    if _STOPS_AFTER_STOP.search(form):
        form = _STOPS_AFTER_STOP.sub(r"\1", form)
    return _STUTTER.sub(r"\1", form) if _STUTTER.search(form) else form


def _spelled(text: str, *, pauses: bool) -> tuple[str, tuple[int, ...]]:
    """The text in form, character by character, and where each of them stands in the text."""
    if _FILLING.search(text):
        text = _FILLERS.sub(lambda match: _VANISHES * len(match.group()), text)
    forms = _FORMS_WITH_PAUSES if pauses else _FORMS
    characters: list[str] = []
    offsets: list[int] = []
    last = SENTENCE_END
    offset = 0
    while offset < len(text):
        raw = text[offset]
        run = _UNCHANGED.match(text, offset) if raw != last else None
        if run is not None:
            characters.extend(run.group())
            offsets.extend(range(offset, run.end()))
            offset = run.end()
            last = text[offset - 1]
            continue
        for character in forms[ord(raw)] if raw != _YES or characters else _YES:
            if character in _MERGING and _merges(character, last):
                continue
            if character == SENTENCE_END and last == COMMA:
                characters[-1] = SENTENCE_END
            else:
                characters.append(character)
                offsets.append(offset)
            last = character
        offset += 1
    if last == COMMA:
        characters.pop()
        offsets.pop()
    return "".join(characters), tuple(offsets)


class _FormsByCharacter(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __init__(self, *, pauses: bool) -> None:
        super().__init__()
        self._pauses = pauses

    def __missing__(self, code: int) -> str:
        self[code] = _forms(chr(code), pauses=self._pauses)
        return self[code]


_FORMS: Final = _FormsByCharacter(pauses=False)
_FORMS_WITH_PAUSES: Final = _FormsByCharacter(pauses=True)


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
    if character == SENTENCE_END:
        return last == SENTENCE_END
    if character in _MARKS:
        return last in (SENTENCE_END, COMMA)
    return character == last


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    if character in _HESITATIONS:
        return ""
    folded = unicodedata.normalize("NFKC", character).lower().translate(_DIGITS)
    return "".join(c for c in folded if c.isalnum() or c == "%")
