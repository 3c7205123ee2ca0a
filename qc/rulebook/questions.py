"""The shape of ``lexicons/scorecards/questions/*.yaml``: what a card wants asked, and how answers are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self

import regex
from pydantic import Field, model_validator

from qc.domain import Record
from qc.errors import BadRulebook, first_of
from qc.rulebook.advice import about_pattern
from qc.rulebook.exchange import Some, Text, Texts
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.patterns import PatternIndex, alternatives, compiled, refuse_slow
from qc.rulebook.phrases import PhraseRules

if TYPE_CHECKING:
    from pathlib import Path

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class AnswerValue(Record):
    """A value that an answer can have."""

    value: Text
    say: Some
    """Patterns of such answers; of all values the one whose words stand first in the reply counts."""
    plain: Literal["agree", "disagree"] | None = None
    """The value that a plain 对 (agree) or 不是 (disagree) means, where no pattern fits."""


class OnlyIf(Record):
    """What another question's answer must be for this one to need asking."""

    question: Id
    value: Text


class AskedExample(Record):
    """A question by the agent, the customer's reply, and the value to be read from it."""

    ask: Text
    reply: Text
    value: Text | None = None
    """None where the reply answers nothing."""


class Question(Record):
    """A question that the agent should ask, in whatever words."""

    id: Id
    title: Text
    asks: Some
    """Patterns in the agent's words."""
    not_asks: Texts = ()
    """A sentence with one of these does not ask it."""
    asks_no: Texts = ()
    """A sentence with one of these asks it in the negative (还没买吧): a plain 对 then agrees with the no."""
    values: tuple[AnswerValue, ...] = ()
    takes: Literal["cars", "words"] | None = None
    """What the answer is where no value fits: the cars that were named, or the customer's own words."""
    volunteered: Texts = ()
    """Patterns in the customer's words that answer it anywhere in the call, also unasked."""
    only_if: OnlyIf | None = None
    """Where that answer is known to be another one, the question need not be asked."""
    hits: Annotated[tuple[AskedExample, ...], Field(min_length=3)]
    misses: Annotated[Texts, Field(min_length=3)]
    """What an agent says that does not ask it."""

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if not self.values and self.takes is None:
            raise ValueError("a question needs 'values' or 'takes': otherwise nothing answers it")
        known = {each.value for each in self.values}
        if self.takes is None and (wrong := sorted({e.value for e in self.hits if e.value} - known)):
            raise ValueError(f"hits have values that the question does not have: {', '.join(wrong)}")
        return self


class QuestionSet(Record):
    """The questions of a card, and the words they share."""

    title: Text
    words: Mapping[str, Text] = {}
    """Word groups, written ``<name>`` in patterns."""
    agree: Some
    """Patterns of a plain yes, at the beginning of a reply; in replies pauses are kept as ``,``."""
    disagree: Some
    deflects: Some
    """Patterns in a reply that answers nothing."""
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _questions_are_known(self) -> Self:
        ids = [question.id for question in self.questions]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"two questions have the id {twice[0]!r}")
        for question in self.questions:
            if question.only_if and question.only_if.question not in ids:
                raise ValueError(f"only_if of {question.id} names no question: {question.only_if.question!r}")
        return self

    @cached_property
    def asking(self) -> tuple[PatternIndex, tuple[Question, ...]]:
        """All patterns that ask, and for each the question it asks."""
        return self._index((question, question.asks) for question in self.questions)

    @cached_property
    def telling(self) -> tuple[PatternIndex, tuple[Question, ...]]:
        """All patterns that answer unasked, and for each the question it answers."""
        return self._index((question, question.volunteered) for question in self.questions)

    def _index(self, lists: Iterable[tuple[Question, Texts]]) -> tuple[PatternIndex, tuple[Question, ...]]:
        parts = [(part, question) for question, said in lists for p in said for part in alternatives(self.expand(p))]
        return PatternIndex([part for part, _ in parts]), tuple(question for _, question in parts)

    @cached_property
    def _compiled(self) -> dict[Texts, regex.Pattern[str]]:
        return {}

    def any_of(self, patterns: Texts) -> regex.Pattern[str]:
        """One pattern that finds any of these."""
        if patterns not in self._compiled:
            self._compiled[patterns] = compiled("|".join(f"(?:{self.expand(pattern)})" for pattern in patterns))
        return self._compiled[patterns]

    def expand(self, pattern: str) -> str:
        """The pattern with ``<word group>`` replaced and its characters normalised.

        Raises:
            ValueError: if a word group is unknown or the pattern is wrong.
        """
        return self._shared.expand(pattern)

    @cached_property
    def _shared(self) -> PhraseRules:
        return PhraseRules(words=self.words)


def load_questions(path: Path) -> QuestionSet:
    """The questions in this file.

    Raises:
        BadRulebook: naming the file and the field of the first mistake; ``also`` has all others.
    """
    where = f"questions/{path.name}"
    questions = fit(read_yaml(path), QuestionSet, where=where)
    if mistakes := list(_wrong_patterns(questions, where)):
        raise first_of(mistakes)
    return questions


def _wrong_patterns(questions: QuestionSet, where: str) -> Iterable[BadRulebook]:
    lists: list[tuple[str, Texts]] = [(name, getattr(questions, name)) for name in ("agree", "disagree", "deflects")]
    for question in questions.questions:
        said = ("asks", "not_asks", "asks_no", "volunteered")
        lists += [(f"{question.id}:{name}", getattr(question, name)) for name in said]
        lists += [(f"{question.id}:values.{value.value}", value.say) for value in question.values]
    for field, patterns in lists:
        for pattern in patterns:
            try:
                expanded = questions.expand(pattern)
                compiled(expanded)
                refuse_slow(expanded)
            except ValueError as error:
                way_out = about_pattern(str(error))
                yield BadRulebook("bad-rulebook", str(error), where=f"{where}:{field}", way_out=way_out)
