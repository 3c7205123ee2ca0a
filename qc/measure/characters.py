"""Character errors: texts as they are compared, aligned, and the edits between them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import computed_field

from qc.domain import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS: Final = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")
UNITS: Final = {"千": 1000, "百": 100, "十": 10}


class CharacterErrors(Record):
    """Edits that turn what was heard into what was said."""

    substitutions: int = 0
    deletions: int = 0
    """Said and not heard."""
    insertions: int = 0
    """Heard and not said."""
    said: int = 0
    """Characters of the reference."""

    def __add__(self, other: CharacterErrors) -> CharacterErrors:
        return CharacterErrors(
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
            said=self.said + other.said,
        )

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def rate(self) -> float:
        """Character error rate: edits over characters said; above 1 where much is invented."""
        edits = self.substitutions + self.deletions + self.insertions
        return edits / self.said if self.said else float(edits > 0)


def count_errors(said: str, heard: str, pairs: Sequence[tuple[int | None, int | None]]) -> CharacterErrors:
    """The edits of an alignment of these two texts."""
    return CharacterErrors(
        substitutions=sum(i is not None and j is not None and said[i] != heard[j] for i, j in pairs),
        deletions=sum(j is None for _, j in pairs),
        insertions=sum(i is None for i, _ in pairs),
        said=len(said),
    )


def comparable(text: str) -> str:
    """The text as it is compared: what a listener could not hear is taken out, and numerals are written one way.

    Full-width and half-width, capitals, spaces and punctuation are levelled. Numbers become Arabic digits on both
    sides: 十八万, 18万 and 180000 → 18万; 三百五 → 350; 一三八 and 幺三八 → 138; 百分之二十 and 20% → 百分之20;
    十八点五 and 18.5 → 18点5. Fillers (嗯, 那个) stay: they were said. Traditional characters stay, and count as errors.
    A clock written 3:30 does not equal 三点半.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "点", text)
    text = re.sub(r"(\d+(?:点\d+)?)%", r"百分之\1", text)
    text = _NUMERAL.sub(lambda match: str(_value(match)), text)
    text = text.translate(DIGITS)
    text = re.sub(r"(?<!\d)(\d{1,4})(\d000)(?!\d)", _in_ten_thousands, text)
    return "".join(character for character in text if character.isalnum())


_DIGIT = "[一二两三四五六七八九]"
_NUMERAL: Final = re.compile(
    f"(?:(?P<千>{_DIGIT})千)?(?:零?(?P<百>{_DIGIT})百)?(?:零?(?P<十>{_DIGIT})?(?P<ten>十))?(?:(?P<zero>零)?(?P<one>{_DIGIT}))?"
)


def _value(match: re.Match[str]) -> str:
    parts = match.groupdict()
    units = [unit for unit in UNITS if parts[unit] or (unit == "十" and parts["ten"])]
    if not units:
        return match.group()
    total = sum(int((parts[unit] or "一").translate(DIGITS)) * UNITS[unit] for unit in units)
    if parts["one"]:
        # 三百五 is 350, 三百零五 and 二十五 are what they say.
        colloquial = units[-1] != "十" and not parts["zero"]
        total += int(parts["one"].translate(DIGITS)) * (UNITS[units[-1]] // 10 if colloquial else 1)
    return str(total)


def _in_ten_thousands(match: re.Match[str]) -> str:
    rest = int(match.group(2))
    return f"{match.group(1)}万{rest or ''}"


def align(said: str, heard: str) -> list[tuple[int | None, int | None]]:
    """The cheapest edit of one text into the other, as pairs of positions; None stands where one side has nothing."""
    rows, columns = len(said), len(heard)
    cost = np.empty((rows + 1, columns + 1), dtype=np.int32)
    steps = np.arange(columns + 1, dtype=np.int32)
    cost[0] = steps
    codes = np.array([ord(character) for character in heard], dtype=np.int32)
    for i, character in enumerate(said, start=1):
        best = np.empty(columns + 1, dtype=np.int32)
        best[0] = i
        np.minimum(cost[i - 1, :-1] + (codes != ord(character)), cost[i - 1, 1:] + 1, out=best[1:])
        # An insertion costs 1 more than its left neighbour: a running minimum along the row.
        cost[i] = np.minimum.accumulate(best - steps) + steps
    pairs: list[tuple[int | None, int | None]] = []
    i, j = rows, columns
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
