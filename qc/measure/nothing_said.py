"""Twenty minutes in which nobody speaks, and the words that are heard in them all the same.

75 mono pieces of 16 s, after 8 kHz A-law, the same for the same seed: digital silence; comfort, white, pink and brown
noise at each of `LEVELS_DBFS`; and hum, ringing, busy tone, dialling, fax, clicks, breath, hold music and hold music
with a lead like singing, each without noise and with pink noise at each of the levels.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qc.domain import Record
from qc.measure import sounds
from qc.measure.characters import comparable
from qc.measure.telephone import a_law, write_wav
from qc.speech.transcribe import transcribe_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qc.domain import Utterance
    from qc.measure.show import Rows, Titled
    from qc.speech.audio import Samples
    from qc.speech.recogniser import Expectations, Recogniser

PIECE_S: Final = 16
LEVELS_DBFS: Final = (-70, -50, -35, -25, -15)
"""Root mean square of the noise, from hardly there to a shouting crowd."""
NOISES: Final = {
    "comfort noise": sounds.comfort_noise,
    "white noise": sounds.white_noise,
    "pink noise": sounds.pink_noise,
    "brown noise": sounds.brown_noise,
}
SIGNALS: Final = {
    "mains hum": sounds.hum,
    "ringing tone": sounds.ringing,
    "busy tone": sounds.busy,
    "dialling (DTMF)": sounds.dtmf,
    "fax": sounds.fax,
    "clicks and crackle": sounds.clicks,
    "breath": sounds.breath,
    "hold music": sounds.music,
    "hold music, sung": sounds.singing,
}
PIECES: Final = 1 + len(NOISES) * len(LEVELS_DBFS) + len(SIGNALS) * (1 + len(LEVELS_DBFS))
SEED: Final = 3


class Piece(NamedTuple):
    """A stretch of one kind of sound at 8 kHz."""

    kind: str
    noise_dbfs: int | None
    """``None`` without noise."""
    sound: Samples
    """``(1, n)``."""


class Invented(Record):
    """Characters heard where nothing was said; adds up over pieces."""

    seconds: float = 0.0
    ours: int = 0
    """Given out as said."""
    quarantined: int = 0
    """Kept by us in the record as doubtful, and given out to nobody."""
    bare: int = 0
    """Given out by bare faster-whisper."""

    def __add__(self, other: Invented) -> Invented:
        return Invented(
            seconds=self.seconds + other.seconds,
            ours=self.ours + other.ours,
            quarantined=self.quarantined + other.quarantined,
            bare=self.bare + other.bare,
        )


class NothingSaidReport(Record):
    """What was heard where nothing was said, by kind of sound and by level of noise."""

    recogniser: str
    seed: int
    kinds: dict[str, Invented]
    levels: dict[str, Invented]
    given_out: tuple[str, ...]
    """Our inventions, each with its kind of sound and level, to mend them by."""

    def headline(self) -> str:
        """What was measured, and with what."""
        together = sum(self.kinds.values(), Invented())
        minutes = together.seconds / 60
        return f"{minutes:.1f} minutes in which nobody speaks (seed {self.seed}) · recogniser {self.recogniser}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        heads = ("", "seconds", "ours", "quarantined", "bare")
        kinds = self.kinds | {"together": sum(self.kinds.values(), Invented())}
        tables: list[Titled] = [
            ("Characters invented, by sound", heads, [_row(*one) for one in kinds.items()]),
            ("Characters invented, by noise", heads, [_row(*one) for one in self.levels.items()]),
        ]
        if self.given_out:
            shown: Rows = [(str(number), text) for number, text in enumerate(self.given_out, start=1)]
            tables.append(("Given out by us", ("", "sound and words"), shown))
        return tables


def _row(name: str, invented: Invented) -> tuple[str, ...]:
    counts = (invented.ours, invented.quarantined, invented.bare)
    return (name, f"{invented.seconds:.0f}", *map(str, counts))


def pieces_of_nothing_said(seed: int = SEED) -> Iterator[Piece]:
    """All pieces, one at a time, each drawn from a generator of its own, so that one can be changed alone."""
    conditions: list[tuple[str, int | None]] = [
        ("digital silence", None),
        *((kind, level) for kind in NOISES for level in LEVELS_DBFS),
        *((kind, level) for kind in SIGNALS for level in (None, *LEVELS_DBFS)),
    ]
    for number, (kind, level) in enumerate(conditions):
        rng = np.random.default_rng([seed, number])
        if kind in NOISES and level is not None:
            sound = sounds.at_level(NOISES[kind](PIECE_S, rng), level)
        else:
            sound = SIGNALS.get(kind, sounds.silence)(PIECE_S, rng)
            if level is not None:
                sound = sound + sounds.at_level(sounds.pink_noise(PIECE_S, rng), level)
        yield Piece(kind, level, a_law(np.clip(sound, -1, 1)[np.newaxis, :].astype(np.float32)))


def evaluate_nothing_said(
    *,
    recogniser: Recogniser,
    expecting: Expectations,
    bare: Callable[[Path], Sequence[Sequence[Utterance]]],
    pieces: Iterable[Piece] | None = None,
    seed: int = SEED,
    progress: Callable[[str, float], None] | None = None,
) -> NothingSaidReport:
    """The characters heard in pieces in which nobody speaks, ours beside ``bare``; all of the set unless some are given.

    Each piece is written to a temporary mono WAV and heard as a recording. Characters are counted without
    punctuation. ``progress`` gets the kind of sound and 0 to 1.
    """
    kinds: dict[str, Invented] = {}
    levels: dict[str, Invented] = {}
    given_out: list[str] = []
    name = recogniser.name
    with TemporaryDirectory() as folder:
        path = Path(folder, "piece.wav")
        for number, piece in enumerate(pieces if pieces is not None else pieces_of_nothing_said(seed)):
            level = "no noise" if piece.noise_dbfs is None else f"{piece.noise_dbfs} dBFS"
            if progress:
                progress(f"{piece.kind}, {level}", min(number / PIECES, 1))
            seconds = write_wav(path, [piece.sound], channels=1)
            transcript = transcribe_recording(path, recogniser, expecting=expecting)
            name = transcript.recogniser
            stated = [utterance for utterance in transcript.utterances if utterance.doubt is None]
            doubted = [utterance for utterance in transcript.utterances if utterance.doubt is not None]
            heard = Invented(
                seconds=seconds,
                ours=_characters(stated),
                quarantined=_characters(doubted),
                bare=sum(map(_characters, bare(path))),
            )
            kinds[piece.kind] = kinds.get(piece.kind, Invented()) + heard
            levels[level] = levels.get(level, Invented()) + heard
            given_out += [f"{piece.kind}, {level}: {utterance.text}" for utterance in stated]
    return NothingSaidReport(recogniser=name, seed=seed, kinds=kinds, levels=levels, given_out=tuple(given_out))


def _characters(heard: Sequence[Utterance]) -> int:
    return sum(len(comparable(utterance.text)) for utterance in heard)
