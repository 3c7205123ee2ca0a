from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import jiwer
import numpy as np
import pytest
from sounds import tones, write_sound

from qc.domain import Speaker, Timing
from qc.errors import BadAudio
from qc.speech import transcribe
from qc.speech.audio import RATE
from qc.speech.transcribe import transcribe_recording
from qc.turns import Word

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qc.domain import Transcript
    from qc.speech.audio import Samples
    from qc.speech.whisper import FasterWhisper

AGENT_TONE, CUSTOMER_TONE = 440, 770
SAID = {AGENT_TONE: "您好我是之江店的销售顾问小周", CUSTOMER_TONE: "你们价格太贵了我再考虑考虑"}


class ToneListener:
    """A recogniser of a language of two tones, one sentence each; silence says nothing."""

    name = "tones/1"

    def hear(
        self,
        channel: Samples,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> list[Word]:
        if progress:
            progress(0.5)
            progress(1.0)
        if np.abs(channel).max() <= 0.1:
            return []
        loud = np.flatnonzero(np.abs(channel) > 0.1)
        tone = np.argmax(np.abs(np.fft.rfft(channel))) * RATE / len(channel)
        said = SAID[min(SAID, key=lambda known: abs(known - tone))]
        return [Word(text=said, start_ms=int(loud[0] / 16), end_ms=int(loud[-1] / 16))]


def a_call(path: Path, *tones_at: tuple[int, float] | None, seconds: float = 4, name: str = "call.wav") -> Path:
    """A recording with a channel for each (tone, second at which it sounds for a second); none is silence."""
    rate = 8000
    sound = np.zeros((len(tones_at), int(seconds * rate)))
    for channel, spoken in zip(sound, tones_at, strict=True):
        if spoken:
            tone, second = spoken
            start = int(second * rate)
            channel[start : start + rate] = 0.5 * np.sin(2 * np.pi * tone * np.arange(rate) / rate)
    return write_sound(path / name, (sound * 32767).astype(np.int16), "pcm_alaw")


def test_each_channel_is_one_party_and_both_merge_in_time(tmp_path: Path) -> None:
    path = a_call(tmp_path, (CUSTOMER_TONE, 2), (AGENT_TONE, 0.5))
    transcript = transcribe_recording(path, ToneListener(), agent_channel=1)
    assert [(u.speaker, u.text) for u in transcript.utterances] == [
        (Speaker.AGENT, SAID[AGENT_TONE]),
        (Speaker.CUSTOMER, SAID[CUSTOMER_TONE]),
    ]
    assert transcript.utterances[1].start_ms == pytest.approx(2000, abs=50)
    assert (transcript.duration_ms, transcript.recogniser, transcript.timing) == (4000, "tones/1", Timing.RECORDED)
    assert transcript.warnings == ()


def test_the_agent_is_found_by_the_words_when_nobody_says_which_channel(tmp_path: Path) -> None:
    path = a_call(tmp_path, (CUSTOMER_TONE, 2), (AGENT_TONE, 0.5))
    assert transcribe_recording(path, ToneListener()).utterances[0].speaker is Speaker.AGENT


def test_the_agent_stays_unknown_when_the_words_do_not_tell(tmp_path: Path) -> None:
    path = a_call(tmp_path, (CUSTOMER_TONE, 2), (CUSTOMER_TONE, 0.5))
    transcript = transcribe_recording(path, ToneListener())
    assert {u.speaker for u in transcript.utterances} == {Speaker.UNKNOWN}
    assert any("哪个声道是客服" in warning for warning in transcript.warnings)


def test_mono_says_plainly_that_parties_are_not_told_apart(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, (AGENT_TONE, 1)), ToneListener(), agent_channel=0)
    assert [u.speaker for u in transcript.utterances] == [Speaker.UNKNOWN]
    assert any("未区分" in warning for warning in transcript.warnings)


def test_a_doubled_channel_is_heard_once(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, (AGENT_TONE, 1), (AGENT_TONE, 1)), ToneListener())
    assert len(transcript.utterances) == 1
    assert any("内容相同" in warning for warning in transcript.warnings)


def test_a_dead_channel_is_told(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, (AGENT_TONE, 1), None), ToneListener(), agent_channel=0)
    assert [u.speaker for u in transcript.utterances] == [Speaker.AGENT]
    assert transcript.warnings == ("右声道没有听到人声。",)


def test_blocks_keep_the_time_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribe, "BLOCK_S", 2)
    path = a_call(tmp_path, (AGENT_TONE, 2.5), seconds=6)
    (utterance,) = transcribe_recording(path, ToneListener()).utterances
    assert utterance.start_ms == pytest.approx(2500, abs=50)


def test_progress_goes_from_0_to_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribe, "BLOCK_S", 2)
    told: list[float] = []
    transcribe_recording(a_call(tmp_path, (AGENT_TONE, 1), None, seconds=6), ToneListener(), progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < 0.5
    assert told[-1] == 1


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("不是录音")
    with pytest.raises(BadAudio):
        transcribe_recording(path, ToneListener())


# ---------------------------------------------------------------- the real model


def character_errors(transcript: Transcript, annotated: Path) -> float:
    """The character error rate against the annotated words: 1 would be nothing right."""
    said = "".join(turn["text"] for turn in json.loads(annotated.read_text("utf-8"))["turns"])
    heard = "".join(utterance.text for utterance in transcript.utterances)
    return jiwer.cer(*(re.sub(r"[^\u4e00-\u9fff]", "", text) for text in (said, heard)))


@pytest.mark.speech
@pytest.mark.parametrize("sound", ["silence", "hiss", "tone"])
def test_no_speech_gives_no_words(tmp_path: Path, recogniser: FasterWhisper, sound: str) -> None:
    samples = {
        "silence": np.zeros((2, 8000 * 12), np.int16),
        "hiss": np.random.default_rng(5).normal(0, 600, (1, 8000 * 12)).astype(np.int16),
        "tone": tones(12),  # a dial tone, near enough
    }[sound]
    transcript = transcribe_recording(write_sound(tmp_path / "call.wav", samples, "pcm_alaw"), recogniser)
    assert transcript.utterances == ()
    assert transcript.duration_ms == 12_000
    assert transcript.warnings == ("没有听到人声。",)


@pytest.mark.speech
def test_a_stereo_call_is_heard_and_its_parties_are_found(recogniser: FasterWhisper, samples: Path) -> None:
    transcript = transcribe_recording(samples / "03-private-dealing.opus", recogniser)
    truth = json.loads((samples / "annotated" / "03-private-dealing.turns.json").read_text("utf-8"))
    assert transcript.recogniser.startswith("faster-whisper/base/")
    for turn in truth["turns"]:
        middle = (turn["start_ms"] + turn["end_ms"]) / 2
        assert turn["speaker"] in {u.speaker for u in transcript.utterances if u.start_ms <= middle <= u.end_ms}
    assert character_errors(transcript, samples / "annotated" / "03-private-dealing.json") < 0.4


@pytest.mark.speech
def test_a_mono_call_is_heard(recogniser: FasterWhisper, samples: Path) -> None:
    transcript = transcribe_recording(samples / "08-hard-sell.opus", recogniser)
    assert {utterance.speaker for utterance in transcript.utterances} == {Speaker.UNKNOWN}
    assert character_errors(transcript, samples / "annotated" / "08-hard-sell.json") < 0.4
