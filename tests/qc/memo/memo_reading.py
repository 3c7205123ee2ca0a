"""How the memo's tests read a few lines: the memo of a transcript with the shipped rules, without the learned model."""

from __future__ import annotations

from functools import cache

from builders import CALL_TIME, a_call, a_transcript

from qc.domain import Memo, Transcript
from qc.memo import write_memo
from qc.rulebook import Rulebook, load_rulebook


@cache
def shipped() -> Rulebook:
    return load_rulebook().model_copy(update={"wishes": None})


def memo_of(*lines: str, time: str = CALL_TIME, brand: str | None = None) -> Memo:
    return memo_of_transcript(a_transcript(*lines), time=time, brand=brand)


def memo_of_transcript(transcript: Transcript, time: str = CALL_TIME, brand: str | None = None) -> Memo:
    return write_memo(a_call(time, brand=brand), transcript, shipped())
