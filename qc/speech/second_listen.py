"""A second listen: what sounds like a watched phrase, and how likely the sound holds it.

A recogniser that mishears 加我个人微信 as 家我哥人危信 hides it from every rule. Wherever the heard text sounds like a
wording that a rule watches for, the recogniser scores that wording against the stretch of sound itself, beside what it
heard at first. The difference says whether the phrase may have been said, and is turned into a probability.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from qc.domain import Speaker
from qc.phonetics import sound_of, syllable_distance
from qc.rulebook.phrases import PhraseRules
from qc.text import normalise

MOST_A_PIECE: Final = 6
"""Candidates that are scored in one piece of some 15 s, the likeliest by their sound first."""

INTERCEPT: Final = -0.7
PER_NAT: Final = 0.45
PER_CHANGED: Final = 1.35
"""Logistic regression of "it was said" on what the phrase gains against the sound, and on the characters it changes:
each costs some likelihood by itself. Fitted on 178 candidates of the 18 recordings da-* and db-*, 20 of them said; the
candidates of the dc-* recordings were not looked at."""


class Candidate(NamedTuple):
    """Characters ``start:end`` of a text, and how they would read if the watched ``phrase`` was said.

    ``changed`` of them differ, and their sounds are so far apart in sum.
    """

    start: int
    end: int
    characters: str
    phrase: str
    changed: int
    distance: float


def candidates(text: str, rules: PhraseRules) -> list[Candidate]:
    """The stretches of this text that sound like a phrase the rules watch for, but are not it to the letter."""
    normalised = normalise(text)
    found: dict[tuple[int, int, str], Candidate] = {}
    places = [
        (place.start, place.end, place.phrase)
        for speaker in (Speaker.AGENT, Speaker.CUSTOMER)
        for place in rules.alike(normalised.text, speaker)
    ]
    index = rules.watched_sounds
    places.extend((match.start, match.end, index.phrases[match.phrase]) for match in index.find(normalised.text))
    for begin, stop, phrase in places:
        heard = normalised.text[begin:stop]
        if heard == phrase or len(heard) != len(phrase) or not (heard.isalnum() and phrase.isalnum()):
            continue  # a wording over the end of a sentence is two wordings
        start, end = normalised.original_span(begin, stop)
        pairs = [(said, was) for said, was in zip(phrase, heard, strict=True) if said != was]
        distance = sum(min(syllable_distance(sound_of(said), sound_of(was)), 2.0) for said, was in pairs)
        spelled = list(text[start:end])
        for said, offset in zip(phrase, normalised.offsets[begin:stop], strict=True):
            spelled[offset - start] = said
        found[start, end, phrase] = Candidate(start, end, "".join(spelled), phrase, len(pairs), distance)
    return sorted(found.values(), key=lambda c: (c.distance, c.changed, c.start))[:MOST_A_PIECE]


def probability_of(candidate: Candidate, gain: float) -> float:
    """How likely the phrase was said; ``gain`` is its log probability given the sound less that of what was heard."""
    return 1 / (1 + math.exp(-(INTERCEPT + PER_NAT * gain + PER_CHANGED * candidate.changed)))
