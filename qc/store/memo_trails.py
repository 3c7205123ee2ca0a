"""Corrections of memos read back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.corrections import Correction
from qc.review import Person
from qc.store.tables import CorrectionRow


def read_corrections(session: Session, recording_id: str) -> tuple[Correction, ...]:
    """The corrections of this recording's memo, oldest first."""
    return corrections_of(session, {recording_id}).get(recording_id, ())


def corrections_of(session: Session, recording_ids: Collection[str]) -> dict[str, tuple[Correction, ...]]:
    """The corrections of these recordings, oldest first; those without any are missing."""
    rows = session.scalars(
        select(CorrectionRow)
        .where(CorrectionRow.recording_id.in_(recording_ids))
        .order_by(CorrectionRow.recording_id, CorrectionRow.number)
    )
    found: dict[str, tuple[Correction, ...]] = {}
    for row in rows:
        found[row.recording_id] = (*found.get(row.recording_id, ()), correction_of(row))
    return found


def correction_of(row: CorrectionRow) -> Correction:
    """The row as others see it."""
    return Correction.model_validate(
        {name: getattr(row, name) for name in Correction.model_fields if name != "by"}
        | {"by": Person(name=row.by_name, key_id=row.by_key, named=row.by_named)}
    )
