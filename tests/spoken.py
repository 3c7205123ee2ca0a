"""Short recordings in which people speak, cut out of the samples: nothing is heard in tones or silence."""

from __future__ import annotations

import io
import wave
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from qc.measure.telephone import LINE_RATE, to_line_rate
from qc.speech.audio import RATE, decode

if TYPE_CHECKING:
    from qc.speech.audio import Samples

SAMPLES: Final = Path(__file__).parents[1] / "samples"


@cache
def sample(name: str) -> Samples:
    """A sample's sound, ``(channels, n)`` at 16 kHz."""
    return np.concatenate(list(decode(SAMPLES / f"{name}.opus")), axis=1)


def exchange(*, start_s: float = 5.0, end_s: float = 10.0) -> Samples:
    """A stretch of a stereo call: at first the agent speaks on the left, from 6.5 s on the customer on the right."""
    return sample("03-private-dealing")[:, round(start_s * RATE) : round(end_s * RATE)]


def wav_of(sound: Samples) -> bytes:
    """This sound, ``(channels, n)`` at 16 kHz, as a telephone recording."""
    on_line = np.clip(np.round(to_line_rate(sound).T * 32768), -32768, 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(on_line.shape[1])
        out.setsampwidth(2)
        out.setframerate(LINE_RATE)
        out.writeframes(on_line.tobytes())
    return file.getvalue()


def spoken_wav(*, loudness: float = 1.0) -> bytes:
    """A stereo recording of five seconds in which each party speaks once; another loudness is another recording."""
    return wav_of(np.float32(loudness) * exchange())
