"""What each utterance sounds like for the lead: an order, a refusal, a wrong number, a visit agreed to, a need.

A linear model of n-grams of the utterance's sentences and of what the other party said just before and replies, learned
by `qc.measure.grade_words`. It stands beside the patterns of ``grading.yaml``, which cannot foresee every wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from qc.domain import Outcome, Speaker, Transcript
from qc.exchange import answered, replied
from qc.gram_weights import Table, Weights
from qc.judgement import BESIDE_LENGTHS, best_stretches, said_there, sizes_of, utterances_of
from qc.ngrams import Sentences, sentences_of_call
from qc.text import normalise

VISIT: Final = "visit"
INTEREST: Final = "interest"
SIGNS: Final = (*(outcome.value for outcome in Outcome), VISIT, INTEREST)
"""What an utterance may be a sign of, in the order of the model's columns."""

AGAIN: Final = "again "
"""Begins the names of the second utterances' scores."""
BESIDE_SHARE: Final = 0.5
"""How much what was said before, and the reply, count beside the utterance's own words."""
SURE: Final = 6.0
"""No score is taken for more than this, either way (log odds)."""

_AGENT: Final = np.uint32(0x5BD1E995)
_BEFORE: Final = np.uint32(0x85EBCA6B)
_REPLY: Final = np.uint32(0xC2B2AE35)
"""Set apart the n-grams of the agent's words, and of what was said before and replied: the same words are another sign
there."""


class Heard(NamedTuple):
    """What the call's surest utterance of each sign is, and how sure it and the next one are."""

    scores: np.ndarray
    """Log odds by sign, within `SURE`."""
    utterances: np.ndarray
    """The utterance by sign."""
    again: np.ndarray
    """Log odds of the second surest utterance: what a call is about is said more than once."""

    def sounds(self) -> dict[str, float]:
        """The scores by name, as features keep them; those of the second utterance under `AGAIN`."""
        best = {sign: round(float(score), 3) for sign, score in zip(SIGNS, self.scores, strict=True)}
        return best | {AGAIN + sign: round(float(score), 3) for sign, score in zip(SIGNS, self.again, strict=True)}


class Grams(NamedTuple):
    """The n-grams of some utterances, numbered apart by who said them and where they stand."""

    said: Sentences
    own: np.ndarray
    """As ``said.grams``."""
    before: np.ndarray
    """The short ones, as what is said before an answer."""
    reply: np.ndarray
    """The short ones, as a reply."""
    short_of: np.ndarray
    """The utterance each of the short ones stands in."""
    answered: Sequence[int]
    """The utterance that each answers, -1 for none."""
    replied: Sequence[int]
    """The utterance that replies to each, -1 for none."""


def grams_of(texts: Sequence[str], speakers: Sequence[Speaker]) -> Grams:
    """The n-grams of these normalised texts, in order of the call."""
    said = sentences_of_call(tuple(texts))
    utterance = utterances_of(said)
    is_agent = np.array([speaker is Speaker.AGENT for speaker in speakers])
    own = np.where(is_agent[utterance], said.grams ^ _AGENT, said.grams).astype(np.uint32)
    short = np.flatnonzero(said.size <= BESIDE_LENGTHS)
    return Grams(
        said,
        own,
        own[short] ^ _BEFORE,
        own[short] ^ _REPLY,
        utterance[short],
        answered(speakers),
        replied(speakers),
    )


class GradingWords:
    """The model of words."""

    def __init__(self, weights: Weights, biases: np.ndarray) -> None:
        self.weights, self.biases = weights, biases
        self._table = Table(weights)

    def heard(self, transcript: Transcript) -> Heard:
        """What this call's utterances sound like; nothing likely where nothing is said."""
        count = len(transcript.utterances)
        if not count:
            return Heard(np.full(len(SIGNS), -SURE), np.zeros(len(SIGNS), np.int64), np.full(len(SIGNS), -SURE))
        texts = [normalise(utterance.text).text for utterance in transcript.utterances]
        grams = grams_of(texts, [utterance.speaker for utterance in transcript.utterances])
        own = self._table.sums(grams.own, grams.said.sentence, len(grams.said.lengths))
        before = said_there(self._table, grams.before, grams.short_of, grams.answered)
        reply = said_there(self._table, grams.reply, grams.short_of, grams.replied)
        rest = BESIDE_SHARE * (before + reply) + self.biases
        scores = best_stretches(own, sizes_of(grams.said), rest, grams.said.first).best
        ranked = np.sort(np.vstack([np.full(len(SIGNS), -SURE), scores]), axis=0)
        return Heard(np.clip(ranked[-1], -SURE, SURE), scores.argmax(axis=0), np.clip(ranked[-2], -SURE, SURE))
