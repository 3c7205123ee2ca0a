"""What ``qc lexicons preview`` reads and shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.text import Text

from qc.callfile import read_call_file
from qc.domain import CATEGORY_TITLES, Finding, Transcript
from qc.errors import NotFound
from qc.ingest import open_service
from qc.previewing import Preview
from qc.store.recordings import find_recordings
from qc.store.settings import Settings
from qc.store.transcripts import get_transcript

SHOWN: Final = 20
"""How many changed calls are told in full; the rest are counted."""
PAGE: Final = 50


@contextmanager
def with_file_replaced(lexicons: Path, changed: Path) -> Iterator[Path]:
    """A copy of these lexicons in which the file of the same name is this one.

    Raises:
        NotFound: ``no-such-file``.
    """
    if not changed.is_file():
        raise NotFound(
            "no-such-file", "there is no such file or folder.", where=str(changed), way_out="Check the path."
        )
    same = [path for path in lexicons.rglob(changed.name) if path.is_file()]
    if len(same) != 1:
        raise NotFound(
            "no-such-file",
            f"{lexicons} has {len(same)} files of this name.",
            where=changed.name,
            way_out="Name the file as it is named in the lexicons, or give a whole folder.",
        )
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(lexicons, Path(folder) / "lexicons"))
        shutil.copyfile(changed, copy / same[0].relative_to(lexicons))
        yield copy


def calls_of(
    files: Sequence[Path] | None, settings: Settings, *, store: str | None, since: datetime | None
) -> Iterator[tuple[str, Transcript]]:
    """The calls of these files, or the stored ones that are transcribed, newest first."""
    if files:
        for path in files:
            yield str(path), read_call_file(path).transcript
        return
    database = open_service(settings).database
    database.migrate()
    began = since.replace(tzinfo=settings.zone) if since else None
    cursor: str | None = None
    while True:
        with database.reading() as session:
            page = find_recordings(session, store=store, since=began, cursor=cursor, limit=PAGE)
            heard = [
                (recording.external_id or recording.id, get_transcript(session, recording.transcript_id).transcript)
                for recording in page.items
                if recording.transcript_id is not None
            ]
        yield from heard
        cursor = page.next_cursor
        if cursor is None:
            return


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
