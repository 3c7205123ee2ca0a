"""Weights of n-grams, looked up."""

from __future__ import annotations

import numpy as np

from qc.gram_weights import Table, Weights


def sums(weights: dict[int, float], *grams: int) -> list[float]:
    numbers = np.array(sorted(weights), np.uint32)
    table = Table(Weights.rounded(numbers, np.array([[weights[int(number)]] for number in numbers])))
    of = np.arange(len(grams))
    return [round(float(row[0]), 2) for row in table.sums(np.array(grams, np.uint32), of, len(grams))]


def test_known_ngrams_have_their_weight_and_others_none() -> None:
    assert sums({3: 1.0, 70_000: -0.5, 4_000_000_000: 0.25}, 70_000, 4_000_000_000, 3, 5) == [-0.5, 0.25, 1.0, 0.0]


def test_of_two_in_one_slot_the_heavier_is_kept() -> None:
    far_apart = 1 << 24
    assert sums({1: 0.1, 1 + far_apart: -1.0}, 1, 1 + far_apart) == [0.0, -1.0]
    assert sums({1: 1.0, 1 + far_apart: -0.1}, 1, 1 + far_apart) == [1.0, 0.0]


def test_a_table_of_nothing_knows_nothing() -> None:
    empty = Table(Weights.rounded(np.zeros(0, np.uint32), np.zeros((0, 2))))
    assert empty.sums(np.array([7], np.uint32), np.array([0]), 1).tolist() == [[0.0, 0.0]]
