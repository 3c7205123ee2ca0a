"""A memo in words: one paragraph for who reads, short lines for who pastes them into WeChat.

Both are put together from the memo's fields and the day of the call, and hold nothing else. Days are absolute, with
the weekday, and with the year where it is another than the call's, since 明天 means nothing a week later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from qc.domain import Appointment, Budget, Memo, PurchaseTime, Record

Value = Budget | PurchaseTime | Appointment | tuple[str, ...] | str
Fields = Mapping[str, Value]
"""What a memo holds, by the name of the field; what was not talked about is missing."""

MOST_SHOWN: Final = 4
"""Entries of a list in the WeChat text; after the last one of more stands 等."""
LONGEST_LINE: Final = 34
"""Characters of a list in one line: two lines of a phone's screen."""

NOTHING_SAID: Final = "通话里没有谈到购车需求。"

_LABELS: Final = {
    "vehicles": "想买",
    "use": "用途",
    "budget": "预算",
    "purchase_time": "时间",
    "payment": "付款",
    "trade_in": "置换",
    "competitors": "在比",
    "decision_makers": "商量",
    "preferences": "偏好",
    "concerns": "顾虑",
    "appointment": "已约",
    "contact_preference": "联系",
    "promises": "答应",
    "next_step": "下步",
}
"""The lines of the WeChat text, in order."""
_UNWANTED: Final = re.compile(r"^(?:不要|不想要|不喜欢|别要?)")
_CALLS_BACK: Final = re.compile(r"(?:打|回)(?:个)?(?:电话|过来|过去|确认)?$|电话$")
_WEEKDAYS: Final = "一二三四五六日"
_WAN: Final = 10_000
_CALL_BACK: Final = "回访电话"


class MemoText(Record):
    """A memo in words."""

    summary: str
    """One paragraph."""
    wechat: str
    """Short lines without any markup, for a phone's screen."""


def stated(memo: Memo) -> dict[str, Value]:
    """The fields that have a value, in the memo's order."""
    return {name: getattr(memo, name) for name in Memo.fields() if getattr(memo, name)}


def put_in_words(fields: Fields, called_on: date) -> MemoText:
    """The memo's fields as a paragraph and as lines; days are written as seen from the day of the call."""
    told = _without_repeats(fields)
    return MemoText(summary=_summary(told, called_on), wechat=_wechat(told, called_on))


def say(value: Value, called_on: date) -> str:
    """One field's value in words: 落地22万以内, 最晚4月4日（“清明前”）, 3月14日周六11:30到店, 白色、黑色."""
    match value:
        case Budget():
            return f"{value.basis or ''}{_sum(value)}"
        case PurchaseTime():
            return _time(value, called_on)
        case Appointment():
            kind = "电话回访" if value.kind == _CALL_BACK else value.kind
            return f"{_day(date.fromisoformat(value.at[:10]), called_on)}{value.at[11:16]}{kind}"
        case tuple():
            return ("；" if any("，" in entry for entry in value) else "、").join(value)
        case _:
            return value


def _without_repeats(fields: Fields) -> dict[str, Value]:
    """The fields but for what another one says already: the next step is mostly the appointment or a promise."""
    told = dict(fields)
    promises = _entries(told.get("promises"))
    agreed = told.get("appointment")
    if isinstance(agreed, Appointment):
        if agreed.kind in str(told.get("next_step")):
            del told["next_step"]
        if agreed.kind == _CALL_BACK:
            promises = tuple(promise for promise in promises if not _CALLS_BACK.search(promise))
    if told.get("next_step") in promises:
        del told["next_step"]
    return {name: value for name, value in {**told, "promises": promises}.items() if value}


def _entries(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _summary(fields: Fields, called_on: date) -> str:
    who = fields.get("customer_name", "客户")
    told = {name: say(value, called_on) for name, value in fields.items()}
    groups = (_wants(told), _buys(told), _minds(fields), _follows(told))
    sentences = [sentence for sentence in ("，".join(clauses) for clauses in groups) if sentence]
    text = "。".join(sentences) + "。" if sentences else NOTHING_SAID
    return f"{_day(called_on, called_on)}与{who}通话：{text}"


def _wants(told: Mapping[str, str]) -> Iterator[str]:
    if "vehicles" in told:
        yield f"想买{told['vehicles']}"
    if "use" in told:
        yield f"用途是{told['use']}"
    if "competitors" in told:
        yield f"也在比较{told['competitors']}" if "vehicles" in told else f"提到{told['competitors']}"


def _buys(told: Mapping[str, str]) -> Iterator[str]:
    if "budget" in told:
        yield f"预算{told['budget']}"
    if "payment" in told:
        yield "付款方式未定" if told["payment"] == "未定" else f"打算{told['payment']}"
    if "purchase_time" in told:
        yield f"购车时间{told['purchase_time']}"
    if "trade_in" in told:
        yield f"有{told['trade_in']}要置换"
    if "decision_makers" in told:
        yield f"要和{told['decision_makers']}商量"


def _minds(fields: Fields) -> Iterator[str]:
    wishes = _entries(fields.get("preferences"))
    unwanted = [wish for wish in wishes if _UNWANTED.match(wish)]
    wanted = [wish for wish in wishes if wish not in unwanted]
    if wanted:
        yield f"偏好{'、'.join(wanted)}"
    if unwanted:
        yield "、".join(unwanted)
    if "concerns" in fields:
        yield f"顾虑{'、'.join(_entries(fields['concerns']))}"


def _follows(told: Mapping[str, str]) -> Iterator[str]:
    if "appointment" in told:
        yield f"已约{told['appointment']}"
    if "contact_preference" in told:
        how = told["contact_preference"]
        yield f"联系方式{how}" if "，" in how else f"客户希望{how}联系"
    if "promises" in told:
        yield f"我方答应{told['promises']}"
    if "next_step" in told:
        yield f"下一步{told['next_step']}"


def _wechat(fields: Fields, called_on: date) -> str:
    head = f"{fields.get('customer_name', '客户')} {_day(called_on, called_on)}通话"
    labels = _LABELS if "vehicles" in fields else {**_LABELS, "competitors": "提到"}
    lines = [
        line for name, label in labels.items() if name in fields for line in _lines(label, fields[name], called_on)
    ]
    return "\n".join([head, *(lines or [NOTHING_SAID])])


def _lines(label: str, value: Value, called_on: date) -> Iterator[str]:
    """One line; of a list that would be too long for it, a line an entry."""
    entries = _entries(value)
    shown = entries[:MOST_SHOWN]
    more = "等" if len(entries) > len(shown) else ""
    line = f"{label}：{say(shown or value, called_on)}{more}"
    if len(shown) < 2 or len(line) <= LONGEST_LINE:  # noqa: PLR2004 - a single entry needs no list
        yield line
        return
    yield f"{label}："
    for entry in shown:
        yield f"· {entry}" + (more if entry is shown[-1] else "")


def _sum(budget: Budget) -> str:
    figures = list(dict.fromkeys(_yuan(figure) for figure in (budget.min, budget.max) if figure is not None))
    text = "到".join(figures)
    if budget.min is None:
        return text + "以内"
    return text + ("以上" if budget.max is None else "")


def _yuan(figure: int) -> str:
    """22万, 17.8万, 8000元."""
    if figure < _WAN:
        return f"{figure}元"
    return f"{figure / _WAN:.4f}".rstrip("0").rstrip(".") + "万"


def _time(when: PurchaseTime, called_on: date) -> str:
    period, said = _period(when, called_on), f"“{when.said}”" if when.said else ""
    return f"{period}（{said}）" if period and said else period or said


def _period(when: PurchaseTime, called_on: date) -> str:
    first, last = when.from_, when.to
    if last is None:
        return "" if first is None else f"{_day(first, called_on)}以后"
    if first == last:
        return _day(last, called_on)
    if first is None or first <= called_on:
        return f"最晚{_day(last, called_on)}"
    if first.day == 1 and (last + timedelta(days=1)).day == 1 and (first.year, first.month) == (last.year, last.month):
        return f"{_year(last, called_on)}{last.month}月"
    return f"{_date(first, called_on)}到{_date(last, first)}"


def _day(day: date, seen_from: date) -> str:
    return f"{_date(day, seen_from)}周{_WEEKDAYS[day.weekday()]}"


def _date(day: date, seen_from: date) -> str:
    return f"{_year(day, seen_from)}{day.month}月{day.day}日"


def _year(day: date, seen_from: date) -> str:
    return f"{day.year}年" if day.year != seen_from.year else ""
