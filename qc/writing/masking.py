"""Masking who a call is with before its words leave the house: names, telephone numbers, plates, addresses on the net.

By patterns and by the names that are known of the call; a name that is neither known nor said with a title stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦"
)
"""The surnames of nineteen in twenty people."""
TITLES: Final = "先生|女士|小姐|太太|老师|经理|师傅|大哥|大姐|阿姨|叔叔|主任|老板|医生|总|哥|姐|叔|姨"

_DIGIT: Final = "0-9０-９零〇○幺一二两三四五六七八九洞拐勾"
NUMBER: Final = re.compile(
    rf"(?<![0-9])(?<!\d{{4}}-)(?<!\d{{4}}-\d\d-)(?!\d{{4}}-\d\d-\d\d(?!\d))"
    rf"[{_DIGIT}](?:[\s\-－—,，.、]?[{_DIGIT}]){{6,}}[Xx]?"
)
"""Seven digits or more, written or said, also with pauses: telephone, identity card and account numbers; no price of a
car has so many, and a day written 2026-03-14 is none."""
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][\s，]?[A-Za-z][\s，·]?"
    rf"(?:[A-Za-z{_DIGIT}][\s，]?){{4,5}}[A-Za-z{_DIGIT}]"
)
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_ACCOUNT: Final = re.compile(r"(?:微信号?|QQ号?)(?:就)?(?:是|：|:)?\s*(?P<hidden>[A-Za-z0-9_-]{5,20})")
_TITLED: Final = re.compile(rf"[{SURNAMES}][一-龥]{{0,2}}?(?={TITLES})(?:{TITLES})")
_FAMILIAR: Final = re.compile(rf"[小老][{SURNAMES}](?=$|[，。！？、：,.!?\s])")
_INTRODUCED: Final = re.compile(
    rf"(?:我叫|我是|您是|请问是|名字叫|姓名是|叫做|免贵姓|我姓|机主|我找)(?P<hidden>[{SURNAMES}][一-龥]{{0,2}}?)(?=$|[，。！？、,.!?\s吧吗呀啊呢])"
)
_KINDS: Final = (
    ("号码", NUMBER),
    ("车牌", _PLATE),
    ("网址", _ADDRESS),
    ("账号", _ACCOUNT),
    ("人", _INTRODUCED),
    ("人", _TITLED),
    ("人", _FAMILIAR),
)
_MASK: Final = re.compile(r"〔(?:号码|车牌|网址|账号|人)\d+〕")


class Masked(NamedTuple):
    """Lines without what was hidden, and what stands for what."""

    lines: tuple[str, ...]
    hidden: Mapping[str, str]
    """The words by their mask: ``{"〔人1〕": "张先生"}``."""


def mask(lines: Sequence[str], names: Iterable[str] = ()) -> Masked:
    """The lines with masks; the same words have the same mask everywhere. ``names`` are people known to be spoken of."""
    masks: dict[str, str] = {}
    known = [part for name in names for part in _parts(name)]
    kinds = [("人", re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True)))))] if known else []
    masked = []
    for line in lines:
        text = line
        for kind, pattern in (*kinds, *_KINDS):
            text = _replaced(text, kind, pattern, masks)
        masked.append(text)
    return Masked(tuple(masked), {mask: words for words, mask in masks.items()})


def digits_of(number: str) -> str:
    """The digits of a `NUMBER`, without what stands between them."""
    return re.sub(rf"[^{_DIGIT}Xx]", "", number)


def unmask(text: str, hidden: Mapping[str, str]) -> str:
    """The text with the words for each mask it holds; masks nobody gave out stay."""
    return _MASK.sub(lambda found: hidden.get(found.group(), found.group()), text)


def _parts(name: str) -> Iterator[str]:
    """A known name, and the given name of a full one."""
    if len(name) > 1:
        yield name
    if len(name) == 3:  # noqa: PLR2004 - 王建国 is 建国 to friends
        yield name[1:]


def _replaced(text: str, kind: str, pattern: re.Pattern[str], masks: dict[str, str]) -> str:
    """The text with every match hidden; what a mask itself says is no match."""
    done, pieces = 0, []
    for found in pattern.finditer(text):
        start, end = found.span("hidden" if "hidden" in pattern.groupindex else 0)
        if any(taken.start() < end and start < taken.end() for taken in _MASK.finditer(text)):
            continue
        words = text[start:end]
        if words not in masks:
            count = sum(given.startswith(f"〔{kind}") for given in masks.values())
            masks[words] = f"〔{kind}{count + 1}〕"
        pieces += [text[done:start], masks[words]]
        done = end
    return "".join([*pieces, text[done:]])
