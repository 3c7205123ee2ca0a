from __future__ import annotations

import jiwer
import pytest
from builders import CALL_TIME, SPEAKERS
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Transcript, Utterance
from qc.measure.annotated import AnnotatedCall
from qc.measure.characters import CharacterErrors, align, comparable, measure_hearing
from qc.measure.scoring import Rate


def said(*lines: str) -> AnnotatedCall:
    turns = [{"speaker": SPEAKERS[line[:2]], "text": line[3:]} for line in lines]
    return AnnotatedCall.model_validate(
        {
            "id": "call",
            "call_time": CALL_TIME,
            "turns": turns,
            "findings": [],
            "omissions": [],
            "memo": {},
            "grade": "N",
        }
    )


def heard(*lines: str) -> Transcript:
    utterances = tuple(
        Utterance(speaker=SPEAKERS[line[:2]], start_ms=i * 1000, end_ms=i * 1000 + 900, text=line[3:])
        for i, line in enumerate(lines)
    )
    return Transcript(utterances=utterances, duration_ms=len(lines) * 1000, recogniser="test")


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


def test_a_perfect_transcript_has_no_errors_and_right_speakers() -> None:
    hearing = measure_hearing(
        said("客服：您好，想看什么车？", "客户：看看SUV。"), "r", heard("客服：您好想看什么车", "客户：看看suv")
    )
    assert hearing.errors.rate == 0
    assert hearing.speakers == Rate(hits=12, of=12)
    assert hearing.turns == Rate(hits=2, of=2)
    assert hearing.roles_right


def test_each_kind_of_error_is_counted() -> None:
    hearing = measure_hearing(said("客服：甲乙丙丁戊己庚"), "r", heard("客服：甲天丙戊己庚辛"))
    assert hearing.errors == CharacterErrors(substitutions=1, deletions=1, insertions=1, said=7)
    assert hearing.errors.rate == 3 / 7


def test_roles_the_wrong_way_round_are_wrong_and_unknown_is_not_right() -> None:
    call = said("客服：您好我是店里的小李", "客户：你好你好")
    swapped = measure_hearing(call, "r", heard("客户：您好我是店里的小李", "客服：你好你好"))
    assert swapped.errors.rate == 0
    assert swapped.speakers.hits == 0
    assert not swapped.roles_right
    unknown = measure_hearing(call, "r", heard("不明：您好我是店里的小李你好你好"))
    assert unknown.speakers.hits == 0
    assert unknown.turns == Rate(hits=0, of=2)
    assert not unknown.roles_right


def test_a_turn_is_right_when_most_of_what_was_heard_of_it_is() -> None:
    call = said("客服：甲乙丙丁", "客户：戊己庚辛")
    hearing = measure_hearing(call, "r", heard("客服：甲乙丙丁戊", "客户：己庚辛"))
    assert hearing.speakers == Rate(hits=7, of=8)
    assert hearing.turns == Rate(hits=2, of=2)


def test_silence_heard_as_silence_is_right_and_invented_words_are_not() -> None:
    assert measure_hearing(said(), "r", heard()).errors.rate == 0
    assert measure_hearing(said(), "r", heard("客服：请订阅")).errors.rate == 1


some_text = st.text(alphabet="甲乙丙丁戊己", max_size=14)


@given(some_text.filter(bool), some_text)
def test_the_alignment_is_as_cheap_as_a_known_librarys(one: str, other: str) -> None:
    errors = measure_hearing(said(f"客服：{one}"), "r", heard(f"客服：{other}")).errors
    assert errors.rate == pytest.approx(jiwer.cer(one, other))


@given(some_text, some_text)
def test_the_alignment_takes_every_character_once_and_in_order(one: str, other: str) -> None:
    pairs = align(one, other)
    assert [i for i, _ in pairs if i is not None] == list(range(len(one)))
    assert [j for _, j in pairs if j is not None] == list(range(len(other)))
