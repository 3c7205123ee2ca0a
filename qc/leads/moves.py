"""How a lead's grade moved, in words: "B → H：约定周六到店，预算已确认"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from qc.domain import CATEGORY_TITLES, Appointment, Budget, Letter, PurchaseTime, Record
from qc.leads.comparing import STEPS
from qc.leads.history import CallEvidence, LeadGrade, LeadLetter, LeadReason
from qc.leads.memo import LeadMemo, MergedField
from qc.review import Status, Trail

REASONS: Final = 3
"""How many reasons a move is told with."""
_WEEKDAYS: Final = "一二三四五六日"


class Move(Record):
    """One change of a lead's grade."""

    before: LeadLetter | None
    """``None`` for the first grade."""
    after: LeadLetter
    text: str
    """The whole of it in Chinese."""
    reasons: tuple[LeadReason, ...]


def explain_move(
    before: LeadGrade | None,
    after: LeadGrade,
    old: LeadMemo,
    new: LeadMemo,
    today: date,
    *,
    review: LeadReason | None = None,
) -> Move:
    """The move from one grade to the next, told by what is new in the memo that speaks for its direction.

    ``old`` and ``new`` are the merged memos that the grades were given by; ``today`` is the day by which days of the
    week are named. Where the CRM's news or the customer's order or refusal decided, they are the reason. A ``review``
    that brought it about is told first.
    """
    reasons = after.reasons
    if before is not None and not _decided(after):
        news = tuple(_news(old, new, today, rises=STEPS[after.letter] >= STEPS[before.letter]))
        reasons = news or reasons
    reasons = ((review,) if review else ()) + reasons
    reasons = reasons[:REASONS]
    told = "，".join(reason.text for reason in reasons)
    if before is None:
        text = f"初次定级 {after.letter}：{told}"
    elif before.letter is after.letter:
        text = f"{after.letter} 不变：{told}"
    else:
        text = f"{before.letter} → {after.letter}：{told}"
    return Move(before=before and before.letter, after=after.letter, text=text, reasons=reasons)


def explain_review(trail: Trail) -> LeadReason:
    """What people made of a finding, as the reason of a move."""
    who = "质检" if trail.decision is None else "申诉裁定"
    claimed, value = trail.verdicts[0].category, trail.value
    title = CATEGORY_TITLES[claimed]
    if value.category is None:
        text = f"{who}驳回了“{title}”"
    elif value.category is not claimed:
        text = f"{who}把“{title}”改判为“{CATEGORY_TITLES[value.category]}”"
    else:
        text = f"{who}{'补记' if value.status is Status.ADDED else '认定'}了“{title}”"
    first = trail.verdicts[0]
    return LeadReason(text=text, evidence=(CallEvidence(recording_id=first.recording_id, **dict(first.place)),))


def _decided(grade: LeadGrade) -> bool:
    return grade.outcome_id is not None or (
        grade.words is not None and grade.words.letter in (Letter.O, Letter.F, Letter.N)
    )


def _news(old: LeadMemo, new: LeadMemo, today: date, *, rises: bool) -> Iterator[LeadReason]:
    """What the newer memo has that the older had not, or has no more; what speaks for the other direction is left out."""
    yield from _news_of_appointment(old.get("appointment"), new.get("appointment"), today, rises=rises)
    yield from _news_of_time(old.get("purchase_time"), new.get("purchase_time"), rises=rises)
    if not rises:
        return
    for name, confirmed, changed in (
        ("budget", "预算已确认", "预算改为"),
        ("vehicles", "看定了", "改看"),
        ("payment", "付款方式已定", "付款方式改为"),
        ("trade_in", "谈到置换", "置换改为"),
    ):
        field = new.get(name)
        before = old.get(name)
        if field is None or (before is not None and before.value == field.value):
            continue
        yield _told(f"{confirmed if before is None else changed}{_value(field, plain=before is None)}", field)


def _news_of_appointment(
    before: MergedField | None, field: MergedField | None, today: date, *, rises: bool
) -> Iterator[LeadReason]:
    if field is None or not isinstance(field.value, Appointment):
        return
    if field.lapsed:
        if not rises and before is not None and not before.lapsed:
            yield _told(f"约好的{field.value.kind}没有新的说法，时间已过", field)
        return
    if rises and (before is None or before.lapsed or before.value != field.value):
        again = "改约" if before is not None and not before.lapsed else "约定"
        yield _told(f"{again}{_day(field.value.at, today)}{field.value.kind}", field)


def _news_of_time(before: MergedField | None, field: MergedField | None, *, rises: bool) -> Iterator[LeadReason]:
    if field is None or not isinstance(field.value, PurchaseTime):
        return
    if field.lapsed:
        if not rises and before is not None and not before.lapsed:
            yield _told(f"说好的购车时间（{field.value.said}）已过", field)
        return
    if before is None or before.lapsed or not isinstance(before.value, PurchaseTime):
        yield _told(f"说了购车时间：{field.value.said}", field)
        return
    old, new = before.value.to, field.value.to
    if old is not None and new is not None and old != new and (new < old) == rises:
        yield _told(f"购车时间{'提前' if new < old else '推后'}到{new.month}月{new.day}日（{field.value.said}）", field)


def _told(text: str, field: MergedField) -> LeadReason:
    return LeadReason(text=text, evidence=field.said[0].evidence)


def _value(field: MergedField, *, plain: bool) -> str:
    value = field.value
    if isinstance(value, Budget):
        return f"（{_money(value)}）" if plain else _money(value)
    if isinstance(value, tuple):
        return "、".join(value)
    return f"（{value}）" if plain else str(value)


def _money(budget: Budget) -> str:
    low, high = (None if sum_ is None else f"{sum_ / 10_000:g}" for sum_ in (budget.min, budget.max))
    if low is None or high is None:
        return f"{high}万以内" if high else f"{low}万以上"
    return f"{low}万" if low == high else f"{low}–{high}万"


def _day(at: str, today: date) -> str:
    """The day as people say it: 周六, 下周三, 4月12日; with the hour where one was agreed."""
    day = date.fromisoformat(at[:10])
    weeks = (day.toordinal() - day.weekday() - (today.toordinal() - today.weekday())) // 7
    if day == today:
        said = "今天"
    elif weeks in (0, 1) and day > today:
        said = ("下" if weeks else "") + f"周{_WEEKDAYS[day.weekday()]}"
    else:
        said = f"{day.month}月{day.day}日"
    if len(at) == len("2026-03-14"):
        return said
    hour = datetime.fromisoformat(at)
    return said + f"{hour.hour}点" + (f"{hour.minute}分" if hour.minute else "")
