from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.text import _spelled, normalise

SPEECH = st.text(st.sampled_from("打我卡上您嗯呃那个就是说，。？！ 、…４Ｓ12aＢ％百\n①㎡"), max_size=40)


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("打我卡上", "打我卡上"),
        ("打 我 卡 上", "打我卡上"),
        ("打我、卡上", "打我卡上"),
        ("打，嗯，我我 呃 卡上", "打我卡上"),
        ("您，那个，打我卡上", "您打我卡上"),
        ("那个车打折", "那个车打折"),
        ("４Ｓ店", "四s店"),
        ("12315", "一二三一五"),
        ("幺二三幺五", "一二三一五"),
        ("100％", "一零零%"),
        ("Model Y", "modely"),
        ("包过吗？真的。", "包过吗?\n真的\n"),
        ("真的？！", "真的?\n"),
        ("嗯，对", "嗯对"),
        ("", ""),
    ],
)
def test_speech_is_brought_into_one_form(said: str, form: str) -> None:
    assert normalise(said).text == form


def test_pauses_are_kept_where_asked_for() -> None:
    assert normalise("不行，您走公司账户、谢谢。", pauses=True).text == "不行,您走公司账户,谢谢\n"


def test_a_span_of_the_form_leads_back_to_what_was_said() -> None:
    said = "您 那个，先打，嗯，我我 卡上？好的"
    normalised = normalise(said)
    start = normalised.text.index("打我卡上")
    at, to = normalised.original_span(start, start + 4)
    assert said[at:to] == "打，嗯，我我 卡上"


def test_a_span_does_not_end_in_a_stop() -> None:
    said = "打我卡上。好的"
    normalised = normalise(said)
    assert said[slice(*normalised.original_span(0, 5))] == "打我卡上"


@given(SPEECH)
def test_every_character_of_the_form_stands_in_the_original_in_order(said: str) -> None:
    normalised = normalise(said)
    assert len(normalised.text) == len(normalised.offsets)
    assert list(normalised.offsets) == sorted(normalised.offsets)
    assert all(0 <= offset < len(said) for offset in normalised.offsets)


@given(SPEECH)
def test_normalising_twice_changes_nothing(said: str) -> None:
    once = normalise(said).text
    assert normalise(once).text == once


@given(SPEECH, st.data())
def test_spans_stay_within_the_original(said: str, data: st.DataObject) -> None:
    normalised = normalise(said)
    start = data.draw(st.integers(0, len(normalised.text)))
    end = data.draw(st.integers(start, len(normalised.text)))
    at, to = normalised.original_span(start, end)
    assert 0 <= at <= to <= len(said)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_can_be_normalised(said: str) -> None:
    normalised = normalise(said)
    assert normalise(normalised.text).text == normalised.text


@given(st.one_of(SPEECH, st.text(st.characters(codec="utf-8"), max_size=60)), st.booleans())
def test_the_form_of_the_whole_is_that_of_its_characters(said: str, pauses: bool) -> None:  # noqa: FBT001 - a property of both
    normalised = normalise(said, pauses=pauses)
    assert (normalised.text, normalised.offsets) == _spelled(said, pauses=pauses)
