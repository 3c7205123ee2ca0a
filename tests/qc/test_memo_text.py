from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Appointment, Budget, Memo, PurchaseTime
from qc.memo_text import Value, put_in_words, say, stated

CALLED_ON = date(2026, 3, 12)
"""A Thursday."""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Budget(min=None, max=178_000, basis="裸车"), "裸车17.8万以内"),
        (Budget(min=170_000, max=180_000, basis="落地"), "落地17万到18万"),
        (Budget(min=200_000, max=200_000), "20万"),
        (Budget(min=300_000, max=None), "30万以上"),
        (Budget(min=None, max=1_234_567), "123.4567万以内"),
        (Budget(min=None, max=8000), "8000元以内"),
        (Appointment(at="2026-03-14T15:00", kind="到店"), "3月14日周六15:00到店"),
        (Appointment(at="2027-01-02", kind="试驾"), "2027年1月2日周六试驾"),
        (Appointment(at="2026-03-13T09:30", kind="回访电话"), "3月13日周五09:30电话回访"),
        (("白色", "顶配"), "白色、顶配"),
        ("张先生", "张先生"),
    ],
)
def test_a_value_is_said_as_people_write_it(value: Value, words: str) -> None:
    assert say(value, CALLED_ON) == words


@pytest.mark.parametrize(
    ("first", "last", "said", "words"),
    [
        ("2026-03-12", "2026-04-04", "清明前", "最晚4月4日周六（“清明前”）"),
        (None, "2026-04-04", "", "最晚4月4日周六"),
        ("2026-03-13", "2026-03-13", "明天", "3月13日周五（“明天”）"),
        ("2026-04-01", "2026-04-30", "下个月", "4月（“下个月”）"),
        ("2027-02-01", "2027-02-28", "明年二月", "2027年2月（“明年二月”）"),
        ("2026-10-21", "2026-10-31", "十月底", "10月21日到10月31日（“十月底”）"),
        ("2026-12-28", "2027-01-05", "元旦前后", "12月28日到2027年1月5日（“元旦前后”）"),
        ("2026-05-01", None, "五一以后", "5月1日周五以后（“五一以后”）"),
        (None, None, "补贴下来", "“补贴下来”"),
    ],
)
def test_a_time_of_purchase_is_said_by_its_days(first: str | None, last: str | None, said: str, words: str) -> None:
    when = PurchaseTime.model_validate({"from": first, "to": last, "said": said})
    assert say(when, CALLED_ON) == words


def test_a_whole_memo_in_words() -> None:
    fields: dict[str, Value] = {
        "customer_name": "张先生",
        "vehicles": ("迈腾", "帕萨特"),
        "use": ("接送孩子",),
        "budget": Budget(min=None, max=200_000, basis="落地"),
        "purchase_time": PurchaseTime(from_=date(2026, 4, 1), to=date(2026, 4, 30), said="下个月"),
        "payment": "贷款",
        "trade_in": "2012款卡罗拉",
        "competitors": ("凯美瑞",),
        "decision_makers": ("太太",),
        "preferences": ("不要红色", "白色", "顶配"),
        "concerns": ("油耗", "保养贵", "隔音", "后排小", "残值低"),
        "appointment": Appointment(at="2026-03-14T15:00", kind="试驾"),
        "contact_preference": "微信",
        "promises": ("今天发报价单",),
        "next_step": "3月14日15:00试驾",
    }
    words = put_in_words(fields, CALLED_ON)
    assert words.summary == (
        "3月12日周四与张先生通话：想买迈腾、帕萨特，用途是接送孩子，也在比较凯美瑞。"
        "预算落地20万以内，打算贷款，购车时间4月（“下个月”），有2012款卡罗拉要置换，要和太太商量。"
        "偏好白色、顶配，不要红色，顾虑油耗、保养贵、隔音、后排小、残值低。"
        "已约3月14日周六15:00试驾，客户希望微信联系，我方答应今天发报价单。"
    )
    assert words.wechat.splitlines() == [
        "张先生 3月12日周四通话",
        "想买：迈腾、帕萨特",
        "用途：接送孩子",
        "预算：落地20万以内",
        "时间：4月（“下个月”）",
        "付款：贷款",
        "置换：2012款卡罗拉",
        "在比：凯美瑞",
        "商量：太太",
        "偏好：不要红色、白色、顶配",
        "顾虑：油耗、保养贵、隔音、后排小等",
        "已约：3月14日周六15:00试驾",
        "联系：微信",
        "答应：今天发报价单",
    ]


def test_what_was_not_talked_about_is_not_mentioned() -> None:
    words = put_in_words({}, CALLED_ON)
    assert words.summary == "3月12日周四与客户通话：通话里没有谈到购车需求。"
    assert words.wechat == "客户 3月12日周四通话\n通话里没有谈到购车需求。"
    assert stated(Memo()) == {}


@pytest.mark.parametrize(
    ("fields", "once"),
    [
        ({"appointment": Appointment(at="2026-03-14", kind="到店"), "next_step": "3月14日到店"}, "3月14日"),
        ({"promises": ("今天发报价单",), "next_step": "今天发报价单"}, "报价单"),
        (
            {"appointment": Appointment(at="2026-03-13T20:00", kind="回访电话"), "promises": ("明晚八点打电话",)},
            "电话",
        ),
    ],
)
def test_nothing_is_said_twice(fields: dict[str, Value], once: str) -> None:
    words = put_in_words(fields, CALLED_ON)
    assert words.summary.count(once) == 1
    assert words.wechat.count(once) == 1


def test_a_next_step_of_its_own_stays() -> None:
    fields: dict[str, Value] = {
        "appointment": Appointment(at="2026-03-14", kind="到店"),
        "next_step": "先寄合同样本",
    }
    assert "下一步先寄合同样本" in put_in_words(fields, CALLED_ON).summary


def test_other_cars_alone_are_mentioned_and_not_compared() -> None:
    words = put_in_words({"competitors": ("星越L",)}, CALLED_ON)
    assert "比" not in words.summary + words.wechat
    assert "提到星越L" in words.summary
    assert "提到：星越L" in words.wechat


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
cars = st.lists(st.sampled_from(["迈腾", "GL8", "Model Y", "CR-V", "理想L6", "秦PLUS"]), unique=True).map(tuple)
phrases = st.lists(st.text("接送孩子白色油耗贵", min_size=2, max_size=5), unique=True, max_size=6).map(tuple)
budgets = st.builds(
    lambda low, more, basis: Budget(min=low, max=None if more is None else (low or 0) + more, basis=basis),
    st.none() | st.integers(5_000, 3_000_000),
    st.integers(1, 500_000),
    st.sampled_from([None, "落地", "裸车"]),
)


@st.composite
def fields_of_memos(draw: st.DrawFn) -> dict[str, Value]:
    first, length = draw(days), draw(st.integers(0, 400))
    values: dict[str, Any] = {
        "customer_name": draw(st.sampled_from([None, "张先生", "欧阳女士"])),
        "vehicles": draw(cars),
        "competitors": draw(cars),
        "use": draw(phrases),
        "concerns": draw(phrases),
        "budget": draw(st.none() | budgets),
        "purchase_time": draw(
            st.none() | st.just(PurchaseTime(from_=first, to=first + timedelta(days=length), said="到时候"))
        ),
        "payment": draw(st.sampled_from([None, "全款", "贷款", "未定"])),
        "trade_in": draw(st.sampled_from([None, "2012款卡罗拉"])),
        "appointment": draw(
            st.none()
            | st.builds(
                lambda day, hour: Appointment(at=day.isoformat() + hour, kind="到店"),
                days,
                st.sampled_from(["", "T09:30", "T15:00"]),
            )
        ),
    }
    return {name: value for name, value in values.items() if value}


def figures(text: str) -> set[float]:
    return {float(figure) for figure in re.findall(r"\d+(?:\.\d+)?", text)}


def figures_held(fields: dict[str, Value], called_on: date) -> Iterator[float]:
    """Every figure that a field holds, and those of the day of the call."""
    shown = [called_on]
    for value in fields.values():
        match value:
            case Budget():
                for sum_ in (value.min, value.max):
                    yield from () if sum_ is None else (sum_, sum_ / 10_000)
            case PurchaseTime():
                shown += [day for day in (value.from_, value.to) if day]
            case Appointment():
                shown.append(date.fromisoformat(value.at[:10]))
                yield from (float(part) for part in value.at[11:].split(":") if part)
            case _:
                yield from figures("、".join(value) if isinstance(value, tuple) else value)
    for day in shown:
        yield from (day.year, day.month, day.day)


@given(fields_of_memos(), days)
def test_every_figure_and_car_comes_from_a_field(fields: dict[str, Value], called_on: date) -> None:
    words = put_in_words(fields, called_on)
    held = set(figures_held(fields, called_on))
    named = {car for name in ("vehicles", "competitors", "trade_in") for car in _named(fields.get(name))}
    for text in (words.summary, words.wechat):
        assert figures(text) <= held
        assert set(re.findall(r"[A-Za-z]+", text)) <= set(re.findall(r"[A-Za-z]+", " ".join(named)))
    for value in fields.values():
        for entry in _named(value):
            assert entry in words.summary


@given(fields_of_memos(), days)
def test_the_lines_for_wechat_are_plain_and_fit_a_screen(fields: dict[str, Value], called_on: date) -> None:
    lines = put_in_words(fields, called_on).wechat.splitlines()
    assert len(lines) <= 26
    assert all(re.fullmatch(r"[^*#`<>\[\]|_]{2,60}", line) for line in lines)


def _named(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


HERE = Path(__file__).resolve().parents[1]
LABELLED = {
    **{f"samples/{path.stem}": path for path in (HERE.parent / "samples" / "annotated").glob("0?-*.json")},
    **{name: HERE / "evaluation" / "calls" / f"{name}.json" for name in ("da-001", "da-011", "db-002", "db-005")},
}


def labelled_text(path: Path) -> dict[str, Any]:
    """What people hold to be this call's memo, in words."""
    labelled = json.loads(path.read_bytes())
    somewhere = [{"utterance": 0, "start": 0, "end": 1, "quote": "喂"}]
    memo = Memo.model_validate(
        {**labelled["memo"], "evidence": {name: somewhere for name, value in labelled["memo"].items() if value}}
    )
    words = put_in_words(stated(memo), date.fromisoformat(labelled["call_time"][:10]))
    return {"summary": words.summary, "wechat": words.wechat.splitlines()}


def test_the_memos_of_sample_calls_read_as_reviewed(request: pytest.FixtureRequest) -> None:
    golden = HERE / "golden" / "memo-texts.json"
    texts = {name: labelled_text(path) for name, path in sorted(LABELLED.items()) if ".turns" not in name}
    now = json.dumps(texts, ensure_ascii=False, indent=1) + "\n"
    if request.config.getoption("--update-golden"):
        golden.write_text(now, "utf-8")
    assert now == golden.read_text("utf-8")
