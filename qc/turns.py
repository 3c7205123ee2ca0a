"""Utterances in order: from turns of text, and from what the recogniser heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qc.domain import Milliseconds, Probability, Record, Speaker, Timing, Transcript, Utterance

MS_PER_CHARACTER = 220
"""A usual Mandarin telephone pace, about 270 characters a minute; only the order of estimated times matters."""


PAUSE_MS = 700
"""A party's silence that ends an utterance: longer than a breath, shorter than waiting for an answer."""

MIXED_PAUSE_MS = 500
"""The same where both parties share a channel: they leave each other less time, so cut sooner. On five mono calls,
10 % of the characters then stand in an utterance of mostly the other party; with `PAUSE_MS` it is 28 %."""

LONGEST_MS = 30_000
"""An utterance is cut at its widest pause before it grows longer than this."""


class Word(Record):
    """A word, or a character, as the recogniser heard it."""

    text: str
    start_ms: Milliseconds
    end_ms: Milliseconds
    probability: Probability = 1.0


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
    if any(timed) and not all(timed):
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


def utterances_of_words(words: Sequence[Word], speaker: Speaker, *, mixed: bool = False) -> tuple[Utterance, ...]:
    """One channel's words as utterances, cut where the party pauses; a ``mixed`` channel also after a full stop."""
    runs: list[list[Word]] = []
    for word in words:
        if not runs or _begins_utterance(runs[-1][-1], word, mixed=mixed):
            runs.append([])
        runs[-1].append(word)
    return tuple(_utterance(piece, speaker) for run in runs for piece in _not_too_long(run))


def merged_in_time(*sides: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """Both parties' utterances in the order in which they began."""
    return tuple(sorted((utterance for side in sides for utterance in side), key=lambda u: (u.start_ms, u.end_ms)))


def _begins_utterance(before: Word, word: Word, *, mixed: bool) -> bool:
    pause_ms = word.start_ms - before.end_ms
    if mixed:
        return pause_ms >= MIXED_PAUSE_MS or before.text.endswith(("。", "？", "！"))
    return pause_ms >= PAUSE_MS


def _not_too_long(run: list[Word]) -> list[list[Word]]:
    if len(run) < 2 or run[-1].end_ms - run[0].start_ms <= LONGEST_MS:  # noqa: PLR2004 - one word cannot be cut
        return [run]
    widest = max(range(1, len(run)), key=lambda at: run[at].start_ms - run[at - 1].end_ms)
    return _not_too_long(run[:widest]) + _not_too_long(run[widest:])


def _utterance(words: list[Word], speaker: Speaker) -> Utterance:
    text = "".join(word.text for word in words).strip(" ，、,")
    return Utterance(speaker=speaker, start_ms=words[0].start_ms, end_ms=words[-1].end_ms, text=text)
