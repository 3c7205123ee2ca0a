"""Two clusters of vectors, without chance: the same vectors always give the same clusters."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

ROUNDS: Final = 50


def two_means(vectors: Floats) -> Integers:
    """Which of two clusters, 0 or 1, each of these vectors ``(n, size)`` belongs to, by Lloyd's 2-means.

    It begins with the two sides of the direction in which the vectors differ most.
    """
    centred = vectors - vectors.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    cluster: Integers = (centred @ direction > 0).astype(np.int64)
    for _ in range(ROUNDS):
        if cluster.min() == cluster.max():
            break
        nearest: Integers = np.argmin(distances(vectors, means(vectors, cluster)), axis=1)
        if np.array_equal(nearest, cluster):
            break
        cluster = nearest
    return cluster


def means(vectors: Floats, cluster: Integers) -> Floats:
    """The mean of each cluster, ``(2, size)``; neither may be empty."""
    centres: Floats = np.stack([vectors[cluster == one].mean(axis=0) for one in (0, 1)])
    return centres


def distances(vectors: Floats, centres: Floats) -> Floats:
    """The squared distance of each vector from each centre, ``(n, 2)``."""
    squared: Floats = ((vectors[:, None] - centres) ** 2).sum(axis=2)
    return squared
