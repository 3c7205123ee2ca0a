"""The model of `qc.wish_model`: learned from marked talk, weighed and given thresholds by what was left out by turns."""

from __future__ import annotations

import hashlib
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from qc.errors import BadCall
from qc.gram_weights import Weights
from qc.measure.learned import FOLDS, fold_of
from qc.measure.memo_report import WishesReport, wishes_report
from qc.measure.memo_weighing import PLAIN, Weighed, weigh
from qc.memo.clauses import Read, fold, read_clauses
from qc.memo.learned import Found, Unit, units_of, wishes_by_rules, words_of
from qc.memo.talk import Talk
from qc.memo.wording import Wording, wordings
from qc.ngrams import windows_of
from qc.synonyms import shipped_synonyms
from qc.turns import transcript_of_turns
from qc.wish_model import (
    COLUMNS,
    FIELDS,
    ROLES,
    SHAPES,
    Clauses,
    Header,
    TrainedOn,
    WishModel,
    grams_of,
    looked_at,
    pairs_of,
    read_wish_model,
    shapes_of,
    write_wish_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.memo_talk import MemoTalk
    from qc.rulebook.needs import Needs

SHARES: Final = {
    "own": 1.0,
    "previous": 0.5,
    "next": 0.5,
    "before": 0.7,
    "reply": 0.5,
    "goes_on": 1.0,
    "went_on": 0.7,
}
"""How much the n-grams of each role count before weights are learned."""
LEAST: Final = 2
"""An n-gram counts if so many clauses hold it."""
SOFTNESS: Final = 100.0
SOFTNESS_OF_CHARACTERS: Final = 0.1
"""Inverse strength of the penalty on weights (L2)."""
MOST_CLAUSE_GRAMS: Final = 60_000
MOST_CHARACTER_GRAMS: Final = 30_000
MOST_PAIRS: Final = 8_000
"""So many n-grams are kept, those that move a score most."""
FEWEST: Final = 20
"""So many wishes of each field are needed, at the least."""
RARE_IN_MEMOS, RARE_IN_TALK = 0.3, 3.0
"""Are added to the counts of pairs of characters before their ratio is taken."""


class Prepared(NamedTuple):
    """A talk read into clauses."""

    talk: MemoTalk
    heard: Talk
    read: Read
    by_rules: dict[str, Found]
    first: int
    """The number of its first clause among those of all talks."""
    fold: int


class Marked(NamedTuple):
    """All clauses of some talks, and what they hold."""

    prepared: list[Prepared]
    clauses: Clauses
    grams: np.ndarray
    of: np.ndarray
    """The clause of each n-gram."""
    wish: np.ndarray
    """Whether a clause holds a wish of a field; a row a clause."""
    goes_on: np.ndarray
    """Whether it goes on with that of the clause before."""
    asked: np.ndarray
    """Whether its party can have wishes of that field."""
    fold: np.ndarray


def prepare(talks: Sequence[MemoTalk], needs: Needs) -> Marked:
    """These talks, ready to be learned from."""
    prepared: list[Prepared] = []
    count = 0
    for talk in talks:
        heard = Talk(transcript_of_turns(talk.turns))
        read = read_clauses(heard, needs)
        prepared.append(Prepared(talk, heard, read, wishes_by_rules(heard, needs), count, fold_of(talk.name)))
        count += len(read.clauses)
    clauses = _joined(prepared)
    grams, of = grams_of(clauses)
    wish = np.zeros((count, len(FIELDS)), dtype=bool)
    goes_on = np.zeros_like(wish)
    asked = np.zeros_like(wish)
    for each in prepared:
        for number, clause in enumerate(each.read.clauses, start=each.first):
            asked[number] = [each.heard.lines[clause.line].by_customer != (field == "promises") for field in FIELDS]
        for span in each.talk.spans:
            column = FIELDS.index(span.field)
            numbers = [each.first + at for at in each.read.touched(span.turn, span.start, span.end)]
            wish[numbers, column] = True
            goes_on[numbers[1:], column] = True
    fold = np.repeat([each.fold for each in prepared], [len(each.read.clauses) for each in prepared])
    return Marked(prepared, clauses, grams, of, wish & asked, goes_on & asked, asked, fold)


def _joined(prepared: Sequence[Prepared]) -> Clauses:
    """The clauses of all talks as if of one."""
    said = [each.read.said for each in prepared]
    return Clauses(
        texts=[text for each in said for text in each.texts],
        masked={
            one.first + number: text
            for one, each in zip(prepared, said, strict=True)
            for number, text in each.masked.items()
        },
        place=np.concatenate([each.place for each in said]),
        last=np.concatenate([each.last for each in said]),
        opening=np.concatenate([each.opening for each in said]),
        answered=_counted_on(prepared, [each.answered for each in said]),
        answered_place=np.concatenate([each.answered_place for each in said]),
        replied=_counted_on(prepared, [each.replied for each in said]),
        replied_count=np.concatenate([each.replied_count for each in said]),
    )


def _counted_on(prepared: Sequence[Prepared], numbers: Sequence[np.ndarray]) -> np.ndarray:
    """These numbers of clauses as those of all talks; -1 stays."""
    counted = (np.where(own >= 0, own + one.first, -1) for one, own in zip(prepared, numbers, strict=True))
    return np.concatenate(list(counted))


# ---------------------------------------------------------------- the three models


class Learned(NamedTuple):
    """What is learned from words: the arrays of the file."""

    clauses: Weights
    characters: Weights
    worth: Weights
    shapes: np.ndarray
    bias: np.ndarray

    def model(self, header: Header) -> WishModel:
        """The model with this header."""
        return read_wish_model(write_wish_model(header, *self))


def learn_words(marked: Marked, known: np.ndarray) -> Learned:
    """Everything that is learned from words, by the clauses ``known`` (a mask)."""
    grams, weights, shapes, bias = _learn_clauses(marked, known)
    talks = [each for each in marked.prepared if len(each.read.clauses) and known[each.first]]
    texts = [pair for each in talks for pair in _worded(each)]
    characters, odds = _learn_characters(texts)
    return Learned(
        _kept(
            grams, weights, np.bincount(np.searchsorted(grams, marked.grams), minlength=len(grams)), MOST_CLAUSE_GRAMS
        ),
        characters,
        _learn_worth(texts),
        shapes,
        np.append(bias, odds),
    )


def _learn_clauses(marked: Marked, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The n-grams, their weights, those of the shapes, and the intercepts."""
    count = len(known)
    grams, columns = np.unique(marked.grams, return_inverse=True)
    own = sparse.csr_matrix((np.ones(len(columns), np.float32), (marked.of, columns)), shape=(count, len(grams)))
    sums = np.sqrt(np.maximum(own.sum(axis=1).A1, 1))
    own = (sparse.diags(1 / sums.astype(np.float32)) @ own).tocsr()
    scale = _scale(own[known])
    kept = np.flatnonzero(scale)
    own = (own[:, kept] @ sparse.diags(scale[kept])).tocsr()
    shapes = sparse.csr_matrix(shapes_of(marked.clauses))
    roles = {"own": own} | {role: _selection(marked.clauses, role) @ own for role in ROLES[1:]}
    roles |= {"goes_on": own, "went_on": roles["previous"]}
    weights = np.zeros((len(grams), len(COLUMNS), len(FIELDS)), np.float32)
    of_shapes = np.zeros((len(SHAPES), 2 * len(FIELDS)), np.float32)
    bias = np.zeros(2 * len(FIELDS), np.float32)
    begun = np.vstack([np.zeros((1, len(FIELDS)), bool), marked.wish[:-1]]) & (marked.clauses.place > 0)[:, np.newaxis]
    tasks = (
        (0, ROLES, marked.wish, marked.asked),
        (len(FIELDS), ("goes_on", "went_on"), marked.goes_on, marked.wish & begun),
    )
    for offset, names, labels, asked in tasks:
        features = sparse.hstack([roles[name] * SHARES[name] for name in names] + [shapes * 0.5]).tocsr()
        for column in range(len(FIELDS)):
            rows = known & asked[:, column]
            if len(set(labels[rows, column])) < 2:  # noqa: PLR2004 - yes and no
                bias[offset + column] = -1.0
                continue
            model = LogisticRegression(
                C=SOFTNESS, solver="liblinear", dual=True, max_iter=2000, tol=0.05, random_state=0
            )
            model.fit(features[rows], labels[rows, column])
            learned = model.coef_[0]
            for number, name in enumerate(names):
                part = learned[number * len(kept) : (number + 1) * len(kept)]
                weights[kept, COLUMNS.index(name), column] = part * SHARES[name] * scale[kept]
            of_shapes[:, offset + column] = learned[len(names) * len(kept) :] * 0.5
            bias[offset + column] = model.intercept_[0]
    return grams, weights.reshape(len(grams), -1), of_shapes, bias


def _scale(counts: sparse.csr_matrix) -> np.ndarray:
    """Inverse document frequency of each n-gram, 1 at most; 0 for those in too few clauses."""
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    scale = np.log((1 + counts.shape[0]) / (1 + held)) / np.log(1 + counts.shape[0])
    return np.where(held >= LEAST, scale, 0.0).astype(np.float32)


def _selection(clauses: Clauses, role: str) -> sparse.csr_matrix:
    """The matrix that `seen_from` multiplies with."""
    count = len(clauses.texts)
    rows, columns, values = [], [], []
    for seen, weight in looked_at(clauses, role):
        there = np.flatnonzero(seen >= 0)
        rows.append(there)
        columns.append(seen[there])
        values.append(weight[there].astype(np.float32))
    places = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix((np.concatenate(values), places), shape=(count, count))


class Worded(NamedTuple):
    """Words that say a wish, and how an annotator words it."""

    column: int
    text: str
    means: str
    written: np.ndarray
    """Whether each character is written."""


def _worded(each: Prepared) -> Iterable[Worded]:
    for span in each.talk.spans:
        if each.heard.lines[span.turn].by_customer != (span.field == "promises"):
            clauses = [each.read.clauses[at] for at in each.read.touched(span.turn, span.start, span.end)]
            text, written = "", []
            for clause in clauses:
                start, end = max(span.start, clause.start), min(span.end, clause.end)
                quote = clause.text[start - clause.start : end - clause.start]
                mask = np.zeros(len(clause.text))
                for block in SequenceMatcher(None, quote, span.means, autojunk=False).get_matching_blocks():
                    at = start - clause.start + block.a
                    mask[at : at + block.size] = 1
                text += clause.text
                written.append(mask)
            if text:
                yield Worded(FIELDS.index(span.field), text, span.means, np.concatenate(written))


def _learn_characters(worded: Sequence[Worded]) -> tuple[Weights, np.ndarray]:
    """The weights of n-grams around a character, and the intercepts by field: shared by the fields, and each field's own."""
    told = [each for each in worded if each.written.sum() > 1]
    windows = windows_of([fold(each.text) for each in told])
    numbers, columns = np.unique(windows.numbers, return_inverse=True)
    columns = columns.reshape(windows.numbers.shape)
    count, width = windows.numbers.shape
    field = np.repeat([each.column for each in told], np.diff(windows.first))
    rows = np.repeat(np.arange(count), width)
    size = len(numbers)
    shared = sparse.csr_matrix((np.ones(count * width, np.float32), (rows, columns.ravel())), shape=(count, size))
    own_columns = (columns + (field * (size + 1))[:, np.newaxis]).ravel()
    own = sparse.csr_matrix(
        (np.ones(count * width, np.float32), (rows, own_columns)), shape=(count, (size + 1) * len(FIELDS))
    )
    constant = sparse.csr_matrix(
        (np.ones(count, np.float32), (np.arange(count), field * (size + 1) + size)), shape=own.shape
    )
    model = LogisticRegression(C=SOFTNESS_OF_CHARACTERS, solver="liblinear", max_iter=300, tol=1e-3, random_state=0)
    model.fit(sparse.hstack([shared, own + constant]).tocsr(), np.concatenate([each.written for each in told]))
    learned = model.coef_[0]
    by_field = learned[size:].reshape(len(FIELDS), size + 1).T
    weights = by_field[:size] + learned[:size, np.newaxis]
    held = np.bincount(columns.ravel(), minlength=size)
    return _kept(numbers, weights, held, MOST_CHARACTER_GRAMS), (by_field[size] + model.intercept_[0]).astype(
        np.float32
    )


def _learn_worth(worded: Sequence[Worded]) -> Weights:
    """The log ratio of how often a pair of characters stands in memos to how often in talk; 0 is the least of all."""
    memos, talk = Counter[int](), Counter[int]()
    for each in worded:
        memos.update(pairs_of(fold(each.means)))
        talk.update(pairs_of(fold(each.text)))
    pairs = np.array(sorted(memos), dtype=np.uint32)
    ratio = [np.log((memos[pair] + RARE_IN_MEMOS) / (talk[pair] + RARE_IN_TALK)) for pair in pairs.tolist()]
    worth = np.maximum(np.array(ratio) - np.log(RARE_IN_MEMOS / RARE_IN_TALK), 0)
    return _kept(pairs, worth[:, np.newaxis], np.array([memos[pair] for pair in pairs.tolist()]), MOST_PAIRS)


def _kept(grams: np.ndarray, weights: np.ndarray, held: np.ndarray, most: int) -> Weights:
    """The n-grams that move a score most, sorted, with their weights."""
    strongest = np.abs(weights).max(axis=1) * np.sqrt(held)
    rows = np.sort(np.argsort(-strongest, kind="stable")[:most])
    rows = rows[strongest[rows] > 0]
    return Weights.rounded(grams[rows], weights[rows])


# ---------------------------------------------------------------- folds


class LeftOut(NamedTuple):
    """What is learned from all folds but one, for each fold, and what each says of the fold it has not seen."""

    marked: Marked
    needs: Needs
    learned: tuple[Learned, ...]
    tried: list[Tried]


def leave_out(talks: Sequence[MemoTalk], needs: Needs) -> LeftOut:
    """These talks, and for each fold of them what is learned from the others.

    Raises:
        BadCall: if there is too little to learn from.
    """
    spans = Counter(span.field for talk in talks for span in talk.spans)
    if min(spans[field] for field in FIELDS) < FEWEST:
        raise BadCall(
            "too-few-calls",
            f"{dict(spans)} wishes are too few to learn from",
            way_out=f"Give {FEWEST} or more of each field.",
        )
    marked = prepare(talks, needs)
    learned = tuple(learn_words(marked, marked.fold != number) for number in range(FOLDS))
    tried: list[Tried] = []
    for number, one in enumerate(learned):
        left_out = [at for at, each in enumerate(marked.prepared) if each.fold == number]
        tried += tried_by(one.model(header_of([], PLAIN)), marked, left_out, needs)
    return LeftOut(marked, needs, learned, tried)


def learn_by_folds(left_out: LeftOut) -> tuple[WishModel, ...]:
    """A model for each fold of the talk, learned from the others.

    The few numbers of its header rest on what models that have seen this fold say of the others.
    """
    talks = [each.talk for each in left_out.marked.prepared]
    models = []
    for number, learned in enumerate(left_out.learned):
        weighed = weigh([each for each in left_out.tried if fold_of(talks[each.talk].name) != number], talks)
        models.append(learned.model(header_of([talk for talk in talks if fold_of(talk.name) != number], weighed)))
    return tuple(models)


def train_wishes(left_out: LeftOut) -> tuple[bytes, WishesReport]:
    """The file of the model of all this talk, and how models like it do on talk left out.

    The same talk and lexicon give the same bytes.
    """
    talks = [each.talk for each in left_out.marked.prepared]
    learned = learn_words(left_out.marked, np.ones(len(left_out.marked.fold), dtype=bool))
    report = wishes_report(left_out, learn_by_folds(left_out))
    return write_wish_model(header_of(talks, weigh(left_out.tried, talks)), *learned), report


class Tried(NamedTuple):
    """A unit of talk left out, with the ways to word it."""

    talk: int
    unit: Unit
    ways: list[Wording]
    means: tuple[str, ...]
    """How annotators word what its words say; nothing where they say no wish."""


def tried_by(model: WishModel, marked: Marked, numbers: Iterable[int], needs: Needs) -> list[Tried]:
    """The units that the model sees in these talks."""
    tried: list[Tried] = []
    for number in numbers:
        each = marked.prepared[number]
        units = units_of(each.heard, each.read, model.scores(each.read.said), each.by_rules)
        words = [words_of(each.heard, each.read, unit) for unit in units]
        for unit, ways in zip(units, wordings(words, needs, model), strict=True):
            first, last = each.read.clauses[unit.first], each.read.clauses[unit.last]
            means = tuple(
                span.means
                for span in each.talk.spans
                if span.field == unit.field
                and span.turn == first.line
                and span.start < last.end
                and first.start < span.end
            )
            tried.append(Tried(number, unit, ways, means))
    return tried


def header_of(talks: Sequence[MemoTalk], weighed: Weighed) -> Header:
    """What the file says of a model of these talks."""
    return Header(
        synonyms=shipped_synonyms().version,
        data=_hash(talks),
        trained_on=tuple(
            TrainedOn(source=source, talks=count, wishes=sum(len(t.spans) for t in talks if t.source == source))
            for source, count in sorted(Counter(talk.source for talk in talks).items())
        ),
        calls=tuple(sorted(talk.name for talk in talks if talk.annotated)),
        **weighed._asdict(),
    )


def _hash(talks: Iterable[MemoTalk]) -> str:
    digest = hashlib.sha256()
    for talk in talks:
        digest.update(repr((talk.name, [(t.speaker.value, t.text) for t in talk.turns])).encode())
        digest.update(repr([span.model_dump() for span in talk.spans]).encode())
    return digest.hexdigest()[:16]
