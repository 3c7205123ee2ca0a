from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from builders import SPEAKERS, a_transcript
from hypothesis import given
from hypothesis import strategies as st

from qc.asking import questions_in
from qc.conduct import judge_conduct, measure_conduct
from qc.domain import Share, Speaker, Stretch, Timing, Transcript, Utterance
from qc.errors import BadRulebook
from qc.rulebook import SHIPPED
from qc.rulebook.conduct import ConductLimits, Figure, load_conduct

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def limits() -> ConductLimits:
    return load_conduct(SHIPPED / "conduct.yaml")


def recorded(*lines: tuple[float, float, str]) -> Transcript:
    """Lines of (start s, end s, "客服：…")."""
    utterances = []
    for start, end, line in lines:
        who, _, text = line.partition("：")
        utterances.append(
            Utterance(speaker=SPEAKERS[who], start_ms=round(start * 1000), end_ms=round(end * 1000), text=text)
        )
    return Transcript(utterances=tuple(utterances), duration_ms=round(lines[-1][1] * 1000), recogniser="test")


def test_talk_share_is_by_time_where_times_are_measured(limits: ConductLimits) -> None:
    conduct = measure_conduct(recorded((0, 6, "客服：您好"), (6, 8, "客户：我想看看那个车，听说优惠不小")), limits)
    assert conduct.talk_share == Share(agent=0.75, customer=0.25)


def test_talk_share_is_by_characters_where_times_are_estimated(limits: ConductLimits) -> None:
    conduct = measure_conduct(a_transcript("客服：一二三四五六！", "客户：一二。"), limits)
    assert conduct.talk_share == Share(agent=0.75, customer=0.25)


def test_overlapping_utterances_of_one_party_count_once(limits: ConductLimits) -> None:
    call = recorded((0, 4, "客服：您好我是小李"), (2, 4, "客服：小李"), (4, 8, "客户：你好你好你好"))
    assert measure_conduct(call, limits).talk_share == Share(agent=0.5, customer=0.5)


def test_estimated_times_give_no_figures_of_time(limits: ConductLimits) -> None:
    conduct = measure_conduct(a_transcript("客服：您好，请问您想看什么车？" * 4, "客户：SUV。" * 20), limits)
    assert conduct.longest_monologue is None
    assert conduct.interruptions == {}
    assert conduct.dead_air_ms is None
    assert conduct.pace == Share()
    assert conduct.response_delay_ms is None
    assert conduct.agent_questions == 4


def test_unknown_speakers_give_no_figures_by_party_but_silence_is_silence(limits: ConductLimits) -> None:
    conduct = measure_conduct(recorded((0, 5, "不明：您好请问您想看什么车？"), (15, 20, "不明：我看看SUV")), limits)
    assert conduct.talk_share == Share()
    assert conduct.pace == Share()
    assert conduct.interruptions == {}
    assert conduct.longest_monologue is None
    assert conduct.response_delay_ms is None
    assert conduct.dead_air_ms == 10_000
    assert Figure.QUESTIONS.of(conduct) is None


def test_a_little_unknown_speech_does_not_spoil_the_figures(limits: ConductLimits) -> None:
    call = recorded((0, 5, "客服：您好"), (5, 10, "客户：你好"), (10, 11, "不明：喂"))
    assert measure_conduct(call, limits).talk_share == Share(agent=0.5, customer=0.5)


@pytest.mark.parametrize("transcript", [Transcript(recogniser="test"), a_transcript("客服：", "客户：……")])
def test_a_call_without_words_has_no_figures(transcript: Transcript, limits: ConductLimits) -> None:
    conduct = judge_conduct(measure_conduct(transcript, limits), transcript, limits)
    assert all(figure.of(conduct) is None for figure in Figure)
    assert conduct.remarks == ()


def test_backchannels_do_not_end_a_monologue_and_words_do(limits: ConductLimits) -> None:
    call = recorded(
        (0, 10, "客服：这款车是一点五T的"),
        (9, 9.5, "客户：嗯嗯，对。"),
        (10.2, 30, "客服：油耗六个多"),
        (30, 32, "客户：有点贵"),
        (32, 40, "客服：有优惠的"),
    )
    assert measure_conduct(call, limits).longest_monologue == Stretch(start_ms=0, end_ms=30_000)


def test_dead_air_ends_a_monologue(limits: ConductLimits) -> None:
    call = recorded((0, 10, "客服：我查一下库存"), (20, 25, "客服：有一台白色的"), (25, 27, "客户：好那我来看"))
    assert measure_conduct(call, limits).longest_monologue == Stretch(start_ms=0, end_ms=10_000, utterance=0)


def test_an_interruption_needs_the_other_to_have_been_speaking_and_a_long_overlap(limits: ConductLimits) -> None:
    call = recorded(
        (0, 10, "客户：我之前在别的店看过这个车"),
        (4, 7, "客服：那个店不行的呀"),  # cuts in after 4 s, overlaps 3 s
        (20, 26, "客户：我想要白色的七座"),
        (20.5, 24, "客服：白色的没有现车"),  # both began together
        (30, 36, "客户：那什么时候有呢"),
        (35.5, 40, "客服：下个月就到货了"),  # overlaps half a second only
        (50, 56, "客户：那我再想一想"),
        (52, 55, "客服：嗯，对对。"),  # only listening
    )
    cuts = measure_conduct(call, limits).interruptions
    assert cuts["agent"] == (Stretch(start_ms=4_000, end_ms=7_000, utterance=1),)
    assert cuts["customer"] == ()


def test_the_customer_interrupts_too(limits: ConductLimits) -> None:
    call = recorded((0, 10, "客服：我给您介绍一下这个配置"), (5, 8, "客户：不用介绍了多少钱"))
    assert measure_conduct(call, limits).interruptions["customer"] == (
        Stretch(start_ms=5_000, end_ms=8_000, utterance=1),
    )


def test_speech_cut_at_a_breath_is_one_stretch(limits: ConductLimits) -> None:
    # The recogniser cut the customer's words 300 ms before the agent came in: the customer had been speaking for 5 s.
    call = recorded((0, 4.5, "客户：我之前看过"), (4.7, 9, "客户：那个店的价格"), (5, 8, "客服：那个店不行的呀"))
    assert len(measure_conduct(call, limits).interruptions["agent"]) == 1


def test_dead_air_is_silence_of_both_above_the_limit(limits: ConductLimits) -> None:
    call = recorded(
        (0, 3, "客服：我们这边的政策"), (1, 2, "客户：好的好的"), (11, 12, "客服：久等了"), (16, 18, "客户：没事")
    )
    conduct = measure_conduct(call, limits)
    assert conduct.dead_air == (Stretch(start_ms=3_000, end_ms=11_000),)
    assert conduct.dead_air_ms == 8_000


def test_pace_is_characters_a_minute_of_own_speech(limits: ConductLimits) -> None:
    call = recorded((0, 10, "客服：" + "车" * 40 + "，。"), (10, 20, "客户：" + "好" * 5))
    assert measure_conduct(call, limits).pace == Share(agent=240.0, customer=None)


def test_response_delay_is_the_agents_median_and_ignores_backchannels(limits: ConductLimits) -> None:
    call = recorded(
        (0, 2, "客户：多少钱"),
        (3, 5, "客服：二十万"),  # 1 s
        (5, 5.4, "客户：哦哦"),
        (9, 10, "客服：还有优惠"),
        (10, 12, "客户：优惠多少"),
        (14, 15, "客服：一万"),  # 2 s
        (15, 18, "客户：能再少点吗"),
        (17, 20, "客服：最多一万二"),  # in overlap: 0 s
    )
    assert measure_conduct(call, limits).response_delay_ms == 1_000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("您想看什么车？预算多少？", 2),
        ("您好。请问您贵姓？", 1),
        ("您预算大概多少", 1),
        ("您方便来店里吗，我给您留车", 1),
        ("您周六要不要来试驾", 1),
        ("那您太太呢", 1),
        ("没什么，几千块的事", 0),
        ("这几天都可以，什么颜色都有", 0),
        ("有什么问题您随时找我。", 0),
        ("好的，我们店在天河路。", 0),
        ("", 0),
    ],
)
def test_questions_are_counted_with_and_without_marks(text: str, count: int, limits: ConductLimits) -> None:
    assert len(questions_in(text, limits.questions)) == count


def a_dull_talk() -> Transcript:
    lines: list[tuple[float, float, str]] = []
    for i in range(6):
        lines += [
            (i * 40, i * 40 + 25, "客服：这款车的配置非常丰富。"),
            (i * 40 + 25, i * 40 + 27, "客户：我晓得这个车。"),
        ]
    return recorded(*lines)


def test_remarks_name_limit_value_reason_and_words(limits: ConductLimits) -> None:
    transcript = a_dull_talk()
    remarks = {
        remark.rule_id: remark
        for remark in judge_conduct(measure_conduct(transcript, limits), transcript, limits).remarks
    }
    assert set(remarks) == {"talk-share-high", "dead-air-long", "response-slow", "questions-few", "hangup-early"}
    assert remarks["talk-share-high"].value > remarks["talk-share-high"].limit == 0.65
    assert remarks["questions-few"].value == 0
    assert "93%" in remarks["talk-share-high"].reason
    assert "65%" in remarks["talk-share-high"].reason
    # Before each silence the customer spoke.
    assert [evidence.utterance for evidence in remarks["dead-air-long"].evidence] == [1, 3, 5, 7, 9]


def test_short_conversations_are_not_judged_by_their_shares(limits: ConductLimits) -> None:
    transcript = recorded((0, 30, "客服：您好这里是四S店"), (30, 31, "客户：打错了"))
    assert judge_conduct(measure_conduct(transcript, limits), transcript, limits).remarks == ()


spoken = st.lists(
    st.tuples(
        st.sampled_from(list(Speaker)),
        st.integers(0, 60_000),
        st.integers(0, 20_000),
        st.sampled_from(["嗯", "您好，请问您想看什么车", "", "好的好的，我来算一下", "……", "SUV?"]),
    ),
    max_size=12,
)


@given(spoken)
def test_figures_stay_within_what_is_possible(lines: list[tuple[Speaker, int, int, str]]) -> None:
    limits = load_conduct(SHIPPED / "conduct.yaml")
    utterances = tuple(
        Utterance(speaker=speaker, start_ms=start, end_ms=start + length, text=text)
        for speaker, start, length, text in sorted(lines, key=lambda line: line[1])
    )
    transcript = Transcript(utterances=utterances, duration_ms=80_000, timing=Timing.RECORDED, recogniser="test")
    conduct = judge_conduct(measure_conduct(transcript, limits), transcript, limits)
    if conduct.talk_share.agent is not None and conduct.talk_share.customer is not None:
        assert conduct.talk_share.agent + conduct.talk_share.customer == pytest.approx(1, abs=1e-3)
    for silence in conduct.dead_air:
        assert silence.end_ms - silence.start_ms > limits.dead_air_ms
        assert not any(
            utterance.text.strip("…") and utterance.start_ms < silence.end_ms and utterance.end_ms > silence.start_ms
            for utterance in utterances
        )
    assert all(one.end_ms <= two.start_ms for one, two in pairwise(conduct.dead_air))
    for remark in conduct.remarks:
        for evidence in remark.evidence:
            assert evidence.quote == utterances[evidence.utterance].text[evidence.start : evidence.end]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("above: 0.65", "above: 0.65\n    below: 0.1", "limits.0"),
        ("figure: talk-share", "figure: volume", "limits.0.figure"),
        ("{value}，超过 {limit}：多问", "太多：多问", "limits.0.reason"),
        ("- 怎样", "- '怎样('", "questions"),
        ("id: monologue-long", "id: talk-share-high", "conduct.yaml"),
        ("dead_air_ms: 5000", "dead_air_ms: 0", "dead_air_ms"),
    ],
)
def test_a_wrong_limit_is_named(tmp_path: Path, old: str, new: str, where: str) -> None:
    shipped = (SHIPPED / "conduct.yaml").read_text("utf-8")
    assert old in shipped
    path = tmp_path / "conduct.yaml"
    path.write_text(shipped.replace(old, new, 1), "utf-8")
    with pytest.raises(BadRulebook) as error:
        load_conduct(path)
    assert error.value.code == "bad-rulebook"
    assert error.value.where.startswith("conduct.yaml")
    assert where in error.value.where
