from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import a_call, a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.callfile import read_call_file
from qc.domain import Category, Doubt, Evidence, Inspection, Listen, Record, Speaker, Stretch, Transcript, Utterance
from qc.doubt import DOUBT_TITLES, doubt_mark, without_doubted
from qc.grade import RuleGrader
from qc.pipeline import inspect_call
from qc.rulebook import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.domain import Call
    from qc.rulebook import Rulebook

CALLS = Path(__file__).resolve().parents[1] / "evaluation" / "calls"


@cache
def shipped() -> Rulebook:
    return load_rulebook()


def inspect(call: Call, transcript: Transcript) -> Inspection:
    rulebook = shipped()
    return inspect_call(call, transcript, rulebook, RuleGrader(rulebook.grading))


def numbers(value: object) -> Iterator[int]:
    """Every utterance number in it, in order."""
    match value:
        case Evidence(utterance=number) | Stretch(utterance=int(number)):
            yield number
        case tuple():
            for inner in value:
                yield from numbers(inner)
        case dict():
            yield from numbers(tuple(value.values()))
        case Record():
            yield from numbers(tuple(inner for _, inner in value))


def without_numbers(value: object) -> object:
    match value:
        case dict():
            return {name: without_numbers(inner) for name, inner in value.items() if name != "utterance"}
        case list():
            return [without_numbers(inner) for inner in value]
        case _:
            return value


def assert_same_but_for_numbers(call: Call, whole: Transcript, bare: Transcript) -> None:
    """The inspections of both are the same, and each number in the one stands for the same utterance as in the other."""
    with_doubted, without = inspect(call, whole), inspect(call, bare)
    assert without_numbers(with_doubted.model_dump(mode="json")) == without_numbers(without.model_dump(mode="json"))
    there = [whole.utterances[number] for number in numbers(with_doubted)]
    assert there == [bare.utterances[number] for number in numbers(without)]


ALARMING = (
    "定金您直接打我私人卡上", "贷款包过", "你脑子有病吧", "再不解决我就去消协投诉你们", "别再打电话了", "我昨天已经在别家买了",
    "我是城南丰田的销售顾问小李，本次通话有录音", "预算二十万，全款，下个月买凯美瑞", "那您周六下午三点过来试驾", "好的，行",
    "打错了，我不姓张", "我姓欧阳", "嗯", "",
)  # fmt: skip
words = st.one_of(st.sampled_from(ALARMING), st.text(max_size=12))
lines = st.tuples(
    st.sampled_from(Speaker),
    st.integers(0, 90_000),
    st.integers(0, 20_000),
    words,
    # Announcements and ringing say when the parties were connected, and count for the pickup.
    st.sampled_from([None, None, Doubt.PHANTOM, Doubt.LOOP, Doubt.GUESS, Doubt.ECHO]),
)


def transcript_of(said: Sequence[tuple[Speaker, int, int, str, Doubt | None]]) -> Transcript:
    utterances = (
        Utterance(speaker=speaker, start_ms=start, end_ms=start + length, text=text, doubt=doubt)
        for speaker, start, length, text, doubt in sorted(said, key=lambda line: line[1])
    )
    return Transcript(utterances=tuple(utterances), duration_ms=120_000, recogniser="test")


@settings(max_examples=60, deadline=None)
@given(said=st.lists(lines, max_size=14))
def test_doubted_words_change_nothing(said: list[tuple[Speaker, int, int, str, Doubt | None]]) -> None:
    bare = transcript_of([line for line in said if line[4] is None])
    assert_same_but_for_numbers(a_call(brand="广汽丰田"), transcript_of(said), bare)


@pytest.mark.parametrize("name", ["da-001", "da-007", "db-002"])
def test_alarming_words_between_all_lines_of_a_call_change_nothing(name: str) -> None:
    file = read_call_file(CALLS / f"{name}.json")
    mixed = []
    for number, utterance in enumerate(file.transcript.utterances):
        said = ALARMING[number % len(ALARMING)]
        speaker = (Speaker.AGENT, Speaker.CUSTOMER)[number % 2]
        mixed += [utterance.model_copy(update={"text": said, "speaker": speaker, "doubt": Doubt.PHANTOM}), utterance]
    whole = file.transcript.model_copy(update={"utterances": tuple(mixed)})
    assert_same_but_for_numbers(file.call, whole, file.transcript)


def test_the_same_words_count_where_nobody_doubts_them() -> None:
    said = a_transcript("客户：多少钱", "客服：定金您先打我卡上")
    doubted = said.model_copy(
        update={"utterances": (said.utterances[0], said.utterances[1].model_copy(update={"doubt": Doubt.GUESS}))}
    )
    assert [finding.category for finding in inspect(a_call(), said).findings] == [Category.PRIVATE_DEALING]
    assert inspect(a_call(), doubted).findings == ()


def test_doubted_words_do_not_break_a_silence() -> None:
    def call(doubt: Doubt | None) -> Transcript:
        return transcript_of(
            [
                (Speaker.AGENT, 0, 2_000, "您好", None),
                (Speaker.CUSTOMER, 20_000, 2_000, "请不吝点赞", doubt),
                (Speaker.AGENT, 40_000, 2_000, "让您久等了", None),
            ]
        )

    assert inspect(a_call(), call(None)).conduct.dead_air_ms == 36_000
    assert inspect(a_call(), call(Doubt.NO_VOICE)).conduct.dead_air_ms == 38_000


def test_a_call_of_doubted_words_only_is_a_call_without_speech() -> None:
    whole = transcript_of([(Speaker.AGENT, 0, 900, "定金您先打我卡上", Doubt.MACHINE)])
    assert_same_but_for_numbers(a_call(), whole, transcript_of([]))


def test_second_listens_move_with_their_utterances_and_go_with_doubted_ones() -> None:
    said = transcript_of(
        [(Speaker.AGENT, 0, 900, "字幕", Doubt.PHANTOM), (Speaker.AGENT, 1_000, 900, "不砍真信", None)]
    )
    listens = tuple(Listen(utterance=at, start=0, end=4, phrase="不看征信", probability=0.9) for at in (0, 1))
    judged, places = without_doubted(said.model_copy(update={"listens": listens}))
    assert places == (1,)
    assert judged.listens == (listens[1].model_copy(update={"utterance": 0}),)


def test_a_transcript_without_doubt_is_left_as_it_is() -> None:
    said = a_transcript("客服：您好", "客户：")
    assert without_doubted(said).transcript is said


def test_each_doubt_has_a_title_and_words_without_one_no_mark() -> None:
    assert set(DOUBT_TITLES) == set(Doubt)
    utterance = Utterance(speaker=Speaker.AGENT, start_ms=0, end_ms=1, text="嘟")
    assert doubt_mark(utterance) == ""
    assert doubt_mark(utterance.model_copy(update={"doubt": Doubt.NO_VOICE})) == "〔疑似非人声，不作依据〕"
