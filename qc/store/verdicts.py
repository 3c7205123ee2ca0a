"""Verdicts: added, never changed.

Every addition locks its recording first, so that of two reviewers who act on one finding the second is told of the
first, and an inspection made meanwhile counts every verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy.orm import Session

from qc.domain import OMISSIONS, Category, Evidence, Finding, Record
from qc.errors import BadInput, Conflict, NotFound
from qc.grade import Grader
from qc.review import DismissReason, Person, Trail, Verdict, VerdictKind, common, may_be_the_same, trail_of
from qc.store.inspections import recount_unreviewed, require_inspection
from qc.store.lead_grades import grade_after_review
from qc.store.paging import new_id, now
from qc.store.recordings import recording_row
from qc.store.records import StoredInspection
from qc.store.tables import RecordingRow, VerdictRow
from qc.store.trails import read_trails, trails_of_findings, verdict_of

MAX_TEXT: Final = 2000
"""Characters of a comment or of an appeal's reason."""


class NewVerdict(Record):
    """What a reviewer says about the words ``utterances[utterance].text[start:end]``."""

    kind: VerdictKind
    category: Category
    utterance: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    new_category: Category | None = None
    reason: DismissReason | None = None
    comment: str = ""
    after: str | None = None
    """The `Trail.head` that the reviewer has seen; ``None`` if nobody had judged the finding yet."""


def add_verdict(
    session: Session, recording_id: str, new: NewVerdict, by: Person, grader: Callable[[], Grader]
) -> Verdict:
    """The verdict, kept; the call's lead is graded anew if what decides it is different now.

    The ``grader`` is asked for only then.

    Raises:
        NotFound: ``no-such-recording``, ``not-inspected-yet``, ``no-such-finding``.
        BadInput: ``bad-place``, ``reason-needed``, ``comment-needed``, ``bad-category``, ``text-too-long``.
        Conflict: ``judged-meanwhile``, ``appeal-open``, ``already-decided``, ``already-found``, ``own-call``.
    """
    recording = recording_row(session, recording_id, for_update=True)
    inspected = require_inspection(session, recording_id)
    check_dismissal(new.comment, new.reason, dismisses=new.kind is VerdictKind.DISMISS)
    if new.kind is VerdictKind.COMMENT and not new.comment.strip():
        raise BadInput("comment-needed", "A comment needs some words.", where="comment")
    place = _place(new, inspected)
    trails = read_trails(session, recording_id)
    trail, finding = _meant(new.category, place, inspected, trails)
    if new.kind is VerdictKind.RECATEGORISE:
        check_new_category(trail.verdicts[0].category if trail else new.category, new.new_category)
    _check_order(new, by, trail, finding, recording)
    verdict_id = new_id("ver")
    first = trail.verdicts[0] if trail else None
    row = VerdictRow(
        id=verdict_id,
        trail_id=first.trail_id if first else verdict_id,
        number=len(trail.verdicts) if trail else 0,
        recording_id=recording_id,
        transcript_id=inspected.transcript_id,
        kind=new.kind,
        category=first.category if first else new.category,
        place=_claimed(place, trail, finding).model_dump(mode="json"),
        rule_id=finding and finding.rule_id,
        finding=finding and finding.model_dump(mode="json"),
        new_category=new.new_category if new.kind is VerdictKind.RECATEGORISE else None,
        reason=new.reason if new.kind is VerdictKind.DISMISS else None,
        comment=new.comment,
        by_name=by.name,
        by_key=by.key_id,
        by_named=by.named,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    recount_unreviewed(session, recording_id)
    grade_after_review(session, inspected, trails, row.trail_id, grader)
    return verdict_of(row)


def _place(new: NewVerdict, inspected: StoredInspection) -> Evidence:
    utterances = inspected.transcript.utterances
    if new.utterance >= len(utterances):
        raise BadInput("bad-place", f"There are {len(utterances)} utterances; they count from 0.", where="utterance")
    text = utterances[new.utterance].text
    if not new.start < new.end <= len(text):
        raise BadInput("bad-place", f"The utterance has {len(text)} characters; mark some of them.", where="end")
    return Evidence(utterance=new.utterance, start=new.start, end=new.end, quote=text[new.start : new.end])


def _meant(
    category: Category, place: Evidence, inspected: StoredInspection, trails: Sequence[Trail]
) -> tuple[Trail | None, Finding | None]:
    """The trail that these words continue, and the machine's present finding about it; either may be missing."""
    of_these_words = [one for one in trails if one.verdicts[0].transcript_id == inspected.transcript_id]
    findings = inspected.inspection.findings
    continued = trails_of_findings(findings, of_these_words, inspected.transcript_id)
    alike = [at for at, finding in enumerate(findings) if finding.category is category]
    if category not in OMISSIONS:
        alike = [at for at in alike if common(_closest(findings[at], place), place)]
    if alike:
        at = max(alike, key=lambda at: common(_closest(findings[at], place), place))
        return continued[at], findings[at]
    trail = trail_of(category, [place], of_these_words)
    if trail is None:
        return None, None
    return trail, next((one for one, own in zip(findings, continued, strict=True) if own is trail), None)


def _claimed(place: Evidence, trail: Trail | None, finding: Finding | None) -> Evidence:
    """The words the trail is about: those it began with, else the finding's own, else those that were marked."""
    if trail is not None:
        return trail.verdicts[0].place
    return place if finding is None else _closest(finding, place)


def _closest(finding: Finding, place: Evidence) -> Evidence:
    """The finding's evidence that has most characters in common with this place."""
    return max(finding.evidence, key=lambda one: common(one, place))


def check_dismissal(comment: str, reason: DismissReason | None, *, dismisses: bool) -> None:
    """Returns if this says enough.

    Raises:
        BadInput: ``reason-needed``, ``comment-needed``, ``text-too-long``.
    """
    if len(comment) > MAX_TEXT:
        raise BadInput("text-too-long", f"A comment has at most {MAX_TEXT} characters.", where="comment")
    if dismisses and reason is None:
        raise BadInput(
            "reason-needed",
            "A dismissal needs a reason.",
            way_out=f"Give one of {', '.join(DismissReason)}.",
            where="reason",
        )
    if dismisses and reason is DismissReason.OTHER and not comment.strip():
        raise BadInput("comment-needed", "The reason `other` needs a comment that says which.", where="comment")


def check_new_category(old: Category, new: Category | None) -> None:
    """Returns if a finding can be moved there.

    Raises:
        BadInput: ``bad-category``.
    """
    if new is None or new is old or (new in OMISSIONS) != (old in OMISSIONS):
        raise BadInput(
            "bad-category",
            "Re-categorising needs another category, and something said does not become something left unsaid.",
            way_out="Confirm it, or name another category.",
            where="new_category",
        )


def _check_order(
    new: NewVerdict, by: Person, trail: Trail | None, finding: Finding | None, recording: RecordingRow
) -> None:
    """Raises unless this verdict may follow what is there."""
    if new.kind is VerdictKind.ADD and (trail is not None or finding is not None):
        raise Conflict(
            "already-found",
            "These words are already a finding of this category, or were judged before.",
            way_out="Confirm it instead.",
        )
    if new.kind is not VerdictKind.ADD and trail is None and finding is None:
        raise NotFound(
            "no-such-finding",
            f"The current inspection has no finding of {new.category} at these words.",
            way_out="Use category and evidence of a finding, or add what the machine missed.",
        )
    if new.kind is VerdictKind.COMMENT:
        return
    if recording.agent is not None and may_be_the_same(by, Person(name=recording.agent)):
        raise Conflict("own-call", "Nobody judges a call of his or her own.", way_out="Appeal instead.")
    if trail is None:
        if new.after is not None:
            raise Conflict("judged-meanwhile", "Nobody has judged this finding yet.", way_out="Leave out `after`.")
        return
    if trail.decision is not None:
        raise Conflict("already-decided", f"{trail.decision.by.name} has decided an appeal about it; that is final.")
    if trail.appeal is not None:
        raise Conflict(
            "appeal-open",
            f"{trail.appeal.by.name} has appealed; a second reviewer decides.",
            way_out=f"Decide the appeal {trail.appeal.id}.",
        )
    if new.after != trail.head:
        judged = trail.judged
        raise Conflict(
            "judged-meanwhile",
            f"{judged.by.name} said {judged.kind} at {judged.created_at.isoformat(timespec='seconds')}."
            if judged
            else "Nobody has judged this finding yet.",
            way_out=f"Look at it, and send after={trail.head} to overrule it." if judged else "Leave out `after`.",
        )


def get_verdict(session: Session, verdict_id: str) -> Verdict:
    """The verdict.

    Raises:
        NotFound: ``no-such-verdict``.
    """
    return verdict_of(verdict_row(session, verdict_id))


def verdict_row(session: Session, verdict_id: str) -> VerdictRow:
    """The row itself, for the store's own modules."""
    row = session.get(VerdictRow, verdict_id)
    if row is None:
        raise NotFound("no-such-verdict", f"There is no verdict {verdict_id}.")
    return row
