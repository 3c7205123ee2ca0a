from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.speech.talk import TalkModel
from qc.speech.written import LOWEST, Fit, fit_of, respelled_text, word_span, words_of


def evenly(text: str) -> Fit:
    """A fit of a character each 100 ms, all of the same probability."""
    return Fit([-0.1] * len(text), [100 * at for at in range(len(text))], [100 * at + 100 for at in range(len(text))])


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("喂 大哥", "喂，/大/哥"),
        ("买了兄弟,上礼拜", "买/了/兄/弟，/上/礼/拜"),
        ("车买没?", "车/买/没？"),
        ("看的是 Model Y 吗", "看/的/是/Model/Y/吗"),
        ("落地20.5万,还是5%", "落/地/20./5/万，/还/是/5%"),
        ("，好。", "好。"),
        ("……", ""),
        ("", ""),
    ],
)
def test_marks_are_chinese_and_pauses_are_commas(heard: str, written: str) -> None:
    words = words_of(heard, heard, evenly(heard))
    assert "/".join(word.text for word in words) == written
    assert all(word.original is None for word in words)


def test_a_word_keeps_its_time_its_probability_and_what_was_heard() -> None:
    heard, now = "来，施加OK", "来，试驾OK"
    words = words_of(heard, now, evenly(heard))
    assert [(word.text, word.original) for word in words] == [("来，", None), ("试", "施"), ("驾", "加"), ("OK", None)]
    assert [(word.start_ms, word.end_ms) for word in words] == [(0, 100), (200, 300), (300, 400), (400, 600)]
    assert [word.probability for word in words] == [
        pytest.approx(math.exp(-0.1 * characters), abs=1e-4) for characters in (1, 1, 1, 2)
    ]


def test_a_fit_shares_tokens_out_among_characters() -> None:
    # 您 is two tokens, 好我 is one, the space has none, OK is one.
    offsets = [(0, 1), (0, 1), (1, 3), (4, 6)]
    fit = fit_of("您好我 OK", offsets, [0.5, 0.5, 0.25, 0.0], {0: 0, 1: 100, 2: 200, 3: 600}, 1000)
    assert fit.starts_ms == [0, 200, 400, 600, 600, 800]
    assert fit.ends_ms == [200, 400, 600, 600, 800, 1000]
    assert fit.logprobs == pytest.approx(
        [2 * math.log(0.5), math.log(0.25) / 2, math.log(0.25) / 2, 0, LOWEST / 2, LOWEST / 2]
    )


def test_a_token_that_the_alignment_left_out_stands_at_the_end() -> None:
    fit = fit_of("您好", [(0, 1), (1, 2)], [0.9, 0.9], {0: 0}, 400)
    assert (fit.starts_ms, fit.ends_ms) == ([0, 400], [400, 400])
    assert fit_of("", [], [], {}, 0) == Fit([], [], [])


def test_only_letters_and_digits_are_respelled() -> None:
    talk = TalkModel(["您来试驾。", "可以试驾，也可以置换。"] * 3)
    heard = " 可以施加, 也可以至换。OK 20.5"
    assert respelled_text(heard, evenly(heard), talk) == " 可以试驾, 也可以置换。OK 20.5"
    assert respelled_text(heard, evenly(heard), None) == heard


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(0, 1, (0, 1)), (0, 4, (0, 3)), (3, 4, (2, 3)), (5, 6, (3, 4)), (3, 6, (2, 4)), (2, 7, (2, 5))],
)
def test_characters_belong_to_words(start: int, end: int, words: tuple[int, int]) -> None:
    assert word_span("您好，是OK吧", start, end) == words


@given(st.text(alphabet="您好我车aB3，。？, .%", max_size=20))
def test_every_letter_is_in_one_word_in_order(text: str) -> None:
    words = words_of(text, text, evenly(text))
    assert [c for word in words for c in word.text if c.isalnum()] == [c for c in text if c.isalnum()]
    times = [(word.start_ms, word.end_ms) for word in words]
    assert times == sorted(times)
    for number, character in enumerate(text):
        if character.isalnum():
            first, end = word_span(text, number, number + 1)
            assert end == first + 1
            assert character in words[first].text
