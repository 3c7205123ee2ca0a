"""Trails of verdicts as reviewers read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qc.cli.text_report import SPEAKERS, clock
from qc.domain import CATEGORY_TITLES, OMISSIONS, Category, Evidence, Finding, Transcript
from qc.precision import RulePrecision
from qc.review import AppealOutcome, DismissReason, Status, Trail, VerdictKind
from qc.store.records import StoredAppeal

KINDS: Final = {
    VerdictKind.CONFIRM: "确认",
    VerdictKind.DISMISS: "驳回",
    VerdictKind.RECATEGORISE: "改类别",
    VerdictKind.ADD: "补充",
    VerdictKind.COMMENT: "备注",
}
OUTCOMES: Final = {AppealOutcome.UPHOLD: "维持", AppealOutcome.DISMISS: "驳回", AppealOutcome.RECATEGORISE: "改类别"}
STATUSES: Final = {
    Status.UNREVIEWED: ("未判", "yellow"),
    Status.CONFIRMED: ("已确认", "red"),
    Status.DISMISSED: ("已驳回", "green"),
    Status.RECATEGORISED: ("已改类别", "red"),
    Status.ADDED: ("人工补充", "red"),
}
REASONS: Final = {
    DismissReason.NEGATION: "否定",
    DismissReason.REFUSAL: "拒绝客户的要求",
    DismissReason.QUOTATION: "转述或询问别人的话",
    DismissReason.POLICY: "讲规定",
    DismissReason.OTHER_MEANING: "别的意思",
    DismissReason.PERMITTED: "本店允许",
    DismissReason.SAID_AFTER_ALL: "其实说了",
    DismissReason.MISHEARD: "识别错误",
    DismissReason.WRONG_SPEAKER: "说话人弄反",
    DismissReason.NOT_APPLICABLE: "这种通话不适用",
    DismissReason.OTHER: "其他",
}


def name_of(category: Category, place: Evidence) -> str:
    """What a finding is called on the command line, ``overpromise@2:4-14``."""
    return f"{category}@{place.utterance}:{place.start}-{place.end}"


def print_findings(
    console: Console,
    findings: Iterable[tuple[Finding | None, Trail | None]],
    transcript: Transcript,
    zone: ZoneInfo,
) -> None:
    """Print each finding, what holds of it, and everything that was said about it."""
    for finding, trail in findings:
        console.print(_head(finding, trail))
        place = trail.verdicts[0].place if trail else finding.evidence[0] if finding else None
        category = trail.verdicts[0].category if trail else finding.category if finding else None
        if place is not None and category not in OMISSIONS:
            said = transcript.utterances[place.utterance]
            line = Text.assemble((f"    {clock(said.start_ms)} {SPEAKERS[said.speaker]} ", "dim"), said.text)
            line.stylize(
                "bold underline", len(line) - len(said.text) + place.start, len(line) - len(said.text) + place.end
            )
            console.print(line)
        if trail is not None:
            _print_trail(console, trail, zone)


def _head(finding: Finding | None, trail: Trail | None) -> Text:
    if trail is not None:
        category, place, status = trail.verdicts[0].category, trail.verdicts[0].place, trail.value.status
    else:
        assert finding is not None  # noqa: S101 - there is nothing to print without either
        category, place, status = finding.category, finding.evidence[0], Status.UNREVIEWED
    title, style = STATUSES[status]
    head = Text.assemble((title, style), "  ", (CATEGORY_TITLES[category], "bold"), f"  {name_of(category, place)}")
    if trail is not None and status is Status.RECATEGORISED and trail.value.category is not None:
        head.append(f"  → {CATEGORY_TITLES[trail.value.category]}", style="bold")
    if finding is not None:
        head.append(f"  {finding.rule_id} 把握 {finding.probability:.0%}", style="dim")
    elif trail is not None:
        head.append("  现在的规则查不出" if trail.finding else "  机器没有查出", style="dim")
    return head


def _print_trail(console: Console, trail: Trail, zone: ZoneInfo) -> None:
    for verdict in trail.verdicts:
        said = [KINDS[verdict.kind]]
        if verdict.reason:
            said.append(f"（{REASONS[verdict.reason]}）")
        if verdict.new_category:
            said.append(f"为{CATEGORY_TITLES[verdict.new_category]}")
        console.print(_line(verdict.created_at, verdict.by.name, "".join(said), verdict.comment, verdict.id, zone))
    if trail.appeal is not None:
        appeal = trail.appeal
        console.print(_line(appeal.created_at, appeal.by.name, "申诉", appeal.reason, appeal.id, zone))
    if trail.decision is not None:
        decision = trail.decision
        said = ["裁定", OUTCOMES[decision.outcome]]
        if decision.reason:
            said.append(f"（{REASONS[decision.reason]}）")
        if decision.new_category:
            said.append(f"为{CATEGORY_TITLES[decision.new_category]}")
        console.print(_line(decision.created_at, decision.by.name, "".join(said), decision.comment, decision.id, zone))


def _line(at: datetime, who: str, what: str, words: str, record_id: str, zone: ZoneInfo) -> Text:
    line = Text.assemble((f"    {at.astimezone(zone):%m-%d %H:%M} ", "dim"), f"{who} {what}")
    if words:
        line.append(f"：{words}")
    line.append(f"  {record_id}", style="dim")
    return line


def print_appeals(console: Console, appeals: Sequence[StoredAppeal], zone: ZoneInfo) -> None:
    """Print who objects to what, and what was decided."""
    for stored in appeals:
        verdict, appeal = stored.verdict, stored.appeal
        console.print(
            Text.assemble(
                (appeal.id, "bold"),
                f"  {CATEGORY_TITLES[verdict.new_category or verdict.category]} “{verdict.place.quote}”",
                (f"  {verdict.recording_id}", "dim"),
            )
        )
        console.print(
            _line(verdict.created_at, verdict.by.name, KINDS[verdict.kind], verdict.comment, verdict.id, zone)
        )
        console.print(_line(appeal.created_at, appeal.by.name, "申诉", appeal.reason, "", zone))
        if stored.decision is not None:
            decision = stored.decision
            console.print(
                _line(
                    decision.created_at,
                    decision.by.name,
                    f"裁定{OUTCOMES[decision.outcome]}",
                    decision.comment,
                    decision.id,
                    zone,
                )
            )


def print_precision(console: Console, rules: Iterable[RulePrecision]) -> None:
    """Print how often each rule is right, the least precise first."""
    table = Table("规则", "类别", "判过", "确认", "驳回", "改类别", "准确率", "95% 区间", "驳回原因")
    for rule in rules:
        low, high = rule.interval
        counts = (rule.judged, rule.confirmed, rule.dismissed, rule.recategorised)
        reasons = " ".join(f"{REASONS[reason]} {count}" for reason, count in rule.reasons.items())
        table.add_row(
            rule.rule_id,
            CATEGORY_TITLES[rule.category],
            *(str(count) for count in counts),
            f"{rule.precision:.0%}",
            f"{low:.0%} 至 {high:.0%}",
            reasons,
        )
    console.print(table)
