"""A real API over a real database, queue and blob folder, and what tests put into it."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import a_transcript
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from qc.domain import (
    Category,
    Conduct,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Letter,
    MadeWith,
    Memo,
    PurchaseTime,
    Reason,
    Scorecard,
    Severity,
)
from qc.ingest import RecordingDetails, Service, accept_conversation
from qc.store.inspections import save_inspection
from qc.store.keys import create_key
from qc.store.records import StoredInspection
from qc.store.settings import Settings
from qc.turns import Turn

Client = Callable[..., TestClient]

LINES = ("客服：您好，我是小王。", "客户：我想这周六来看看凯美瑞。", "客服：我保证给您全广州最低价。")


def a_wav(seconds: float = 0.5, *, channels: int = 2, hertz: int = 440) -> bytes:
    """A tone at 8 kHz."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = (int(9000 * math.sin(2 * math.pi * hertz * at / 8000)) for at in range(int(seconds * 8000)))
        file.writeframes(b"".join(struct.pack("<h", value) * channels for value in tone))
    return content.getvalue()


def an_inspection(
    *, letter: Letter = Letter.H, categories: tuple[Category, ...] = (Category.OVERPROMISE,)
) -> Inspection:
    """What might be concluded about `LINES`."""
    promise = Evidence(utterance=2, start=1, end=14, quote="保证给您全广州最低价")
    promise = promise.model_copy(update={"end": 1 + len(promise.quote)})
    saturday = Evidence(utterance=1, start=2, end=5, quote="这周六")
    findings = tuple(
        Finding(
            rule_id=f"rule-{category}",
            category=category,
            severity=Severity.ALERT if category is Category.DO_NOT_CALL else Severity.MAJOR,
            probability=0.9,
            evidence=(promise,),
            reason="承诺最低价",
        )
        for category in categories
    )
    return Inspection(
        findings=findings,
        conduct=Conduct(),
        scorecard=Scorecard(card="default", points=85, max_points=100),
        memo=Memo(
            purchase_time=PurchaseTime(from_=None, to=None, said="这周六"), evidence={"purchase_time": (saturday,)}
        ),
        grade=Grade(letter=letter, probability=0.8, reasons=(Reason(text="约了周六", evidence=(saturday,)),)),
        made_with=MadeWith(rulebook="abc", recogniser="text", grader="rules"),
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def api_service(app: FastAPI) -> Service:
    service: Service = app.state.service
    return service


@pytest.fixture
def client_with(app: FastAPI, api_service: Service) -> Client:
    """A client whose key has these scopes."""

    def make(*scopes: str) -> TestClient:
        with api_service.database.writing() as session:
            _, secret = create_key(session, "test", scopes)
        return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)

    return make


@pytest.fixture
def client(client_with: Client) -> TestClient:
    return client_with("ingest", "read", "audio")


@pytest.fixture
def inspected(api_service: Service) -> Callable[..., StoredInspection]:
    """Stores a conversation with the inspection given, and answers with it."""

    def store(inspection: Inspection | None = None, lines: tuple[str, ...] = LINES, **details: Any) -> StoredInspection:
        turns = [Turn(speaker=said.speaker, text=said.text) for said in a_transcript(*lines).utterances]
        accepted = accept_conversation(api_service, turns, RecordingDetails.model_validate(details))
        with api_service.database.writing() as session:
            return save_inspection(session, accepted.recording.id, inspection or an_inspection())

    return store


@pytest.fixture
def nothing_stored(api_service: Service, client: TestClient) -> Callable[[], bool]:
    """Whether there is no recording, no audio and no left-over upload."""

    def check() -> bool:
        folders = (Path(api_service.settings.blobs), api_service.settings.spool_dir)
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return client.get("/v1/recordings").json()["items"] == [] and files == []

    return check
