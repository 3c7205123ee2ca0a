"""What calls of this installation are about, read from its lexicons for the recogniser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from qc.domain import Dealer
from qc.rulebook import Rulebook
from qc.rulebook.needs import Vehicles
from qc.speech.activity import speech_spans
from qc.speech.audio import RATE
from qc.speech.recogniser import Expectations, Recogniser
from qc.speech.second_listen import candidates
from qc.speech.talk import TalkModel, read_talk, talk_files

MODELS_NAMED = 4
"""So many of the dealer's models are named to the decoder: longer lists of hot words make it worse."""


def expectations(lexicons: Path, rulebook: Rulebook, dealer: Dealer | None = None) -> Expectations:
    """What a call to or from this dealer is about: the trade's talk, its models, and the phrases to watch for.

    The talk model is learned once a process, and again when a file of talk has changed.
    """
    seen = tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in talk_files(lexicons))
    return Expectations(
        talk=_talk_model(lexicons, _names(rulebook.vehicles), seen) if seen else None,
        phrases=rulebook.phrases,
        names=_names_of(dealer, rulebook.vehicles) if dealer else (),
    )


def warm_up(recogniser: Recogniser, expecting: Expectations) -> None:
    """Nothing; the first call then finds everything made that is made once."""
    if expecting.phrases is not None:
        candidates("您好，我是销售顾问。", expecting.phrases)
    hiss = np.random.default_rng(0).normal(0, 0.001, RATE).astype(np.float32)
    speech_spans(hiss)
    list(recogniser.hear([hiss], expecting))


@lru_cache(maxsize=1)
def _talk_model(lexicons: Path, names: tuple[str, ...], seen: tuple[tuple[int, int], ...]) -> TalkModel:
    del seen  # part of the key only
    return TalkModel([*read_talk(lexicons), *names])


def _names(vehicles: Vehicles) -> tuple[str, ...]:
    return tuple(name for brand in vehicles.brands for name in (brand.name, *(series.name for series in brand.series)))


def _names_of(dealer: Dealer, vehicles: Vehicles) -> tuple[str, ...]:
    """The dealer's brand and its first models."""
    for brand in vehicles.brands:
        if dealer.brand in (brand.name, *brand.also):
            sold = [series.name for series in brand.series if series.maker in (None, dealer.brand)]
            spoken = [name for name in sold if not name.isascii() and name.isalpha()]
            return (dealer.brand or brand.name, *spoken[:MODELS_NAMED])
    return (dealer.brand,) if dealer.brand else ()
