from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import jiwer
import numpy as np
import pytest
from recognisers import ScriptedRecogniser, spread
from sounds import tones, write_sound
from spoken import SAMPLES, exchange, sample, wav_of

from qc.domain import RolesBy, Speaker, Timing
from qc.errors import BadAudio
from qc.speech import transcribe
from qc.speech.audio import RATE
from qc.speech.expecting import expectations
from qc.speech.recogniser import NOTHING_EXPECTED, Care, Expectations, Heard, HeardAgain
from qc.speech.transcribe import transcribe_recording
from qc.store.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from qc.domain import Transcript, Utterance
    from qc.rulebook import Rulebook
    from qc.speech.audio import Samples
    from qc.speech.whisper import FasterWhisper

AGENT_SAYS: Final = "您好我是之江店的销售顾问小周这个月凯美瑞有两万的优惠您看您什么时候方便来店里试驾"
CUSTOMER_SAYS: Final = "喂你哪位啊你们价格太贵了我再考虑考虑行吧我跟我老婆商量一下再说现在不方便"
BOTH_SAY: Final = "好的那就这样我先去看看车再说有什么问题到时候给你打电话行不行谢谢啊回头见"
PER_S: Final = 5
MARK: Final = np.float32(0.01)


class MarkListener:
    """Knows the parties by a direct current, the agent's positive and the customer's negative, which nobody hears."""

    name: Final = "marks/1"
    longest_piece_s: Final = 15.0

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        del expecting, care
        for piece in pieces:
            level = piece.mean() / MARK
            says = AGENT_SAYS if level > 0.5 else CUSTOMER_SAYS if level < -0.5 else BOTH_SAY
            yield Heard(words=spread((says * 9)[: max(int(PER_S * len(piece) / RATE), 1)], piece))


def marked(sound: Samples) -> Samples:
    """The call with its agent (on the left) and its customer marked for `MarkListener`."""
    return sound + MARK * np.array([[1], [-1]], np.float32)


def a_call(folder: Path, sound: Samples) -> Path:
    path = folder / "call.wav"
    path.write_bytes(wav_of(sound))
    return path


def said_by(transcript: Transcript, speaker: Speaker) -> list[Utterance]:
    return [utterance for utterance in transcript.utterances if utterance.speaker is speaker]


def turns_of(name: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = json.loads((SAMPLES / "annotated" / f"{name}.turns.json").read_text("utf-8"))["turns"]
    return turns


CALL: Final = "03-private-dealing"
SHORT_S: Final = 18
"""Two turns of each party."""


def short_call() -> Samples:
    return sample(CALL)[:, : SHORT_S * RATE]


def test_each_channel_is_one_party_and_both_merge_in_time(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, marked(sample(CALL))), MarkListener(), agent_channel=0)
    assert transcript.recogniser == "marks/1"
    assert (transcript.timing, transcript.warnings) == (Timing.RECORDED, ())
    assert transcript.duration_ms == pytest.approx(40_882, abs=20)
    assert transcript.roles is not None
    assert (transcript.roles.by, transcript.roles.probability) == (RolesBy.GIVEN, 1)
    for turn in turns_of(CALL):
        own = said_by(transcript, Speaker(turn["speaker"]))
        assert min(abs(utterance.start_ms - turn["start_ms"]) for utterance in own) <= 400
        assert min(abs(utterance.end_ms - turn["end_ms"]) for utterance in own) <= 400
    for utterance in transcript.utterances:
        assert set(utterance.text[:-1]) <= set(AGENT_SAYS if utterance.speaker is Speaker.AGENT else CUSTOMER_SAYS)


@pytest.mark.parametrize("side", [0, 1])
def test_the_agent_is_found_by_the_words_when_nobody_says_which_channel(tmp_path: Path, side: int) -> None:
    sound = marked(short_call())
    transcript = transcribe_recording(a_call(tmp_path, sound if side == 0 else sound[::-1]), MarkListener())
    assert [u.speaker for u in transcript.utterances][:2] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert transcript.roles is not None
    assert transcript.roles.by is RolesBy.WORDS
    assert transcript.roles.probability > 0.9
    assert transcript.warnings == ()


def test_the_words_overrule_a_channel_that_was_noted_wrongly(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, marked(short_call())), MarkListener(), agent_channel=1)
    assert transcript.utterances[0].speaker is Speaker.AGENT
    assert transcript.roles is not None
    assert transcript.roles.by is RolesBy.WORDS
    assert transcript.warnings == ("登记的客服声道与谈话内容相反，已按内容判断。",)


def test_the_given_channel_stands_when_the_words_do_not_tell(tmp_path: Path) -> None:
    path = a_call(tmp_path, short_call())
    unknown = transcribe_recording(path, MarkListener())
    assert {u.speaker for u in unknown.utterances} == {Speaker.UNKNOWN}
    assert unknown.roles is not None
    assert unknown.roles.by is RolesBy.NOTHING
    assert any("哪个声道是客服" in warning for warning in unknown.warnings)
    given = transcribe_recording(path, MarkListener(), agent_channel=1)
    assert given.utterances[0].speaker is Speaker.CUSTOMER
    assert given.warnings == ()


def test_channels_that_swap_in_mid_call_are_swapped_back(tmp_path: Path) -> None:
    two_minutes = np.tile(marked(sample(CALL)), 3)[:, : 120 * RATE]
    sound = np.concatenate([two_minutes, two_minutes[::-1]], axis=1)
    transcript = transcribe_recording(a_call(tmp_path, sound), MarkListener(), agent_channel=0)
    assert transcript.warnings == ("左右声道在2分钟处对调，此后已按内容换回。",)
    whole = [u for u in transcript.utterances if not 80_000 < u.start_ms < 160_000]  # of pieces before or after it
    assert {u.speaker for u in whole} == {Speaker.AGENT, Speaker.CUSTOMER}
    for utterance in whole:
        assert set(utterance.text[:-1]) <= set(AGENT_SAYS if utterance.speaker is Speaker.AGENT else CUSTOMER_SAYS)


@pytest.mark.parametrize("ms", [40, 250])
def test_an_echo_in_the_other_channel_is_no_turn(tmp_path: Path, ms: int) -> None:
    plain = transcribe_recording(a_call(tmp_path, marked(sample(CALL))), MarkListener(), agent_channel=0)
    sound = sample(CALL)
    late = np.pad(sound, ((0, 0), (ms * RATE // 1000, 0)))[:, : sound.shape[1]]
    with_echo = marked(sound + np.float32(0.1) * late[::-1])
    transcript = transcribe_recording(a_call(tmp_path, with_echo), MarkListener(), agent_channel=0)
    for speaker in (Speaker.AGENT, Speaker.CUSTOMER):
        before, after = (sum(len(u.text) for u in said_by(each, speaker)) for each in (plain, transcript))
        assert after == pytest.approx(before, rel=0.1)


def test_a_doubled_channel_is_heard_once(tmp_path: Path) -> None:
    mix = short_call().mean(axis=0)
    recogniser = ScriptedRecogniser(said=BOTH_SAY)
    transcript = transcribe_recording(a_call(tmp_path, np.stack([mix, 0.5 * mix])), recogniser)
    assert transcript.warnings[0] == "两个声道内容相同，按单声道处理。"
    assert len(transcript.warnings) == 2
    mono = transcribe_recording(a_call(tmp_path, mix[np.newaxis]), ScriptedRecogniser(said=BOTH_SAY))
    assert "".join(u.text for u in transcript.utterances) == "".join(u.text for u in mono.utterances)


def test_a_doubled_call_loses_no_word_before_it_can_be_told_that_it_is_doubled(tmp_path: Path) -> None:
    mix = short_call().mean(axis=0)
    early = np.zeros(14 * RATE, np.float32)
    early[2 * RATE : 245 * RATE // 100] = mix[280 * RATE // 100 : 325 * RATE // 100]  # 喂, too short to tell by
    sound = np.concatenate([early, mix])
    transcript = transcribe_recording(a_call(tmp_path, np.stack([sound, sound])), MarkListener())
    assert transcript.warnings[0] == "两个声道内容相同，按单声道处理。"
    assert transcript.utterances[0].start_ms < 3000


def test_mono_says_plainly_how_the_parties_are_known(tmp_path: Path) -> None:
    mix = sample("08-hard-sell")
    both = transcribe_recording(a_call(tmp_path, mix), MarkListener(), agent_channel=0)
    assert both.utterances
    (warning,) = both.warnings
    assert warning.startswith("单声道录音，")
    assert both.roles is not None
    assert both.roles.by is not RolesBy.GIVEN


def test_one_voice_alone_is_nobodys(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, exchange(end_s=6.5)[:1]), MarkListener())
    assert [u.speaker for u in transcript.utterances] == [Speaker.UNKNOWN]
    assert transcript.warnings == ("单声道录音，声音无法区分，说话人标为未知。",)


def test_a_dead_channel_is_told(tmp_path: Path) -> None:
    sound = marked(short_call())
    sound[1] = 0
    path = a_call(tmp_path, sound)
    given = transcribe_recording(path, MarkListener(), agent_channel=0)
    assert {u.speaker for u in given.utterances} == {Speaker.AGENT}
    assert given.warnings == ("右声道没有听到人声。",)
    mixed = transcribe_recording(path, MarkListener())
    assert mixed.warnings[0] == "右声道没有声音，另一声道按双方混录处理。"
    assert "".join(u.text for u in mixed.utterances).replace("。", "") == "".join(
        u.text for u in given.utterances
    ).replace("。", "")


@pytest.mark.parametrize("channels", [1, 2])
def test_where_nobody_speaks_nothing_is_heard(tmp_path: Path, channels: int) -> None:
    path = write_sound(tmp_path / "call.wav", tones(15, 8000, channels), "pcm_alaw")
    recogniser = ScriptedRecogniser()
    transcript = transcribe_recording(path, recogniser, agent_channel=0)
    assert (transcript.utterances, recogniser.heard) == ((), 0)
    assert transcript.warnings == ("没有听到人声。",)
    assert transcript.roles is not None
    assert transcript.roles.by is RolesBy.NOTHING
    assert transcript.duration_ms == 15_000


def test_speech_without_words_is_told_too(tmp_path: Path) -> None:
    transcript = transcribe_recording(a_call(tmp_path, exchange()), ScriptedRecogniser(said=""), agent_channel=0)
    assert (transcript.utterances, transcript.warnings) == ((), ("没有听到人声。",))


def test_a_recording_that_lost_its_end_is_told(tmp_path: Path) -> None:
    whole = wav_of(marked(short_call()))
    path = tmp_path / "call.wav"
    path.write_bytes(whole[: len(whole) * 8 // 10])
    transcript = transcribe_recording(path, MarkListener(), agent_channel=0)
    assert transcript.warnings == ("录音不完整：应有18秒，只有14秒。",)
    assert transcript.utterances


def test_blocks_keep_the_time_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribe, "BLOCK_S", 12)
    monkeypatch.setattr(transcribe, "FIRST_BLOCK_S", 6)
    transcript = transcribe_recording(a_call(tmp_path, marked(sample(CALL))), MarkListener(), agent_channel=0)
    assert transcript.duration_ms == pytest.approx(40_882, abs=20)
    for turn in turns_of(CALL):
        own = said_by(transcript, Speaker(turn["speaker"]))
        assert min(abs(utterance.start_ms - turn["start_ms"]) for utterance in own) <= 400
        assert min(abs(utterance.end_ms - turn["end_ms"]) for utterance in own) <= 400


class CareNoted(MarkListener):
    """Remembers with how much care it was asked to hear."""

    def __init__(self) -> None:
        self.care: list[Care] = []

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        self.care.append(care)
        return super().hear(pieces, expecting, care=care)


def test_the_first_words_of_a_long_recording_are_heard_quickly(tmp_path: Path) -> None:
    listener = CareNoted()
    transcribe_recording(a_call(tmp_path, marked(sample(CALL))), listener)
    assert listener.care == [Care.QUICK, Care.USUAL]


def test_a_short_recording_is_heard_with_care(tmp_path: Path) -> None:
    listener = CareNoted()
    transcribe_recording(a_call(tmp_path, marked(short_call())), listener)
    assert listener.care == [Care.CAREFUL]


def test_progress_never_goes_back(tmp_path: Path) -> None:
    told: list[float] = []
    transcribe_recording(a_call(tmp_path, sample(CALL)), MarkListener(), agent_channel=0, progress=told.append)
    assert told == sorted(told)


def test_progress_goes_from_0_to_1(tmp_path: Path) -> None:
    told: list[float] = []
    transcribe_recording(a_call(tmp_path, sample(CALL)), MarkListener(), agent_channel=0, progress=told.append)
    assert 0 < told[0] < transcribe.FIRST_BLOCK_S / 40
    assert told[-1] == 1


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("不是录音")
    with pytest.raises(BadAudio):
        transcribe_recording(path, MarkListener())


class Attentive(ScriptedRecogniser):
    """Listens twice to four words of every piece."""

    def __init__(self, *, said: str, first: int = 2) -> None:
        super().__init__(said=said)
        self._first = first

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        for heard in super().hear(pieces, expecting, care=care):
            again = HeardAgain(first=self._first, end=self._first + 4, phrase="加我微信", probability=0.7)
            yield heard.model_copy(update={"again": (again,)})


def test_second_listens_point_into_the_utterances(tmp_path: Path) -> None:
    said = "您好家我危信啊那就这样说定了好吧再见"
    transcript = transcribe_recording(a_call(tmp_path, short_call()), Attentive(said=said), agent_channel=0)
    assert transcript.listens
    assert len({listen.utterance for listen in transcript.listens}) == len(transcript.listens)
    for listen in transcript.listens:
        assert transcript.utterances[listen.utterance].text[listen.start : listen.end] == "家我危信"
        assert (listen.phrase, listen.probability) == ("加我微信", 0.7)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("您好谢谢观看", 0),
        ("您好。谢谢观看。行", 0),
        pytest.param("好。行家我危信", 1),
        ("谢谢观看。家我危信啊", 1),
    ],
)
def test_only_undoubted_words_are_listened_to_again(tmp_path: Path, said: str, kept: int) -> None:
    recogniser = Attentive(said=said, first=4 if said.startswith("谢谢") else 2)
    transcript = transcribe_recording(a_call(tmp_path, exchange(end_s=6.6)), recogniser, agent_channel=0)
    assert len(transcript.listens) == kept
    assert all(transcript.utterances[listen.utterance].doubt is None for listen in transcript.listens)


@pytest.mark.parametrize("badly", ["喂", "", "谢谢观看下期再见谢谢观看啊", "南" * 40])
def test_a_piece_that_was_heard_badly_is_heard_again_stretch_by_stretch(tmp_path: Path, badly: str) -> None:
    stretch = exchange(end_s=6.6)[:1]
    silence = np.zeros((1, 2 * RATE), np.float32)
    path = a_call(tmp_path, np.concatenate([stretch, silence, stretch], axis=1))
    recogniser = ScriptedRecogniser(said=[badly, "您好我是小王这个月", "有活动您来看看吧"])
    transcript = transcribe_recording(path, recogniser)
    assert recogniser.heard == 2
    assert [u.text for u in transcript.utterances] == ["您好我是小王这个月。", "有活动您来看看吧。"]


# ---------------------------------------------------------------- the real model


def character_errors(transcript: Transcript, annotated: Path) -> float:
    """The character error rate against the annotated words: 1 would be nothing right."""
    said = "".join(turn["text"] for turn in json.loads(annotated.read_text("utf-8"))["turns"])
    heard = "".join(utterance.text for utterance in transcript.utterances)
    return jiwer.cer(*(re.sub(r"[^\u4e00-\u9fff]", "", text) for text in (said, heard)))


@pytest.fixture(scope="module")
def expecting(rulebook: Rulebook) -> Expectations:
    return expectations(Settings(_env_file=None).lexicons, rulebook)


@pytest.mark.speech
def test_a_stereo_call_is_heard_and_its_parties_are_found(recogniser: FasterWhisper, expecting: Expectations) -> None:
    told: list[float] = []
    transcript = transcribe_recording(SAMPLES / f"{CALL}.opus", recogniser, expecting=expecting, progress=told.append)
    assert 0 < told[0] < transcribe.FIRST_BLOCK_S / 40  # the first words come before the rest is heard
    assert transcript.recogniser.startswith("faster-whisper/base/")
    for turn in turns_of(CALL):
        middle = (turn["start_ms"] + turn["end_ms"]) / 2
        assert turn["speaker"] in {u.speaker for u in transcript.utterances if u.start_ms <= middle <= u.end_ms}
    assert character_errors(transcript, SAMPLES / "annotated" / f"{CALL}.json") < 0.4
    respelled = [u for u in transcript.utterances if u.original_text is not None]
    assert respelled
    assert all(u.original_text != u.text and len(u.original_text or "") == len(u.text) for u in respelled)
    assert all(u.text.endswith(("。", "？", "！", "…")) for u in transcript.utterances)
    assert transcript.listens
    for listen in transcript.listens:
        text = transcript.utterances[listen.utterance].text
        assert 0 <= listen.start < listen.end <= len(text)
        assert len([c for c in text[listen.start : listen.end] if c.isalnum()]) >= len(listen.phrase)


@pytest.mark.speech
def test_words_come_in_order_of_time_and_within_their_piece(recogniser: FasterWhisper, expecting: Expectations) -> None:
    pieces = [sample(CALL)[0, 12 * RATE : 17 * RATE], sample(CALL)[1, 6 * RATE : 12 * RATE]]
    for piece, heard in zip(pieces, recogniser.hear(pieces, expecting), strict=True):
        times = [(word.start_ms, word.end_ms) for word in heard.words]
        assert times == sorted(times)
        assert all(0 <= start <= end <= len(piece) * 1000 / RATE + 1000 for start, end in times)
        assert heard.words
        assert heard.logprob < 0
        assert heard.no_speech < 0.3
        for word in heard.words:
            assert word.text
            assert word.original is None or len(word.original) == 1


@pytest.mark.speech
def test_a_mono_call_is_heard(recogniser: FasterWhisper, expecting: Expectations) -> None:
    transcript = transcribe_recording(SAMPLES / "08-hard-sell.opus", recogniser, expecting=expecting)
    assert character_errors(transcript, SAMPLES / "annotated" / "08-hard-sell.json") < 0.4
    assert transcript.warnings[0].startswith("单声道录音")


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
