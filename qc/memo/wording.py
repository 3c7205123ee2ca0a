"""How the memo words what was said: a name for it from the lexicon, or the words themselves in short.

The ways to word a value come from the lexicon and from the words; which of them an annotator would write is weighed
by the learned model of wishes.
"""

from __future__ import annotations

import re
from itertools import accumulate, compress, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import rjieba

from qc.memo.clauses import fold
from qc.memo.numerals import DIGITS, integer
from qc.wish_model import FIELDS, Traits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qc.rulebook.needs import Needs
    from qc.wish_model import WishModel

_FILLER = re.compile(
    r"^(?:(?:好的?|行|嗯|哦|啊|那|对|是|没问题|没事儿?|放心|得嘞|好嘞|这样|呃|哎|中|要得|可以|能|成|然后|再|就|另外|到时候|这就|我这就|我现在|我先|我(?!们)|我们|但是|不过|这个(?=我)|这就|那我|给您|给你|帮您|帮你|咱们?)(?=[^，。]{3,}))+"
)
_SOFT = re.compile(
    r"一下(?:子)?|(?:给|帮|替|跟)(?:您|你)(?=[^，。])|(?:您|你)(?=(?:手机|微信)?$)|我(?!们)|[啊呢吧哈哦呀嘛噢了]$|先(?=把|给|让|查|发)|(?:都|就|也)(?=[^，。]{2})|(?<=[发送加转退补回接报])(?:您|你)(?=[^，。家])|^(?:您|你)的?|(?:跟|给|向)(?:您|你)$|一会儿"
)
_PUT = re.compile(r"把(?=[^，。]{2,14}(?:发|算|查|问|列|写|登记|反馈|留|空|准备|洗|推|约|转|交|叫|删|送))")
_TAIL = re.compile(r"(?:过去|过来|给|出来|下来|一份|一张|到您|给您|给你|好不好|行不行|可以吗|行吗|好吧)$")
_BEFORE = re.compile(r"之前|以前")
_FIGURES = "".join(DIGITS)
_DAY = re.compile(rf"(?:(?P<month>[{_FIGURES}十]{{1,3}})月(?:份)?)?(?P<day>[{_FIGURES}十]{{1,3}})[号日](?!楼|线|店)")
_RING = re.compile(r"([再打拨])(?:一?个|一次|过来|过去)?(?:电话)?$")
_NAMES = {"礼拜": "周", "星期": "周"}
_EDGES = "的了呢吧啊嘛呀哦噻咯哈，。 就是那我也都还"
_PARTICLES = "的了呢吧啊嘛呀哦，。 "
_REFUSED = re.compile(r"不要|不带|别给我|除了")

_PICKED: Final = {"core": 0.3, "wide": 0.8}
_IN_ONE_PIECE: Final = {"piece": 0.0, "long_piece": 0.8}
"""How readily a word counts as one that an annotator would write, in log odds: for words picked here and there, fewer
or more of them, and for a piece of the talk, a short or a long one."""
_SWITCH = 0.3
"""What it costs to begin or end a run of words that are picked."""
_LEAST = 2
"""A value of one character says too little."""
_LENGTH = 12
_UNSAID = -1.0
"""Stands for the log odds of a character that was not said."""


class Words(NamedTuple):
    """Words that hold a wish."""

    field: str
    text: str
    by_rules: Sequence[str] = ()
    """What the rules read from them."""
    people: Sequence[str] = ()
    """Who is named in them, or meant by them."""
    agreed: bool = False
    """Whether they are not the party's own, but the question's that it said yes to."""


class Wording(NamedTuple):
    """A way to word a value, and what is seen of it."""

    value: str
    traits: Traits


def in_short(text: str) -> str:
    """What is undertaken without the words around it: 那我把报价单给您发过去 as 报价单发."""
    words = _FILLER.sub("", text.replace("，", ""))
    words = _PUT.sub("", words)
    words = _BEFORE.sub("前", _SOFT.sub("", words))
    for said, short in _NAMES.items():
        words = words.replace(said, short)
    words = _RING.sub(r"\1电话", _DAY.sub(_in_figures, words))
    return _TAIL.sub("", words).strip("，。 的")


def _in_figures(day: re.Match[str]) -> str:
    """一月十五号 as 1月15日."""
    month, number = (integer(part) if part else None for part in (day["month"], day["day"]))
    return f"{month}月{number}日" if month else f"{number}日"


def wordings(words: Sequence[Words], needs: Needs, model: WishModel) -> list[list[Wording]]:
    """For each of these words the ways to word them, with their traits."""
    kept = model.kept([fold(each.text) for each in words]) if words else []
    return [
        list(_ways(each, odds[:, FIELDS.index(each.field)].tolist(), needs, model))
        for each, odds in zip(words, kept, strict=True)
    ]


def best_wordings(weights: Sequence[float], ways: Sequence[Wording]) -> list[tuple[str, float]]:
    """The value an annotator would most likely write, and what else the rules read from the same words.

    Each with the log odds that it says what an annotator would. ``weights`` are those of `TRAITS` and, last, the
    intercept.
    """
    if not ways:
        return []
    odds: list[float] = (np.array([way.traits for way in ways]) @ np.array(weights[:-1]) + weights[-1]).tolist()
    ranked = sorted(zip(odds, ways, strict=True), key=lambda ranked: -ranked[0])
    chosen = [(ranked[0][1].value, ranked[0][0])]
    for likely, way in ranked:
        if way.traits.by_rule and not any(alike(way.value, value) for value, _ in chosen):
            chosen.append((way.value, likely))
    return chosen


def alike(one: str, other: str) -> bool:
    """Whether one value says what the other does: it holds it, or half of the shorter one's pairs of characters."""
    if one in other or other in one:
        return True
    mine, theirs = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one, other))
    return 2 * len(mine & theirs) >= min(len(mine), len(theirs))


def _ways(words: Words, odds: Sequence[float], needs: Needs, model: WishModel) -> Iterator[Wording]:
    """The ways to word these words, with the log odds of each of their characters to be written."""
    ways: dict[str, set[str]] = {}
    for way, value in _said_ways(words, odds, needs):
        if len(value) >= _LEAST:
            ways.setdefault(value, set()).add(way)
    for value, kinds in ways.items():
        yield Wording(value, _traits(value, kinds, words, odds, model))


def _said_ways(words: Words, odds: Sequence[float], needs: Needs) -> Iterator[tuple[str, str]]:
    topics = needs.topics.get(words.field)
    for name in words.by_rules:
        yield "by_rule", name
    for name in words.people:
        yield "named", name
    if topics is not None:
        refused = words.field == "preferences" and _REFUSED.search(words.text) is not None
        for place in topics.places(words.text):
            yield "named", f"不要{place.name}" if refused else place.name
    if words.field == "decision_makers" and (words.by_rules or words.people):
        return
    yield "whole", words.text.strip(_EDGES)
    yield "short", in_short(words.text)
    for way, value in _in_words(words.text, odds):
        yield way, value.strip(_PARTICLES)


def _in_words(text: str, odds: Sequence[float]) -> Iterator[tuple[str, str]]:
    """The words of the text that an annotator would most likely write: some of them, and a piece in a row."""
    words = rjieba.cut(text)
    ends = accumulate(map(len, words), initial=0)
    likely = [sum(odds[start:end]) / (end - start) for start, end in pairwise(ends)]
    for way, readiness in _PICKED.items():
        yield way, "".join(compress(words, runs([one + readiness for one in likely])))
    for way, readiness in _IN_ONE_PIECE.items():
        best = best_piece([(one + readiness) * len(word) for one, word in zip(likely, words, strict=True)])
        yield way, "".join(words[best])


def best_piece(values: Sequence[float]) -> slice:
    """The part in a row whose sum is greatest, of one value at the least; the first of several (Kadane)."""
    best, total, start = slice(0, 1), 0.0, 0
    greatest = -np.inf
    for number, value in enumerate(values):
        if total < 0:
            total, start = 0.0, number
        total += value
        if total > greatest:
            greatest, best = total, slice(start, number + 1)
    return best


def runs(odds: Iterable[float]) -> list[bool]:
    """Which words are kept: the most likely way if beginning or ending a run costs `_SWITCH` (Viterbi)."""
    out = within = 0.0
    steps: list[tuple[bool, bool]] = []
    """For each word, whether the best way to leave it, and to keep it, comes from a kept one."""
    for number, value in enumerate(odds):
        switch = _SWITCH if number else 0.0
        from_within = within - switch > out, within >= out - switch
        out, within = max(out, within - switch), max(within, out - switch) + value
        steps.append(from_within)
    kept = within > out
    ways = []
    for leaving, keeping in reversed(steps):
        ways.append(kept)
        kept = keeping if kept else leaving
    return ways[::-1]


def _traits(value: str, kinds: set[str], words: Words, odds: Sequence[float], model: WishModel) -> Traits:
    said, folded = fold(words.text), fold(value)
    pairs = [folded[at : at + 2] for at in range(len(folded) - 1)]
    distinct = set(pairs)
    kept = [odds[at] if (at := said.find(c)) >= 0 else _UNSAID for c in folded]
    return Traits(
        by_rule="by_rule" in kinds,
        named="named" in kinds,
        whole="whole" in kinds,
        short="short" in kinds,
        core="core" in kinds,
        wide="wide" in kinds,
        piece="piece" in kinds,
        long_piece="long_piece" in kinds,
        in_a_row=value in words.text,
        agreed=words.agreed,
        length=min(len(value), _LENGTH) / _LENGTH,
        two=len(value) == _LEAST,
        said=sum([pair in said for pair in distinct]) / len(distinct),
        kept=sum(kept) / len(kept),
        worth=model.worth(pairs),
        ways=len(kinds) > 1,
    )
