"""What people correct in a memo, and what holds then.

Nothing is changed: the machine's value stays in its inspection, a `Correction` is a record beside it, and what holds is
computed from both each time (`current_memo`). A correction is about the call and not about one inspection, so that it
stands when the call is inspected again. Saying that a value is right is a correction to the same value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError

from qc.domain import YEARS, YEARS_SAID, Appointment, Budget, Evidence, Memo, PurchaseTime, Record
from qc.errors import BadInput
from qc.memo_text import Value
from qc.review import Person

MAX_WORDS: Final = 200
"""Characters of one entry."""
MAX_ENTRIES: Final = 50
MAX_YUAN: Final = 100_000_000

_FORMS: Final[Mapping[str, TypeAdapter[Any]]] = {
    name: TypeAdapter(get_type_hints(Memo)[name]) for name in Memo.fields()
}


class CorrectedField(Record):
    """One field: what the machine had when somebody looked, and what is right; ``None`` is "not said"."""

    machine: Value | None
    value: Value | None


class Correction(Record):
    """What one person said about a call's memo at one time."""

    id: str
    recording_id: str
    inspection_id: str
    """The inspection whose memo was seen."""
    fields: Mapping[str, CorrectedField]
    note: str = ""
    by: Person
    created_at: datetime


class FieldState(StrEnum):
    """Whose value holds."""

    MACHINE = "machine"
    """The machine's; nobody has looked at it."""
    CONFIRMED = "confirmed"
    """The machine's, and somebody said that it is right, or right to be missing."""
    CORRECTED = "corrected"
    """Somebody's; the machine has another one, or none."""
    NOT_SAID = "not-said"
    """None, though the machine has one."""


class CurrentField(Record):
    """One field of a memo as it holds."""

    value: Value | None
    machine: Value | None
    state: FieldState
    evidence: tuple[Evidence, ...] = ()
    """The words that the machine's value rests on."""
    correction_id: str | None = None
    """The last correction that speaks of this field, and who made it when."""
    by: str | None = None
    at: datetime | None = None


def current_memo(memo: Memo, corrections: Sequence[Correction]) -> dict[str, CurrentField]:
    """What holds of this memo after these corrections, oldest first; all fields, in the memo's order."""
    said = {name: correction for correction in corrections for name in correction.fields}
    return {name: _current(memo, name, said.get(name)) for name in Memo.fields()}


def _current(memo: Memo, name: str, correction: Correction | None) -> CurrentField:
    machine: Value | None = getattr(memo, name) or None
    evidence = memo.evidence.get(name, ())
    if correction is None:
        return CurrentField(value=machine, machine=machine, state=FieldState.MACHINE, evidence=evidence)
    value = correction.fields[name].value
    state = FieldState.CORRECTED if value else FieldState.NOT_SAID
    return CurrentField(
        value=value,
        machine=machine,
        state=FieldState.CONFIRMED if value == machine else state,
        evidence=evidence,
        correction_id=correction.id,
        by=correction.by.name,
        at=correction.created_at,
    )


def holding(current: Mapping[str, CurrentField]) -> dict[str, Value]:
    """The fields that have a value now."""
    return {name: field.value for name, field in current.items() if field.value}


def read_fields(content: Mapping[str, Any]) -> dict[str, Value | None]:
    """Values of memo fields from JSON in the memo's own form; what is null, blank or an empty list is ``None``.

    Raises:
        BadInput: ``no-such-field``, ``bad-value``.
    """
    return {name: _read_field(name, value) for name, value in content.items()}


def _read_field(name: str, content: Any) -> Value | None:
    if name not in _FORMS:
        raise BadInput(
            "no-such-field",
            f"A memo has no field {name[:MAX_WORDS]!r}.",
            way_out=f"There are: {', '.join(_FORMS)}.",
            where="fields",
        )
    if content is None:
        return None
    try:
        value = _FORMS[name].validate_python(content)
    except ValidationError as error:
        raise _bad_value(name, error.errors()[0]["msg"]) from error
    return _tidy(name, value)


def _tidy(name: str, value: Any) -> Value | None:
    """The value without blanks and repeats, if it makes sense."""
    match value:
        case Budget():
            sums = [figure for figure in (value.min, value.max) if figure is not None]
            if not sums or sums != sorted(sums) or not 0 < sums[0] <= sums[-1] <= MAX_YUAN:
                raise _bad_value(name, "name min or max or both, in yuan, the smaller one first")
            return value
        case PurchaseTime():
            if value.from_ and value.to and value.from_ > value.to:
                raise _bad_value(name, "it ends before it begins")
            if not all(_can_be_meant(day) for day in (value.from_, value.to) if day is not None):
                raise _bad_value(name, YEARS_SAID)
            if value.from_ is None and value.to is None and not value.said.strip():
                raise _bad_value(name, "name a day, or what was said")
            return value.model_copy(update={"said": _words(name, value.said)})
        case Appointment():
            _check_moment(name, value.at)
            return value
        case tuple():
            entries = tuple(dict.fromkeys(entry for entry in (_words(name, one) for one in value) if entry))
            if len(entries) > MAX_ENTRIES:
                raise _bad_value(name, f"at most {MAX_ENTRIES} entries")
            return entries or None
        case _:
            return _words(name, value) or None


def _words(name: str, text: str) -> str:
    words = " ".join(text.split())
    if len(words) > MAX_WORDS:
        raise _bad_value(name, f"at most {MAX_WORDS} characters")
    return words


def _check_moment(name: str, at: str) -> None:
    """Returns if this is a local date, or a date and a time to the minute."""
    day, _, hour = at.partition("T")
    try:
        whole = date.fromisoformat(day).isoformat() + (f"T{datetime.strptime(hour, '%H:%M'):%H:%M}" if hour else "")  # noqa: DTZ007 - the dealer's own clock
    except ValueError as error:
        raise _bad_value(name, "at must be such as 2026-03-14 or 2026-03-14T15:00") from error
    if whole != at:
        raise _bad_value(name, "at must be such as 2026-03-14 or 2026-03-14T15:00")
    if not _can_be_meant(date.fromisoformat(day)):
        raise _bad_value(name, YEARS_SAID)


def _can_be_meant(day: date) -> bool:
    """Whether this day is of the `YEARS` that are accepted."""
    return YEARS[0] <= day.year <= YEARS[1]


def _bad_value(name: str, why: str) -> BadInput:
    return BadInput(
        "bad-value",
        f"{name}: {why}.",
        way_out="Send it in the form that the memo has, or null for what was not said.",
        where=f"fields.{name}",
    )
