"""Where in the exchange a rule's words count: in which part of the call, after what, and in answer to what."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from qc.domain import Record

Text = Annotated[str, Field(min_length=1)]
Texts = tuple[Text, ...]
Some = Annotated[Texts, Field(min_length=1)]


class Position(Record):
    """The part of the call in which a rule's words count."""

    first_seconds: Annotated[int, Field(ge=1)] | None = Field(default=None, description="通话开头多少秒之内")
    last_seconds: Annotated[int, Field(ge=1)] | None = Field(default=None, description="通话结尾多少秒之内")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.first_seconds is None) == (self.last_seconds is None):
            raise ValueError("give either first_seconds or last_seconds")
        return self

    def holds(self, start_ms: int, end_ms: int, duration_ms: int) -> bool:
        """Whether words spoken then lie in it, in part at least."""
        if self.first_seconds is not None:
            return start_ms < self.first_seconds * 1000
        return end_ms > duration_ms - (self.last_seconds or 0) * 1000


class After(Record):
    """What must have been found before a rule's words count."""

    found: Annotated[frozenset[Text], Field(min_length=1, description="规则编号或类别，之前查出过其中一条")]
    within_turns: Annotated[int, Field(ge=1, description="最多隔几轮；双方各说一次是两轮")]


class Answers(Record):
    """How people answer: ``phrases/_answers.yaml``, shared by all rules with ``assent_to``."""

    backchannels: Some
    """Words that only say "I am listening"; an utterance of nothing else does not interrupt what the other says."""
    backchannel_max_characters: Annotated[int, Field(ge=1)]
    agree: Some
    """Patterns at the beginning of a reply that agrees; here pauses within a sentence are kept as ``,``."""
    agree_to_no: Some
    """The same where the wish itself was negative: 不走公司账行吗, 不用走."""
    refuse: Some
    """Anywhere in a reply: it refuses, asks back, or leads somewhere else."""
    not_asked: Some
    """Around the words of the wish, as in ``unless``: the other party does not wish for it."""
