"""What kind of customer a lead is, over all its calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from qc.domain import Record
from qc.leads.history import CallEvidence, LeadCall


class LeadTag(Record):
    """A tag by the customer's own words, in the newest call that shows it."""

    tag: str
    recording_id: str
    at: datetime
    """When that call began."""
    evidence: Annotated[tuple[CallEvidence, ...], Field(min_length=1)]


def merge_tags(calls: Iterable[LeadCall]) -> tuple[LeadTag, ...]:
    """The lead's tags, the newest call's first.

    Of tags that exclude each other the newest call's holds: who was to buy a first car and now trades one in is 换购.
    A tag made of others goes with any of them.
    """
    held: dict[str, LeadTag] = {}
    parts: dict[str, tuple[str, ...]] = {}
    taken: dict[str, str] = {}
    for call in sorted(calls, key=lambda call: (call.call.time, call.recording_id), reverse=True):
        for tag in call.inspection.tags:
            if tag.tag in held or (tag.kind is not None and taken.setdefault(tag.kind, tag.tag) != tag.tag):
                continue
            held[tag.tag] = LeadTag(
                tag=tag.tag,
                recording_id=call.recording_id,
                at=call.call.time,
                evidence=tuple(CallEvidence(recording_id=call.recording_id, **dict(quote)) for quote in tag.evidence),
            )
            parts[tag.tag] = tag.together
    return tuple(tag for name, tag in held.items() if all(part in held for part in parts[name]))
