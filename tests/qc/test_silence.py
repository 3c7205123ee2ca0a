from __future__ import annotations

import pytest
from builders import SPEAKERS

from qc.conduct import judge_conduct, measure_conduct
from qc.domain import Doubt, Speaker, Stretch, Transcript, Utterance
from qc.rulebook import SHIPPED
from qc.rulebook.conduct import ConductLimits, load_conduct
from qc.silence import connected_at
from qc.turns import Turn, transcript_of_turns


@pytest.fixture(scope="module")
def limits() -> ConductLimits:
    return load_conduct(SHIPPED / "conduct.yaml")


def recorded(end_s: float, *lines: tuple[float, float, str]) -> Transcript:
    """Lines of (start s, end s, "客服：…") in a recording of so many seconds."""
    utterances = [
        Utterance(speaker=SPEAKERS[line[:2]], start_ms=round(start * 1000), end_ms=round(end * 1000), text=line[3:])
        for start, end, line in lines
    ]
    return Transcript(utterances=tuple(utterances), duration_ms=round(end_s * 1000), recogniser="test")


@pytest.mark.parametrize(
    "words",
    ["您稍等。", "好的，您稍等，我帮您查一下库存。", "我去问一下经理，您别挂。", "请稍候。", "我看一下系统啊。"],
)
def test_an_announced_hold_is_no_dead_air(words: str, limits: ConductLimits) -> None:
    conduct = measure_conduct(
        recorded(40, (0, 3, f"客服：{words}"), (3, 4, "客户：好。"), (30, 33, "客服：久等了，有现车。")), limits
    )
    assert (conduct.dead_air, conduct.dead_air_ms) == ((), 0)
    assert conduct.holds == (Stretch(start_ms=4_000, end_ms=30_000),)


@pytest.mark.parametrize(
    "line", ["客服：我们这边的政策很多。", "客户：你等一下，我接个电话。", "客服：这个问题您可以上网看看政策说明。"]
)
def test_a_silence_nobody_of_the_dealer_announced_is_dead_air(line: str, limits: ConductLimits) -> None:
    conduct = measure_conduct(recorded(40, (0, 3, line), (30, 33, "客服：喂，您在吗？")), limits)
    assert conduct.holds == ()
    assert conduct.dead_air_ms == 27_000


def test_a_hold_of_more_than_a_minute_is_dead_air_announced_or_not(limits: ConductLimits) -> None:
    conduct = measure_conduct(recorded(90, (0, 3, "客服：您稍等，我查一下。"), (80, 83, "客服：有现车。")), limits)
    assert (conduct.holds, conduct.dead_air_ms) == ((), 77_000)


def test_the_agents_first_words_are_awaited_from_the_customers_greeting(limits: ConductLimits) -> None:
    call = recorded(20, (2, 3, "客户：喂，你好。"), (8, 10, "客服：您好。"), (11, 12, "客户：再见。"))
    conduct = measure_conduct(call, limits)
    assert conduct.pickup == Stretch(start_ms=3_000, end_ms=8_000, utterance=1)
    assert [remark.rule_id for remark in judge_conduct(conduct, call, limits).remarks] == ["pickup-late"]


def test_announcements_before_the_call_are_no_late_pickup() -> None:
    menu = Utterance(speaker=Speaker.UNKNOWN, start_ms=0, end_ms=9_000, text="请稍后", doubt=Doubt.MACHINE)
    hello = Utterance(speaker=Speaker.AGENT, start_ms=10_000, end_ms=11_000, text="您好")
    whole = Transcript(utterances=(menu, hello), duration_ms=12_000, recogniser="test")
    assert connected_at(whole) == 9_000
    assert connected_at(whole.model_copy(update={"utterances": (hello,)})) == 0


def talk_ending_with(line: str, *, end_s: float) -> Transcript:
    lines = [(i * 4.0, i * 4.0 + 3, "客服：您看这样行不行" if i % 2 else "客户：我还想再了解一下") for i in range(4)]
    return recorded(end_s, *lines, (16, 19, line))


@pytest.mark.parametrize(
    ("line", "end_s", "abrupt"),
    [
        ("客户：那我刚才问你的那个贷款利息到底", 19.2, True),
        ("客户：那我刚才问你的那个贷款利息到底", 25, False),
        ("客户：行，那就这样，再见。", 19.2, False),
        ("客户：好的好的。", 19.2, False),
        ("客服：那您先忙。", 19.2, False),
    ],
)
def test_a_line_closed_on_the_customer_is_remarked(
    line: str, end_s: float, *, abrupt: bool, limits: ConductLimits
) -> None:
    call = talk_ending_with(line, end_s=end_s)
    remarks = {remark.rule_id: remark for remark in judge_conduct(measure_conduct(call, limits), call, limits).remarks}
    assert ("hangup-early" in remarks) == abrupt
    if abrupt:
        assert [words.quote for words in remarks["hangup-early"].evidence] == [line[3:]]


def test_written_times_say_nothing_about_pickup_and_hangup(limits: ConductLimits) -> None:
    turns = [
        Turn(speaker=Speaker.AGENT, text="您好", start_ms=5_000, end_ms=6_000),
        Turn(speaker=Speaker.CUSTOMER, text="我想问一下贷款", start_ms=7_000, end_ms=9_000),
    ]
    conduct = measure_conduct(transcript_of_turns(turns), limits)
    assert (conduct.pickup, conduct.hangup) == (None, None)
