"""Short recordings of people, with what they say: character errors, ours beside bare faster-whisper's.

A list of clips is a table with tabs between its columns, of which ``file`` (beside the table) and ``reference`` count.
"""

from __future__ import annotations

import csv
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from qc.domain import Record
from qc.errors import BadCall, NotFound
from qc.measure.characters import CharacterErrors, align, comparable, count_errors
from qc.measure.hearing_report import relative
from qc.measure.telephone import after_the_line, write_wav
from qc.speech.audio import decode
from qc.speech.transcribe import transcribe_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qc.domain import Utterance
    from qc.measure.show import Rows, Titled
    from qc.speech.audio import Samples
    from qc.speech.recogniser import Expectations, Recogniser

COLUMNS: Final = frozenset({"file", "reference"})


class Errors(Record):
    """One clip's or all clips' errors, as recorded and as heard over a telephone line."""

    ours: CharacterErrors
    bare: CharacterErrors
    ours_on_line: CharacterErrors
    bare_on_line: CharacterErrors

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            ours=self.ours + other.ours,
            bare=self.bare + other.bare,
            ours_on_line=self.ours_on_line + other.ours_on_line,
            bare_on_line=self.bare_on_line + other.bare_on_line,
        )


class ClipsReport(Record):
    """How the clips were heard."""

    list_name: str
    recogniser: str
    clips: dict[str, Errors]

    def headline(self) -> str:
        """What was measured, and with what."""
        return f"{len(self.clips)} clips ({self.list_name}) · recogniser {self.recogniser}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        together = reduce(add, self.clips.values())
        rows: Rows = [_row(name, errors) for name, errors in {**self.clips, "together": together}.items()]
        less: Rows = [
            ("as recorded", relative(together.ours.rate, together.bare.rate)),
            ("after 8 kHz A-law", relative(together.ours_on_line.rate, together.bare_on_line.rate)),
        ]
        heads = ("", "said", "ours", "bare", "ours, A-law", "bare, A-law")
        return [("Character error rate", heads, rows), ("Ours against bare", ("", "CER"), less)]


def _row(name: str, errors: Errors) -> tuple[str, ...]:
    each = (errors.ours, errors.bare, errors.ours_on_line, errors.bare_on_line)
    return (name, str(errors.ours.said), *(f"{one.rate:.3f}" for one in each))


def evaluate_clips(
    table: Path,
    *,
    recogniser: Recogniser,
    expecting: Expectations,
    bare: Callable[[Path], Sequence[Sequence[Utterance]]],
    progress: Callable[[str, float], None] | None = None,
) -> ClipsReport:
    """How these clips are heard, by us and by ``bare``, as they are and after 8 kHz A-law.

    Clips without a reference are left out. ``progress`` gets the clip's name and 0 to 1 over all.

    Raises:
        BadCall: if the table lacks a column.
        NotFound: if it has no reference, or a clip is missing.
        BadAudio: naming what is wrong with a clip.
    """
    references = _references(table)
    clips: dict[str, Errors] = {}
    name = recogniser.name
    with TemporaryDirectory() as folder:
        on_line = Path(folder, "line.wav")
        for done, (clip, reference) in enumerate(references.items()):
            if progress:
                progress(clip, done / len(references))
            path = table.parent / clip
            if not path.is_file():
                raise NotFound("no-recording", "the table names a clip that is not beside it", where=str(path))
            write_wav(on_line, [after_the_line(_whole(path))], channels=1)
            transcript, transcript_on_line = (
                transcribe_recording(each, recogniser, expecting=expecting) for each in (path, on_line)
            )
            name = transcript.recogniser
            clips[clip] = Errors(
                ours=_errors(reference, transcript.utterances),
                bare=_errors(reference, [u for channel in bare(path) for u in channel]),
                ours_on_line=_errors(reference, transcript_on_line.utterances),
                bare_on_line=_errors(reference, [u for channel in bare(on_line) for u in channel]),
            )
    return ClipsReport(list_name=table.name, recogniser=name, clips=clips)


def _references(table: Path) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        missing = COLUMNS - set(rows.fieldnames or ())
        if missing:
            raise BadCall("bad-call", f"the table has no column {', '.join(sorted(missing))}", where=str(table))
        references = {row["file"]: row["reference"].strip() for row in rows if (row["reference"] or "").strip()}
    if not references:
        raise NotFound("no-calls", "no clip in the table has a reference", where=str(table))
    return references


def _whole(path: Path) -> Samples:
    """The clip at 16 kHz, all channels mixed."""
    sound = np.concatenate(list(decode(path)), axis=1)
    mixed: Samples = sound.mean(axis=0, keepdims=True)
    return mixed


def _errors(reference: str, heard: Sequence[Utterance]) -> CharacterErrors:
    """The errors of what was heard; words in doubt are not given out and count as not heard."""
    said = comparable(reference)
    text = "".join(comparable(utterance.text) for utterance in heard if utterance.doubt is None)
    return count_errors(said, text, align(said, text))
