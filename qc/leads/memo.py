"""One memo of all calls of a lead: the newest word wins, and what it contradicts stays visible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import Field

from qc.corrections import FieldState, current_memo
from qc.domain import Appointment, Budget, Letter, Memo, PurchaseTime, Record
from qc.leads.history import CallEvidence, LeadCall
from qc.memo_text import MemoText, Value, put_in_words

GATHERED: Final = ("use", "preferences", "concerns", "competitors", "decision_makers", "promises")
"""Fields in which a newer call adds to what was said before; in the others it takes its place."""

PASSING: Final = ("purchase_time", "appointment", "next_step")
"""Fields that lapse: a day when it is over, a next step with the next call, all of them when the lead is lost."""

EITHER_OR: Final = tuple(
    re.compile(pattern)
    for pattern in (
        "色$|^[白黑红蓝灰银绿]的?$",
        "座$|座的?$",
        "纯电|油电|混动|插混|增程|燃油|油车|电车",
        "[顶高中低]配",
    )
)
"""Wishes that exclude each other: of each kind the newest call's hold."""


class SaidInCall(Record):
    """A field as one call had it."""

    value: Value
    recording_id: str
    at: datetime
    """When that call began."""
    evidence: tuple[CallEvidence, ...]
    """The words of the machine's value; none where it had no value and somebody added one."""
    corrected_by: Annotated[str | None, Field(exclude_if=lambda name: name is None)] = None
    """Who gave this value in place of the machine's."""


class MergedField(Record):
    """A field over all calls."""

    value: Value
    """What holds; for lists the newest call's entries come first."""
    said: tuple[SaidInCall, ...]
    """The calls it rests on, newest first."""
    conflicts: tuple[SaidInCall, ...] = ()
    """What earlier calls said otherwise, newest first; of a list only the entries that no longer hold."""
    lapsed: bool = False
    """Whether its time is over, or the lead was lost since: shown, but nothing follows from it."""


LeadMemo = Mapping[str, MergedField]
"""By the name of the memo's field; what no call has is missing."""


def merge_memos(calls: Sequence[LeadCall], losses: Sequence[datetime] = ()) -> dict[str, MergedField]:
    """The lead's memo, in the memo's order of fields.

    ``calls`` are in order of time; a day is over if it lies before the last one's. ``losses`` are when the lead was
    reported lost, which voids what was said before it only once the customer has spoken again: until then the report
    may be the mistake. A call graded F is a loss as well.
    """
    if not calls:
        return {}
    told_at = max((call.call.time for call in calls if call.letter is not Letter.N), default=calls[0].call.time)
    lost_at = max(ended_at(calls, losses), default=None)
    merged = {}
    for name in Memo.fields():
        said = tuple(_said(calls, name))
        if said:
            field = _gather(name, said) if name in GATHERED else _newest(said)
            lapsed = name in PASSING and (
                _is_over(field.value, calls[-1].call.time.date())
                or (lost_at is not None and field.said[0].at <= lost_at)
                or (name == "next_step" and field.said[0].at < told_at)
            )
            merged[name] = field.model_copy(update={"lapsed": lapsed})
    return merged


def memo_in_words(memo: LeadMemo, called_on: date) -> MemoText:
    """What holds of the lead's memo in words, as seen from the day of the last call.

    Promises are those of that call: 今天下班前 of an earlier one would be read as another day.
    """
    fields = {name: field.value for name, field in memo.items() if not field.lapsed}
    if "promises" in fields:
        newest = memo["promises"].said[0]
        fields["promises"] = newest.value if newest.at.date() == called_on else ()
    return put_in_words({name: value for name, value in fields.items() if value}, called_on)


def ended_at(calls: Sequence[LeadCall], losses: Sequence[datetime]) -> tuple[datetime, ...]:
    """When the lead was lost by the customer's words, or by a report after which the customer spoke again."""
    told_at = max((call.call.time for call in calls if call.letter is not Letter.N), default=None)
    reported = () if told_at is None else tuple(at for at in losses if at < told_at)
    return (*reported, *(call.call.time for call in calls if call.letter is Letter.F))


def _said(calls: Sequence[LeadCall], name: str) -> Iterator[SaidInCall]:
    for call in reversed(calls):
        field = current_memo(call.memo, call.corrections)[name]
        if field.value:
            yield SaidInCall(
                value=field.value,
                recording_id=call.recording_id,
                at=call.call.time,
                evidence=tuple(CallEvidence(recording_id=call.recording_id, **dict(place)) for place in field.evidence),
                corrected_by=field.by if field.state is FieldState.CORRECTED else None,
            )


def _newest(said: tuple[SaidInCall, ...]) -> MergedField:
    newest = said[0]
    same = tuple(one for one in said if _agree(one.value, newest.value))
    others = tuple(one for one in said if not _agree(one.value, newest.value))
    return MergedField(value=newest.value, said=same, conflicts=others)


def _agree(one: Value, other: Value) -> bool:
    """Whether two calls say the same: dates and sums count, not the words they were said in."""
    if isinstance(one, PurchaseTime) and isinstance(other, PurchaseTime):
        return (one.from_, one.to) == (other.from_, other.to)
    if isinstance(one, Budget) and isinstance(other, Budget):
        return (one.min, one.max) == (other.min, other.max)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return set(one) == set(other)
    return one == other


def _gather(name: str, said: tuple[SaidInCall, ...]) -> MergedField:
    holding: list[str] = []
    resting, conflicts = [], []
    taken: set[re.Pattern[str]] = set()
    for one in said:
        entries = one.value if isinstance(one.value, tuple) else (str(one.value),)
        kinds = {entry: _kind(entry) for entry in entries} if name == "preferences" else {}
        gone = tuple(entry for entry in entries if kinds.get(entry) in taken and entry not in holding)
        kept = [entry for entry in entries if entry not in gone]
        if kept:
            resting.append(one.model_copy(update={"value": tuple(kept)}))
        if gone:
            conflicts.append(one.model_copy(update={"value": gone}))
        holding += [entry for entry in kept if entry not in holding]
        taken |= {kind for kind in kinds.values() if kind is not None}
    return MergedField(value=tuple(holding), said=tuple(resting), conflicts=tuple(conflicts))


def _kind(wish: str) -> re.Pattern[str] | None:
    return next((kind for kind in EITHER_OR if kind.search(wish)), None)


def _is_over(value: Value, today: date) -> bool:
    if isinstance(value, PurchaseTime):
        return value.to is not None and value.to < today
    return isinstance(value, Appointment) and date.fromisoformat(value.at[:10]) < today
