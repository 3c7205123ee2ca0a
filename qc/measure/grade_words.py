"""The model of `qc.grading_words`: a logistic regression a sign over n-grams of utterances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from qc.grading_words import BESIDE_SHARE, SIGNS, GradingWords, grams_of
from qc.gram_weights import Weights
from qc.judgement import stretches_of
from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.measure.grade_talks import GradedTalk

LEAST: Final = 2
"""An n-gram counts if so many stretches hold it."""
MOST: Final = 30_000
"""So many n-grams are kept, those that move a score most."""
SOFTNESS: Final = 30.0
"""Inverse strength of the penalty on weights (L2)."""
NEVER: Final = -6.0
"""The score of a sign that nothing shows."""


class Examples(NamedTuple):
    """Stretches of sentences as rows of n-grams, and what each is an example of."""

    talk: np.ndarray
    counts: sparse.csr_matrix
    grams: np.ndarray
    true: np.ndarray
    """By sign."""
    used: np.ndarray
    """By sign, whether it is known; a turn that is a sign counts as a whole, its sentences do not."""


def examples_of(talks: Sequence[GradedTalk]) -> Examples:
    """All stretches of all talks, in their order."""
    grams: list[np.ndarray] = []
    values: list[np.ndarray] = []
    talk: list[int] = []
    true: list[list[bool]] = []
    used: list[list[bool]] = []
    for number, each in enumerate(talks):
        utterances = each.transcript.utterances
        read = grams_of([normalise(said.text).text for said in utterances], [said.speaker for said in utterances])
        sentences = [read.own[read.said.sentence == at] for at in range(len(read.said.lengths))]
        for index in range(len(utterances)):
            before = read.before[read.short_of == read.answered[index]]
            reply = read.reply[read.short_of == read.replied[index]]
            first, stop = int(read.said.first[index]), int(read.said.first[index + 1])
            is_sign = [(index, sign) in each.signs for sign in SIGNS]
            for start, end in stretches_of(first, stop):
                own = np.concatenate(sentences[start:end])
                grams += [own, before, reply]
                values += [_even(own, 1.0), _even(before, BESIDE_SHARE), _even(reply, BESIDE_SHARE)]
                talk.append(number)
                true.append(is_sign)
                whole = (start, end) == (first, stop)
                used.append(
                    [whole if positive else sign in each.settled for positive, sign in zip(is_sign, SIGNS, strict=True)]
                )
    rows = np.repeat(np.repeat(np.arange(len(talk)), 3), [len(part) for part in grams])
    known, columns = np.unique(np.concatenate(grams), return_inverse=True)
    counts = sparse.csr_matrix((np.concatenate(values), (rows, columns)), shape=(len(talk), len(known)))
    return Examples(np.array(talk), counts, known, np.array(true), np.array(used))


def _even(grams: np.ndarray, share: float) -> np.ndarray:
    """One value an n-gram, as `GradingWords` weighs them."""
    return np.full(len(grams), share / np.sqrt(max(len(grams), 1)), np.float32)


def learn_words(examples: Examples, known: np.ndarray) -> GradingWords:
    """The model from the talks ``known`` (a mask)."""
    rows = known[examples.talk]
    held = np.bincount(examples.counts[rows].indices, minlength=len(examples.grams))
    scale = np.log((1 + rows.sum()) / (1 + held)) / np.log(1 + rows.sum())
    kept = np.flatnonzero(held >= LEAST)
    features = (examples.counts[rows][:, kept] @ sparse.diags(scale[kept])).tocsr()
    weights = np.zeros((len(kept), len(SIGNS)), np.float32)
    biases = np.full(len(SIGNS), NEVER, np.float32)
    for column in range(len(SIGNS)):
        used, true = examples.used[rows, column], examples.true[rows, column]
        if true[used].any():
            model = LogisticRegression(
                C=SOFTNESS, solver="liblinear", dual=True, max_iter=2000, tol=0.1, random_state=0
            )
            model.fit(features[used], true[used])
            weights[:, column] = model.coef_[0] * scale[kept]
            biases[column] = model.intercept_[0]
    strength = np.abs(weights).max(axis=1) * np.sqrt(held[kept])
    strongest = np.sort(np.argsort(-strength, kind="stable")[:MOST])
    return GradingWords(Weights.rounded(examples.grams[kept[strongest]], weights[strongest]), biases)
