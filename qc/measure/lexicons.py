"""Every mistake in a folder of lexicons at once, for the people who write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qc.domain import Record
from qc.errors import BadRulebook
from qc.phrases import example_is_found
from qc.questions import is_asked, value_read
from qc.rulebook.conduct import load_conduct
from qc.rulebook.grading import load_grading
from qc.rulebook.needs import load_needs, load_vehicles
from qc.rulebook.phrases import Example, MustSay, PhraseRule, PhraseRules, read_phrases
from qc.rulebook.scorecards import load_scorecards
from qc.rulebook.tags import load_tags
from qc.tags import shows_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Mistake(Record):
    """Something to mend in the lexicons: where (``file:rule:field``), what, and the way out in Chinese."""

    where: str
    what: str
    way_out: str = ""


def _mistake(error: BadRulebook) -> Mistake:
    return Mistake(where=error.where, what=error.detail, way_out=error.way_out)


def check_lexicons(folder: Path) -> tuple[Mistake, ...]:
    """All that is wrong in this folder: files that do not fit, hits that are not found, misses that are.

    Where phrase files do not load, their rules' examples are still checked as far as they were read.
    """
    mistakes = [_mistake(error) for error in _unreadable(folder)]
    errors: list[BadRulebook] = []
    rules = read_phrases(folder / "phrases", errors)
    mistakes += [_mistake(error) for error in errors]
    broken = {error.where.split(":")[1] for error in errors if ":" in error.where}
    shared_broken = any(error.where.startswith("_") for error in errors)
    if not shared_broken:
        every: tuple[PhraseRule | MustSay, ...] = (*rules.rules, *rules.must_say)
        for rule in every:
            if rule.id not in broken:
                mistakes += _wrong_examples(rule, rules)
    mistakes += _wrong_answers(folder)
    mistakes += _wrong_tags(folder)
    return tuple(mistakes)


def _unreadable(folder: Path) -> Iterator[BadRulebook]:
    sections: tuple[tuple[Callable[[Path], Any], str], ...] = (
        (load_conduct, "conduct.yaml"),
        (load_scorecards, "scorecards"),
        (load_vehicles, "vehicles.yaml"),
        (load_needs, "needs.yaml"),
        (load_grading, "grading.yaml"),
        (load_tags, "tags.yaml"),
    )
    for load, name in sections:
        try:
            load(folder / name)
        except BadRulebook as error:
            yield from error.all


def _wrong_answers(folder: Path) -> Iterator[Mistake]:
    """Questions of cards that are not heard in their examples, or answered otherwise; none where files do not load."""
    try:
        cards, vehicles = load_scorecards(folder / "scorecards"), load_vehicles(folder / "vehicles.yaml")
    except BadRulebook:
        return  # told by `_unreadable`
    sets = [(card.id, card.questions) for card in cards if card.questions is not None]
    for where, question, questions in [(f"{card}:{q.id}", q, every) for card, every in sets for q in every.questions]:
        for hit in question.hits:
            told = f"「{hit.ask}」→「{hit.reply}」"
            if not is_asked(hit.ask, question, questions):
                way_out = "改 asks 让它认得出，或看看是不是 not_asks 放过了它。"
                yield Mistake(where=f"{where}:hits", what=f"should ask this and does not: {told}", way_out=way_out)
            elif (value := value_read(hit, question, questions, vehicles)) != hit.value:
                way_out = "改 values 里的 say；几个值都像的时候，以话里先出现的为准。"
                what = f"should be answered {hit.value or 'by nothing'} and is {value}: {told}"
                yield Mistake(where=f"{where}:hits", what=what, way_out=way_out)
        for miss in question.misses:
            if is_asked(miss, question, questions):
                way_out = "把 asks 写得更窄，或在 not_asks 里写上让它不算的说法。"
                yield Mistake(where=f"{where}:misses", what=f"does not ask this: 「{miss}」", way_out=way_out)


def _wrong_tags(folder: Path) -> Iterator[Mistake]:
    """Tags that their examples do not show, or that others do; none where the file does not load."""
    try:
        rules = load_tags(folder / "tags.yaml")
    except BadRulebook:
        return  # told by `_unreadable`
    for rule in rules.tags:
        where = f"tags.yaml:{rule.tag}"
        for example in rule.hits:
            if not shows_tag(example, rule, rules):
                way_out = "改 signs 让它认得出，或看看是不是 unless 和 others 放过了它。"
                yield Mistake(where=f"{where}:hits", what=f"does not show the tag: 「{example.text}」", way_out=way_out)
        for example in rule.misses:
            if shows_tag(example, rule, rules):
                way_out = "把 signs 写得更窄，或在 unless 里写上让它不算的说法。"
                yield Mistake(where=f"{where}:misses", what=f"shows the tag: 「{example.text}」", way_out=way_out)


def _wrong_examples(rule: PhraseRule | MustSay, rules: PhraseRules) -> Iterator[Mistake]:
    where = f"{rule.category}.yaml:{rule.id}"

    def said(example: Example) -> str:
        return f"「{example.before}」→「{example.text}」" if example.before else f"「{example.text}」"

    for example in rule.hits:
        if not example_is_found(example, rule, rules):
            way_out = "改 say 让它查得出，或看看是不是 unless 和通用保护放过了它；暂时做不到就移到 known_gaps。"
            yield Mistake(where=f"{where}:hits", what=f"should be found and is not: {said(example)}", way_out=way_out)
    for example in rule.misses:
        if example_is_found(example, rule, rules):
            way_out = "把 say 写得更窄，或在 unless 里写上让它不算的说法。"
            yield Mistake(
                where=f"{where}:misses", what=f"should be left alone and is found: {said(example)}", way_out=way_out
            )
    for example in rule.known_gaps:
        if example_is_found(example, rule, rules):
            yield Mistake(
                where=f"{where}:known_gaps",
                what=f"is found by now, move it to hits: {said(example)}",
                way_out="已经查得出了，请移到 hits。",
            )
