"""Whose view counts besides the customer's own."""

from __future__ import annotations

import re
from typing import Final

from qc.domain import Evidence
from qc.memo.talk import Line, Talk
from qc.rulebook.needs import Kin, Needs

_SENTENCE = re.compile(r"[^。？！\n]+[。？！]?")
_PRONOUN = re.compile(r"(?:^|[，、]|得|跟|和|听|等)(?:[嗯啊哦呀哎]|那个)*(?P<p>[他她](?!们|的事|家))")
_ASKED = re.compile(r"(?:您|你|跟|和|您家|家里)(?P<who>先生|太太|爱人|老公|老婆|媳妇|家人|父母|爸妈|对象)")
SPOUSES: Final = (
    {"老婆", "媳妇", "太太", "爱人", "堂客", "妻子", "家里那口子", "那口子", "对象", "老伴"},
    {"老公", "先生", "丈夫", "爱人", "家里那口子", "那口子", "对象", "老伴"},
)
"""Names of the same person, whoever of a couple is on the phone."""


def find_decision_makers(talk: Talk, needs: Needs) -> dict[str, tuple[Evidence, ...]]:
    """Each person whose view the customer says counts, with the words."""
    found: dict[str, tuple[Evidence, ...]] = {}
    for line in talk.customer.lines:
        for sentence in _SENTENCE.finditer(line.text):
            named = _named(needs, sentence.group())
            for kin, start, end in named:
                masked = _masked(sentence.group(), start, end, named)
                if _counts(needs, masked):
                    name = kin.means.format(said=sentence.group()[start:end])
                    quote = talk.evidence(line.index, sentence.start() + start, sentence.start() + end)
                    found[name] = (*found.get(name, ()), quote)
            if not named:
                _add_pronoun(talk, needs, line, sentence, found)
    return _one_spouse(found)


def _named(needs: Needs, sentence: str) -> list[tuple[Kin, int, int]]:
    named: list[tuple[Kin, int, int]] = []
    for number in needs.kin_words.candidates(sentence):
        kin = needs.kin[number]
        for match in kin.say.finditer(sentence):
            if not any(start < match.end() and match.start() < end for _, start, end in named):
                named.append((kin, match.start(), match.end()))
    return sorted(named, key=lambda item: item[1])


def _masked(sentence: str, start: int, end: int, named: list[tuple[Kin, int, int]]) -> str:
    """The sentence with @ for this person; people listed together (媳妇儿跟丈母娘) stand at one place."""
    for _, other_start, other_end in named:
        if other_start >= end and re.fullmatch(r"[跟和与、及]|还有", sentence[end:other_start]):
            end = other_end
        elif other_end <= start and re.fullmatch(r"[跟和与、及]|还有", sentence[other_end:start]):
            start = other_start
    return f"{sentence[:start]}@{sentence[end:]}"


def _counts(needs: Needs, masked: str) -> bool:
    if any(pattern.search(masked) for pattern in needs.does_not_decide):
        return False
    return needs.any_decision.search(masked) is not None


def _add_pronoun(
    talk: Talk, needs: Needs, line: Line, sentence: re.Match[str], found: dict[str, tuple[Evidence, ...]]
) -> None:
    """他意思是…: the person named before in this turn, or the one the agent asked about."""
    pronoun = _PRONOUN.search(sentence.group())
    if pronoun is None:
        return
    start, end = pronoun.span("p")
    masked = f"{sentence.group()[:start]}@{sentence.group()[end:]}"
    if not _counts(needs, masked):
        return
    earlier = _named(needs, line.text[: sentence.start()])
    before = talk.before(line)
    name = earlier[-1][0].means if earlier else _asked_about(talk, needs, before)
    if name is not None and "{" not in name:
        found.setdefault(name, (talk.evidence(line.index, sentence.start() + start, sentence.start() + end),))


def _asked_about(talk: Talk, needs: Needs, before: Line | None) -> str | None:
    """Whom the agent's question named, in the customer's own word where they have one for the same person."""
    asked = _ASKED.search(before.text) if before is not None else None
    if asked is None:
        return None
    for line in talk.customer.lines:
        for kin, _, _ in _named(needs, line.text):
            if any(asked["who"] in words and kin.means in words for words in SPOUSES):
                return kin.means
    return asked["who"]


def _one_spouse(found: dict[str, tuple[Evidence, ...]]) -> dict[str, tuple[Evidence, ...]]:
    """One name for the spouse: the one used most, else the one used first."""
    spouses = [name for name in found if any(name in words for words in SPOUSES)]
    if len(spouses) <= 1:
        return found
    kept = max(spouses, key=lambda name: len(found[name]))
    return {name: quotes for name, quotes in found.items() if name == kept or name not in spouses}
