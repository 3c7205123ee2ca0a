from __future__ import annotations

import re
from typing import TYPE_CHECKING

from builders import CALL_TIME, SPEAKERS

from qc.domain import Doubt, Speaker, Transcript, Utterance
from qc.measure.annotated import AnnotatedCall, RecordedTurns, TimedTurn
from qc.measure.domain_words import WordErrors
from qc.measure.hearing import Hearing, as_one, measure_accuracy, measure_hearing
from qc.measure.hearing_report import hearing_report
from qc.measure.scoring import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = re.compile("迈腾|首付")


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


def times(call: AnnotatedCall, agent_channel: int | None = 0) -> RecordedTurns:
    turns = tuple(TimedTurn(start_ms=i * 1000, end_ms=i * 1000 + 900) for i in range(len(call.turns)))
    return RecordedTurns(id=call.id, turns=turns, agent_channel=agent_channel)


def heard(*lines: str) -> Transcript:
    utterances = tuple(
        Utterance(speaker=SPEAKERS[line[:2]], start_ms=i * 1000, end_ms=i * 1000 + 900, text=line[3:])
        for i, line in enumerate(lines)
    )
    return Transcript(utterances=utterances, duration_ms=len(lines) * 1000, recogniser="test")


def measure(
    call: AnnotatedCall, transcript: Transcript, *, mono: bool = False, bare: Sequence[Utterance] | None = None
) -> Hearing:
    return measure_hearing(call, times(call, None if mono else 0), "r", transcript, WORDS, bare)


def test_a_perfect_transcript_has_no_errors_and_right_speakers() -> None:
    hearing = measure(
        said("客服：您好，迈腾首付三万。", "客户：看看SUV。"), heard("客服：您好迈腾首付3万", "客户：看看suv")
    )
    assert hearing.ours.in_order.rate == hearing.ours.by_party.rate == 0
    assert hearing.ours.words == WordErrors(said=2, right=2)
    assert hearing.ours.borders.both == Rate(hits=2, of=2)
    assert hearing.speakers == hearing.parted == Rate(hits=13, of=13)
    assert hearing.turns == Rate(hits=2, of=2)
    assert hearing.roles_right


def test_roles_the_wrong_way_round_are_wrong_but_words_and_borders_are_measured_apart() -> None:
    call = said("客服：您好我是店里的小李", "客户：你好你好")
    swapped = measure(call, heard("客户：您好我是店里的小李", "客服：你好你好"))
    assert swapped.ours.in_order.rate == swapped.ours.by_party.rate == 0
    assert swapped.ours.borders.both == Rate(hits=2, of=2)
    assert swapped.speakers == Rate(hits=0, of=13)
    assert swapped.parted == Rate(hits=13, of=13)
    assert not swapped.roles_right


def test_unknown_speakers_are_not_right_and_their_words_count_in_order() -> None:
    call = said("客服：您好我是店里的小李", "客户：你好你好")
    unknown = measure(call, heard("不明：您好我是店里的小李你好你好"))
    assert unknown.speakers.hits == unknown.parted.hits == 0
    assert unknown.turns == Rate(hits=0, of=2)
    assert unknown.ours.by_party.rate == 0
    assert not unknown.roles_right


def test_a_turn_is_right_when_most_of_what_was_heard_of_it_is() -> None:
    call = said("客服：甲乙丙丁", "客户：戊己庚辛")
    hearing = measure(call, heard("客服：甲乙丙丁戊", "客户：己庚辛"))
    assert hearing.speakers == Rate(hits=7, of=8)
    assert hearing.turns == Rate(hits=2, of=2)


def test_parties_that_talk_at_once_cost_order_and_not_words() -> None:
    call = said("客服：甲乙丙丁", "客户：戊己", "客服：庚辛")
    blob = (
        Utterance(speaker=Speaker.AGENT, start_ms=0, end_ms=2900, text="甲乙丙丁庚辛"),
        Utterance(speaker=Speaker.CUSTOMER, start_ms=1000, end_ms=1900, text="戊己"),
    )
    accuracy = measure_accuracy(call, times(call), blob, WORDS)
    assert accuracy.by_party.rate == 0
    assert accuracy.in_order.rate == 4 / 8


def test_words_in_doubt_are_set_aside() -> None:
    call = said("客服：您好")
    doubted = Utterance(speaker=Speaker.AGENT, start_ms=1000, end_ms=2000, text="请订阅。", doubt=Doubt.PHANTOM)
    transcript = heard("客服：您好")
    hearing = measure(call, transcript.model_copy(update={"utterances": (*transcript.utterances, doubted)}))
    assert hearing.ours.in_order.rate == 0
    assert hearing.quarantined == 3


def test_bare_channels_are_given_to_the_party_that_is_told() -> None:
    left = [Utterance(speaker=Speaker.UNKNOWN, start_ms=1000, end_ms=1500, text="左")]
    right = [Utterance(speaker=Speaker.UNKNOWN, start_ms=0, end_ms=500, text="右")]
    assert [(u.text, u.speaker) for u in as_one([left, right], 1)] == [("右", Speaker.AGENT), ("左", Speaker.CUSTOMER)]
    assert {u.speaker for u in as_one([left], None)} == {Speaker.UNKNOWN}


def test_stereo_and_mono_are_summed_apart_and_together() -> None:
    call = said("客服：甲乙丙丁", "客户：戊己庚辛")
    transcript = heard("客服：甲乙丙丁", "客户：戊己")
    report = hearing_report(
        [
            measure(call, transcript, bare=transcript.utterances),
            measure(call, transcript, mono=True, bare=transcript.utterances[:1]),
        ]
    )
    stereo, mono, both = (report.sets[name] for name in ("stereo", "mono", "all"))
    assert (stereo.ours.by_party.rate, mono.ours.by_party.rate) == (2 / 8, 2 / 8)
    assert mono.bare is not None
    assert mono.bare.by_party.rate == 4 / 8
    assert mono.ours.borders.both == Rate()
    assert (both.ours.by_party.said, both.roles_right) == (16, Rate(hits=2, of=2))
    assert report.together is both


def test_bare_figures_of_other_recordings_are_not_compared() -> None:
    call = said("客服：甲乙丙丁")
    transcript = heard("客服：甲乙丙丁")
    report = hearing_report([measure(call, transcript, bare=transcript.utterances), measure(call, transcript)])
    assert report.together.bare is None
