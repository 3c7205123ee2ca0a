"""The tables, the same on SQLite and PostgreSQL. Rows stay inside the store; others see `qc.store.records`."""

from __future__ import annotations

from datetime import MINYEAR, UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A point in time: aware outside, UTC inside; SQLite would drop the offset otherwise."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC; one that lies before the first or after the last year in UTC becomes that year's border."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            if value.year == MINYEAR:
                return datetime.min.replace(tzinfo=UTC)
            return datetime.max.replace(tzinfo=UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time as it was bound, in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """What all tables share: names for every constraint, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RecordingRow(Base):
    """A recording or conversation, and which worker has it."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    progress: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_detail: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    agent: Mapped[str | None] = mapped_column(String(200), index=True)
    customer: Mapped[str | None] = mapped_column(String(200))
    lead: Mapped[str | None] = mapped_column(String(200), index=True)
    """The lead's external id; `LeadRow` is made when there is something to keep about it."""
    store: Mapped[str | None] = mapped_column(String(200), index=True)
    brand: Mapped[str | None] = mapped_column(String(200))
    direction: Mapped[str | None] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    started_offset_s: Mapped[int]
    """Seconds east of UTC: spoken dates count from the caller's own day."""
    source: Mapped[str | None] = mapped_column(String(200))
    crm_grade: Mapped[str | None] = mapped_column(String(200))
    card: Mapped[str | None] = mapped_column(String(200))
    agent_channel: Mapped[int | None]
    filename: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    blob_key: Mapped[str | None] = mapped_column(String(200))
    duration_ms: Mapped[int] = mapped_column(default=0)
    channels: Mapped[int | None]
    transcript_id: Mapped[str | None] = mapped_column(ForeignKey("transcripts.id"))
    inspection_id: Mapped[str | None] = mapped_column(String(40))
    duplicate_of: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"), index=True)
    lease_token: Mapped[str | None] = mapped_column(String(40))
    """Who has it; only the holder of the token may write."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it may be taken again; set without a token, it is a pause."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_recordings_created_at_id", "created_at", "id"),
        Index("ix_recordings_state_created_at", "state", "created_at"),
    )


class TranscriptRow(Base):
    """What was said; `fingerprint` joins the audio's hash, the recogniser and the agent's channel."""

    __tablename__ = "transcripts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)
    recogniser: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    text: Mapped[str] = mapped_column(Text)
    """The utterances, one a line, for search."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_transcripts_created_at", "created_at"),)


class InspectionRow(Base):
    """What was concluded; never changed but for `current`, `unreviewed` and `reviewed_grade`."""

    __tablename__ = "inspections"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    transcript_id: Mapped[str] = mapped_column(ForeignKey("transcripts.id"))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    changes: Mapped[dict[str, Any] | None] = mapped_column(Json)
    current: Mapped[bool]
    grade: Mapped[str] = mapped_column(String(1), index=True)
    grade_probability: Mapped[float]
    next_contact_by: Mapped[date | None] = mapped_column(Date)
    flagged: Mapped[bool]
    severity: Mapped[str | None] = mapped_column(String(16))
    points: Mapped[float | None]
    unreviewed: Mapped[int]
    """How many of its findings nobody has judged; verdicts on earlier inspections of the recording count."""
    reviewed_grade: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The `ReviewedGrade` that counts for the lead; None where verdicts change nothing that decides it."""
    rulebook: Mapped[str] = mapped_column(String(64), index=True)
    grader: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_inspections_created_at_id", "created_at", "id"),
        Index(
            "uq_inspections_current",
            "recording_id",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
        Index(
            "ix_inspections_current_rulebook",
            "rulebook",
            sqlite_where=text("current = 1"),  # as queries there ask for it
            postgresql_where=text("current"),
        ),
    )


class FindingRow(Base):
    """One finding of an inspection, for filters; the whole of it is in the inspection's content."""

    __tablename__ = "inspection_findings"

    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(64), index=True)
    severity: Mapped[str] = mapped_column(String(16), index=True)
    probability: Mapped[float]


class IdempotencyRow(Base):
    """A request that was answered, so that its repetition gets the same answer."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"))
    """None for what is about no recording: a lead, an outcome."""
    record_id: Mapped[str | None] = mapped_column(String(40))
    """What was added, where that is not the recording itself: a verdict, an appeal, a decision, a lead, an outcome."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class VerdictRow(Base):
    """What a reviewer said about a finding; a trigger refuses every change."""

    __tablename__ = "verdicts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    trail_id: Mapped[str] = mapped_column(String(40))
    """The id of the first verdict of the trail."""
    number: Mapped[int]
    """Its place in the trail; unique there, so that of two that follow the same one only one is kept."""
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    transcript_id: Mapped[str] = mapped_column(ForeignKey("transcripts.id"))
    kind: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(64))
    place: Mapped[dict[str, Any]] = mapped_column(Json)
    rule_id: Mapped[str | None] = mapped_column(String(200), index=True)
    finding: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The machine's value as the reviewer saw it."""
    new_category: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    by_key: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"))
    by_named: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("trail_id", "number"),)


class AppealRow(Base):
    """A consultant's objection to a verdict; open until there is a decision. A trigger refuses every change."""

    __tablename__ = "appeals"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdicts.id"), unique=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    by_key: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"))
    by_named: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_appeals_created_at_id", "created_at", "id"),)


class DecisionRow(Base):
    """The last word about an appeal; a trigger refuses every change."""

    __tablename__ = "appeal_decisions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    appeal_id: Mapped[str] = mapped_column(ForeignKey("appeals.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(16))
    new_category: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    by_key: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"))
    by_named: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class LeadRow(Base):
    """A customer the dealer may sell to, by the CRM's id; begun by the CRM, by a call of it, or by news about it."""

    __tablename__ = "leads"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), unique=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Of what the CRM posted; None while only calls or news are known."""
    at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the lead was created, as the CRM says."""
    offset_s: Mapped[int] = mapped_column(default=0)
    """Seconds east of UTC of ``at``."""
    source: Mapped[str | None] = mapped_column(String(200))
    store: Mapped[str | None] = mapped_column(String(200), index=True)
    consultant: Mapped[str | None] = mapped_column(String(200), index=True)
    customer: Mapped[str | None] = mapped_column(String(200))
    crm_grade: Mapped[str | None] = mapped_column(String(200))
    """The grade the CRM gave it when it was created."""
    tags: Mapped[list[str]] = mapped_column(Json)
    grade: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The `LeadGrade` now, and in ``memo`` the merged memo it was given by."""
    memo: Mapped[dict[str, Any] | None] = mapped_column(Json)
    letter: Mapped[str | None] = mapped_column(String(1), index=True)
    misjudged: Mapped[str | None] = mapped_column(String(16), index=True)
    """The direction of a `Misjudged`."""
    found_tags: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    """Each a `LeadTag`: what the customer's words show; ``tags`` are the CRM's."""
    changes: Mapped[int] = mapped_column(default=0)
    """How many changes of its grade there are; the number of the last one."""
    planned_for: Mapped[datetime | None] = mapped_column(UtcTime)
    """The ``updated_at`` that its follow-up was planned for; another one asks for a new plan."""
    planned_by: Mapped[str | None] = mapped_column(String(64))
    """A hash of the rules and of the time zone that it was planned by."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_leads_created_at_id", "created_at", "id"),
        Index("ix_leads_at_id", "at", "id"),
        Index(
            "ix_leads_unplanned",
            "updated_at",
            "id",
            sqlite_where=text("planned_for IS NULL OR planned_for != updated_at"),
            postgresql_where=text("planned_for IS NULL OR planned_for != updated_at"),
        ),
        Index("ix_leads_planned_by_id", "planned_by", "id"),
    )


class LeadTagRow(Base):
    """A tag of a lead, the CRM's or by the customer's words, to list leads by."""

    __tablename__ = "lead_tags"

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class OutcomeRow(Base):
    """News from the CRM about a lead; a trigger refuses every change."""

    __tablename__ = "lead_outcomes"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the whole of it: the same news told twice are one."""
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)
    offset_s: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(200))
    given_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class GradeChangeRow(Base):
    """A change of a lead's grade, as the feed tells it; a trigger refuses every change."""

    __tablename__ = "grade_changes"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Its place in the feed: 1, 2, 3 … in the order of commits, without gaps (see `qc.store.grade_feed`)."""
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"))
    lead_number: Mapped[int]
    """Its place among the changes of its lead: 1, 2, 3 …"""
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"))
    outcome_id: Mapped[str | None] = mapped_column(ForeignKey("lead_outcomes.id"))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("lead_id", "lead_number"),)


class FeedRow(Base):
    """The last number a feed has given; whoever appends holds this row until the end of the transaction."""

    __tablename__ = "feeds"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class CorrectionRow(Base):
    """What somebody corrected or confirmed in a call's memo; a trigger refuses every change."""

    __tablename__ = "memo_corrections"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))
    number: Mapped[int]
    """Its place among the corrections of its recording; unique there, so that of two after the same one only one is
    kept."""
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    """The inspection whose memo was seen."""
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(String(200))
    by_key: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"))
    by_named: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("recording_id", "number"),)


class WritingRow(Base):
    """What the optional writer answered about a call, checked; a trigger refuses every change."""

    __tablename__ = "memo_writings"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    transcript_id: Mapped[str] = mapped_column(ForeignKey("transcripts.id"))
    inspection_id: Mapped[str] = mapped_column(ForeignKey("inspections.id"))
    """The inspection whose memo it was shown."""
    model: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    kept: Mapped[int]
    dropped: Mapped[int]
    """How much of the answer passed the checks, and how much did not."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_memo_writings_outcome_kept_dropped", "outcome", "kept", "dropped"),)


class FollowUpRow(Base):
    """What is planned about a lead; made anew when the lead or the rules of following up have changed."""

    __tablename__ = "follow_ups"

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    agent: Mapped[str | None] = mapped_column(String(200))
    """Who spoke in the lead's last call: who follows up where the CRM names no consultant."""
    call_due: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until when the first call is due; None while the CRM has not posted the lead."""
    feedback_due: Mapped[datetime | None] = mapped_column(UtcTime)
    callback: Mapped[str | None] = mapped_column(String(16))
    callback_since: Mapped[datetime | None] = mapped_column(UtcTime)
    callback_until: Mapped[datetime | None] = mapped_column(UtcTime)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    """Why nobody is to call (``stopped``), why a return call is worth it (``callback``), what is known (``answers``)."""

    __table_args__ = (Index("ix_follow_ups_callback_since_lead_id", "callback_since", "lead_id"),)


class ReminderRow(Base):
    """One thing to do about a lead, of each kind at most one."""

    __tablename__ = "reminders"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The lead's id and the kind, so that a calendar knows an event again that has moved."""
    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"))
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)
    due_by: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcTime)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    """When it last became another."""

    __table_args__ = (UniqueConstraint("lead_id", "kind"), Index("ix_reminders_at_id", "at", "id"))


class CalendarRow(Base):
    """A consultant's calendar feed; the token itself is nowhere."""

    __tablename__ = "calendars"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    consultant: Mapped[str] = mapped_column(String(200), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class KeyRow(Base):
    """An API key; the secret itself is nowhere."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]] = mapped_column(Json)
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
