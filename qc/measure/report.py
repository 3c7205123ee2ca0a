"""An evaluation's report: counts over calls, and how they are shown."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, TypeVar

from pydantic import computed_field
from rich.table import Table

from qc.domain import ALERTS, OMISSIONS, Category, MadeWith, Record
from qc.measure.characters import CharacterErrors, Hearing
from qc.measure.scoring import CallScore, Mistake, Rate, Tally, is_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

Count = TypeVar("Count", Tally, Rate, CharacterErrors)


class HearingReport(Record):
    """How the recordings were heard, one by one and together."""

    recordings: tuple[Hearing, ...]
    errors: CharacterErrors
    speakers: Rate
    turns: Rate
    roles_right: Rate


class Report(Record):
    """How far the inspections of a set of calls agree with the labels."""

    calls: str
    """Which calls: the set's name or pattern. Figures of calls the rules were written on are not like others'."""
    count: int
    made_with: MadeWith
    findings: Tally
    """All agent categories together."""
    alerts: Tally
    omissions: Tally
    categories: dict[Category, Tally]
    clean_flagged: Rate
    """Calls without anything to flag that were flagged all the same."""
    fields: dict[str, Rate]
    lists: dict[str, Tally]
    grade: Rate
    grade_near: Rate
    confusion: dict[str, int]
    """``should be->was``: how often, wrong ones only."""
    hearing: HearingReport | None = None
    mistakes: tuple[Mistake, ...] = ()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def lists_together(self) -> Tally:
        """All list fields of the memo."""
        return _sum(self.lists.values(), Tally())


def make_report(
    calls: str, scores: Sequence[CallScore], made_with: MadeWith, hearing: Sequence[Hearing] = ()
) -> Report:
    """The sum of the calls' scores."""
    categories = _merged(score.categories for score in scores)
    together = {kind: _sum((c for name, c in categories.items() if _kind(name) == kind), Tally()) for kind in _KINDS}
    grades = [score.grade for score in scores]
    wrong = Counter(f"{label}->{got}" for label, got in grades if label is not got)
    return Report(
        calls=calls,
        count=len(scores),
        made_with=made_with,
        findings=together["findings"],
        alerts=together["alerts"],
        omissions=together["omissions"],
        categories={category: categories[category] for category in Category if category in categories},
        clean_flagged=_sum((score.clean_flagged for score in scores), Rate()),
        fields=_merged(score.fields for score in scores),
        lists=_merged(score.lists for score in scores),
        grade=Rate(hits=sum(label is got for label, got in grades), of=len(grades)),
        grade_near=Rate(hits=sum(is_near(label, got) for label, got in grades), of=len(grades)),
        confusion=dict(sorted(wrong.items())),
        hearing=_hearing(hearing) if hearing else None,
        mistakes=tuple(mistake for score in scores for mistake in score.mistakes),
    )


_KINDS = ("findings", "alerts", "omissions")


def _kind(category: Category) -> str:
    if category in OMISSIONS:
        return "omissions"
    return "alerts" if category in ALERTS else "findings"


def _hearing(recordings: Sequence[Hearing]) -> HearingReport:
    return HearingReport(
        recordings=tuple(recordings),
        errors=_sum((one.errors for one in recordings), CharacterErrors()),
        speakers=_sum((one.speakers for one in recordings), Rate()),
        turns=_sum((one.turns for one in recordings), Rate()),
        roles_right=Rate(hits=sum(one.roles_right for one in recordings), of=len(recordings)),
    )


def _sum(counts: Iterable[Count], nothing: Count) -> Count:
    return reduce(add, counts, nothing)


Key = TypeVar("Key")


def _merged(maps: Iterable[Mapping[Key, Count]]) -> dict[Key, Count]:
    merged: dict[Key, Count] = {}
    for counts in maps:
        for name, count in counts.items():
            merged[name] = merged[name] + count if name in merged else count
    return merged


# ---------------------------------------------------------------- showing it

Rows = list[tuple[str, ...]]
Titled = tuple[str, tuple[str, ...], Rows]
"""A table: its title, heads and rows."""


def _tables(report: Report) -> list[Titled]:
    judged = [
        ("All agent categories", report.findings),
        ("Customer alerts", report.alerts),
        ("Omissions", report.omissions),
    ]
    counted = ("", "precision", "recall", "F1", "right", "false", "missed")
    tables: list[Titled] = [
        ("Findings", counted, [_tally_row(name, tally) for name, tally in judged]),
        ("By category", counted, [_tally_row(category, tally) for category, tally in report.categories.items()]),
        (
            "Memo and grade: one answer",
            ("", "right", "share"),
            [
                *(_rate_row(name, rate) for name, rate in report.fields.items()),
                _rate_row("grade", report.grade),
                _rate_row("grade, or one horizon off", report.grade_near),
                _rate_row("clean calls flagged", report.clean_flagged),
            ],
        ),
        (
            "Memo: lists, by overlap",
            counted,
            [_tally_row(name, tally) for name, tally in (report.lists | {"together": report.lists_together}).items()],
        ),
        (
            "Grade: should be → was",
            ("", "calls"),
            [(pair.replace("->", " → "), str(n)) for pair, n in report.confusion.items()],
        ),
    ]
    if report.hearing:
        tables.append(
            (
                "Hearing",
                ("", "CER", "sub", "del", "ins", "said", "speaker", "turns", "roles"),
                _hearing_rows(report.hearing),
            )
        )
    return tables


def _tally_row(name: str, tally: Tally) -> tuple[str, ...]:
    shares = (f"{share:.3f}" for share in (tally.precision, tally.recall, tally.f1))
    return (name, *shares, str(tally.tp), str(tally.fp), str(tally.fn))


def _rate_row(name: str, rate: Rate) -> tuple[str, ...]:
    return (name, f"{rate.hits}/{rate.of}", f"{rate.share:.3f}")


def _hearing_rows(hearing: HearingReport) -> Rows:
    def row(name: str, errors: CharacterErrors, speakers: Rate, turns: Rate, roles: str) -> tuple[str, ...]:
        edits = (errors.substitutions, errors.deletions, errors.insertions, errors.said)
        return (name, f"{errors.rate:.3f}", *map(str, edits), f"{speakers.share:.3f}", f"{turns.share:.3f}", roles)

    each = [
        row(one.recording, one.errors, one.speakers, one.turns, "right" if one.roles_right else "WRONG")
        for one in hearing.recordings
    ]
    roles = f"{hearing.roles_right.hits}/{hearing.roles_right.of}"
    return [*each, row("together", hearing.errors, hearing.speakers, hearing.turns, roles)]


def _headline(report: Report) -> str:
    made = report.made_with
    return (
        f"{report.count} calls ({report.calls}) · rulebook {made.rulebook} · recogniser {made.recogniser} "
        f"· grader {made.grader}"
    )


def render(report: Report, console: Console) -> None:
    """Print the report as tables."""
    console.print(_headline(report), highlight=False)
    for title, heads, rows in _tables(report):
        table = Table(title=title, title_justify="left", header_style="bold")
        for head in heads:
            table.add_column(head, justify="left" if not head else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def to_markdown(report: Report) -> str:
    """The report as Markdown, for ``docs/accuracy.md``."""
    parts = [_headline(report)]
    for title, heads, rows in _tables(report):
        lines = [_markdown_row(heads), _markdown_row(["---", *["---:"] * (len(heads) - 1)]), *map(_markdown_row, rows)]
        parts.append(f"**{title}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
