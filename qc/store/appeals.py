"""Appeals against verdicts and their decisions: added, never changed; nobody decides about a verdict of his or her own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Category, Record
from qc.errors import BadInput, Conflict, NotFound
from qc.grade import Grader
from qc.review import Appeal, AppealOutcome, Decision, DismissReason, Person, Trail, VerdictKind, may_be_the_same
from qc.store.inspections import current_inspection
from qc.store.lead_grades import grade_after_review
from qc.store.paging import new_id, now, read_page
from qc.store.recordings import recording_row
from qc.store.records import Page, StoredAppeal
from qc.store.tables import AppealRow, DecisionRow, VerdictRow
from qc.store.trails import appeal_of, as_trails, decision_of, read_trails
from qc.store.verdicts import MAX_TEXT, check_dismissal, check_new_category, get_verdict, verdict_row


class NewDecision(Record):
    """What a second reviewer makes of an appeal."""

    outcome: AppealOutcome
    new_category: Category | None = None
    reason: DismissReason | None = None
    comment: str = ""


def add_appeal(session: Session, verdict_id: str, reason: str, by: Person) -> Appeal:
    """The appeal, kept; the verdict stands until it is decided.

    Raises:
        NotFound: ``no-such-verdict``.
        BadInput: ``reason-needed``, ``text-too-long``.
        Conflict: ``already-appealed``, ``nothing-to-appeal``, ``overruled``.
    """
    if not reason.strip():
        raise BadInput("reason-needed", "An appeal needs a reason.", where="reason")
    if len(reason) > MAX_TEXT:
        raise BadInput("text-too-long", f"A reason has at most {MAX_TEXT} characters.", where="reason")
    verdict = verdict_row(session, verdict_id)
    recording_row(session, verdict.recording_id, for_update=True)
    trail = _trail(session, verdict)
    if trail.appeal is not None:
        raise Conflict("already-appealed", f"{trail.appeal.by.name} has already appealed about this finding.")
    if verdict.kind in {VerdictKind.DISMISS, VerdictKind.COMMENT}:
        raise Conflict("nothing-to-appeal", f"A verdict of {verdict.kind} is held against nobody.")
    if trail.head != verdict.id:
        raise Conflict(
            "overruled", "A newer verdict has taken the place of this one.", way_out=f"See the verdict {trail.head}."
        )
    row = AppealRow(
        id=new_id("app"),
        verdict_id=verdict.id,
        recording_id=verdict.recording_id,
        reason=reason,
        by_name=by.name,
        by_key=by.key_id,
        by_named=by.named,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return appeal_of(row)


def get_appeal(session: Session, appeal_id: str) -> StoredAppeal:
    """The appeal with the verdict it is about and its decision, if there is one.

    Raises:
        NotFound: ``no-such-appeal``.
    """
    return _stored_appeal(session, _appeal_row(session, appeal_id))


def find_appeals(
    session: Session, *, is_open: bool | None = None, cursor: str | None = None, limit: int = 50
) -> Page[StoredAppeal]:
    """The appeals, newest first; only undecided or only decided ones if asked for.

    Raises:
        BadInput: ``bad-cursor``.
    """
    statement = select(AppealRow)
    if is_open is not None:
        decided = select(DecisionRow.id).where(DecisionRow.appeal_id == AppealRow.id).exists()
        statement = statement.where(~decided if is_open else decided)
    rows, next_cursor = read_page(session, statement, (AppealRow.created_at, AppealRow.id), cursor=cursor, limit=limit)
    return Page(items=tuple(_stored_appeal(session, row) for row in rows), next_cursor=next_cursor)


def add_decision(
    session: Session, appeal_id: str, new: NewDecision, by: Person, grader: Callable[[], Grader]
) -> Decision:
    """The decision, kept; it is the last word about the finding, and the call's lead is graded by it.

    Raises:
        NotFound: ``no-such-appeal``.
        BadInput: ``reason-needed``, ``comment-needed``, ``bad-category``, ``text-too-long``.
        Conflict: ``already-decided``, ``second-reviewer-needed``.
    """
    appeal = _appeal_row(session, appeal_id)
    recording = recording_row(session, appeal.recording_id, for_update=True)
    verdict = get_verdict(session, appeal.verdict_id)
    check_dismissal(new.comment, new.reason, dismisses=new.outcome is AppealOutcome.DISMISS)
    if new.outcome is AppealOutcome.RECATEGORISE:
        check_new_category(verdict.new_category or verdict.category, new.new_category)
    decided = _decision_row(session, appeal_id)
    if decided is not None:
        raise Conflict("already-decided", f"{decided.by_name} has decided this appeal; that is final.")
    involved = [(verdict.by, "gave the verdict"), (appeal_of(appeal).by, "appealed")]
    if recording.agent is not None:
        involved.append((Person(name=recording.agent), "made the call"))
    _check_second(by, involved)
    trails = read_trails(session, appeal.recording_id)
    row = DecisionRow(
        id=new_id("dec"),
        appeal_id=appeal_id,
        outcome=new.outcome,
        new_category=new.new_category if new.outcome is AppealOutcome.RECATEGORISE else None,
        reason=new.reason if new.outcome is AppealOutcome.DISMISS else None,
        comment=new.comment,
        by_name=by.name,
        by_key=by.key_id,
        by_named=by.named,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    inspected = current_inspection(session, appeal.recording_id)
    if inspected is not None:
        grade_after_review(session, inspected, trails, verdict.trail_id, grader)
    return decision_of(row)


def _check_second(by: Person, involved: Iterable[tuple[Person, str]]) -> None:
    """Raises if the one who decides may be one of those involved."""
    for person, role in involved:
        if may_be_the_same(by, person):
            told = f"{by.name} {role}."
            if by.name != person.name:
                told = (
                    f"{by.name} may be {person.name}, who {role}: one API key, and not both requests say who sent it."
                )
            raise Conflict(
                "second-reviewer-needed",
                told,
                way_out="Let another reviewer decide; where people share a key, each request names its reviewer.",
                where="reviewer",
            )


def _appeal_row(session: Session, appeal_id: str) -> AppealRow:
    row = session.get(AppealRow, appeal_id)
    if row is None:
        raise NotFound("no-such-appeal", f"There is no appeal {appeal_id}.")
    return row


def _decision_row(session: Session, appeal_id: str) -> DecisionRow | None:
    return session.scalars(select(DecisionRow).where(DecisionRow.appeal_id == appeal_id)).one_or_none()


def _trail(session: Session, verdict: VerdictRow) -> Trail:
    (trail,) = as_trails(
        session, session.scalars(select(VerdictRow).where(VerdictRow.trail_id == verdict.trail_id)).all()
    )
    return trail


def _stored_appeal(session: Session, row: AppealRow) -> StoredAppeal:
    decided = _decision_row(session, row.id)
    return StoredAppeal(
        appeal=appeal_of(row),
        verdict=get_verdict(session, row.verdict_id),
        decision=None if decided is None else decision_of(decided),
    )
