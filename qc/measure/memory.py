"""How much memory the pipeline holds: over many calls in one process, and over one very long call."""

from __future__ import annotations

import os
import re
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Final

from qc.domain import Call, Record
from qc.errors import BadSettings
from qc.measure.bench import ANY_DAY, needs_recordings
from qc.measure.telephone import LINE_RATE, to_line_rate, write_wav
from qc.pipeline import inspect_call
from qc.rulebook import load_rulebook
from qc.speech.audio import decode, probe
from qc.speech.engines import load_recogniser
from qc.speech.expecting import expectations
from qc.speech.transcribe import transcribe_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qc.grade import Grader
    from qc.measure.show import Rows, Titled
    from qc.rulebook import Rulebook
    from qc.speech.audio import Samples
    from qc.speech.recogniser import Expectations, Recogniser
    from qc.store.settings import Settings

SETTLED_AFTER: Final = 20
"""Calls after which the process has everything it keeps: caches are full, libraries have what they allocate once."""


class ManyCallsReport(Record):
    """Resident memory of one process that inspects call after call, in MiB."""

    recogniser: str
    recordings: int
    calls: int
    seconds: float
    settled_mib: float
    """After `SETTLED_AFTER` calls."""
    last_mib: float
    """After all."""
    most_mib: float
    """The most it ever held."""

    @property
    def growth(self) -> float:
        """By what part of the settled figure it grew; below 0 it shrank."""
        return self.last_mib / self.settled_mib - 1

    def headline(self) -> str:
        """What was measured, and with what."""
        return f"{self.calls} calls in one process, {self.recordings} recordings in turn · {self.recogniser}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        rows: Rows = [
            (f"resident after {SETTLED_AFTER} calls (MiB)", f"{self.settled_mib:.0f}"),
            (f"resident after {self.calls} calls (MiB)", f"{self.last_mib:.0f}"),
            ("growth", f"{100 * self.growth:+.1f} %"),
            ("peak (MiB)", f"{self.most_mib:.0f}"),
            ("a call, mean (s)", f"{self.seconds / self.calls:.1f}"),
        ]
        return [("Memory over many calls", ("", "figure"), rows)]


class LongCallReport(Record):
    """One long recording, heard in a fresh process; memory in MiB."""

    recogniser: str
    hours: float
    channels: int
    seconds: float
    """From file to transcript."""
    loaded_mib: float
    """Resident before it started, the model loaded."""
    most_mib: float
    """The most it ever held."""
    utterances: int

    @property
    def rtf(self) -> float:
        """Seconds spent by seconds of recording."""
        return self.seconds / (3600 * self.hours)

    def headline(self) -> str:
        """What was measured, and with what."""
        kind = "mono" if self.channels == 1 else "stereo"
        return f"one {kind} recording of {self.hours:.3g} h in a fresh process · {self.recogniser}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        rows: Rows = [
            ("peak resident (MiB)", f"{self.most_mib:.0f}"),
            ("resident with the model loaded (MiB)", f"{self.loaded_mib:.0f}"),
            ("seconds", f"{self.seconds:.0f}"),
            ("real-time factor", f"{self.rtf:.3f}"),
            ("utterances", str(self.utterances)),
        ]
        return [("A long recording", ("", "figure"), rows)]


def run_many_calls(
    recordings: Sequence[Path],
    calls: int,
    *,
    recogniser: Recogniser,
    expecting: Expectations,
    rulebook: Rulebook,
    grader: Grader,
    progress: Callable[[float], None] | None = None,
) -> ManyCallsReport:
    """The memory of this process while it hears and inspects these recordings in turn until so many calls are done.

    Raises:
        BadAudio: naming what is wrong with a recording.
        BadSettings: for `SETTLED_AFTER` calls or fewer.
        NotFound: without recordings.
    """
    needs_recordings(recordings)
    if calls <= SETTLED_AFTER:
        raise BadSettings("bad-option", f"growth is counted from call {SETTLED_AFTER}.", way_out="Ask for more calls.")
    settled_mib = 0.0
    start = perf_counter()
    for done, path in enumerate(cycle(recordings), start=1):
        transcript = transcribe_recording(path, recogniser, expecting=expecting)
        inspect_call(Call(time=ANY_DAY), transcript, rulebook, grader)
        if progress:
            progress(done / calls)
        if done == SETTLED_AFTER:
            settled_mib = resident_mib()
        if done == calls:
            break
    return ManyCallsReport(
        recogniser=recogniser.name,
        recordings=len(recordings),
        calls=calls,
        seconds=perf_counter() - start,
        settled_mib=settled_mib,
        last_mib=resident_mib(),
        most_mib=peak_mib(),
    )


def run_long_call(recordings: Sequence[Path], hours: float, *, model: str | None, settings: Settings) -> LongCallReport:
    """Memory and time of one recording so long, made of these laid end to end, again and again.

    It is an 8 kHz WAV in the temporary folder, 115 MB an hour in stereo. A process of its own hears it, so that
    nothing counts but the model and the call.

    Raises:
        BadAudio: naming what is wrong with a recording.
        BadSettings: for recordings of different numbers of channels, and no length.
        NotFound: without recordings.
    """
    needs_recordings(recordings)
    if hours <= 0:
        raise BadSettings("bad-option", "a recording has some length.", way_out="Give --hours above 0.")
    channels = {probe(path, max_duration_s=float("inf")).channels for path in recordings}
    if len(channels) > 1:
        raise BadSettings("bad-option", "these recordings differ in channels.", way_out="Name stereo ones, or mono.")
    with TemporaryDirectory() as folder:
        path = Path(folder, "long.wav")
        written_s = write_wav(path, _looped(recordings, round(hours * 3600 * LINE_RATE)), channels=max(channels))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            return fresh.submit(_hear_long, path, written_s / 3600, max(channels), model, settings).result()


def _looped(recordings: Sequence[Path], samples: int) -> Iterator[Samples]:
    """The recordings at 8 kHz, over and over, until there are so many samples."""
    left = samples
    for piece in cycle(to_line_rate(block) for path in recordings for block in decode(path)):
        yield piece[:, :left]
        left -= piece.shape[1]
        if left <= 0:
            return


def _hear_long(path: Path, hours: float, channels: int, model: str | None, settings: Settings) -> LongCallReport:
    recogniser = load_recogniser(model, settings.data_dir)
    expecting = expectations(settings.lexicons, load_rulebook(settings.lexicons))
    loaded_mib = resident_mib()
    start = perf_counter()
    transcript = transcribe_recording(path, recogniser, expecting=expecting)
    return LongCallReport(
        recogniser=recogniser.name,
        hours=hours,
        channels=channels,
        seconds=perf_counter() - start,
        loaded_mib=loaded_mib,
        most_mib=peak_mib(),
        utterances=len(transcript.utterances),
    )


def resident_mib() -> float:
    """What this process holds in memory now; where the system has no ``/proc``, the most it ever held."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak_mib()
    return int(statm.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_mib() -> float:
    """The most this process ever held in memory.

    Linux's getrusage also counts what the parent held when it started the process; ``VmHWM`` does not.
    """
    status = Path("/proc/self/status")
    most = re.search(r"VmHWM:\s*(\d+) kB", status.read_text("ascii")) if status.exists() else None
    if most:
        return int(most[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
