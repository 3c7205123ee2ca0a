"""How fast a recording becomes an inspection, beside faster-whisper alone on the same sound in the same run."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from qc.domain import Call, Record
from qc.errors import NotFound
from qc.measure.bare import bare_segments
from qc.pipeline import inspect_call
from qc.speech.transcribe import transcribe_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from faster_whisper import WhisperModel

    from qc.domain import Transcript
    from qc.grade import Grader
    from qc.measure.show import Rows, Titled
    from qc.rulebook import Rulebook
    from qc.speech.recogniser import Expectations, Recogniser

INSPECTIONS_TIMED = 20
"""Each transcript is inspected so often; the median leaves out what else the machine was doing."""
ANY_DAY = datetime(2026, 3, 12, 10, 15, tzinfo=timezone(timedelta(hours=8)))
"""The time of a call does not change how long its inspection takes."""


class Timed(Record):
    """One recording's times, in seconds of wall clock."""

    recording: str
    audio_s: float
    channel_s: float
    """Seconds of sound when each channel counts by itself."""
    pipeline_s: float
    """From file to inspection."""
    bare_s: float
    """faster-whisper with its defaults, ``language="zh", vad_filter=True``, one channel after the other."""
    first_second_s: float
    """From the start of the pipeline until a second of the recording was reported done."""
    inspection_ms: float
    """Its transcript's inspection, the median of several."""

    @property
    def times_bare(self) -> float:
        """How many times as fast as faster-whisper alone."""
        return self.bare_s / self.pipeline_s


class BenchReport(Record):
    """Times over a set of recordings, in a process that was warm.

    A real-time factor is time spent by seconds of recording, whatever the number of channels: 0.1 means that an
    hour of calls takes six minutes.
    """

    recogniser: str
    cores: int
    recordings: tuple[Timed, ...]

    @property
    def audio_s(self) -> float:
        """Seconds of all recordings."""
        return sum(one.audio_s for one in self.recordings)

    @property
    def channel_s(self) -> float:
        """Seconds of all channels."""
        return sum(one.channel_s for one in self.recordings)

    @property
    def pipeline_rtf(self) -> float:
        """Real-time factor of the whole pipeline."""
        return sum(one.pipeline_s for one in self.recordings) / self.audio_s

    @property
    def bare_rtf(self) -> float:
        """Real-time factor of faster-whisper alone."""
        return sum(one.bare_s for one in self.recordings) / self.audio_s

    @property
    def times_bare(self) -> float:
        """Throughput of the whole pipeline as a multiple of faster-whisper's."""
        return self.bare_rtf / self.pipeline_rtf

    def headline(self) -> str:
        """What was measured, and with what."""
        return (
            f"{len(self.recordings)} recordings, {self.audio_s:.0f} s ({self.channel_s:.0f} s of channels) · "
            f"{self.recogniser} · {self.cores} cores"
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        each: Rows = [
            (
                one.recording,
                f"{one.audio_s:.0f}",
                f"{one.pipeline_s:.1f}",
                f"{one.bare_s:.1f}",
                f"{one.times_bare:.2f}",
                f"{one.first_second_s:.2f}",
            )
            for one in self.recordings
        ]
        speed: Rows = [
            ("whole pipeline", f"{self.pipeline_rtf * self.audio_s:.1f}", f"{self.pipeline_rtf:.3f}"),
            ("bare faster-whisper", f"{self.bare_rtf * self.audio_s:.1f}", f"{self.bare_rtf:.3f}"),
        ]
        times = [one.times_bare for one in self.recordings]
        first_s = [one.first_second_s for one in self.recordings]
        inspection_ms = [one.inspection_ms for one in self.recordings]
        rest: Rows = [
            ("throughput, times bare", f"{self.times_bare:.2f}"),
            ("… the least of a recording", f"{min(times):.2f}"),
            ("… the most", f"{max(times):.2f}"),
            ("first second of audio done after, median (s)", f"{median(first_s):.2f}"),
            ("… the slowest", f"{max(first_s):.2f}"),
            ("one inspection, median (ms)", f"{median(inspection_ms):.1f}"),
            ("… the slowest call", f"{max(inspection_ms):.1f}"),
        ]
        heads = ("", "audio (s)", "pipeline (s)", "bare (s)", "times bare", "first second (s)")
        return [
            ("Each recording", heads, each),
            ("Speed", ("", "seconds", "real-time factor"), speed),
            ("Together", ("", "figure"), rest),
        ]


def run_bench(
    recordings: Sequence[Path],
    *,
    recogniser: Recogniser,
    expecting: Expectations,
    bare: WhisperModel,
    rulebook: Rulebook,
    grader: Grader,
    progress: Callable[[float], None] | None = None,
) -> BenchReport:
    """Times over these recordings, the pipeline and then faster-whisper alone on one after the other.

    Taking turns lets whatever else the machine does hit both. Each is warmed up on the first recording before.

    Raises:
        BadAudio: naming what is wrong with a recording.
        NotFound: without recordings.
    """
    needs_recordings(recordings)
    inspect = partial(_inspect, rulebook=rulebook, grader=grader)
    steps = count(1)

    def tell() -> None:
        if progress:
            progress(next(steps) / (2 * len(recordings)))

    inspect(transcribe_recording(recordings[0], recogniser, expecting=expecting))
    bare_segments(recordings[0], bare)
    timed: list[Timed] = []
    for path in recordings:
        told: list[tuple[float, float]] = []
        start = perf_counter()
        transcript = transcribe_recording(path, recogniser, expecting=expecting, progress=partial(_note, told))
        inspect(transcript)
        pipeline_s = perf_counter() - start
        audio_s = transcript.duration_ms / 1000
        first = next(at for at, part in told if part * audio_s >= min(1.0, audio_s))
        tell()
        bare_start = perf_counter()
        channels = len(bare_segments(path, bare))
        bare_s = perf_counter() - bare_start
        tell()
        timed.append(
            Timed(
                recording=f"{path.parent.name}/{path.name}",
                audio_s=audio_s,
                channel_s=audio_s * channels,
                pipeline_s=pipeline_s,
                bare_s=bare_s,
                first_second_s=first - start,
                inspection_ms=_inspection_ms(transcript, inspect),
            )
        )
    return BenchReport(recogniser=recogniser.name, cores=os.cpu_count() or 1, recordings=tuple(timed))


def needs_recordings(recordings: Sequence[Path]) -> None:
    """Nothing.

    Raises:
        NotFound: without recordings.
    """
    if not recordings:
        raise NotFound("no-recordings", "there is nothing to time", way_out="Name recordings.")


def _note(told: list[tuple[float, float]], part: float) -> None:
    told.append((perf_counter(), part))


def _inspect(transcript: Transcript, *, rulebook: Rulebook, grader: Grader) -> None:
    inspect_call(Call(time=ANY_DAY), transcript, rulebook, grader)


def _inspection_ms(transcript: Transcript, inspect: Callable[[Transcript], None]) -> float:
    times = []
    for _ in range(INSPECTIONS_TIMED):
        start = perf_counter()
        inspect(transcript)
        times.append(1000 * (perf_counter() - start))
    return median(times)
