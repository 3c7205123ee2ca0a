"""``qc explain``: why a rule found something in a call, and why it did not."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from qc.callfile import read_call_file
from qc.domain import CATEGORY_TITLES, Grade, Record, Transcript
from qc.doubt import without_doubted
from qc.errors import NotFound
from qc.explaining import OUTCOME_TITLES, Explanation, TraceOutcome, explain, rules_named
from qc.grading_model import Share, shares_of
from qc.ingest import open_service
from qc.inspecting import Judge, grade_model, make_judge
from qc.pipeline import inspect_call
from qc.store.inspections import require_inspection
from qc.store.recordings import get_recording
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript

STYLES = {
    TraceOutcome.FOUND: "red",
    TraceOutcome.SAID: "green",
    TraceOutcome.EXCUSED: "yellow",
    TraceOutcome.NEAR: "dim",
}


GRADE = "grade"
"""In place of a rule: explain the lead's grade."""
SHARES_SHOWN = 12


class GradeExplained(Record):
    """A grade and what it rests on."""

    grader: str
    grade: Grade
    shares: tuple[Share, ...]
    """Empty where the model that graded is not the one in use."""


class Form(StrEnum):
    """How an explanation is printed."""

    TEXT = "text"
    JSON = "json"


def explain_call(
    call: Annotated[str, typer.Argument(help="A call file (JSON), or the id of a stored recording.")],
    rule: Annotated[
        str, typer.Argument(help="A rule's id, or a category for all its rules; 'grade' for the lead's grade.")
    ],
    output: Annotated[Form, typer.Option("--format", help="text for people, json for programs.")] = Form.TEXT,
) -> None:
    """Say why a rule found something in a call, and why it did not; or with ``grade``, what the lead's grade rests on.

    A stored call's grade is explained by the features kept with it, whatever has changed since.
    """
    settings = Settings.read()
    judge = make_judge(settings)
    if rule == GRADE:
        _explain_grade(call, judge, settings, output)
        return
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


def _explain_grade(call: str, judge: Judge, settings: Settings, output: Form) -> None:
    made_with, grade = _graded(call, judge, settings)
    model = grade_model(settings)
    features = grade.features
    is_ours = model is not None and f"/{model.version}/" in made_with
    shares = shares_of(model, features, judge.rulebook.grading) if model and features and is_ours else ()
    if output is Form.JSON:
        told = GradeExplained(grader=made_with, grade=grade, shares=shares)
        typer.echo(told.model_dump_json(indent=1))
        return
    console = Console(soft_wrap=True)
    console.print(Text(f"建议级别 {grade.letter}（{grade.probability:.0%}），{made_with}", style="bold"))
    for reason in grade.reasons:
        console.print(Text(f"  {reason.text}"))
    if grade.likely:
        console.print(Text("  各级别 " + "，".join(f"{letter} {p:.0%}" for letter, p in grade.likely.items())))
    if features is None:
        console.print(Text("  这次定级早于特征留存，重新检查（qc reinspect）后才有", style="dim"))
        return
    console.print(Text("依据的特征", style="bold"))
    for name, value in features.model_dump(mode="json", exclude_defaults=True).items():
        console.print(Text(f"  {name} {value}"))
    if not shares:
        console.print(Text("  权重不在手边：规则定级，或当时的模型不是现在这个", style="dim"))
        return
    console.print(Text("分量最重的（对数几率）", style="bold"))
    for share in shares[:SHARES_SHOWN]:
        console.print(Text(f"  {share.adds:+.2f}  {share.of} · {share.name} = {share.value:g}"))


def _graded(call: str, judge: Judge, settings: Settings) -> tuple[str, Grade]:
    """What graded the call, and the grade: as it is stored, or of a call file as it would be."""
    if Path(call).suffix.lower() == ".json":
        transcript = _transcript(call, settings)
        inspection = inspect_call(
            read_call_file(Path(call)).call, transcript, judge.rulebook, judge.grader, judge.model
        )
    else:
        with open_service(settings).database.reading() as session:
            stored = require_inspection(session, call)
        inspection = stored.inspection
    return inspection.made_with.grader, inspection.grade


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
        alone = "" if likely.alone is None else f"；不看对方的回应时 {likely.alone:.0%}"
        console.print(
            Text(
                f"学习模型：第{likely.utterance + 1}句 {likely.probability:.0%}（达到 {likely.limit:.0%} 才报{alone}）"
                f"「{likely.telling}」",
                style="dim",
            )
        )
