"""What a changed lexicon file would find in stored calls, tried in a process of its own.

Patterns are as slow as who writes them lets them be, and nothing in a process can stop one. So they run in a child, which
is killed when its time is over and refused more memory than it may have: the service goes on, whatever was sent.
"""

from __future__ import annotations

import errno
import logging
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from qc.domain import Record, Transcript
from qc.errors import BadInput, BadRulebook, NotFound, QcError
from qc.inspecting import findings_model
from qc.previewing import Preview, preview
from qc.rulebook.phrases import load_phrases
from qc.store.database import Database
from qc.store.recordings import find_recordings
from qc.store.records import StoredRecording
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript
from qc.traces import trace_of

PAGE: Final = 50
LOOKING_S: Final = 20.0
"""After so many seconds no further call is looked at."""
LIMIT_S: Final = 60.0
"""After so many seconds the child is killed: it loads the rules twice, and may be in the middle of a call."""
MEMORY_BYTES: Final = 2 * 1024**3
"""So much a child may hold, by Linux's count of private memory; it needs a quarter of a GiB, and numpy's threads more on
a machine of many cores."""
MAX_CALLS: Final = 1000
MOST_MISTAKES: Final = 5

log = logging.getLogger(__name__)


class BrokenTrial(Exception):
    """A trial came upon a mistake of ours; the log has said where."""


class Trial(Record):
    """A changed lexicon file, and the stored calls to try it on."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.yaml$")]
    """The name of the file in ``lexicons/phrases`` that it would replace."""
    content: str
    calls: Annotated[int, Field(ge=1, le=MAX_CALLS)] = 200
    """How many to look at, the newest first."""
    store: str | None = None
    since: AwareDatetime | None = None


class TriedPreview(Record):
    """What would change, and whether time was enough for all calls that were asked for."""

    preview: Preview
    complete: bool


def preview_in_time(
    settings: Settings,
    trial: Trial,
    *,
    looking_s: float = LOOKING_S,
    limit_s: float = LIMIT_S,
    memory_bytes: int = MEMORY_BYTES,
) -> TriedPreview:
    """What the changed file would find in stored calls, by their ids, that the present one does not, and the other way.

    Raises:
        NotFound: ``no-such-file``.
        BadInput: ``bad-lexicon``, ``too-slow``, ``too-large``.
        Unavailable: if the database does not answer.
        BrokenTrial: if nobody foresaw what went wrong.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    limits = (looking_s, limit_s + 1, memory_bytes)
    child = context.Process(target=_answer, args=(theirs, settings, trial, *limits), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(limit_s):
            raise BadInput(
                "too-slow",
                f"The changed rules were not done within {limit_s:g} s.",
                way_out="Look for a pattern that repeats a repetition, such as (.*)*; or try fewer calls.",
                where="content",
            )
        answer = ours.recv()
    except EOFError as error:  # killed for memory, say
        raise BadInput(
            "too-slow", "The trial ended without an answer.", way_out="Look for a pattern that repeats a repetition."
        ) from error
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(answer, TriedPreview):
        return answer
    if isinstance(answer, str):
        log.error("a trial of rules failed\n%s", answer)
        raise BrokenTrial
    kind, code, detail, way_out, where = answer
    raise kind(code, detail, way_out=way_out, where=where)


def _answer(
    to: Connection, settings: Settings, trial: Trial, looking_s: float, alive_s: float, memory_bytes: int
) -> None:
    """The child's whole life: one answer, or the error in its place."""
    signal.setitimer(signal.ITIMER_REAL, alive_s)  # ends even a pattern's work, should nobody be left to kill it
    try:
        to.send(_tried(settings, trial, looking_s, memory_bytes))
    except Exception as error:  # noqa: BLE001 - the child would print its message, which may hold a call's words
        to.send(_instead(error))


def _instead(error: Exception) -> tuple[type[QcError], str, str, str, str] | str:
    """An error of ours in parts, since one that takes named arguments cannot be pickled; of another how it came about."""
    if _lacked_memory(error):
        way_out = "Look for very long lists and repetitions of repetitions; or try fewer calls."
        return BadInput, "too-large", "The changed rules take too much memory.", way_out, "content"
    if isinstance(error, QcError):
        return type(error), error.code, error.detail, error.way_out, error.where
    return trace_of(error)


def _lacked_memory(error: BaseException | None) -> bool:
    """Whether it came of memory that was refused, to Python or, as while files are read, to the system."""
    if error is None:
        return False
    refused = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    return refused or _lacked_memory(error.__context__)


@contextmanager
def _within(memory_bytes: int) -> Iterator[None]:
    """Refuses this process more memory than that; afterwards there is enough to put files away and to answer."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    least = memory_bytes if soft == resource.RLIM_INFINITY else min(memory_bytes, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (least, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _tried(settings: Settings, trial: Trial, looking_s: float, memory_bytes: int) -> TriedPreview:
    with TemporaryDirectory() as folder:
        written = Path(folder) / trial.file
        written.write_text(trial.content, "utf-8")
        with with_file_replaced(settings.lexicons / "phrases", written) as phrases, _within(memory_bytes):
            try:
                changed = load_phrases(phrases)
            except BadRulebook as error:
                raise _bad_lexicon(error) from error
    present, model = load_phrases(settings.lexicons / "phrases"), findings_model(settings)
    ends = time.monotonic() + looking_s
    stored = stored_calls(Database(settings.database), store=trial.store, since=trial.since)
    asked_for = islice(((recording.id, transcript) for recording, transcript in stored), trial.calls)
    complete = True

    def in_time() -> Iterator[tuple[str, Transcript]]:
        nonlocal complete
        for call in asked_for:
            if time.monotonic() > ends:
                complete = False
                return
            yield call

    with _within(memory_bytes):
        shown = preview(in_time(), present, changed, model)
    return TriedPreview(preview=shown, complete=complete)


def _bad_lexicon(error: BadRulebook) -> BadInput:
    told = "; ".join(f"{one.where}: {one.detail}" for one in error.all[:MOST_MISTAKES])
    return BadInput("bad-lexicon", f"{told}.", way_out=error.way_out, where="content")


@contextmanager
def with_file_replaced(lexicons: Path, changed: Path) -> Iterator[Path]:
    """A copy of these lexicons in which the file of the same name is this one.

    Raises:
        NotFound: ``no-such-file``.
    """
    if not changed.is_file():
        raise NotFound(
            "no-such-file", "there is no such file or folder.", where=str(changed), way_out="Check the path."
        )
    same = [path for path in lexicons.rglob(changed.name) if path.is_file()]
    if len(same) != 1:
        raise NotFound(
            "no-such-file",
            f"{lexicons.name} has {len(same)} files of this name.",
            where=changed.name,
            way_out="Name the file as it is named in the lexicons, or give a whole folder.",
        )
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(lexicons, Path(folder) / "lexicons"))
        shutil.copyfile(changed, copy / same[0].relative_to(lexicons))
        yield copy


def stored_calls(
    database: Database, *, store: str | None = None, since: datetime | None = None
) -> Iterator[tuple[StoredRecording, Transcript]]:
    """The calls that are transcribed with what was said, newest first; ``since`` is about when they began."""
    cursor: str | None = None
    while True:
        with database.reading() as session:
            page = find_recordings(session, store=store, since=since, cursor=cursor, limit=PAGE)
            heard = [
                (recording, get_transcript(session, recording.transcript_id).transcript)
                for recording in page.items
                if recording.transcript_id is not None
            ]
        yield from heard
        cursor = page.next_cursor
        if cursor is None:
            return
