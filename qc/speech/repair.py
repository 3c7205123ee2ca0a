"""Homophones respelled towards the trade's talk: 我给您施加 becomes 我给您试驾.

A small recogniser writes characters of the right sound and the wrong meaning. Each heard character may be another one
that sounds the same to it; which spelling is likeliest follows from a noisy channel: how sure the recogniser was of its
own character given the sound, how far apart the two sounds are, and how the trade talks (`TalkModel`). What was heard
is hardly left: the syllables stay, but for accents and telephone lines (zh/z, n/l, ing/in), a sound that is only near
costs so much that few are taken, and so does a character that the recogniser is sure of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from qc.phonetics import NEAR, sound_of, syllable_distance
from qc.speech.talk import END, ORDER, START, TalkModel

TALK_WEIGHT: Final = 0.6
"""How much the trade's way of talking counts beside what was heard."""
CHANGE_COST: Final = 1.5
"""What it costs to take a character for another one, in nats."""
FAR_COST: Final = 8.0
"""What it costs more where the sound is only near, for each unit of distance."""
CONFIDENCE_WEIGHT: Final = 0.5
"""How much more it costs, for each unit of log odds that the recogniser gives its own character."""
LEAST_COST: Final = 0.1
LEAST_LOGPROB: Final = -5.5
"""A piece that is less like the trade's talk than this, in nats a character, is about something else and is left alone.
Nine of ten pieces of telephone calls are above -5.9; what people read out about other things is mostly below -5.5."""
BEAM: Final = 4
PAUSE: Final = "|"


class _Path(NamedTuple):
    score: float
    said: str


def respelled(heard: str, sure: Sequence[float], talk: TalkModel) -> str:
    """These characters as they were likeliest said, one for one: a beam search over spellings of the same sounds.

    ``heard`` has `PAUSE` between phrases; ``sure`` is the recogniser's probability of each character.
    """
    options = _options(heard, sure, talk)
    before = START * (ORDER - 1)
    states = {before: _Path(0.0, "")}  # by the last characters, which is all that the talk model looks at
    for choices in options:
        following: dict[str, _Path] = {}
        for state, path in states.items():
            for character, cost in choices:
                score = path.score - cost
                if character == PAUSE:
                    score += TALK_WEIGHT * talk.logprob(state, END)
                    state_after = before
                else:
                    score += TALK_WEIGHT * talk.logprob(state, character)
                    state_after = state[1:] + character
                rival = following.get(state_after)
                if rival is None or rival.score < score:
                    following[state_after] = _Path(score, path.said + character)
        states = dict(sorted(following.items(), key=lambda item: -item[1].score)[:BEAM])
    said = next(iter(states.values())).said
    return said if _logprob(said, talk) >= LEAST_LOGPROB else heard


def _logprob(text: str, talk: TalkModel) -> float:
    """The mean log probability of the characters of phrases between pauses."""
    phrases = [phrase for phrase in text.split(PAUSE) if phrase]
    padded = [START * (ORDER - 1) + phrase for phrase in phrases]
    each = [
        talk.logprob(phrase[at - ORDER + 1 : at], phrase[at])
        for phrase in padded
        for at in range(ORDER - 1, len(phrase))
    ]
    return sum(each) / max(len(each), 1)


def _options(heard: str, sure: Sequence[float], talk: TalkModel) -> list[list[tuple[str, float]]]:
    """For each character what it may have been, and the cost: others only where they meet a neighbour they know."""
    alike = [_alike(character, talk) for character in heard]
    spellings = [
        {character, *others} if character != PAUSE else {START, END}
        for character, others in zip(heard, alike, strict=True)
    ]
    options: list[list[tuple[str, float]]] = []
    for at, (character, others) in enumerate(zip(heard, alike, strict=True)):
        kept = [(character, 0.0)]
        if others:
            reached = set[str]().union(*(talk.followers(b) for b in (spellings[at - 1] if at else START)))
            after = spellings[at + 1] if at + 1 < len(heard) else frozenset(END)
            cost = CHANGE_COST + CONFIDENCE_WEIGHT * math.log(max(sure[at], 0.02) / max(1 - sure[at], 0.02))
            kept.extend(
                (other, max(cost + FAR_COST * distance, LEAST_COST))
                for other, distance in others.items()
                if other in reached or not talk.followers(other).isdisjoint(after)
            )
        options.append(kept)
    return options


@lru_cache(maxsize=20_000)
def _alike(character: str, talk: TalkModel) -> dict[str, float]:
    """Other characters that the trade uses and that sound like this one, by how far their sound is from it."""
    sound = sound_of(character)
    found: dict[str, float] = {}
    for other in talk.sounds if sound[1] else ():
        distance = syllable_distance(sound, other)
        if distance <= NEAR:
            found.update((spelling, distance) for spelling in talk.spelled(other) if spelling != character)
    return found
