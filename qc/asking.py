"""Who asks what in a call: the agent's questions, open and closed, and the customer's that nobody answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from qc.domain import Evidence, Speaker, Utterance
from qc.rulebook.conduct import ConductLimits, QuestionMarkers

_SENTENCE = re.compile(r"([^。！!？?；;\n…]+)([。！!？?；;\n…]*)")
_CLAUSE = re.compile(r"[^，,、\s]+")
_MARKS = re.compile(r"\W+")


class Asked(NamedTuple):
    """A question in a text: ``text[start:end]``."""

    start: int
    end: int
    is_open: bool
    """Whether it asks for more than yes or no."""
    marked: bool
    """Whether it has its question mark; else only the words tell."""


def questions_in(text: str, markers: QuestionMarkers) -> list[Asked]:
    """The questions this text asks, in order.

    A sentence that ends with a question mark is one. Recognised text often lacks the mark, so elsewhere every clause
    with a question word or ending counts, after the uses that ask nothing are taken out.
    """
    asked: list[Asked] = []
    for sentence in _SENTENCE.finditer(text):
        start, end = sentence.span(1)
        if "？" in sentence.group(2) or "?" in sentence.group(2):
            asked.append(Asked(start, end, _is_open(sentence.group(1), markers), marked=True))
        else:
            asked += [
                Asked(start + clause.start(), start + clause.end(), _is_open(clause.group(), markers), marked=False)
                for clause in _CLAUSE.finditer(sentence.group(1))
                if _asks(clause.group(), markers)
            ]
    return asked


def _asks(clause: str, markers: QuestionMarkers) -> bool:
    patterns = markers.asking.on(clause)
    if not patterns:
        return False
    clause = _without_idle_uses(clause, markers)
    return any(pattern.search(clause) for pattern in patterns)


def _is_open(sentence: str, markers: QuestionMarkers) -> bool:
    clauses = [clause.group() for clause in _CLAUSE.finditer(sentence)]
    asking = [_without_idle_uses(clause, markers) for clause in clauses if _asks(clause, markers)]
    # Where only the mark says that it is a question, the idle uses say nothing: 您看重哪方面？
    return any(pattern.search(clause) for clause in asking or clauses for pattern in markers.asking_openly.on(clause))


def _without_idle_uses(clause: str, markers: QuestionMarkers) -> str:
    for pattern in markers.idle.on(clause):
        clause = pattern.sub("＊", clause)
    return clause


# ---------------------------------------------------------------- unanswered


def unanswered_questions(utterances: Sequence[Utterance], limits: ConductLimits) -> tuple[Evidence, ...]:
    """The customer's questions that the agent's next turns do not answer, of one asked again only the last.

    Careful: any words of substance count as an answer, whatever they say; to yes or no even a bare 对 is one. No
    answer are silence, listening (嗯), an announced hold without words after it, and turns that only ask back.
    """
    asked = [
        (at, question)
        for at, utterance in enumerate(utterances)
        if utterance.speaker is Speaker.CUSTOMER
        for question in questions_in(utterance.text, limits.questions)
        if _waits_for_answer(utterance.text[question.start : question.end], limits)
    ]
    open_ones = [
        (at, question)
        for number, (at, question) in enumerate(asked)
        if not _asked_again(utterances, (at, question), asked[number + 1 :], limits)
        and not _is_answered(utterances, at, question, limits)
    ]
    return tuple(
        Evidence(utterance=at, start=q.start, end=q.end, quote=utterances[at].text[q.start : q.end])
        for at, q in open_ones
    )


def _waits_for_answer(question: str, limits: ConductLimits) -> bool:
    bare = bare_words(question)
    if len(bare) < limits.answers.min_characters:
        return False
    return not any(pattern.search(bare) for pattern in limits.answers.idle.on(bare))


def _asked_again(
    utterances: Sequence[Utterance],
    question: tuple[int, Asked],
    later: Sequence[tuple[int, Asked]],
    limits: ConductLimits,
) -> bool:
    """Whether the customer asks the same thing later: then that is the question to be answered."""
    own = _pairs(_words(utterances, question))
    return any(_alike(own, _pairs(_words(utterances, other))) >= limits.answers.asked_again for other in later)


def _words(utterances: Sequence[Utterance], question: tuple[int, Asked]) -> str:
    at, asked = question
    return bare_words(utterances[at].text[asked.start : asked.end])


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _alike(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _is_answered(utterances: Sequence[Utterance], at: int, question: Asked, limits: ConductLimits) -> bool:
    after = bare_words(utterances[at].text[question.end :])
    if len(after) > len(bare_words(utterances[at].text[question.start : question.end])):
        return True  # the customer went on: the question was a step in their own talk
    turns = _next_turns(utterances, at, limits)
    if not turns:
        return not question.marked  # last words may only sound like a question: 订不订看了再讲
    return any(_answers(turn, question, limits) for turn in turns)


def _next_turns(utterances: Sequence[Utterance], at: int, limits: ConductLimits) -> list[list[str]]:
    """The agent's next turns; what the customer says in between ends a turn unless it only listens."""
    turns: list[list[str]] = []
    speaking = False
    for utterance in utterances[at + 1 :]:
        if utterance.speaker is Speaker.CUSTOMER:
            speaking = speaking and is_backchannel(utterance.text, limits)
        elif bare_words(utterance.text):
            if not speaking:
                if len(turns) == limits.answers.agent_turns:
                    break
                turns.append([])
                speaking = True
            turns[-1].append(utterance.text)
    return turns


def _answers(turn: Sequence[str], question: Asked, limits: ConductLimits) -> bool:
    """Whether this turn of the agent's has words that may be an answer."""
    if not question.is_open and any(re.match(r"\W*[对是有没不可行能好会要]", text) for text in turn):
        return True
    said = "。".join(text for text in turn if not is_backchannel(text, limits))
    sentences = [sentence.group(0) for sentence in _SENTENCE.finditer(said) if bare_words(sentence.group(1))]
    telling = [each for each in sentences if not each.rstrip().endswith(("？", "?")) and not _only_holds(each, limits)]
    return bool(telling)


def _only_holds(sentence: str, limits: ConductLimits) -> bool:
    """Whether these few words only ask to wait."""
    bare = bare_words(sentence)
    return len(bare) <= HOLD_CHARACTERS and announces_hold(sentence, limits)


HOLD_CHARACTERS = 14
"""好的您稍等一下我帮您查一下 has 13; longer words say more than to wait."""


def announces_hold(text: str, limits: ConductLimits) -> bool:
    """Whether these words ask the customer to wait."""
    bare = bare_words(text)
    return any(pattern.search(bare) for pattern in limits.hold.announcing.on(bare))


def is_backchannel(text: str, limits: ConductLimits) -> bool:
    """Whether these words only say "I am listening"."""
    said = bare_words(text).lower()
    return len(said) <= limits.backchannel_max_characters and limits.listening.fullmatch(said) is not None


@lru_cache(maxsize=256)
def bare_words(text: str) -> str:
    """The text without its punctuation and spaces."""
    return _MARKS.sub("", text)
