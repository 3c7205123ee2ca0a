"""What tells of days whether the customer buys or meets then, and how a model's word and the rules' are weighed."""

from datetime import date

import pytest
from builders import a_transcript

from qc.memo.appointment import find_appointment
from qc.memo.day_signs import BUYING, MEETING, Learned, places_of
from qc.memo.purchase import find_purchase_time
from qc.memo.signs import SignModel, load_signs
from qc.memo.talk import Talk

TODAY = date(2026, 3, 12)


def a_model(rules: float = 0.0, **weights: float) -> SignModel:
    named = {name.replace("_", "-"): weight for name, weight in weights.items()}
    return SignModel(
        trained_on=(), threshold=0.5, bias=-1.0, rules=rules, weights={f"#{n}": w for n, w in named.items()}
    )


def talk_of(*lines: str) -> Talk:
    return Talk(a_transcript(*lines))


def learned(talk: Talk, model: SignModel) -> Learned:
    return Learned(model, tuple(places_of(talk, TODAY)))


def test_words_question_and_answer_are_signs() -> None:
    talk = talk_of("客服：您周六上午方便来店里吗？", "客户：周六吧，两点。")
    offered, named = places_of(talk, TODAY)
    assert {"A<=您", "A>=上午", "#A-question", "#after-days"} <= offered.signs
    assert {"C>=吧", "#C-alone", "#C-hour-next", "#before-days", "#asked-visits"} <= named.signs


@pytest.mark.parametrize(("rules", "at"), [(3.0, "2026-03-14"), (0.0, None)])
def test_a_model_may_take_away_what_the_rules_read(rules: float, at: str | None) -> None:
    talk = talk_of("客服：您周六过来吗？", "客户：周六过来。")
    assert find_appointment(talk, TODAY) is not None
    found = find_appointment(talk, TODAY, learned(talk, a_model(rules)))
    assert (found[0].at if found else None) == at


def test_a_day_the_rules_miss_is_read_with_its_hour() -> None:
    talk = talk_of("客服：那咱怎么说？", "客户：周六我带上全家登门拜码头，下午三点。")
    assert find_appointment(talk, TODAY) is None
    found = find_appointment(talk, TODAY, learned(talk, a_model(C_day=5.0)))
    assert found is not None
    assert found[0].at == "2026-03-14T15:00"


@pytest.mark.parametrize("answer", ["我考虑考虑。", "没空，再说吧。", None])
def test_an_offer_is_agreed_only_if_the_customer_does_not_put_it_off(answer: str | None) -> None:
    lines = ["客服：周六下午两点来试驾？", *([f"客户：{answer}"] if answer else [])]
    talk = talk_of(*lines)
    assert find_appointment(talk, TODAY, learned(talk, a_model(A_day=9.0))) is None


def test_the_rules_time_of_purchase_stands_where_nobody_names_just_these_days() -> None:
    talk = talk_of("客服：二十五号到港。", "客户：到了我就去交钱。")
    stated = find_purchase_time(talk, TODAY)
    assert stated is not None
    assert find_purchase_time(talk, TODAY, learned=learned(talk, a_model(3.0))) == stated


def test_the_shipped_models_have_learned_from_no_held_out_data() -> None:
    for path in (BUYING, MEETING):
        sources = {source.name for source in load_signs(path).trained_on}
        assert {"fifth-voice", "time.open"} <= sources
        assert not any("held" in name or "dc-" in name or "check" in name for name in sources)
