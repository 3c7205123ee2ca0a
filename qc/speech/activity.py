"""Where somebody speaks, and how that is packed into pieces for a recogniser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps

from qc.domain import Milliseconds, Record
from qc.speech.audio import RATE, Samples
from qc.speech.channels import Span

PAD_MS: Final = 200
"""Kept on both sides of detected speech, so that no soft beginning or end is cut off."""
PAUSE_MS: Final = 500
"""A shorter silence does not end a stretch."""
LONGEST_S: Final = 28
"""Whisper hears windows of 30 s; a longer stretch is cut at its widest pause."""

_OPTIONS: Final = VadOptions(
    min_silence_duration_ms=PAUSE_MS, speech_pad_ms=PAD_MS, max_speech_duration_s=float(LONGEST_S)
)


def speech_spans(channel: Samples) -> list[Span]:
    """The stretches of this channel in which somebody speaks, in samples, by the Silero detector, `PAD_MS` around."""
    return [Span(found["start"], found["end"]) for found in get_speech_timestamps(channel, _OPTIONS)]


class Piece(Record):
    """Stretches of one channel that are heard together, laid end to end without the silence between them."""

    channel: int
    spans: tuple[Span, ...]
    """Where somebody speaks."""
    sounds: tuple[Span, ...]
    """What is heard of each stretch: it and the sound around it, none of it twice."""

    @property
    def start(self) -> int:
        """The first sample."""
        return self.spans[0].start

    @property
    def seconds(self) -> float:
        """How long somebody speaks in it."""
        return _length(self.spans) / RATE

    def cut_from(self, channel: Samples) -> Samples:
        """Its sound."""
        return np.concatenate([channel[sound.start : sound.end] for sound in self.sounds])

    def place_of(self, at_ms: float, *, ending: bool = False) -> tuple[int, Milliseconds]:
        """Which stretch a time in the piece's sound falls into, and the time in the channel within that stretch.

        A border that is ``ending`` ends a stretch.
        """
        left = at_ms * RATE / 1000
        for number, (span, sound) in enumerate(zip(self.spans, self.sounds, strict=True)):
            length = sound.end - sound.start
            if left < length or (ending and left == length) or number == len(self.spans) - 1:
                at = min(max(sound.start + left, span.start), span.end)
                return number, round(at * 1000 / RATE)
            left -= length
        raise AssertionError("a piece has a span")


def packed(channel: int, spans: Sequence[Span], longest_s: float, *, around_ms: Milliseconds = 0) -> list[Piece]:
    """The stretches of a channel in pieces of up to this length, in order, each with so much of the sound around it.

    Of the sound between two stretches either has its half at most.
    """
    pieces: list[list[tuple[Span, Span]]] = []
    length = 0
    for span, sound in zip(spans, _with_sound_around(spans, around_ms * RATE // 1000), strict=True):
        size = sound.end - sound.start
        if pieces and length + size <= longest_s * RATE:
            pieces[-1].append((span, sound))
            length += size
        else:
            pieces.append([(span, sound)])
            length = size
    return [
        Piece(channel=channel, spans=tuple(spans_of), sounds=tuple(sounds))
        for spans_of, sounds in (zip(*piece, strict=True) for piece in pieces)
    ]


def _with_sound_around(spans: Sequence[Span], around: int) -> Iterator[Span]:
    for at, span in enumerate(spans):
        first = (spans[at - 1].end + span.start + 1) // 2 if at else 0
        last = (span.end + spans[at + 1].start + 1) // 2 if at + 1 < len(spans) else span.end + around
        yield Span(max(span.start - around, first), min(span.end + around, last))


def _length(spans: Iterable[Span]) -> int:
    return sum(span.end - span.start for span in spans)


def in_time(*channels: Sequence[Piece]) -> list[Piece]:
    """The pieces of all channels in the order in which they begin."""
    return sorted((piece for pieces in channels for piece in pieces), key=lambda piece: piece.start)
