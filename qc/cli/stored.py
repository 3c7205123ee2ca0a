"""The database that commands without a running service read and write, and its calls by the names people know."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qc.store.database import Database
from qc.store.inspections import require_inspection
from qc.store.recordings import find_by_external_id, get_recording
from qc.store.records import StoredInspection, StoredRecording
from qc.store.settings import Settings


def open_database(settings: Settings | None = None) -> Database:
    """The installation's database, brought to the newest revision.

    Raises:
        BadSettings, Unavailable: if there is none at the address in the settings.
    """
    database = Database((settings or Settings.read()).database)
    database.migrate()
    return database


def recording_named(session: Session, name: str) -> StoredRecording:
    """The recording of this external id, or else of this id.

    Raises:
        NotFound: ``no-such-recording``.
    """
    return find_by_external_id(session, name) or get_recording(session, name)


def inspection_named(session: Session, name: str) -> StoredInspection:
    """The current inspection of the recording of this external id, or else of this id.

    Raises:
        NotFound: ``no-such-recording``, ``not-inspected-yet``.
    """
    return require_inspection(session, recording_named(session, name).id)
