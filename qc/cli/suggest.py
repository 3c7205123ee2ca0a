"""``qc lexicons suggest`` and ``qc lexicons noisy``: what reviewers' verdicts say about the rules."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from qc.cli.stored import open_database
from qc.cli.text_report import clock
from qc.cli.verdict_text import REASONS, STATUSES, print_precision
from qc.domain import Category
from qc.precision import MIN_VERDICTS, NOISY_BELOW
from qc.review import Status
from qc.rulebook import Rulebook, load_rulebook
from qc.store.precision import read_precision
from qc.store.settings import Settings
from qc.store.trails import each_trail
from qc.store.transcripts import get_transcript
from qc.suggestions import Suggestion, suggestions_of, without_contradictions
from qc.text import normalise


class Form(StrEnum):
    """How suggestions are printed."""

    YAML = "yaml"
    JSONL = "jsonl"


def suggest(
    output: Annotated[
        Form, typer.Option("--format", help="yaml to paste into phrases/, jsonl for `qc train findings --verdicts`.")
    ] = Form.YAML,
) -> None:
    """List what verdicts teach: dismissed flags as candidate misses, added ones as candidate hits.

    Yaml leaves out what the rules have as an example already. Jsonl has confirmed findings too, and leaves out what
    was dismissed for another reason than its words (misheard, wrong speaker, not applicable, permitted).
    """
    settings = Settings.read()
    database = open_database(settings)
    found: list[Suggestion] = []
    with database.reading() as session:
        for trail in each_trail(session):
            transcript = get_transcript(session, trail.verdicts[0].transcript_id).transcript
            found += suggestions_of(trail, transcript)
    suggestions = without_contradictions(found)
    if output is Form.JSONL:
        for labelled in dict.fromkeys(one.line for one in suggestions if one.is_by_the_words):
            sys.stdout.write(labelled.model_dump_json() + "\n")
        return
    wanted = [one for one in suggestions if one.status is not Status.CONFIRMED]
    rulebook = load_rulebook(settings.lexicons)
    hits, misses = _examples(rulebook)
    new = [one for one in wanted if _key(one) not in (hits if one.line.label else misses)]
    for line in _as_yaml(new, rulebook):
        sys.stdout.write(line + "\n")
    dismissed = sum(not one.line.label for one in new)
    Console(stderr=True).print(
        f"{dismissed} candidate misses, {len(new) - dismissed} candidate hits; {len(wanted) - len(new)} are examples already",
        highlight=False,
    )


def noisy(
    min_verdicts: Annotated[int, typer.Option(min=1, help="So many judged findings are enough.")] = MIN_VERDICTS,
    below: Annotated[float, typer.Option(min=0, max=1, help="A precision below this is noisy.")] = NOISY_BELOW,
    since: Annotated[datetime | None, typer.Option(help="Only findings judged last at or after this time.")] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every rule with a verdict, not the noisy ones only.")
    ] = False,
) -> None:
    """List rules that reviewers dismiss too often, with a 95 % interval; the least precise first."""
    settings = Settings.read()
    database = open_database(settings)
    with database.reading() as session:
        rules = read_precision(session, since=since.replace(tzinfo=settings.zone) if since else None)
    shown = [rule for rule in rules if everything or rule.is_noisy(min_verdicts=min_verdicts, below=below)]
    console = Console()
    if shown:
        print_precision(console, shown)
    console.print(
        f"{len(rules)} rules have verdicts, {sum(rule.is_noisy(min_verdicts=min_verdicts, below=below) for rule in rules)}"
        f" are noisy: {min_verdicts} or more judged and precision below {below:.0%}",
        highlight=False,
    )


def _examples(rulebook: Rulebook) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The hits of each category and the misses of each rule, in matching form."""
    rules = rulebook.phrases.rules
    hits = {
        (str(rule.category), normalise(example.text).text)
        for rule in rules
        for example in (*rule.hits, *rule.known_gaps)
    }
    misses = {(rule.id, normalise(example.text).text) for rule in rules for example in rule.misses}
    return hits, misses


def _key(suggestion: Suggestion) -> tuple[str, str]:
    line = suggestion.line
    return line.category if line.label else suggestion.rule_id or "", normalise(line.text).text


def _as_yaml(suggestions: Iterable[Suggestion], rulebook: Rulebook) -> Iterator[str]:
    misses: defaultdict[tuple[Category, str], list[Suggestion]] = defaultdict(list)
    hits: defaultdict[Category, list[Suggestion]] = defaultdict(list)
    for one in suggestions:
        if one.line.label:
            hits[one.line.category].append(one)
        else:
            misses[one.line.category, one.rule_id or ""].append(one)
    known = {rule.id for rule in rulebook.phrases.rules}
    yield "# 词库候选，由质检结论得来。请逐句核对，去掉姓名、电话，再抄进 phrases/ 里对应的规则。"
    for (category, rule_id), ones in sorted(misses.items()):
        yield f"# phrases/{category}.yaml"
        if rule_id in known:
            yield f"- id: {rule_id}"
        else:
            yield f"# 词库里没有规则 {rule_id or '（人工补充后又被驳回）'}：学习模型提出的，或已经删掉的"
            yield f"- category: {category}"
        yield "  misses:"
        for one in ones:
            yield from _example(one)
    for category, ones in sorted(hits.items()):
        yield f"# phrases/{category}.yaml：机器没有查出，请看哪条规则该查出，或者新写一条"
        yield f"- category: {category}"
        yield "  hits:"
        for one in ones:
            yield from _example(one)


def _example(one: Suggestion) -> Iterator[str]:
    judged = REASONS[one.reason] if one.reason else STATUSES[one.status][0]
    words = f"：{' '.join(one.comment.split())}" if one.comment else ""
    yield f"    # {one.recording_id} {clock(one.start_ms)} {one.by} {one.at:%Y-%m-%d} {judged}{words}"
    example: Any = {"before": one.line.before, "text": one.line.text} if one.line.before else one.line.text
    flow = isinstance(example, dict)
    written = yaml.safe_dump(
        [example], allow_unicode=True, sort_keys=False, width=float("inf"), default_flow_style=None if flow else False
    ).strip()
    yield f"    {written}" if one.is_by_the_words else f"    # 问题不在这句话，一般不收：{written}"
