"""What the learned model makes of what the rules found: a probability for each finding, false ones out, missed ones in.

The model is learned by `qc.measure.judgement`. It scores every sentence for every category by the n-grams of its
characters, syllables and meanings and by those of what the other party said before, and apart from that by those of how
the other party replies (stage 1). It weighs the best score, the reply's and the rule's word together (stage 2). Only
numpy is needed here: no learning library, nothing unpickled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import numpy as np
from pydantic import Field, FiniteFloat

from qc.domain import ALERTS, OMISSIONS, Category, Evidence, Finding, Record, Speaker, Transcript
from qc.errors import BadModel, NotFound
from qc.exchange import answered, replied
from qc.gram_weights import GramsHeader, Table, Weights, fits, named, names_of, pack, unpack, weights_in
from qc.ngrams import Sentences, sentences_of_call
from qc.phrases import GRAVITY, STABLE, UNKNOWN_SPEAKER
from qc.rulebook.phrases import SEVERITIES
from qc.text import SENTENCE_END, Normalised, normalise

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

SHIPPED: Final = Path(__file__).with_name("judgement.npz")

FORMAT: Final = 4
CATEGORIES: Final = tuple(category for category in Category if category not in OMISSIONS)
"""The categories that words can be of, in the order of the model's columns."""
PROPOSED: Final = "model:"
"""Begins the rule id of what no rule found."""

BESIDE_LENGTHS: Final = 3
"""Of what the other party said before and replies, n-grams of up to so many characters count."""
REPLY_COUNTS: Final = 2
"""A reply that makes a proposal so many times as likely is mentioned in its reason."""
SURE: Final = 12.0
"""No score is taken for more than this, either way (log odds)."""


class Signs(NamedTuple):
    """What stage 2 weighs for each utterance and category; one row an utterance, one column a category."""

    score: np.ndarray
    """Stage 1's log odds, the best of the utterance's sentences, of two in a row, and of all."""
    rules: np.ndarray
    """What the rules' word is worth: 1 for a stable rule's own words, less where only the sound fits and so on."""
    reply: np.ndarray
    """What the other party's reply says of it: stage 1's sum for the reply, 0 where there is none."""
    any_score: np.ndarray
    """Its score of any of the party's categories that a column's is one of: the same in all of them."""
    any_reply: np.ndarray
    """Likewise of the reply."""


ALONE: Final = ("score", "rules")
"""The signs that an utterance has which nobody replies to."""


class TrainedOn(Record):
    """A source of training data."""

    source: str
    talks: int
    """Calls, or single lines with what came before."""
    true: int
    """Labelled findings in them."""


class Weighing(Record):
    """Stage 2: how the signs of an utterance are weighed together."""

    weights: Mapping[str, FiniteFloat]
    """By the names of `Signs`; a sign that is not among them does not count."""
    intercepts: tuple[FiniteFloat, ...]
    """By category."""
    thresholds: tuple[Annotated[float, Field(ge=0, le=1)], ...]
    """From which probability on a finding is reported, by category."""

    def odds(self, signs: Signs) -> np.ndarray:
        """The log odds that it is a finding, by utterance and category."""
        by_name = signs._asdict()
        weighed = (weight * by_name[name] for name, weight in self.weights.items())
        return sum(weighed, start=np.array(self.intercepts)[np.newaxis])


def weighed(signs: Signs, replied: np.ndarray, replied_to: Weighing, alone: Weighing) -> tuple[np.ndarray, np.ndarray]:
    """The log odds of each utterance and category, and the threshold, by whether the utterance is ``replied`` to."""
    column = replied[:, np.newaxis]
    odds = np.where(column, replied_to.odds(signs), alone.odds(signs))
    return odds, np.where(column, replied_to.thresholds, alone.thresholds)


class Header(GramsHeader):
    """What a model file says about itself."""

    format: Literal[4] = FORMAT
    kind: Literal["qc.judgement"] = "qc.judgement"
    data: str
    """A hash of everything it has learned from."""
    trained_on: tuple[TrainedOn, ...]
    calls: tuple[str, ...]
    """The annotated calls among it: figures of these calls do not measure this model."""
    categories: tuple[Category, ...]
    replied: Weighing
    """Of utterances that the other party replies to."""
    alone: Weighing
    """Of the others, a call's last words and single lines; learned from all utterances of calls, without their replies."""
    metrics: Mapping[str, float]
    """What was measured on talk left out of the training."""


class Scores(NamedTuple):
    """What stage 1 says of some utterances."""

    best: np.ndarray
    """Log odds by utterance and category."""
    first: np.ndarray
    """The first sentence of the stretch that has this score, counted within the utterance."""
    last: np.ndarray


class Scored(NamedTuple):
    """What stage 1 says of some utterances and of the replies to them."""

    own: Scores
    reply: np.ndarray
    """What the reply says, by utterance and category; 0 where there is none."""
    replied: np.ndarray
    """Whether the other party replies to the utterance."""


class Judged(NamedTuple):
    """What stage 2 makes of some utterances."""

    likely: np.ndarray
    """The probability of a finding by utterance and category; 0 where it is not this party's."""
    limits: np.ndarray
    """From which probability on it is reported."""
    alone: np.ndarray
    """The probability by the weighing that reads no replies; the same as ``likely`` where there is none."""


class Model:
    """A learned model of findings. Read with `load_model`."""

    def __init__(self, header: Header, parts: Mapping[str, Weights], biases: np.ndarray, version: str) -> None:
        self.header = header
        self.version = version
        self._own, self._before, self._reply = (Table(parts[name]) for name in PARTS)
        self._biases = biases.astype(np.float32)

    def judge(
        self, transcript: Transcript, found: Sequence[Finding], *, once: Container[Category]
    ) -> tuple[Finding, ...]:
        """What is left of what the rules found, each with its calibrated probability, and what the model proposes.

        At most one finding a category and utterance, in order. Of a category in ``once`` only the first of a call is
        kept.
        """
        utterances = transcript.utterances
        if not utterances:
            return ()
        normalised = [normalise(utterance.text) for utterance in utterances]
        speakers = [utterance.speaker for utterance in utterances]
        scores = self.scores([each.text for each in normalised], speakers)
        likely, limits, alone = self.weigh(scores, found, speakers)
        by_rule = {(finding.evidence[0].utterance, finding.category): finding for finding in found}
        judged: list[Finding] = []
        reported: set[Category] = set()
        reports = likely >= limits
        for index in np.flatnonzero(reports.any(axis=1)):
            kept: list[Finding] = []
            for column in np.flatnonzero(reports[index]):
                category, probability = CATEGORIES[column], float(likely[index, column])
                if category in reported and category in once:
                    continue
                rule = by_rule.get((int(index), category))
                if rule is not None:
                    kept.append(rule.model_copy(update={"probability": round(probability, 4)}))
                else:
                    place = self.telling(normalised[index], scores.own, int(index), int(column))
                    kept.append(
                        _proposal(
                            category,
                            probability,
                            float(alone[index, column]),
                            int(index),
                            place,
                            utterances[index].text,
                        )
                    )
            kept = _without_overlaps(kept)
            reported.update(finding.category for finding in kept)
            judged += kept
        return tuple(judged)

    def scores(self, texts: Sequence[str], speakers: Sequence[Speaker]) -> Scored:
        """Stage 1 on these normalised texts, in order of the call."""
        said = sentences_of_call(tuple(texts))
        own = self._own.sums(said.grams, said.sentence, len(said.lengths))
        short = np.flatnonzero(said.size <= BESIDE_LENGTHS)
        grams, of = said.grams[short], utterances_of(said)[short]
        before = said_there(self._before, grams, of, answered(speakers))
        replies = replied(speakers)
        return Scored(
            best_stretches(own, sizes_of(said), before + self._biases, said.first),
            said_there(self._reply, grams, of, replies),
            np.array(replies) >= 0,
        )

    def weigh(self, scores: Scored, found: Iterable[Finding], speakers: Sequence[Speaker]) -> Judged:
        """Stage 2 on stage 1's scores and what the rules found."""
        signs = signs_of(scores.own.best, scores.reply, found)
        replied_to, alone = self.header.replied, self.header.alone
        known = np.where([speaker is Speaker.UNKNOWN for speaker in speakers], UNKNOWN_SPEAKER, 1.0)
        rights = rights_of(speakers) * known[:, np.newaxis]
        odds, limits = weighed(signs, scores.replied, replied_to, alone)
        return Judged(rights / (1 + np.exp(-odds)), limits, rights / (1 + np.exp(-alone.odds(signs))))

    def telling(self, said: Normalised, scores: Scores, utterance: int, column: int) -> tuple[int, int]:
        """The span of the original text that speaks most for this category: the sentences that scored best."""
        sentences = _spans(said.text)
        first, last = scores.first[utterance, column], scores.last[utterance, column]
        return said.original_span(sentences[first][0], sentences[last][1])


def utterances_of(said: Sentences) -> np.ndarray:
    """Which text, here an utterance, each n-gram stands in."""
    return np.repeat(np.arange(len(said.first) - 1), np.diff(said.first)).take(said.sentence)


def said_there(table: Table, grams: np.ndarray, of: np.ndarray, where: Sequence[int]) -> np.ndarray:
    """For each utterance what these n-grams, each ``of`` one, say in the utterance ``where`` names; 0 for -1."""
    count = len(where) + 1  # a last row of nothing, which -1 stands for
    sizes = np.sqrt(np.maximum(np.bincount(of, minlength=count), 1))
    return np.asarray((table.sums(grams, of, count) / sizes[:, np.newaxis])[where])


def sizes_of(said: Sentences) -> np.ndarray:
    """How many n-grams each sentence has."""
    return np.bincount(said.sentence, minlength=len(said.lengths)).astype(np.float32)


def best_stretches(own: np.ndarray, sizes: np.ndarray, rest: np.ndarray, first: np.ndarray) -> Scores:
    """For each utterance and category the best of single sentences, of two in a row and of the whole utterance.

    ``own`` are sums of weights by sentence, ``rest`` what is added to each utterance, ``first`` as in `Sentences`.
    """
    starts, stops = _starts_and_stops(tuple(first.tolist()))
    sums = np.vstack([np.zeros((1, own.shape[1]), np.float32), np.cumsum(own, axis=0)])
    total = np.append(0, np.cumsum(sizes))
    length = np.sqrt(np.maximum(total[stops] - total[starts], 1))
    values = (sums[stops] - sums[starts]) / length[:, np.newaxis]
    begins = np.searchsorted(starts, first[:-1], side="left")
    best = np.maximum.reduceat(values, begins, axis=0)
    of = np.searchsorted(first, starts, side="right") - 1
    is_best = values == best[of]
    # The first stretch with the best value.
    numbers = np.where(is_best, np.arange(len(starts))[:, np.newaxis], len(starts))
    chosen = np.minimum.reduceat(numbers, begins, axis=0)
    offset = first[:-1, np.newaxis]
    return Scores(best + rest, starts[chosen] - offset, stops[chosen] - 1 - offset)


@lru_cache(maxsize=1)
def _starts_and_stops(first: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The stretches of all utterances. Those of the last call are remembered: findings and grade are scored by them."""
    stretches = np.array([stretch for one in pairwise(first) for stretch in stretches_of(*one)])
    return stretches[:, 0], stretches[:, 1]


def stretches_of(first: int, stop: int) -> list[tuple[int, int]]:
    """The stretches of an utterance's sentences that are scored, in order of their beginnings: (first, past the last)."""
    every = {(at, to) for at in range(first, stop) for to in (at + 1, at + 2) if to <= stop} | {(first, stop)}
    return sorted(every)


_OF_AGENT: Final = np.array([category not in ALERTS for category in CATEGORIES])
_RIGHTS: Final = {
    Speaker.AGENT: _OF_AGENT,
    Speaker.CUSTOMER: ~_OF_AGENT,
    Speaker.UNKNOWN: np.ones(len(CATEGORIES), dtype=bool),
}


def rights_of(speakers: Sequence[Speaker]) -> np.ndarray:
    """Which categories each utterance can be of."""
    return np.array([_RIGHTS[speaker] for speaker in speakers])


_COLUMN: Final = {category: column for column, category in enumerate(CATEGORIES)}


def signs_of(scores: np.ndarray, replies: np.ndarray, found: Iterable[Finding]) -> Signs:
    """What stage 2 weighs: of what stage 1 says of utterances and replies, and of what the rules found in them."""
    rules = np.zeros(scores.shape)
    for finding in found:
        # Of words over two utterances the first is weighed: they are too rare in the labelled calls to learn from.
        # The rules' own probability already says what is less than a stable rule's words.
        rules[finding.evidence[0].utterance, _COLUMN[finding.category]] = finding.probability / STABLE
    return with_any(scores, rules, replies)


def with_any(scores: np.ndarray, rules: np.ndarray, replies: np.ndarray) -> Signs:
    """The signs, with those that are the same for all categories of a party."""
    score, reply = np.clip(scores, -SURE, SURE), np.clip(replies, -SURE, SURE)
    return Signs(score, rules, reply, _of_any(score), _of_any(reply))


def _of_any(odds: np.ndarray) -> np.ndarray:
    """In each column the log odds, summed as odds, of all categories of the party that the column's category is of."""
    summed = np.empty_like(odds)
    for own in (_OF_AGENT, ~_OF_AGENT):
        summed[:, own] = np.logaddexp.reduce(odds[:, own], axis=1)[:, np.newaxis]
    return summed


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a normalised text stand, as `qc.ngrams` counts them."""
    begin = len(text) - len(text.lstrip(SENTENCE_END))
    spans = []
    for sentence in text.strip(SENTENCE_END).split(SENTENCE_END):
        spans.append((begin, begin + len(sentence)))
        begin += len(sentence) + 1
    return spans


def _proposal(
    category: Category, probability: float, alone: float, utterance: int, place: tuple[int, int], text: str
) -> Finding:
    start, end = place
    quote = text[start:end]
    by_reply = f"（不看对方的回应时 {alone:.0%}）" if REPLY_COUNTS * alone < probability else ""
    return Finding(
        rule_id=f"{PROPOSED}{category}",
        category=category,
        severity=SEVERITIES[category],
        probability=probability,
        evidence=(Evidence(utterance=utterance, start=start, end=end, quote=quote),),
        reason=f"没有规则命中；模型认为与此类例句相似，概率 {probability:.0%}{by_reply}，请核实",
        proposed=True,
    )


def _without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by place, without those whose words a graver (or more likely) category also claims."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-GRAVITY[f.severity], -f.probability)):
        here = finding.evidence[0]
        if all(here.end <= (other := each.evidence[0]).start or other.end <= here.start for each in kept):
            kept.append(finding)
    return sorted(kept, key=lambda f: (f.evidence[0].start, f.rule_id))


@lru_cache(maxsize=1)
def shipped_model() -> Model | None:
    """The model that ships with this package; None where it was taken out, and rules judge alone."""
    return load_model(SHIPPED) if SHIPPED.is_file() else None


def load_model(path: Path) -> Model:
    """The model in this file, checked.

    Raises:
        BadModel: if it is not a model of this kind and format, or damaged.
        NotFound: if there is no such file.
    """
    if not path.is_file():
        raise NotFound("no-model", "there is no such model file", where=str(path), way_out=_WAY_OUT)
    return read_model(path.read_bytes(), where=str(path))


_WAY_OUT: Final = "Make one with 'qc train findings --out FILE', or unset QC_FINDINGS_MODEL to use the shipped one."


def read_model(content: bytes, *, where: str = "") -> Model:
    """As `load_model`, from the file's content: a zip of plain arrays (numpy's ``.npz``), of which none is unpickled."""

    def refused(why: str) -> BadModel:
        return BadModel("bad-model", f"not a model of findings that can be used: {why}", where=where, way_out=_WAY_OUT)

    header, arrays = unpack(content, Header, ("biases", *names_of(PARTS)), refused)
    if header.categories != CATEGORIES or not _fits(header, arrays):
        raise refused("its parts do not fit each other")
    parts = {name: weights_in(arrays, name) for name in PARTS}
    return Model(header, parts, arrays["biases"], hashlib.sha256(content).hexdigest()[:12])


PARTS: Final = ("own", "before", "reply")
"""Whose n-grams are weighed: the utterance's own, what the other party said before, and what it replies."""


def _fits(header: Header, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays are of the form and size that the header and each other ask for."""
    columns = len(CATEGORIES)
    return (
        all(fits(weights_in(arrays, part), columns) for part in PARTS)
        and arrays["biases"].shape == (columns,)
        and arrays["biases"].dtype == np.float32
        and bool(np.isfinite(arrays["biases"]).all())
        and set(header.replied.weights) == set(Signs._fields)
        and set(header.alone.weights) == set(ALONE)
        and all(len(each.intercepts) == len(each.thresholds) == columns for each in (header.replied, header.alone))
    )


def write_model(header: Header, parts: Mapping[str, Weights], biases: np.ndarray) -> bytes:
    """The content of a model's file, from weights by the names of `PARTS`; the same model gives the same bytes."""
    arrays = {"biases": biases.astype(np.float32)}
    for name in PARTS:
        arrays |= named(name, parts[name])
    return pack(header, arrays)
