"""Which grader grades what is measured, and whether its model has seen it: no figure without that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qc.grading_model import LearnedGrader
from qc.measure.learned import FOLDS, fold_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qc.grade import Grader
    from qc.grading_model import GradeModel
    from qc.rulebook.grading import Grading


class Graders(NamedTuple):
    """The graders of what is measured."""

    of: Callable[[str], Grader]
    """By the name of a call or the text of a line."""
    version: str
    learned: frozenset[str] | None
    """The calls that the one model has learned from; ``None`` where models of folds grade."""

    @classmethod
    def of_one(cls, grader: Grader, model: GradeModel | None = None) -> Graders:
        """This grader for everything; ``model`` is the one it grades by, if it has one."""
        return cls(lambda _: grader, grader.version, frozenset(model.header.calls if model else ()))

    @classmethod
    def of_folds(cls, models: Sequence[GradeModel], grading: Grading, preset: str) -> Graders:
        """For each name the grader that has not learned from its fold; ``models`` are in order of the folds left out."""
        graders = [LearnedGrader(model, grading, preset) for model in models]
        return cls(lambda name: graders[fold_of(name)], f"learned-1/{FOLDS} folds/{preset}", None)

    def about_calls(self, names: Sequence[str]) -> str:
        """For a headline: how many of these calls the model has learned from."""
        if self.learned is None:
            return f" (models of {FOLDS} folds, none has seen what it grades)"
        seen = len(set(names) & self.learned)
        return f" (has learned from {seen} of these calls)" if seen else ""


def as_graders(grader: Grader | Graders) -> Graders:
    """The graders, or this grader for everything."""
    return grader if isinstance(grader, Graders) else Graders.of_one(grader)
