"""The learned model of the memo's wishes: where one is said, and which of the words said make its value.

Three linear models, learned by `qc.measure.memo_model`. The first says for each clause (what stands between two marks)
and field how likely it holds a wish, by the n-grams of the clause, of the clauses beside it, of what the other party
said before and of what it replies; and how likely it goes on with the one begun in the clause before. The second says
for each character whether an annotator would write it. The third weighs ways to word the value. Only numpy is needed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import numpy as np
from pydantic import Field, FiniteFloat

from qc.domain import Record
from qc.errors import BadRulebook
from qc.gram_weights import GramsHeader, Table, Weights, fits, named, names_of, pack, unpack, weights_in
from qc.ngrams import sentences_of, windows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 4
FIELDS: Final = ("use", "preferences", "concerns", "decision_makers", "promises")
"""The memo's fields that are learned, in the order of the model's columns."""
ROLES: Final = ("own", "previous", "next", "before", "reply")
"""Where an n-gram stands, seen from the clause that is judged; ``before`` is what the other party said last, ``reply``
what it says next."""
MASK: Final = "@"
"""Stands for whoever is named: what is said of a person counts, not who it is."""
PARTS_BEFORE: Final = 2
PARTS_OF_REPLY: Final = 4
"""So many clauses of what the other party said last count, and of what it says next."""
ANSWERS: Final = 2
"""The first clauses of a turn answer what was said before; for the others it counts `LATER`."""
LATER: Final = 0.5
SHAPES: Final = ("opening", "first", "second", "only", "short", "long", "asks", "asked")
"""What is seen of a clause beside its words; see `shapes_of`."""

_BITS: Final = 0xFFFFFFFF
_SHORT: Final = 4
_LONG: Final = 14


class Traits(NamedTuple):
    """What is seen of a way to word a value, as numbers to be weighed; see `qc.memo.wording`."""

    by_rule: float
    named: float
    whole: float
    short: float
    core: float
    wide: float
    piece: float
    long_piece: float
    in_a_row: float
    agreed: float
    length: float
    two: float
    said: float
    kept: float
    worth: float
    ways: float


TRAITS: Final = Traits._fields


class Clauses(NamedTuple):
    """The clauses of a call in order, and how they stand to each other; one entry a clause."""

    texts: Sequence[str]
    """Folded as by `fold`, with ``?`` at the end of a question."""
    masked: Mapping[int, str]
    """Clauses that name people, with `MASK` for each of them."""
    place: np.ndarray
    """The how manieth clause of its turn."""
    last: np.ndarray
    """Whether no clause of the same turn follows."""
    opening: np.ndarray
    """Whether it is of the call's first turn."""
    answered: np.ndarray
    """The last clause of what the other party said before; -1 for none."""
    answered_place: np.ndarray
    """Which place in its turn that clause has."""
    replied: np.ndarray
    """The first clause of what the other party says next; -1 for none."""
    replied_count: np.ndarray
    """How many clauses that has."""


class TrainedOn(Record):
    """A source of training data."""

    source: str
    talks: int
    wishes: int


class Header(GramsHeader):
    """What a model file says about itself."""

    format: Literal[4] = FORMAT
    kind: Literal["qc.wishes"] = "qc.wishes"
    data: str
    """A hash of everything it has learned from."""
    trained_on: tuple[TrainedOn, ...]
    calls: tuple[str, ...]
    """The annotated calls among it: figures of these calls do not measure this model."""
    wording: Mapping[str, tuple[FiniteFloat, ...]]
    """By field, the weights of `TRAITS` and, last, the intercept."""
    surety: Mapping[str, tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]]
    """By field, how the log odds of the clause and of the wording, and a rule's word, are weighed, and the intercept."""
    thresholds: Mapping[str, Annotated[float, Field(ge=0, le=1)]]
    """From which probability on a wish is written, by field."""


class Scores(NamedTuple):
    """What the model says of clauses; log odds, one row a clause, one column a field."""

    wish: np.ndarray
    goes_on: np.ndarray
    """That the wish of the clause before goes on in this one."""


class WishModel:
    """A learned model of wishes. Read with `load_wish_model`."""

    def __init__(self, header: Header, arrays: Mapping[str, np.ndarray], version: str) -> None:
        self.header = header
        self.version = version
        self._clauses = Table(weights_in(arrays, "clauses"))
        self._characters = Table(weights_in(arrays, "characters"))
        grams, rows, scales = weights_in(arrays, "worth")
        # A value has a handful of pairs: a dictionary finds them in a tenth of the time.
        pairs = [chr(number >> 16) + chr(number & 0xFFFF) for number in grams.tolist()]
        self._worth: dict[str, float] = dict(zip(pairs, (rows[:, 0] * scales[0]).tolist(), strict=True))
        self._shapes = arrays["shapes"]
        self._bias = arrays["bias"]

    def __eq__(self, other: object) -> bool:
        """Whether it is the same model: from a file of the same content."""
        return isinstance(other, WishModel) and self.version == other.version

    def __hash__(self) -> int:
        """By content."""
        return hash(self.version)

    def scores(self, clauses: Clauses) -> Scores:
        """How likely each clause holds a wish of each field, and goes on with the one before."""
        if not clauses.texts:
            nothing = np.zeros((0, len(FIELDS)), np.float32)
            return Scores(nothing, nothing)
        grams, of = grams_of(clauses)
        sums = self._clauses.sums(grams, of, len(clauses.texts))
        sums /= np.sqrt(np.maximum(np.bincount(of, minlength=len(clauses.texts)), 1))[:, np.newaxis]
        parts = dict(zip(COLUMNS, np.split(sums, len(COLUMNS), axis=1), strict=True))
        shapes = shapes_of(clauses) @ self._shapes + self._bias[: 2 * len(FIELDS)]
        wish = parts["own"] + shapes[:, : len(FIELDS)]
        goes_on = parts["goes_on"] + shapes[:, len(FIELDS) :]
        for role in ROLES[1:]:
            wish += seen_from(parts[role], clauses, role)
        goes_on += seen_from(parts["went_on"], clauses, "previous")
        return Scores(wish, goes_on)

    def kept(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text, the log odds by character and field that an annotator would write this character."""
        windows = windows_of(texts)
        count, around = windows.numbers.shape
        sums = self._characters.sums(windows.numbers.ravel(), np.repeat(np.arange(count), around), count)
        return np.split(sums + self._bias[2 * len(FIELDS) :], windows.first[1:-1])

    def worth(self, pairs: Sequence[str]) -> float:
        """How much rather these pairs of characters stand in memos than in talk; the mean of log ratios."""
        return sum([self._worth.get(pair, 0.0) for pair in pairs]) / len(pairs)

    def probability(self, field: str, clause: float, wording: float, *, by_rule: bool) -> float:
        """How likely a wish is right, from the log odds of clause and wording, and whether a rule found it as well."""
        return surety_of(self.header.surety[field], clause, wording, by_rule)


def surety_of(weights: tuple[float, float, float, float], clause: float, wording: float, by_rule: float) -> float:
    """The probability that these weights give."""
    of_clause, of_wording, of_rule, intercept = weights
    return float(1 / (1 + np.exp(-(of_clause * clause + of_wording * wording + of_rule * by_rule + intercept))))


COLUMNS: Final = (*ROLES, "goes_on", "went_on")
"""The columns of the clauses' weights, each `FIELDS` wide; ``went_on`` is of the clause before."""


def grams_of(clauses: Clauses) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the clauses' n-grams, and which clause each is of; of masked clauses only those with the mask."""
    count = len(clauses.texts)
    masked = list(clauses.masked.values())
    said = sentences_of([*clauses.texts, *masked])
    of = np.append(np.arange(count), np.fromiter(clauses.masked, dtype=np.int64, count=len(masked)))[said.sentence]
    texts = "".join(masked)
    masks = np.append(0, np.cumsum(np.frombuffer(texts.encode("utf-32-le"), dtype=np.uint32) == ord(MASK)))
    begins = np.append(np.zeros(count, np.int64), np.cumsum([0, *map(len, masked)])[:-1])[said.sentence]
    ends = begins + np.minimum(said.at + said.size, said.lengths[said.sentence])
    kept = said.sentence < count
    later = np.flatnonzero(~kept)
    kept[later] = masks[ends[later]] > masks[begins[later] + np.maximum(said.at[later], 0)]
    return said.grams[kept], of[kept]


def shapes_of(clauses: Clauses) -> np.ndarray:
    """What is seen of the clauses beside their words, 0 or 1: one row a clause, one column each of `SHAPES`."""
    lengths = np.array([len(text) for text in clauses.texts])
    asks = np.array([text.endswith("?") for text in clauses.texts])
    asked = np.append(asks, False)[clauses.answered]
    columns = (
        clauses.opening,
        clauses.place == 0,
        clauses.place == 1,
        (clauses.place == 0) & clauses.last,
        lengths <= _SHORT,
        lengths >= _LONG,
        asks,
        asked & (clauses.place < ANSWERS),
    )
    return np.column_stack(columns).astype(np.float32)


def seen_from(values: np.ndarray, clauses: Clauses, role: str) -> np.ndarray:
    """For each clause the values of the clauses that have this role for it, summed up; nothing where none has."""
    padded = np.vstack([values, np.zeros((1, values.shape[1]), values.dtype)])
    total = sum(padded[seen] * weight[:, np.newaxis] for seen, weight in looked_at(clauses, role))
    return np.asarray(total, values.dtype)


def looked_at(clauses: Clauses, role: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Which clause each one sees in this role, -1 for none, and how much that counts; a pair for each it may see."""
    numbers = np.arange(len(clauses.texts))
    even = np.ones(len(numbers))
    if role == "previous":
        yield np.where(clauses.place > 0, numbers - 1, -1), even
    elif role == "next":
        yield np.where(clauses.last, -1, numbers + 1), even
    elif role == "before":
        weight = np.where(clauses.place < ANSWERS, 1.0, LATER)
        for step in range(PARTS_BEFORE):
            there = (clauses.answered >= 0) & (clauses.answered_place >= step)
            yield np.where(there, clauses.answered - step, -1), weight
    else:
        weight = 1 / np.sqrt(np.clip(clauses.replied_count, 1, PARTS_OF_REPLY))
        for step in range(PARTS_OF_REPLY):
            yield np.where(clauses.replied_count > step, clauses.replied + step, -1), weight


def pairs_of(text: str) -> list[int]:
    """A 32-bit number for each pair of characters; of a single character, for itself."""
    codes = list(map(ord, text))
    return [(one << 16 & _BITS) ^ other for one, other in pairwise(codes)] if len(codes) > 1 else codes


def load_wish_model(path: Path) -> WishModel:
    """The model in this file, checked.

    Raises:
        BadRulebook: if it is not a model of this kind and format, or damaged.
    """
    return read_wish_model(path.read_bytes(), where=path.name)


_WAY_OUT: Final = "用 qc train memo --out 文件 重新训练，或删掉它，改用随程序发布的模型。"
_TABLES: Final = {"clauses": len(COLUMNS) * len(FIELDS), "characters": len(FIELDS), "worth": 1}


def read_wish_model(content: bytes, *, where: str = "") -> WishModel:
    """As `load_wish_model`, from the file's content."""

    def refused(why: str) -> BadRulebook:
        return BadRulebook(
            "bad-rulebook", f"not a model of wishes that can be used: {why}", where=where, way_out=_WAY_OUT
        )

    header, arrays = unpack(content, Header, ("shapes", "bias", *names_of(_TABLES)), refused)
    if not _fits(header, arrays):
        raise refused("its parts do not fit each other")
    return WishModel(header, arrays, hashlib.sha256(content).hexdigest()[:12])


def _fits(header: Header, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays are of the form and size that the header and each other ask for."""
    plain = (("shapes", (len(SHAPES), 2 * len(FIELDS))), ("bias", (3 * len(FIELDS),)))
    return (
        all(fits(weights_in(arrays, part), columns) for part, columns in _TABLES.items())
        and all(
            arrays[name].dtype == np.float32 and arrays[name].shape == shape and bool(np.isfinite(arrays[name]).all())
            for name, shape in plain
        )
        and set(header.wording) == set(header.surety) == set(header.thresholds) == set(FIELDS)
        and all(len(weights) == len(TRAITS) + 1 for weights in header.wording.values())
    )


def write_wish_model(
    header: Header, clauses: Weights, characters: Weights, worth: Weights, shapes: np.ndarray, bias: np.ndarray
) -> bytes:
    """The content of a model's file; the same model gives the same bytes."""
    tables = named("clauses", clauses) | named("characters", characters) | named("worth", worth)
    return pack(header, tables | {"shapes": shapes.astype(np.float32), "bias": bias.astype(np.float32)})
