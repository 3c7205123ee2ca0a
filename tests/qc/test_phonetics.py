from __future__ import annotations

import pytest

from qc.phonetics import FAR, NEAR, SoundIndex, allowance, sound_of, sounds_like, syllable_distance


@pytest.mark.parametrize(
    ("one", "other"),
    [("微", "威"), ("是", "四"), ("你", "里"), ("银", "赢"), ("深", "森"), ("回", "灰"), ("热", "乐")],
)
def test_characters_that_sound_alike_share_a_sound(one: str, other: str) -> None:
    assert sound_of(one) == sound_of(other)


def test_distance_tells_same_near_and_far() -> None:
    assert syllable_distance(sound_of("微"), sound_of("威")) == 0
    assert syllable_distance(sound_of("信"), sound_of("险")) == NEAR
    assert syllable_distance(sound_of("打"), sound_of("信")) == FAR


def test_a_homophone_is_heard_at_no_cost() -> None:
    match = sounds_like("加我个人微信", "那您夹我个人威信吧")
    assert match is not None
    assert (match.start, match.end, match.cost) == (2, 8, 0)


def test_what_a_recogniser_made_of_a_phrase_is_heard_as_near() -> None:
    # heard by Whisper base for 您加我个人微信 on a telephone line
    match = sounds_like("加我个人微信", "您叫我哥人危险")
    assert match is not None
    assert 0 < match.cost <= allowance(6)


@pytest.mark.parametrize("text", ["您家里几个人", "价格", "", "他家附近有充电站"])
def test_other_words_are_not_heard(text: str) -> None:
    assert sounds_like("加我个人微信", text) is None


def test_short_phrases_must_sound_the_same() -> None:
    assert allowance(4) == 0
    assert sounds_like("不看征信", "不看真心") is not None
    assert sounds_like("不看征信", "不看真相") is None


def test_an_index_finds_each_of_its_phrases() -> None:
    index = SoundIndex(["加我个人微信", "不看征信", "终身免费保养"])
    found = {index.phrases[match.phrase] for match in index.find("我们不砍真信的中午免费保养")}
    assert found == {"不看征信"}
