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


def a_model(rules: float = 0.0, **weights: float) -> SignModel:
    named = {f"#{name.replace('_', '-')}": weight for name, weight in weights.items()}
    return SignModel(trained_on=(), threshold=0.7, bias=-1.0, rules=rules, weights=named)


def test_the_words_beside_the_sum_and_of_the_question_are_signs() -> None:
    assert {"C<=出", "C<=出我", "C>=。", "?吧？", "#C-other-named-sums", "#C-unit", "#C-answer"} <= signs(*OFFER)


def test_an_agents_sum_is_seen_with_the_answer_to_it() -> None:
    talk = Talk(a_transcript("客服：那就按十六万给您配？", "客户：对，配吧。"))
    line = talk.lines[0]
    assert {"A>=给您", "!对，", "#after-yes"} <= set(signs_of(talk, line, next(find_amounts(line.text))))


def test_a_sum_the_agent_has_named_is_told_from_a_new_one() -> None:
    assert "#C-other-named-it" in signs("客服：落地十二万三。", "客户：十二万三，行。")
    assert "#C-other-named-it" not in signs("客服：落地十二万三。", "客户：十二万，行。")


def test_the_probability_follows_the_weights() -> None:
    talk = Talk(a_transcript(*OFFER))
    line = talk.lines[1]
    amount = next(find_amounts(line.text))
    assert isclose(a_model(C_unit=1.0).probability(signs_of(talk, line, amount)), 0.5)
    assert a_model(C_unit=3.0).probability(signs_of(talk, line, amount)) > 0.8


@pytest.mark.parametrize(("weight", "budget"), [(5.0, 160_000), (0.0, None)])
def test_it_finds_what_no_rule_finds(weight: float, budget: int | None) -> None:
    talk = Talk(a_transcript("客服：老爷子怎么说？", "客户：他说养老钱拿十六万出来。"))
    assert find_budget(talk) is None
    found = find_budget(talk, learned=a_model(C_unit=weight))
    assert (found[0].max if found else None) == budget


@pytest.mark.parametrize(("rules", "budget"), [(5.0, 160_000), (0.0, 200_000)])
def test_the_rules_word_is_weighed_with_the_others(rules: float, budget: int) -> None:
    talk = Talk(a_transcript("客服：您预算多少？", "客户：十六万吧。", "客服：哦。", "客户：股票卖了二十万。"))
    found = find_budget(talk, learned=a_model(rules, C_unit=4.0, C_answer=-1.0))
    assert found is not None
    assert found[0].max == budget


def test_of_a_line_with_several_sums_those_of_the_rules_stand() -> None:
    talk = Talk(a_transcript("客户：十万以内吧，我爸给五万。"))
    found = find_budget(talk, learned=a_model(C_unit=9.0))
    assert found is not None
    assert (found[0].min, found[0].max) == (None, 100_000)


@pytest.mark.parametrize(("answer", "budget"), [("对，没错。", 160_000), ("先不说这个。", None)])
def test_an_agents_sum_counts_if_the_customer_says_yes(answer: str, budget: int | None) -> None:
    talk = Talk(a_transcript("客服：那我就按十六万给您配？", f"客户：{answer}"))
    found = find_budget(talk, learned=a_model(A_unit=9.0))
    assert (found[0].max if found else None) == budget


def test_the_shipped_model_names_its_sources_and_no_words_of_held_out_data() -> None:
    sources = {source.name for source in load_signs(SHIPPED).trained_on}
    assert {"many-dealers", "second-voice", "needs.open"} <= sources
    assert not any("held" in name or "dc-" in name or "check" in name for name in sources)
