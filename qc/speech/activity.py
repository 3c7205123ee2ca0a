"""Where somebody speaks, and how that is packed into pieces for a recogniser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    @property
    def start(self) -> int:
        """The first sample."""
        return self.spans[0].start

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return sum(span.end - span.start for span in self.spans) / RATE

    def cut_from(self, channel: Samples) -> Samples:
        """Its sound."""
        return np.concatenate([channel[span.start : span.end] for span in self.spans])

    def place_of(self, at_ms: float, *, ending: bool = False) -> tuple[int, Milliseconds]:
        """Which span a time in the piece falls into, and the time in the channel; a border ``ending`` ends a span."""
        left = at_ms * RATE / 1000
        for number, span in enumerate(self.spans):
            length = span.end - span.start
            if left < length or (ending and left == length) or number == len(self.spans) - 1:
                return number, round((span.start + min(left, length)) * 1000 / RATE)
            left -= length
        raise AssertionError("a piece has a span")


def packed(channel: int, spans: Iterable[Span], longest_s: float) -> list[Piece]:
    """The stretches of a channel in pieces of up to this length, in order."""
    pieces: list[list[Span]] = []
    length = 0
    for span in spans:
        size = span.end - span.start
        if pieces and length + size <= longest_s * RATE:
            pieces[-1].append(span)
            length += size
        else:
            pieces.append([span])
            length = size
    return [Piece(channel=channel, spans=tuple(piece)) for piece in pieces]


def in_time(*channels: Sequence[Piece]) -> list[Piece]:
    """The pieces of all channels in the order in which they begin."""
    return sorted((piece for pieces in channels for piece in pieces), key=lambda piece: piece.start)
