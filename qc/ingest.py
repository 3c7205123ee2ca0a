"""Taking in recordings and conversations: checked, stored durably, then hinted at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from qc.domain import Direction
from qc.store.blobs import Blobs
from qc.store.database import Database
from qc.store.queues import Queues
from qc.store.records import AgentChannel, StoredRecording
from qc.store.settings import Settings
from qc.turns import Turn

Name = Annotated[str, Field(min_length=1, max_length=200)]


class RecordingDetails(BaseModel):
    """What is known about a call from outside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: Name | None = None
    agent: Name | None = None
    customer: Name | None = None
    lead: Name | None = None
    store: Name | None = None
    brand: Name | None = None
    direction: Direction | None = None
    started_at: AwareDatetime | None = None
    agent_channel: AgentChannel | None = None
    source: Name | None = None
    crm_grade: Name | None = None


@dataclass(frozen=True)
class Service:
    """What ingest and the doors need."""

    settings: Settings
    database: Database
    blobs: Blobs
    queues: Queues


@dataclass(frozen=True)
class Accepted:
    """The stored recording, and whether this request made it."""

    recording: StoredRecording
    created: bool


def open_service(settings: Settings) -> Service:
    """The service of these settings; does not migrate (call ``service.database.migrate()``)."""
    ...


def accept_recording(
    service: Service,
    file: BinaryIO,
    filename: str | None,
    details: RecordingDetails,
    idempotency_key: str | None = None,
) -> Accepted:
    """BadAudio, BadCall ``bad-metadata``, Conflict ``idempotency-key-reused`` | ``external-id-taken``."""
    ...


def accept_conversation(
    service: Service, turns: Sequence[Turn], details: RecordingDetails, idempotency_key: str | None = None
) -> Accepted:
    """BadCall ``bad-call``, Conflict as above."""
    ...


def parse_details(content: object) -> RecordingDetails:
    """The details in a decoded JSON object; BadCall ``bad-metadata`` naming the field."""
    ...


def hint(service: Service, recording: StoredRecording) -> None:
    """Tells the queue about unfinished work; a queue that is away is no error (the reconciler tells it later)."""
    ...


def retry(service: Service, recording_id: str) -> StoredRecording:
    """The failed recording, going on; NotFound, Conflict ``not-failed``. For API and CLI."""
    ...
