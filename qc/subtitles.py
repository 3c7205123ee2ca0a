"""A transcript as subtitles and as plain text.

Cues follow the utterances one to one, but doubted words have none: a player cannot grey them, and whoever reads a
subtitle takes it for what was said. The plain text keeps them, marked.
"""

from __future__ import annotations

from collections.abc import Iterable

from qc.domain import Speaker, Transcript, Utterance
from qc.doubt import doubt_mark

NAMES = {Speaker.AGENT: "客服", Speaker.CUSTOMER: "客户", Speaker.UNKNOWN: "未知"}
"""How a reader sees the parties named."""

SHORTEST_CUE_MS = 1
"""Players drop a cue that ends where it starts."""


def srt(transcript: Transcript) -> str:
    """The transcript as SubRip: numbered cues, ``00:00:01,500`` times, each line with its speaker's name.

    SubRip has no escapes; only line breaks are mended, since a blank line would end the cue.
    """
    cues = (
        f"{number}\n{_span(said, ',')}\n{NAMES[said.speaker]}：{_one_line(said.text)}\n"
        for number, said in enumerate(_undoubted(transcript), start=1)
    )
    return "\n".join(cues)


def vtt(transcript: Transcript) -> str:
    """The transcript as WebVTT: the speaker is the cue's voice (``<v 客服>``), text is escaped.

    Source: https://www.w3.org/TR/webvtt1/, the sections on cue text and on voice spans.
    """
    cues = (
        f"{_span(said, '.')}\n<v {NAMES[said.speaker]}>{_escaped(_one_line(said.text))}</v>\n"
        for said in _undoubted(transcript)
    )
    return "\n".join(("WEBVTT\n", *cues))


def txt(transcript: Transcript) -> str:
    """The transcript for reading: one line an utterance, ``[00:01] 客服：…``, doubted ones with their mark."""
    return "".join(
        f"[{_minutes(said.start_ms)}] {NAMES[said.speaker]}：{_one_line(said.text)}{doubt_mark(said)}\n"
        for said in _spoken(transcript)
    )


def _spoken(transcript: Transcript) -> Iterable[Utterance]:
    """The utterances with words; an empty cue is an error in both subtitle forms."""
    return (said for said in transcript.utterances if said.text.strip())


def _undoubted(transcript: Transcript) -> Iterable[Utterance]:
    return (said for said in _spoken(transcript) if said.doubt is None)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """Cue text in which nothing is markup and no ``-->`` can be read as a time line."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _span(said: Utterance, point: str) -> str:
    end_ms = max(said.end_ms, said.start_ms + SHORTEST_CUE_MS)
    return f"{_clock(said.start_ms, point)} --> {_clock(end_ms, point)}"


def _clock(ms: int, point: str) -> str:
    seconds, thousandths = divmod(ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"


def _minutes(ms: int) -> str:
    minute, second = divmod(ms // 1000, 60)
    return f"{minute:02}:{second:02}"
