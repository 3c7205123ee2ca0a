from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st
from memo_reading import memo_of, memo_of_transcript, shipped

from qc.callfile import read_call_file
from qc.domain import Call, Memo, Speaker, Timing, Transcript, Utterance
from qc.memo import write_memo

CALLS = sorted((Path(__file__).parents[2] / "evaluation" / "calls").glob("d[ab]-*.json"))

PIECES = st.sampled_from(
    [
        "您好，请问是周女士吗？", "我姓李。", "预算十八九万，落地。", "最多二十万。", "下个月底前买。", "礼拜六下午三点我过来试驾。", "行，可以。", "好的，我等您。", "飞度，一五年的，想置换。",
        "我还看了凯美瑞。", "途观L有现车吗？", "跟我老婆商量一下。", "全款。", "贷款，月供三千。", "太贵了。", "白色的七座。", "接送孩子。", "我周五前把报价单发给您。", "打错了。", "不买了，别再打了。",
        "早提了。", "我付了啊。", "", "，。？！", "  ", "嗯", "2026年3月20号下午3点半", "🙂", "A6 Q5 X3 001",
    ]
)  # fmt: skip
SPEAKERS = st.sampled_from(list(Speaker))


def a_talk(turns: list[tuple[Speaker, str]]) -> Transcript:
    utterances = tuple(
        Utterance(speaker=speaker, start_ms=1000 * index, end_ms=1000 * index + 900, text=text)
        for index, (speaker, text) in enumerate(turns)
    )
    return Transcript(utterances=utterances, duration_ms=1000 * len(turns), timing=Timing.RECORDED, recogniser="test")


def quotes_stand(memo: Memo, transcript: Transcript) -> bool:
    return all(
        quote.quote == transcript.utterances[quote.utterance].text[quote.start : quote.end] and quote.quote
        for quotes in memo.evidence.values()
        for quote in quotes
    )


@given(st.lists(st.tuples(SPEAKERS, st.lists(PIECES, max_size=3).map("".join)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_talk_gives_a_memo_whose_quotes_stand(turns: list[tuple[Speaker, str]]) -> None:
    transcript = a_talk(turns)
    assert quotes_stand(memo_of_transcript(transcript, brand="上汽大众"), transcript)


@given(st.lists(st.tuples(SPEAKERS, st.text(max_size=30)), max_size=6))
@settings(max_examples=100, deadline=None)
def test_any_text_at_all_gives_a_memo(turns: list[tuple[Speaker, str]]) -> None:
    transcript = a_talk(turns)
    assert quotes_stand(memo_of_transcript(transcript), transcript)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_the_open_calls_have_quotes_that_stand(path: Path) -> None:
    call = read_call_file(path)
    memo = write_memo(call.call, call.transcript, shipped())
    assert quotes_stand(memo, call.transcript)
    assert Memo.model_validate(json.loads(memo.model_dump_json(by_alias=True))) == memo


def test_an_empty_call_has_an_empty_memo() -> None:
    assert memo_of_transcript(a_transcript()) == Memo()


def test_the_same_call_gives_the_same_memo() -> None:
    lines = ("客服：您预算多少？", "客户：二十万以内吧，下个月买，跟我老婆商量一下。")
    assert memo_of(*lines) == memo_of(*lines)


def test_nothing_is_said_of_the_wishes_of_who_is_not_the_customer() -> None:
    memo = memo_of("客服：请问韩先生在吗？", "客户：他是我儿子，手机落家里了。他天天开面包车拉货，要白色的。")
    assert (memo.use, memo.preferences, memo.budget) == ((), (), None)


def test_who_bought_elsewhere_wants_no_car_of_ours() -> None:
    memo = memo_of("客服：您的车买了没？", "客户：早提了，七月份提的银河星舰7。", brand="比亚迪")
    assert memo.vehicles == ()
    assert memo.competitors == ("银河星舰7",)


def test_a_mono_recording_without_speakers_is_read_with_care() -> None:
    memo = memo_of(
        "不明：您好，您预算大概多少？", "不明：我预算二十万以内。", "不明：那您周六下午两点方便到店吗？", "不明：可以。"
    )
    assert memo.budget is not None
    assert memo.budget.max == 200_000
    assert memo.appointment is not None
    assert memo.appointment.at == "2026-03-14T14:00"


def test_the_call_keeps_its_own_offset() -> None:
    call = read_call_file(CALLS[0]).call
    assert isinstance(call, Call)
    assert call.time.utcoffset() is not None
