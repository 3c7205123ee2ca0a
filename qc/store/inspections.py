"""Inspections, append-only: the newest of a recording is current, older ones are kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qc.store.records import InspectionFilter, Page, StoredInspection


def get_inspection(session: Session, inspection_id: str) -> StoredInspection:
    """The inspection; NotFound ``no-such-inspection``."""
    ...


def current_inspection(session: Session, recording_id: str) -> StoredInspection | None:
    """The newest inspection of this recording, if it has one."""
    ...


def find_inspections(
    session: Session, wanted: InspectionFilter, *, cursor: str | None = None, limit: int = 50
) -> Page[StoredInspection]:
    """Newest first; BadInput ``bad-cursor``."""
    ...
