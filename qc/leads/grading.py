"""The grade of a lead from all its calls and the CRM's news.

The customer's words are graded by any `qc.grade.Grader`, over one memo and one transcript of all calls
(`_joined`); an order, a delivery or a loss that the CRM reports decides over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from qc.domain import Evidence, Finding, Grade, Letter, Memo, Reason, Transcript, Utterance
from qc.doubt import renumber
from qc.grade import Grader, next_working_day
from qc.leads.history import (
    CallEvidence,
    LeadCall,
    LeadGrade,
    LeadLetter,
    LeadOutcome,
    LeadReason,
    OutcomeKind,
    WordsGrade,
)
from qc.leads.memo import MergedField, ended_at, merge_memos
from qc.leads.reviewed import as_reviewed

STATUS: Final = {
    OutcomeKind.ORDERED: LeadLetter.O,
    OutcomeKind.DELIVERED: LeadLetter.D,
    OutcomeKind.LOST: LeadLetter.F,
}
"""What the CRM's news make of a lead, whatever was said before them."""

_TOLD: Final = {
    OutcomeKind.ORDERED: "CRM 报告已订车",
    OutcomeKind.DELIVERED: "CRM 报告已交车",
    OutcomeKind.LOST: "CRM 报告战败",
}


def in_order(calls: Iterable[LeadCall]) -> tuple[LeadCall, ...]:
    """The calls, the first one first, whenever each was inspected."""
    return tuple(sorted(calls, key=lambda call: (call.call.time, call.recording_id)))


def losses_of(outcomes: Iterable[LeadOutcome]) -> tuple[datetime, ...]:
    """When the lead was reported lost."""
    return tuple(outcome.at for outcome in outcomes if outcome.kind is OutcomeKind.LOST)


def grade_lead(calls: Sequence[LeadCall], outcomes: Sequence[LeadOutcome], grader: Grader) -> LeadGrade | None:
    """The lead's grade; None while there is neither an inspected call nor news that decide.

    Of the CRM's news the latest by ``at`` decides, and among equals the last given: O, D or F. Words said after it
    may overrule it: an order is lost by a cancellation, and a lost lead that wants a car again counts by its words.
    """
    words = _grade_words(in_order(calls), losses_of(outcomes), grader)
    news = [outcome for outcome in outcomes if outcome.kind in STATUS]
    status = max(enumerate(news), key=lambda one: (one[1].at, one[0]))[1] if news else None
    if status is not None and not _overruled(status, words):
        return _by_status(status, words)
    if words is None:
        return None
    return LeadGrade(
        letter=LeadLetter(words.letter),
        probability=words.probability,
        reasons=words.reasons,
        next_contact_by=words.next_contact_by,
        words=words,
    )


def _overruled(status: LeadOutcome, words: WordsGrade | None) -> bool:
    if words is None or words.told_at <= status.at:
        return False
    if status.kind is OutcomeKind.ORDERED:
        return words.letter is Letter.F
    return status.kind is OutcomeKind.LOST and words.letter not in (Letter.F, Letter.N)


def _by_status(status: LeadOutcome, words: WordsGrade | None) -> LeadGrade:
    letter = STATUS[status.kind]
    told = _TOLD[status.kind] + (f"：{status.reason}" if status.reason else "")
    asked_to_stop = words is not None and words.letter is not Letter.O and words.next_contact_by is None
    return LeadGrade(
        letter=letter,
        probability=1,
        reasons=(LeadReason(text=told),),
        next_contact_by=next_working_day(status.at.date()) if letter is LeadLetter.F and not asked_to_stop else None,
        outcome_id=status.id,
        words=words,
    )


def _grade_words(calls: tuple[LeadCall, ...], losses: Sequence[datetime], grader: Grader) -> WordsGrade | None:
    if not calls:
        return None
    telling = [call for call in calls if call.letter is not Letter.N]
    if not telling:
        return _as_it_was(calls[-1])
    last = telling[-1]
    if last.letter in (Letter.O, Letter.F):
        return _as_it_was(last)
    ended = max(ended_at(calls, losses), default=None)
    ordered = [call for call in telling if call.letter is Letter.O and (ended is None or call.call.time > ended)]
    if ordered:
        return _as_it_was(ordered[-1])
    joined = _joined(calls, last, losses)
    # The newest call's time counts for all that was said: a day that was far off then may be near now.
    call = last.call.model_copy(update={"time": calls[-1].call.time})
    grade = grader.grade(call, joined.transcript, joined.memo, joined.findings, earlier_calls=len(calls) - 1)
    return _as_words(grade, joined, last, grader.version)


def _as_it_was(call: LeadCall) -> WordsGrade:
    places = [Place(call.recording_id, index, 0) for index in range(len(call.transcript.utterances))]
    texts = tuple(utterance.text for utterance in call.transcript.utterances)
    joined = Joined(call.transcript, call.memo, call.decisive, places, texts)
    return _as_words(call.grade, joined, call, call.grader)


class Place(NamedTuple):
    """Where an utterance of a joined transcript was said: the call, its number there, and where its text begins."""

    recording_id: str
    utterance: int
    start: int


class Joined(NamedTuple):
    """Several calls as one, and for each utterance where it is from."""

    transcript: Transcript
    memo: Memo
    findings: tuple[Finding, ...]
    """Those that decide a lead."""
    places: list[Place]
    texts: tuple[str, ...]
    """The utterances as they were said; what a review dismissed is blanked in the transcript alone."""


def _joined(calls: tuple[LeadCall, ...], last: LeadCall, losses: Sequence[datetime]) -> Joined:
    """The newest telling call whole, and before it the words of other calls that the lead's memo rests on.

    An earlier call gives no more than those words: that it reached a mailbox once says nothing about the lead.
    """
    utterances: list[Utterance] = []
    places: list[Place] = []
    numbers: dict[tuple[str, int, int], int] = {}
    fields = {name: field for name, field in merge_memos(calls, losses).items() if not field.lapsed}
    by_id = {call.recording_id: call for call in calls}
    for field in fields.values():
        for place in _resting_on(field):
            key = (place.recording_id, place.utterance, place.start)
            if place.recording_id != last.recording_id and key not in numbers:
                numbers[key] = len(utterances)
                speaker = by_id[place.recording_id].transcript.utterances[place.utterance].speaker
                utterances.append(Utterance(speaker=speaker, start_ms=0, end_ms=0, text=place.quote))
                places.append(Place(*key))
    here: dict[int, int] = {}
    texts = [utterance.text for utterance in utterances]
    reviewed = as_reviewed(last.transcript, last.inspection.findings, last.trails)
    for index, utterance in enumerate(reviewed.utterances):
        if utterance.doubt is None:
            here[index] = len(utterances)
            utterances.append(utterance)
            texts.append(last.transcript.utterances[index].text)
            places.append(Place(last.recording_id, index, 0))

    def moved(place: CallEvidence) -> Evidence:
        if place.recording_id == last.recording_id:
            return Evidence(utterance=here[place.utterance], start=place.start, end=place.end, quote=place.quote)
        number = numbers[place.recording_id, place.utterance, place.start]
        return Evidence(utterance=number, start=0, end=len(utterances[number].text), quote=utterances[number].text)

    # What somebody added to a call that has no words for it is shown, and no grade can be explained by it.
    resting = {name: field for name, field in fields.items() if _resting_on(field)}
    values = {name: field.value for name, field in resting.items()}
    evidence = {name: tuple(moved(place) for place in _resting_on(field)) for name, field in resting.items()}
    findings = tuple(renumber(finding, here) for finding in last.decisive)
    transcript = last.transcript.model_copy(update={"utterances": tuple(utterances), "listens": ()})
    return Joined(transcript, Memo.model_validate({**values, "evidence": evidence}), findings, places, tuple(texts))


def _resting_on(field: MergedField) -> tuple[CallEvidence, ...]:
    """The newest call's words for a field that one call decides; every call's for one that gathers."""
    if isinstance(field.value, tuple) and len(field.said) > 1:
        return tuple(place for said in field.said for place in said.evidence)
    return field.said[0].evidence


def _as_words(grade: Grade, joined: Joined, call: LeadCall, grader: str) -> WordsGrade:
    return WordsGrade(
        letter=grade.letter,
        probability=grade.probability,
        reasons=tuple(_reason(reason, joined) for reason in grade.reasons),
        next_contact_by=grade.next_contact_by,
        recording_id=call.recording_id,
        told_at=call.call.time,
        grader=grader,
        features=grade.features,
    )


def _reason(reason: Reason, joined: Joined) -> LeadReason:
    evidence = tuple(
        CallEvidence(
            recording_id=place.recording_id,
            utterance=place.utterance,
            start=place.start + one.start,
            end=place.start + one.end,
            quote=joined.texts[one.utterance][one.start : one.end],
        )
        for one in reason.evidence
        for place in [joined.places[one.utterance]]
    )
    return LeadReason(text=reason.text, evidence=evidence)
