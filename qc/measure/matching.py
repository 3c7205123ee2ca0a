"""What a second listen adds: labelled words found letter for letter, by their sound, and by asking the sound again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qc.domain import Record
from qc.measure.curve import Point
from qc.measure.scoring import Tally, score_findings
from qc.phrases import LISTEN_ACCEPTED, find_phrases
from qc.rulebook.phrases import PhraseRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.domain import Transcript, Utterance
    from qc.measure.annotated import AnnotatedCall, TimedTurn
    from qc.measure.show import Rows, Titled

THRESHOLDS: Final = tuple(step / 20 for step in range(1, 20))
"""Probabilities from which a second listen is tried as proof."""


class Matching(Record):
    """The labelled findings of some recordings, agent's and customer's, by how their words were looked for.

    ``heard`` is exact matching on what the recogniser wrote, ``exact`` the same after homophones were respelled,
    ``sound`` adds the rules' phrases by pinyin alone, ``listened`` has every such phrase, and many more, checked
    against the sound. ``thresholds`` is ``listened`` with other probabilities taken as proof.
    """

    bare: Tally | None = None
    """Exact matching on what bare faster-whisper wrote, told who speaks; where it was heard too."""
    heard: Tally = Tally()
    exact: Tally = Tally()
    sound: Tally = Tally()
    listened: Tally = Tally()
    thresholds: tuple[Tally, ...] = (Tally(),) * len(THRESHOLDS)

    def __add__(self, other: Matching) -> Matching:
        return Matching(
            bare=other.bare if self.bare is None else self.bare + (other.bare or Tally()),
            heard=self.heard + other.heard,
            exact=self.exact + other.exact,
            sound=self.sound + other.sound,
            listened=self.listened + other.listened,
            thresholds=tuple(a + b for a, b in zip(self.thresholds, other.thresholds, strict=True)),
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        ways = (
            *([("bare faster-whisper, letter for letter", self.bare)] if self.bare else []),
            ("as heard, letter for letter", self.heard),
            ("homophones respelled, letter for letter", self.exact),
            ("and phrases by their sound alone", self.sound),
            ("and phrases listened to again", self.listened),
        )
        rows: Rows = [
            (name, f"{tally.precision:.3f}", f"{tally.recall:.3f}", str(tally.tp), str(tally.fp), str(tally.fn))
            for name, tally in ways
        ]
        return [("Labelled words found", ("", "precision", "recall", "right", "false", "missed"), rows)]

    def points(self) -> list[Point]:
        """Precision and recall by the probability that a second listen must have, the highest first."""
        return [
            Point(probability, tally.precision, tally.recall)
            for probability, tally in reversed(list(zip(THRESHOLDS, self.thresholds, strict=True)))
        ]


def to_the_letter(rules: PhraseRules) -> PhraseRules:
    """These rules without the phrases that are looked for by their sound."""
    return rules.model_copy(
        update={"rules": tuple(rule.model_copy(update={"sounds_like": ()}) for rule in rules.rules)}
    )


def measure_matching(
    call: AnnotatedCall,
    transcript: Transcript,
    times: Sequence[TimedTurn],
    rules: PhraseRules,
    letters: PhraseRules,
    bare: Sequence[Utterance] | None = None,
) -> Matching:
    """How the labelled findings of this recording are found, each way; ``letters`` is `to_the_letter` of the rules."""
    plain = transcript.model_copy(update={"listens": ()})
    unchanged = plain.model_copy(
        update={
            "utterances": tuple(
                utterance.model_copy(update={"text": utterance.original_text or utterance.text})
                for utterance in plain.utterances
            )
        }
    )

    def found(heard: Transcript, by: PhraseRules) -> Tally:
        return sum(score_findings(call, heard, find_phrases(heard, by), times).values(), Tally())

    return Matching(
        bare=None if bare is None else found(plain.model_copy(update={"utterances": tuple(bare)}), letters),
        heard=found(unchanged, letters),
        exact=found(plain, letters),
        sound=found(plain, rules),
        listened=found(transcript, rules),
        thresholds=tuple(found(_accepting(transcript, least), rules) for least in THRESHOLDS),
    )


def _accepting(transcript: Transcript, least: float) -> Transcript:
    """The transcript with its second listens moved to either side of what judging accepts."""
    moved = (
        listen.model_copy(update={"probability": max(listen.probability, LISTEN_ACCEPTED) if said else 0.0})
        for listen in transcript.listens
        for said in [listen.probability >= least]
    )
    return transcript.model_copy(update={"listens": tuple(moved)})
