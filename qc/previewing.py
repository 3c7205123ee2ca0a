"""What a changed rulebook would find in calls that the present one has judged: before it becomes the present one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from qc.changes import compare_findings
from qc.domain import Finding, Record, Transcript
from qc.doubt import renumber, without_doubted
from qc.phrases import find_omissions, find_phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.judgement import Model
    from qc.rulebook.phrases import PhraseRules


class CallPreview(Record):
    """One call in which something would change."""

    call: str
    """A file or an id."""
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]


class RuleCount(Record):
    """How often a rule would newly fire, and how often it would stop."""

    rule_id: str
    new: int
    gone: int


class Preview(Record):
    """What would change."""

    looked_at: int
    changed: tuple[CallPreview, ...]
    rules: tuple[RuleCount, ...]
    """The rules of the changed findings, the most changed first."""


def preview(
    calls: Iterable[tuple[str, Transcript]], present: PhraseRules, changed: PhraseRules, model: Model | None
) -> Preview:
    """What ``changed`` would find in these calls that ``present`` does not, and the other way round.

    Findings are the same if rule and quoted places are. Doubted utterances count as silence, as in judging; places are
    those of the whole transcript.
    """
    looked_at = 0
    previews: list[CallPreview] = []
    for name, transcript in calls:
        looked_at += 1
        said, places = without_doubted(transcript)
        new, gone = compare_findings(_findings(said, present, model), _findings(said, changed, model))
        if new or gone:
            previews.append(renumber(CallPreview(call=name, new=new, gone=gone), places))
    new_by = Counter(finding.rule_id for call in previews for finding in call.new)
    gone_by = Counter(finding.rule_id for call in previews for finding in call.gone)
    ids = sorted(new_by.keys() | gone_by.keys(), key=lambda rule: (-new_by[rule] - gone_by[rule], rule))
    rules = tuple(RuleCount(rule_id=rule, new=new_by[rule], gone=gone_by[rule]) for rule in ids)
    return Preview(looked_at=looked_at, changed=tuple(previews), rules=rules)


def _findings(said: Transcript, rules: PhraseRules, model: Model | None) -> tuple[Finding, ...]:
    """What rules and model find; must-say lines also where an inspection leaves them out, for what grade or memo say."""
    by_rules = find_phrases(said, rules)
    found = by_rules if model is None else model.judge(said, by_rules, once=rules.reported_once)
    return found + find_omissions(said, rules, by_rules)
