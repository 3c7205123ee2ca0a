"""The model of `qc.grading_model`: learned from graded talk, calibrated and measured on what was left out by turns."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from sklearn.linear_model import LogisticRegression

from qc.domain import Letter
from qc.grade import RuleGrader, ground_of
from qc.grading_model import (
    NEVER_LOWERS,
    NEVER_RAISES,
    OPEN,
    RISING,
    STATED,
    STATUSES,
    UNSTATED,
    GradeModel,
    Header,
    Likely,
    TrainedOn,
    decide,
    ground_for,
    read_grade_model,
    status_inputs,
    tempered,
    urgency_inputs,
    write_grade_model,
)
from qc.grading_words import GradingWords
from qc.lead_signs import see_lead
from qc.measure.grade_report import Graded, GradeReport, grade_report
from qc.measure.grade_words import examples_of, learn_words
from qc.measure.learned import FOLDS, fold_of
from qc.measure.scoring import is_near
from qc.pipeline import inspect_call
from qc.synonyms import shipped_synonyms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qc.domain import LeadFeatures
    from qc.judgement import Model
    from qc.measure.grade_talks import GradedTalk
    from qc.rulebook import Rulebook

SOFTNESS_OF_STATUS: Final = 1.0
"""Inverse strength of the penalty on the weights of status (L2)."""
HARDNESS_OF_URGENCY: Final = 0.1
"""Strength of the penalty on the weights of urgency (L2), beside the sum of log losses."""
APART: Final = 0.5
"""The cuts of neighbouring letters stay so far apart."""
STEPS: Final = np.round(np.arange(0.2, 0.61, 0.01), 2)
"""The thresholds that are tried."""
PLACES: Final = 4

OF_LETTER: Final = {letter: OPEN if letter in RISING else letter.value for letter in Letter}
"""The status that a letter means."""


class Example(NamedTuple):
    """A call's features and the grade it should have."""

    features: LeadFeatures
    grade: Letter


class Stage(NamedTuple):
    """Both linear models."""

    status: dict[str, dict[str, float]]
    urgency: dict[str, dict[str, float]]
    cuts: dict[str, tuple[float, float, float]]


def learn_stage(examples: Sequence[Example], rulebook: Rulebook) -> Stage:
    """Status by a multinomial logistic regression, urgency by an ordinal one with bounded weights."""
    grading = rulebook.grading
    inputs = [status_inputs(example.features, grading) for example in examples]
    names = list(inputs[0])
    statuses = [OF_LETTER[example.grade] for example in examples]
    model = LogisticRegression(C=SOFTNESS_OF_STATUS, fit_intercept=False, max_iter=2000)
    model.fit(np.array([[row[name] for name in names] for row in inputs]), statuses)
    rows = dict(zip(model.classes_, model.coef_, strict=True))
    status = {name: _named(names, rows[name]) if name in rows else {"one": -9.0} for name in STATUSES}
    urgency, cuts = {}, {}
    for ground in (STATED, UNSTATED):
        own = [one for one in examples if one.grade in RISING and ground_for(one.features) == ground]
        urgency[ground], cuts[ground] = _learn_urgency(
            [urgency_inputs(example.features, grading) for example in own],
            np.array([RISING.index(example.grade) for example in own]),
        )
    return Stage(status, urgency, cuts)


def _learn_urgency(
    inputs: Sequence[dict[str, float]], ranks: np.ndarray
) -> tuple[dict[str, float], tuple[float, float, float]]:
    names = list(inputs[0])
    rows = np.array([[row[name] for name in names] for row in inputs])
    cuts = len(RISING) - 1

    def loss(values: np.ndarray) -> float:
        at = np.cumsum(values[len(names) :])
        above = rows @ values[: len(names)]
        at_least = 1 / (1 + np.exp(-np.clip(above[:, np.newaxis] - at, -30, 30)))
        padded = np.column_stack([np.ones(len(rows)), at_least, np.zeros(len(rows))])
        likely = padded[np.arange(len(rows)), ranks] - padded[np.arange(len(rows)), ranks + 1]
        penalty = HARDNESS_OF_URGENCY * (values[: len(names)] ** 2).sum()
        return float(penalty - np.log(np.maximum(likely, 1e-9)).sum())

    bounds = [(0.0 if name in NEVER_LOWERS else None, 0.0 if name in NEVER_RAISES else None) for name in names]
    start = np.concatenate([np.zeros(len(names)), [0.0], np.ones(cuts - 1)])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[*bounds, (None, None), *[(APART, None)] * (cuts - 1)])
    b, a, h = np.cumsum(found.x[len(names) :])
    return _named(names, found.x[: len(names)]), (round(b, PLACES), round(a, PLACES), round(h, PLACES))


def _named(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    # Adding nothing turns -0.0 into 0.0.
    return {name: round(float(value), PLACES) + 0.0 for name, value in zip(names, values, strict=True)}


class LeftOut(NamedTuple):
    """Talks with features by models of words that had not seen them, and what models left out say of each."""

    talks: Sequence[GradedTalk]
    examples: tuple[Example, ...]
    words: tuple[GradingWords, ...]
    """By the fold left out."""
    stages: tuple[Stage, ...]
    whole: GradingWords
    temperature: float
    threshold: float
    graded: tuple[Graded, ...]
    """By models of the other folds."""


def leave_out(talks: Sequence[GradedTalk], rulebook: Rulebook, findings: Model | None) -> LeftOut:
    """Learns a model for each fold from the others.

    The features of the other folds that a model learns from hold scores of models of words that saw this fold; what is
    said of this fold itself is said by models that did not.
    """
    words_examples = examples_of(talks)
    folds = np.array([fold_of(talk.name) for talk in talks])
    words = tuple(learn_words(words_examples, folds != fold) for fold in range(FOLDS))
    # Single lines teach words and are no calls: only what has a grade is graded.
    calls = [number for number, talk in enumerate(talks) if talk.grade is not None]
    examples = tuple(
        Example(features_by(words[folds[number]], talks[number], rulebook, findings), grade)
        for number in calls
        if (grade := talks[number].grade) is not None
    )
    stages = tuple(
        learn_stage([one for one, number in zip(examples, calls, strict=True) if folds[number] != fold], rulebook)
        for fold in range(FOLDS)
    )
    models = [_model(words[fold], stages[fold], 1.0, 0.0, talks) for fold in range(FOLDS)]
    said = [
        (models[folds[number]].likely(example.features, rulebook.grading), *example)
        for number, example in zip(calls, examples, strict=True)
    ]
    letters = list(Letter)
    rows = np.array([[likely.letters[letter] for letter in letters] for likely, _, _ in said])
    temperature = fit_temperature(rows, np.array([letters.index(grade) for _, _, grade in said]))
    calibrated = [
        (likely._replace(letters=dict(zip(letters, map(float, tempered(row, temperature)), strict=True))), *rest)
        for (likely, *rest), row in zip(said, rows, strict=True)
    ]
    threshold = choose_threshold(calibrated)
    graded = []
    for number, (likely, features, grade) in zip(calls, calibrated, strict=True):
        decision = decide(likely, features, threshold)
        graded.append(
            Graded(
                source=talks[number].source,
                call=talks[number].name if talks[number].annotated else "",
                grade=grade,
                given=decision.letter,
                likely=likely.letters,
                abstained=decision.abstained,
                by_rules=ground_of(features, rulebook.grading).letter,
            )
        )
    everything = np.ones(len(talks), dtype=bool)
    return LeftOut(
        talks,
        examples,
        words,
        stages,
        learn_words(words_examples, everything),
        temperature,
        threshold,
        tuple(graded),
    )


def features_by(words: GradingWords, talk: GradedTalk, rulebook: Rulebook, findings: Model | None) -> LeadFeatures:
    """What is seen of this talk, with these words and the dealer's default table."""
    rules = RuleGrader(rulebook.grading)
    inspection = inspect_call(talk.call, talk.transcript, rulebook, rules, findings)
    signs = see_lead(
        talk.call,
        talk.transcript,
        inspection.memo,
        inspection.findings,
        rulebook.grading,
        rulebook.grading.presets["default"],
    )
    return signs.features.model_copy(update={"sounds_like": words.heard(talk.transcript).sounds()})


def fit_temperature(likely: np.ndarray, true: np.ndarray) -> float:
    """By which log probabilities are to be divided for the least log loss.

    Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """

    def loss(temperature: float) -> float:
        rows = np.array([tempered(row, temperature) for row in likely])
        return float(-np.log(np.maximum(rows[np.arange(len(true)), true], 1e-9)).mean())

    return round(float(minimize_scalar(loss, bounds=(0.5, 5.0), method="bounded").x), PLACES)


def log_loss(said: Sequence[tuple[Mapping[Letter, float], Letter]]) -> float:
    """The mean of what each grade's probability falls short of 1, as a logarithm."""
    return float(-np.mean([np.log(max(likely[grade], 1e-9)) for likely, grade in said]))


def choose_threshold(said: Sequence[tuple[Likely, LeadFeatures, Letter]]) -> float:
    """The threshold that is worth most on calls left out, the lowest among equals.

    A letter that is right is worth one, and one that is further off than a step costs as much; no letter costs
    nothing, and is right where nobody could grade the call.
    """

    def worth(threshold: float) -> int:
        given = [(decide(likely, features, threshold).letter, grade) for likely, features, grade in said]
        far = sum(letter is not Letter.N and not is_near(grade, letter) for letter, grade in given)
        return sum(letter is grade for letter, grade in given) - far

    return max(map(float, STEPS), key=lambda step: (worth(step), -step))


def learn_by_folds(left_out: LeftOut) -> tuple[GradeModel, ...]:
    """The models of `leave_out`, by the fold they have not seen."""
    return tuple(
        _model(words, stage, left_out.temperature, left_out.threshold, left_out.talks)
        for words, stage in zip(left_out.words, left_out.stages, strict=True)
    )


def train_grade(left_out: LeftOut, rulebook: Rulebook) -> tuple[bytes, GradeReport]:
    """The file of the model of all this talk, and how models like it do on talk left out.

    The same talk and rules give the same bytes.
    """
    loss = log_loss([(graded.likely, graded.grade) for graded in left_out.graded])
    report = grade_report(left_out.graded, loss, left_out.temperature, left_out.threshold)
    stage = learn_stage(left_out.examples, rulebook)
    header = header_of(stage, left_out.temperature, left_out.threshold, left_out.talks, report.metrics())
    return write_grade_model(header, left_out.whole.weights, left_out.whole.biases), report


def _model(
    words: GradingWords, stage: Stage, temperature: float, threshold: float, talks: Sequence[GradedTalk]
) -> GradeModel:
    header = header_of(stage, temperature, threshold, talks, {})
    return read_grade_model(write_grade_model(header, words.weights, words.biases))


def header_of(
    stage: Stage,
    temperature: float,
    threshold: float,
    talks: Sequence[GradedTalk],
    metrics: dict[str, float],
    *,
    leads: int = 0,
) -> Header:
    """What the file of this model says about itself; ``leads`` are calls of the dealer's own it has learned from."""
    sources = Counter(talk.source for talk in talks)
    if leads:
        sources["leads"] = leads
    return Header(
        synonyms=shipped_synonyms().version,
        data=_hash(talks),
        trained_on=tuple(TrainedOn(source=source, calls=calls) for source, calls in sorted(sources.items())),
        calls=tuple(sorted(talk.name for talk in talks if talk.annotated)),
        status=stage.status,
        urgency=stage.urgency,
        cuts=stage.cuts,
        temperature=temperature,
        threshold=threshold,
        threshold_reason=(
            f"on calls left out {threshold:.2f} is worth most, where a letter that is right is worth one and a letter "
            "more than a step off costs one"
        ),
        metrics=metrics,
    )


def _hash(talks: Sequence[GradedTalk]) -> str:
    digest = hashlib.sha256()
    for talk in talks:
        said = [(utterance.speaker.value, utterance.text) for utterance in talk.transcript.utterances]
        digest.update(
            repr((talk.call.time.isoformat(), said, talk.grade, sorted(talk.signs), sorted(talk.settled))).encode()
        )
    return digest.hexdigest()[:16]
