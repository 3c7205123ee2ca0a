"""A call of a lead after its review: the findings that decide a lead as they hold, and the call's grade by them.

The machine's findings and its grade stay as they are. What counts for the lead is the decision about a finding, else the
newest verdict, else the machine's (`qc.review.Trail.value`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from qc.domain import (
    CATEGORY_TITLES,
    Call,
    Category,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Record,
    Severity,
    Transcript,
    Utterance,
)
from qc.doubt import renumber, without_doubted
from qc.grade import REVIEWED, Grader
from qc.lead_signs import DECISIVE
from qc.review import Status, Trail, trail_of

_UNHEARD: Final = "…"
"""Stands for each character that a grader is not to hear."""
_CLAUSE: Final = re.compile(r"[^。！？，；!?,;\n]+")


class ReviewedGrade(Record):
    """A call's grade by the findings that hold, where that is not the machine's own."""

    grade: Grade
    grader: str
    """The version of what graded it."""


def decisive_findings(findings: Sequence[Finding], trails: Sequence[Trail]) -> tuple[Finding, ...]:
    """The findings that decide a lead (`qc.lead_signs.DECISIVE`) and hold: the machine's, moved ones and added ones.

    ``trails`` are about the transcript that the findings' evidence counts in.
    """
    held: dict[tuple[Category, tuple[Evidence, ...]], Finding] = {}
    followed = set()
    for finding in findings:
        trail = trail_of(finding.category, finding.evidence, trails)
        if trail is not None:
            followed.add(trail.id)
        if trail is None or trail.value.category is finding.category:
            held[finding.category, finding.evidence] = finding
        elif trail.value.category is not None:
            moved = _as_people_say(trail.value.category, finding.evidence)
            held[moved.category, moved.evidence] = moved
    for trail in trails:
        value = trail.value
        if trail.id not in followed and value.status is not Status.UNREVIEWED and value.category is not None:
            found = _as_people_say(value.category, (trail.verdicts[0].place,))
            held[found.category, found.evidence] = found
    return tuple(finding for finding in held.values() if finding.category in DECISIVE)


def _as_people_say(category: Category, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        rule_id=REVIEWED,
        category=category,
        severity=Severity.ALERT,
        probability=1,
        evidence=evidence,
        reason=f"质检认定：{CATEGORY_TITLES[category]}",
    )


def as_reviewed(transcript: Transcript, findings: Sequence[Finding], trails: Sequence[Trail]) -> Transcript:
    """The transcript as a grader is to hear it, its utterances numbered as before.

    Clauses of which people say that they are no such finding are blanked, or the grader would find by itself what was
    dismissed. Words that people marked are beyond doubt.
    """
    utterances = list(transcript.utterances)
    for place in _dismissed(findings, trails):
        utterances[place.utterance] = _blanked(utterances[place.utterance], place)
    for finding in decisive_findings((), trails):
        for place in finding.evidence:
            utterances[place.utterance] = utterances[place.utterance].model_copy(update={"doubt": None})
    return transcript.model_copy(update={"utterances": tuple(utterances)})


def _dismissed(findings: Sequence[Finding], trails: Sequence[Trail]) -> Iterator[Evidence]:
    """The words of decisive findings that are none, or are something else."""
    for trail in trails:
        claimed = trail.verdicts[0].category
        if claimed in DECISIVE and trail.value.category is not claimed:
            yield trail.verdicts[0].place
    for finding in findings:
        continued = trail_of(finding.category, finding.evidence, trails)
        if finding.category in DECISIVE and continued and continued.value.category is not finding.category:
            yield from finding.evidence


def _blanked(utterance: Utterance, place: Evidence) -> Utterance:
    """Without these words and the rest of their clauses, which would say something else by itself."""
    text = utterance.text
    touched = [
        match.span() for match in _CLAUSE.finditer(text) if match.start() < place.end and place.start < match.end()
    ]
    start, end = min([place.start, *(a for a, _ in touched)]), max([place.end, *(b for _, b in touched)])
    return utterance.model_copy(update={"text": text[:start] + _UNHEARD * (end - start) + text[end:]})


def grade_as_reviewed(
    call: Call, transcript: Transcript, inspection: Inspection, trails: Sequence[Trail], grader: Grader
) -> ReviewedGrade | None:
    """The call's grade by what holds; ``None`` where people changed nothing that decides a lead.

    ``inspection`` is of this transcript, and ``trails`` are about it.
    """
    held = decisive_findings(inspection.findings, trails)
    heard = as_reviewed(transcript, inspection.findings, trails)
    # What was dismissed is not to be heard even where rules that have changed no longer find it.
    if heard == transcript and set(held) == set(decisive_findings(inspection.findings, ())):
        return None
    said, places = without_doubted(heard)
    numbers = {place: number for number, place in enumerate(places)}
    grade = grader.grade(
        call,
        said,
        renumber(inspection.draft or inspection.memo, numbers),
        tuple(renumber(finding, numbers) for finding in held),
    )
    return ReviewedGrade(grade=_as_said(renumber(grade, places), transcript), grader=grader.version)


def _as_said(grade: Grade, transcript: Transcript) -> Grade:
    """The grade with the words as they were said, where blanked ones lie in its evidence."""
    reasons = tuple(
        reason.model_copy(update={"evidence": tuple(_requoted(place, transcript) for place in reason.evidence)})
        for reason in grade.reasons
    )
    return grade.model_copy(update={"reasons": reasons})


def _requoted(place: Evidence, transcript: Transcript) -> Evidence:
    quote = transcript.utterances[place.utterance].text[place.start : place.end]
    return place.model_copy(update={"quote": quote})
