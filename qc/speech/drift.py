"""Channels that run apart: how late one is, measured by the echo of each party in the other's channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qc.speech.channels import Delay

    Points = NDArray[np.float64]

ECHO_MS: Final = 500
"""An ordinary echo comes back after 0 to so many milliseconds."""
OUT_OF_STEP_MS: Final = 150
"""Channels further apart than this put turns in the wrong order."""
STEADY_MS: Final = 20
"""Where half of the delays stray further than this from a line, no clock made them."""
DRIFT_FROM_MS: Final = 20_000
"""A slope needs delays this far apart."""
LEAST_DELAYS: Final = 5
FITTED: Final = 300
"""So many delays of each direction, evenly chosen, are fitted."""


class Drift(NamedTuple):
    """How far the right channel runs behind the left, as a line over the recording."""

    offset_ms: float
    per_minute_ms: float
    matters: bool
    """Somewhere in the recording it is more than `OUT_OF_STEP_MS`."""

    def late_ms(self, at_ms: float) -> float:
        """What to subtract from a time on the right channel."""
        return self.offset_ms + self.per_minute_ms * at_ms / 60_000


def drift_of(delays: Sequence[Delay], *, duration_ms: float) -> Drift | None:
    """How far the right channel runs behind the left; ``None`` where there is too little echo to measure it.

    ``delays`` are those of all the recording's blocks. Each is the echo's own delay plus the right channel's lateness,
    or minus it for the right party's voice. The echo's own is 0 to `ECHO_MS` and constant, so what changes steadily is
    the clocks. A constant offset cannot be told from an echo's delay within those bounds and is taken for one; beyond
    them both directions together give the offset that makes their echoes equally late, and a single one the least
    that is possible. Delays that jump, as by a jitter buffer, give ``None``. Beyond one second, nothing is seen.
    """
    sides = [
        np.array([(delay.at_ms, sign * delay.delay_ms) for delay in delays if delay.source == source]).reshape(-1, 2)
        for source, sign in ((0, 1), (1, -1))
    ]
    if sum(map(len, sides)) < LEAST_DELAYS:
        return None
    slopes = np.concatenate([_slopes(side) for side in sides])
    slope = float(np.median(slopes)) if slopes.size else 0.0
    starts = [side[:, 1] - slope * side[:, 0] for side in sides]
    middles = [float(np.median(start)) if start.size else None for start in starts]
    strays = [np.abs(start - middle) for start, middle in zip(starts, middles, strict=True) if middle is not None]
    if np.median(np.concatenate(strays)) > STEADY_MS:
        return None
    offset = _offset(*middles)
    worst = max(abs(offset), abs(offset + slope * duration_ms))
    return Drift(offset, slope * 60_000, matters=worst > OUT_OF_STEP_MS)


def _offset(right_ms: float | None, left_ms: float | None) -> float:
    """The lateness that explains these: ``right_ms`` is it plus an echo's delay, ``left_ms`` it minus one."""
    lowest, highest = -np.inf, np.inf
    if right_ms is not None:
        lowest, highest = right_ms - ECHO_MS, right_ms
    if left_ms is not None:
        lowest, highest = max(lowest, left_ms), min(highest, left_ms + ECHO_MS)
    if lowest <= 0 <= highest:
        return 0.0
    if right_ms is not None and left_ms is not None:
        return (right_ms + left_ms) / 2
    return float(lowest if lowest > 0 else highest)


def _slopes(points: Points) -> Points:
    """The slopes of all pairs far enough apart; their median is Theil's and Sen's, which bears a quarter of outliers."""
    at, delay = points[np.linspace(0, len(points) - 1, min(len(points), FITTED)).astype(int)].T
    first, second = np.nonzero(at - at[:, np.newaxis] >= DRIFT_FROM_MS)
    slopes: Points = (delay[second] - delay[first]) / (at[second] - at[first])
    return slopes
