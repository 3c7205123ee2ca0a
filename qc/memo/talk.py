"""The conversation as the memo reads it: who spoke, clause by clause, and what was answered to what."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from qc.domain import Evidence, Speaker, Transcript

_CLAUSE = re.compile(r"([^，。？！；、…,?!;\s]+(?:\s+[^，。？！；、…,?!;\s]+)*)([，。？！；、…,?!;\s]*)")
"""A clause's words, and the marks and spaces after them."""
_QUESTION = re.compile(
    r"[？?]|[吗么呢伐]$|(?<!没)什么|啥|哪[天个位款]|几[点号时台]|多少|多久|是不是|有没有|能不能|要不要|行不行|好不好|方便不|怎么样|还是|贵姓"
)
_AGENT_WORDS = re.compile(
    r"您|销售顾问|客服专员|我们店|咱们?店|我们这边|给你(?:报|留|申请|安排|打)|厂家(?:政策|补贴)|留了个?电话|为您服务|感谢来电"
)
"""What only the dealer's side says; in a mono recording it tells the parties apart where nothing else does."""
_YES = re.compile(
    r"^(?:[嗯哦啊哎呃诶欸噢唔]|那个|那|就)*[，、\s]*"
    r"(?:对[对的呀啊嘛，。]?|是[的呀啊嘛，。]|没错|没变|嗯嗯?|行|好(?!像|几|多|久|贵)|可以|成|中(?!午|间|型|配|秋|旬)|要得|得嘞|没问题|差不多|就(?:这|那)|"
    r"有空|方便|可不|OK|ok|也?都?行|不耽误|(?:我)?也是|要的|收到|记着|妥|得咧|能来|来(?:得|呀|啊|嘛|吧))"
)
_NO = re.compile(
    r"^(?:[嗯哦啊哎呃诶]|那个|那)*[，、\s]*(?:不(?!过|好意思|错|耽误|着急|急)|没(?!错|问题|变|事)|别(?!的)|改天|算了|再说|谁说|哪有|都不)"
)


class Hit(NamedTuple):
    """A match within one utterance: ``text[start:end]`` of utterance ``line``."""

    line: int
    start: int
    end: int
    match: re.Match[str]


class Clause(NamedTuple):
    """A stretch between punctuation marks, without them; ``mark`` is the first mark after it, if any."""

    line: int
    start: int
    end: int
    text: str
    mark: str

    @property
    def asks(self) -> bool:
        """Whether it is put as a question."""
        return self.mark in ("？", "?") or _QUESTION.search(self.text) is not None


@dataclass(frozen=True)
class Line:
    """One utterance with its party (an unknown speaker is guessed from the words)."""

    index: int
    speaker: Speaker
    text: str

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Its clauses in order."""
        return tuple(_clauses(self.index, self.text))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(clause.start for clause in self.clauses)

    def index_at(self, position: int) -> int:
        """Which clause this position of the text belongs to; the first for what stands before it."""
        return max(bisect_right(self._starts, position) - 1, 0)

    def clause_at(self, position: int) -> Clause:
        """The clause this position of the text belongs to."""
        return self.clauses[self.index_at(position)]

    def neighbour(self, index: int) -> str:
        """The words of the clause at this index, or none before the first and after the last."""
        return self.clauses[index].text if 0 <= index < len(self.clauses) else ""

    @property
    def by_customer(self) -> bool:
        """Whether the customer speaks."""
        return self.speaker is Speaker.CUSTOMER

    @cached_property
    def asks(self) -> bool:
        """Whether any of it is a question."""
        return any(clause.asks for clause in self.clauses)

    @cached_property
    def agrees(self) -> bool:
        """Whether it starts by saying yes."""
        return _YES.match(self.text) is not None and not self.refuses

    @cached_property
    def refuses(self) -> bool:
        """Whether it starts by saying no."""
        return _NO.match(self.text) is not None


@dataclass(frozen=True)
class Voice:
    """All lines of one party as one text, so that a pattern runs once a call instead of once a line."""

    lines: tuple[Line, ...]
    text: str
    offsets: tuple[int, ...]

    def find(self, pattern: re.Pattern[str]) -> Iterator[Hit]:
        r"""Every match, in order. Patterns must not cross a line: ``\\n`` parts them."""
        for match in pattern.finditer(self.text):
            at = bisect_right(self.offsets, match.start()) - 1
            line, offset = self.lines[at], self.offsets[at]
            end = min(match.end() - offset, len(line.text))
            yield Hit(line.index, match.start() - offset, end, match)


class Talk:
    """A transcript prepared for reading."""

    def __init__(self, transcript: Transcript, mend: Callable[[str], str] = str) -> None:
        """``mend`` gives the text to read in place of what was heard, of the same length."""
        self._heard = tuple(utterance.text for utterance in transcript.utterances)
        self.lines = tuple(
            Line(index, _party(utterance.speaker, utterance.text), mend(utterance.text))
            for index, utterance in enumerate(transcript.utterances)
        )
        self.remembered: dict[Hashable, object] = {}
        """What its readers have worked out and ask for again."""
        self.customer = _voice(line for line in self.lines if line.by_customer)
        self.agent = _voice(line for line in self.lines if not line.by_customer)

    def before(self, line: Line) -> Line | None:
        """The other party's last line before this one."""
        for earlier in reversed(self.lines[: line.index]):
            if earlier.speaker is not line.speaker:
                return earlier
        return None

    def after(self, line: Line) -> Line | None:
        """The other party's next line after this one."""
        for later in self.lines[line.index + 1 :]:
            if later.speaker is not line.speaker:
                return later
        return None

    def evidence(self, line: int, start: int, end: int) -> Evidence:
        """The words at this place, as they stand in the transcript."""
        return Evidence(utterance=line, start=start, end=end, quote=self._heard[line][start:end])


def _party(speaker: Speaker, text: str) -> Speaker:
    if speaker is not Speaker.UNKNOWN:
        return speaker
    return Speaker.AGENT if _AGENT_WORDS.search(text) else Speaker.CUSTOMER


def _voice(lines: Iterable[Line]) -> Voice:
    kept = tuple(lines)
    offsets, at = [], 0
    for line in kept:
        offsets.append(at)
        at += len(line.text) + 1
    return Voice(kept, "\n".join(line.text for line in kept), tuple(offsets))


def _clauses(index: int, text: str) -> Iterator[Clause]:
    for match in _CLAUSE.finditer(text):
        words, marks = match.groups()
        yield Clause(index, *match.span(1), words, marks.strip()[:1])
