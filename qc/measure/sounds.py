"""Sounds that are no speech: what stands on telephone lines while nobody talks. Synthesised, 8 kHz.

Every function gives samples ``(n,)`` between -1 and 1 for a number of seconds, drawn from the random generator given.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from qc.measure.telephone import LINE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

Sound = NDArray[np.float64]

HUM_HZ: Final = 50
CALL_PROGRESS_HZ: Final = 450
"""Dial, ringing and busy tone in China (GB 3380): ringing 1 s on, 4 s off; busy 0.35 s on, 0.35 s off."""
DTMF_HZ: Final = {
    digit: (low, high)
    for low, row in ((697, "123"), (770, "456"), (852, "789"), (941, "*0#"))
    for high, digit in zip((1209, 1336, 1477), row, strict=True)
}
"""ITU-T Q.23."""
CNG_HZ: Final = 1100
CED_HZ: Final = 2100
V21_HZ: Final = (1850, 1650)
"""A zero and a one of V.21's upper channel, 300 bits a second, in which fax machines negotiate (ITU-T T.30)."""
V21_BAUD: Final = 300
FLAG: Final = (0, 1, 1, 1, 1, 1, 1, 0)
"""The HDLC flag of which the preamble is made."""
VOWELS_HZ: Final = ((730, 1090, 2440), (570, 840, 2410), (270, 2290, 3010), (530, 1840, 2480), (300, 870, 2240))
"""First three formants of five vowels (Peterson and Barney 1952, men)."""
MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
PENTATONIC: Final = (0, 2, 4, 7, 9)
PROGRESSIONS: Final = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (5, 3, 0, 4))
"""Degrees of the major scale on which chords stand, a bar each."""


def at_level(sound: Sound, dbfs: float) -> Sound:
    """The sound with this root mean square."""
    power = float(np.sqrt(np.mean(np.square(sound))))
    factor: float = 10 ** (dbfs / 20) / power if power else 1.0
    return sound * factor


def silence(seconds: float, rng: Generator) -> Sound:
    """Nothing at all."""
    del rng
    return np.zeros(_size(seconds))


def white_noise(seconds: float, rng: Generator) -> Sound:
    """As much power at every frequency."""
    return rng.normal(size=_size(seconds))


def pink_noise(seconds: float, rng: Generator) -> Sound:
    """As much power in every octave: rooms, distant traffic."""
    return _shaped(white_noise(seconds, rng), lambda hz: 1 / np.sqrt(np.maximum(hz, 20)))


def brown_noise(seconds: float, rng: Generator) -> Sound:
    """Power falling by 6 dB an octave: wind, an engine."""
    return _shaped(white_noise(seconds, rng), lambda hz: 1 / np.maximum(hz, 20))


def comfort_noise(seconds: float, rng: Generator) -> Sound:
    """What a gateway plays into pauses: noise with the spectrum of a quiet room, its level changed every 20 ms."""
    noise = _shaped(white_noise(seconds, rng), lambda hz: 1 / (1 + (hz / 800) ** 2))
    frame = LINE_RATE // 50
    gains: Sound = np.exp2(np.clip(np.cumsum(rng.normal(0, 0.05, len(noise) // frame + 1)), -1, 1))
    return noise * np.repeat(gains, frame)[: len(noise)]


def hum(seconds: float, rng: Generator) -> Sound:
    """Mains hum and its harmonics."""
    time = _time(seconds)
    strengths = rng.uniform(0.1, 1, 12) / np.arange(1, 13)
    phases = rng.uniform(0, 2 * np.pi, 12)
    parts = (
        strength * np.sin(2 * np.pi * HUM_HZ * n * time + phase)
        for n, (strength, phase) in enumerate(zip(strengths, phases, strict=True), start=1)
    )
    return at_level(sum(parts, start=np.zeros(len(time))), -25)


def ringing(seconds: float, rng: Generator) -> Sound:
    """The ringing tone a caller hears."""
    return _tone(CALL_PROGRESS_HZ, seconds, -12) * _gate(seconds, on_s=1, off_s=4, offset_s=rng.uniform(0, 5))


def busy(seconds: float, rng: Generator) -> Sound:
    """The busy tone."""
    return _tone(CALL_PROGRESS_HZ, seconds, -12) * _gate(seconds, on_s=0.35, off_s=0.35, offset_s=rng.uniform(0, 0.7))


def dtmf(seconds: float, rng: Generator) -> Sound:
    """Numbers being dialled, with pauses of up to 3 s between them."""
    pieces: list[Sound] = []
    while sum(map(len, pieces)) < _size(seconds):
        press_s = rng.uniform(0.06, 0.2)
        for digit in rng.choice(list(DTMF_HZ), size=rng.integers(3, 12)):
            low, high = DTMF_HZ[str(digit)]
            pieces += [_tone(low, press_s, -15) + _tone(high, press_s, -13), np.zeros(_size(press_s))]
        pieces.append(np.zeros(_size(rng.uniform(0.5, 3))))
    return np.concatenate(pieces)[: _size(seconds)]


def fax(seconds: float, rng: Generator) -> Sound:
    """A fax machine: calling tone, answering tone, then V.21 flags and data, over and over."""
    pieces: list[Sound] = []
    while sum(map(len, pieces)) < _size(seconds):
        data = rng.integers(0, 2, V21_BAUD)
        pieces += [
            _tone(CNG_HZ, 0.5, -15),
            np.zeros(_size(3)),
            _tone(CED_HZ, 3, -15),
            np.zeros(_size(0.075)),
            _v21([*FLAG * (V21_BAUD // len(FLAG)), *data]),
            np.zeros(_size(1)),
        ]
    return np.concatenate(pieces)[: _size(seconds)]


def clicks(seconds: float, rng: Generator) -> Sound:
    """Clicks, now and then a crackle of many."""
    sound = np.zeros(_size(seconds))
    starts = list(rng.uniform(0, seconds, round(3 * seconds)))
    for burst in rng.uniform(0, seconds, round(seconds / 4)):
        starts += list(burst + rng.uniform(0, 0.4, 60))
    for start in starts:
        at = _size(start)
        length = min(int(rng.integers(4, 120)), max(len(sound) - at, 0))
        decay = np.exp(-5 * np.arange(length) / max(length, 1))
        sound[at : at + length] += rng.uniform(0.05, 0.8) * rng.choice((-1, 1)) * decay * rng.uniform(-1, 1, length)
    return sound


def breath(seconds: float, rng: Generator) -> Sound:
    """Somebody breathing into the microphone: swelling and fading noise."""
    sound = np.zeros(_size(seconds))
    at_s = rng.uniform(0, 1)
    while at_s < seconds:
        length_s = rng.uniform(0.4, 1.5)
        middle_hz = rng.uniform(500, 1600)
        puff = _shaped(white_noise(length_s, rng), partial(_around, middle_hz))
        puff = at_level(puff, rng.uniform(-32, -18)) * np.hanning(len(puff))
        at = _size(at_s)
        sound[at : at + len(puff)] += puff[: len(sound) - at]
        at_s += length_s + rng.uniform(0.3, 2)
    return sound


def _around(middle_hz: float, hz: Sound) -> Sound:
    gain: Sound = np.exp(-(((hz - middle_hz) / 700) ** 2))
    return gain


def music(seconds: float, rng: Generator) -> Sound:
    """Hold music: a melody over chords and bass, on instruments and in a tempo drawn at random."""
    return _piece_of_music(seconds, rng, _plucked if rng.random() < 0.5 else _organ)  # noqa: PLR2004 - "either"


def singing(seconds: float, rng: Generator) -> Sound:
    """The same with a lead like a voice that sings without words: vibrato, glides, vowels."""
    return _piece_of_music(seconds, rng, _voice)


def _piece_of_music(seconds: float, rng: Generator, lead: Callable[[float, float, Generator], Sound]) -> Sound:
    beat_s = 60 / rng.uniform(66, 140)
    key = int(rng.integers(48, 60))  # MIDI notes, C3 to B3
    chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    sound = np.zeros(_size(seconds))

    def play(
        instrument: Callable[[float, float, Generator], Sound], note: int, at_s: float, length_s: float, gain: float = 1
    ) -> None:
        at = _size(at_s)
        tone = instrument(440 * 2 ** ((note - 69) / 12), length_s, rng)[: max(len(sound) - at, 0)]
        sound[at : at + len(tone)] += gain * tone

    bar, at_s, degree = 0, 0.0, 0
    while at_s < seconds:
        root = chords[bar % len(chords)]
        for third in (0, 2, 4):
            play(_organ, key + _scale(MAJOR, root + third), at_s, 3.8 * beat_s)
        for beat in (0, 2):
            play(_plucked, key - 12 + _scale(MAJOR, root), at_s + beat * beat_s, 1.8 * beat_s)
        beat_at = 0.0
        while beat_at < 4:  # noqa: PLR2004 - four beats a bar
            beats = rng.choice((0.5, 1, 1, 2))
            degree = int(np.clip(degree + rng.integers(-2, 3), -3, 8))
            if rng.random() < 0.85:  # noqa: PLR2004 - the rest are rests
                note = key + 12 + _scale(PENTATONIC, degree)
                play(lead, note, at_s + beat_at * beat_s, 0.95 * beats * beat_s, gain=3)  # the lead stands out
            beat_at += beats
        at_s += 4 * beat_s
        bar += 1
    return at_level(sound, -20)


def _scale(scale: tuple[int, ...], degree: int) -> int:
    octave, step = divmod(degree, len(scale))
    return 12 * octave + scale[step]


def _plucked(hz: float, seconds: float, rng: Generator) -> Sound:
    """A string or bell: harmonics that die away, the high ones sooner."""
    decay = rng.uniform(1.5, 4)
    return _harmonics(np.full(_size(seconds), hz), lambda n, _, time: np.exp(-decay * np.sqrt(n) * time) / n**1.2)


def _organ(hz: float, seconds: float, rng: Generator) -> Sound:
    """A sustained sound of a few harmonics."""
    bright = rng.uniform(1, 2)
    return 0.3 * _faded(_harmonics(np.full(_size(seconds), hz), lambda n, _, time: np.ones(len(time)) / n**bright))


def _voice(hz: float, seconds: float, rng: Generator) -> Sound:
    """A vowel, sung: harmonics under formants, 5 to 6 Hz of vibrato by half a semitone, a glide into the note."""
    time = _time(seconds)
    glide = -2 * np.exp(-time / 0.06)
    semitones = 0.5 * np.sin(2 * np.pi * rng.uniform(5, 6) * time) * np.minimum(time / 0.3, 1) + glide
    formants = VOWELS_HZ[rng.integers(len(VOWELS_HZ))]

    def strength(n: int, at_hz: Sound, _: Sound) -> Sound:
        peaks: Sound = sum(
            (np.exp(-(((at_hz - formant) / 120) ** 2)) for formant in formants), start=np.zeros(len(at_hz))
        )
        weighed: Sound = (0.05 + peaks) / n**0.5
        return weighed

    return _faded(_harmonics(hz * 2 ** (semitones / 12), strength))


def _harmonics(hz: Sound, strength: Callable[[int, Sound, Sound], Sound]) -> Sound:
    """Harmonics of a fundamental given sample by sample, as far as the line carries them."""
    time = np.arange(len(hz)) / LINE_RATE
    phase = 2 * np.pi * np.cumsum(hz) / LINE_RATE
    count = int(0.45 * LINE_RATE / max(float(hz.max(initial=1)), 1))
    parts = (strength(n, n * hz, time) * np.sin(n * phase) for n in range(1, min(count, 20) + 1))
    whole: Sound = sum(parts, start=np.zeros(len(hz)))
    return whole


def _faded(sound: Sound) -> Sound:
    """The sound without clicks at its ends."""
    edge = min(len(sound) // 4, LINE_RATE // 40)
    ramp = np.ones(len(sound))
    ramp[:edge] = np.linspace(0, 1, edge)
    ramp[len(sound) - edge :] = np.linspace(1, 0, edge)
    return sound * ramp


def _v21(bits: list[int]) -> Sound:
    """These bits in frequency shifts without breaks in phase."""
    hz: Sound = np.repeat([float(V21_HZ[bit]) for bit in bits], LINE_RATE // V21_BAUD)
    return at_level(np.sin(2 * np.pi * np.cumsum(hz) / LINE_RATE), -15)


def _tone(hz: float, seconds: float, dbfs: float) -> Sound:
    return at_level(np.sin(2 * np.pi * hz * _time(seconds)), dbfs)


def _gate(seconds: float, *, on_s: float, off_s: float, offset_s: float) -> Sound:
    return ((_time(seconds) + offset_s) % (on_s + off_s) < on_s).astype(float)


def _shaped(noise: Sound, gain: Callable[[Sound], Sound]) -> Sound:
    """The noise with a gain by frequency, the constant part taken out."""
    hz: Sound = np.fft.rfftfreq(len(noise), 1 / LINE_RATE).astype(np.float64)
    spectrum = np.fft.rfft(noise) * gain(hz)
    spectrum[0] = 0
    return np.fft.irfft(spectrum, len(noise))


def _time(seconds: float) -> Sound:
    return np.arange(_size(seconds)) / LINE_RATE


def _size(seconds: float) -> int:
    return round(seconds * LINE_RATE)
