"""What reviewers' verdicts teach: candidate examples for rules, and labelled words for the learned model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from qc.domain import ALERTS, OMISSIONS, Category, Milliseconds, Record, Speaker, Transcript, Utterance
from qc.review import NOT_IN_THE_WORDS, DismissReason, Status, Trail

SPEAKER_OF = {category: Speaker.CUSTOMER if category in ALERTS else Speaker.AGENT for category in Category}
"""Whose words a finding of each category is about."""


class LabelledLine(Record):
    """Words, and whether they are of the category: a line of ``findings.*.jsonl``."""

    category: Category
    label: bool
    speaker: Literal[Speaker.AGENT, Speaker.CUSTOMER]
    before: str
    """What the other party had just said; empty if nothing."""
    text: str
    quote: str


class Suggestion(Record):
    """Words that people judged, and where from."""

    line: LabelledLine
    rule_id: str | None
    """The rule that found them; ``None`` for what the machine missed."""
    status: Status
    reason: DismissReason | None
    """Why they were dismissed."""
    comment: str
    by: str
    at: datetime
    recording_id: str
    start_ms: Milliseconds

    @property
    def is_by_the_words(self) -> bool:
        """Whether the words themselves, as they are written, are what the verdict is about."""
        return self.reason not in NOT_IN_THE_WORDS


def suggestions_of(trail: Trail, transcript: Transcript) -> tuple[Suggestion, ...]:
    """What can be learned from this trail about words of this transcript.

    A dismissed finding is a candidate `miss` of its rule, an added one a candidate `hit` of its category; a confirmed
    one is a hit that is known already, and a re-categorised one a miss here and a hit there. A must-say line has no
    words that could be an example.
    """
    status, category = trail.value
    claimed = trail.verdicts[0].category
    if status is Status.UNREVIEWED or claimed in OMISSIONS:
        return ()
    made = []
    if status is not Status.RECATEGORISED and category is not None:
        made.append(_suggestion(trail, transcript, category, label=True, found=trail.finding is not None))
    else:
        made.append(_suggestion(trail, transcript, claimed, label=False, found=trail.finding is not None))
        if category is not None:
            made.append(_suggestion(trail, transcript, category, label=True, found=False))
    return tuple(made)


def without_contradictions(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Those that no other contradicts: words dismissed in one place may be right about another part of the sentence."""
    wrong = {(one.line.category, one.line.text) for one in suggestions if one.line.label}
    return tuple(one for one in suggestions if one.line.label or (one.line.category, one.line.text) not in wrong)


def _suggestion(trail: Trail, transcript: Transcript, category: Category, *, label: bool, found: bool) -> Suggestion:
    newest = trail.judged or trail.verdicts[-1]
    decided = trail.decision
    place = trail.verdicts[0].place
    spoken = _spoken(trail, transcript)
    return Suggestion(
        line=LabelledLine(
            category=category,
            label=label,
            speaker=SPEAKER_OF[category],
            before=_before(transcript.utterances, spoken[0]),
            text="".join(transcript.utterances[index].text for index in spoken),
            quote=place.quote,
        ),
        rule_id=trail.finding.rule_id if found and trail.finding else None,
        status=trail.value.status,
        reason=trail.dismissed_for,
        comment=decided.comment if decided else newest.comment,
        by=trail.last_by.name,
        at=decided.created_at if decided else newest.created_at,
        recording_id=newest.recording_id,
        start_ms=transcript.utterances[place.utterance].start_ms,
    )


def _spoken(trail: Trail, transcript: Transcript) -> list[int]:
    """The utterances the claim rests on: those of the finding that the same party said as the words in question."""
    place = trail.verdicts[0].place
    speaker = transcript.utterances[place.utterance].speaker
    rests_on = {one.utterance for one in trail.finding.evidence} if trail.finding else set[int]()
    alike = {index for index in rests_on if transcript.utterances[index].speaker is speaker}
    return sorted(alike | {place.utterance})


def _before(utterances: Sequence[Utterance], index: int) -> str:
    """What the other party said last before this utterance, unless this party said more than one other thing since."""
    own = utterances[index].speaker
    said = [one for one in utterances[max(0, index - 3) : index] if one.doubt is None]
    return next((one.text for one in reversed(said) if one.speaker is not own), "")
