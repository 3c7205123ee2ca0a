"""What ``qc lexicons preview`` reads and shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from qc.callfile import read_call_file
from qc.cli.stored import open_database
from qc.domain import CATEGORY_TITLES, Finding, Transcript
from qc.previewing import Preview
from qc.store.settings import Settings
from qc.stored_preview import stored_calls

SHOWN: Final = 20
"""How many changed calls are told in full; the rest are counted."""


def calls_of(
    files: Sequence[Path] | None, settings: Settings, *, store: str | None, since: datetime | None
) -> Iterator[tuple[str, Transcript]]:
    """The calls of these files, or the stored ones that are transcribed, newest first."""
    if files:
        for path in files:
            yield str(path), read_call_file(path).transcript
        return
    database = open_database(settings)
    began = since.replace(tzinfo=settings.zone) if since else None
    for recording, transcript in stored_calls(database, store=store, since=began):
        yield recording.external_id or recording.id, transcript


def print_preview(console: Console, shown: Preview) -> None:
    """Tells the changed calls with quotes, then the counts by rule."""
    for call in shown.changed[:SHOWN]:
        console.print(Text(call.call, style="bold"))
        for sign, style, findings in (("+", "red", call.new), ("-", "green", call.gone)):
            for finding in findings:
                console.print(Text(f"  {sign} {_named(finding)}", style=style))
    if len(shown.changed) > SHOWN:
        console.print(f"……另有 {len(shown.changed) - SHOWN} 通有变化")
    for rule in shown.rules:
        console.print(Text(f"{rule.rule_id}：新增 {rule.new}，不再报 {rule.gone}"))
    console.print(f"看了 {shown.looked_at} 通，{len(shown.changed)} 通有变化。词库没有改动，正式启用后才生效。")


def _named(finding: Finding) -> str:
    quotes = "".join(f"「{item.quote}」" for item in finding.evidence[:2])
    return f"第{finding.evidence[0].utterance + 1}句 {CATEGORY_TITLES[finding.category]} {quotes}（{finding.rule_id}）"
