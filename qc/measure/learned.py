"""Which learned model judges what is measured, and whether it has seen it: no figure without that."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qc.judgement import Model
    from qc.rulebook import Rulebook
    from qc.wish_model import WishModel

Score = TypeVar("Score")

FOLDS: Final = 5


class Learned(NamedTuple):
    """The models of findings and of wishes that judge what is measured."""

    model_of: Callable[[str], Model | None]
    """By the name of a call or the text of a line."""
    is_used: bool
    one: Model | None
    """The model of findings, where it is one for all."""
    wishes_of: Callable[[str], WishModel] | None = None
    """As ``model_of``; where it is missing, the rulebook's own."""

    def rulebook_for(self, rulebook: Rulebook, name: str) -> Rulebook:
        """The rulebook to read this call by: with the model of wishes that has not learned from it."""
        return rulebook if self.wishes_of is None else rulebook.model_copy(update={"wishes": self.wishes_of(name)})

    def beside(self, scores: Sequence[Score]) -> Sequence[Score]:
        """Scores of the rules alone, if there is anything to put them beside."""
        return scores if self.is_used else ()

    def about_calls(self, names: Sequence[str]) -> str:
        """For a headline: which model, and how many of these calls it has learned from."""
        if self.one is None:
            return _ABOUT_FOLDS if self.is_used else ""
        return f" · model {self.one.version}, {_seen(self.one.header.calls, names)}"

    def about_wishes(self, names: Sequence[str], rulebook: Rulebook) -> str:
        """For a headline: which model of wishes, and how many of these calls it has learned from."""
        if self.wishes_of is not None:
            return " · wishes by models of the folds as well"
        model = rulebook.wishes
        return f" · wishes {model.version}, {_seen(model.header.calls, names)}" if model else " · wishes by rules alone"

    def about_bank(self, name: str) -> str:
        """For a headline: which model, and whether it has learned from the bank of this name."""
        if self.one is None:
            return _ABOUT_FOLDS if self.is_used else ""
        seen = f"bank/{name}" in {source.source for source in self.one.header.trained_on}
        return f" · model {self.one.version}, " + (
            "has learned from these lines" if seen else "has not seen these lines"
        )


def _seen(learned: Sequence[str], names: Sequence[str]) -> str:
    seen = len(set(names) & set(learned))
    return f"has learned from {seen} of these calls" if seen else "has not seen these calls"


_ABOUT_FOLDS: Final = f" · models of {FOLDS} folds, none has seen what it judges"

RULES_ALONE: Final = Learned(lambda _: None, is_used=False, one=None)


def by_one_model(model: Model | None) -> Learned:
    """This model for everything; the rules alone where there is none."""
    return RULES_ALONE if model is None else Learned(lambda _: model, is_used=True, one=model)


def by_folds(models: Sequence[Model], wishes: Sequence[WishModel] = ()) -> Learned:
    """For each name the models that have not learned from its fold; both are in order of the folds left out."""
    learned = Learned(lambda name: models[fold_of(name)], is_used=True, one=None)
    return learned._replace(wishes_of=lambda name: wishes[fold_of(name)]) if wishes else learned


def fold_of(name: str) -> int:
    """The fold of a call or line, by its name alone: more data leave the others where they are."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % FOLDS
