"""Whole calls to learn from: read with where they say what their labels hold, and refused where that is not so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qc.errors import BadCall
from qc.measure.annotated import marked_calls
from qc.rulebook import SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

CALL: dict[str, Any] = {
    "id": "some-001",
    "call_time": "2026-03-12T10:15:00+08:00",
    "turns": [
        {"speaker": "customer", "text": "我主要是接孩子，征信有点花，办得下来吗？"},
        {"speaker": "agent", "text": "不看征信的，您放心。"},
    ],
    "findings": [{"category": "finance-misleading", "turn": 1, "quote": "不看征信的"}],
    "omissions": [],
    "memo": {"use": ["接孩子"], "concerns": ["征信有点花"]},
    "grade": "C",
    "spans": [
        {"field": "use", "turn": 0, "start": 4, "end": 7, "means": "接孩子"},
        {"field": "concerns", "turn": 0, "start": 8, "end": 13, "means": "征信有点花"},
    ],
    "signs": [],
}


def written(folder: Path, *calls: dict[str, Any]) -> Path:
    (folder / "some.jsonl").write_text("\n".join(json.dumps(call) for call in calls), encoding="utf-8")
    return folder


def test_a_call_is_read_with_who_wrote_it(tmp_path: Path) -> None:
    ((source, call),) = marked_calls(written(tmp_path, CALL))
    assert (source, call.id, len(call.spans)) == ("some", "some-001", 2)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"findings": [{"category": "abuse", "turn": 1, "quote": "穷鬼"}]}, "穷鬼"),
        ({"findings": [{"category": "abuse", "turn": 2, "quote": ""}]}, "turn 2"),
        ({"spans": [{"field": "use", "turn": 0, "start": 90, "end": 93, "means": "接孩子"}]}, "接孩子"),
        ({"spans": CALL["spans"][:1]}, "征信有点花"),
        ({"memo": {"use": ["接孩子"]}}, "征信有点花"),
        ({"signs": [{"turn": 5, "sign": "visit"}]}, "turn 5"),
        ({"grade": "Z"}, "grade"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path: Path, fault: dict[str, Any], named: str) -> None:
    with pytest.raises(BadCall, match=named) as refused:
        list(marked_calls(written(tmp_path, {**CALL, "id": "some-002"}, CALL | fault)))
    assert refused.value.where == "some.jsonl:2"


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="some-001"):
        list(marked_calls(written(tmp_path, CALL, CALL)))


def test_every_shipped_call_fits() -> None:
    assert sum(1 for _ in marked_calls(SHIPPED / "calls")) > 0
