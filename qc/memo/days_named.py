"""The days a line speaks of, where only the lines around it make them clear.

八月份几号 - 中旬 is the middle of August; 三月十六报到 - 报到前得有 ends the day before. `qc.memo.dates` reads one line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from qc.memo.dates import Spell, deadline, find_spells
from qc.memo.day_words import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from qc.memo.talk import Line, Talk

_LIMIT_BACK = 3
"""A limit (补贴到二十号) may stand so many lines before 在那之前."""
_WEEK_BACK = 3
"""A week or date may stand so many lines before a bare weekday."""
_WEEK = ("周", "礼拜", "星期")
_EVENT_BACK, _EVENT_AHEAD = 5, 2
"""The day of what they must have the car before may stand so many lines before or after."""
_MONTH = re.compile(r"(?:[一二三四五六七八九十元\d]|下个?)月(?![^，。]{0,6}前)")
_EVENT = re.compile(
    r"(?P<event>[^，。！？、\s]{1,8}?)(?<![提目眼从先空面年天月周点])的?(?:之前|以前|前头|头里|头天|(?<!之)前)"
    r"(?=[吧呗呀啊嘛咯呢]?(?:[，。！？]|$)|(?:我|车|最好|一定|必须|肯定|就|还)*(?:[得要能给把买提定拿交办换用有弄搞上落取整开]|到(?!底)))"
)
_AHEAD_OF = frozenset("前头")
"""One of these stands in every match of `_EVENT`."""
_FRAME = re.compile(
    r"^(?:[嗯哦啊对是那就得要在赶等可能我你您他她们说想最好至少必须反正应该]|大概|估计|争取)+|[那的了]$"
)
"""What stands around the event: 那就赶在报到前."""
_WHICH = re.compile(r"[几哪][号天月]|哪一天|[上中下]旬|具体|[啥什]么?时候|几时")
_ENDS_THEN = re.compile(r"涨|没有?了|就没|结束|截止|恢复|到期|出国|出差|不在|休[^，。]{0,2}假|盘库")
_PART = re.compile(r"月[底末初中头尾]")
"""Of this month, if nobody asks of another."""
_ALONE = frozenset("走搬嫁飞")
"""Events of one character."""
_NO_EVENTS = frozenset(("中午", "下午", "上午", "晚上", "下班", "早上", "天黑", "开门", "关门"))
"""下班前 is an hour."""
_STEM = 2
"""The event's last characters, by which it is known again: 去新单位报到, 报到前."""
_GETS = re.compile(
    r"^[^，。]{0,8}?(?:以后|之后|发(?!货|生|现)|到账|下来|到期|结(?!婚|束)|卖|取|领|拿到|收到|批|到手|出(?!差|发|门|国|生)|完|回来)"
)
"""Money comes, or what must be over is over: not before."""
_WITHIN = re.compile(r"[天周月]|礼拜|星期")
_THEN = re.compile(r"(?:了|完|后|过)(?:之后|以后)?$")
"""上线了两周内, 会后一个礼拜里头: counted from then."""


def days_of(talk: Talk, line: Line, today: date) -> tuple[Spell, ...]:
    """Every day or span of days this line speaks of, in order, with what was said around it taken into account."""
    key = (days_of, line.index, today)
    if key not in talk.remembered:
        talk.remembered[key] = _days_of(talk, line, today)
    return cast("tuple[Spell, ...]", talk.remembered[key])


def _days_of(talk: Talk, line: Line, today: date) -> tuple[Spell, ...]:
    spells = list(find_spells(line.text, today, _limit_named(talk, line, today), _month_named(talk, line, today)))
    spells += _before_events(talk, line, spells, today)
    spells.sort(key=lambda spell: spell.start)
    spells = [_weekday_meant(talk, line, spell, spells, today) for spell in spells]
    return tuple(_not_before(line, _counted_from(line, spell, spells, today), spells, today) for spell in spells)


def _weekday_meant(talk: Talk, line: Line, spell: Spell, spells: Sequence[Spell], today: date) -> Spell:
    """下周，周三 is Wednesday of next week, and after 十八号周六 a 周六 is the 18th."""
    if not _is_bare_weekday(line, spell):
        return spell
    last = _named_last(talk, line, spell, spells, today)
    if last is None or last[0].bound or last[0].last < spell.first:
        return spell
    before, said = last
    if before.is_day and before.first.weekday() == spell.first.weekday():
        return replace(spell, first=before.first, last=before.first)
    if not said.startswith("下") or not said.lstrip("下一个").startswith(_WEEK):
        return spell
    day = before.first + DAY * (spell.first.weekday() - before.first.weekday())
    return replace(spell, first=day, last=day)


def _is_bare_weekday(line: Line, spell: Spell) -> bool:
    return spell.weekday_only and spell.is_day and line.text.startswith(_WEEK, spell.start)


def _named_last(talk: Talk, line: Line, spell: Spell, spells: Sequence[Spell], today: date) -> tuple[Spell, str] | None:
    """The days spoken of last before these, in this line or those before, and their words."""
    earlier = [
        one
        for one in spells
        if one.end <= spell.start and not one.loose and not _ENDS_THEN.search(line.clause_at(one.start).text)
    ]
    if earlier:
        return earlier[-1], line.text[earlier[-1].start : earlier[-1].end]
    for one in reversed(talk.lines[max(line.index - _WEEK_BACK, 0) : line.index]):
        named = [
            day
            for day in find_spells(one.text, today)
            if not (day.loose or _is_bare_weekday(one, day) or _ENDS_THEN.search(one.clause_at(day.start).text))
        ]
        if named:
            return named[-1], one.text[named[-1].start : named[-1].end]
    return None


def _limit_named(talk: Talk, line: Line, today: date) -> date | None:
    """The day that was named last before this line, for 在那之前."""
    for earlier in reversed(talk.lines[max(line.index - _LIMIT_BACK, 0) : line.index]):
        spells = find_spells(earlier.text, today)
        if spells:
            return deadline(earlier.text, spells[-1])
    return None


def _month_named(talk: Talk, line: Line, today: date) -> date | None:
    """The first of the days that the lines before named last, if in a month by name."""
    before = talk.before(line)
    asked = before is not None and before.asks and _WHICH.search(before.text) is not None
    if not asked and _PART.search(line.text):
        return None
    earlier = talk.before(before) if before is not None else None
    for one in (before, earlier):
        spells = [spell for spell in find_spells(one.text, today) if not spell.loose] if one is not None else []
        if spells and one is not None:
            last = spells[-1]
            named = _MONTH.match(one.text, last.start) and not (
                last.bound or line.refuses or _ENDS_THEN.search(one.clause_at(last.start).text)
            )
            return last.first if named else None
        if not asked:
            return None
    return None


def _before_events(talk: Talk, line: Line, spells: Sequence[Spell], today: date) -> Iterator[Spell]:
    if _AHEAD_OF.isdisjoint(line.text):
        return
    for clause in line.clauses:
        for match in _EVENT.finditer(line.text, clause.start, clause.end):
            event = _FRAME.sub("", match["event"])
            stem = event[-_STEM:]
            taken = any(match.start() < spell.end and spell.start < match.end() for spell in spells)
            if taken or stem in _NO_EVENTS or (len(stem) < _STEM and stem not in _ALONE):
                continue
            day = _day_of_event(talk, line, stem, match.start(), today)
            if day is not None and day > today:
                yield Spell(match.start(), match.end(), today, day - DAY, bound=True, refers_back=True)


def _day_of_event(talk: Talk, line: Line, stem: str, limit: int, today: date) -> date | None:
    """The day named with the event, in this line or the nearest around it."""
    first, last = max(line.index - _EVENT_BACK, 0), line.index + _EVENT_AHEAD + 1
    around = sorted(talk.lines[first:last], key=lambda one: (abs(one.index - line.index), one.index))
    for one in around:
        asked = any(stem in clause.text and _WHICH.search(clause.text) for clause in one.clauses)
        answer = talk.after(one) if asked else None
        named = find_spells(answer.text, today) if answer is not None else ()
        if named and not named[0].loose and not named[0].bound:
            return named[0].first
    for one in around:
        for spell in find_spells(one.text, today):
            if not spell.loose and not spell.bound and stem in _said_with(one, spell, limit if one is line else None):
                return deadline(one.text, spell)
    return None


def _said_with(line: Line, spell: Spell, limit: int | None) -> str:
    """The clause with these days and the one after it, but for what stands at ``limit``."""
    index = line.index_at(spell.start)
    clauses = line.clauses[index : index + 2]
    return "，".join(clause.text for clause in clauses if limit is None or not clause.start <= limit < clause.end)


def _counted_from(line: Line, spell: Spell, spells: Sequence[Spell], today: date) -> Spell:
    """四月一号上线，上线两周以内: counted from the first of April."""
    words = line.text[spell.start : spell.end]
    clause = line.clause_at(spell.start)
    lead = line.text[clause.start : spell.start]
    if not (spell.bound and spell.first == today and "内" in words and _WITHIN.search(words) and lead):
        return spell
    for earlier in reversed([one for one in spells if one.end <= clause.start and one.is_day]):
        told = line.text[line.clause_at(earlier.start).start : clause.start]
        if _THEN.search(lead) or lead[-_STEM:] in told:
            return replace(spell, first=earlier.first, last=spell.last + (earlier.first - today))
    return spell


def _not_before(line: Line, spell: Spell, spells: Sequence[Spell], today: date) -> Spell:
    """十五号发工资，月底之前: from the day on which the money comes."""
    if spell.first != today or spell.is_day or spell.loose:
        return spell
    for earlier in reversed([one for one in spells if one.end <= spell.start and today < one.first <= spell.last]):
        if earlier.is_day and _GETS.match(line.text[earlier.end :]):
            return replace(spell, first=earlier.first)
    return spell
