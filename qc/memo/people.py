"""Whose view counts besides the customer's own."""

from __future__ import annotations

import re

from qc.domain import Evidence
from qc.memo.talk import Line, Talk
from qc.rulebook.needs import Kin, Needs

_SENTENCE = re.compile(r"[^。？！\n]+[。？！]?")
_PRONOUN = re.compile(r"^(?:[嗯啊哦呀哎]|那个|，)*(?P<p>[他她](?!们|的事|家))")


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
    return found


def _named(needs: Needs, sentence: str) -> list[tuple[Kin, int, int]]:
    named: list[tuple[Kin, int, int]] = []
    for kin in needs.kin:
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
    return any(pattern.search(masked) for pattern in needs.decides)


def _add_pronoun(
    talk: Talk, needs: Needs, line: Line, sentence: re.Match[str], found: dict[str, tuple[Evidence, ...]]
) -> None:
    """他意思是… in answer to 您先生…: the person is the one the agent asked about."""
    pronoun = _PRONOUN.match(sentence.group())
    before = talk.before(line)
    if pronoun is None or before is None:
        return
    asked = _asked_about(needs, before)
    start, end = pronoun.span("p")
    masked = f"@{sentence.group()[end:]}"
    if asked is not None and _counts(needs, masked):
        found.setdefault(asked, (talk.evidence(line.index, sentence.start() + start, sentence.start() + end),))


def _asked_about(needs: Needs, before: Line) -> str | None:
    text = re.sub(r"(?:您|你)(?:家)?(?=[^，。]{1,3})", "我", before.text)
    people = [kin.means for kin, _, _ in _named(needs, text)]
    if not people and (match := re.search(r"先生|太太|爱人|家里人", before.text)):
        people = [match.group()]
    return people[-1] if people else None
