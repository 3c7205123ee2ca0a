"""The shape of ``lexicons/scorecards/*.yaml``: weighted items, what vetoes the whole card (一票否决), for which calls."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import regex
from pydantic import Field, model_validator

from qc.domain import Category, Record, Severity
from qc.errors import BadRulebook
from qc.rulebook.conduct import Figure
from qc.rulebook.exchange import Some, Texts
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.patterns import compiled, normalised_pattern
from qc.rulebook.questions import QuestionSet, load_questions

if TYPE_CHECKING:
    from pathlib import Path

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Points = Annotated[float, Field(gt=0)]


class CardItem(Record):
    """One line of a card: its points are kept while nothing it names is found, or once what it names was asked.

    One of ``absent`` (categories of findings), ``figure`` with ``remarks`` (ids of limits in ``conduct.yaml``) and
    ``asked`` (a question of the card's questions).
    """

    id: Id
    group: Literal["开场", "需求", "产品", "异议", "邀约", "合规", "服务", "购车", "再来", "顾虑"]
    title: str
    points: Points
    each: Points | None = None
    """What one finding or remark costs; all the points where it is left out."""
    absent: tuple[Category, ...] = ()
    figure: Figure | None = None
    remarks: tuple[Id, ...] = ()
    asked: Id | None = None

    @model_validator(mode="after")
    def _one_way_to_decide(self) -> Self:
        if sum(map(bool, (self.absent, self.figure, self.asked))) != 1:
            raise ValueError("an item is decided by 'absent', by 'figure' or by 'asked', by one of them")
        if bool(self.figure) != bool(self.remarks):
            raise ValueError("'figure' and 'remarks' go together")
        return self


class AppliesWhen(Record):
    """By what a call is known to be one for this card."""

    agent_says: Some
    """Patterns in the agent's words at the beginning of the call."""
    unless: Texts = ()
    """Patterns in the agent's words at the beginning by which it is another kind of call."""
    opening_utterances: Annotated[int, Field(ge=1)]
    """How many utterances the beginning has: what a call is about is said there."""
    questions: Annotated[int, Field(ge=1)]
    """So many of the card's questions must be asked too: consultants call 回访 what is an invitation."""
    questions_alone: Annotated[int, Field(ge=1)]
    """So many of them are enough by themselves, whatever the beginning says."""

    @model_validator(mode="after")
    def _patterns_are_sound(self) -> Self:
        for pattern in (*self.agent_says, *self.unless):
            compiled(normalised_pattern(pattern))
        return self

    @cached_property
    def opening(self) -> regex.Pattern[str]:
        """Finds any of ``agent_says``."""
        return _any_of(self.agent_says)

    @cached_property
    def another(self) -> regex.Pattern[str] | None:
        """Finds any of ``unless``."""
        return _any_of(self.unless) if self.unless else None


def _any_of(patterns: Texts) -> regex.Pattern[str]:
    return compiled("|".join(f"(?:{normalised_pattern(pattern)})" for pattern in patterns))


class ScorecardRules(Record):
    """A card."""

    id: Id
    title: str
    veto_severities: tuple[Severity, ...]
    """A finding of one of these makes the points 0."""
    questions: QuestionSet | None = None
    """What must be asked; the file names it, ``questions/<name>.yaml`` holds it."""
    applies_when: AppliesWhen | None = None
    """None for the card of every call that no other card is for."""
    items: Annotated[tuple[CardItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ValueError(f"two items have the id {item.id!r}")
            seen.add(item.id)
        return self

    @model_validator(mode="after")
    def _asks_what_there_is(self) -> Self:
        known = {question.id for question in self.questions.questions} if self.questions else set()
        for item in self.items:
            if item.asked is not None and item.asked not in known:
                raise ValueError(f"item {item.id}: there is no question {item.asked!r}")
        if self.applies_when is not None and self.questions is None:
            raise ValueError("'applies_when' counts questions: the card needs 'questions'")
        return self

    @cached_property
    def version(self) -> str:
        """A hash of the card's content and its questions'; notes and spaces in the files do not change it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def max_points(self) -> float:
        """The sum of the items' points."""
        return sum(item.points for item in self.items)


def load_scorecards(folder: Path) -> tuple[ScorecardRules, ...]:
    """The cards in this folder, in order of their file names.

    Raises:
        BadRulebook: naming the file and the field that does not fit, or two cards with one id.
    """
    cards: dict[str, ScorecardRules] = {}
    for path in sorted(folder.glob("*.yaml")):
        card = fit(_with_questions(read_yaml(path), path), ScorecardRules, where=path.name)
        if card.id in cards:
            raise BadRulebook("bad-rulebook", f"another card has the id {card.id!r}", where=f"{path.name}:id")
        cards[card.id] = card
    return tuple(cards.values())


def _with_questions(content: Any, path: Path) -> Any:
    """The card's content with the questions in place of their name."""
    name = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(name, str):
        return content
    return {**content, "questions": load_questions(path.parent / "questions" / f"{name}.yaml")}
