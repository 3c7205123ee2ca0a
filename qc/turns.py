"""Utterances in order: from turns of text, and from what the recogniser heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qc.domain import Record, Speaker, Timing, Transcript, Utterance

MS_PER_CHARACTER = 220
"""A usual Mandarin telephone pace, about 270 characters a minute; only the order of estimated times matters."""


class Turn(Record):
    """One turn of text as it comes in: times are optional, but all turns have them or none has."""

    speaker: Speaker
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


def transcript_of_turns(turns: Sequence[Turn]) -> Transcript:
    """The transcript of a chat or of an existing text, with its own times, or laid end to end where it has none.

    Blank turns are kept, so that an utterance's index is its turn's index.

    Raises:
        ValueError: if some turns have times and some have none, or times run backwards.
    """
    timed = [turn.start_ms is not None and turn.end_ms is not None for turn in turns]
    if any(timed) != all(timed):
        raise ValueError("either every turn has start_ms and end_ms, or none has")
    utterances = tuple(_as_said(turns) if turns and all(timed) else _end_to_end(turns))
    return Transcript(
        utterances=utterances,
        duration_ms=max((utterance.end_ms for utterance in utterances), default=0),
        timing=Timing.RECORDED if turns and all(timed) else Timing.ESTIMATED,
        recogniser="text",
    )


def _as_said(turns: Iterable[Turn]) -> Iterable[Utterance]:
    for turn in turns:
        assert turn.start_ms is not None  # noqa: S101 - the caller has checked
        assert turn.end_ms is not None  # noqa: S101
        yield Utterance(speaker=turn.speaker, start_ms=turn.start_ms, end_ms=turn.end_ms, text=turn.text)


def _end_to_end(turns: Iterable[Turn]) -> Iterable[Utterance]:
    at = 0
    for turn in turns:
        end = at + MS_PER_CHARACTER * max(len(turn.text), 1)
        yield Utterance(speaker=turn.speaker, start_ms=at, end_ms=end, text=turn.text)
        at = end
