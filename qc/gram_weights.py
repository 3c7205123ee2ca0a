"""Weights of n-grams, and the files learned models are kept in: plain arrays of numpy, of which none is unpickled."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from qc.domain import Record
from qc.synonyms import shipped_synonyms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from qc.errors import QcError


class GramsHeader(Record):
    """What the file of every model over n-grams says about itself."""

    synonyms: str
    """The version of the sets of synonyms among its n-grams: with others it would read what it has not learned."""


Header = TypeVar("Header", bound=GramsHeader)

_ROOM: Final = 8
"""So many times as many slots as n-grams: of two that share one, one is lost."""
_STEPS: Final = 127
_LEAST_SCALE: Final = 1e-6
"""So that a column of nothing has steps of some size."""


class Weights(NamedTuple):
    """Weights of n-grams: sorted 32-bit numbers, and for each a row of one weight a column.

    A row holds 8-bit steps of its column's ``scales``: a quarter of the file, and no probability of an annotated call
    moves by more than a hundredth (decision 35).
    """

    grams: np.ndarray
    rows: np.ndarray
    scales: np.ndarray

    @classmethod
    def rounded(cls, grams: np.ndarray, weights: np.ndarray) -> Weights:
        """From weights in floating point."""
        scales = np.maximum(np.abs(weights).max(axis=0, initial=0), _LEAST_SCALE) / _STEPS
        return cls(grams.astype(np.uint32), np.rint(weights / scales).astype(np.int8), scales.astype(np.float32))


class Table:
    """Weights, ready to be looked up for many n-grams at once."""

    def __init__(self, weights: Weights) -> None:
        # A first row of nothing for unknown n-grams. Rows stay in 8 bits: a quarter of the memory to wait for.
        self._grams = np.append(np.uint32(0), weights.grams)
        self._rows = np.vstack([np.zeros((1, len(weights.scales)), np.int8), weights.rows])
        self._scales = weights.scales
        self._mask = np.uint32((1 << (_ROOM * len(weights.grams)).bit_length()) - 1)
        self._slots = np.zeros(int(self._mask) + 1, dtype=np.int32)
        # Of two n-grams in one slot the last one stays: the one that moves a score more.
        by_weight = np.argsort(np.abs(weights.rows.astype(np.int16)).max(axis=1, initial=0), kind="stable")
        self._slots[weights.grams[by_weight] & self._mask] = by_weight + 1

    def sums(self, grams: np.ndarray, of: np.ndarray, count: int) -> np.ndarray:
        """The sums of the weights of these n-grams by what each is ``of``, a number below ``count``; one row each.

        Fastest where those of one stand together.
        """
        rows = self._slots.take(grams & self._mask)
        known = np.flatnonzero((self._grams.take(rows) == grams) & (rows > 0))
        of = of[known]
        runs = np.flatnonzero(np.diff(of, prepend=-1))
        sums = np.zeros((count, len(self._scales)), np.int32)
        if len(runs):
            np.add.at(sums, of[runs], np.add.reduceat(self._rows.take(rows[known], axis=0), runs, dtype=np.int32))
        return np.asarray(sums * self._scales)


def pack(header: BaseModel, arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of a model's file; the same header and arrays give the same bytes."""
    buffer = io.BytesIO()
    told = np.frombuffer(header.model_dump_json(indent=1).encode(), dtype=np.uint8)
    np.savez_compressed(buffer, header=told, **arrays)  # type: ignore[arg-type] # its stub takes the names for its own
    return buffer.getvalue()


def unpack(
    content: bytes, form: type[Header], names: Collection[str], refused: Callable[[str], QcError]
) -> tuple[Header, dict[str, np.ndarray]]:
    """The header and the arrays of these names in a model's file.

    ``refused`` makes the error from why the file cannot be used: it is damaged, of another kind, its header does not
    fit, or it has learned with other sets of synonyms.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise refused(f"it is damaged or of another kind ({error})") from error
    if set(arrays) != {"header", *names}:
        raise refused("it holds other things than a model")
    try:
        header = form.model_validate_json(arrays.pop("header").tobytes())
    except ValidationError as error:
        first = error.errors()[-1]  # the format comes after what this version has added to it
        field = ".".join(map(str, first["loc"]))
        raise refused(f"its header does not fit this version of the program: {field}: {first['msg']}") from error
    if header.synonyms != shipped_synonyms().version:
        raise refused("it has learned with other sets of synonyms than this version of the program has")
    return header, arrays


def named(part: str, weights: Weights) -> dict[str, np.ndarray]:
    """The arrays of some weights under the names they have in a file."""
    return {f"{part}_{name}": array for name, array in weights._asdict().items()}


def names_of(parts: Collection[str]) -> tuple[str, ...]:
    """What `named` calls the arrays of these parts."""
    return tuple(f"{part}_{name}" for part in parts for name in Weights._fields)


def weights_in(arrays: Mapping[str, np.ndarray], part: str) -> Weights:
    """The weights of this part of a file."""
    return Weights(*(arrays[f"{part}_{name}"] for name in Weights._fields))


def fits(weights: Weights, columns: int) -> bool:
    """Whether these arrays are weights of so many columns."""
    grams, rows, scales = weights
    return (
        grams.dtype == np.uint32
        and rows.dtype == np.int8
        and grams.ndim == 1
        and rows.shape == (len(grams), columns)
        and scales.dtype == np.float32
        and scales.shape == (columns,)
        and bool(np.isfinite(scales).all())
    )
