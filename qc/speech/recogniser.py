"""The face every recogniser shows: pieces of speech in, characters with times and doubts out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from qc.domain import Probability, Record
from qc.rulebook.phrases import PhraseRules
from qc.speech.audio import Samples
from qc.speech.talk import TalkModel
from qc.turns import Word


class Expectations(NamedTuple):
    """What calls like this one are about: how the trade talks, and the phrases that somebody watches for."""

    talk: TalkModel | None = None
    phrases: PhraseRules | None = None
    names: tuple[str, ...] = ()
    """Brand and models of the dealer: hot words, the likeliest first."""


NOTHING_EXPECTED = Expectations()


class HeardAgain(Record):
    """Words ``first:end`` of a piece that sound like a watched phrase, and how likely it was said."""

    first: int
    end: int
    phrase: str
    probability: Probability


class Care(Enum):
    """How much time pieces are worth."""

    QUICK = auto()
    """Somebody waits for the first words."""
    USUAL = auto()
    CAREFUL = auto()
    """There is so little to hear that time does not matter."""


class Heard(Record):
    """What was heard in one piece of speech; times count from its start.

    ``logprob`` is the mean log probability of the recogniser's tokens, ``no_speech`` the probability that nobody
    speaks, ``repetition`` how many times smaller the text becomes when compressed: above 2.4 it is a loop.
    """

    words: tuple[Word, ...] = ()
    logprob: float = 0.0
    no_speech: float = 0.0
    repetition: float = 1.0
    again: tuple[HeardAgain, ...] = ()


LOOPING: Final = 2.4
"""Whisper's own limit of `Heard.repetition`."""
MOST_PER_S: Final = 12.0
"""Characters a second of speech that nobody says; 3 to 7 are usual."""


def repetition_of(text: str) -> float:
    """How many times smaller the text becomes when compressed, as in `Heard.repetition`."""
    coded = text.encode()
    return len(coded) / len(zlib.compress(coded))


class Recogniser(Protocol):
    """Hears words, and says what it is: ``name`` holds engine, model and compute type and goes into `MadeWith`."""

    @property
    def name(self) -> str:
        """Engine, model and compute type, such as ``faster-whisper/base/int8``."""

    @property
    def longest_piece_s(self) -> float:
        """How long a piece may be, in seconds."""

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        """What is said in each of these pieces of speech, in order, as soon as it is known."""
