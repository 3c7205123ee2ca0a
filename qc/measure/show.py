"""Reports as tables: on a terminal, and as Markdown for ``docs/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from qc.measure.scoring import Rate, Tally

Rows = list[tuple[str, ...]]
Titled = tuple[str, tuple[str, ...], Rows]
"""A table: its title, heads and rows."""
COUNTED: Final = ("", "precision", "recall", "F1", "right", "false", "missed")
"""The heads over `tally_row`."""


class Shown(Protocol):
    """A report that can be shown."""

    def headline(self) -> str:
        """What was measured, and with what."""

    def tables(self) -> list[Titled]:
        """The figures as tables."""

    def model_dump_json(self) -> str:
        """All of it, for programs."""


def tally_row(name: str, tally: Tally) -> tuple[str, ...]:
    """A row under `COUNTED`; a share of nothing is a dash, though it counts as 1 where figures are compared."""
    precision = f"{tally.precision:.3f}" if tally.tp + tally.fp else "–"
    recall = f"{tally.recall:.3f}" if tally.tp + tally.fn else "–"
    f1 = f"{tally.f1:.3f}" if tally != type(tally)() else "–"
    return (name, precision, recall, f1, str(tally.tp), str(tally.fp), str(tally.fn))


def rate_row(name: str, rate: Rate) -> tuple[str, ...]:
    """A name, how many of how many, and the share."""
    return (name, f"{rate.hits}/{rate.of}", f"{rate.share:.3f}")


def render(report: Shown, console: Console) -> None:
    """Print the report as tables."""
    console.print(report.headline(), highlight=False, markup=False)
    for title, heads, rows in report.tables():
        table = Table(title=title, title_justify="left", header_style="bold", min_width=len(title))
        for head in heads:
            table.add_column(head, justify="right" if head else "left")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)


def to_markdown(report: Shown) -> str:
    """The report as Markdown."""
    parts = [report.headline()]
    for title, heads, rows in report.tables():
        rule = ["---", *["---:"] * (len(heads) - 1)]
        parts.append(f"**{title}**\n\n" + "\n".join(_markdown_row(cells) for cells in (heads, rule, *rows)))
    return "\n\n".join(parts) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
