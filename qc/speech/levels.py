"""How loud each party's speech is, and how much of it was cut off at the end of the scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from qc.domain import Level, Sound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qc.speech.audio import Samples
    from qc.speech.channels import Span

CLIPPED_AT: Final = 0.975
"""From here on a sample counts as clipped: the largest that A-law and mu-law can say are 0.984 and 0.980 of full scale
(ITU-T G.711), and resampling moves them a little."""
SILENT_DBFS: Final = -96.0
"""What is said of digital silence: below the least step of 16 bits."""


class Meter:
    """The energy of one channel's speech, as it grows block by block."""

    def __init__(self) -> None:
        self._energy = 0.0
        self._samples = 0
        self._clipped = 0

    def add(self, channel: Samples, spans: Sequence[Span]) -> None:
        """Measure these stretches of speech of a block."""
        for span in spans:
            speech = channel[span.start : span.end]
            self._energy += float(np.dot(speech, speech))
            self._samples += speech.size
            self._clipped += int(np.count_nonzero(np.abs(speech) >= CLIPPED_AT))

    @property
    def level(self) -> Level | None:
        """The level of all speech so far; None without speech."""
        if self._samples == 0:
            return None
        mean = self._energy / self._samples
        dbfs = max(10 * math.log10(mean), SILENT_DBFS) if mean > 0 else SILENT_DBFS
        return Level(dbfs=round(dbfs, 1), clipped=self._clipped / self._samples)


def sound_of(meters: Mapping[int, Meter], agent: int | None) -> Sound | None:
    """The levels by party where the agent's channel is known, one level for both of a single channel.

    None where nothing was said, or where nobody knows whose channel is whose.
    """
    levels = {number: meter.level for number, meter in meters.items() if meter.level is not None}
    if agent is not None:
        return Sound(agent=levels.get(agent), customer=levels.get(1 - agent)) if levels else None
    return Sound(both=next(iter(levels.values()))) if len(levels) == 1 else None
