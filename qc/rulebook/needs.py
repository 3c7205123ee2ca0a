"""The shape of ``lexicons/vehicles.yaml``, ``needs.yaml`` and ``words.txt``."""

from __future__ import annotations

from pathlib import Path

from qc.domain import Record


class Vehicles(Record):
    """Brands and models."""


class Needs(Record):
    """Words of the memo."""


def load_vehicles(path: Path) -> Vehicles:
    """The vehicles in this file."""
    return Vehicles()


def load_needs(path: Path) -> Needs:
    """The needs in this file."""
    return Needs()


def load_words(path: Path) -> tuple[str, ...]:
    """The words in this file."""
    return ()
