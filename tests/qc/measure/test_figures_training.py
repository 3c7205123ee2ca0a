"""Learning which of a customer's sums is the budget."""

import json
from pathlib import Path

import pytest
from builders import a_transcript

from qc.domain import Call
from qc.errors import BadCall
from qc.measure.annotated import LabelledBudget, LabelledMemo
from qc.measure.bank import SOME_DAY
from qc.measure.exchanges import Exchange, exchanges_in
from qc.measure.figures import sums_of, train_figures
from qc.measure.sign_models import to_json
from qc.memo.signs import load_signs
from qc.memo.talk import Talk
from qc.rulebook import Rulebook


def an_exchange(source: str, said: str, budget: int | None) -> Exchange:
    memo = LabelledMemo(budget=LabelledBudget(min=budget, max=budget) if budget else None)
    talk = Talk(a_transcript("客服：您怎么打算的？", f"客户：{said}"))
    return Exchange(source, Call(time=SOME_DAY), talk, memo, frozenset({"budget"}))


def some_exchanges() -> list[Exchange]:
    """Two writers who say a budget and a neighbour's price each in one way, 26 times each."""
    figures = "三四五六七八九"
    return [
        an_exchange(source, said, value)
        for source in ("one", "two")
        for number, figure in enumerate(figures, start=3)
        for said, value in (
            (f"我们凑了{figure}十万。", number * 100_000),
            (f"我们凑了{figure}万块。", number * 10_000),
            (f"隔壁花了{figure}十万。", None),
            (f"隔壁花了{figure}万块。", None),
        )
    ] * 2


def test_a_sum_is_a_budget_where_it_is_an_end_of_the_labelled_one() -> None:
    exchange = an_exchange("one", "朋友花了十二万，我们凑了十万。", 100_000)
    assert [one.true for one in sums_of(exchange, {})] == [False, True]


def test_what_is_learned_from_one_writer_holds_for_the_other(rulebook: Rulebook) -> None:
    model, report = train_figures(some_exchanges(), rulebook)
    assert [source.name for source in model.trained_on] == ["one", "two"]
    for left_out in report.left_out:
        assert (left_out.right_alone, left_out.right, left_out.false) == (0, left_out.present, 0)


def test_the_same_exchanges_give_the_same_file(tmp_path: Path, rulebook: Rulebook) -> None:
    exchanges = some_exchanges()
    first, second = (to_json(train_figures(given, rulebook)[0]) for given in (exchanges, exchanges))
    assert first == second
    path = tmp_path / "figures.json"
    path.write_text(first, encoding="utf-8")
    assert to_json(load_signs(path)) == first


def test_few_sums_teach_nothing(rulebook: Rulebook) -> None:
    with pytest.raises(BadCall) as error:
        train_figures(some_exchanges()[:10], rulebook)
    assert error.value.code == "too-few-places"


def test_a_bank_of_facts_gives_exchanges(tmp_path: Path) -> None:
    line = {
        "dealer_brand": "吉利",
        "call_time": "2026-03-12T10:15:00+08:00",
        "turns": [["agent", "您预算多少？"], ["customer", "十万。"]],
        "memo": {"budget": {"min": 100000, "max": 100000}},
    }
    path = tmp_path / "facts.jsonl"
    path.write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    (exchange,) = exchanges_in(path)
    assert (exchange.source, exchange.memo.budget) == ("facts", LabelledBudget(min=100_000, max=100_000))
    assert exchange.settled == {"budget"}
