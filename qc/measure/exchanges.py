"""Exchanges whose memo is known, in whole or in part: what the models of `qc.memo.signs` learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from qc.measure.annotated import AnnotatedCall, LabelledMemo, annotated_calls, marked_calls
from qc.measure.bank import FindingLine, TimeLine, bank_lines, said_in
from qc.memo.talk import Talk
from qc.turns import transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qc.domain import Call
    from qc.turns import Turn

_TIMES: Final = frozenset({"purchase_time", "appointment"})
"""What a line of the bank of time says."""


class Exchange(NamedTuple):
    """A talk with its labelled memo, of which only the fields ``settled`` are known."""

    source: str
    call: Call
    talk: Talk
    memo: LabelledMemo
    settled: frozenset[str]


def read_exchanges(lexicons: Path, evaluation: Path, cases: Path) -> list[Exchange]:
    """All exchanges of the project whose memo is known, but for what is held out."""
    exchanges = [*exchanges_of(evaluation / "calls", "d[ab]-*"), *exchanges_of(evaluation / "practice", "*")]
    exchanges += (_whole(f"calls/{source}", call) for source, call in marked_calls(lexicons / "calls"))
    banks = (
        *(evaluation / "bank" / f"{name}.open.jsonl" for name in ("needs", "time")),
        *(cases / f"{name}.jsonl" for name in ("needs", "time")),
        *sorted(lexicons.glob("facts/*.jsonl")),
    )
    for bank in banks:
        exchanges += exchanges_in(bank)
    return exchanges


def exchanges_of(calls: Path, only: str) -> Iterator[Exchange]:
    """The annotated calls of this folder whose name matches ``only``."""
    return (_whole(f"{calls.name}/{only}", call) for call in annotated_calls(calls, only))


def exchanges_in(bank: Path) -> Iterator[Exchange]:
    """The lines of this bank that say what a memo holds."""
    for line in bank_lines(bank):
        if isinstance(line, FindingLine):
            continue
        call, turns = said_in(line)
        if isinstance(line, TimeLine):
            memo = LabelledMemo(purchase_time=line.purchase_time, appointment=line.appointment)
            settled = _TIMES
        else:
            memo, settled = LabelledMemo.model_validate(_filled(line.memo)), frozenset(line.memo)
        yield Exchange(bank.stem, call, _talk(turns), memo, settled)


def _filled(memo: dict[str, Any]) -> dict[str, Any]:
    """Without what is null, which is what a memo holds of itself."""
    return {name: value for name, value in memo.items() if value is not None}


def _whole(source: str, call: AnnotatedCall) -> Exchange:
    return Exchange(source, call.call, _talk(call.turns), call.memo, frozenset(LabelledMemo.model_fields))


def _talk(turns: Sequence[Turn]) -> Talk:
    return Talk(transcript_of_turns(turns))
