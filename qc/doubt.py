"""Words that nobody may have said: everything is judged without them, and where they are shown they are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

from qc.domain import Doubt, Evidence, Inspection, Record, Stretch, Transcript, Utterance

R = TypeVar("R", bound=Record)

DOUBT_TITLES: Mapping[Doubt, str] = {
    Doubt.PHANTOM: "疑似识别幻听",
    Doubt.LOOP: "疑似识别重复",
    Doubt.GUESS: "识别没有把握",
    Doubt.NO_VOICE: "疑似非人声",
    Doubt.ECHO: "疑似对方回声",
    Doubt.MACHINE: "疑似语音播报",
}
"""What a reader calls each doubt."""


class Undoubted(NamedTuple):
    """A transcript without its doubted words; ``places[i]`` is where its utterance ``i`` stands in the whole one."""

    transcript: Transcript
    places: tuple[int, ...]


def doubt_mark(utterance: Utterance) -> str:
    """The mark after doubted words, as 〔疑似非人声，不作依据〕; empty after others."""
    return f"〔{DOUBT_TITLES[utterance.doubt]}，不作依据〕" if utterance.doubt else ""


def without_doubted(transcript: Transcript) -> Undoubted:
    """The transcript as it is judged: as if the doubted utterances, and second listens to them, were not there."""
    said = [utterance.doubt is None for utterance in transcript.utterances]
    if all(said):
        return Undoubted(transcript, tuple(range(len(said))))
    places = tuple(index for index, kept in enumerate(said) if kept)
    number = [count - 1 for count in accumulate(said)]
    judged = transcript.model_copy(
        update={
            "utterances": tuple(transcript.utterances[index] for index in places),
            "listens": tuple(
                listen.model_copy(update={"utterance": number[listen.utterance]})
                for listen in transcript.listens
                if said[listen.utterance]
            ),
        }
    )
    return Undoubted(judged, places)


def in_whole(inspection: Inspection, places: Sequence[int]) -> Inspection:
    """The same inspection with every utterance number counted in the whole transcript."""
    return renumber(inspection, places)


def renumber(record: R, places: Sequence[int] | Mapping[int, int]) -> R:
    """The same record with ``places[i]`` for every utterance number ``i`` in it."""
    renumbered: R = _renumbered(record, places)
    return renumbered


def _renumbered(value: Any, places: Sequence[int] | Mapping[int, int]) -> Any:
    match value:
        case Evidence():
            return value.model_copy(update={"utterance": places[value.utterance]})
        case Stretch(utterance=int(utterance)):
            return value.model_copy(update={"utterance": places[utterance]})
        case Record():
            return value.model_copy(update={name: _renumbered(inner, places) for name, inner in value})
        case tuple():
            return tuple(_renumbered(inner, places) for inner in value)
        case Mapping():
            return {name: _renumbered(inner, places) for name, inner in value.items()}
        case _:
            return value
