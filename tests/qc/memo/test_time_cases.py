"""When customers buy and come, as written by hand before the rules for it: single answers, and talks of several turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from memo_reading import memo_of_transcript

from qc.domain import Speaker
from qc.turns import Turn, transcript_of_turns

CASES = Path(__file__).parent / "cases"
SHARE = 0.96


def cases(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()]


def turns_of(case: dict[str, object]) -> list[tuple[str, str]]:
    if "turns" in case:
        return [(speaker, text) for speaker, text in case["turns"]]  # type: ignore[attr-defined]
    speaker = str(case["speaker"])
    other = "customer" if speaker == "agent" else "agent"
    before = [(other, str(case["before"]))] if case["before"] else []
    return [*before, (speaker, str(case["text"]))]


def read(case: dict[str, object]) -> tuple[tuple[str, str] | None, str | None]:
    turns = [Turn(speaker=Speaker(speaker), text=text) for speaker, text in turns_of(case)]
    memo = memo_of_transcript(transcript_of_turns(turns), time=str(case["call_time"]))
    time, meeting = memo.purchase_time, memo.appointment
    return (str(time.from_), str(time.to)) if time else None, meeting.at if meeting else None


def expected(case: dict[str, object]) -> tuple[tuple[str, str] | None, str | None]:
    time, meeting = case["purchase_time"], case["appointment"]
    return (
        (time["from"], time["to"]) if isinstance(time, dict) else None,
        meeting["at"] if isinstance(meeting, dict) else None,
    )


@pytest.mark.parametrize("name", ["time", "time_talks"])
def test_times_are_read_as_labelled(name: str) -> None:
    labelled = cases(name)
    pairs = [(read(case), expected(case)) for case in labelled]
    for field in (0, 1):
        right = sum(got[field] == want[field] for got, want in pairs)
        assert right >= SHARE * len(pairs)
    traps = [got for got, want in pairs if want == (None, None)]
    assert sum(got == (None, None) for got in traps) >= SHARE * len(traps)
