"""Annotated calls: what a person says is in a call, to measure inspections against."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qc.callfile import CallFile
from qc.domain import Category, Letter
from qc.errors import BadCall, NotFound

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path


Labels = TypeVar("Labels", bound=BaseModel)


class _Label(BaseModel):
    """Labels are written by hand and carry notes; what is not measured is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LabelledFinding(_Label):
    """A violation or alert: its category, the index of the turn it is in, and the telling words."""

    category: Category
    turn: int
    quote: str | None = None


class LabelledBudget(_Label):
    """CNY, as the customer said it."""

    min: int | None = None
    max: int | None = None


class LabelledPurchaseTime(_Label):
    """ISO dates, both ends inclusive."""

    from_: str | None = Field(default=None, alias="from")
    to: str | None = None


class LabelledAppointment(_Label):
    """An ISO date, with an hour where one was agreed."""

    at: str | None = None
    kind: str | None = None


class LabelledMemo(_Label):
    """What a person says the memo should hold."""

    customer_name: str | None = None
    vehicles: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    budget: LabelledBudget | None = None
    purchase_time: LabelledPurchaseTime | None = None
    payment: str | None = None
    trade_in: str | None = None
    competitors: tuple[str, ...] = ()
    decision_makers: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    appointment: LabelledAppointment | None = None
    contact_preference: str | None = None
    promises: tuple[str, ...] = ()


class AnnotatedCall(CallFile):
    """A call with its labels, in the form of the annotation guide."""

    id: str
    findings: tuple[LabelledFinding, ...]
    omissions: tuple[Category, ...]
    memo: LabelledMemo
    grade: Letter


FieldName = Literal["use", "preferences", "concerns", "decision_makers", "promises"]
"""The lists of a memo whose wording is free."""


class Marked(BaseModel):
    """Something marked by hand, without any note."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Marked):
    """Words of a turn that say what a field should hold, ``means`` as an annotator words it."""

    field: FieldName
    turn: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: int
    means: Annotated[str, Field(min_length=1)]


class Sign(Marked):
    """What one turn is a sign of: one of `qc.grading_words.SIGNS`, as `qc.measure.grade_talks` checks."""

    turn: Annotated[int, Field(ge=0)]
    sign: str


class MarkedCall(AnnotatedCall):
    """An annotated call in which it is marked where it says what its memo's lists hold, and what became of the lead."""

    spans: tuple[Span, ...]
    signs: tuple[Sign, ...]


class TimedTurn(_Label):
    """Where in the recording a turn is."""

    start_ms: int
    end_ms: int


class RecordedTurns(_Label):
    """The times of an annotated call's turns in its recording; ``agent_channel`` is None for mono."""

    id: str
    turns: tuple[TimedTurn, ...]
    agent_channel: int | None = None


TURNS_SUFFIX = ".turns.json"


def annotated_calls(folder: Path, only: str = "*") -> Iterator[AnnotatedCall]:
    """The annotated calls in this folder whose file name without ending matches ``only``, by name.

    Turn times of recordings (``*.turns.json``) may lie beside them.

    Raises:
        NotFound: if there is none.
        BadCall: naming the file and field that does not fit.
    """
    named = [path for path in sorted(folder.glob("*.json")) if fnmatchcase(path.stem, only)]
    paths = [path for path in named if not path.name.endswith(TURNS_SUFFIX)]
    if not paths:
        raise NotFound("no-calls", f"no annotated call matches {only!r}", where=str(folder))
    for path in paths:
        yield read_annotated_call(path)


def marked_calls(folder: Path) -> Iterator[tuple[str, MarkedCall]]:
    """The calls of each ``*.jsonl`` in this folder, one a line, with the file's stem: who wrote it.

    Raises:
        BadCall: naming the file, the line and what does not fit: a quote or a span that is not in its turn, a value
            that no span says, an id that is used twice.
    """
    seen: set[str] = set()
    for path in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            where = f"{path.name}:{number}"
            try:
                call = MarkedCall.model_validate_json(text)
            except ValidationError as error:
                first = error.errors()[0]
                raise BadCall("bad-call", f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=where) from error
            for fault in _faults(call, seen):
                raise BadCall("bad-call", fault, where=where)
            seen.add(call.id)
            yield path.stem, call


def _faults(call: MarkedCall, seen: Container[str]) -> Iterator[str]:
    if call.id in seen:
        yield f"there is a call {call.id} already"
    said = [turn.text for turn in call.turns]
    for finding in call.findings:
        if not 0 <= finding.turn < len(said) or (finding.quote or "") not in said[finding.turn]:
            yield f"{finding.quote!r} is not in turn {finding.turn}"
    for span in call.spans:
        if span.turn >= len(said) or not span.start < span.end <= len(said[span.turn]):
            yield f"the span of {span.means!r} is not in its turn"
    yield from (f"there is no turn {sign.turn}" for sign in call.signs if sign.turn >= len(said))
    for field in get_args(FieldName):
        values = set(getattr(call.memo, field))
        told = {span.means for span in call.spans if span.field == field}
        if values != told:
            yield f"{field}: {'、'.join(sorted(values ^ told))} stands in the memo or in a span alone"


def read_annotated_call(path: Path) -> AnnotatedCall:
    """The annotated call in this file.

    Raises:
        BadCall: naming the field that does not fit.
    """
    return _read(path, AnnotatedCall)


def read_recorded_turns(path: Path) -> RecordedTurns:
    """The turn times in this file.

    Raises:
        BadCall: naming the field that does not fit.
    """
    return _read(path, RecordedTurns)


def _read(path: Path, model: type[Labels]) -> Labels:
    try:
        content: Any = json.loads(path.read_bytes())
        return model.model_validate(content)
    except (UnicodeDecodeError, json.JSONDecodeError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        field = ".".join(str(part) for part in first["loc"])
        raise BadCall("bad-call", f"{field or 'the file'}: {first['msg']}", where=str(path)) from error
