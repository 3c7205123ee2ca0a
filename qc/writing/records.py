"""What a writer answers about a call, and what is left of it after the checks."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from qc.domain import Evidence, Milliseconds, Record
from qc.memo_text import Value

PROMPT_VERSION = "1"
"""Goes up with every change of what the writer is told."""


class RawProposal(BaseModel):
    """A proposal as it came; nothing about it is believed yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    field: Any = None
    value: Any = None
    quote: Any = None


class Reply(BaseModel):
    """An answer as it came, with what was masked filled in again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    summary: str | None = None
    proposals: tuple[RawProposal, ...] = ()


class DropReason(StrEnum):
    """Why a part of an answer was dropped."""

    UNKNOWN_FIELD = "unknown-field"
    BAD_VALUE = "bad-value"
    """Not of the field's form."""
    NO_QUOTE = "no-quote"
    """Nobody says these words."""
    WRONG_PARTY = "wrong-party"
    """The other party says them: a dealer's quote is no budget of the customer."""
    FIGURE_NOT_QUOTED = "figure-not-quoted"
    """A number, sum, day or hour that the quoted words do not give."""
    NOT_IN_QUOTE = "not-in-quote"
    """The quoted words speak of something else."""
    TOO_MANY = "too-many"
    SUMMARY_UNSUPPORTED = "summary-unsupported"
    """The summary holds a figure, day, name, car or claim that no field holds."""


class Drop(Record):
    """A part of an answer that was dropped; what it said is not kept."""

    reason: DropReason
    field: str | None = None


class Proposal(Record):
    """A value that the writer proposes for a field; one entry where the field is a list."""

    field: str
    value: Value
    evidence: Evidence


class WriterOutcome(StrEnum):
    """How asking the writer ended; but for ``written`` the machine's own text stands alone."""

    WRITTEN = "written"
    UNUSABLE = "unusable"
    """The answer is not of the form that was asked for."""
    TIMED_OUT = "timed-out"
    REFUSED = "refused"
    """Status 4xx, but for ``declined``: a wrong key or model, or too many requests."""
    DECLINED = "declined"
    """Status 400, 413 or 422: this call alone is too long for it, or its filter will not have it."""
    FAILED = "failed"
    """Status 5xx, or no connection."""
    PAUSED = "paused"
    """Not asked: it did not answer before, and is left alone for a while."""


NO_ANSWER: Final = frozenset(
    {WriterOutcome.TIMED_OUT, WriterOutcome.REFUSED, WriterOutcome.FAILED, WriterOutcome.PAUSED}
)
"""Outcomes that say nothing of the call: asking again later may well work."""


class Writing(Record):
    """What came of asking a writer about one call, kept apart from the machine's values."""

    model: str
    prompt: str = PROMPT_VERSION
    outcome: WriterOutcome
    summary: str | None = None
    """The summary in the writer's words, if it passed the checks."""
    basis: str = ""
    """The machine's own summary that it was worded from; it speaks of no other memo."""
    proposals: tuple[Proposal, ...] = ()
    dropped: tuple[Drop, ...] = ()
    took_ms: Milliseconds = 0
