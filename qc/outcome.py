"""What decides a lead on its own: an order, a purchase elsewhere, a refusal, a wrong number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from qc.domain import Evidence, Outcome, Speaker, Transcript, Utterance
from qc.rulebook.grading import Grading, OutcomeRule

_SENTENCE_ENDS = "。！？!?；;"
_MARKS = _SENTENCE_ENDS + "，、,… "


class Sign(NamedTuple):
    """One place where an outcome shows."""

    outcome: Outcome
    rule: OutcomeRule
    evidence: Evidence


def find_outcomes(transcript: Transcript, grading: Grading) -> tuple[Sign, ...]:
    """Every sign of an outcome, in the order of the rules and then of the call."""
    utterances = transcript.utterances
    worth_a_try = sorted(
        (number, index)
        for index, utterance in enumerate(utterances)
        for number in grading.outcomes_worth_a_try(utterance.text)
    )
    return tuple(
        sign
        for number, index in worth_a_try
        if utterances[index].speaker in (grading.outcomes[number].speaker, Speaker.UNKNOWN)
        for sign in _signs(grading.outcomes[number], index, utterances[index], transcript)
    )


def _signs(rule: OutcomeRule, index: int, utterance: Utterance, transcript: Transcript) -> Iterator[Sign]:
    for pattern in rule.say:
        match = pattern.search(utterance.text)
        if match is None or _excused(rule, match, utterance.text):
            continue
        if rule.asked is not None and not _asked(rule.asked, index, transcript):
            continue
        words = match.group().strip(_MARKS)
        start = match.start() + match.group().index(words)
        yield Sign(rule.outcome, rule, Evidence(utterance=index, start=start, end=start + len(words), quote=words))
        return


def _excused(rule: OutcomeRule, match: re.Match[str], text: str) -> bool:
    start = max((text.rfind(mark, 0, match.start()) for mark in _SENTENCE_ENDS), default=-1) + 1
    ends = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, max(match.end() - 1, 0))) >= 0]
    sentence = text[start : min(ends, default=len(text)) + 1]
    return any(pattern.search(sentence) for pattern in rule.unless)


def _asked(pattern: re.Pattern[str], index: int, transcript: Transcript) -> bool:
    for earlier in reversed(transcript.utterances[:index]):
        if earlier.speaker is not transcript.utterances[index].speaker:
            return pattern.search(earlier.text) is not None
    return False
