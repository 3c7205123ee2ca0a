"""The learned grade of a lead: calibrated, and never lower for an earlier time of purchase.

Two linear models over `LeadFeatures`, learned by `qc.measure.grade_training`. The first says what the call makes of
the lead: open, ordered (O), lost (F), or nothing to judge by (N). The second grades an open lead by an ordinal
regression (one for a stated time, one for all else): one score, and for H, A and B a cut above which the lead is at
least that (McCullagh, "Regression Models for Ordinal Data", 1980). Its weights of an earlier time are never negative. What is read of the call is what the
rules read (`qc.lead_signs`), and what its words sound like (`qc.grading_words`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import numpy as np
from pydantic import Field, FiniteFloat

from qc.domain import Call, Evidence, Finding, Grade, LeadFeatures, Letter, Memo, Outcome, Reason, Record, Transcript
from qc.errors import BadModel, NotFound
from qc.grade import REVIEWED, Ground, grade_by, ground_of, open_ground_of, preset_of, reasons_of
from qc.grading_words import AGAIN, INTEREST, SIGNS, SURE, VISIT, GradingWords
from qc.gram_weights import GramsHeader, Weights, fits, named, names_of, pack, unpack, weights_in
from qc.lead_signs import LeadSigns, see_lead
from qc.rulebook.grading import Grading

SHIPPED: Final = Path(__file__).with_name("grading.npz")
FORMAT: Final = 2

OPEN: Final = "open"
STATUSES: Final = (OPEN, "O", "F", "N")
RISING: Final = (Letter.C, Letter.B, Letter.A, Letter.H)
"""The letters of an open lead."""

_SIGN_SCALE: Final = 3.0
_FAINT: Final = 0.2
"""Features that the guide's rules do not weigh are scaled down: the penalty on weights then keeps them small until
outcomes speak for them."""
_MANY: Final = 4.0


class TrainedOn(Record):
    """A source of training data."""

    source: str
    calls: int


class Header(GramsHeader):
    """What a model file says about itself."""

    format: Literal[2] = FORMAT
    kind: Literal["qc.grading"] = "qc.grading"
    data: str
    """A hash of everything it has learned from."""
    trained_on: tuple[TrainedOn, ...]
    calls: tuple[str, ...]
    """The annotated calls among it: figures of these calls do not measure this model."""
    signs: tuple[str, ...] = SIGNS
    status: Mapping[str, Mapping[str, FiniteFloat]]
    """By status, the weights of `status_inputs`."""
    urgency: Mapping[str, Mapping[str, FiniteFloat]]
    """By `ground_for`, the weights of `urgency_inputs`."""
    cuts: Mapping[str, tuple[FiniteFloat, FiniteFloat, FiniteFloat]]
    """By `ground_for`, the scores from which on a lead is at least B, A and H."""
    temperature: Annotated[float, Field(gt=0)]
    """By which log probabilities are divided, so that they say what they mean on calls left out."""
    threshold: Annotated[float, Field(ge=0, le=1)]
    """Below it nothing is graded."""
    threshold_reason: str
    metrics: Mapping[str, FiniteFloat]
    """What was measured on calls left out of the training."""


def status_inputs(features: LeadFeatures, grading: Grading) -> dict[str, float]:
    """What the first model weighs, by name."""
    ground = ground_of(features, grading)
    ruled = {f"rules_{letter}": float(ground.letter == letter) for letter in ("O", "F", "N")}
    heard = (*SIGNS, *(AGAIN + sign for sign in SIGNS))
    sounds = {f"sounds_{sign}": features.sounds_like.get(sign, -SURE) / _SIGN_SCALE for sign in heard}
    return {
        "one": 1.0,
        **ruled,
        **sounds,
        "time_stated": float(features.horizon is not None),
        "visit": float(features.visit_in_days is not None),
        "handover": float(features.handover_agreed),
        "needs": min(len(features.interest), _MANY) / _MANY,
        "asks": float(features.asks),
        "earlier_calls": _FAINT * min(features.earlier_calls, _MANY),
    }


STATED: Final = "stated"
UNSTATED: Final = "unstated"


def ground_for(features: LeadFeatures) -> str:
    """Which ordinal regression grades an open lead: that of a stated time, or that of all else.

    What goes wrong with a stated time is its reading, and that is far wrong; without one grades differ by a step.
    """
    return UNSTATED if features.horizon is None else STATED


def urgency_inputs(features: LeadFeatures, grading: Grading) -> dict[str, float]:
    """What the second model weighs, by name. A stated time decides by the guide's rules, so the rest has two names."""
    horizon = features.horizon
    stated = horizon is not None
    rank = RISING.index(horizon) if horizon is not None else 0
    visit = features.visit_in_days is not None and not stated
    near = visit and features.visit_in_days is not None and features.visit_in_days <= grading.visit_days
    return {
        "stated": float(stated),
        "by_B": float(rank >= 1),
        "by_A": float(rank >= 2),  # noqa: PLR2004 - the letter's place
        "by_H": float(rank >= 3),  # noqa: PLR2004
        "in_haste": float(stated and features.in_haste),
        "unhurried_though_stated": float(stated and features.unhurried),
        "visit": float(visit),
        "visit_near": float(near),
        "visit_near_with_needs": float(near and features.engagement >= grading.engagement),
        "visit_hedged": float(visit and features.visit_hedged),
        "sounds_visit": 0.0 if stated else features.sounds_like.get(VISIT, -SURE) / _SIGN_SCALE,
        "visit_at_an_hour": _FAINT * (visit and features.visit_at_an_hour),
        "engagement": _FAINT * features.engagement,
        "unhurried": _FAINT * features.unhurried,
        "others_decide": _FAINT * min(features.others_decide, _MANY),
        "competitors": _FAINT * min(features.competitors, _MANY),
        "concerns": _FAINT * min(features.concerns, _MANY),
        "declines": _FAINT * min(features.declines, _MANY),
        "talk": _FAINT * float(np.log1p(features.customer_characters)) / _MANY,
        "earlier_calls": _FAINT * min(features.earlier_calls, _MANY),
    }


NEVER_LOWERS: Final = ("by_B", "by_A", "by_H", "visit", "visit_near", "visit_near_with_needs", "engagement")
NEVER_RAISES: Final = ("unhurried_though_stated", "visit_hedged", "unhurried")
"""Which way these weights may point, whatever the data say."""


class Likely(NamedTuple):
    """What the models say of a lead."""

    status: dict[str, float]
    """By status, summing to 1."""
    letters: dict[Letter, float]
    """By letter, summing to 1; calibrated."""
    urgency: Letter
    """The middle letter of an open lead: half of the probability lies on it or above."""


class GradeModel:
    """A learned model of grades. Read with `load_grade_model`."""

    def __init__(self, header: Header, words: GradingWords, version: str) -> None:
        self.header = header
        self.words = words
        self.version = version

    def likely(self, features: LeadFeatures, grading: Grading) -> Likely:
        """How likely each status and letter is."""
        inputs = status_inputs(features, grading)
        odds = np.array([_weighed(self.header.status[status], inputs) for status in STATUSES])
        status = _softmax(odds)
        ground = ground_for(features)
        score = _weighed(self.header.urgency[ground], urgency_inputs(features, grading))
        urgency = urgencies(score, self.header.cuts[ground])
        middle = RISING[int(np.flatnonzero(np.cumsum(urgency[::-1]) >= 1 / 2)[0]) * -1 - 1]
        by_letter = dict(zip(RISING, urgency * status[0], strict=True))
        by_letter |= {Letter(name): float(p) for name, p in zip(STATUSES[1:], status[1:], strict=True)}
        letters = tempered(np.array([by_letter[letter] for letter in Letter]), self.header.temperature)
        return Likely(
            dict(zip(STATUSES, map(float, status), strict=True)),
            dict(zip(Letter, map(float, letters), strict=True)),
            middle,
        )

    def decide(self, features: LeadFeatures, grading: Grading) -> tuple[Likely, Decision]:
        """How likely each letter is, and which one is given."""
        likely = self.likely(features, grading)
        return likely, decide(likely, features, self.header.threshold)


def _weighed(weights: Mapping[str, float], inputs: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in inputs.items())


def _softmax(odds: np.ndarray) -> np.ndarray:
    likely = np.exp(odds - odds.max())
    return np.asarray(likely / likely.sum())


def urgencies(score: float, cuts: tuple[float, ...]) -> np.ndarray:
    """The probabilities of `RISING` by the ordinal regression's score."""
    at_least = np.concatenate([[1.0], 1 / (1 + np.exp(-np.clip(score - np.array(cuts), -30, 30))), [0.0]])
    return np.asarray(at_least[:-1] - at_least[1:])


def tempered(likely: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities, their logarithms divided by the temperature and summing to 1 again."""
    return _softmax(np.log(np.maximum(likely, 1e-9)) / temperature)


class Decision(NamedTuple):
    """Which letter is given."""

    status: str
    letter: Letter
    abstained: bool


def decide(likely: Likely, features: LeadFeatures, threshold: float) -> Decision:
    """The likeliest status, and of an open lead the middle letter; N where that is not sure enough.

    Who states a time has given something to judge by: then only the status must be sure, so that an earlier time never
    ends in N where a later one did not.
    """
    status = max(likely.status, key=likely.status.__getitem__)
    letter = likely.urgency if status == OPEN else Letter(status)
    sure = likely.status[OPEN] if status == OPEN and features.horizon is not None else likely.letters[letter]
    if letter is not Letter.N and sure < threshold:
        return Decision(status, Letter.N, abstained=True)
    return Decision(status, letter, abstained=False)


class Share(Record):
    """What one feature adds to a grade's odds."""

    of: str
    """A status, or ``urgency``: how soon an open lead buys."""
    name: str
    value: float
    """As the model weighs it (`status_inputs`, `urgency_inputs`)."""
    adds: float
    """Log odds; for a status beside the mean of all statuses."""


def shares_of(model: GradeModel, features: LeadFeatures, grading: Grading) -> tuple[Share, ...]:
    """What each feature adds to the grade that these features give, the weightiest first."""
    likely, decision = model.decide(features, grading)
    status = max(likely.status, key=likely.status.__getitem__)
    weights = model.header.status
    shares = [
        Share(
            of=status,
            name=name,
            value=round(value, 3),
            adds=round(
                value
                * (weights[status].get(name, 0.0) - sum(w.get(name, 0.0) for w in weights.values()) / len(weights)),
                3,
            ),
        )
        for name, value in status_inputs(features, grading).items()
    ]
    if decision.status == OPEN:
        shares += [
            Share(
                of="urgency",
                name=name,
                value=round(value, 3),
                adds=round(value * model.header.urgency[ground_for(features)].get(name, 0.0), 3),
            )
            for name, value in urgency_inputs(features, grading).items()
        ]
    return tuple(sorted((share for share in shares if share.adds), key=lambda share: -abs(share.adds)))


class LearnedGrader:
    """Grades by a learned model and one of the rulebook's presets; the rules' reasons say why.

    Raises:
        BadSettings: if the rulebook has no preset of that name.
    """

    def __init__(self, model: GradeModel, grading: Grading, preset: str = "default") -> None:
        self.model = model
        self._grading = grading
        self._preset = preset_of(grading, preset)
        self.version = f"learned-1/{model.version}/{preset}"

    def see(
        self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...], *, earlier_calls: int = 0
    ) -> LeadSigns:
        """What this call shows about the lead, what its words sound like included."""
        signs = see_lead(call, transcript, memo, findings, self._grading, self._preset, earlier_calls=earlier_calls)
        sounds = self.model.words.heard(transcript).sounds()
        return signs._replace(features=signs.features.model_copy(update={"sounds_like": sounds}))

    def grade(
        self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...], *, earlier_calls: int = 0
    ) -> Grade:
        """The grade of this call's lead, with reasons, how likely each letter is, and what it was made of."""
        signs = self.see(call, transcript, memo, findings, earlier_calls=earlier_calls)
        today = call.time.date()
        if not signs.features.speech or any(finding.rule_id == REVIEWED for finding in findings):
            ground = ground_of(signs.features, self._grading)
            probability = getattr(self._grading.prior, ground.name)
            return grade_by(ground.letter, probability, reasons_of(ground, signs, memo), signs, self._grading, today)
        likely, decision = self.model.decide(signs.features, self._grading)
        return grade_by(
            decision.letter,
            likely.letters[decision.letter],
            self._reasons(decision, likely, signs, memo, transcript),
            signs,
            self._grading,
            today,
            likely={letter: round(p, 4) for letter, p in likely.letters.items()},
            abstained=decision.abstained,
        )

    def _reasons(
        self, decision: Decision, likely: Likely, signs: LeadSigns, memo: Memo, transcript: Transcript
    ) -> tuple[Reason, ...]:
        features = signs.features
        ruled = ground_of(features, self._grading)
        open_ground = open_ground_of(features, self._grading)
        if decision.abstained:
            best = max(likely.letters, key=likely.letters.__getitem__)
            text = f"依据不足，不作判断：最像 {best}，也只有 {likely.letters[best]:.0%} 的把握"
            return (Reason(text=text), *(reasons_of(ruled, signs, memo) if ruled.name != "nothing" else ()))
        if decision.status == OPEN:
            own = reasons_of(open_ground, signs, memo) if open_ground.name != "nothing" else ()
            if decision.letter is open_ground.letter:
                return own
            told = self._sounds(Letter.C if decision.letter is Letter.C else Letter.B, transcript)
            return (*own, *told, _weighed_otherwise(decision.letter, likely, open_ground))
        if ruled.letter is decision.letter:
            return reasons_of(ruled, signs, memo)
        return (*self._sounds(decision.letter, transcript), _weighed_otherwise(decision.letter, likely, ruled))

    def _sounds(self, letter: Letter, transcript: Transcript) -> tuple[Reason, ...]:
        """The words that sound most like this letter, if any do."""
        heard = self.model.words.heard(transcript)
        signs = [column for column, sign in enumerate(SIGNS) if _MEANS[sign] is letter]
        surest = max(signs, key=lambda column: heard.scores[column])
        if heard.scores[surest] < 0:
            return ()
        at = int(heard.utterances[surest])
        text = transcript.utterances[at].text
        evidence = Evidence(utterance=at, start=0, end=len(text), quote=text)
        return (Reason(text=f"这句话像是{_TOLD[SIGNS[surest]]}", evidence=(evidence,)),)


def _weighed_otherwise(letter: Letter, likely: Likely, ground: Ground) -> Reason:
    return Reason(text=f"综合各项特征更像 {letter}（{likely.letters[letter]:.0%}），单按规则是 {ground.letter}")


_MEANS: Final[Mapping[str, Letter]] = {
    Outcome.ORDERED: Letter.O,
    Outcome.CANCELLED: Letter.F,
    Outcome.BOUGHT_ELSEWHERE: Letter.F,
    Outcome.REFUSED: Letter.F,
    Outcome.DO_NOT_CALL: Letter.F,
    Outcome.WRONG_NUMBER: Letter.F,
    Outcome.NOT_IN_PERSON: Letter.N,
    Outcome.UNANSWERED: Letter.N,
    Outcome.AFTER_SALES: Letter.N,
    VISIT: Letter.B,
    INTEREST: Letter.C,
}
_TOLD: Final[Mapping[str, str]] = {
    Outcome.ORDERED: "已在本店订车",
    Outcome.CANCELLED: "退订",
    Outcome.BOUGHT_ELSEWHERE: "已在别处买车",
    Outcome.REFUSED: "不买车了",
    Outcome.DO_NOT_CALL: "要求不再联系",
    Outcome.WRONG_NUMBER: "打错了电话",
    Outcome.NOT_IN_PERSON: "接电话的不是本人",
    Outcome.UNANSWERED: "无人接听",
    Outcome.AFTER_SALES: "车主售后",
    VISIT: "答应到店",
    INTEREST: "有意向",
}


def shipped_grade_model() -> GradeModel | None:
    """The model that ships with this package; None where it was taken out, and rules grade alone."""
    return load_grade_model(SHIPPED) if SHIPPED.is_file() else None


def load_grade_model(path: Path) -> GradeModel:
    """The model in this file, checked; read again only when the file has changed.

    Raises:
        BadModel: if it is not a model of this kind and format, or damaged.
        NotFound: if there is no such file.
    """
    if not path.is_file():
        raise NotFound("no-model", "there is no such model file", where=str(path), way_out=_WAY_OUT)
    return _read_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_file(path: Path, changed_ns: int) -> GradeModel:
    del changed_ns  # part of the cache's key
    return read_grade_model(path.read_bytes(), where=str(path))


_WAY_OUT: Final = "Make one with 'qc train grade --out FILE', or unset QC_GRADE_MODEL to use the shipped one."


def read_grade_model(content: bytes, *, where: str = "") -> GradeModel:
    """As `load_grade_model`, from the file's content: plain arrays of numpy, of which none is unpickled."""

    def refused(why: str) -> BadModel:
        return BadModel("bad-model", f"not a model of grades that can be used: {why}", where=where, way_out=_WAY_OUT)

    header, arrays = unpack(content, Header, ("biases", *names_of(["words"])), refused)
    weights, biases = weights_in(arrays, "words"), arrays["biases"]
    if header.signs != SIGNS or not fits(weights, len(SIGNS)) or not _fits(header, biases):
        raise refused("its parts do not fit each other")
    if not _is_monotone(header):
        raise refused("an earlier time of purchase would lower the grade")
    return GradeModel(header, GradingWords(weights, biases), hashlib.sha256(content).hexdigest()[:12])


def _fits(header: Header, biases: np.ndarray) -> bool:
    return (
        set(header.status) == set(STATUSES)
        and set(header.urgency) == set(header.cuts) == {STATED, UNSTATED}
        and biases.shape == (len(SIGNS),)
        and biases.dtype == np.float32
        and bool(np.isfinite(biases).all())
    )


def _is_monotone(header: Header) -> bool:
    return all(
        list(header.cuts[ground]) == sorted(header.cuts[ground])
        and all(header.urgency[ground].get(name, 0.0) >= 0 for name in NEVER_LOWERS)
        for ground in (STATED, UNSTATED)
    )


def write_grade_model(header: Header, words: Weights, biases: np.ndarray) -> bytes:
    """The content of a model's file; the same model gives the same bytes."""
    return pack(header, {"biases": biases.astype(np.float32)} | named("words", words))
