"""``qc conduct``: how a stored call was led, beside what is usual in its store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from qc.cli.stored import inspection_named, open_database
from qc.conduct import figure_in_words
from qc.domain import Conduct
from qc.rulebook.conduct import Figure
from qc.store.team import FEWEST_CALLS, TeamMedian, team_medians

TITLES: Final[Mapping[Figure, str]] = {
    Figure.TALK_SHARE: "销售说话占",
    Figure.LONGEST_MONOLOGUE: "最长独白",
    Figure.INTERRUPTIONS: "抢话",
    Figure.DEAD_AIR: "静音",
    Figure.PACE: "语速（每分钟）",
    Figure.RESPONSE_DELAY: "应答间隔",
    Figure.QUESTIONS: "提问",
    Figure.OPEN_QUESTIONS: "开放提问",
    Figure.UNANSWERED: "没有回答客户",
    Figure.PICKUP: "接通后开口",
    Figure.HANGUP: "客户说完到挂断",
    Figure.LOUDNESS: "音量",
    Figure.CLIPPING: "破音",
}


def show_conduct(
    recording: Annotated[str, typer.Argument(help="The recording's id, or its external id.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Show how a stored call was led, beside the median of its store's latest other calls."""
    with open_database().reading() as session:
        stored = inspection_named(session, recording)
        team = team_medians(session, stored.recording)
    conduct = stored.inspection.conduct
    if as_json:
        medians = {figure: median.model_dump(mode="json") for figure, median in team.items()}
        shown = {
            "recording_id": stored.recording.id,
            "conduct": conduct.model_dump(mode="json"),
            "team_median": medians,
        }
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    console = Console(markup=False, emoji=False, highlight=False)
    table = Table("", "本通", "门店中位数", "门店通数")
    for row in _rows(conduct, team):
        table.add_row(*row)
    console.print(table)
    if not team:
        few = f"门店里另外量过的通话不到 {FEWEST_CALLS} 通"
        console.print(("录音没有注明门店" if stored.recording.store is None else few) + "，没有中位数可比")
    for remark in conduct.remarks:
        console.print(f"! {remark.reason}", soft_wrap=True)


def _rows(conduct: Conduct, team: Mapping[Figure, TeamMedian]) -> Iterator[tuple[str, str, str, str]]:
    """A row for each figure that was measured in this call."""
    for figure in Figure:
        value, usual = figure.of(conduct), team.get(figure)
        if value is None:
            continue
        beside = ("—", "") if usual is None else (figure_in_words(figure, usual.median), f"{usual.calls}")
        yield TITLES[figure], figure_in_words(figure, value), *beside
