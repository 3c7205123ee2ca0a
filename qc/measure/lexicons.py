"""Every mistake in a folder of lexicons at once, for the people who write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.domain import Record
from qc.errors import BadRulebook
from qc.phrases import example_is_found
from qc.rulebook.conduct import load_conduct
from qc.rulebook.grading import load_grading
from qc.rulebook.needs import load_needs, load_vehicles
from qc.rulebook.phrases import Example, MustSay, PhraseRule, PhraseRules, read_phrases
from qc.rulebook.scorecards import load_scorecards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Mistake(Record):
    """Something to mend in the lexicons: where (``file:rule:field``) and what."""

    where: str
    what: str


def check_lexicons(folder: Path) -> tuple[Mistake, ...]:
    """All that is wrong in this folder: files that do not fit, hits that are not found, misses that are.

    Where phrase files do not load, their rules' examples are still checked as far as they were read.
    """
    mistakes = [Mistake(where=error.where, what=error.detail) for error in _unreadable(folder)]
    errors: list[BadRulebook] = []
    rules = read_phrases(folder / "phrases", errors)
    mistakes += [Mistake(where=error.where, what=error.detail) for error in errors]
    broken = {error.where.split(":")[1] for error in errors if ":" in error.where}
    shared_broken = any(error.where.startswith("_") for error in errors)
    if not shared_broken:
        every: tuple[PhraseRule | MustSay, ...] = (*rules.rules, *rules.must_say)
        for rule in every:
            if rule.id not in broken:
                mistakes += _wrong_examples(rule, rules)
    return tuple(mistakes)


def _unreadable(folder: Path) -> Iterator[BadRulebook]:
    sections: tuple[tuple[Callable[[Path], Any], str], ...] = (
        (load_conduct, "conduct.yaml"),
        (load_scorecards, "scorecards"),
        (load_vehicles, "vehicles.yaml"),
        (load_needs, "needs.yaml"),
        (load_grading, "grading.yaml"),
    )
    for load, name in sections:
        try:
            load(folder / name)
        except BadRulebook as error:
            yield error


def _wrong_examples(rule: PhraseRule | MustSay, rules: PhraseRules) -> Iterator[Mistake]:
    where = f"{rule.category}.yaml:{rule.id}"

    def said(example: Example) -> str:
        return f"「{example.before}」→「{example.text}」" if example.before else f"「{example.text}」"

    for example in rule.hits:
        if not example_is_found(example, rule, rules):
            yield Mistake(where=f"{where}:hits", what=f"should be found and is not: {said(example)}")
    for example in rule.misses:
        if example_is_found(example, rule, rules):
            yield Mistake(where=f"{where}:misses", what=f"should be left alone and is found: {said(example)}")
    for example in rule.known_gaps:
        if example_is_found(example, rule, rules):
            yield Mistake(where=f"{where}:known_gaps", what=f"is found by now, move it to hits: {said(example)}")
