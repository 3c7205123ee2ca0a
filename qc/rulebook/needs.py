"""The shape of ``lexicons/vehicles.yaml`` and ``needs.yaml``."""

from __future__ import annotations

import re
import string
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from qc.domain import Record
from qc.literals import Literals, Prefilter
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.needed import needed_literals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Pattern = Annotated[re.Pattern[str], AfterValidator(lambda pattern: re.compile(pattern.pattern, re.MULTILINE))]
"""A pattern over all lines of one party at once, so ``^`` and ``$`` stand for the edges of a line."""
Name = Annotated[str, Field(min_length=1)]

# ---------------------------------------------------------------- vehicles

_FOLD = str.maketrans("零〇幺一二两三四五六七八九", "0011223456789")
_FOLDED = frozenset(map(chr, _FOLD))
_SKIPPED = frozenset(" -.·　")


_HUNDREDS = re.compile(
    r"(?<![一二两三四五六七八九十百])[一二两三四五六七八九]百(?:零?[一二三四五六七八九](?![十百千万]))?"
)


@lru_cache(maxsize=256)
def fold(text: str) -> tuple[str, Sequence[int]]:
    """A text in the form vehicle names are compared in, and where each of its characters stood.

    Lower case, digits for spoken digits, without spaces and hyphens: ``CS 七五`` and ``cs75`` are the same, and so are
    ``C两百六``, ``C二六零`` and ``C260``.
    """
    kept: Sequence[int] = range(len(text))
    plain = text.lower()
    if not _SKIPPED.isdisjoint(text):
        kept = [at for at, character in enumerate(text) if character not in _SKIPPED]
        plain = "".join([text[at] for at in kept]).lower()
    hundreds = {match.start(): match.end() for match in _HUNDREDS.finditer(plain)} if "百" in plain else {}
    if not hundreds:
        return (plain if _FOLDED.isdisjoint(plain) else plain.translate(_FOLD)), kept
    folded: list[str] = []
    places: list[int] = []
    free = 0
    for index, character in enumerate(plain):
        if index in hundreds:
            digits, last = _three_digits(plain[index : hundreds[index]]), hundreds[index] - 1
            folded += digits
            places += [kept[min(index + step, last)] for step in range(len(digits))]
            free = hundreds[index]
        elif index >= free:
            folded.append(character.translate(_FOLD))
            places.append(kept[index])
    return "".join(folded), places


def _three_digits(said: str) -> str:
    """两百六 as 260, 三百零五 as 305, 四百 as 400."""
    rest = said[2:]
    tail = f"0{rest[-1]}" if rest.startswith("零") else f"{rest}0" if rest else "00"
    return f"{said[0]}{tail}".translate(_FOLD)


class Energy(StrEnum):
    """What drives it."""

    PETROL = "燃油"
    HYBRID = "混动"
    PLUG_IN = "插混"
    RANGE_EXTENDED = "增程"
    ELECTRIC = "纯电"


Body = Literal["轿车", "SUV", "MPV", "跑车", "皮卡", "微型车", "旅行车", "客车", "货车"]
"""What kind of car it is, as ``vehicles.yaml`` and ``tags.yaml`` write it."""


class Series(Record):
    """A model as the memo names it, and as people and recognisers say it."""

    name: Name
    class_: Annotated[Body, Field(alias="class")]
    energy: Energy
    also: tuple[Name, ...] = ()
    variants: tuple[Name, ...] = ()
    """Engines said in place of the series (325, C260), without what letters follow them (Li): the memo adds them."""
    maker: str | None = None
    """The joint venture that sells it, where a brand has several that compete."""
    needs_brand: bool = False
    """Its short form is also an everyday word or another brand's name: it counts only next to its brand."""


class Brand(Record):
    """A marque with its series."""

    name: Name
    also: tuple[Name, ...] = ()
    origin: Literal["合资", "豪华", "自主", "新势力", "进口"]
    series: tuple[Series, ...] = ()


_VARIANT_ENDINGS = ("", "l", "i", "li", "h", "e", "le", "t")
"""Long, injection, hybrid and the like, as they are said after an engine: 325Li, C260L, ES300h."""


class SpokenName(NamedTuple):
    """One way to say a series; ``series`` is None for the brand itself."""

    brand: Brand
    series: Series | None
    whole: bool
    """Whether these words name it without help from what was said before."""
    variant: bool = False
    """Whether these words are one of its `Series.variants`."""


class Vehicles(Record):
    """Brands and series of the Chinese market."""

    everyday: tuple[Name, ...] = ()
    """Names that are also everyday words (理想, 海豚): they count only where a car is looked at, bought or compared."""
    brands: Annotated[tuple[Brand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [series.name for brand in self.brands for series in brand.series]
        names += [brand.name for brand in self.brands]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        for brand in self.brands:
            for series in brand.series:
                if series.maker is not None and series.maker not in (*brand.also, brand.name):
                    raise ValueError(
                        f"{series.name}: the maker {series.maker!r} is not among the names of {brand.name}"
                    )
        return self

    @cached_property
    def spoken(self) -> dict[str, tuple[SpokenName, ...]]:
        """What each folded name can mean."""
        names: dict[str, list[SpokenName]] = {}
        for brand in self.brands:
            for form in (brand.name, *brand.also):
                names.setdefault(fold(form)[0], []).append(SpokenName(brand, None, whole=True))
            for series in brand.series:
                for form, whole in _forms(brand, series):
                    names.setdefault(fold(form)[0], []).append(SpokenName(brand, series, whole))
                for variant in series.variants:
                    for ending in _VARIANT_ENDINGS:
                        form = fold(variant + ending)[0]
                        whole = not form.isdecimal()
                        names.setdefault(form, []).append(SpokenName(brand, series, whole, variant=True))
        return {form: tuple(dict.fromkeys(meanings)) for form, meanings in names.items() if form}

    @cached_property
    def everyday_words(self) -> frozenset[str]:
        """`everyday`, folded."""
        return frozenset(fold(word)[0] for word in self.everyday)

    @cached_property
    def _forms(self) -> Literals:
        return Literals((form, 0) for form in self.spoken)

    @cached_property
    def series_named(self) -> dict[str, Series]:
        """Each series by its name, as the memo has it."""
        return {series.name: series for brand in self.brands for series in brand.series}

    def starts(self, folded: str) -> list[int]:
        """Where the name of a brand or a series may begin in this folded text, in order."""
        return sorted({start for _, start in self._forms.places_in(folded)})

    @cached_property
    def lengths(self) -> dict[str, tuple[int, ...]]:
        """The lengths of the folded names by their first character, longest first."""
        lengths: dict[str, set[int]] = {}
        for form in self.spoken:
            lengths.setdefault(form[0], set()).add(len(form))
        return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def brand_of_dealer(self, name: str | None, store: str | None) -> tuple[Brand | None, str | None]:
        """The brand a dealer sells, and which of its makers, from the longest name found in what the dealer is called.

        Where none is found, the only brand whose name begins so: 捷达 is 捷达汽车.
        """
        return self._dealers(name, store)

    @cached_property
    def _dealers(self) -> Callable[[str | None, str | None], tuple[Brand | None, str | None]]:
        """An installation has few dealers and many calls of each."""
        return lru_cache(maxsize=1_000)(self._read_dealer)

    def _read_dealer(self, name: str | None, store: str | None) -> tuple[Brand | None, str | None]:
        for text in (name, store):
            found = [
                (len(form), brand, form)
                for brand in self.brands
                for form in (brand.name, *brand.also)
                if text and form.lower() in text.lower()
            ]
            if found:
                _, brand, _form = max(found, key=lambda item: item[0])
                makers = {series.maker for series in brand.series}
                named = [maker for maker in makers if maker not in (None, brand.name) and str(maker) in (text or "")]
                return brand, max(named, key=len, default=None)
        begun = [brand for brand in self.brands if name and brand.name.startswith(name)]
        return (begun[0] if len(begun) == 1 else None), None


def _forms(brand: Brand, series: Series) -> list[tuple[str, bool]]:
    whole = not series.needs_brand
    forms = [(series.name, True if series.name.startswith(brand.name) else whole)]
    # 吉利 is also called 银河: its 银河E8 is E8 to a dealer of it.
    called = next((form for form in (brand.name, *brand.also) if series.name.startswith(form)), brand.name)
    short = series.name.removeprefix(called).strip()
    if short and short != series.name:
        # Two letters (GT, ES) are said of too many cars; one character (汉) only of ours, where the talk is of a car.
        letters = short.isascii() and short.isalpha() and len(short) < 3  # noqa: PLR2004
        forms.append((short, whole and called == brand.name and not letters and not short.isdecimal()))
    for also in series.also:
        named = also.startswith(brand.name)
        forms.append((also, named or (whole and not also.isdecimal())))
    return [(form, sure) for form, sure in forms if fold(form)[0]]


def load_vehicles(path: Path) -> Vehicles:
    """The vehicles in this file.

    Raises:
        BadRulebook: naming file and field of the first mistake.
    """
    return fit(read_yaml(path), Vehicles, where=path.name)


# ---------------------------------------------------------------- needs


class Wish(Record):
    """A need in the memo's words, the patterns that say it, and what excuses them.

    ``means`` may hold ``{name}`` for a named group of the pattern that matched.
    """

    means: Name
    say: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    unless: tuple[Pattern, ...] = ()
    """Patterns on the clause that was matched."""
    asked: Pattern | None = None
    """If given, the agent's line before must contain it."""
    fallback: bool = False
    """A general pattern (怕…) that stands only where no other need was found in the same words."""

    @model_validator(mode="after")
    def _names_what_it_finds(self) -> Self:
        wanted = {name for _, name, _, _ in string.Formatter().parse(self.means) if name is not None} - {"said"}
        for pattern in self.say:
            missing = wanted - {name.rstrip("0123456789") for name in pattern.groupindex}
            if missing:
                raise ValueError(
                    f"{self.means!r} names {', '.join(sorted(missing))}, which {pattern.pattern!r} does not find"
                )
        return self


class Topic(Record):
    """A thing people want or worry about, as the memo names it and as they say it; no word of wanting or worrying."""

    means: Name
    say: Pattern
    alone: bool = False
    """Its words say by themselves that it worries."""


class Topics(Record):
    """Topics, and what must stand beside one for it to be a need."""

    cues: Pattern
    """What shows, in the clause or the ones beside it, that the topic is wanted or worries."""
    asks: Pattern
    """An agent's question that makes a topic in the answer a need."""
    unless: Pattern
    """What makes a clause no need: another's car, an indifferent word."""
    topics: tuple[Topic, ...]


class TopicPlace(NamedTuple):
    """A topic in a text, and what the memo calls it there."""

    topic: Topic
    match: re.Match[str]
    name: str


class TopicIndex:
    """Topics, ready to be looked for."""

    def __init__(self, topics: Topics, worth_a_try: Callable[[str], Sequence[int]]) -> None:
        """``worth_a_try`` gives the numbers, in order, of those worth looking for in a text."""
        self.of = topics
        self._worth_a_try = worth_a_try

    def places(self, text: str) -> Iterator[TopicPlace]:
        """The topics that this text speaks of, in the lexicon's order."""
        for number in self._worth_a_try(text):
            topic = self.of.topics[number]
            for match in topic.say.finditer(text):
                groups: dict[str, str] = {}
                for group, value in match.groupdict().items():
                    plain = group.rstrip("0123456789")
                    groups[plain] = groups.get(plain) or value or ""
                yield TopicPlace(topic, match, topic.means.format(said=match.group(), **groups))


class WishIndex:
    """One kind of wishes, general ones last, and those of their patterns that are worth trying on a text."""

    def __init__(self, said: Sequence[tuple[Wish, Pattern]], worth_a_try: Callable[[str], Sequence[int]]) -> None:
        """``worth_a_try`` gives the numbers, in order, of what is in ``said`` for a text."""
        self._said = said
        self._worth_a_try = worth_a_try

    def worth_a_try(self, text: str) -> Iterator[tuple[Wish, list[Pattern]]]:
        """The wishes that this text may show, each with its patterns, in order."""
        found = [self._said[number] for number in self._worth_a_try(text)]
        for _, said in groupby(found, key=lambda item: id(item[0])):
            patterns = list(said)
            yield patterns[0][0], [pattern for _, pattern in patterns]


def _wish_indexes(kinds: Sequence[Iterable[Wish]]) -> tuple[WishIndex, ...]:
    """An index for each kind."""
    by_kind = [
        [(wish, pattern) for wish in sorted(wishes, key=lambda wish: wish.fallback) for pattern in wish.say]
        for wishes in kinds
    ]
    worth_a_try = _in_one_pass([[pattern for _, pattern in said] for said in by_kind])
    return tuple(WishIndex(said, numbers) for said, numbers in zip(by_kind, worth_a_try, strict=True))


def _in_one_pass(kinds: Sequence[Sequence[Pattern]]) -> tuple[Callable[[str], list[int]], ...]:
    """For each kind of patterns, what gives the numbers, in order, of those worth trying on a text.

    A text is looked through once for all kinds, and those of a call are remembered.
    """
    places = [(kind, number) for kind, patterns in enumerate(kinds) for number in range(len(patterns))]
    prefilter = _worth_a_try(pattern for patterns in kinds for pattern in patterns)

    @lru_cache(maxsize=256)
    def numbers_for(text: str) -> tuple[list[int], ...]:
        numbers: tuple[list[int], ...] = tuple([] for _ in kinds)
        for candidate in prefilter.candidates(text):
            kind, number = places[candidate]
            numbers[kind].append(number)
        return numbers

    def of(kind: int, text: str) -> list[int]:
        return numbers_for(text)[kind]

    return tuple(partial(of, kind) for kind in range(len(kinds)))


class Kin(Record):
    """Someone whose view may count, as the memo names them and as customers do."""

    means: Name
    say: Pattern


class Promise(Record):
    """Something an agent undertakes to do, found by its verb."""

    id: str
    say: Annotated[tuple[Pattern, ...], Field(min_length=1)]


def _either(patterns: Iterable[Pattern]) -> Pattern:
    """One pattern for all of these, so that a text is searched once."""
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns), re.MULTILINE)


def _worth_a_try(patterns: Iterable[Pattern]) -> Prefilter:
    return Prefilter([needed_literals(pattern.pattern, multiline=True) for pattern in patterns])


class Needs(Record):
    """Words of the memo."""

    heard: tuple[Name, ...]
    """Words of the trade that a recogniser writes with other characters of the same sound."""
    heard_as_said: tuple[Name, ...]
    """Words that sound like one of them, or like a car, and mean themselves."""

    use: tuple[Wish, ...]
    preferences: tuple[Wish, ...]
    concerns: tuple[Wish, ...]
    used: Topics
    wanted: Topics
    worried: Topics
    contact: tuple[Wish, ...]
    kin: tuple[Kin, ...]
    decides: tuple[Pattern, ...]
    """What shows that someone's view counts."""
    does_not_decide: tuple[Pattern, ...]
    promises: tuple[Promise, ...]
    no_promise: tuple[Pattern, ...]
    """What makes a clause a refusal, a hedge or a question instead of a promise."""

    @cached_property
    def _wishes(self) -> tuple[WishIndex, ...]:
        return _wish_indexes((self.use, self.preferences, self.concerns, self.contact))

    @property
    def uses(self) -> WishIndex:
        """`use`, ready to be looked for; `preferred`, `feared` and `reached` likewise."""
        return self._wishes[0]

    @property
    def preferred(self) -> WishIndex:
        """`preferences`, ready to be looked for."""
        return self._wishes[1]

    @property
    def feared(self) -> WishIndex:
        """`concerns`, ready to be looked for."""
        return self._wishes[2]

    @property
    def reached(self) -> WishIndex:
        """`contact`, ready to be looked for."""
        return self._wishes[3]

    @cached_property
    def topics(self) -> Mapping[str, TopicIndex]:
        """`used`, `wanted` and `worried`, ready to be looked for, by the memo's field."""
        kinds = {"use": self.used, "preferences": self.wanted, "concerns": self.worried}
        worth_a_try = _in_one_pass([[topic.say for topic in topics.topics] for topics in kinds.values()])
        return {
            field: TopicIndex(topics, numbers)
            for (field, topics), numbers in zip(kinds.items(), worth_a_try, strict=True)
        }

    @cached_property
    def kin_words(self) -> Prefilter:
        """Tells texts that may name any of the kin."""
        return _worth_a_try(kin.say for kin in self.kin)

    @cached_property
    def promise_words(self) -> Prefilter:
        """Tells texts that may hold a promise."""
        return _worth_a_try(pattern for promise in self.promises for pattern in promise.say)

    @cached_property
    def any_decision(self) -> Pattern:
        """Anything that shows that someone's view counts."""
        return _either(self.decides)

    @cached_property
    def any_promise(self) -> Pattern:
        """Anything an agent may undertake."""
        return _either(pattern for promise in self.promises for pattern in promise.say)

    @cached_property
    def any_hedge(self) -> Pattern:
        """Anything that makes it no promise."""
        return _either(self.no_promise)


def load_needs(path: Path) -> Needs:
    """The needs in this file.

    Raises:
        BadRulebook: naming file and field of the first mistake.
    """
    return fit(read_yaml(path), Needs, where=path.name)
