from __future__ import annotations

import json
import tracemalloc
from itertools import accumulate, compress, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from qc.speech.audio import RATE, decode
from qc.speech.channels import Span
from qc.speech.speakers import Prints, VoiceSpan, by_voice, load_voice_engine, take_prints, tell_voices_apart
from qc.speech.speakers.acoustic import Acoustic, _pitch
from qc.speech.speakers.spectra import log_mel
from qc.turns import Word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qc.speech.audio import Samples
    from qc.speech.speakers import VoiceEngine


@pytest.fixture(scope="module", params=["cam++", "pitch-and-timbre"])
def engine(request: pytest.FixtureRequest) -> VoiceEngine:
    return Acoustic() if request.param == "pitch-and-timbre" else load_voice_engine()


class MixedCall(NamedTuple):
    """A minute of a call in one channel, its turns in milliseconds, and who has each: 0 began, 1 answered."""

    sound: Samples
    turns: list[tuple[int, int]]
    who: list[int]


@pytest.fixture(scope="module")
def call(samples: Path) -> MixedCall:
    sound = np.concatenate(list(decode(samples / "02-good-call.opus")), axis=1)[:, : 60 * RATE]
    annotated = json.loads((samples / "annotated" / "02-good-call.turns.json").read_text())["turns"]
    turns = [turn for turn in annotated if turn["end_ms"] < 60_000]
    who = [int(turn["speaker"] != turns[0]["speaker"]) for turn in turns]
    return MixedCall(sound.mean(axis=0), [(turn["start_ms"], turn["end_ms"]) for turn in turns], who)


@pytest.fixture(scope="module")
def prints(call: MixedCall, engine: VoiceEngine) -> Prints:
    return take_prints(call.sound, spoken(*call.turns), engine)


def spoken(*stretches: tuple[int, int]) -> list[Span]:
    """Speech from and to these milliseconds."""
    return [Span(start * RATE // 1000, end * RATE // 1000) for start, end in stretches]


def right_part(spans: Iterable[VoiceSpan], call: MixedCall) -> float:
    """The part of the time in turns that has the right voice."""
    right = sum(
        max(min(end, span.end_ms) - max(start, span.start_ms), 0)
        for (start, end), one in zip(call.turns, call.who, strict=True)
        for span in spans
        if span.voice == one
    )
    return right / sum(end - start for start, end in call.turns)


def test_the_extra_is_used_where_it_is_installed() -> None:
    assert load_voice_engine().name == "cam++"
    assert load_voice_engine() is load_voice_engine()


def test_two_voices_of_a_mixed_call_are_told_apart(engine: VoiceEngine, prints: Prints, call: MixedCall) -> None:
    voices = tell_voices_apart([prints], engine)
    assert voices.known
    assert voices.engine == engine.name
    assert right_part(voices.spans, call) > 0.95


def test_a_stretch_of_speech_with_two_voices_is_cut(engine: VoiceEngine, prints: Prints, call: MixedCall) -> None:
    both = take_prints(call.sound, spoken((call.turns[0][0], call.turns[1][1])), engine)
    rest = Prints(
        speech=prints.speech[2:],
        windows=tuple(window for window, turn in zip(prints.windows, prints.stretches, strict=True) if turn > 1),
        stretches=tuple(turn - 2 for turn in prints.stretches if turn > 1),
        vectors=prints.vectors[[turn > 1 for turn in prints.stretches]],
    )
    voices = tell_voices_apart([both, rest], engine)
    assert right_part(voices.spans, call) > 0.93
    border = next(span.start_ms for span in voices.spans if span.voice == 1)
    assert border == pytest.approx(call.turns[1][0], abs=500)


@pytest.mark.parametrize("one", [0, 1])
def test_one_voice_is_not_made_two(one: int, engine: VoiceEngine, prints: Prints, call: MixedCall) -> None:
    of_one = [call.who[turn] == one for turn in prints.stretches]
    alone = Prints(
        speech=prints.speech,
        windows=tuple(compress(prints.windows, of_one)),
        stretches=tuple(compress(prints.stretches, of_one)),
        vectors=prints.vectors[of_one],
    )
    voices = tell_voices_apart([alone], engine)
    assert voices.spans == ()
    assert voices.confidence is None or voices.confidence < 0.5


def test_too_little_speech_is_unknown(engine: VoiceEngine, call: MixedCall) -> None:
    start = call.turns[0][0]
    voices = tell_voices_apart([take_prints(call.sound, spoken((start, start + 4000)), engine)], engine)
    assert (voices.spans, voices.confidence) == ((), None)


@pytest.mark.parametrize("speech", [[], [(0, 20_000)], [(0, 200), (5000, 5100)]])
def test_silence_is_unknown(engine: VoiceEngine, speech: list[tuple[int, int]]) -> None:
    voices = tell_voices_apart([take_prints(np.zeros(20 * RATE, np.float32), spoken(*speech), engine)], engine)
    assert not voices.known
    assert not tell_voices_apart([], engine).known


def test_blocks_of_a_call_give_what_the_whole_gives(call: MixedCall) -> None:
    engine = Acoustic()
    cut = (call.turns[4][1] + call.turns[5][0]) // 2
    whole = take_prints(call.sound, spoken(*call.turns), engine)
    first = take_prints(call.sound[: cut * RATE // 1000], spoken(*call.turns[:5]), engine)
    later = [(start - cut, end - cut) for start, end in call.turns[5:]]
    second = take_prints(call.sound[cut * RATE // 1000 :], spoken(*later), engine, at_ms=cut)
    spans = tell_voices_apart([first, second], engine).spans
    assert [span.voice for span in spans] == [span.voice for span in tell_voices_apart([whole], engine).spans]
    assert first.speech + second.speech == whole.speech


def test_speech_outside_the_sound_or_said_twice_is_taken_once() -> None:
    sound = np.zeros(2 * RATE, np.float32)
    prints = take_prints(sound, spoken((1500, 3000), (0, 1000), (900, 1600), (2500, 2600)), Acoustic(), at_ms=10_000)
    assert prints.speech == ((10_000, 11_000), (11_000, 11_600), (11_600, 12_000))
    assert prints.windows == prints.speech


def test_prints_take_little_memory(call: MixedCall) -> None:
    tracemalloc.start()
    prints = take_prints(call.sound, spoken(*call.turns), Acoustic())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6
    assert prints.vectors.nbytes < 10_000


@pytest.mark.parametrize("hertz", [80, 120, 200, 300])
def test_pitch_is_that_of_the_pulses(hertz: int) -> None:
    pulses = np.zeros(RATE, np.float32)
    pulses[:: RATE // hertz] = 1
    sound = np.convolve(pulses, np.hanning(40), "same").astype(np.float32)
    pitch, strength = _pitch(sound, 90)
    assert np.median(pitch) == pytest.approx(hertz, rel=0.02)
    assert np.median(strength) > 0.9


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert np.mean(_pitch(noise, 90)[1] > 0.55) < 0.05


def test_a_tone_is_in_its_mel_band() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    spectrum = log_mel(tone)
    assert spectrum.shape == (98, 80)
    mel = 1127 * np.log1p(np.array([20, 1000, 8000]) / 700)
    expected = (mel[1] - mel[0]) / (mel[2] - mel[0]) * 81 - 1
    assert abs(spectrum.mean(axis=0).argmax() - expected) <= 1
    assert log_mel(tone[:100]).shape == (1, 80)


def words(*texts: str, pauses: dict[int, int] | None = None, at: int = 0) -> list[Word]:
    """Words of 200 ms a character one after the other, with pauses before some."""
    lengths = [200 * sum(character.isalnum() for character in text) for text in texts]
    gaps = [(pauses or {}).get(index, 0) for index in range(len(texts))]
    ends = list(accumulate(length + gap for length, gap in zip(lengths, gaps, strict=True)))
    return [
        Word(text=text, start_ms=at + end - length, end_ms=at + end)
        for text, end, length in zip(texts, ends, lengths, strict=True)
    ]


def spans(*borders: int) -> list[VoiceSpan]:
    """Spans of voices by turns from border to border."""
    return [
        VoiceSpan(start_ms=start, end_ms=end, voice=index % 2) for index, (start, end) in enumerate(pairwise(borders))
    ]


def test_words_take_the_voice_they_are_spoken_in() -> None:
    said = words("您好，", "请问", "哪位？", "我是", "小李。", pauses={3: 400})
    assert by_voice(said, spans(0, 1400, 2400)) == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("off_ms", [-300, -200, 0, 200, 300])
def test_a_border_settles_on_the_full_stop_near_it(off_ms: int) -> None:
    said = words("我", "想", "看", "车。", "行", "您", "来", "吧。")
    assert by_voice(said, spans(0, 800 + off_ms, 1600)) == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_syllable_within_a_run_does_not_flicker() -> None:
    said = words("我", "明", "天", "来", "看", "车")
    assert by_voice(said, spans(0, 400, 600, 1200)) == [0] * 6


def test_a_short_answer_between_pauses_is_kept() -> None:
    said = words("明天", "来。", "嗯。", "那", "我", "等您。", pauses={2: 300, 3: 300})
    assert by_voice(said, spans(0, 750, 1250, 2600)) == [0, 0, 1, 0, 0, 0]


def test_a_word_outside_all_spans_goes_with_the_nearest() -> None:
    assert by_voice(words("喂", at=5000), spans(0, 1000, 2000)) == [1]


def test_without_spans_all_words_are_one_voice() -> None:
    assert by_voice(words("喂", "你好"), []) == [0, 0]
    assert by_voice([], spans(0, 1000, 2000)) == []
