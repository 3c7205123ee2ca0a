"""Hearing over a set of recordings, stereo and mono apart, ours beside bare faster-whisper's."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final

from qc.domain import Record
from qc.measure.hearing import Accuracy, Hearing
from qc.measure.scoring import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.measure.borders import Borders
    from qc.measure.characters import CharacterErrors
    from qc.measure.show import Rows, Titled


class Together(Record):
    """The sum over some recordings."""

    recordings: int
    ours: Accuracy
    bare: Accuracy | None
    """``None`` unless it was asked for."""
    speakers: Rate
    parted: Rate
    turns: Rate
    roles_right: Rate


class HearingReport(Record):
    """How the recordings were heard, one by one and together."""

    recordings: tuple[Hearing, ...]
    sets: dict[str, Together]
    """``stereo``, ``mono`` and ``all``, where there are such recordings."""

    @property
    def together(self) -> Together:
        """Over all recordings."""
        return self.sets["all"]

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        each: Rows = [_recording_row(one) for one in self.recordings]
        speakers: Rows = [
            (name, *map(_share, (one.speakers, one.parted, one.turns)), f"{one.roles_right.hits}/{one.roles_right.of}")
            for name, one in self._shown().items()
        ]
        shown = [(name, one.ours, one.bare) for name, one in self._shown().items()]
        tables: list[Titled] = [
            ("Hearing, each recording", EACH, each),
            ("Character errors", ERRORS, [row for one in shown for row in _error_rows(*one)]),
            ("Domain words", WORDS, [row for one in shown for row in _word_rows(*one)]),
            ("Speakers and roles", ("", "speaker", "voices parted", "turns", "roles"), speakers),
        ]
        if "stereo" in self.sets:
            stereo = self.sets["stereo"]
            rows = [("ours", *_border_cells(stereo.ours.borders))]
            if stereo.bare:
                rows.append(("bare", *_border_cells(stereo.bare.borders)))
            tables.append(("Turn borders within 400 ms, stereo", BORDERS, rows))
        return tables

    def _shown(self) -> dict[str, Together]:
        """The sets; without ``all`` where it only repeats the one other."""
        kinds = {name: one for name, one in self.sets.items() if name != "all"}
        return kinds if len(kinds) == 1 else self.sets


EACH: Final = ("", "CER", "CER bare", "by party", "by party bare", "set aside", "speaker", "turns", "roles")
ERRORS: Final = ("", "CER", "sub", "del", "ins", "said", "less than bare")
WORDS: Final = ("", "said", "wrong", "rate", "false", "less than bare")
BORDERS: Final = ("", "turns", "starts", "ends", "all borders", "both of a turn", "median start", "median end")


def hearing_report(recordings: Sequence[Hearing]) -> HearingReport:
    """The sum over all recordings, and over those in stereo and in mono.

    Bare figures are summed only where every recording has them, so that both sums are of the same recordings.
    """
    kinds = {kind: [one for one in recordings if one.kind == kind] for kind in ("stereo", "mono")}
    sets = {name: _together(of) for name, of in {**kinds, "all": list(recordings)}.items() if of}
    return HearingReport(recordings=tuple(recordings), sets=sets)


def _together(of: Sequence[Hearing]) -> Together:
    bare = [one.bare for one in of if one.bare]
    return Together(
        recordings=len(of),
        ours=reduce(add, (one.ours for one in of)),
        bare=reduce(add, bare) if len(bare) == len(of) else None,
        speakers=reduce(add, (one.speakers for one in of)),
        parted=reduce(add, (one.parted for one in of)),
        turns=reduce(add, (one.turns for one in of)),
        roles_right=Rate(hits=sum(one.roles_right for one in of), of=len(of)),
    )


def _recording_row(one: Hearing) -> tuple[str, ...]:
    bare = one.bare
    return (
        one.recording,
        f"{one.ours.in_order.rate:.3f}",
        f"{bare.in_order.rate:.3f}" if bare else "–",
        f"{one.ours.by_party.rate:.3f}",
        f"{bare.by_party.rate:.3f}" if bare else "–",
        str(one.quarantined),
        _share(one.speakers),
        _share(one.turns),
        "right" if one.roles_right else "WRONG",
    )


def _error_rows(name: str, ours: Accuracy, bare: Accuracy | None) -> Rows:
    """By party is how words compare with bare; in order is how the transcript reads."""

    def rows(way: str, mine: CharacterErrors, other: CharacterErrors | None) -> Rows:
        shown: Rows = [_error_row(f"{name}, {way}: ours", mine, relative(mine.rate, other.rate) if other else "")]
        return [*shown, _error_row(f"{name}, {way}: bare", other, "")] if other else shown

    in_order = rows("in order", ours.in_order, bare.in_order if bare else None)
    if name == "mono":
        return in_order  # by party is the same
    return [*rows("by party", ours.by_party, bare.by_party if bare else None), *in_order]


def _error_row(name: str, errors: CharacterErrors, less: str) -> tuple[str, ...]:
    edits = (errors.substitutions, errors.deletions, errors.insertions, errors.said)
    return (name, f"{errors.rate:.3f}", *map(str, edits), less)


def _word_rows(name: str, ours: Accuracy, bare: Accuracy | None) -> Rows:
    def row(whose: str, accuracy: Accuracy, less: str) -> tuple[str, ...]:
        words = accuracy.words
        wrong = words.said - words.right
        return (f"{name}: {whose}", str(words.said), str(wrong), f"{words.rate:.3f}", str(words.false), less)

    if bare is None:
        return [row("ours", ours, "")]
    return [row("ours", ours, relative(ours.words.rate, bare.words.rate)), row("bare", bare, "")]


def _border_cells(borders: Borders) -> tuple[str, ...]:
    start_ms, end_ms = borders.median_ms
    shares = (borders.starts, borders.ends, borders.all, borders.both)
    return (str(borders.both.of), *map(_share, shares), _milliseconds(start_ms), _milliseconds(end_ms))


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def _share(rate: Rate) -> str:
    return f"{rate.share:.3f}" if rate.of else "–"


def relative(ours: float, bare: float) -> str:
    """By what part of the bare rate ours is lower, with a sign: ``-20 %`` is a fifth fewer errors."""
    return f"{100 * (ours / bare - 1):+.0f} %" if bare else "–"
