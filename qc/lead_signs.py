"""What a call shows about its lead, from the customer's words and not from how well the agent spoke.

Seeing is kept apart from grading: the rules (`qc.grade`) and the learned grader (`qc.grading_model`) read the same
`LeadFeatures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from qc.domain import (
    Call,
    Category,
    Evidence,
    Finding,
    LeadFeatures,
    Letter,
    Memo,
    Outcome,
    Record,
    Speaker,
    Transcript,
    Utterance,
)
from qc.outcome import find_outcomes
from qc.rulebook.grading import HORIZONS, Grading, Preset

_INTEREST = (
    "vehicles", "budget", "purchase_time", "payment", "trade_in", "competitors", "use", "preferences", "concerns", "decision_makers",
)  # fmt: skip
"""Memo fields that show a need when they rest on the customer's own words."""

VISITS = ("到店", "试驾", "上门")
"""Appointments at which customer and agent meet before a car is bought."""

DECISIVE = {Category.LOST_TO_COMPETITOR: Outcome.BOUGHT_ELSEWHERE, Category.DO_NOT_CALL: Outcome.DO_NOT_CALL}
"""Findings that decide a lead, whatever else was said, and the outcome that each of them is."""


class OutcomeSeen(Record):
    """An outcome with why and where it shows."""

    outcome: Outcome
    reason: str
    evidence: Evidence


class LeadSigns(NamedTuple):
    """What a call shows about its lead, and the words that some of it rests on; the memo has those of the rest."""

    features: LeadFeatures
    outcomes: tuple[OutcomeSeen, ...]
    asks: Evidence | None
    """The customer's words of interest (还没定, 什么价)."""


def see_lead(
    call: Call,
    transcript: Transcript,
    memo: Memo,
    findings: tuple[Finding, ...],
    grading: Grading,
    preset: Preset,
    *,
    earlier_calls: int = 0,
) -> LeadSigns:
    """What this call shows about the lead; horizons are those of this preset."""
    today = call.time.date()
    until = memo.purchase_time.to if memo.purchase_time else None
    in_haste = bool(memo.purchase_time and grading.soon.search(memo.purchase_time.said))
    visit = memo.appointment if memo.appointment and memo.appointment.kind in VISITS else None
    outcomes = _outcomes(transcript, findings, grading)
    asks = _asks(transcript, grading)
    said = [utterance.text for utterance in transcript.utterances if utterance.speaker is not Speaker.AGENT]
    features = LeadFeatures(
        speech=any(utterance.text.strip() for utterance in transcript.utterances),
        outcomes=tuple(dict.fromkeys(seen.outcome for seen in outcomes)),
        purchase_until=until,
        days_to_purchase=(until - today).days if until else None,
        horizon=_horizon(until, today, preset, in_haste=in_haste),
        in_haste=in_haste,
        unhurried=any(grading.unhurried.search(text) for text in said),
        visit_in_days=(date.fromisoformat(visit.at[:10]) - today).days if visit else None,
        handover_agreed=memo.appointment is not None and memo.appointment.kind == "交车",
        visit_at_an_hour=visit is not None and "T" in visit.at,
        visit_hedged=visit is not None
        and any(grading.hedged.search(said.text) for said in _customers(memo, "appointment", transcript)),
        budget_known=memo.budget is not None,
        model_chosen=bool(memo.vehicles),
        trim_chosen=any(grading.trims.search(wish) for wish in memo.preferences),
        payment_known=memo.payment is not None,
        trade_in_known=memo.trade_in is not None,
        interest=tuple(name for name in _INTEREST if _said_by_customer(memo, name, transcript)),
        asks=asks is not None,
        others_decide=len(memo.decision_makers),
        competitors=len(memo.competitors),
        concerns=len(memo.concerns),
        declines=sum(grading.declines.search(text) is not None for text in said),
        customer_turns=len(said),
        customer_characters=sum(map(len, said)),
        earlier_calls=earlier_calls,
    )
    return LeadSigns(features, outcomes, asks)


def _horizon(until: date | None, today: date, preset: Preset, *, in_haste: bool) -> Letter | None:
    if until is None:
        return None
    if in_haste:
        return Letter.H
    return next((letter for letter in HORIZONS if until <= preset.horizons[letter].end(today)), Letter.C)


def _customers(memo: Memo, name: str, transcript: Transcript) -> Iterable[Utterance]:
    """The customer's utterances that this field of the memo rests on."""
    for evidence in memo.evidence.get(name, ()):
        utterance = transcript.utterances[evidence.utterance]
        if utterance.speaker is not Speaker.AGENT:
            yield utterance


def _said_by_customer(memo: Memo, name: str, transcript: Transcript) -> bool:
    return any(True for _ in _customers(memo, name, transcript))


def _outcomes(transcript: Transcript, findings: tuple[Finding, ...], grading: Grading) -> tuple[OutcomeSeen, ...]:
    seen = [
        OutcomeSeen(outcome=sign.outcome, reason=sign.rule.reason, evidence=sign.evidence)
        for sign in find_outcomes(transcript, grading)
    ]
    found = {outcome.outcome for outcome in seen}
    for finding in findings:
        outcome = DECISIVE.get(finding.category)
        if outcome is not None and outcome not in found:
            seen.append(OutcomeSeen(outcome=outcome, reason=finding.reason, evidence=finding.evidence[0]))
    return tuple(seen)


def _asks(transcript: Transcript, grading: Grading) -> Evidence | None:
    for index, utterance in enumerate(transcript.utterances):
        match = grading.interest.search(utterance.text) if utterance.speaker is not Speaker.AGENT else None
        if match is not None:
            return Evidence(utterance=index, start=match.start(), end=match.end(), quote=match.group())
    return None
