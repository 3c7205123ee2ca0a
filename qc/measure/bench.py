"""How fast a recording becomes an inspection, beside faster-whisper alone on the same sound in the same run."""

from __future__ import annotations

import os
import resource
import sys
from datetime import datetime, timedelta, timezone
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from faster_whisper.audio import decode_audio

from qc.domain import Call, Record
from qc.errors import NotFound
from qc.measure.show import Rows, Titled
from qc.pipeline import inspect_call
from qc.speech.audio import PAIR, RATE, probe
from qc.speech.transcribe import transcribe_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qc.domain import Transcript
    from qc.grade import Grader
    from qc.rulebook import Rulebook
    from qc.speech.recogniser import FasterWhisper

INSPECTIONS_TIMED = 20
"""Each transcript is inspected so often; the median leaves out what else the machine was doing."""
ANY_DAY = datetime(2026, 3, 12, 10, 15, tzinfo=timezone(timedelta(hours=8)))
"""The time of a call does not change how long its inspection takes."""


class BenchReport(Record):
    """Times in seconds of wall clock, memory in MiB.

    A real-time factor is time spent by seconds of recording, whatever the number of channels: 0.1 means that an
    hour of calls takes six minutes.
    """

    recogniser: str
    cores: int
    recordings: int
    audio_s: float
    channel_s: float
    """Seconds of sound when each channel counts by itself."""
    pipeline_s: float
    """From file to inspection."""
    bare_s: float
    """faster-whisper with its defaults, ``language="zh", vad_filter=True``, one channel after the other."""
    inspection_ms: float
    """One transcript's inspection: the median of the recordings' medians."""
    slowest_inspection_ms: float
    peak_memory_mib: float
    """The most this process held while it ran the pipeline."""

    @property
    def pipeline_rtf(self) -> float:
        """Real-time factor of the whole pipeline."""
        return self.pipeline_s / self.audio_s

    @property
    def bare_rtf(self) -> float:
        """Real-time factor of faster-whisper alone."""
        return self.bare_s / self.audio_s

    @property
    def slowdown(self) -> float:
        """The pipeline's time as a multiple of faster-whisper's."""
        return self.pipeline_s / self.bare_s

    def headline(self) -> str:
        """What was measured, and with what."""
        return (
            f"{self.recordings} recordings, {self.audio_s:.0f} s ({self.channel_s:.0f} s of channels) · "
            f"{self.recogniser} · {self.cores} cores"
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        speed: Rows = [
            ("whole pipeline", f"{self.pipeline_s:.1f}", f"{self.pipeline_rtf:.3f}"),
            ("bare faster-whisper", f"{self.bare_s:.1f}", f"{self.bare_rtf:.3f}"),
            ("pipeline / bare", f"{self.slowdown:.2f}", ""),
        ]
        rest: Rows = [
            ("one inspection, median (ms)", f"{self.inspection_ms:.1f}"),
            ("one inspection, slowest call (ms)", f"{self.slowest_inspection_ms:.1f}"),
            ("peak memory of the pipeline (MiB)", f"{self.peak_memory_mib:.0f}"),
        ]
        return [("Speed", ("", "seconds", "real-time factor"), speed), ("Inspection", ("", "figure"), rest)]


def run_bench(
    recordings: Sequence[Path],
    *,
    recogniser: FasterWhisper,
    rulebook: Rulebook,
    grader: Grader,
    progress: Callable[[float], None] | None = None,
) -> BenchReport:
    """Times over these recordings: the pipeline over all, then faster-whisper alone over all, each warmed up first.

    Raises:
        BadAudio: naming what is wrong with a recording.
        NotFound: without recordings.
    """
    if not recordings:
        raise NotFound("no-recordings", "there is nothing to time", way_out="Name recordings or a folder of them.")

    def inspect(transcript: Transcript) -> None:
        inspect_call(Call(time=ANY_DAY), transcript, rulebook, grader)

    def tell(done: int) -> None:
        if progress:
            progress(done / (2 * len(recordings)))

    inspect(transcribe_recording(recordings[0], recogniser))
    transcripts: list[Transcript] = []
    pipeline_s = bare_s = channel_s = 0.0
    for done, path in enumerate(recordings, start=1):
        start = perf_counter()
        transcript = transcribe_recording(path, recogniser)
        inspect(transcript)
        pipeline_s += perf_counter() - start
        transcripts.append(transcript)
        tell(done)
    peak_memory_mib = _peak_memory_mib()
    _hear_bare(recordings[0], recogniser)
    for done, path in enumerate(recordings, start=len(recordings) + 1):
        start = perf_counter()
        channel_s += _hear_bare(path, recogniser)
        bare_s += perf_counter() - start
        tell(done)
    inspection_ms = [_inspection_ms(transcript, inspect) for transcript in transcripts]
    return BenchReport(
        recogniser=recogniser.name,
        cores=os.cpu_count() or 1,
        recordings=len(recordings),
        audio_s=sum(transcript.duration_ms for transcript in transcripts) / 1000,
        channel_s=channel_s,
        pipeline_s=pipeline_s,
        bare_s=bare_s,
        inspection_ms=median(inspection_ms),
        slowest_inspection_ms=max(inspection_ms),
        peak_memory_mib=peak_memory_mib,
    )


def _hear_bare(path: Path, recogniser: FasterWhisper) -> float:
    """The seconds of sound, over all channels, that faster-whisper alone has just transcribed."""
    stereo = probe(path, max_duration_s=float("inf")).channels == PAIR
    channels = decode_audio(str(path), split_stereo=True) if stereo else (decode_audio(str(path)),)
    for channel in channels:
        segments, _ = recogniser.whisper.transcribe(channel, language="zh", vad_filter=True)
        for _ in segments:  # they are made as they are asked for
            pass
    return sum(len(channel) for channel in channels) / RATE


def _inspection_ms(transcript: Transcript, inspect: Callable[[Transcript], None]) -> float:
    times = []
    for _ in range(INSPECTIONS_TIMED):
        start = perf_counter()
        inspect(transcript)
        times.append(1000 * (perf_counter() - start))
    return median(times)


def _peak_memory_mib() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
