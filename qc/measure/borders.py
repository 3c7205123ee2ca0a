"""Turn borders: how near the starts and ends of what was heard are to those of what was said."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from qc.domain import Record, Speaker, Utterance
from qc.measure.scoring import Rate
from qc.turns import PAUSE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.measure.annotated import AnnotatedCall, TimedTurn

NEAR_MS: Final = 400
"""A border this near is right."""


class Borders(Record):
    """Errors of turn borders in ms, heard minus true, so that a negative start is early; ``None`` for a turn unheard.

    The truth of spoken test calls runs about 200 ms past the last sound of a turn, since the speaking tool ends every
    sentence with that much silence. Errors are raw: an end heard perfectly is about -200.
    """

    starts_ms: tuple[int | None, ...] = ()
    ends_ms: tuple[int | None, ...] = ()

    def __add__(self, other: Borders) -> Borders:
        return Borders(starts_ms=self.starts_ms + other.starts_ms, ends_ms=self.ends_ms + other.ends_ms)

    @property
    def starts(self) -> Rate:
        """Turns whose start is within `NEAR_MS`; a turn unheard is not."""
        return Rate(hits=sum(map(_is_near, self.starts_ms)), of=len(self.starts_ms))

    @property
    def ends(self) -> Rate:
        """The same of ends."""
        return Rate(hits=sum(map(_is_near, self.ends_ms)), of=len(self.ends_ms))

    @property
    def all(self) -> Rate:
        """Starts and ends counted together: the share of borders."""
        return self.starts + self.ends

    @property
    def both(self) -> Rate:
        """Turns with start and end within `NEAR_MS`."""
        pairs = zip(self.starts_ms, self.ends_ms, strict=True)
        return Rate(hits=sum(_is_near(start) and _is_near(end) for start, end in pairs), of=len(self.starts_ms))

    @property
    def median_ms(self) -> tuple[float | None, float | None]:
        """The median absolute error of starts and of ends, over turns heard; ``None`` without any."""
        return _median(self.starts_ms), _median(self.ends_ms)


def _is_near(error_ms: int | None) -> bool:
    return error_ms is not None and abs(error_ms) <= NEAR_MS


def _median(errors_ms: Sequence[int | None]) -> float | None:
    known = [abs(error) for error in errors_ms if error is not None]
    return median(known) if known else None


def measure_borders(call: AnnotatedCall, times: Sequence[TimedTurn], heard: Sequence[Utterance]) -> Borders:
    """The border errors of a call's turns, by time, against what was heard of the same party.

    A party's turns that follow each other within the pause that ends an utterance are one turn: nothing divides them.
    Each utterance belongs to the turn of its party that it overlaps longest (an unknown speaker's to any party's);
    a turn starts where its first utterance starts and ends where its last one ends.
    """
    turns = _turns(call, times)
    own: list[list[Utterance]] = [[] for _ in turns]
    for utterance in heard:
        overlaps = [_overlap_ms(turn, utterance) for turn in turns]
        if overlaps and max(overlaps) > 0:
            own[overlaps.index(max(overlaps))].append(utterance)
    return Borders(
        starts_ms=tuple(
            min(u.start_ms for u in of) - start if of else None for (_, start, _), of in zip(turns, own, strict=True)
        ),
        ends_ms=tuple(
            max(u.end_ms for u in of) - end if of else None for (_, _, end), of in zip(turns, own, strict=True)
        ),
    )


def _turns(call: AnnotatedCall, times: Sequence[TimedTurn]) -> list[tuple[Speaker, int, int]]:
    """Speaker, start and end of each turn, by start, a party's close turns joined."""
    joined: list[tuple[Speaker, int, int]] = []
    for party in (Speaker.AGENT, Speaker.CUSTOMER):
        own = [time for turn, time in zip(call.turns, times, strict=True) if turn.speaker is party]
        for time in sorted(own, key=lambda time: time.start_ms):
            if joined and joined[-1][0] is party and time.start_ms - joined[-1][2] < PAUSE_MS:
                joined[-1] = (party, joined[-1][1], max(joined[-1][2], time.end_ms))
            else:
                joined.append((party, time.start_ms, time.end_ms))
    return sorted(joined, key=lambda turn: turn[1])


def _overlap_ms(turn: tuple[Speaker, int, int], utterance: Utterance) -> int:
    speaker, start_ms, end_ms = turn
    if utterance.speaker not in (speaker, Speaker.UNKNOWN):
        return 0
    return min(end_ms, utterance.end_ms) - max(start_ms, utterance.start_ms)
