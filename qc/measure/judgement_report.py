"""How models of findings do on talk left out of their training, beside the rules alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qc.domain import Category, Record
from qc.judgement import CATEGORIES, rights_of
from qc.measure.scoring import Rate, Tally
from qc.measure.show import COUNTED, Titled, rate_row, tally_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qc.measure.judgement import LeftOut


class FindingsReport(Record):
    """Findings on talk left out, by category and by source."""

    utterances: int
    categories: dict[Category, Tally]
    sources: dict[str, Tally]
    sources_by_rules: dict[str, Tally]
    fired: Rate
    """Labelled hard negatives that were reported all the same."""
    fired_by_rules: Rate

    @property
    def together(self) -> Tally:
        """All categories."""
        return sum(self.categories.values(), Tally())

    def metrics(self) -> Mapping[str, float]:
        """What a model's file keeps of it."""
        fired = self.fired.hits / self.fired.of if self.fired.of else 0.0
        return {
            "precision": round(self.together.precision, 4),
            "recall": round(self.together.recall, 4),
            "hard negatives fired": round(fired, 4),
        }

    def headline(self) -> str:
        """What was measured."""
        return f"{self.utterances} utterances, each judged by a model that has not seen its call or line"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        by_category = [tally_row(category, tally) for category, tally in self.categories.items()]
        by_source = []
        for source, tally in self.sources.items():
            by_source += [tally_row(source, tally), tally_row("… rules alone", self.sources_by_rules[source])]
        fired = [rate_row("with the model", self.fired), rate_row("rules alone", self.fired_by_rules)]
        return [
            ("By category", COUNTED, [*by_category, tally_row("together", self.together)]),
            ("By source", COUNTED, by_source),
            ("Hard negatives fired", ("", "fired", "share"), fired),
        ]


def findings_report(left_out: LeftOut, reported: np.ndarray) -> FindingsReport:
    """What comes of ``reported``, by utterance and category. The rules may have been written on this talk."""
    all_ = left_out.utterances
    rights = rights_of(all_.speakers)
    by_rules = np.array([[any(f.category is c for f in own) for c in CATEGORIES] for own in all_.found]) & rights
    hard = np.array([[any(x.category is c and not x.true for x in own) for c in CATEGORIES] for own in all_.labels])
    sources = np.array([left_out.talks[number].source for number in all_.talk])
    names = sorted(set(sources))
    return FindingsReport(
        utterances=len(all_.texts),
        categories={
            category: _tally(reported[:, column], (all_.true & rights)[:, column])
            for column, category in enumerate(CATEGORIES)
        },
        sources={name: _tally(reported[sources == name], (all_.true & rights)[sources == name]) for name in names},
        sources_by_rules={
            name: _tally(by_rules[sources == name], (all_.true & rights)[sources == name]) for name in names
        },
        fired=Rate(hits=int((reported & hard).sum()), of=int(hard.sum())),
        fired_by_rules=Rate(hits=int((by_rules & hard).sum()), of=int(hard.sum())),
    )


def _tally(reported: np.ndarray, true: np.ndarray) -> Tally:
    right = int((reported & true).sum())
    return Tally(tp=right, fp=int(reported.sum()) - right, fn=int(true.sum()) - right)
