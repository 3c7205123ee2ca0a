"""Utterances in order: from turns of text, and from what the recogniser heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from qc.domain import Doubt, Milliseconds, Probability, Record, Speaker, Timing, Transcript, Utterance

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
    """A word, or a character, with the marks after it.

    ``original`` is what the recogniser heard where ``text`` was changed afterwards; ``doubt`` quarantines it.
    """

    text: str
    start_ms: Milliseconds
    end_ms: Milliseconds
    probability: Probability = 1.0
    original: str | None = None
    doubt: Doubt | None = None


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


class Run(Record):
    """Words that one party says without a pause, and the utterance they make."""

    words: tuple[Word, ...]
    utterance: Utterance

    def span_of(self, first: int, end: int) -> tuple[int, int]:
        """The span in the utterance's text of words ``first:end``, without the marks after the last one."""
        start = sum(len(word.text) for word in self.words[:first])
        stop = sum(len(word.text) for word in self.words[: end - 1]) + len(self.words[end - 1].text.rstrip(MARKS))
        return start, stop


MARKS: Final = "，。？！、；：,.?!;: …"
STOPS: Final = ("。", "？", "！", "…")
QUESTIONS: Final = ("吗", "么", "呢", "没有", "是吧", "对吧", "好吧", "行吗", "多少", "哪位", "哪里")
"""What ends a question, where the recogniser put no mark."""


def runs_of_words(words: Sequence[Word], speakers: Sequence[Speaker], *, mixed: bool = False) -> tuple[Run, ...]:
    """One channel's words as utterances: cut where the party pauses or changes, or words are doubted.

    A ``mixed`` channel is cut after a full stop too. Each word has its speaker.
    """
    runs: list[list[int]] = []
    for at, word in enumerate(words):
        before = runs[-1][-1] if runs else None
        if (
            before is None
            or speakers[before] is not speakers[at]
            or _begins_utterance(words[before], word, mixed=mixed)
        ):
            runs.append([])
        runs[-1].append(at)
    pieces = [(piece, speakers[run[0]]) for run in runs for piece in _not_too_long([words[at] for at in run])]
    return tuple(Run(words=tuple(piece), utterance=_utterance(piece, speaker)) for piece, speaker in pieces)


def _begins_utterance(before: Word, word: Word, *, mixed: bool) -> bool:
    if before.doubt is not word.doubt:
        return True
    pause_ms = word.start_ms - before.end_ms
    if mixed:
        return pause_ms >= MIXED_PAUSE_MS or before.text.endswith(STOPS)
    return pause_ms >= PAUSE_MS


def _not_too_long(run: list[Word]) -> list[list[Word]]:
    if len(run) < 2 or run[-1].end_ms - run[0].start_ms <= LONGEST_MS:  # noqa: PLR2004 - one word cannot be cut
        return [run]
    widest = max(range(1, len(run)), key=lambda at: run[at].start_ms - run[at - 1].end_ms)
    return _not_too_long(run[:widest]) + _not_too_long(run[widest:])


def _utterance(words: list[Word], speaker: Speaker) -> Utterance:
    text = _ended("".join(word.text for word in words))
    original = _ended("".join((word.original or bare) + word.text[len(bare) :] for word, bare in _bare(words)))
    return Utterance(
        speaker=speaker,
        start_ms=words[0].start_ms,
        end_ms=max(words[-1].end_ms, words[0].start_ms),
        text=text,
        original_text=None if original == text else original,
        doubt=words[0].doubt,
    )


def _bare(words: Iterable[Word]) -> Iterable[tuple[Word, str]]:
    return ((word, word.text.rstrip(MARKS)) for word in words)


def _ended(text: str) -> str:
    """The text with a full stop or a question mark at its end."""
    text = text.rstrip("，、；：,;: ")
    if not text or text.endswith(("。", "？", "！", "…", "?", "!", ".")):
        return text
    return text + ("？" if text.endswith(QUESTIONS) else "。")
