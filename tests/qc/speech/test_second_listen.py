from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.speech.second_listen import MOST_A_PIECE, Candidate, candidates, probability_of

if TYPE_CHECKING:
    from qc.rulebook import Rulebook


@pytest.mark.parametrize(
    ("text", "heard", "said"),
    [
        ("您加我哥人危信吧", "加我哥人危信", "加我个人微信"),
        ("您加我，嗯，哥人危信吧", "加我，嗯，哥人危信", "加我，嗯，个人微信"),
        ("您家我个人微信。", "家我个人微信", "加我个人微信"),
        ("这车我报您不砍真信", "不砍真信", "不看征信"),
        ("这钱您直接赚我卡上吧。", "赚我卡上", "转我卡上"),
    ],
)
def test_what_sounds_like_a_watched_phrase_is_worth_a_second_listen(
    rulebook: Rulebook, text: str, heard: str, said: str
) -> None:
    found = {(text[each.start : each.end], each.characters) for each in candidates(text, rulebook.phrases)}
    assert any(one in heard and other in said for one, other in found), found  # a rule may watch for a part of it


@pytest.mark.parametrize(
    "text", ["您加我个人微信", "不看征信", "别再给我打电话了", "今天天气真好，我们出去走走吧。", "喂，您好", "……", ""]
)
def test_what_is_there_to_the_letter_or_sounds_like_nothing_is_not(rulebook: Rulebook, text: str) -> None:
    assert candidates(text, rulebook.phrases) == []


def test_a_phrase_does_not_go_on_over_the_end_of_a_sentence(rulebook: Rulebook) -> None:
    assert candidates("您先加我。哥人危信用不好也行", rulebook.phrases) == []


def test_the_nearest_come_first_and_they_are_few(rulebook: Rulebook) -> None:
    text = "您加我哥人危信，不砍真信，这钱直接赚我卡上，别再给我大电话了，" * 4
    found = candidates(text, rulebook.phrases)
    assert len(found) == MOST_A_PIECE
    assert [each.distance for each in found] == sorted(each.distance for each in found)


syllables = st.text("您加家价我哥个人仁危微信新性不砍看真征这钱直接赚转卡上别再给大打电话。，嗯 Ａ1", max_size=30)


@given(text=syllables)
def test_a_candidate_fits_into_its_place(rulebook: Rulebook, text: str) -> None:
    for each in candidates(text, rulebook.phrases):
        assert 0 <= each.start < each.end <= len(text)
        heard = text[each.start : each.end]
        assert len(each.characters) == len(heard)
        assert each.changed > 0
        assert each.distance >= 0
        changed = [(now, was) for now, was in zip(each.characters, heard, strict=True) if now != was]
        assert changed
        assert all(was.isalnum() and now.isalnum() for now, was in changed)


def test_the_better_the_sound_fits_the_likelier_it_was_said() -> None:
    candidate = Candidate(0, 4, "不看征信", "不看征信", 2, 0.0)
    probabilities = [probability_of(candidate, gain) for gain in (-300, -20, -5, 0, 5, 20, 300)]
    assert probabilities == sorted(probabilities)
    assert 0 <= probabilities[0] < 0.05
    assert 0.95 < probabilities[-1] <= 1
