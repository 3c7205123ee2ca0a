"""What the model of grades learns from: talk with its grade, and in some of it which turn shows what became of the lead.

Every source is ours and lies in the project; none of it is among the files put aside (`qc.measure.judged.HELD`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from qc.domain import Call, Category, Dealer, Letter, Outcome, Speaker, Transcript
from qc.errors import BadCall
from qc.grading_model import RISING
from qc.grading_words import INTEREST, SIGNS, VISIT
from qc.lead_signs import VISITS
from qc.measure.annotated import (
    TURNS_SUFFIX,
    AnnotatedCall,
    LabelledAppointment,
    Sign,
    marked_calls,
    read_annotated_call,
)
from qc.measure.bank import SOME_DAY, TimeLine
from qc.measure.judged import JudgedLine, is_held
from qc.measure.role_calls import dialogues
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Form = TypeVar("Form", bound=BaseModel)

_OF_LETTER: Final = {
    Letter.O: {Outcome.ORDERED},
    Letter.F: {
        Outcome.CANCELLED,
        Outcome.BOUGHT_ELSEWHERE,
        Outcome.REFUSED,
        Outcome.DO_NOT_CALL,
        Outcome.WRONG_NUMBER,
    },
    Letter.N: {Outcome.NOT_IN_PERSON, Outcome.UNANSWERED, Outcome.AFTER_SALES},
}

_OF_UTTERANCES: Final = {
    Category.LOST_TO_COMPETITOR: Outcome.BOUGHT_ELSEWHERE,
    Category.DO_NOT_CALL: Outcome.DO_NOT_CALL,
}
TALK_SUFFIX: Final = ".grades.jsonl"
LEAST_TELLING: Final = 6
"""Fewer characters of a customer in an open lead's short call show nothing on their own."""


class GradedTalk(NamedTuple):
    """A call, or a line with what came before it, and its grade."""

    source: str
    name: str
    """What must not be on both sides of a split."""
    call: Call
    transcript: Transcript
    grade: Letter | None
    """``None`` where only the words are judged."""
    signs: frozenset[tuple[int, str]]
    """Turns and what they are signs of."""
    settled: frozenset[str]
    """The signs of which it is known where in this talk they are; elsewhere they are not."""
    annotated: bool = False
    """Whether it is one of the annotated calls that `qc evaluate` scores."""


class GradedLine(BaseModel):
    """A line of ``lexicons/grades/*.jsonl``: a short call with its grade by the annotation guide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_time: AwareDatetime
    brand: str | None = None
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    signs: tuple[Sign, ...] = ()
    grade: Letter


class GradedCall(BaseModel):
    """A line of ``<talk>.grades.jsonl``: the grade of one call of the text beside it, if it was held at this time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: Annotated[int, Field(ge=0)]
    call_time: AwareDatetime
    grade: Letter
    signs: tuple[Sign, ...] = ()
    """Some of them: there may be more of the same grade's."""


def read_graded(lexicons: Path, evaluation: Path) -> list[GradedTalk]:
    """Everything to learn from: ``lexicons/grades``, graded calls of ``lexicons/talk``, the annotated calls and the bank of time that may be read.

    Raises:
        BadCall: naming the file and line that does not fit.
    """
    talks: list[GradedTalk] = []
    for path in sorted((lexicons / "grades").glob("*.jsonl")):
        talks += _lines(path)
    for path in sorted((lexicons / "talk").glob(f"*{TALK_SUFFIX}")):
        talks += _talk(path)
    for category, sign in _OF_UTTERANCES.items():
        path = lexicons / "utterances" / f"{category}.jsonl"
        talks += _judged(path, sign) if path.is_file() else ()
    for source, marked in marked_calls(lexicons / "calls"):
        _check(marked.signs, len(marked.turns), marked.id)
        talks.append(_graded(marked, source, marked.signs))
    for folder in (evaluation / "calls", evaluation / "practice"):
        talks += _annotated(folder)
    for path in sorted((evaluation / "bank").glob("time.*.jsonl")):
        talks += () if is_held(path.stem) else _times(path)
    return talks


def _lines(path: Path) -> Iterator[GradedTalk]:
    for where, text in _rows(path):
        line = _fitted(GradedLine, text, where)
        _check(line.signs, len(line.turns), where)
        yield GradedTalk(
            source=f"grades/{path.stem}",
            name="\n".join(turn.text for turn in line.turns),
            call=Call(time=line.call_time, dealer=Dealer(brand=line.brand)),
            transcript=transcript_of_turns(line.turns),
            grade=line.grade,
            signs=frozenset((sign.turn, sign.sign) for sign in line.signs) | _interest(line),
            settled=frozenset(SIGNS),
        )


def _check(signs: Iterable[Sign], turns: int, where: str) -> None:
    for sign in signs:
        if sign.turn >= turns or sign.sign not in SIGNS:
            raise BadCall("bad-call", f"there is no turn {sign.turn} or no sign {sign.sign!r}", where=where)


def _interest(line: GradedLine) -> frozenset[tuple[int, str]]:
    """What the customer says in a short call of an open lead shows interest, but for single words of assent."""
    if line.grade not in RISING:
        return frozenset()
    return frozenset(
        (index, INTEREST)
        for index, turn in enumerate(line.turns)
        if turn.speaker is Speaker.CUSTOMER and len(turn.text) >= LEAST_TELLING
    )


def _judged(path: Path, sign: Outcome) -> Iterator[GradedTalk]:
    """Labelled utterances: the last turn is this sign, or only looks like it."""
    for where, text in _rows(path):
        line = _fitted(JudgedLine, text, where)
        turns = [Turn(speaker=Speaker.AGENT, text=line.before)] if line.before else []
        turns.append(Turn(speaker=Speaker.CUSTOMER, text=line.text))
        yield GradedTalk(
            source="utterances",
            name=line.text,
            call=Call(time=SOME_DAY),
            transcript=transcript_of_turns(turns),
            grade=None,
            signs=frozenset({(len(turns) - 1, sign.value)}) if line.label else frozenset(),
            settled=frozenset({sign.value}),
        )


def _annotated(folder: Path) -> Iterator[GradedTalk]:
    for path in sorted(folder.glob("*.json")):
        if is_held(path.stem) or path.name.endswith(TURNS_SUFFIX):
            continue
        yield _graded(read_annotated_call(path), path.stem.split("-")[0])._replace(annotated=True)


def _graded(call: AnnotatedCall, source: str, signs: Iterable[Sign] = ()) -> GradedTalk:
    return GradedTalk(
        source=source,
        name=call.id,
        call=call.call,
        transcript=call.transcript,
        grade=call.grade,
        signs=frozenset((sign.turn, sign.sign) for sign in signs),
        settled=_absent(call.grade, met=_is_visit(call.memo.appointment)),
    )


def _absent(grade: Letter, *, met: bool) -> frozenset[str]:
    """The signs that are nowhere in a call of this grade; where those of its grade are is not told."""
    present = {outcome.value for outcome in _OF_LETTER.get(grade, ())}
    return frozenset(SIGNS) - present - ({VISIT} if met else set()) - ({INTEREST} if grade in RISING else set())


def _is_visit(appointment: LabelledAppointment | None) -> bool:
    return appointment is not None and appointment.at is not None and appointment.kind in (None, *VISITS)


def _talk(path: Path) -> Iterator[GradedTalk]:
    """Some calls of the text beside it."""
    stem = path.name.removesuffix(TALK_SUFFIX)
    calls = list(dialogues(path.with_name(f"{stem}.txt")))
    for where, text in _rows(path):
        row = _fitted(GradedCall, text, where)
        if row.call >= len(calls):
            raise BadCall("bad-call", f"there is no call {row.call}", where=where)
        _check(row.signs, len(calls[row.call]), where)
        yield GradedTalk(
            source=f"talk/{stem}",
            name=f"{stem} {row.call}",
            call=Call(time=row.call_time),
            transcript=transcript_of_turns(calls[row.call]),
            grade=row.grade,
            signs=frozenset((sign.turn, sign.sign) for sign in row.signs),
            settled=_absent(row.grade, met=row.grade in RISING),
        )


def _times(path: Path) -> Iterator[GradedTalk]:
    for where, text in _rows(path):
        line = _fitted(TimeLine, text, where)
        if line.grade is not None:
            yield GradedTalk(
                source=f"bank/{path.stem}",
                name=line.text,
                call=Call(time=line.call_time),
                transcript=transcript_of_turns(line.turns()),
                grade=line.grade,
                signs=frozenset(),
                settled=_absent(line.grade, met=_is_visit(line.appointment)),
            )


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.strip():
            yield f"{path.name}:{number}", text


def _fitted(form: type[Form], text: str, where: str) -> Form:
    try:
        return form.model_validate(json.loads(text))
    except (json.JSONDecodeError, ValidationError) as error:
        raise BadCall("bad-call", f"not a graded call: {error}", where=where) from error
