"""The learned model of budgets: what it looks at, when it is asked."""

from math import isclose

import pytest
from builders import a_transcript

from qc.memo.figures import SHIPPED, signs_of
from qc.memo.money import find_budget
from qc.memo.signs import SignModel, load_signs
from qc.memo.sums import find_amounts
from qc.memo.talk import Talk

OFFER = ("客服：四十二万您可以吧？", "客户：不可以，我出三十九万。")


def signs(*lines: str) -> set[str]:
    talk = Talk(a_transcript(*lines))
    line = talk.lines[-1]
    return set(signs_of(talk, line, next(find_amounts(line.text))))


def a_model(**weights: float) -> SignModel:
    return SignModel(trained_on=(), threshold=0.7, bias=-1.0, weights={f"#{name}": w for name, w in weights.items()})


def test_the_words_beside_the_sum_and_of_the_question_are_signs() -> None:
    assert {"<=出", "<=出我", ">=。", "?吧？", "#agent-named-sums", "#unit", "#answer"} <= signs(*OFFER)


def test_a_sum_the_agent_has_named_is_told_from_a_new_one() -> None:
    assert "#agent-named-it" in signs("客服：落地十二万三。", "客户：十二万三，行。")
    assert "#agent-named-it" not in signs("客服：落地十二万三。", "客户：十二万，行。")


def test_the_probability_follows_the_weights() -> None:
    talk = Talk(a_transcript(*OFFER))
    line = talk.lines[1]
    amount = next(find_amounts(line.text))
    assert isclose(a_model(unit=1.0).probability(signs_of(talk, line, amount)), 0.5)
    assert a_model(unit=3.0).probability(signs_of(talk, line, amount)) > 0.8


@pytest.mark.parametrize(("weight", "budget"), [(5.0, 160_000), (0.0, None)])
def test_it_is_asked_where_no_rule_finds_a_figure(weight: float, budget: int | None) -> None:
    talk = Talk(a_transcript("客服：老爷子怎么说？", "客户：他说养老钱拿十六万出来。"))
    assert find_budget(talk) is None
    found = find_budget(talk, learned=a_model(unit=weight))
    assert (found[0].max if found else None) == budget


def test_a_rules_figure_stands() -> None:
    talk = Talk(a_transcript("客服：您预算多少？", "客户：十六万吧，朋友说要二十万。"))
    found = find_budget(talk, learned=a_model(unit=9.0))
    assert found is not None
    assert found[0].max == 160_000


def test_the_shipped_model_names_its_sources_and_no_words_of_held_out_data() -> None:
    sources = {source.name for source in load_signs(SHIPPED).trained_on}
    assert {"many-dealers", "second-voice", "needs.open"} <= sources
    assert not any("held" in name or "dc-" in name or "check" in name for name in sources)
