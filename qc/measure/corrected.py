"""How right memos are by what consultants of this installation said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from qc.corrections import Correction, CurrentField, FieldState, current_memo
from qc.domain import Memo, Record
from qc.measure.annotated import LabelledMemo
from qc.measure.scoring import LISTS, Rate, Tally, compare_fields, compare_lists, same_or_alike
from qc.measure.show import COUNTED, Titled, rate_row, tally_row

_SCORED: Final = {
    "customer_name": ("customer_name",),
    "budget": ("budget",),
    "purchase_time": ("purchase_time", "purchase_end"),
    "payment": ("payment",),
    "trade_in": ("trade_in",),
    "appointment": ("appointment_day", "appointment"),
}
"""The figures that speak of each field with a single answer."""


class CorrectedReport(Record):
    """The machine's present memos beside what people said of these calls; of each field only where somebody did."""

    calls: int
    fields: dict[str, Rate]
    lists: dict[str, Tally]
    states: dict[FieldState, int]
    """How many fields were confirmed, corrected, or held not to have been said."""

    def headline(self) -> str:
        """What was measured, and with what."""
        return (
            f"{self.calls} calls whose memos somebody corrected or confirmed; fields that nobody spoke of are left out"
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        return [
            ("Fields looked at", ("", "fields"), [(state.value, str(count)) for state, count in self.states.items()]),
            (
                "Memo: one answer",
                ("", "right", "share"),
                [rate_row(name, rate) for name, rate in self.fields.items()],
            ),
            ("Memo: lists, by overlap", COUNTED, [tally_row(name, tally) for name, tally in self.lists.items()]),
        ]


def measure_corrected(memos: Iterable[tuple[Memo, Sequence[Correction]]]) -> CorrectedReport:
    """How far these memos agree with the corrections of their calls, scored as annotated calls are."""
    calls = 0
    fields: dict[str, Rate] = {}
    lists: dict[str, Tally] = {}
    states: Counter[FieldState] = Counter()
    for memo, corrections in memos:
        calls += 1
        for name, current in current_memo(memo, corrections).items():
            if current.state is FieldState.MACHINE:
                continue
            states[current.state] += 1
            if name in LISTS:
                lists[name] = lists.get(name, Tally()) + _compare_list(current)
                continue
            for figure, rate in _compare_field(name, memo, current).items():
                fields[figure] = fields.get(figure, Rate()) + rate
    return CorrectedReport(
        calls=calls,
        fields=fields,
        lists=lists,
        states={state: states[state] for state in FieldState if state is not FieldState.MACHINE},
    )


def _compare_list(current: CurrentField) -> Tally:
    return compare_lists(_entries(current.value), _entries(current.machine))


def _entries(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _compare_field(name: str, memo: Memo, current: CurrentField) -> dict[str, Rate]:
    label = current.model_dump(mode="json")["value"]
    if name not in _SCORED:
        return {name: Rate(hits=int(same_or_alike(label, getattr(memo, name))), of=1)}
    scores = compare_fields(LabelledMemo.model_validate({name: label}), memo)
    return {figure: scores[figure] for figure in _SCORED[name]}
