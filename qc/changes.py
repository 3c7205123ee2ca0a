"""What differs between two inspections of the same transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from qc.domain import Finding, Inspection, Letter, Memo, Record


class Changes(Record):
    """What a newer inspection says that an older one did not, and the other way round."""

    findings_new: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()
    grade_before: Letter
    grade_after: Letter
    memo_fields: tuple[str, ...] = ()
    """Names of the memo's fields whose value changed, in reading order."""
    tags_new: Annotated[tuple[str, ...], Field(exclude_if=lambda tags: not tags)] = ()
    tags_gone: Annotated[tuple[str, ...], Field(exclude_if=lambda tags: not tags)] = ()

    @property
    def any(self) -> bool:
        """Whether a reader would notice a difference."""
        changed = (self.findings_new, self.findings_gone, self.memo_fields, self.tags_new, self.tags_gone)
        return any(changed) or self.grade_before != self.grade_after


def compare_inspections(old: Inspection, new: Inspection) -> Changes:
    """What changed from ``old`` to ``new``; findings are the same if rule and quoted places are the same."""
    new_findings, gone = compare_findings(old.findings, new.findings)
    before, after = ([tag.tag for tag in inspection.tags] for inspection in (old, new))
    return Changes(
        findings_new=new_findings,
        findings_gone=gone,
        grade_before=old.grade.letter,
        grade_after=new.grade.letter,
        tags_new=tuple(tag for tag in after if tag not in before),
        tags_gone=tuple(tag for tag in before if tag not in after),
        memo_fields=tuple(name for name in Memo.fields() if getattr(old.memo, name) != getattr(new.memo, name)),
    )


def compare_findings(old: Sequence[Finding], new: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that are only in ``new``, and those that are only in ``old``."""
    before = {_identity(finding) for finding in old}
    after = {_identity(finding) for finding in new}
    return (
        tuple(finding for finding in new if _identity(finding) not in before),
        tuple(finding for finding in old if _identity(finding) not in after),
    )


def _identity(finding: Finding) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """A changed severity or probability is the same finding; other words are another one."""
    return finding.rule_id, tuple((place.utterance, place.start, place.end) for place in finding.evidence)
