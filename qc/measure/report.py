"""An evaluation's report: counts over calls, and the tables that show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, TypeVar

from pydantic import computed_field

from qc.domain import ALERTS, OMISSIONS, Category, MadeWith, Record
from qc.measure.grade_report import CALIBRATED, Calibration, calibration_of, is_rightly_ungraded, rate_of
from qc.measure.hearing_report import HearingReport, hearing_report
from qc.measure.matching import Matching
from qc.measure.scoring import CallScore, Mistake, Rate, Tally, is_near
from qc.measure.show import COUNTED, Titled, rate_row, tally_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.hearing import Hearing

Count = TypeVar("Count", Tally, Rate)


class Report(Record):
    """How far the inspections of a set of calls agree with the labels."""

    learned: str = ""
    """With which learned model of findings, and whether it has seen these calls."""
    rules_alone: Mapping[str, Tally] = {}
    """Findings and alerts of the same calls without the model, where there is one."""
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
    grade_surety: Calibration
    """Whether the grades' probabilities say what they mean."""
    grade_abstained: Rate
    """Of the calls left ungraded, how many the likeliest letter would have got wrong or nobody could grade."""
    confusion: dict[str, int]
    """``should be->was``: how often, wrong ones only."""
    hearing: HearingReport | None = None
    matching: Matching | None = None
    mistakes: tuple[Mistake, ...] = ()

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def lists_together(self) -> Tally:
        """All list fields of the memo."""
        return _sum(self.lists.values(), Tally())

    def headline(self) -> str:
        """What was measured, and with what."""
        made = self.made_with
        return (
            f"{self.count} calls ({self.calls}) · rulebook {made.rulebook} · recogniser {made.recogniser} "
            f"· grader {made.grader}{self.learned}"
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        judged = [("agent categories", self.findings), ("customer alerts", self.alerts), ("omissions", self.omissions)]
        judged += [(f"{name}, rules alone", tally) for name, tally in self.rules_alone.items()]
        single = [
            *(rate_row(name, rate) for name, rate in self.fields.items()),
            rate_row("grade", self.grade),
            rate_row("grade, or one horizon off", self.grade_near),
            rate_row("left ungraded, rightly", self.grade_abstained),
            rate_row("clean calls flagged", self.clean_flagged),
        ]
        lists = self.lists | {"together": self.lists_together}
        tables: list[Titled] = [
            ("Findings", COUNTED, [tally_row(name, tally) for name, tally in judged]),
            ("By category", COUNTED, [tally_row(category, tally) for category, tally in self.categories.items()]),
            ("Memo and grade: one answer", ("", "right", "share"), single),
            ("Memo: lists, by overlap", COUNTED, [tally_row(name, tally) for name, tally in lists.items()]),
            ("Grade: how sure", CALIBRATED, self.grade_surety.rows()),
            ("Grade: should be -> was", ("", "calls"), [(pair, str(n)) for pair, n in self.confusion.items()]),
        ]
        if self.hearing:
            tables += self.hearing.tables()
        if self.matching:
            tables += self.matching.tables()
        return tables


def make_report(
    calls: str,
    scores: Sequence[CallScore],
    made_with: MadeWith,
    hearing: Sequence[Hearing] = (),
    matching: Matching | None = None,
    *,
    alone: Sequence[CallScore] = (),
    learned: str = "",
) -> Report:
    """The sum of the calls' scores; ``alone`` are scores of the same calls by the rules without ``learned``."""
    categories = _merged(score.categories for score in scores)
    together = _together(categories)
    by_rules = _together(_merged(score.categories for score in alone))
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
        grade_surety=calibration_of((score.probability, score.grade[0] is score.grade[1]) for score in scores),
        grade_abstained=rate_of(
            is_rightly_ungraded(score.grade[0], score.likely) for score in scores if score.abstained
        ),
        confusion=dict(sorted(wrong.items())),
        hearing=hearing_report(hearing) if hearing else None,
        matching=matching,
        learned=learned,
        rules_alone={title: by_rules[kind] for kind, title in _WITH_MODEL.items()} if alone else {},
        mistakes=tuple(mistake for score in scores for mistake in score.mistakes),
    )


_KINDS = ("findings", "alerts", "omissions")
_WITH_MODEL = {"findings": "agent categories", "alerts": "customer alerts"}


def _together(categories: Mapping[Category, Tally]) -> dict[str, Tally]:
    return {kind: _sum((c for name, c in categories.items() if _kind(name) == kind), Tally()) for kind in _KINDS}


def _kind(category: Category) -> str:
    if category in OMISSIONS:
        return "omissions"
    return "alerts" if category in ALERTS else "findings"


def _sum(counts: Iterable[Count], nothing: Count) -> Count:
    return reduce(add, counts, nothing)


Key = TypeVar("Key")


def _merged(maps: Iterable[Mapping[Key, Count]]) -> dict[Key, Count]:
    merged: dict[Key, Count] = {}
    for counts in maps:
        for name, count in counts.items():
            merged[name] = merged[name] + count if name in merged else count
    return merged
