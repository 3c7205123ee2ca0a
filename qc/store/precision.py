"""Precision of each rule, counted from the verdicts."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Category
from qc.precision import RulePrecision
from qc.review import STATUS_OF, AppealOutcome, DismissReason, Status, VerdictKind
from qc.store.tables import AppealRow, DecisionRow, VerdictRow

DECIDED: Final = {AppealOutcome.DISMISS: Status.DISMISSED, AppealOutcome.RECATEGORISE: Status.RECATEGORISED}


def read_precision(session: Session, *, since: datetime | None = None) -> tuple[RulePrecision, ...]:
    """The rules that there are verdicts about, the least precise first.

    ``since`` leaves out findings that were judged last before then: a rule that was mended is measured anew.
    """
    # Columns instead of trails: this reads every verdict there is, and the findings are the bulk of them.
    rows = session.execute(
        select(
            VerdictRow.trail_id,
            VerdictRow.rule_id,
            VerdictRow.category,
            VerdictRow.kind,
            VerdictRow.reason,
            VerdictRow.created_at,
            DecisionRow.outcome,
            DecisionRow.reason.label("decided_for"),
        )
        .outerjoin(AppealRow, AppealRow.verdict_id == VerdictRow.id)
        .outerjoin(DecisionRow, DecisionRow.appeal_id == AppealRow.id)
        .where(VerdictRow.kind != VerdictKind.COMMENT)
        .order_by(VerdictRow.trail_id, VerdictRow.number)
    )
    statuses: defaultdict[tuple[str, str], Counter[Status]] = defaultdict(Counter)
    reasons: defaultdict[tuple[str, str], Counter[DismissReason]] = defaultdict(Counter)
    for _, trail in groupby(rows, key=lambda row: row.trail_id):
        *_, last = verdicts = list(trail)
        rule_id = next((row.rule_id for row in reversed(verdicts) if row.rule_id is not None), None)
        if rule_id is None or (since is not None and last.created_at < since):
            continue
        status = _status(last.kind, last.outcome)
        statuses[rule_id, last.category][status] += 1
        if status is Status.DISMISSED:
            reasons[rule_id, last.category][DismissReason(last.decided_for or last.reason)] += 1
    counted = (
        RulePrecision(
            rule_id=rule_id,
            category=Category(category),
            confirmed=found[Status.CONFIRMED] + found[Status.ADDED],
            dismissed=found[Status.DISMISSED],
            recategorised=found[Status.RECATEGORISED],
            reasons=dict(reasons[rule_id, category].most_common()),
        )
        for (rule_id, category), found in statuses.items()
    )
    return tuple(sorted(counted, key=lambda rule: (rule.precision, -rule.judged, rule.rule_id)))


def _status(kind: str, outcome: str | None) -> Status:
    decided = None if outcome is None else DECIDED.get(AppealOutcome(outcome))
    return decided or STATUS_OF[VerdictKind(kind)]
