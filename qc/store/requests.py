"""Requests that come again: by idempotency key or external id, the first answer holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

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
        if self.key is not None and not (0 < len(self.key) <= MAX_KEY and self.key.isprintable()):
            raise BadInput(
                "bad-idempotency-key",
                f"An idempotency key has 1 to {MAX_KEY} printable characters.",
                where="Idempotency-Key",
            )


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
        if answer.fingerprint != request.fingerprint:
            raise Conflict(
                "idempotency-key-reused",
                "This idempotency key was used for another request.",
                way_out="Use a new key for every new request.",
            )
        return get_recording(session, answer.recording_id)
    taken = None if request.external_id is None else find_by_external_id(session, request.external_id)
    if taken is not None and taken.sha256 != request.sha256:
        raise Conflict(
            "external-id-taken",
            f"{request.external_id} is already stored with other content, as {taken.id}.",
            way_out="Use another external_id, or none.",
        )
    return taken
