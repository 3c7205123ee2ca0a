"""Every example in the lexicons is a test of its own, named by file and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qc.domain import Category
from qc.phrases import example_is_found
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import Example, MustSay, PhraseRule, load_phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = load_phrases(SHIPPED / "phrases")
EVERY: tuple[PhraseRule | MustSay, ...] = (*RULES.rules, *RULES.must_say)


def _cases(kind: str) -> Iterator[pytest.ParameterSet]:
    marks = [pytest.mark.xfail(strict=True, reason="found by now: move it to hits")] if kind == "known_gaps" else []
    for rule in EVERY:
        examples: tuple[Example, ...] = getattr(rule, kind)
        for number, example in enumerate(examples):
            yield pytest.param(rule, example, id=f"{rule.category}.yaml:{rule.id}:{number}", marks=marks)


@pytest.mark.parametrize(("rule", "example"), list(_cases("hits")))
def test_a_hit_is_found(rule: PhraseRule | MustSay, example: Example) -> None:
    assert example_is_found(example, rule, RULES)


@pytest.mark.parametrize(("rule", "example"), list(_cases("misses")))
def test_a_miss_is_left_alone(rule: PhraseRule | MustSay, example: Example) -> None:
    assert not example_is_found(example, rule, RULES)


@pytest.mark.parametrize(("rule", "example"), list(_cases("known_gaps")))
def test_a_known_gap_is_still_one(rule: PhraseRule | MustSay, example: Example) -> None:
    assert example_is_found(example, rule, RULES)


@pytest.mark.parametrize("category", Category)
def test_every_category_has_rules(category: Category) -> None:
    stable = [rule for rule in EVERY if rule.category is category and rule.status != "retired"]
    assert stable


def test_a_rule_is_found_by_its_sound_where_characters_are_misheard() -> None:
    rule = next(rule for rule in RULES.rules if rule.id == "avoid-recording")
    assert example_is_found(Example(text="你夹我司人威信说吧"), rule, RULES)
