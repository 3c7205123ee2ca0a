"""The shape of ``lexicons/tags.yaml``: what kind of customer this is, by the customer's own words and the memo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from qc.domain import Memo, Record
from qc.literals import Prefilter
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.needed import needed_literals
from qc.rulebook.needs import Body, Energy, Pattern

Name = Annotated[str, Field(min_length=1, max_length=20)]


class WantedCars(Record):
    """A kind of car: one of these energies, one of these bodies; what is left out does not matter."""

    energy: tuple[Energy, ...] = ()
    """能源"""
    class_: Annotated[tuple[Body, ...], Field(alias="class")] = ()
    """车身"""


class TagSign(Record):
    """One thing that shows a tag; all that it names must hold at once."""

    say: tuple[Pattern, ...] = ()
    """客户的话符合其中一条"""
    before: Pattern | None = None
    """顾问紧挨着的上一句要符合"""
    agreed: bool = False
    """顾问的上一句符合 before、客户答“对”就算"""
    also: tuple[Pattern, ...] = ()
    """客户在这通电话的别处也要说过其中一条"""
    unless: tuple[Pattern, ...] = ()
    """同一句里出现其中一条就不算；agreed 看的是顾问那一句"""
    about_others: bool = False
    """说到别人也算，不看 others"""
    memo: Mapping[str, re.Pattern[str]] = {}
    """备忘的字段符合；几项之间用、隔开"""
    cars: WantedCars | None = None
    """备忘的意向车型里有一款是这样的"""

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if not (self.say or self.agreed or self.memo or self.cars):
            raise ValueError("a sign needs one of say, agreed, memo, cars")
        if self.agreed and (self.before is None or self.say):
            raise ValueError("agreed needs the question in before, and no say")
        if self.before is not None and not (self.say or self.agreed):
            raise ValueError("before needs say or agreed")
        unknown = [name for name in self.memo if name not in Memo.fields()]
        if unknown:
            raise ValueError(f"there is no field {', '.join(unknown)} of the memo; there is {', '.join(Memo.fields())}")
        return self


class TagExample(Record):
    """Words of a customer, the agent's line before them, and what the memo of their call has."""

    text: Annotated[str, Field(min_length=1)]
    before: str | None = None
    memo: Mapping[str, str] = {}


def _example(content: Any) -> Any:
    return {"text": content} if isinstance(content, str) else content


Examples = tuple[Annotated[TagExample, BeforeValidator(_example, json_schema_input_type=str | TagExample)], ...]


class TagRule(Record):
    """One tag and what shows it."""

    tag: Name
    """标签"""
    kind: Name | None = None
    """同一种的标签互相排斥"""
    signs: tuple[TagSign, ...] = ()
    """其中一条成立就有这个标签"""
    together: tuple[Name, ...] = ()
    """这些标签都有才有它"""
    hits: Examples = ()
    """要贴上这个标签的话"""
    misses: Examples = ()
    """很像、但不能贴的话"""

    @model_validator(mode="after")
    def _is_shown_by_something(self) -> Self:
        if bool(self.signs) == bool(self.together):
            raise ValueError("give either signs or together")
        if any(sign.say or sign.agreed for sign in self.signs) and not (self.hits and self.misses):
            raise ValueError("a tag that is told by words needs hits and misses")
        return self


class TagRules(Record):
    """All tags, in the order in which they are told."""

    others: Pattern
    """What before the words, in the same clause, makes them about somebody else."""
    tags: tuple[TagRule, ...]

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [rule.tag for rule in self.tags]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"tags stand twice: {', '.join(twice)}")
        for number, rule in enumerate(self.tags):
            unknown = [name for name in rule.together if name not in names[:number]]
            if unknown:
                raise ValueError(f"{rule.tag}: together names {', '.join(unknown)}, which does not stand before it")
        return self

    @cached_property
    def words(self) -> tuple[tuple[tuple[int, int], Pattern], ...]:
        """Every pattern of the customer's words with the numbers of its tag and of its sign there."""
        return tuple(
            ((number, place), pattern)
            for number, rule in enumerate(self.tags)
            for place, sign in enumerate(rule.signs)
            for pattern in sign.say
        )

    @cached_property
    def prefilter(self) -> Prefilter:
        """Tells which of `words` are worth a try on a text."""
        return Prefilter([needed_literals(pattern.pattern, multiline=True) for _, pattern in self.words])


def load_tags(path: Path) -> TagRules:
    """The tags in this file.

    Raises:
        BadRulebook: naming file and field of the first mistake.
    """
    return fit(read_yaml(path), TagRules, where=path.name)


def tags_file_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for completion in editors; ``lexicons/tags.schema.json`` is this."""
    schema = TypeAdapter(TagRules).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "lexicons/tags.yaml"}
