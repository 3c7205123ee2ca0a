"""Words of the trade, models, brands and 4S terms: how many of them were heard as they were said."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from pydantic import computed_field

from qc.domain import Record
from qc.measure.characters import comparable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.rulebook.needs import Brand, Vehicles


class WordErrors(Record):
    """Occurrences of domain words."""

    said: int = 0
    right: int = 0
    """Of those said: all characters heard, and nothing between them."""
    false: int = 0
    """Heard where that word was not said; these are beside ``said`` and not in the error rate."""

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(said=self.said + other.said, right=self.right + other.right, false=self.false + other.false)

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def rate(self) -> float:
        """The part of the words said that was not heard as said, 0 to 1; 0 of none is 0."""
        return (self.said - self.right) / self.said if self.said else 0.0


def domain_words(vehicles: Vehicles) -> re.Pattern[str]:
    """A pattern that finds domain words in texts made `comparable`, the longest first.

    They are the names of brands and series and what people call them, and the fixed list of 4S terms in
    ``domain_words.yaml``. Left out of the vehicles' names: spellings that are only a recogniser's mistake (listed in
    the same file), single characters (汉, 唐), bare numbers (320), and series that are also everyday words unless
    said with their brand.
    """
    content = yaml.safe_load(files(__package__).joinpath("domain_words.yaml").read_text("utf-8"))
    left_out = set(content["misheard"])
    names = {name for brand in vehicles.brands for name in _names(brand)} - left_out
    words = {comparable(word) for word in (*names, *content["terms"])}
    alternatives = sorted(
        (word for word in words if len(word) > 1 and not word.isdecimal()), key=lambda w: (-len(w), w)
    )
    return re.compile("|".join(map(_alone, alternatives)))


def _names(brand: Brand) -> Iterator[str]:
    yield from (brand.name, *brand.also)
    for series in brand.series:
        if series.needs_brand:
            yield f"{brand.name}{series.name}"
        else:
            yield from (series.name, *series.also)


def _alone(word: str) -> str:
    """The word where its Latin letters and digits are not part of longer ones: A4 is not in A45."""
    before = r"(?<![a-z0-9])" if word[0].isascii() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() else ""
    return f"{before}{re.escape(word)}{after}"


def count_words(
    said: str, heard: str, pairs: Sequence[tuple[int | None, int | None]], words: re.Pattern[str]
) -> WordErrors:
    """How many domain words of ``said`` were heard, by an alignment of the two comparable texts."""
    same = [(i, j) for i, j in pairs if i is not None and j is not None and said[i] == heard[j]]
    heard_at, said_at = dict(same), {j: i for i, j in same}
    spoken = [match.span() for match in words.finditer(said)]
    noted = [match.span() for match in words.finditer(heard)]
    return WordErrors(
        said=len(spoken),
        right=sum(_kept(span, heard_at) for span in spoken),
        false=sum(not _kept(span, said_at) for span in noted),
    )


def _kept(span: tuple[int, int], counterpart: dict[int, int]) -> bool:
    """Whether all characters of this stretch have the same ones on the other side, without a break."""
    first = counterpart.get(span[0])
    return first is not None and all(counterpart.get(at) == first + at - span[0] for at in range(*span))
