"""The names of cars in what was said: which series and engine are meant, and whose they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qc.domain import Call, Evidence, Transcript
from qc.memo.numerals import DIGITS
from qc.memo.talk import Line, Talk
from qc.rulebook.needs import Brand, Series, SpokenName, Vehicles, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHINESE_DIGITS = frozenset(DIGITS)
_AROUND_NUMBERS = frozenset("十百千点第")
_AFTER_NUMBERS = frozenset("十百千万点年月号款")
JOINED = 3
"""So few characters (那个) may stand between brand and series in one name."""
_NEXT_TO = 6
"""So many characters after its brand a code still belongs to it: 小鹏那个P7."""
_CLOSE_BY = 8
"""So many characters from a car's one-character name its brand may stand."""
_BEFORE_ONE = re.compile(
    r"(?:^|[，。？！、]|看[看了过中上]*|想?要|买|问|试[了过]?|选|定|订|是|跟|和|台|款|个|还有|比|换|提|喜欢|考虑|你们|或者?)$"
)
_AFTER_ONE = re.compile(
    r"$|您|你|要|[，。？！、]|太|怎么|多少|落地|还是|跟|和|有|的(?:话|价)|吧|呢|了|也|就|都|现在|现车|能|什么|比|吗"
)
_BEFORE_WORD = re.compile(
    r"(?:^|[，。？！、]|看[看了过中上好]*|想?要|买[了过]?|问[了过]?|试[了过]?|选|定[了过]?|订[了过]?|是|跟|和|与|台|款|个|辆|还有|比|换[了成]?|提[了过]?|喜欢|考虑|你们|咱们|我们|或者?|那|这|"
    r"开[了着过]?|去|到|的|有|叫|去了|推荐|隔壁|了解|咨询|关注|对|新|老)$"
)
_AFTER_WORD = re.compile(
    r"$|[，。？！、]|跟|和|与|还是|的(?!话题|颜色)|有|多少|落地|怎么|现[在车]|吧|呢|了|也|就|都|能|什么|比|吗|那|这|太|哪|啥|给|便宜|报|店|家|汽车|品牌|卖|优惠|[A-Za-z\d零二三四五六七八九]|一(?![样般点些直定])|啊|呀|我|你|要|落"
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|[，。？！、]|看[看了过中上]*|想?要|买|问|试[了过]?|选|定|订|是|跟|和|台|款|个|还有|那|这|的|比|提|开|你们|咱们|换|有)$"
)
_AFTER_NUMBER = re.compile(
    r"$|[，。？！、]|跟|和|还是|那|这|的(?!钱|话)|有|多少|落地|怎么|现[在车]|吧|呢|啊|吗|我|什么|能|也|太|就|比|长|顶|智|都|版|新|低|高|您|你|[A-Za-z]"
)
_ASKS_NUMBER = re.compile(r"多少|几[个百千万台年]|多大|多远|多高")


class Mention(NamedTuple):
    """A series (or only a brand) named at ``text[start:end]`` of a line."""

    brand: Brand
    series: Series | None
    line: int
    start: int
    end: int
    variant: str = ""
    """The engine, where it was said: 325Li."""

    @property
    def name(self) -> str:
        """The series, else the brand."""
        return self.series.name if self.series else self.brand.name

    @property
    def full(self) -> str:
        """As the memo writes it."""
        return f"{self.name} {self.variant}".rstrip()


def is_ours(mention: Mention, ours: Brand | None, maker: str | None) -> bool:
    """Whether this dealer sells it; a dealer of no known brand may sell anything."""
    if ours is None:
        return True
    same_maker = maker is None or mention.series is None or mention.series.maker in (None, maker)
    return mention.brand is ours and same_maker


def find_mentions(talk: Talk, call: Call, lexicon: Vehicles) -> list[Mention]:
    """Every car and brand named, in order."""
    ours, _ = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    return [mention for line in talk.lines for mention in mentions_in(line, lexicon, ours, talk)]


def car_places(mentions: Iterable[Mention]) -> dict[int, list[tuple[int, int]]]:
    """Where each line names a car, by the line's index: these words are no numbers of anything else."""
    places: dict[int, list[tuple[int, int]]] = {}
    for mention in mentions:
        if mention.series is not None:
            places.setdefault(mention.line, []).append((mention.start, mention.end))
    return places


def cars_named(call: Call, transcript: Transcript, lexicon: Vehicles, at: int) -> dict[str, Evidence]:
    """The cars of other makes (of all where ours is unknown) named in this utterance, by brand and series (``比亚迪 汉``), each with its words."""
    talk = Talk(transcript)
    ours, maker = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    mentions = mentions_in(talk.lines[at], lexicon, ours, talk)
    others = [mention for mention in mentions if ours is None or not is_ours(mention, ours, maker)]
    named = {_full_name(other): talk.evidence(at, other.start, other.end) for other in others}
    return {name: words for name, words in named.items() if not any(o.startswith(f"{name} ") for o in named)}


def _full_name(mention: Mention) -> str:
    brand = mention.brand.name
    return mention.name if mention.name.startswith(brand) else f"{brand} {mention.name}"


def mentions_in(line: Line, lexicon: Vehicles, ours: Brand | None, talk: Talk) -> list[Mention]:
    """The cars and brands named in this line, in order; a code or number several cars share is told by the talk."""
    folded, places = fold(line.text)
    found: list[Mention] = []
    free = 0
    near: tuple[Brand, int] | None = None
    for at in lexicon.starts(folded):
        hit = _longest(folded, at, places, line.text, lexicon, ours) if at >= free else None
        if hit is None:
            continue
        meanings, length = hit
        start, end = places[at], places[at + length - 1] + 1
        beside = near is not None and start - near[1] <= _NEXT_TO
        form = folded[at : at + length]
        if form.isdecimal() and not beside and not _names_a_car(talk, line, start, end):
            continue
        if form in lexicon.everyday_words and not beside and not _means_a_car(line.text, start, end, meanings, ours):
            continue
        chosen = _choose(meanings, near, start, ours, line, talk)
        if chosen is None:
            continue
        if (
            chosen.series is not None
            and near is not None
            and near[0] is chosen.brand
            and found
            and found[-1].series is None
            and found[-1].brand is chosen.brand
            and start - found[-1].end <= JOINED
        ):
            start = found.pop().start
        said = line.text[start:end] if line.text[start:end].isascii() else form.upper()
        variant = said if chosen.variant else ""
        found.append(Mention(chosen.brand, chosen.series, line.index, start, end, variant))
        near = (chosen.brand, end)
        free = at + length
    return found


def _longest(
    folded: str, at: int, places: Sequence[int], text: str, lexicon: Vehicles, ours: Brand | None
) -> tuple[tuple[SpokenName, ...], int] | None:
    for length in lexicon.lengths.get(folded[at], ()):
        form = folded[at : at + length]
        meanings = lexicon.spoken.get(form) if len(form) == length else None
        if length == 1 and not _names_one_character(text, places[at], ours, meanings or ()):
            continue
        if meanings and _stands_alone(text, places[at], places[at + length - 1]):
            return meanings, length
    return None


def _names_a_car(talk: Talk, line: Line, start: int, end: int) -> bool:
    """Whether a bare number (三百 for 坦克300) stands where a car is looked at, bought or compared, and no sum does."""
    before = talk.before(line)
    counted = before is not None and _ASKS_NUMBER.search(before.text) is not None
    return (
        not counted
        and _BEFORE_NUMBER.search(line.text[:start]) is not None
        and _AFTER_NUMBER.match(line.text[end:]) is not None
    )


def _means_a_car(text: str, start: int, end: int, meanings: tuple[SpokenName, ...], ours: Brand | None) -> bool:
    """Whether an everyday word stands for a car; of ours either side is enough to tell, of others it takes both."""
    before = _BEFORE_WORD.search(text[:start]) is not None
    after = _AFTER_WORD.match(text[end:]) is not None
    own = any(meaning.brand is ours and meaning.series is not None for meaning in meanings)
    return before or after if own else before and after


def _names_one_character(text: str, at: int, ours: Brand | None, meanings: tuple[SpokenName, ...]) -> bool:
    """Whether one character (汉, 唐) names a car: where one of ours is looked at, bought or compared.

    A car of another make needs its brand close by: 秦，比亚迪的.
    """
    near = text[max(at - _CLOSE_BY, 0) : at + _CLOSE_BY]
    named = any(
        meaning.brand is ours or any(form in near for form in (meaning.brand.name, *meaning.brand.also))
        for meaning in meanings
        if meaning.series is not None and meaning.series.name == f"{meaning.brand.name}{text[at]}"
    )
    return named and _BEFORE_ONE.search(text[:at]) is not None and _AFTER_ONE.match(text[at + 1 :]) is not None


def _stands_alone(text: str, first: int, last: int) -> bool:
    """A code such as X3 is not part of a longer code or number."""
    before, after = text[first - 1 : first], text[last + 1 : last + 2]
    starts_code = text[first].isascii() and text[first].isalpha() and before.isascii() and before.isalnum()
    starts_number = _is_digit(text[first]) and (_is_digit(before) or before in _AROUND_NUMBERS)
    ends_code = text[last].isascii() and text[last].isalnum() and after.isascii() and after.isalnum()
    ends_number = text[last] in _CHINESE_DIGITS and (after in _CHINESE_DIGITS or after in _AFTER_NUMBERS)
    return not (starts_code or starts_number or ends_code or ends_number)


def _is_digit(character: str) -> bool:
    return character in _CHINESE_DIGITS or character.isdecimal()


def _choose(
    meanings: tuple[SpokenName, ...],
    near: tuple[Brand, int] | None,
    start: int,
    ours: Brand | None,
    line: Line,
    talk: Talk,
) -> SpokenName | None:
    """Which of the cars of this name is meant: that of the brand just named, else ours, else the only one."""
    if near is not None and start - near[1] <= _NEXT_TO:
        for meaning in meanings:
            if meaning.brand is near[0] and meaning.series is not None:
                return meaning
    for meaning in meanings:
        if ours is not None and meaning.brand is ours and (meaning.series is not None or meaning.whole):
            return meaning
    for meaning in meanings:
        if meaning.series is None:
            return meaning
    whole = [meaning for meaning in meanings if meaning.whole]
    if len({meaning.brand.name for meaning in meanings}) == 1 and whole:
        return whole[0]
    earlier = "".join(other.text for other in talk.lines[: line.index]) + line.text[: start + _CLOSE_BY]
    spoken_of = [
        (max(earlier.rfind(form) for form in (meaning.brand.name, *meaning.brand.also)), meaning)
        for meaning in meanings
    ]
    place, latest = max(spoken_of, key=lambda item: item[0])
    if place >= 0:
        return latest
    return whole[0] if len(whole) == 1 else None
