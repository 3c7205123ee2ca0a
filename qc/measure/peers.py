"""How spoken days and hours are read on the cases of other projects: JioNLP's and WeTextProcessing's.

Their data stay where they are: a folder with ``jionlp/test_time_parser.cases.json`` (text, reference time, expected)
and ``wetextprocessing/date.txt`` and ``time.txt`` (spoken => written). What cannot concern when a customer of a car
dealer comes or buys is left out, each case under the reason for it; what is left is compared by day, and by hour and
minute where one is named.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from qc.domain import Record
from qc.measure.scoring import Rate
from qc.measure.show import Titled, rate_row
from qc.memo.dates import find_spells
from qc.memo.hours import find_clocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHINA = timezone(timedelta(hours=8))
_LEAVES_OUT: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("written, not spoken", re.compile(r"\d[-/.·~—～:：]|\d{4}|[Qq]\d|——|~")),
    ("in minutes or seconds, or hours long", re.compile(r"秒|分钟|分半|小时|钟头|刻钟|钟[前后]")),
    (
        "centuries, decades, years by number",
        re.compile(
            r"世纪|年代|[\d一二三四五六七八九零〇]{2,}年(?!后|内|前)|多年|十年|第[一二三四五六七八九十]+年|今后"
        ),
    ),
    (
        "about the past",
        re.compile(r"去年|前年|上[周月个]|上?[一]?年前|前天|以来|过去|从.*起|前[一两二三四五六七八九十几]|近[\d三仨]"),
    ),
    ("lunar dates said as plain months, leap months", re.compile(r"农历|闰|月廿|月初十|明年腊月|^廿|月十五")),
    (
        "spans or weeks the annotation guide counts otherwise",
        re.compile(
            r"[年月季度][年月]?[底末初]|初之?前|[年周期月]半?之?后|之前|[春夏秋冬][季天]|国庆|五一|^十一$|[年周]内|年半以内|"
            r"未来|多月|季度后|这一年|今明两年|工作日|点前"
        ),
    ),
    ("weeks of the year by number", re.compile(r"年第[一二三四五六七八九十\d]+个?(?:周|星期)")),
    ("no day and no hour", re.compile(r"^(?:现在|全天|白天|午后|本日|当[日晚].*|夜.*|凌晨|第三天.*)$")),
    ("the small hours belong to the next day, or lie behind", re.compile(r"夜里12|十二点$|24时")),
)


class PeerReport(Record):
    """How many cases of each source are read as it expects, which are not, and what was left out."""

    sources: dict[str, Rate]
    missed: tuple[str, ...]
    left_out: dict[str, tuple[str, ...]]

    def headline(self) -> str:
        """What was measured."""
        judged = sum((rate.of for rate in self.sources.values()), 0)
        return f"{judged} cases of others judged, {sum(map(len, self.left_out.values()))} left out"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        rows = [rate_row(name, rate) for name, rate in self.sources.items()]
        out: list[tuple[str, ...]] = [
            (reason, str(len(cases)), "、".join(cases)) for reason, cases in self.left_out.items()
        ]
        tables: list[Titled] = [("Spoken time, cases of others", ("", "right", "share"), rows)]
        if self.missed:
            tables.append(("Read otherwise", ("",), [(case,) for case in self.missed]))
        tables.append(("Left out", ("why", "cases", "which"), out))
        return tables


def measure_peers(folder: Path) -> PeerReport:
    """How the cases in this folder are read."""
    sources: dict[str, Rate] = {}
    missed: list[str] = []
    left_out: dict[str, list[str]] = {}
    for source, text, reason, right in (*_jionlp(folder), *_wetext(folder)):
        if reason:
            left_out.setdefault(reason, []).append(text)
            continue
        sources[source] = sources.get(source, Rate()) + Rate(hits=int(right), of=1)
        if not right:
            missed.append(f"{source}: {text}")
    return PeerReport(
        sources=sources,
        missed=tuple(missed),
        left_out={reason: tuple(cases) for reason, cases in left_out.items()},
    )


def _jionlp(folder: Path) -> Iterator[tuple[str, str, str, bool]]:
    cases = json.loads((folder / "jionlp" / "test_time_parser.cases.json").read_text("utf-8"))
    for text, reference, expected in cases:
        if expected["type"] not in ("time_point", "time_span"):
            yield "jionlp", text, "a length or a repetition, not a day", False
            continue
        first, last = expected["time"]
        now = _moment(reference)
        reason = _why_not(text, first, last, now.date())
        yield "jionlp", text, reason, not reason and _reads(text, first, last, now)


def _why_not(text: str, first: str, last: str, today: date) -> str:
    for reason, pattern in _LEAVES_OUT:
        if pattern.search(text):
            return reason
    if "inf" in first + last:
        return "no end"
    return "about the past" if date.fromisoformat(last[:10]) < today else ""


def _reads(text: str, first: str, last: str, now: datetime) -> bool:
    """Whether the days are those expected, none before the call, and the hour where there is one."""
    today = now.date()
    clocks = find_clocks(text)
    hour = clocks[0].at().isoformat("seconds") if clocks else "00:00:00"
    if clocks and hour != first[11:]:
        return False
    spells = find_spells(text, today)
    if not spells:
        # Expected is the next such hour; a call knows its day from the talk.
        return bool(clocks)
    expected = (max(date.fromisoformat(first[:10]), today), date.fromisoformat(last[:10]))
    return (spells[0].first, spells[-1].last) == expected


def _moment(reference: Any) -> datetime:
    if isinstance(reference, int | float):
        return datetime.fromtimestamp(reference, _CHINA)
    if isinstance(reference, str):
        return datetime.fromisoformat(reference)
    if isinstance(reference, dict):
        return datetime(reference["year"], reference.get("month", 1), reference.get("day", 1), tzinfo=_CHINA)
    year, month, day = (*reference, 1, 1)[:3]
    return datetime(year, month, day, tzinfo=_CHINA)


_A_DAY: Final = re.compile(r"(?:(\d\d)/)?(\d\d)/(\d\d)")
_AN_HOUR: Final = re.compile(r"(\d\d?):(\d\d)(a\.m\.|p\.m\.)?")


def _wetext(folder: Path) -> Iterator[tuple[str, str, str, bool]]:
    for name in ("date", "time"):
        for line in (folder / "wetextprocessing" / f"{name}.txt").read_text("utf-8").splitlines():
            spoken, _, written = (part.strip() for part in line.partition("=>"))
            if not written:
                continue
            reason, right = _read_day(spoken, written) if name == "date" else _read_hour(spoken, written)
            yield f"wetextprocessing {name}", spoken, reason, right


def _read_day(spoken: str, written: str) -> tuple[str, bool]:
    match = _A_DAY.fullmatch(written)
    if match is None or match[1]:
        return "centuries, decades, years by number", False
    year = 2026
    spells = find_spells(spoken, date(year, 1, 1))
    day = date(year, int(match[2]), int(match[3]))
    return "", [(spell.first, spell.last) for spell in spells] == [(day, day)]


def _read_hour(spoken: str, written: str) -> tuple[str, bool]:
    match = _AN_HOUR.fullmatch(written)
    if match is None:
        return "in minutes or seconds, or hours long", False
    clocks = find_clocks(spoken)
    if len(clocks) != 1:
        return "", False
    # Where no part of the day is said, 两点 is after noon to a dealer and 2:02 to the writer.
    noon = 12
    read = clocks[0]
    same = read.hour % noon == int(match[1]) % noon and read.minute == int(match[2])
    afternoon = match[3] is None or (read.at().hour >= noon) == (match[3] == "p.m.")
    return "", same and (afternoon or spoken.startswith("晚上一点"))
