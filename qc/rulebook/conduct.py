"""The shape of ``lexicons/conduct.yaml``: how conduct is measured, and which figures are worth a remark."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from qc.domain import Conduct, Record, Severity
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.needed import WorthATry

if TYPE_CHECKING:
    from pathlib import Path

Words = Annotated[tuple[str, ...], Field(min_length=1)]
PositiveMs = Annotated[int, Field(gt=0)]


class Figure(StrEnum):
    """A figure of `Conduct` that a limit can be set on. Times are in milliseconds, pace in characters a minute."""

    TALK_SHARE = "talk-share"
    LONGEST_MONOLOGUE = "longest-monologue"
    INTERRUPTIONS = "interruptions"
    DEAD_AIR = "dead-air"
    PACE = "pace"
    RESPONSE_DELAY = "response-delay"
    QUESTIONS = "questions"
    OPEN_QUESTIONS = "open-questions"
    UNANSWERED = "unanswered"
    PICKUP = "pickup"
    HANGUP = "hangup"
    LOUDNESS = "loudness"
    CLIPPING = "clipping"

    def of(self, conduct: Conduct) -> float | None:
        """The agent's figure in this conduct, the whole call's for dead air; None where it was not measured.

        Loudness and clipping are the agent's own or, of a mixed recording, those of both parties.
        """
        longest, pickup, hangup = conduct.longest_monologue, conduct.pickup, conduct.hangup
        level = (conduct.sound.agent or conduct.sound.both) if conduct.sound else None
        agent_known = conduct.talk_share.agent is not None
        return {
            Figure.TALK_SHARE: conduct.talk_share.agent,
            Figure.LONGEST_MONOLOGUE: longest.end_ms - longest.start_ms if longest else None,
            Figure.INTERRUPTIONS: len(conduct.interruptions["agent"]) if "agent" in conduct.interruptions else None,
            Figure.DEAD_AIR: conduct.dead_air_ms,
            Figure.PACE: conduct.pace.agent,
            Figure.RESPONSE_DELAY: conduct.response_delay_ms,
            # A count of 0 says nothing where nobody knows which party is the agent.
            Figure.QUESTIONS: conduct.agent_questions if agent_known else None,
            Figure.OPEN_QUESTIONS: conduct.open_questions,
            Figure.UNANSWERED: None if conduct.unanswered is None else len(conduct.unanswered),
            Figure.PICKUP: pickup.end_ms - pickup.start_ms if pickup else None,
            Figure.HANGUP: hangup.end_ms - hangup.start_ms if hangup else None,
            Figure.LOUDNESS: level.dbfs if level else None,
            Figure.CLIPPING: level.clipped if level else None,
        }[self]


class InterruptionMeasure(Record):
    """When an overlap is an interruption (抢话)."""

    other_speaking_ms: PositiveMs
    """The other party must have been speaking for so long."""
    overlap_ms: PositiveMs
    """Both must have been speaking for so long."""
    min_characters: Annotated[int, Field(ge=1)]
    """The interrupting words must be so many characters."""


class QuestionMarkers(Record):
    """What makes a clause a question where the recogniser wrote no question mark; patterns on the clause's text."""

    endings: Words
    words: Words
    open: Words
    """Patterns of the words that ask for more than yes or no."""
    unless: Words
    """Uses of the question words that ask nothing (没什么, 这几天); taken out before looking."""

    @model_validator(mode="after")
    def _patterns_compile(self) -> Self:
        for pattern in (*self.endings, *self.words, *self.open, *self.unless):
            _compiles(pattern)
        return self

    @cached_property
    def asking(self) -> WorthATry:
        """The question words and endings."""
        return WorthATry((*self.endings, *self.words))

    @cached_property
    def asking_openly(self) -> WorthATry:
        """The words that ask for more than yes or no."""
        return WorthATry(self.open)

    @cached_property
    def idle(self) -> WorthATry:
        """The uses that ask nothing."""
        return WorthATry(self.unless)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern {pattern!r} is not a regular expression: {error}") from error
    return pattern


def _has_places(text: str) -> str:
    if "{value}" not in text or "{limit}" not in text:
        raise ValueError("the reason must contain {value} and {limit}")
    return text


Patterns = Annotated[tuple[Annotated[str, AfterValidator(_compiles)], ...], Field(min_length=1)]
"""Patterns on a text without its punctuation."""


class HoldMeasure(Record):
    """When a silence is a hold that the agent announced, and no dead air."""

    says: Patterns
    """What the agent says before it."""
    max_ms: PositiveMs
    """A longer silence is dead air, announced or not."""
    within_utterances: Annotated[int, Field(ge=1)]
    """The announcement is among so many utterances before the silence: the customer may have said 好 in between."""

    @cached_property
    def announcing(self) -> WorthATry:
        """What the agent says before it."""
        return WorthATry(self.says)


class AnswerMeasure(Record):
    """When a question of the customer's counts as unanswered."""

    agent_turns: Annotated[int, Field(ge=1)]
    """So many of the agent's next turns may answer it."""
    min_characters: Annotated[int, Field(ge=1)]
    """Shorter questions ask nothing that one could miss (啊, 是吗)."""
    asked_again: Annotated[float, Field(gt=0, le=1)]
    """So alike (Dice coefficient of character pairs) two questions are the same one, asked again."""
    asks_nothing: Patterns
    """Questions that wait for no answer."""

    @cached_property
    def idle(self) -> WorthATry:
        """Questions that wait for no answer."""
        return WorthATry(self.asks_nothing)


class Limit(Record):
    """A limit on a figure; a call outside it gets a remark. ``above`` or ``below``, not both."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    figure: Figure
    above: float | None = None
    below: float | None = None
    severity: Severity
    from_utterances: Annotated[int, Field(ge=1)] = 1
    """Shorter conversations are not judged by this limit."""
    reason: Annotated[str, AfterValidator(_has_places)]
    """Chinese, for the reader; ``{value}`` and ``{limit}`` stand for the two figures."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("a limit has either 'above' or 'below'")
        return self

    @property
    def bound(self) -> float:
        """The figure that is just still allowed."""
        bound = self.above if self.above is not None else self.below
        assert bound is not None  # noqa: S101 - checked on the way in
        return bound

    def is_passed_by(self, value: float) -> bool:
        """Whether this value is outside the limit."""
        return value > self.bound if self.above is not None else value < self.bound


class ConductLimits(Record):
    """How conduct is measured, and its limits."""

    backchannels: Words
    """Words that only say "I am listening"; an utterance made of nothing else neither ends a monologue nor cuts in."""
    backchannel_max_characters: Annotated[int, Field(ge=1)]
    same_breath_ms: PositiveMs
    """Utterances of one party closer than this are one stretch of speech: recognisers cut at short pauses."""
    max_unknown_share: Annotated[float, Field(ge=0, le=1)]
    """Where more of the speech than this has no known speaker, figures by party are not given."""
    pace_min_characters: Annotated[int, Field(ge=1)]
    """No pace is given for a party that said less than this."""
    dead_air_ms: PositiveMs
    """A silence of both parties longer than this is dead air."""
    interruption: InterruptionMeasure
    questions: QuestionMarkers
    hold: HoldMeasure
    answers: AnswerMeasure
    farewells: Patterns
    """Last words after which a call may end."""
    limits: tuple[Limit, ...]

    @cached_property
    def listening(self) -> re.Pattern[str]:
        """Matches a text, without punctuation, that is made of backchannels."""
        return re.compile(f"(?:{'|'.join(map(re.escape, self.backchannels))})+")

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for limit in self.limits:
            if limit.id in seen:
                raise ValueError(f"two limits have the id {limit.id!r}")
            seen.add(limit.id)
        return self


def load_conduct(path: Path) -> ConductLimits:
    """The limits in this file.

    Raises:
        BadRulebook: naming the file and the field that does not fit.
    """
    return fit(read_yaml(path), ConductLimits, where=path.name)
