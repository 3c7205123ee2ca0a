"""What the two channels of a recording are to each other: parties, one mix twice, one dead, an echo.

By sound alone, on blocks ``(2, n)`` at 16 kHz, in about 0.2 % of their length: `compare` each block once, then ask.
It does not tell which channel is the agent's, nor that a recorder swapped the two in mid-call: a change of voice or of
level on both sides is as often a transfer to a colleague. The words tell.

An echo is found by what it is, a delayed and weaker copy. Its delay shows as a peak of the cross-correlation with
phase transform (Knapp and Carter, "The generalized correlation method for estimation of time delay", 1976); its
strength by band is what this channel holds above its noise while the other party talks. A channel's own sound is
what is louder than noise and echo together explain.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qc.speech.audio import PAIR, RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from qc.speech.audio import Samples

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

HOP: Final = RATE // 100
"""Samples a frame."""
WINDOW: Final = 512
BANDS_HZ: Final = (200, 450, 800, 1200, 1700, 2400, 3400)
"""Edges of the bands that levels are compared in: what a telephone carries, without mains hum and DC."""
AUDIBLE: Final = 1e-7
"""-70 dBFS: quieter is no voice."""
SILENCE: Final = 1e-10
"""-100 dBFS, below the last bit: keeps ratios finite."""

CHUNK: Final = 2 * RATE
"""So much sound is searched for one delay: enough for an echo 10 dB below the noise, short for clocks that drift."""
REACH: Final = RATE
"""Delays up to this either way are found."""
SPECTRUM: Final = 1 << 16
"""Points of a transform that holds a chunk with `REACH` on both sides."""
SIGNIFICANT: Final = 7.0
"""A peak this many times the correlation's RMS may be a copy; the highest of unrelated speech was 10."""
CERTAIN: Final = 15.0
"""A peak this high is one."""
SUPPORT: Final = 3
"""So many chunks that may be one, at the `SAME` delay each as the one before, are one together."""
SAME: Final = RATE // 200
DRIFT: Final = 0.001
"""A clock runs late by at most this part of the time."""
NEAR: Final = 30 * RATE
"""What is said of a direction's echo holds for so long."""
WAYS: Final = 2
APART: Final = RATE // 50
"""So many ways are looked for in a chunk, this much apart."""
MOST_PATHS: Final = 3

MARGIN: Final = 4.0
"""Power above the predicted echo that is own speech: an echo's level wavers by less than 6 dB."""
OVER_NOISE: Final = 6.0
"""Power above the quietest tenth of the frames that is sound: constant noise stays below in all bands but one."""
UNDER_NOISE: Final = 0.25
"""An echo can be heard, also by a voice activity detector, down to this part of that power."""
BANDS_NEEDED: Final = 2
REVERBERATES: Final = range(-2, 7)
"""Frames around the delay in which one frame of the source is heard."""
LOUD_FRAMES: Final = 50
"""So much of the source's speech is needed to measure the echo's strength."""

DOUBLED_RANGE_DB: Final = 6.0
"""Copies keep their difference in level within this: 0 to 4 dB after MP3, Opus or AMR and with hiss on one side, where
parties with a crosstalk of -6 dB swing by 12."""
DOUBLED_DB: Final = 12.0
"""A side quieter than this is an echo of the other one, not a copy."""
DOUBLED_LAG: Final = RATE * 60 // 1000
DOUBLED_CHUNKS: Final = 10
"""The loudest chunks tell whether two channels hold the same sound."""
PIECE: Final = 50
"""Frames over which levels are compared for that."""
ALIVE_MS: Final = 500
"""Less own sound in a whole recording is clicks."""

PAUSE: Final = 60
"""Frames: within a party's own speech, gaps up to 0.6 s belong to it."""
LEAST_OWN: Final = 8
"""Frames of own sound that are speech and not a click."""
LEAST_PART: Final = 0.15
"""Part of a party's speech that stands out from noise and echo; in scattered clicks it is less."""
LEAST_ECHO: Final = 10
"""Frames of echo for which a gap in own speech is worth cutting out."""
GUARD: Final = 20
"""Frames left on both sides of own speech, for its soft begin and end."""


class Span(NamedTuple):
    """A stretch of one channel in samples from the block's start, ``end`` not included."""

    start: int
    end: int


class Delay(NamedTuple):
    """A channel's voice found in the other channel: when in the recording, from which channel, how much later."""

    at_ms: float
    source: int
    delay_ms: float


class Sides(NamedTuple):
    """What a stereo block tells of its two channels; ``own`` and ``echo`` are ``(2, frames)`` of 10 ms."""

    doubled: bool | None
    """Both channels carry the same mix; ``None`` where it is too quiet to say."""
    own: Flags
    """Where the channel holds sound of its own, above its noise and the other channel's echo."""
    echo: Flags
    """Where the other channel's echo is audible, whether or not there is own sound too."""
    delays: tuple[Delay, ...]


class _Peak(NamedTuple):
    """A delay in samples, found in the chunk with this middle, and how far it stands out."""

    at: int
    delay: int
    height: float


class Layout(StrEnum):
    """What a whole stereo recording is."""

    PARTIES = "parties"
    """Sound of its own on each side."""
    DOUBLED = "doubled"
    """One mixed channel twice."""
    LEFT_ONLY = "left-only"
    """Nothing but noise or echo on the right: the left may hold one party, or both in one mix."""
    RIGHT_ONLY = "right-only"
    SILENT = "silent"


def compare(block: Samples, *, start_ms: float = 0) -> Sides:
    """What this stereo block ``(2, n)`` tells of its channels; ``start_ms`` is the block's place in the recording."""
    power = _band_power(block)
    noise = np.quantile(power, 0.1, axis=1, keepdims=True) + SILENCE
    audible = (power > OVER_NOISE * noise) & (power.sum(axis=2, keepdims=True) > AUDIBLE)
    own = audible.sum(axis=2) >= BANDS_NEEDED
    doubled = _is_doubled(block, power, own)
    echo = np.zeros_like(own)
    if doubled:
        return Sides(doubled, own, echo, ())
    found = [_peaks(block, power, 1 - channel) for channel in (0, 1)]
    paths = [_paths(_without_mirrors(found[0], found[1])), _paths(_without_mirrors(found[1], found[0]))]
    # The second round predicts from the source's own sound alone, without this channel's echo in it.
    for _ in range(2):
        spoken, quiet = own, ~own.any(axis=0)
        own, echo = own.copy(), echo.copy()
        for channel, ways in enumerate(paths):
            source = power[1 - channel] * spoken[1 - channel, :, np.newaxis]
            predicted = np.zeros_like(source)
            for path in ways:
                predicted = np.maximum(predicted, _predicted_echo(path, source, power[channel], quiet))
            unexplained = audible[channel] & (power[channel] > MARGIN * predicted)
            own[channel] = unexplained.sum(axis=1) >= BANDS_NEEDED
            echo[channel] = (predicted > UNDER_NOISE * noise[channel]).sum(axis=1) >= BANDS_NEEDED
    delays = (
        Delay(start_ms + 1000 * peak.at / RATE, 1 - channel, 1000 * peak.delay / RATE)
        for channel, ways in enumerate(paths)
        for peak in (ways[0] if ways else ())
    )
    return Sides(doubled, own, echo, tuple(delays))


def layout_of(blocks: Iterable[Sides]) -> Layout:
    """What the recording made of these blocks is. A channel is dead only if it stays so to the end."""
    own_ms = np.zeros(PAIR)
    doubled_ms = 0.0
    for sides in blocks:
        own_ms += 10 * sides.own.sum(axis=1)
        doubled_ms += 10 * sides.own.sum() if sides.doubled else 0
    if doubled_ms > own_ms.sum() / 2:
        return Layout.DOUBLED
    left, right = own_ms >= ALIVE_MS
    if left and right:
        return Layout.PARTIES
    if left or right:
        return Layout.LEFT_ONLY if left else Layout.RIGHT_ONLY
    return Layout.SILENT


def echoes(sides: Sides, stretches: tuple[Sequence[Span], Sequence[Span]]) -> tuple[list[Span], list[Span]]:
    """The parts of each channel's speech stretches that are only the other party's echo, in order.

    Speech of both at once is nobody's echo. A stretch that is wholly echo comes back whole.
    """
    left, right = (
        [part for stretch in channel for part in _echo_parts(sides, side, stretch)]
        for side, channel in enumerate(stretches)
    )
    return left, right


def without(stretches: Sequence[Span], parts: Sequence[Span]) -> list[Span]:
    """What remains of these stretches when these parts of them are taken out; all in order."""
    remaining = []
    for stretch in stretches:
        start = stretch.start
        for part in parts:
            if part.end > start and part.start < stretch.end:
                if part.start > start:
                    remaining.append(Span(start, part.start))
                start = part.end
        if start < stretch.end:
            remaining.append(Span(start, stretch.end))
    return remaining


def louder(block: Samples) -> Samples:
    """The louder channel ``(n,)`` of a doubled block. The mean of both would cancel where one is inverted or late."""
    side: Samples = block[int(np.argmax(block.var(axis=1)))]
    return side


def _echo_parts(sides: Sides, side: int, stretch: Span) -> list[Span]:
    first, last = stretch.start // HOP, -(-stretch.end // HOP)
    return [
        Span(max(stretch.start, start * HOP), min(stretch.end, end * HOP))
        for start, end in _gaps(sides, side, first, last)
    ]


def _gaps(sides: Sides, side: int, first: int, last: int) -> list[tuple[int, int]]:
    """Frames ``[start, end)`` between these two without sound of this side's own but with echo in them."""
    flags = sides.own[side, first:last]
    own = [
        (start, end)
        for start, end in _runs(flags, PAUSE)
        if flags[start:end].sum() >= max(LEAST_OWN, LEAST_PART * (end - start))
    ]
    edges = [0, *(edge for start, end in own for edge in (max(start - GUARD, 0), end + GUARD)), last - first]
    gaps = [(first + start, first + end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [(start, end) for start, end in gaps if sides.echo[side, start:end].sum() >= LEAST_ECHO]


def _runs(flags: Flags, bridge: int) -> list[tuple[int, int]]:
    """Runs ``[start, end)`` of true frames, those at most ``bridge`` frames apart joined."""
    at = np.flatnonzero(flags)
    if not at.size:
        return []
    breaks = np.flatnonzero(np.diff(at) > bridge + 1)
    starts, ends = at[np.r_[0, breaks + 1]], at[np.r_[breaks, at.size - 1]] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _band_power(block: Samples) -> Floats:
    """Mean square by channel, frame and band, ``(channels, frames, bands)``."""
    window = np.hanning(WINDOW).astype(np.float32)
    window *= np.sqrt(2 / (WINDOW * np.square(window).sum()))
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    bands = np.stack([(low <= hertz) & (hertz < high) for low, high in pairwise(BANDS_HZ)])
    frames = -(-block.shape[1] // HOP)
    padded = np.pad(block, ((0, 0), (WINDOW // 2, WINDOW + HOP)))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::HOP][:, :frames]
    power = np.empty((block.shape[0], frames, len(bands)), np.float32)
    for start in range(0, frames, 2000):  # 20 s at a time bounds the memory
        spectrum = np.fft.rfft(pieces[:, start : start + 2000] * window, axis=2)
        power[:, start : start + 2000] = (spectrum.real**2 + spectrum.imag**2) @ bands.T.astype(np.float32)
    return power


def _correlation(piece: Samples, other: Samples) -> Floats:
    """The correlation with phase transform of a chunk with ``other``, which begins `REACH` before it and is longer.

    Index ``k`` is for a delay of ``REACH - 2 * k`` samples of the piece after ``other``.
    """
    bins = SPECTRUM // 4 + 1  # up to 4 kHz, so that the correlation is at 8 kHz
    hertz = np.arange(bins) * RATE / SPECTRUM
    cross = np.conj(np.fft.rfft(piece, SPECTRUM)[:bins]) * np.fft.rfft(other, SPECTRUM)[:bins]
    cross *= (hertz >= BANDS_HZ[0]) & (hertz < BANDS_HZ[-1])
    cross /= np.abs(cross) + np.finfo(np.float32).tiny
    return np.abs(np.fft.irfft(cross, SPECTRUM // 2)[: REACH + 1]).astype(np.float32)


def _peaks(block: Samples, power: Floats, source: int) -> list[_Peak]:
    """Where (the chunk's middle) and how late, in samples, this channel is found in the other one.

    Only sound fainter than anything the source said within `REACH` can be its echo; the rest is gated.
    """
    louder, fainter = power[source].sum(axis=1), power[1 - source].sum(axis=1)
    gate = np.repeat(fainter < _running_max(louder, REACH // HOP) / 2, HOP)[: block.shape[1]]
    masked = block[1 - source] * gate
    padded = np.pad(block[source], (REACH, REACH + CHUNK))
    found = []
    for start in range(0, max(block.shape[1] - CHUNK // 2, 1), CHUNK):
        frames = slice(start // HOP, (start + CHUNK) // HOP)
        if louder[frames].mean() < AUDIBLE or fainter[frames].sum() > louder[frames].sum() / 2:
            continue
        correlation = _correlation(masked[start : start + CHUNK], padded[start : start + CHUNK + 2 * REACH])
        correlation /= np.sqrt(np.mean(np.square(correlation)) + SILENCE)
        for _ in range(WAYS):
            peak = int(np.argmax(correlation))
            if correlation[peak] > SIGNIFICANT:
                found.append(_Peak(start + CHUNK // 2, REACH - 2 * peak, float(correlation[peak])))
            correlation[max(peak - APART // 2, 0) : peak + APART // 2] = 0
    return found


def _paths(found: list[_Peak]) -> list[list[_Peak]]:
    """The peaks of each way that the sound takes, the most often seen first; lone peaks that are not `CERTAIN` are left out.

    There is often more than one: the recorder's own crosstalk at once, and the far end's echo later.
    """
    paths: list[list[_Peak]] = []
    for peak in found:
        mine = (path for path in paths if abs(peak.delay - path[-1].delay) <= SAME + DRIFT * (peak.at - path[-1].at))
        path = next(mine, None)
        if path is None:
            paths.append([peak])
        else:
            path.append(peak)
    sure = [path for path in paths if len(path) >= SUPPORT or max(peak.height for peak in path) >= CERTAIN]
    return sorted(sure, key=len, reverse=True)[:MOST_PATHS]


def _without_mirrors(found: list[_Peak], opposite: list[_Peak]) -> list[_Peak]:
    """Those that are not the other direction's echo seen backwards: as early as that is late, and far weaker.

    What the source's channel holds of this channel's noise makes them. Where the channels are shifted both are echoes,
    about equally strong.
    """
    return [
        peak
        for peak in found
        if peak.delay > -SAME
        or not any(
            abs(peak.delay + other.delay) <= SAME and peak.height < other.height / 2
            for other in opposite
            if abs(peak.at - other.at) <= NEAR
        )
    ]


def _running_max(values: Floats, reach: int) -> Floats:
    """The greatest value within ``reach`` either way (van Herk's method: two running maxima of blocks)."""
    size = 2 * reach + 1
    padded = np.pad(values, (reach, reach + size))
    rows = padded[: padded.size // size * size].reshape(-1, size)
    forward = np.maximum.accumulate(rows, axis=1).ravel()
    backward = np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    greatest: Floats = np.maximum(backward[: values.size], forward[size - 1 : size - 1 + values.size])
    return greatest


def _predicted_echo(path: list[_Peak], source: Floats, channel: Floats, quiet: Flags) -> Floats:
    """The power, by frame and band, with which the source is heard in the channel this way; zero if it is not."""
    frames = np.arange(len(channel))
    at, delay, _ = np.array(path).T
    origin = frames - np.rint(np.interp(frames * HOP, at, delay) / HOP).astype(int)
    inside = ((origin >= 0) & (origin < frames.size))[:, np.newaxis]
    heard = source[origin.clip(0, frames.size - 1)] * inside
    total, level = heard.sum(axis=1), channel.sum(axis=1)
    alone = (total > AUDIBLE) & (level < total / 2)
    if alone.sum() < LOUD_FRAMES or quiet.sum() < LOUD_FRAMES:
        return np.zeros_like(channel)
    alone &= total >= np.median(total[alone])
    surplus = np.median(channel[alone], axis=0) - np.median(channel[quiet], axis=0)
    gain = np.maximum(surplus, 0) / np.median(heard[alone], axis=0)
    spread = np.maximum.reduce([source[(origin - late).clip(0, frames.size - 1)] * inside for late in REVERBERATES])
    predicted: Floats = spread * gain
    return predicted


def _is_doubled(block: Samples, power: Floats, own: Flags) -> bool | None:
    """Whether the channels are one mix: the same sound all along at a constant difference in level."""
    audible = own.any(axis=0)
    if audible.sum() < LOUD_FRAMES:
        return None
    loudness = power.sum(axis=(0, 2))
    chunks = np.arange(0, max(block.shape[1] - CHUNK // 2, 1), CHUNK)
    padded = np.pad(block[0], (REACH, REACH + CHUNK))
    loudest = sorted(chunks, key=lambda at: -loudness[at // HOP : (at + CHUNK) // HOP].sum())[:DOUBLED_CHUNKS]
    narrow = slice((REACH - DOUBLED_LAG) // 2, (REACH + DOUBLED_LAG) // 2 + 1)
    together = np.zeros(REACH + 1, np.float32)
    for start in loudest:
        correlation = _correlation(block[1, start : start + CHUNK], padded[start : start + CHUNK + 2 * REACH])
        together += correlation
    peak = int(np.argmax(together[narrow])) + narrow.start
    if together[peak] < SIGNIFICANT * np.sqrt(np.mean(np.square(together))):
        return False
    late = round((REACH - 2 * peak) / HOP)
    frames = power.shape[1] - abs(late)
    level = np.stack([power[0, max(-late, 0) :][:frames], power[1, max(late, 0) :][:frames]]).sum(axis=2)
    level = level[:, : frames // PIECE * PIECE]
    level = level.reshape(PAIR, -1, PIECE).mean(axis=2)
    clear = level.max(axis=0) > level.max() / 300
    ratio = 10 * np.log10((level[1, clear] + SILENCE) / (level[0, clear] + SILENCE))
    low, middle, high = np.quantile(ratio, (0.02, 0.5, 0.98))
    return bool(high - low < DOUBLED_RANGE_DB and abs(middle) < DOUBLED_DB)
