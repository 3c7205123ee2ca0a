from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memo_reading import memo_of, memo_of_transcript

from qc.domain import Speaker, Timing, Transcript, Utterance
from qc.memo.hearing import as_meant

WORDS = ("途观", "清明", "贷款", "定金", "卡罗拉")


def heard(*turns: tuple[Speaker, str], timing: Timing = Timing.RECORDED, recogniser: str = "whisper") -> Transcript:
    utterances = tuple(
        Utterance(speaker=speaker, start_ms=index * 1000, end_ms=index * 1000 + 900, text=text)
        for index, (speaker, text) in enumerate(turns)
    )
    return Transcript(utterances=utterances, duration_ms=9000, timing=timing, recogniser=recogniser)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("我看图观有现车吗", "我看途观有现车吗"),
        ("请明前要用", "清明前要用"),
        ("待款三年", "贷款三年"),
        ("卡萝拉多少钱", "卡罗拉多少钱"),
        ("价格亲民", "价格亲民"),
        ("订金能退吗", "订金能退吗"),
        ("", ""),
    ],
)
def test_words_are_found_by_their_sound(said: str, meant: str) -> None:
    assert as_meant(said, WORDS, ("订金",)) == meant


@given(st.text(max_size=40))
def test_the_text_keeps_its_length(text: str) -> None:
    assert len(as_meant(text, WORDS, ())) == len(text)


def test_a_misheard_model_is_found_and_quoted_as_it_stands() -> None:
    transcript = heard((Speaker.CUSTOMER, "我想看图观的现车"))
    memo = memo_of_transcript(transcript, brand="上汽大众")
    assert memo.vehicles == ("途观L",)
    assert [quote.quote for quote in memo.evidence["vehicles"]] == ["图观"]


def test_a_misheard_festival_is_a_time() -> None:
    transcript = heard((Speaker.AGENT, "您什么时候要用车"), (Speaker.CUSTOMER, "最好请明前吧"))
    time = memo_of_transcript(transcript).purchase_time
    assert time is not None
    assert str(time.to) == "2026-04-04"


def test_written_words_mean_themselves() -> None:
    assert memo_of("客户：我想看涂关的现车。", brand="上汽大众").vehicles == ()
