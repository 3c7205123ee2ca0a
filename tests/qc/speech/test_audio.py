from __future__ import annotations

import io
import wave
import zipfile
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import GSM_FRAME, tones, write_sound

from qc.errors import BadAudio
from qc.speech.audio import RATE, AudioFacts, decode, probe

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0

FORMATS = [
    # file, codec, rate, channels, as PyAV names codec and container
    ("alaw.wav", "pcm_alaw", 8000, 2, "pcm_alaw", "wav"),
    ("ulaw.wav", "pcm_mulaw", 8000, 1, "pcm_mulaw", "wav"),
    ("pcm.wav", "pcm_s16le", 16000, 2, "pcm_s16le", "wav"),
    ("pcm48.wav", "pcm_s24le", 48000, 1, "pcm_s24le", "wav"),
    ("call.mp3", "libmp3lame", 16000, 2, "mp3float", "mp3"),
    ("call.amr", "libopencore_amrnb", 8000, 1, "amrnb", "amr"),
    ("call.m4a", "aac", 16000, 2, "aac", "mov"),
    ("call.mp4", "aac", 44100, 2, "aac", "mov"),
    ("call.ogg", "libopus", 48000, 2, "opus", "ogg"),
    ("call.opus", "libopus", 16000, 1, "opus", "ogg"),
    ("call.webm", "libopus", 48000, 2, "opus", "matroska"),
    ("call.flac", "flac", 16000, 2, "flac", "flac"),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels", "heard_codec", "container"), FORMATS)
def test_reads_every_format_telephone_systems_send(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int, heard_codec: str, container: str
) -> None:
    path = write_sound(tmp_path / name, tones(2, rate, channels), codec, rate)
    facts = probe(path, max_duration_s=HOUR)
    assert (facts.codec, facts.container, facts.channels) == (heard_codec, container, channels)
    assert facts.duration_ms == pytest.approx(2000, abs=150)
    (block,) = decode(path)
    assert block.dtype == np.float32
    assert block.shape == (channels, pytest.approx(2 * RATE, abs=0.15 * RATE))
    for channel, sound in enumerate(block):  # each channel still holds its own tone
        spectrum = np.abs(np.fft.rfft(sound[4000:20000]))
        assert np.argmax(spectrum) == pytest.approx(440 + 330 * channel, abs=3)


def test_reads_gsm(tmp_path: Path) -> None:
    path = tmp_path / "call.gsm"
    path.write_bytes(GSM_FRAME * 150)
    assert probe(path, max_duration_s=HOUR) == AudioFacts(
        duration_ms=3000, channels=1, sample_rate=8000, codec="gsm", container="gsm", declared_ms=3000
    )
    assert next(decode(path)).shape == (1, 3 * RATE)


def test_takes_the_sound_of_a_video(tmp_path: Path) -> None:
    path = tmp_path / "meeting.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        audio = container.add_stream("aac", rate=16000, layout="mono")
        for at in range(10):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), at * 20, np.uint8), format="rgb24")
            container.mux(video.encode(picture))
        fit = av.AudioResampler(format="fltp", layout="mono", rate=16000, frame_size=1024)
        sound = av.AudioFrame.from_ndarray(tones(1, 16000), format="s16", layout="mono")
        sound.rate = 16000
        for piece in [*fit.resample(sound), *fit.resample(None)]:
            container.mux(audio.encode(piece))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    assert probe(path, max_duration_s=HOUR).codec == "aac"
    assert next(decode(path)).shape[0] == 1


def test_the_name_of_the_file_does_not_matter(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "call.mp3", tones(2, 16000), "libmp3lame", 16000)
    nameless = path.rename(tmp_path / "http:%d")
    assert probe(nameless, max_duration_s=HOUR).codec == "mp3float"


def rejection(path: Path, max_duration_s: float = HOUR) -> str:
    with pytest.raises(BadAudio) as caught:
        probe(path, max_duration_s=max_duration_s)
    return caught.value.code


def test_rejects_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert rejection(path) == "empty-file"


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("call.txt", "你好" * 100)
    return buffer.getvalue()


PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:3,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
NOT_AUDIO = {
    "text": "这不是录音\n".encode() * 500,
    "json": b'{"external_id": "a"}',
    "web page": b"<html><body>" + b"<p>Sign in</p>" * 500 + b"</body></html>",
    "zip": a_zip(),
    "noise": np.random.default_rng(7).bytes(200_000),
    "zeros": bytes(200_000),
    "playlist": PLAYLIST,
    "concat list": b"ffconcat version 1.0\nfile /etc/hostname\n",
    "one byte": b"R",
}


@pytest.mark.parametrize("content", NOT_AUDIO.values(), ids=NOT_AUDIO.keys())
def test_rejects_what_is_not_audio(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "upload.wav"
    path.write_bytes(content)
    assert rejection(path) == "not-audio"


def test_rejects_a_film_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(video.encode(None))
    assert rejection(path) == "not-audio"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=4000))
def test_any_bytes_are_heard_or_rejected(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "upload"
    path.write_bytes(content)
    try:
        facts = probe(path, max_duration_s=HOUR)
    except BadAudio as error:
        assert error.code in {"not-audio", "truncated-audio", "zero-length-audio"}  # noqa: PT017 - either may happen
    else:
        assert facts.duration_ms > 0


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_alaw"), ("a.m4a", "aac"), ("a.flac", "flac")])
@pytest.mark.parametrize("length", [20, 40])
def test_rejects_a_truncated_header(tmp_path: Path, name: str, codec: str, length: int) -> None:
    whole = write_sound(tmp_path / name, tones(2, 8000), codec).read_bytes()
    path = tmp_path / f"cut-{name}"
    path.write_bytes(whole[:length])
    assert rejection(path) == "truncated-audio"


@pytest.mark.parametrize(
    ("name", "codec", "kept"),
    [("a.wav", "pcm_alaw", 0.2), ("a.m4a", "aac", 0.9), ("a.mp3", "libmp3lame", 0.2), ("a.flac", "flac", 0.2)],
)
def test_rejects_a_file_cut_off(tmp_path: Path, name: str, codec: str, kept: float) -> None:
    rate = 16000
    loud = (np.random.default_rng(3).normal(0, 3000, (1, 10 * rate))).astype(np.int16)
    whole = write_sound(tmp_path / name, loud, codec, rate).read_bytes()
    path = tmp_path / f"cut-{name}"
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert rejection(path) == "truncated-audio"


def test_keeps_a_call_that_lost_its_last_words(tmp_path: Path) -> None:
    whole = write_sound(tmp_path / "a.wav", tones(10), "pcm_alaw").read_bytes()
    path = tmp_path / "cut.wav"
    path.write_bytes(whole[: int(len(whole) * 0.8)])
    facts = probe(path, max_duration_s=HOUR)
    assert facts.duration_ms == pytest.approx(8000, abs=100)
    assert facts.declared_ms == 10_000


def test_a_recorder_that_never_wrote_the_length_is_believed(tmp_path: Path) -> None:
    content = bytearray(write_sound(tmp_path / "a.wav", tones(2), "pcm_alaw").read_bytes())
    at = content.find(b"data") + 4
    for claim in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"):
        content[at : at + 4] = claim
        path = tmp_path / "streamed.wav"
        path.write_bytes(content)
        assert probe(path, max_duration_s=HOUR).duration_ms == 2000


def test_rejects_a_recording_of_no_length(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as header_only:
        header_only.setparams((1, 2, 8000, 0, "NONE", ""))
    assert rejection(path) == "zero-length-audio"
    path.write_bytes(b"#!AMR\n")
    assert rejection(path) == "zero-length-audio"


def test_rejects_a_recording_that_is_too_long(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tones(3), "pcm_alaw")
    assert rejection(path, max_duration_s=2.5) == "recording-too-long"
    assert probe(path, max_duration_s=3).duration_ms == 3000


def test_decodes_in_blocks_cut_where_it_is_quiet(tmp_path: Path) -> None:
    sound = tones(5, 16000, 2)
    sound[:, int(1.4 * RATE) : int(1.7 * RATE)] = 0
    sound[0, int(1.0 * RATE) : int(1.3 * RATE)] = 0  # one party's pause is not a quiet place
    path = write_sound(tmp_path / "a.flac", sound, "flac", 16000)
    blocks = list(decode(path, block_s=2))
    assert all(block.shape[1] <= 2 * RATE for block in blocks)
    assert 1.4 < blocks[0].shape[1] / RATE < 1.7
    assert np.array_equal(np.concatenate(blocks, axis=1), next(decode(path)))


def test_the_first_block_may_be_short_and_nothing_is_lost(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", tones(9, 16000, 2), "flac", 16000)
    blocks = list(decode(path, block_s=4, first_s=1))
    assert 0 < blocks[0].shape[1] <= RATE
    assert all(RATE < block.shape[1] <= 4 * RATE for block in blocks[1:-1])
    assert np.array_equal(np.concatenate(blocks, axis=1), next(decode(path)))


def test_a_short_recording_is_one_block_however_short_the_first_may_be(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", tones(2, 16000), "flac", 16000)
    assert [block.shape for block in decode(path, first_s=12)] == [(1, 2 * RATE)]


def test_one_damaged_packet_does_not_lose_the_call(tmp_path: Path) -> None:
    content = bytearray(write_sound(tmp_path / "a.mp3", tones(4, 16000), "libmp3lame", 16000).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = bytes(600)
    path = tmp_path / "damaged.mp3"
    path.write_bytes(content)
    assert next(decode(path)).shape[1] > 3 * RATE
