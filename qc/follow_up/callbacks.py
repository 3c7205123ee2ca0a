"""Leads worth a return call by 客服 (回访): lost, dormant and stalled ones, and what is known of the ten questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, Literal, TypedDict

from pydantic import AwareDatetime

from qc.domain import AnswerState, Category, Evidence, Outcome, Record
from qc.follow_up.hours import DAY, WorkingTime, add_working_days
from qc.follow_up.planning import KnownLead, Plan, said_day
from qc.grade import next_working_day
from qc.leads import CallEvidence, LeadCall, LeadLetter, LeadReason, OutcomeKind, Theirs, compare_grades
from qc.leads.comparing import DORMANT
from qc.outcome import find_outcomes
from qc.rulebook.follow_up import FollowUpRules
from qc.rulebook.grading import Grading
from qc.rulebook.questions import QuestionSet

Source = Literal["call", "memo", "crm"]

BOUGHT: Final = "bought"
HAS_BOUGHT: Final = "已买"
"""What the card calls it."""
WHY_NOT_HERE: Final = "why-not-here"
_FROM_MEMO: Final = {"doubts": "concerns", "other-brands": "competitors"}
"""Questions that earlier calls may have answered without anybody asking, and the memo's field that did."""
_WHO: Final = {"crm": "CRM", "consultant": "顾问"}


class CallbackKind(StrEnum):
    """Why a lead is worth a return call."""

    LOST = "lost"
    DORMANT = "dormant"
    """The CRM or the consultant marked it so, and nobody has called since."""
    STALLED = "stalled"
    """Its next contact is long overdue."""


class Callback(Record):
    """That a lead is worth a return call, from when to when, and why."""

    kind: CallbackKind
    since: AwareDatetime
    until: AwareDatetime | None = None
    reasons: tuple[LeadReason, ...]


class KnownAnswer(Record):
    """One of the ten questions, and what is known about it already."""

    id: str
    title: str
    state: AnswerState
    value: str | None = None
    source: Source | None = None
    """Where the value is from: told in a return visit, said in other calls, or reported by the CRM."""
    evidence: tuple[CallEvidence, ...] = ()


class _Told(TypedDict):
    """What a question's `KnownAnswer` learns."""

    state: AnswerState
    value: str | None
    source: Source | None
    evidence: tuple[CallEvidence, ...]


def find_callback(
    lead: KnownLead, theirs: Sequence[Theirs], plan: Plan, rules: FollowUpRules, grading: Grading, working: WorkingTime
) -> Callback | None:
    """Why and when the lead is worth a return call; None for one that asked for no calls or was a wrong number."""
    if plan.stopped is not None or _wrong_number(lead.calls, grading):
        return None
    letter = None if lead.grade is None else lead.grade.letter
    if letter in (LeadLetter.O, LeadLetter.D):
        return None
    if letter is LeadLetter.F:
        return _lost(lead, rules, working)
    return _dormant(lead, theirs, working) or _stalled(plan, rules, working)


def _wrong_number(calls: Sequence[LeadCall], grading: Grading) -> bool:
    return bool(calls) and any(
        sign.outcome is Outcome.WRONG_NUMBER for sign in find_outcomes(calls[-1].transcript, grading)
    )


def _lost(lead: KnownLead, rules: FollowUpRules, working: WorkingTime) -> Callback | None:
    grade = lead.grade
    if grade is None:
        return None
    told = next((one.at for one in lead.outcomes if one.id == grade.outcome_id), None)
    at = told or (grade.words.told_at if grade.words else None)
    if at is None or _visited_since(lead.calls, at):
        return None
    day = working.local(at).date()
    until = working.at(day + (rules.lost_within + 1) * DAY, time.min)
    return Callback(kind=CallbackKind.LOST, since=_next_opening(day, working), until=until, reasons=grade.reasons)


def _dormant(lead: KnownLead, theirs: Sequence[Theirs], working: WorkingTime) -> Callback | None:
    given = [one for one in theirs if one.grade == DORMANT]
    if not given:
        return None
    last = max(given, key=lambda one: one.at)
    if any(call.call.time > last.at for call in lead.calls):
        return None
    day = working.local(last.at).date()
    reasons = [LeadReason(text=f"{_WHO[last.by]} {said_day(day)}标为“{last.said}”，此后没有通话")]
    words = None if lead.grade is None else lead.grade.words
    misjudged = compare_grades(words, [last])
    if misjudged is not None and words is not None:
        reasons.append(LeadReason(text=misjudged.text, evidence=words.reasons[0].evidence))
    return Callback(kind=CallbackKind.DORMANT, since=_next_opening(day, working), reasons=tuple(reasons))


def _stalled(plan: Plan, rules: FollowUpRules, working: WorkingTime) -> Callback | None:
    lasting = [one for one in plan.reminders if one.ends is None]
    if not lasting:
        return None
    by = working.local(max(one.by for one in lasting)).date()
    reason = LeadReason(text=f"{said_day(by)}前该联系，已逾期 {rules.stalled_after} 个工作日以上，没有新的通话")
    since = working.opening(add_working_days(by, rules.stalled_after + 1))
    return Callback(kind=CallbackKind.STALLED, since=since, reasons=(reason, *lasting[-1].reasons))


def _visited_since(calls: Sequence[LeadCall], at: datetime) -> bool:
    """Whether somebody has asked the questions of a return visit since."""
    return any(call.call.time > at and _asked(call) for call in calls)


def _asked(call: LeadCall) -> bool:
    return any(answer.asked for answer in call.inspection.scorecard.answers)


def _next_opening(day: date, working: WorkingTime) -> datetime:
    return working.opening(next_working_day(day))


# ---------------------------------------------------------------- the ten questions


def known_answers(lead: KnownLead, questions: QuestionSet) -> tuple[KnownAnswer, ...]:
    """Each question with the newest answer there is, in the card's order.

    A return visit's answers come first, then what the customer said in other calls, then the CRM's reason of a loss.
    """
    known = {
        one.id: KnownAnswer(id=one.id, title=one.title, state=AnswerState.NOT_ASKED) for one in questions.questions
    }
    for name, told in (*_told_by_crm(lead), *_told_unasked(lead), *_told_in_visits(lead.calls)):
        if name in known and (told["value"] is not None or known[name].value is None):
            known[name] = known[name].model_copy(update=told)
    return tuple(known.values())


def _told_by_crm(lead: KnownLead) -> Iterator[tuple[str, _Told]]:
    for outcome in lead.outcomes:
        if outcome.kind is OutcomeKind.LOST and outcome.reason:
            yield WHY_NOT_HERE, _Told(state=AnswerState.ANSWERED, value=outcome.reason, source="crm", evidence=())


def _told_unasked(lead: KnownLead) -> Iterator[tuple[str, _Told]]:
    for name, field_name in _FROM_MEMO.items():
        field = lead.memo.get(field_name)
        if field is not None and isinstance(field.value, tuple):
            evidence = tuple(place for said in field.said for place in said.evidence)
            yield (
                name,
                _Told(state=AnswerState.ANSWERED, value="、".join(field.value), source="memo", evidence=evidence),
            )
    for call in lead.calls:
        for finding in call.decisive:
            if finding.category is Category.LOST_TO_COMPETITOR:
                evidence = _places(call, finding.evidence)
                yield BOUGHT, _Told(state=AnswerState.ANSWERED, value=HAS_BOUGHT, source="memo", evidence=evidence)


def _told_in_visits(calls: Sequence[LeadCall]) -> Iterator[tuple[str, _Told]]:
    for call in calls:
        for answer in call.inspection.scorecard.answers:
            if answer.state is not AnswerState.NOT_ASKED:
                yield (
                    answer.id,
                    _Told(
                        state=answer.state,
                        value=answer.value,
                        source=None if answer.value is None else "call",
                        evidence=_places(call, answer.evidence),
                    ),
                )


def _places(call: LeadCall, evidence: Sequence[Evidence]) -> tuple[CallEvidence, ...]:
    return tuple(CallEvidence(recording_id=call.recording_id, **dict(one)) for one in evidence)
