"""The shape of ``lexicons/scorecards/*.yaml``: weighted items, and what vetoes the whole card (一票否决)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from qc.domain import Category, Record, Severity
from qc.errors import BadRulebook
from qc.rulebook.conduct import Figure
from qc.rulebook.loading import fit, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Points = Annotated[float, Field(gt=0)]


class CardItem(Record):
    """One line of a card: its points are kept while nothing it names is found.

    Either ``absent`` (categories of findings) or ``figure`` with ``remarks`` (ids of limits in ``conduct.yaml``).
    """

    id: Id
    group: Literal["开场", "需求", "产品", "异议", "邀约", "合规"]
    title: str
    points: Points
    each: Points | None = None
    """What one finding or remark costs; all the points where it is left out."""
    absent: tuple[Category, ...] = ()
    figure: Figure | None = None
    remarks: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _one_way_to_decide(self) -> Self:
        if bool(self.absent) == bool(self.figure):
            raise ValueError("an item is decided by 'absent' or by 'figure', by one of them")
        if bool(self.figure) != bool(self.remarks):
            raise ValueError("'figure' and 'remarks' go together")
        return self


class ScorecardRules(Record):
    """A card."""

    id: Id
    title: str
    veto_severities: tuple[Severity, ...]
    """A finding of one of these makes the points 0."""
    items: Annotated[tuple[CardItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ValueError(f"two items have the id {item.id!r}")
            seen.add(item.id)
        return self

    @property
    def max_points(self) -> float:
        """The sum of the items' points."""
        return sum(item.points for item in self.items)


def load_scorecards(folder: Path) -> tuple[ScorecardRules, ...]:
    """The cards in this folder, in order of their file names.

    Raises:
        BadRulebook: naming the file and the field that does not fit, or two cards with one id.
    """
    cards: dict[str, ScorecardRules] = {}
    for path in sorted(folder.glob("*.yaml")):
        card = fit(read_yaml(path), ScorecardRules, where=path.name)
        if card.id in cards:
            raise BadRulebook("bad-rulebook", f"another card has the id {card.id!r}", where=f"{path.name}:id")
        cards[card.id] = card
    return tuple(cards.values())
