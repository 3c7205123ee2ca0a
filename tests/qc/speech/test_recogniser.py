from __future__ import annotations

import pytest

from qc.speech.recogniser import punctuated, rejoined
from qc.turns import Word


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        (["喂", " 大", "哥"], "喂，大哥，"),
        (["买", "了", "兄", "弟,", "上", "礼", "拜"], "买了兄弟，上礼拜，"),
        (["车", "买", "没?"], "车买没？"),
        (["看", "的", "是", " Model", " Y", " 吗"], "看的是 Model Y吗，"),
        ([" 好", "。"], "好。"),
        ([], ""),
    ],
)
def test_marks_are_chinese_and_pauses_are_commas(heard: list[str], written: str) -> None:
    assert "".join(punctuated(heard)) == written


def spoken(text: str, start_ms: int) -> tuple[Word, ...]:
    return tuple(
        Word(text=character, start_ms=start_ms + 200 * at, end_ms=start_ms + 200 * at + 200)
        for at, character in enumerate(text)
    )


def test_a_word_left_behind_before_a_pause_joins_its_segment() -> None:
    before, after = spoken("再见", 0), spoken("李先生", 400)
    torn = (after[0], *spoken("先生", 9000))
    words = rejoined([before, torn])
    assert "".join(word.text for word in words) == "再见李先生"
    assert (words[2].start_ms, words[2].end_ms) == (8800, 9000)
    assert rejoined([before, after]) == [*before, *after]


def test_a_word_alone_in_its_segment_stays_where_it_was_heard() -> None:
    segments = [spoken("再见", 0), spoken("嗯", 500), spoken("您好", 5000)]
    assert rejoined(segments) == [word for segment in segments for word in segment]
