from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from builders import a_call, a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.domain import Grade, LeadFeatures, Letter, Outcome
from qc.errors import BadModel, BadSettings, NotFound
from qc.grading_model import (
    NEVER_LOWERS,
    OPEN,
    RISING,
    SHIPPED,
    STATED,
    STATUSES,
    UNSTATED,
    GradeModel,
    LearnedGrader,
    decide,
    load_grade_model,
    read_grade_model,
    shipped_grade_model,
    status_inputs,
    urgency_inputs,
    write_grade_model,
)
from qc.grading_words import AGAIN, SIGNS
from qc.judgement import SHIPPED as FINDINGS
from qc.leads.comparing import STEPS
from qc.memo import write_memo
from qc.rulebook import Rulebook, load_rulebook

RULEBOOK: Rulebook = load_rulebook()
ASKED = "客服：您打算什么时候定？"


def shipped() -> GradeModel:
    model = shipped_grade_model()
    assert model is not None
    return model


def grade_of(*lines: str, preset: str = "default") -> Grade:
    call, transcript = a_call(brand="上汽大众"), a_transcript(*lines)
    memo = write_memo(call, transcript, RULEBOOK)
    grade = LearnedGrader(shipped(), RULEBOOK.grading, preset).grade(call, transcript, memo, ())
    for reason in grade.reasons:
        for quote in reason.evidence:
            assert transcript.utterances[quote.utterance].text[quote.start : quote.end] == quote.quote
    return grade


@pytest.mark.parametrize(
    ("lines", "letter"),
    [
        ((ASKED, "客户：就这个礼拜吧。"), "H"),
        ((ASKED, "客户：十天之内吧。"), "A"),
        ((ASKED, "客户：月底前吧。"), "B"),
        ((ASKED, "客户：下个月。"), "C"),
        (("客户：我周六下午过来看看。",), "B"),
        (("客户：我周六下午过来试驾，预算二十万以内，全款。",), "A"),
        (("客户：途观L现在优惠多少？",), "C"),
        (("客服：喂，您好，打扰了。", "客户：嗯，我在忙，回头说。"), "N"),
        (("客户：那我付了啊，好了，付成功了。",), "O"),
        (("客户：我不买车了，别再打了。",), "F"),
        (("客服：是陈先生吗？", "客户：打错了。"), "F"),
        (("客服：您提车快一个月了，车开着还习惯吧？", "客户：习惯，没啥问题。"), "N"),
    ],
)
def test_letter(lines: tuple[str, ...], letter: str) -> None:
    grade = grade_of(*lines)
    assert grade.letter == letter
    assert grade.probability == grade.likely[grade.letter]


def test_words_that_no_pattern_knows_decide_too() -> None:
    grade = grade_of("客户：我订的车排到哪天生产了呀？钱交了快一个月了，一点消息都没有。")
    assert grade.letter == "O"


def test_what_was_heard_is_kept_with_the_grade() -> None:
    grade = grade_of(ASKED, "客户：月底前吧。")
    assert grade.features is not None
    assert set(grade.features.sounds_like) == {*SIGNS, *(AGAIN + sign for sign in SIGNS)}
    assert shipped().likely(grade.features, RULEBOOK.grading).letters[Letter.B] == pytest.approx(
        grade.probability, abs=1e-4
    )


def test_a_kept_grade_can_be_made_again_from_its_features() -> None:
    grade = grade_of("客户：我周六下午过来看看，预算十五万。")
    stored = Grade.model_validate_json(grade.model_dump_json())
    assert stored.features is not None
    model = shipped()
    likely = model.likely(stored.features, RULEBOOK.grading)
    assert decide(likely, stored.features, model.header.threshold).letter is grade.letter


def test_where_no_letter_is_sure_enough_there_is_none() -> None:
    model = shipped()
    strict = model.header.model_copy(update={"threshold": 1.0})
    grader = LearnedGrader(
        read_grade_model(write_grade_model(strict, model.words.weights, model.words.biases)), RULEBOOK.grading
    )
    call, transcript = a_call(brand="上汽大众"), a_transcript("客户：途观L现在优惠多少？")
    grade = grader.grade(call, transcript, write_memo(call, transcript, RULEBOOK), ())
    assert (grade.letter, grade.abstained) == ("N", True)
    assert grade.reasons[0].text.startswith("依据不足")
    assert grade.probability == grade.likely[Letter.N] < max(grade.likely.values())


def test_a_call_without_speech_is_nothing_to_judge_by() -> None:
    grade = grade_of()
    assert grade.letter == "N"
    assert not grade.abstained


def test_whoever_asks_not_to_be_called_is_not_called_again() -> None:
    assert grade_of("客户：我不买车，以后别再打了。").next_contact_by is None


def test_presets_move_the_horizons() -> None:
    assert grade_of(ASKED, "客户：月底前吧。").letter == "B"
    assert grade_of(ASKED, "客户：月底前吧。", preset="quarter").letter == "A"
    with pytest.raises(BadSettings, match="default, quarter"):
        LearnedGrader(shipped(), RULEBOOK.grading, "weekly")


def test_the_grader_names_model_and_preset() -> None:
    assert LearnedGrader(shipped(), RULEBOOK.grading).version == f"learned-1/{shipped().version}/default"


# ---------------------------------------------------------------- what must always hold

FEATURES = st.builds(
    LeadFeatures,
    speech=st.just(value=True),
    outcomes=st.sets(st.sampled_from(Outcome), max_size=3).map(tuple),
    unhurried=st.booleans(),
    visit_in_days=st.none() | st.integers(0, 40),
    visit_at_an_hour=st.booleans(),
    visit_hedged=st.booleans(),
    budget_known=st.booleans(),
    model_chosen=st.booleans(),
    payment_known=st.booleans(),
    interest=st.sets(st.sampled_from(["vehicles", "budget", "use", "concerns"])).map(tuple),
    asks=st.booleans(),
    others_decide=st.integers(0, 6),
    competitors=st.integers(0, 6),
    concerns=st.integers(0, 9),
    declines=st.integers(0, 9),
    customer_characters=st.integers(0, 5000),
    earlier_calls=st.integers(0, 20),
    sounds_like=st.fixed_dictionaries({sign: st.floats(-6, 6) for sign in SIGNS}),
)


def at(horizon: Letter, features: LeadFeatures) -> LeadFeatures:
    last = {Letter.H: 7, Letter.A: 15, Letter.B: 30, Letter.C: 60}[horizon]
    return features.model_copy(
        update={"horizon": horizon, "days_to_purchase": last, "purchase_until": a_call().time.date()}
    )


def worth(model: GradeModel, features: LeadFeatures) -> int:
    return STEPS[decide(model.likely(features, RULEBOOK.grading), features, model.header.threshold).letter]


def later_and_earlier() -> Iterator[tuple[Letter, Letter]]:
    return combinations(RISING, 2)


@given(FEATURES)
@settings(max_examples=200, deadline=None)
def test_an_earlier_time_never_lowers_the_grade(features: LeadFeatures) -> None:
    model = shipped()
    for later, earlier in later_and_earlier():
        assert worth(model, at(earlier, features)) >= worth(model, at(later, features))


@given(FEATURES, st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_nor_does_it_with_any_model_that_can_be_read(features: LeadFeatures, seed: int) -> None:
    model = with_any_weights(seed)
    for later, earlier in later_and_earlier():
        assert worth(model, at(earlier, features)) >= worth(model, at(later, features))


@given(FEATURES, st.none() | st.sampled_from(RISING))
@settings(max_examples=200, deadline=None)
def test_probabilities_are_probabilities(features: LeadFeatures, horizon: Letter | None) -> None:
    seen = at(horizon, features) if horizon else features
    likely = shipped().likely(seen, RULEBOOK.grading)
    for said in (list(likely.status.values()), list(likely.letters.values())):
        assert sum(said) == pytest.approx(1)
        assert all(0 <= p <= 1 for p in said)


def with_any_weights(seed: int) -> GradeModel:
    """A model of random weights, within what a file may hold."""
    chance = np.random.default_rng(seed)
    model, nobody = shipped(), LeadFeatures(speech=True)
    urgency = {
        ground: {
            name: abs(weight) if name in NEVER_LOWERS else weight
            for name in urgency_inputs(nobody, RULEBOOK.grading)
            for weight in [float(chance.normal(0, 3))]
        }
        for ground in (STATED, UNSTATED)
    }
    status = {
        name: {each: float(chance.normal(0, 2)) for each in status_inputs(nobody, RULEBOOK.grading)}
        for name in STATUSES
    }
    cuts = {ground: tuple(sorted(float(cut) for cut in chance.normal(0, 4, 3))) for ground in (STATED, UNSTATED)}
    header = model.header.model_copy(
        update={"urgency": urgency, "status": status, "cuts": cuts, "threshold": float(chance.uniform(0, 0.6))}
    )
    return read_grade_model(write_grade_model(header, model.words.weights, model.words.biases))


# ---------------------------------------------------------------- files


def test_the_same_model_gives_the_same_bytes() -> None:
    model = shipped()
    content = write_grade_model(model.header, model.words.weights, model.words.biases)
    assert read_grade_model(content).version == read_grade_model(bytes(content)).version
    assert read_grade_model(content).header == model.header


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda _: b"", lambda _: b"PK\x03\x04 nothing"])
def test_a_damaged_model_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(BadModel, match="damaged"):
        read_grade_model(damage(SHIPPED.read_bytes()))


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        load_grade_model(FINDINGS)
    with pytest.raises(NotFound, match="no such model"):
        load_grade_model(tmp_path / "none.npz")


def test_a_model_by_which_an_earlier_time_lowers_the_grade_is_refused() -> None:
    model = shipped()
    lowering = {**model.header.urgency, STATED: {**model.header.urgency[STATED], "by_A": -1.0}}
    content = write_grade_model(
        model.header.model_copy(update={"urgency": lowering}), model.words.weights, model.words.biases
    )
    with pytest.raises(BadModel, match="earlier"):
        read_grade_model(content)


def test_a_model_of_a_later_format_is_refused() -> None:
    model = shipped()
    header = model.header.model_copy(update={"format": 3})
    assert json.loads(header.model_dump_json(warnings=False))["format"] == 3
    content = write_grade_model(header, model.words.weights, model.words.biases)
    with pytest.raises(BadModel, match="does not fit"):
        read_grade_model(content)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "grading.npz"
    path.write_bytes(SHIPPED.read_bytes())
    first = load_grade_model(path)
    model = shipped()
    header = model.header.model_copy(update={"temperature": 2.0})
    path.write_bytes(write_grade_model(header, model.words.weights, model.words.biases))
    assert load_grade_model(path).version != first.version


def test_the_shipped_model_tells_what_it_has_learned_from() -> None:
    header = shipped().header
    assert {source.source.split("/")[0] for source in header.trained_on} >= {"grades", "da", "db", "pa"}
    assert not any(call.startswith("dc") for call in header.calls)
    assert header.metrics["calls"] > 400
    assert OPEN in header.status
