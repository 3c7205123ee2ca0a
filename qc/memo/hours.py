"""Spoken hours: 三点半, 下午两点, 九点来钟, 19:30."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from qc.memo.numerals import integer

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = r"凌晨|清早|一?大早上?|早上|早晨|早(?=[二三四五六七八九十\d])|上午|中午|晌午头?儿?|正午|午后|下午|下昼|后晌|傍晚|晚上|夜里|晚(?=[二三四五六七八九十\d])|下班(?:之|以)?后"
PART = re.compile(_PART)
_HOUR = r"(?:(?<!周)(?<!礼拜)(?<!星期)二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九]|\d{1,2})"
"""In 礼拜二十一点 the Tuesday ends before the hour begins."""
_CLOCK = re.compile(
    rf"(?P<part>{_PART})?的?(?P<hour>{_HOUR})(?:点(?P<min>半|[一三]刻|[一二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九]分?|五分|\d{{2}}(?![\d万])|\d{{1,2}}(?=分))?|[:：](?P<digits>\d\d))分?(?P<loose>钟|整|多|来钟|出头|左右)?(?P<mod>[以之]?[前后])?"
)
_A_LITTLE = re.compile(r"(?:[便快早晚慢多少大小好贵差高低宽有再远近重]\S?|宜|有|这|那|头|第|重|差|意)$")
_AFTERNOON = ("下午", "午后", "下昼", "后晌", "傍晚", "晚上", "夜里", "晚", "下班")
_NOON, _MIDNIGHT = 12, 24
_NEVER_AFTERNOON = 9
_NEVER_MORNING = 5
"""上午跑单，两点以后过来: the part was said of something else."""
_PAIR = re.compile(r"(?:一两|一二|两三|三四|四五|五六|六七|七八|八九)$")
_NOT_AN_HOUR = re.compile(r"[一二三四五六七八九零\d]*[TtL万个成倍]|[一二三四五六七八九零\d]+$")
"""一点五T, 十七点八万, 二点零."""


@dataclass(frozen=True)
class Clock:
    """An hour spoken of at ``text[start:end]``."""

    start: int
    end: int
    hour: int
    minute: int
    part: str = ""
    bound: bool = False

    def at(self, part: str = "") -> time:
        """The time of day; ``part`` is the part of day known from elsewhere (下午, 晚上)."""
        return time(_hour(self.hour, self.part or part), self.minute)


def find_clocks(text: str) -> tuple[Clock, ...]:
    """Every hour spoken of, in order: 三点半, 下午两点, 九点来钟, 19:30; 六点多 is six."""
    if "点" not in text and ":" not in text and "：" not in text:
        return ()
    return tuple(_clocks(text))


def _clocks(text: str) -> Iterator[Clock]:
    end = 0
    for match in _CLOCK.finditer(text):
        hour = integer(match["hour"])
        if _PAIR.search(text[: match.start("hour") + 1]):  # 两三点 names no hour
            continue
        if hour is None or hour > _MIDNIGHT or _NOT_AN_HOUR.match(text[match.end() :]):
            continue
        lone = not match["part"] and not match["min"] and not match["loose"] and not match["digits"]
        if lone and hour in (1, 2) and _A_LITTLE.search(text[: match.start()]):
            continue
        if lone and match["hour"] == "一" and not re.match(r"[到来过去行可]|钟|吧|$", text[match.end() :]):
            continue
        until = text[end : match.start()] in ("到", "至")
        end = match.end()
        if until:
            continue  # 九点到十一点 begins at nine
        yield Clock(
            match.start(),
            match.end(),
            hour % 24,
            _minute(match),
            match["part"] or _part_before(text, match.start()),
            bound=bool(match["mod"]),
        )


def _minute(match: re.Match[str]) -> int:
    if match["digits"]:
        return int(match["digits"]) % 60
    word = (match["min"] or "").removesuffix("分").removeprefix("零")
    fixed = {"": 0, "半": 30, "一刻": 15, "三刻": 45}
    return fixed[word] if word in fixed else (integer(word) or 0) % 60


def _part_before(text: str, start: int) -> str:
    parts = [match.group() for match in PART.finditer(text, 0, start)]
    return parts[-1] if parts else ""


def _hour(hour: int, part: str) -> int:
    if hour > _NOON or hour == 0:
        return hour
    if part.startswith(_AFTERNOON):
        if hour >= _NEVER_AFTERNOON and not part.startswith(("晚", "夜")):
            return hour  # 最好上午来，下午人多，十点半: the part was said of something else
        return hour + _NOON if hour < _NOON else hour
    if part.startswith(("中午", "晌午", "正午")):
        return hour + _NOON if hour < 4 else hour  # noqa: PLR2004 - 中午一点 is 13:00
    if part and not (part.startswith("上午") and hour <= _NEVER_MORNING):
        return hour
    return hour + _NOON if hour <= 7 else hour  # noqa: PLR2004 - without a word, one to seven is after noon
