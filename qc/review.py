"""What people say about findings, and what holds in the end.

Nothing here is ever changed: the machine's value is the finding in its inspection, and verdicts, appeals and decisions
are records beside it. What holds is computed from them each time (`Trail.value`). A `Trail` is what
was said about one claim: these words are of this category. Inspections come and go, trails stay: `trail_of` tells
which one a newer inspection's finding continues.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from qc.domain import OMISSIONS, Category, Evidence, Finding, Record

JUDGED_SHARE: Final = 0.5
"""A verdict speaks for a finding of which it judged at least this share of the words."""


class VerdictKind(StrEnum):
    """What a reviewer did about a finding."""

    CONFIRM = "confirm"
    """The finding is right."""
    DISMISS = "dismiss"
    """There is nothing wrong with these words, or they were not said."""
    RECATEGORISE = "recategorise"
    """Something is wrong with these words, but it is of another category."""
    ADD = "add"
    """The machine missed these words."""
    COMMENT = "comment"
    """A remark; it judges nothing."""


class DismissReason(StrEnum):
    """Why a finding is a false alarm."""

    NEGATION = "negation"
    REFUSAL = "refusal"
    """The agent turns down what the customer asked for."""
    QUOTATION = "quotation"
    """Somebody else's words, or a question about them."""
    POLICY = "policy"
    """A statement of what the rules or the law say."""
    OTHER_MEANING = "other-meaning"
    """The same sounds or characters mean something harmless here (保证金, 最好周六来)."""
    PERMITTED = "permitted"
    """Said as it stands, and allowed in this store."""
    SAID_AFTER_ALL = "said-after-all"
    """A must-say line that was said, in other words or elsewhere."""
    MISHEARD = "misheard"
    """The recogniser wrote what was not said."""
    WRONG_SPEAKER = "wrong-speaker"
    """The other party said it."""
    NOT_APPLICABLE = "not-applicable"
    """Not a call of the kind that the rule is about."""
    OTHER = "other"
    """None of these; the comment says what."""


NOT_IN_THE_WORDS: Final = frozenset(
    {DismissReason.MISHEARD, DismissReason.WRONG_SPEAKER, DismissReason.NOT_APPLICABLE, DismissReason.PERMITTED}
)
"""Reasons that say nothing against the rule: by the words as they are written it was right to fire."""


class Person(Record):
    """Who did something, as far as that is known."""

    name: str
    key_id: str | None = None
    """The API key that was shown; null for the command line."""
    named: bool = True
    """Whether the request named this person; else the name is the key's own."""


def may_be_the_same(one: Person, other: Person) -> bool:
    """Whether these may be one person: by name, or by one key whose user did not say who he or she is."""
    if _folded(one.name) == _folded(other.name):
        return True
    return one.key_id is not None and one.key_id == other.key_id and not (one.named and other.named)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


class Verdict(Record):
    """One thing that one reviewer said about one finding, and the machine's value as it was then."""

    id: str
    trail_id: str
    """The id of the first record of its trail."""
    recording_id: str
    transcript_id: str
    """The positions count in this transcript."""
    kind: VerdictKind
    category: Category
    """What the claim says of the words; `recategorise` says another one in `new_category`."""
    place: Evidence
    finding: Finding | None
    """The machine's value as it was then; null for what the machine missed."""
    new_category: Category | None = None
    reason: DismissReason | None = None
    comment: str = ""
    by: Person
    created_at: datetime


class Appeal(Record):
    """A consultant's objection to a verdict."""

    id: str
    verdict_id: str
    recording_id: str
    reason: str
    by: Person
    created_at: datetime


class AppealOutcome(StrEnum):
    """What a second reviewer makes of an appealed verdict."""

    UPHOLD = "uphold"
    DISMISS = "dismiss"
    RECATEGORISE = "recategorise"


class Decision(Record):
    """The last word about an appealed verdict."""

    id: str
    appeal_id: str
    outcome: AppealOutcome
    new_category: Category | None = None
    reason: DismissReason | None = None
    comment: str = ""
    by: Person
    created_at: datetime


class Status(StrEnum):
    """What is known about a finding."""

    UNREVIEWED = "unreviewed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    RECATEGORISED = "recategorised"
    ADDED = "added"


STATUS_OF: Final = {
    VerdictKind.CONFIRM: Status.CONFIRMED,
    VerdictKind.DISMISS: Status.DISMISSED,
    VerdictKind.RECATEGORISE: Status.RECATEGORISED,
    VerdictKind.ADD: Status.ADDED,
}


class Value(NamedTuple):
    """What holds: a status, and the category of the words; no category where nothing is wrong with them."""

    status: Status
    category: Category | None


class Trail(Record):
    """Everything people said about one claim, that these words are of this category, oldest first."""

    verdicts: tuple[Verdict, ...]
    """At least one."""
    appeal: Appeal | None = None
    """There is one at most: an appealed verdict is not followed by another, and its decision is the last word."""
    decision: Decision | None = None

    @property
    def id(self) -> str:
        """The id of its first record."""
        return self.verdicts[0].trail_id

    @property
    def judged(self) -> Verdict | None:
        """The newest verdict that is more than a comment."""
        return next((one for one in reversed(self.verdicts) if one.kind is not VerdictKind.COMMENT), None)

    @property
    def finding(self) -> Finding | None:
        """The machine's value when it was judged last; ``None`` for what only people found."""
        return next((one.finding for one in reversed(self.verdicts) if one.finding is not None), None)

    @property
    def value(self) -> Value:
        """What holds after all that was said: the decision if there is one, else the newest verdict."""
        verdict = self.judged
        if verdict is None:
            return Value(Status.UNREVIEWED, self.verdicts[0].category)
        decision = self.decision
        if decision is not None and decision.outcome is AppealOutcome.DISMISS:
            return Value(Status.DISMISSED, None)
        if decision is not None and decision.outcome is AppealOutcome.RECATEGORISE:
            return Value(Status.RECATEGORISED, decision.new_category)
        if verdict.kind is VerdictKind.DISMISS:
            return Value(Status.DISMISSED, None)
        return Value(STATUS_OF[verdict.kind], verdict.new_category or verdict.category)

    @property
    def dismissed_for(self) -> DismissReason | None:
        """Why it is a false alarm, if it is one."""
        if self.value.status is not Status.DISMISSED or self.judged is None:
            return None
        return self.decision.reason if self.decision and self.decision.reason else self.judged.reason

    @property
    def head(self) -> str | None:
        """The id of the record that made the value what it is; who changes it must have seen that one."""
        if self.decision is not None:
            return self.decision.id
        return None if self.judged is None else self.judged.id

    @property
    def last_by(self) -> Person:
        """Who said what holds."""
        if self.decision is not None:
            return self.decision.by
        return (self.judged or self.verdicts[-1]).by


def trail_of(category: Category, places: Iterable[Evidence], trails: Iterable[Trail]) -> Trail | None:
    """The trail that a finding of this category at these places continues, if it continues one.

    A must-say line is missing from the whole call, so its category is enough. Other findings continue the trail about
    the same words: at least half of some quoted place was judged (`JUDGED_SHARE`), so that a rule that now takes in
    more words is not silenced by a verdict on a few of them. Of several, the trail about the nearest words is meant.
    All trails have to be about the transcript that the places count in.
    """
    alike = [trail for trail in trails if category in (trail.verdicts[0].category, trail.value.category)]
    if category in OMISSIONS:
        return alike[0] if alike else None
    wanted = tuple(places)
    judged = [
        trail
        for trail in alike
        if any(_judged_share(place, trail.verdicts[0].place) >= JUDGED_SHARE for place in wanted)
    ]
    return max(judged, key=lambda trail: _closeness(wanted, trail), default=None)


def _judged_share(place: Evidence, judged: Evidence) -> float:
    """How much of this place was judged, 0 to 1."""
    return common(place, judged) / (place.end - place.start) if place.end > place.start else 0.0


def _closeness(places: tuple[Evidence, ...], trail: Trail) -> float:
    """Overlap over union of the trail's words and the nearest place, 0 to 1."""
    judged = trail.verdicts[0].place
    return max(common(place, judged) / _union(place, judged) for place in places)


def _union(one: Evidence, other: Evidence) -> int:
    return max(one.end, other.end) - min(one.start, other.start) or 1


def common(one: Evidence, other: Evidence) -> int:
    """How many characters the two places have in common."""
    if one.utterance != other.utterance:
        return 0
    return max(0, min(one.end, other.end) - max(one.start, other.start))
