"""Requests that come again: by idempotency key or external id, the first answer holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from qc.errors import BadInput, Conflict
from qc.store.database import Database
from qc.store.paging import now
from qc.store.recordings import find_by_external_id, get_recording
from qc.store.records import StoredRecording
from qc.store.tables import IdempotencyRow

MAX_KEY: Final = 400
"""Longer than any client's key with a caller's id in front."""


@dataclass(frozen=True)
class Request:
    """What makes two requests the same one: the whole of them by ``fingerprint``, their content by ``sha256``."""

    key: str | None
    fingerprint: str
    external_id: str | None
    sha256: str

    def __post_init__(self) -> None:
        """Refuses a key that cannot be kept."""
        _check_key(self.key)


def answered_earlier(database: Database, request: Request) -> StoredRecording | None:
    """The recording of the same request, or of one with the same content under the same external id.

    Raises:
        Conflict: ``idempotency-key-reused``, ``external-id-taken``.
    """
    with database.reading() as session:
        return _find_earlier(session, request)


def store_once(
    database: Database, request: Request, store: Callable[[Session], StoredRecording]
) -> tuple[StoredRecording, bool]:
    """What ``store`` adds and true, or what the same request added earlier and false.

    The recording and the answer are added in one transaction, so that of many equal requests at once one adds.

    Raises:
        Conflict: ``idempotency-key-reused``, ``external-id-taken``.
    """
    try:
        with database.writing() as session:
            earlier = _find_earlier(session, request)
            if earlier is not None:
                return earlier, False
            recording = store(session)
            if request.key is not None:
                answer = IdempotencyRow(
                    key=request.key, fingerprint=request.fingerprint, recording_id=recording.id, created_at=now()
                )
                session.add(answer)
                session.flush()
            return recording, True
    except IntegrityError:
        # PostgreSQL lets two look at once and one add: the other one finds what was added now.
        earlier = answered_earlier(database, request)
        if earlier is None:
            raise
        return earlier, False


def _find_earlier(session: Session, request: Request) -> StoredRecording | None:
    answer = None if request.key is None else session.get(IdempotencyRow, request.key)
    if answer is not None:
        if answer.fingerprint != request.fingerprint or answer.recording_id is None:
            raise _key_reused()
        return get_recording(session, answer.recording_id)
    taken = None if request.external_id is None else find_by_external_id(session, request.external_id)
    if taken is not None and taken.sha256 != request.sha256:
        raise Conflict(
            "external-id-taken",
            f"{request.external_id} is already stored with other content, as {taken.id}.",
            way_out="Use another external_id, or none.",
        )
    return taken


def record_once(
    database: Database, key: str | None, fingerprint: str, store: Callable[[Session], tuple[str | None, str]]
) -> tuple[str, bool]:
    """The id of what ``store`` adds and true, or of what the same request added earlier and false.

    ``store`` gives the ids of the recording it is about, if any, and of what it added. The ``fingerprint`` is of the whole request.

    Raises:
        BadInput: ``bad-idempotency-key``.
        Conflict: ``idempotency-key-reused``.
    """
    _check_key(key)
    with database.writing() as session:
        if key is None:
            return store(session)[1], True
        lock_name(session, key)
        answer = session.get(IdempotencyRow, key)
        if answer is not None:
            if answer.fingerprint != fingerprint or answer.record_id is None:
                raise _key_reused()
            return answer.record_id, False
        recording_id, record_id = store(session)
        session.add(
            IdempotencyRow(
                key=key, fingerprint=fingerprint, recording_id=recording_id, record_id=record_id, created_at=now()
            )
        )
        return record_id, True


def lock_name(session: Session, name: str) -> None:
    """Waits until no other transaction holds this name, and holds it; SQLite writes one at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7])
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _check_key(key: str | None) -> None:
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isprintable()):
        raise BadInput(
            "bad-idempotency-key",
            f"An idempotency key has 1 to {MAX_KEY} printable characters.",
            where="Idempotency-Key",
        )


def _key_reused() -> Conflict:
    return Conflict(
        "idempotency-key-reused",
        "This idempotency key was used for another request.",
        way_out="Use a new key for every new request.",
    )
