"""How models of wishes do on talk left out of their training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.domain import Record
from qc.measure.learned import fold_of
from qc.measure.memo_weighing import READ_BY_RULES, WHOLE
from qc.measure.scoring import Tally, compare_lists
from qc.measure.show import COUNTED, Titled, tally_row
from qc.memo.learned import find_wishes
from qc.wish_model import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.measure.memo_model import LeftOut
    from qc.wish_model import WishModel


class WishesReport(Record):
    """Wishes in talk left out, by field, in whole calls and in snippets."""

    talks: int
    read: dict[str, Tally]
    """Calls that the rules were written with."""
    calls: dict[str, Tally]
    """Calls that they were not."""
    calls_by_rules: dict[str, Tally]
    snippets: dict[str, Tally]
    """Shorter talk that they were not written with."""
    snippets_by_rules: dict[str, Tally]

    def headline(self) -> str:
        """What was measured."""
        return f"{self.talks} calls and snippets, each read by a model that has not seen it"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        parts = (
            ("Calls that the rules were written with", self.read),
            ("Calls that the rules have not seen", self.calls),
            ("… by the rules alone", self.calls_by_rules),
            ("Snippets that the rules have not seen", self.snippets),
            ("… by the rules alone", self.snippets_by_rules),
        )
        return [(title, COUNTED, [tally_row(*one) for one in tallies.items()]) for title, tallies in parts]


def wishes_report(left_out: LeftOut, models: Sequence[WishModel]) -> WishesReport:
    """How far these models, by the fold that each has not seen, agree with the labels."""
    parts = {name: {field: Tally() for field in FIELDS} for name in WishesReport.model_fields if name != "talks"}
    for each in left_out.marked.prepared:
        part = "calls" if len(each.talk.turns) >= WHOLE else "snippets"
        readings = [(part, find_wishes(each.heard, left_out.needs, models[fold_of(each.talk.name)]))]
        if each.talk.source in READ_BY_RULES:
            if part == "snippets":
                continue
            readings = [("read", readings[0][1])]
        else:
            readings.append((f"{part}_by_rules", each.by_rules))
        for name, found in readings:
            for field in FIELDS:
                parts[name][field] += compare_lists(each.talk.values.get(field, ()), list(found[field]))
    return WishesReport(talks=len(left_out.marked.prepared), **parts)
