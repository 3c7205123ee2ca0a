"""Annotated calls: what a person says is in a call, to measure inspections against."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qc.callfile import CallFile
from qc.domain import Category, Letter
from qc.errors import BadCall, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
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
