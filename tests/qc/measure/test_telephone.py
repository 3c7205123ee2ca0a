from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.measure.telephone import LINE_RATE, a_law, after_the_line, to_line_rate, write_wav
from qc.speech.audio import RATE, decode

if TYPE_CHECKING:
    from pathlib import Path


def by_ffmpeg(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The same 16-bit samples after FFmpeg's A-law encoder and decoder."""
    encoder = av.CodecContext.create("pcm_alaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = LINE_RATE, "mono", "s16"
    decoder = av.CodecContext.create("pcm_alaw", "r")
    decoder.sample_rate, decoder.layout = LINE_RATE, "mono"
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
    frame.rate = LINE_RATE
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return np.concatenate([out.to_ndarray()[0] for packet in packets for out in decoder.decode(packet)])


def test_a_law_is_ffmpegs_but_for_samples_on_the_edge_of_a_step() -> None:
    samples = np.arange(-32767, 32768, dtype=np.int16)
    ours = np.round(a_law(samples.astype(np.float32) / 32768) * 32768).astype(int)
    theirs = by_ffmpeg(samples).astype(int)
    assert set(ours) == set(theirs)
    assert np.mean(ours == theirs) > 0.98
    step = np.maximum(np.abs(samples.astype(int)) / 16, 16)
    assert (np.abs(ours - theirs) <= step).all()


@given(st.floats(-1, 1, width=32))
def test_a_law_keeps_a_sample_within_a_32nd_and_coding_it_again_changes_nothing(sample: float) -> None:
    once = a_law(np.array([sample], np.float32))
    assert abs(float(once[0]) - sample) <= max(abs(sample) / 32, 8 / 32768) + 1 / 32768
    assert np.array_equal(a_law(once), once)


def test_the_line_halves_the_rate_and_keeps_the_channels() -> None:
    time = np.arange(RATE) / RATE
    sound = np.stack([0.5 * np.sin(2 * np.pi * 440 * time), np.zeros(RATE)]).astype(np.float32)
    narrow = to_line_rate(sound)
    assert narrow.shape[0] == 2
    assert abs(narrow.shape[1] - LINE_RATE) < 50
    assert np.abs(narrow[0]).max() > 0.45
    assert np.abs(narrow[1]).max() < 1e-6
    assert np.abs(after_the_line(sound)[1]).max() < 0.001  # A-law's silence is not quite zero


def test_pieces_are_laid_end_to_end_in_a_wav(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    half = np.full((2, LINE_RATE // 2), 0.25, np.float32)
    assert write_wav(path, iter([half, -half]), channels=2) == 1
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, LINE_RATE, LINE_RATE)
    (sound,) = decode(path)
    assert sound.shape[0] == 2
    assert sound[:, 4000:6000].mean() > 0.24
    assert sound[:, 10000:12000].mean() < -0.24
