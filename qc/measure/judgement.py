"""The model of `qc.judgement`: learned from judged talk, calibrated on what was left out by turns.

Stage 1 is a logistic regression a category over n-grams of the utterance's sentences and of what the other party said
before, and a second one over those of what the other party replies, learned from whole calls. Stage 2 weighs both scores,
made by models that have not seen the talk, together with what the rules found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from qc.domain import Speaker
from qc.errors import BadCall
from qc.exchange import answered, replied
from qc.gram_weights import Weights
from qc.judgement import (
    ALONE,
    BESIDE_LENGTHS,
    CATEGORIES,
    Header,
    Scores,
    Signs,
    TrainedOn,
    Weighing,
    best_stretches,
    read_model,
    rights_of,
    signs_of,
    sizes_of,
    stretches_of,
    weighed,
    with_any,
    write_model,
)
from qc.measure.judgement_report import FindingsReport, findings_report
from qc.measure.learned import FOLDS, fold_of
from qc.ngrams import Sentences, sentences_of
from qc.phrases import find_phrases
from qc.synonyms import shipped_synonyms
from qc.text import SENTENCE_END, Normalised, normalise
from qc.turns import transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qc.domain import Finding
    from qc.judgement import Model
    from qc.measure.first_sight import FirstSight
    from qc.measure.judged import JudgedTalk, Label
    from qc.rulebook.phrases import PhraseRules

LEAST_OWN: Final = 2
LEAST_BESIDE: Final = 3
"""An n-gram counts if it is in so many utterances, or in so many of what was said before or replied."""
MOST_OWN: Final = 300_000
MOST_BESIDE: Final = 32_000
"""So many n-grams are kept, those that move a score most. A million is hardly better and four times the file, 100,000
find a twentieth less of what four writers say who are left out (decision 49)."""
SOFTNESS: Final = 100.0
SOFTNESS_OF_REPLIES: Final = 30.0
"""Inverse strength of the penalty on weights (L2)."""
ORDINARY: Final = "clean_calls"
"""The exchanges written to tempt rules and model, on which both must be silent,"""
ORDINARY_COUNTS: Final = 4.0
"""and how often each of them counts."""
BEFORE_SHARE: Final = 0.5
"""How much the n-grams of what was said before count beside the utterance's own, before weights are learned."""
PRECISION: Final = 0.92
PRECISION_ALONE: Final = 0.9
"""Each category's threshold is the lowest at which so much of what is reported is right, on calls left out; the second
is for what nobody replies to. The labels are one reader's: of the 70 surest reports that they call false, about half are
arguable, so that more is right."""
LOWEST: Final = 0.5
HIGHEST: Final = 0.8
"""No threshold is outside these: few categories have findings enough in the calls to trust one of 0.15 or 0.95. Other
limits and what they cost are in decision 35."""
FEW: Final = 8
"""So many imagined reports of that precision keep a threshold from resting on a handful of real ones."""


class Utterances(NamedTuple):
    """All judged utterances in one order, ready to be learned from."""

    talk: np.ndarray
    """The number of the talk each is in."""
    turn: np.ndarray
    texts: list[Normalised]
    speakers: list[Speaker]
    labels: list[list[Label]]
    said: Sentences
    before: Sentences
    """Of what each answers, n-grams of all lengths; nothing is an empty text."""
    reply: Sentences
    """Of how each is replied to, likewise."""
    replied: np.ndarray
    """Whether it is replied to; the last turn of a talk never is, and single lines have no other that is judged."""
    true: np.ndarray
    """Whether it is of the category; a row an utterance."""
    found: list[list[Finding]]
    """What the rules find in it."""
    rules: np.ndarray
    """What the word of the rules is worth there (`Signs.rules`), by rules that had not seen it."""
    asked: np.ndarray
    """By category, whether it is of a call in which it is known what rules that had not seen it found."""


def utterances_of(talks: Sequence[JudgedTalk], rules: PhraseRules, first_sight: FirstSight) -> Utterances:
    """The judged utterances of these talks, with what these rules find in them and found at first sight."""
    talk, turn, texts, befores, replies, speakers, labels, found = [], [], [], [], [], [], [], []
    for number, each in enumerate(talks):
        normalised = [normalise(said.text) for said in each.turns]
        parties = [said.speaker for said in each.turns]
        answers, replied_by = answered(parties), replied(parties)
        findings = find_phrases(transcript_of_turns(each.turns), rules)
        for index in each.judged:
            talk.append(number)
            turn.append(index)
            texts.append(normalised[index])
            befores.append(normalised[answers[index]].text if answers[index] >= 0 else "")
            replies.append(normalised[replied_by[index]].text if replied_by[index] >= 0 else None)
            speakers.append(each.turns[index].speaker)
            labels.append([label for label in each.labels if label.turn == index])
            found.append([finding for finding in findings if finding.evidence[0].utterance == index])
    seen = [first_sight.of(talks[number].name, index) for number, index in zip(talk, turn, strict=True)]
    worth = np.array([[0.0 if own is None else own.get(c, 0.0) for c in CATEGORIES] for own in seen])
    # Single lines are half true, half made to tempt: only whole calls show how likely a finding is.
    known = np.array([own is not None and talks[number].whole for own, number in zip(seen, talk, strict=True)])
    true = np.array([[any(x.category is c and x.true for x in own) for c in CATEGORIES] for own in labels])
    return Utterances(
        np.array(talk),
        np.array(turn),
        texts,
        speakers,
        labels,
        sentences_of([text.text for text in texts]),
        sentences_of(befores),
        sentences_of([reply or "" for reply in replies]),
        np.array([reply is not None for reply in replies]),
        true,
        found,
        worth,
        known[:, np.newaxis] & rights_of(speakers),
    )


class Examples(NamedTuple):
    """Stretches of the utterances' sentences as rows of counts: what stage 1 learns from."""

    utterance: np.ndarray
    own: sparse.csr_matrix
    own_grams: np.ndarray
    before: sparse.csr_matrix
    """A row an utterance."""
    before_grams: np.ndarray
    reply: sparse.csr_matrix
    """A row an utterance."""
    reply_grams: np.ndarray
    used: np.ndarray
    """Whether a stretch is an example for a category: all of it, or in a true utterance what was quoted."""
    counts: np.ndarray
    """How much each stretch counts as one."""


def examples_of(all_: Utterances, talks: Sequence[JudgedTalk]) -> Examples:
    """The stretches and what they are examples of."""
    first = all_.said.first
    stretches = [(u, *s) for u in range(len(all_.texts)) for s in stretches_of(int(first[u]), int(first[u + 1]))]
    of, starts, stops = np.array(stretches).T
    own_grams, own = _counts(all_.said.grams, all_.said.sentence, len(all_.said.lengths))
    before_grams, before = _beside(all_.before)
    reply_grams, reply = _beside(all_.reply)
    within = sparse.csr_matrix(
        (
            np.ones((stops - starts).sum(), np.float32),
            np.concatenate([np.arange(a, b) for a, b in zip(starts, stops, strict=True)]),
            np.append(0, np.cumsum(stops - starts)),
        ),
        shape=(len(of), len(all_.said.lengths)),
    )
    rights = rights_of(all_.speakers)
    used = rights[of].copy()
    for utterance_number in np.flatnonzero(all_.true.any(axis=1)):
        rows = np.flatnonzero(of == utterance_number)
        text = talks[all_.talk[utterance_number]].turns[all_.turn[utterance_number]].text
        for label in all_.labels[utterance_number]:
            if label.true:
                column = CATEGORIES.index(label.category)
                quoted = _quoted(label.quote, text, all_.texts[utterance_number])
                whole = (int(first[utterance_number + 1] - first[utterance_number]),)
                for row in rows:
                    a, b = starts[row] - first[utterance_number], stops[row] - first[utterance_number]
                    used[row, column] = (a, b) in (quoted, (0, *whole))
    ordinary = np.array([talk.source.startswith(ORDINARY) for talk in talks])[all_.talk]
    counts = np.where(ordinary, ORDINARY_COUNTS, 1.0)[of]
    return Examples(of, _scaled(within @ own), own_grams, before, before_grams, reply, reply_grams, used, counts)


def _beside(said: Sentences) -> tuple[np.ndarray, sparse.csr_matrix]:
    """The short n-grams of these texts, and a scaled row of counts a text."""
    short = said.size <= BESIDE_LENGTHS
    text = np.repeat(np.arange(len(said.first) - 1), np.diff(said.first))
    grams, counts = _counts(said.grams[short], text[said.sentence[short]], len(said.first) - 1)
    return grams, _scaled(counts)


def _counts(grams: np.ndarray, rows: np.ndarray, count: int) -> tuple[np.ndarray, sparse.csr_matrix]:
    known, columns = np.unique(grams, return_inverse=True)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(count, len(known)))
    return known, matrix


def _scaled(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """The counts over the root of their sum, as `best_stretches` takes them."""
    sums = np.sqrt(np.maximum(counts.sum(axis=1).A1, 1))
    return (sparse.diags(1 / sums.astype(np.float32)) @ counts).tocsr()


def _quoted(quote: str | None, text: str, said: Normalised) -> tuple[int, int] | None:
    """The sentences that the quoted words stand in: the first, and past the last."""
    at = text.find(quote) if quote else -1
    if not quote or at < 0:
        return None
    start, stop = said.position_of(at), said.position_of(at + len(quote))
    body = said.text.lstrip(SENTENCE_END)
    gap = len(said.text) - len(body)
    first = body[: max(start - gap, 0)].count(SENTENCE_END)
    last = body[: max(stop - gap, 0)].rstrip(SENTENCE_END).count(SENTENCE_END)
    return first, last + 1


class Stage1(NamedTuple):
    """Weights of all n-grams of `Examples`, a column a category."""

    own: np.ndarray
    before: np.ndarray
    biases: np.ndarray
    reply: np.ndarray


def learn_stage1(examples: Examples, all_: Utterances, known: np.ndarray) -> Stage1:
    """Stage 1 from the utterances ``known`` (a mask)."""
    true = all_.true
    rows = known[examples.utterance]
    own_scale = _scale(examples.own[rows], LEAST_OWN)
    before_scale = _scale(examples.before[known], LEAST_BESIDE) * BEFORE_SHARE
    own_kept, before_kept = np.flatnonzero(own_scale), np.flatnonzero(before_scale)
    features = sparse.hstack(
        [
            examples.own[rows][:, own_kept] @ sparse.diags(own_scale[own_kept]),
            examples.before[examples.utterance[rows]][:, before_kept] @ sparse.diags(before_scale[before_kept]),
        ]
    ).tocsr()
    own = np.zeros((examples.own.shape[1], len(CATEGORIES)), np.float32)
    before = np.zeros((examples.before.shape[1], len(CATEGORIES)), np.float32)
    biases = np.zeros(len(CATEGORIES), np.float32)
    labels = true[examples.utterance[rows]]
    for column in range(len(CATEGORIES)):
        used = examples.used[rows, column]
        if not labels[used, column].any():
            biases[column] = -10.0
            continue
        model = LogisticRegression(C=SOFTNESS, solver="liblinear", dual=True, max_iter=1000, tol=0.1, random_state=0)
        model.fit(features[used], labels[used, column], sample_weight=examples.counts[rows][used])
        own[own_kept, column] = model.coef_[0][: len(own_kept)] * own_scale[own_kept]
        before[before_kept, column] = model.coef_[0][len(own_kept) :] * before_scale[before_kept]
        biases[column] = model.intercept_[0]
    return Stage1(own, before, biases, _learn_replies(examples, all_, known & all_.replied))


def _learn_replies(examples: Examples, all_: Utterances, known: np.ndarray) -> np.ndarray:
    """What each n-gram of a reply says of the utterance replied to; how rare findings are is stage 2's to say."""
    scale = _scale(examples.reply[known], LEAST_BESIDE)
    kept = np.flatnonzero(scale)
    features = (examples.reply[known][:, kept] @ sparse.diags(scale[kept])).tocsr()
    weights = np.zeros((examples.reply.shape[1], len(CATEGORIES)), np.float32)
    true, rights = all_.true[known], rights_of([all_.speakers[number] for number in np.flatnonzero(known)])
    for column in range(len(CATEGORIES)):
        used = rights[:, column]
        if true[used, column].any():
            model = LogisticRegression(
                C=SOFTNESS_OF_REPLIES, solver="liblinear", dual=True, max_iter=1000, tol=0.1, random_state=0
            )
            model.fit(features[used], true[used, column])
            weights[kept, column] = model.coef_[0] * scale[kept]
    return weights


def _scale(counts: sparse.csr_matrix, least: int) -> np.ndarray:
    """Inverse document frequency of each n-gram, 1 at most; 0 for those in too few rows."""
    in_rows = np.bincount(counts.indices, minlength=counts.shape[1])
    rows = counts.shape[0]
    scale = np.log((1 + rows) / (1 + in_rows)) / np.log(1 + rows)
    return np.where(in_rows >= least, scale, 0.0).astype(np.float32)


def score(stage1: Stage1, all_: Utterances, examples: Examples) -> Scores:
    """What stage 1 says of all utterances' own words and what they answer."""
    grams = np.searchsorted(examples.own_grams, all_.said.grams)
    ones = np.ones(len(grams), np.float32)
    counts = sparse.csr_matrix((ones, (all_.said.sentence, grams)), shape=(len(all_.said.lengths), len(stage1.own)))
    rest = examples.before @ stage1.before + stage1.biases
    return best_stretches(counts @ stage1.own, sizes_of(all_.said), rest, all_.said.first)


class Stage2(NamedTuple):
    """How the signs are weighed together, where there is a reply and where there is none."""

    replied: Weighing
    alone: Weighing

    def reports(self, signs: Signs, all_: Utterances) -> np.ndarray:
        """Whether a finding is reported, by utterance and category."""
        odds, limits = weighed(signs, all_.replied, self.replied, self.alone)
        return np.asarray((1 / (1 + np.exp(-odds)) >= limits) & rights_of(all_.speakers))


def learn_weighing(
    signs: Signs, names: Sequence[str], true: np.ndarray, asked: np.ndarray, precision: float
) -> Weighing:
    """Weights of these signs of utterances that neither stage 1 nor the rules had seen; an intercept a category."""
    rows, columns = np.nonzero(asked)
    own = sparse.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), columns)), shape=(len(rows), len(CATEGORIES)))
    by_name = signs._asdict()
    values = np.column_stack([by_name[name][rows, columns] for name in names])
    model = LogisticRegression(C=1.0, max_iter=500).fit(sparse.hstack([values, own]).tocsr(), true[rows, columns])
    weights = dict(zip(names, (round(float(w), 4) for w in model.coef_[0]), strict=False))
    rest = model.coef_[0][len(weights) :] + model.intercept_[0]
    weighing = Weighing(
        weights=weights,
        intercepts=tuple(round(float(w), 4) for w in rest),
        thresholds=(HIGHEST,) * len(CATEGORIES),
    )
    likely = 1 / (1 + np.exp(-weighing.odds(signs)))
    return weighing.model_copy(update={"thresholds": thresholds_of(likely, true, asked, precision)})


def thresholds_of(likely: np.ndarray, true: np.ndarray, asked: np.ndarray, precision: float) -> tuple[float, ...]:
    """For each category the lowest probability, within limits, at which this precision is reached on calls left out."""
    return tuple(
        _threshold(likely[asked[:, column], column], true[asked[:, column], column], precision)
        for column in range(len(CATEGORIES))
    )


def _threshold(likely: np.ndarray, true: np.ndarray, precision: float) -> float:
    order = np.argsort(-likely, kind="stable")
    right = np.cumsum(true[order])
    reported = np.arange(1, len(order) + 1)
    enough = np.flatnonzero((right + precision * FEW) / (reported + FEW) >= precision)
    lowest = float(likely[order[enough[-1]]]) if len(enough) else HIGHEST
    return round(min(max(lowest, LOWEST), HIGHEST), 4)


class LeftOut(NamedTuple):
    """All utterances with stage 1's scores by models that had not seen their fold, and these models."""

    talks: Sequence[JudgedTalk]
    utterances: Utterances
    examples: Examples
    fold: np.ndarray
    """Of each utterance."""
    stage1: tuple[Stage1, ...]
    """By the fold left out."""
    scores: np.ndarray
    """Stage 1's log odds of each utterance and category."""
    reply: np.ndarray
    """What stage 1 makes of the replies."""

    def stage2(self, known: np.ndarray) -> Stage2:
        """Stage 2 from the utterances ``known`` (a mask)."""
        all_ = self.utterances
        asked = all_.asked & known[:, np.newaxis]
        signs = with_any(self.scores, all_.rules, self.reply)
        return Stage2(
            replied=learn_weighing(signs, Signs._fields, all_.true, asked & all_.replied[:, np.newaxis], PRECISION),
            alone=learn_weighing(signs, ALONE, all_.true, asked, PRECISION_ALONE),
        )

    def by_rules_now(self) -> Signs:
        """The signs with the word of the rules as they are now, which may have been mended on this talk."""
        return signs_of(self.scores, self.reply, _numbered(self.utterances.found))


def leave_out(talks: Sequence[JudgedTalk], rules: PhraseRules, first_sight: FirstSight) -> LeftOut:
    """Stage 1 for each fold of the talk, learned from the others.

    Raises:
        BadCall: if there is too little to learn from.
    """
    if len(talks) < 2 * FOLDS or not any(label.true for talk in talks for label in talk.labels):
        raise BadCall(
            "too-few-calls",
            f"{len(talks)} calls or lines are too few to learn findings from",
            way_out="Give 10 or more, with findings.",
        )
    all_ = utterances_of(talks, rules, first_sight)
    examples = examples_of(all_, talks)
    fold = np.array([fold_of(talk.name) for talk in talks])[all_.talk]
    stage1 = tuple(learn_stage1(examples, all_, fold != left_out) for left_out in range(FOLDS))
    scores, reply = np.zeros(all_.true.shape, np.float32), np.zeros(all_.true.shape, np.float32)
    for left_out, one in enumerate(stage1):
        own = fold == left_out
        scores[own] = score(one, all_, examples).best[own]
        reply[own] = examples.reply[own] @ one.reply
    return LeftOut(talks, all_, examples, fold, stage1, scores, reply)


class ByFolds(NamedTuple):
    """Models by the fold that each has not seen, and what they say of it."""

    models: tuple[Model, ...]
    reported: np.ndarray
    """Whether a finding is reported, by utterance and category."""


def learn_by_folds(left_out: LeftOut) -> ByFolds:
    """A model for each fold of the talk, learned from the others.

    The few numbers of its stage 2 rest on scores of the other folds by models that have seen this one.
    """
    models = []
    signs = left_out.by_rules_now()
    reported = np.zeros(left_out.utterances.true.shape, dtype=bool)
    for number, stage1 in enumerate(left_out.stage1):
        known = left_out.fold != number
        stage2 = left_out.stage2(known)
        reported[~known] = stage2.reports(signs, left_out.utterances)[~known]
        talks = [talk for talk in left_out.talks if fold_of(talk.name) != number]
        models.append(read_model(_content(left_out, talks, stage1, stage2, {})))
    return ByFolds(tuple(models), reported)


def train_findings(left_out: LeftOut) -> tuple[bytes, FindingsReport]:
    """The file of the model of all this talk, and how models like it do on talk left out.

    The same talk and rules give the same bytes.
    """
    all_ = left_out.utterances
    report = findings_report(left_out, learn_by_folds(left_out).reported)
    everything = np.ones(len(all_.texts), dtype=bool)
    stage1 = learn_stage1(left_out.examples, all_, everything)
    return _content(left_out, left_out.talks, stage1, left_out.stage2(everything), report.metrics()), report


def _content(
    left_out: LeftOut,
    talks: Sequence[JudgedTalk],
    stage1: Stage1,
    stage2: Stage2,
    metrics: Mapping[str, float],
) -> bytes:
    examples = left_out.examples
    header = Header(
        synonyms=shipped_synonyms().version,
        data=_hash(talks),
        trained_on=tuple(
            TrainedOn(
                source=source,
                talks=count,
                true=sum(label.true for talk in talks if talk.source == source for label in talk.labels),
            )
            for source, count in sorted(Counter(talk.source for talk in talks).items())
        ),
        calls=tuple(sorted(talk.name for talk in talks if talk.annotated)),
        categories=CATEGORIES,
        replied=stage2.replied,
        alone=stage2.alone,
        metrics=metrics,
    )
    parts = {
        "own": _kept(examples.own_grams, stage1.own, examples.own, MOST_OWN),
        "before": _kept(examples.before_grams, stage1.before, examples.before, MOST_BESIDE),
        "reply": _kept(examples.reply_grams, stage1.reply, examples.reply, MOST_BESIDE),
    }
    return write_model(header, parts, stage1.biases)


def _numbered(found: Iterable[Sequence[Finding]]) -> list[Finding]:
    """The findings with their utterances counted over all talks."""
    return [
        finding.model_copy(update={"evidence": (finding.evidence[0].model_copy(update={"utterance": number}),)})
        for number, own in enumerate(found)
        for finding in own
    ]


def _kept(grams: np.ndarray, weights: np.ndarray, counts: sparse.csr_matrix, most: int) -> Weights:
    """The n-grams that move a score most, sorted, with their weights."""
    strongest = np.abs(weights).max(axis=1) * np.sqrt(counts.power(2).mean(axis=0).A1)
    rows = np.sort(np.argsort(-strongest, kind="stable")[:most])
    rows = rows[strongest[rows] > 0]
    return Weights.rounded(grams[rows], weights[rows])


def _hash(talks: Iterable[JudgedTalk]) -> str:
    digest = hashlib.sha256()
    for talk in talks:
        digest.update(repr((talk.name, [(t.speaker.value, t.text) for t in talk.turns], talk.whole)).encode())
        digest.update(repr([(x.turn, x.category.value, x.true, x.quote) for x in talk.labels]).encode())
    return digest.hexdigest()[:16]
