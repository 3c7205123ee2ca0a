"""The model of `qc.speech.roles`: learned from calls whose parties are known, measured on calls left out.

The model sees pairs of sides and never their order: what is learned is a difference.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from qc.errors import BadCall
from qc.measure.mishear import homophones_of
from qc.measure.role_calls import CONDITIONS, COPIES, in_conditions, is_alone, shown
from qc.measure.role_report import Outcomes, RolesReport
from qc.speech.roles import NGrams, RoleModel, TrainedOn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qc.measure.role_calls import TrainingCall

NGRAMS: Final = NGrams(characters=(1, 2), syllables=(1, 2, 3))
SEED: Final = 20
FOLDS: Final = 5
LEAST_CALLS: Final = 3
"""An n-gram counts if it is in so many calls."""
MOST_WEIGHTS: Final = 8000
"""So many n-grams are kept, those that move the score most: the model stays small enough to read."""
SOFTNESS: Final = 3.0
"""Inverse strength of the penalty on weights (L2); 1 and 3 are alike on sources left out."""


class Learned(NamedTuple):
    """Columns of a vectoriser and their weights."""

    columns: np.ndarray
    weights: np.ndarray


def train_roles(calls: Sequence[TrainingCall]) -> tuple[RoleModel, RolesReport]:
    """The model of these calls, and how it does on calls, and on sources, left out of its training.

    The same calls give the same model. A source is a folder or file of calls, mostly by one writer; how surely the
    model speaks is set by what it does on calls of a source it does not know, or on unknown calls if there is but one.

    Raises:
        BadCall: if there are fewer than ten calls.
    """
    if len(calls) < 2 * FOLDS:
        raise BadCall(
            "too-few-calls", f"{len(calls)} calls are too few to learn roles from", way_out="Give 10 or more."
        )
    homophones = homophones_of(turn.text for call in calls for turn in call.turns)
    examples = [sides for number, call in enumerate(calls) for sides in shown(call.turns, homophones, number)]
    vectoriser = DictVectorizer()
    pairs = vectoriser.fit_transform([difference(*sides) for sides in examples])
    of_call = np.repeat(np.arange(len(calls)), COPIES)
    sources = sorted({call.source for call in calls})
    numbers = np.array([sources.index(call.source) for call in calls])

    def scores_left_out(groups: np.ndarray) -> dict[str, list[float]]:
        scores: dict[str, list[float]] = {name: [] for name in CONDITIONS}
        for known, left_out in GroupKFold(min(FOLDS, len(set(groups)))).split(groups, groups=groups):
            learned = _learn(pairs[np.isin(of_call, known)], np.repeat(np.arange(len(known)), COPIES))
            left = [calls[number].turns for number in left_out]
            for name, sides in in_conditions(left, homophones).items():
                rows = vectoriser.transform([difference(*pair) for pair in sides])
                scores[name].extend((rows[:, learned.columns] @ learned.weights).tolist())
        return scores

    by_call = scores_left_out(np.arange(len(calls)))
    by_source = scores_left_out(numbers) if len(sources) > 1 else {}
    learned = _learn(pairs, of_call)
    names = vectoriser.get_feature_names_out()
    model = RoleModel(
        trained_on=tuple(_counted(source, calls) for source in sources),
        ngrams=NGRAMS,
        steepness=_steepness(by_source or by_call, alone=False),
        steepness_alone=_steepness(by_source or by_call, alone=True),
        surest=round(1 - 1 / (len(calls) + 2), 4),  # the rule of succession
        weights=_sorted_weights(zip(names[learned.columns], learned.weights, strict=True)),
    )
    outcomes = tuple(
        Outcomes(
            measured_on=left_out,
            condition=name,
            probabilities=tuple(model.probability(score, alone=is_alone(name)) for score in scores),
        )
        for left_out, conditions in (("calls left out", by_call), ("sources left out", by_source))
        for name, scores in conditions.items()
    )
    return model, RolesReport(trained_on=model.trained_on, weights=len(model.weights), outcomes=outcomes)


def difference(agent: str, customer: str) -> Mapping[str, float]:
    """Roots of the relative frequencies of the agent's n-grams less those of the customer's."""
    values: dict[str, float] = defaultdict(float)
    for sign, text in ((1, agent), (-1, customer)):
        counts, characters = NGRAMS.count(text)
        for gram, count in counts.items():
            values[gram] += sign * (count / characters) ** 0.5
    return values


def _learn(pairs: sparse.csr_matrix, of_call: np.ndarray) -> Learned:
    """The n-grams that tell, and their weights: those of all common ones are learned, the strongest learned anew."""
    calls = sparse.csr_matrix((np.ones(len(of_call)), (of_call, np.arange(len(of_call)))))
    common = np.flatnonzero(((calls @ abs(pairs)) > 0).sum(axis=0).A1 >= LEAST_CALLS)
    moves = np.abs(_weights(pairs[:, common])) * np.sqrt(pairs[:, common].power(2).mean(axis=0).A1)
    columns = np.sort(common[np.argsort(-moves, kind="stable")[:MOST_WEIGHTS]])
    return Learned(columns, _weights(pairs[:, columns]))


def _weights(pairs: sparse.csr_matrix) -> np.ndarray:
    either_way = sparse.vstack([pairs, -pairs])
    agent_first = np.repeat([1, 0], pairs.shape[0])
    model = LogisticRegression(C=SOFTNESS, fit_intercept=False, solver="liblinear", random_state=SEED, max_iter=1000)
    weights: np.ndarray = model.fit(either_way, agent_first).coef_[0]
    return weights


def _steepness(scores: Mapping[str, Sequence[float]], *, alone: bool) -> float:
    """By what scores left out are to be multiplied to be log odds (Platt scaling through the origin)."""
    leads = [lead for name, leads in scores.items() if is_alone(name) == alone for lead in leads]
    either_way = np.array([*leads, *(-lead for lead in leads)])[:, np.newaxis]
    model = LogisticRegression(fit_intercept=False).fit(either_way, np.repeat([1, 0], len(leads)))
    return round(float(model.coef_[0, 0]), 3)


def _counted(source: str, calls: Iterable[TrainingCall]) -> TrainedOn:
    own = [call for call in calls if call.source == source]
    return TrainedOn(source=source, calls=len(own), turns=sum(len(call.turns) for call in own))


def _sorted_weights(weights: Iterable[tuple[str, float]]) -> dict[str, float]:
    rounded = ((str(gram), round(float(weight), 3)) for gram, weight in weights)
    return dict(sorted((gram, weight) for gram, weight in rounded if weight))


def to_json(model: RoleModel) -> str:
    """The model's file: JSON with a weight a line, so that a change can be read."""
    head = model.model_dump(exclude={"weights"})
    weights = ",\n".join(f"  {json.dumps(g, ensure_ascii=False)}: {w}" for g, w in model.weights.items())
    return f'{json.dumps(head, ensure_ascii=False, indent=1)[:-2]},\n "weights": {{\n{weights}\n }}\n}}\n'


def measure_roles(model: RoleModel, calls: Sequence[TrainingCall], name: str) -> tuple[Outcomes, ...]:
    """How this model does on calls it has not seen."""
    homophones = homophones_of(turn.text for call in calls for turn in call.turns)
    return tuple(
        Outcomes(
            measured_on=name,
            condition=condition,
            probabilities=tuple(model.first_is_agent(*map(model.evidence, sides)) for sides in pairs),
        )
        for condition, pairs in in_conditions([call.turns for call in calls], homophones).items()
    )
