"""What the model of the memo's wishes learns from: talk in which it is marked which words say what the memo should hold.

Snippets of ``lexicons/memos/*.jsonl``, a JSON of turns and spans each, the calls of ``lexicons/calls``, and the annotated
calls of the evaluation with the places of their memos' values in ``tests/evaluation/memo_spans.jsonl``. None of it is among the files put aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from qc.errors import BadCall
from qc.measure.annotated import FieldName, Marked, Span, marked_calls, read_annotated_call
from qc.measure.judged import fitted, is_held, rows
from qc.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CALLS = ("calls", "practice")
"""Folders of annotated calls below the one of the evaluation."""
PLACES = "memo_spans.jsonl"


class Snippet(Marked):
    """A line of ``lexicons/memos/*.jsonl``; what is not marked is no wish."""

    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]


class PlacesOfCall(Marked):
    """A line of `PLACES`: where an annotated call says what its memo holds."""

    call: str
    spans: tuple[Span, ...]


class MemoTalk(NamedTuple):
    """A call or a snippet with its wishes."""

    source: str
    name: str
    """What must not be on both sides of a split."""
    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]
    values: Mapping[str, tuple[str, ...]]
    """By field, all that the memo should hold."""
    annotated: bool


def read_memo_talk(lexicons: Path, evaluation: Path) -> list[MemoTalk]:
    """Everything to learn wishes from.

    Raises:
        BadCall: naming the file and line that does not fit, or whose span is not in its turn.
    """
    talks: list[MemoTalk] = []
    for path in sorted((lexicons / "memos").glob("*.jsonl")):
        for where, text in rows(path):
            snippet = fitted(Snippet, text, where)
            talks.append(_talk(path.stem, where, snippet.turns, snippet.spans, where))
    talks += (
        _talk(source, call.id, call.turns, call.spans, call.id) for source, call in marked_calls(lexicons / "calls")
    )
    places = {
        each.call: each for where, text in rows(evaluation / PLACES) for each in [fitted(PlacesOfCall, text, where)]
    }
    for folder in CALLS:
        for path in sorted((evaluation / folder).glob("*.json")):
            if path.stem not in places or is_held(path.stem):
                continue
            call = read_annotated_call(path)
            marked = _talk(path.stem.split("-")[0], path.stem, call.turns, places[path.stem].spans, path.name)
            values = {field: tuple(getattr(call.memo, field)) for field in get_args(FieldName)}
            talks.append(marked._replace(values=values, annotated=True))
    return talks


def _talk(source: str, name: str, turns: tuple[Turn, ...], spans: tuple[Span, ...], where: str) -> MemoTalk:
    for span in spans:
        if span.turn >= len(turns) or not span.start < span.end <= len(turns[span.turn].text):
            raise BadCall("bad-call", f"the span of {span.means!r} is not in its turn", where=where)
    values: dict[str, tuple[str, ...]] = {}
    for span in spans:
        values[span.field] = (*values.get(span.field, ()), span.means)
    return MemoTalk(source, name, turns, spans, values, annotated=False)
