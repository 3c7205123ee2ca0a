"""Calls whose parties are known, shown as recordings are: whole and in parts, misheard, with turns misplaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qc.callfile import read_call_file
from qc.domain import Speaker
from qc.errors import BadCall, NotFound
from qc.measure.annotated import TURNS_SUFFIX
from qc.measure.mishear import misheard
from qc.subtitles import NAMES
from qc.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.random import Generator

    from qc.measure.mishear import Homophones

Sides = tuple[str, str]
"""What the agent says, and what the customer says."""

COPIES: Final = 8
"""So often a training call is shown: once as it is, then in parts and with errors."""
SEED: Final = 20
SILENT: Final = (*[None] * 18, Speaker.AGENT, Speaker.CUSTOMER)
"""Which side says nothing in a training example, each as likely."""
CHARACTERS_PER_S: Final = 4.5
"""Both parties together, pauses included."""


class TrainingCall(NamedTuple):
    """A call whose parties are known, and the folder or file it is from."""

    source: str
    turns: tuple[Turn, ...]


class Condition(NamedTuple):
    """How much of a call is shown, and in what state."""

    seconds: float | None = None
    turns: int | None = None
    misheard: float = 0.0
    misplaced: float = 0.0
    silent: Speaker | None = None


CONDITIONS: Final[Mapping[str, Condition]] = {
    "whole call": Condition(),
    "first minute": Condition(seconds=60),
    "first 30 s": Condition(seconds=30),
    "first three turns": Condition(turns=3),
    "whole call, 23 % misheard": Condition(misheard=0.23),
    "first 30 s, 35 % misheard": Condition(seconds=30, misheard=0.35),
    "whole call, 15 % of turns misplaced": Condition(misheard=0.23, misplaced=0.15),
    "only the agent is heard": Condition(silent=Speaker.CUSTOMER),
    "only the customer is heard": Condition(silent=Speaker.AGENT),
}
"""What the model is measured under. Misplaced turns stand for what telling voices apart gets wrong in mono calls."""


def training_calls(folders: Iterable[Path]) -> list[TrainingCall]:
    """The calls in these folders: annotated calls (``*.json``) and dialogue text (``*.txt``), in order of name.

    Dialogue text has a turn a line, ``客服：…`` or ``客户：…``, a blank line between calls, and comments after ``#``.

    Raises:
        BadCall: naming the file that does not fit.
        NotFound: if there is no call at all.
    """
    calls = [call for folder in folders for call in _calls_in(folder)]
    if not calls:
        raise NotFound("no-calls", "there is no call to learn from", way_out="Name folders of calls with --calls.")
    return calls


def _calls_in(folder: Path) -> Iterator[TrainingCall]:
    for path in sorted(folder.glob("*.json")):
        if not path.name.endswith(TURNS_SUFFIX):
            turns = tuple(turn for turn in read_call_file(path).turns if turn.speaker is not Speaker.UNKNOWN)
            yield TrainingCall(folder.name, turns)
    for path in sorted(folder.glob("*.txt")):
        yield from (TrainingCall(f"{folder.name}/{path.stem}", turns) for turns in dialogues(path))


def dialogues(path: Path) -> Iterator[tuple[Turn, ...]]:
    """The turns of each call in a file of dialogue text.

    Raises:
        BadCall: naming the line that does not fit.
    """
    speakers = {name: speaker for speaker, name in NAMES.items() if speaker is not Speaker.UNKNOWN}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        turns = []
        for line in block.splitlines():
            name, colon, text = line.partition("：")
            if name in speakers and colon:
                turns.append(Turn(speaker=speakers[name], text=text))
            elif line.strip() and not line.startswith("#"):
                raise BadCall("bad-call", f"neither 客服：… nor 客户：…: {line[:20]!r}", where=str(path))
        if turns:
            yield tuple(turns)


def sides_of(turns: Iterable[Turn]) -> Sides:
    """What the agent says and what the customer says, a line a turn."""
    said: dict[Speaker, list[str]] = {Speaker.AGENT: [], Speaker.CUSTOMER: []}
    for turn in turns:
        said[turn.speaker].append(turn.text)
    return "\n".join(said[Speaker.AGENT]), "\n".join(said[Speaker.CUSTOMER])


def shown(turns: Sequence[Turn], homophones: Homophones, number: int) -> Iterator[Sides]:
    """Training call ``number`` as it is, then stretches of it in changing conditions, `COPIES` in all."""
    chance = np.random.default_rng((SEED, number))
    yield sides_of(turns)
    for _ in range(COPIES - 1):
        length = int(chance.integers(min(3, len(turns)), len(turns) + 1))
        from_start = chance.random() < 0.6  # noqa: PLR2004 - calls begin alike, so their beginnings matter more
        start = 0 if from_start else int(chance.integers(len(turns) - length + 1))
        condition = Condition(
            misheard=float(chance.choice((0.0, 0.15, 0.25, 0.35))),
            misplaced=float(chance.choice((0.0, 0.0, 0.1, 0.2))),
            silent=SILENT[int(chance.integers(len(SILENT)))],
        )
        yield in_condition(turns[start : start + length], condition, homophones, chance)


def is_alone(condition: str) -> bool:
    """Whether one side is silent in this one of `CONDITIONS`."""
    return CONDITIONS[condition].silent is not None


def in_conditions(calls: Sequence[Sequence[Turn]], homophones: Homophones) -> dict[str, list[Sides]]:
    """These calls under each of `CONDITIONS`; the same calls in the same order give the same text."""
    return {
        name: [
            in_condition(turns, condition, homophones, np.random.default_rng((SEED, number)))
            for number, turns in enumerate(calls)
        ]
        for name, condition in CONDITIONS.items()
    }


def in_condition(turns: Sequence[Turn], condition: Condition, homophones: Homophones, chance: Generator) -> Sides:
    """What is heard of both sides in this condition."""
    stretch = turns[: condition.turns] if condition.seconds is None else _first(turns, condition.seconds)
    heard = [_misplaced(turn, condition.misplaced, chance) for turn in stretch]
    agent, customer = sides_of(turn for turn in heard if turn.speaker is not condition.silent)
    return (
        misheard(agent, condition.misheard, homophones, chance),
        misheard(customer, condition.misheard, homophones, chance),
    )


def _first(turns: Sequence[Turn], seconds: float) -> Sequence[Turn]:
    ends = np.cumsum([len(turn.text) for turn in turns])
    return turns[: int(np.searchsorted(ends, seconds * CHARACTERS_PER_S)) + 1]


def _misplaced(turn: Turn, rate: float, chance: Generator) -> Turn:
    """The turn, given to the other party with this probability."""
    if chance.random() >= rate:
        return turn
    other = Speaker.CUSTOMER if turn.speaker is Speaker.AGENT else Speaker.AGENT
    return turn.model_copy(update={"speaker": other})
