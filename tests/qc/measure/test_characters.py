from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.measure.characters import CharacterErrors, align, comparable, count_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("您好，我是小李。", "您好我是小李"),
        ("十八万", "18万"),
        ("十八万", "180000"),
        ("十八万五千", "185,000"),
        ("十八九万", "18、9万"),
        ("三百五", "350"),
        ("三百零五块", "305块"),
        ("一千二", "1200"),
        ("两千零五十", "2050"),
        ("幺三八零零", "13800"),
        ("二零二六年", "２０２６年"),
        ("十八点五万", "18.5万"),
        ("百分之二十", "20%"),
        ("SUV", "suv"),
        ("第一次", "第1次"),
    ],
)
def test_what_sounds_the_same_compares_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("十八万", "十九万"), ("千万别", "一千万"), ("嗯好的", "好的"), ("一百零五", "一百五"), ("車", "车")],
)
def test_what_sounds_different_does_not(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


some_text = st.text(alphabet="甲乙丙丁戊己", max_size=14)


@given(some_text.filter(bool), some_text)
def test_the_alignment_is_as_cheap_as_a_known_librarys(one: str, other: str) -> None:
    errors = count_errors(one, other, align(one, other))
    assert errors.said == len(one)
    assert errors.rate == pytest.approx(jiwer.cer(one, other))


def test_each_kind_of_error_is_counted() -> None:
    said, heard = "甲乙丙丁戊己庚", "甲天丙戊己庚辛"
    errors = count_errors(said, heard, align(said, heard))
    assert errors == CharacterErrors(substitutions=1, deletions=1, insertions=1, said=7)
    assert errors.rate == 3 / 7


def test_silence_heard_as_silence_is_right_and_invented_words_are_not() -> None:
    assert CharacterErrors().rate == 0
    assert count_errors("", "请订阅", align("", "请订阅")).rate == 1


@given(some_text, some_text)
def test_the_alignment_takes_every_character_once_and_in_order(one: str, other: str) -> None:
    pairs = align(one, other)
    assert [i for i, _ in pairs if i is not None] == list(range(len(one)))
    assert [j for _, j in pairs if j is not None] == list(range(len(other)))
