"""``qc explain``: why a rule found something in a call, and why it did not."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from qc.callfile import read_call_file
from qc.domain import CATEGORY_TITLES, Transcript
from qc.doubt import without_doubted
from qc.errors import NotFound
from qc.explaining import OUTCOME_TITLES, Explanation, TraceOutcome, explain, rules_named
from qc.ingest import open_service
from qc.inspecting import make_judge
from qc.store.recordings import get_recording
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript

STYLES = {
    TraceOutcome.FOUND: "red",
    TraceOutcome.SAID: "green",
    TraceOutcome.EXCUSED: "yellow",
    TraceOutcome.NEAR: "dim",
}


class Form(StrEnum):
    """How an explanation is printed."""

    TEXT = "text"
    JSON = "json"


def explain_call(
    call: Annotated[str, typer.Argument(help="A call file (JSON), or the id of a stored recording.")],
    rule: Annotated[str, typer.Argument(help="A rule's id, or a category for all its rules.")],
    output: Annotated[Form, typer.Option("--format", help="text for people, json for programs.")] = Form.TEXT,
) -> None:
    """Say why a rule found something in a call, and why it did not."""
    settings = Settings.read()
    judge = make_judge(settings)
    transcript = without_doubted(_transcript(call, settings)).transcript
    rules = judge.rulebook.phrases
    explanation = explain(transcript, rules_named(rule, rules), rules, judge.model)
    if output is Form.JSON:
        typer.echo(explanation.model_dump_json(indent=1))
    else:
        _print(Console(soft_wrap=True), explanation)


def _transcript(call: str, settings: Settings) -> Transcript:
    path = Path(call)
    if path.suffix.lower() == ".json":
        if not path.is_file():
            raise NotFound("no-such-file", "there is no file of this name.", way_out="Check the path.", where=call)
        return read_call_file(path).transcript
    database = open_service(settings).database
    with database.reading() as session:
        recording = get_recording(session, call)
        return get_transcript(session, recording.transcript_id or "").transcript


def _print(console: Console, explanation: Explanation) -> None:
    title = CATEGORY_TITLES[explanation.category]
    console.print(Text(f"{title}（{explanation.category}）：本通报了 {len(explanation.findings)} 条", style="bold"))
    for note in explanation.notes:
        console.print(Text(f"  {note}"))
    quiet = 0
    for rule in explanation.rules:
        if not rule.traces and len(explanation.rules) > 1:
            quiet += 1
            continue
        console.print(Text(f"{rule.title}（{rule.rule_id}，{rule.status}）"))
        if not rule.traces:
            console.print(Text("  没有一句话符合或接近这条规则"))
        for trace in rule.traces:
            head = f"  第{trace.place.utterance + 1}句 {OUTCOME_TITLES[trace.outcome]}「{trace.place.quote}」"
            console.print(Text(head, style=STYLES.get(trace.outcome, "")))
            console.print(Text(f"      {trace.why}"))
            if trace.pattern and trace.outcome is not TraceOutcome.NEAR:
                console.print(Text(f"      句式 {trace.pattern}", style="dim"))
    if quiet:
        console.print(Text(f"另有 {quiet} 条规则没有符合的话；单看一条规则时还会列出接近的话", style="dim"))
    for likely in explanation.likely:
        console.print(
            Text(
                f"学习模型：第{likely.utterance + 1}句 {likely.probability:.0%}（达到 {likely.limit:.0%} 才报）"
                f"「{likely.telling}」",
                style="dim",
            )
        )
