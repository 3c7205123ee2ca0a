from __future__ import annotations

import asyncio
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from conftest import Client, a_wav
from fastapi import FastAPI
from starlette.testclient import TestClient

from qc.ingest import RecordingDetails, Service, accept_recording
from qc.store.recordings import get_recording
from qc.store.settings import Settings
from qc.store.tables import RecordingRow

WAV = a_wav()
DETAILS = {
    "external_id": "crm-1",
    "agent": "王磊",
    "customer": "李女士",
    "lead": "L-9",
    "store": "天河店",
    "brand": "丰田",
    "direction": "outbound",
    "started_at": "2026-03-12T10:15:00+08:00",
    "agent_channel": 1,
    "source": "汽车之家",
    "crm_grade": "C",
    "card": "return-visit",
}
NothingStored = Callable[[], bool]


def send(client: TestClient, content: bytes = WAV, details: Any = None, key: str | None = None, **more: Any) -> Any:
    parts: dict[str, Any] = {"file": ("通话.wav", content, "audio/wav"), **more}
    if details is not None:
        parts["metadata"] = (None, details if isinstance(details, str) else json.dumps(details))
    return client.post("/v1/recordings", files=parts, headers={"Idempotency-Key": key} if key else {})


def test_a_recording_is_accepted_and_told_about(client: TestClient) -> None:
    reply = send(client, details=DETAILS)
    assert reply.status_code == 202
    recording = reply.json()
    assert reply.headers["location"] == f"/v1/recordings/{recording['id']}"
    assert "idempotent-replayed" not in reply.headers
    assert {name: recording[name] for name in DETAILS} == DETAILS
    assert (recording["kind"], recording["filename"], recording["size_bytes"]) == ("audio", "通话.wav", len(WAV))
    assert (recording["channels"], recording["duration_ms"], recording["error"]) == (2, 500, None)
    assert recording["state"] in {"received", "queued"}
    assert client.get(reply.headers["location"]).json() == recording


def test_a_scorecard_that_is_not_there_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client, details={"card": "no-card"})
    assert (reply.status_code, reply.json()["code"]) == (422, "no-such-card")
    assert nothing_stored()


def test_a_repeat_is_answered_although_its_scorecard_is_gone(client: TestClient, api_service: Service) -> None:
    details = DETAILS | {"card": "card-of-last-year"}
    first = accept_recording(api_service, io.BytesIO(WAV), None, RecordingDetails.model_validate(details)).recording
    again = send(client, details=details)
    assert (again.status_code, again.json()["id"]) == (202, first.id)
    assert again.headers["idempotent-replayed"] == "true"


def test_an_accepted_recording_is_hinted_to_the_speech_queue(client: TestClient, api_service: Service) -> None:
    send(client)
    assert api_service.queues.depths() == {"speech": 1, "general": 0, "writing": 0}


def test_metadata_may_be_left_out_or_sent_as_a_file(client: TestClient) -> None:
    assert send(client).status_code == 202
    parts = {"file": ("a.wav", a_wav(0.3), "audio/wav"), "metadata": ("m.json", b'{"agent": "x"}', "application/json")}
    assert client.post("/v1/recordings", files=parts).json()["agent"] == "x"


def test_what_is_accepted_survives_a_queue_that_is_away(settings: Settings, tmp_path: Any) -> None:
    from api.app import create_app  # noqa: PLC0415 - an app of its own settings
    from qc.store.keys import create_key  # noqa: PLC0415

    app = create_app(settings.model_copy(update={"redis_url": f"unix://{tmp_path}/none.sock"}))
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["ingest"])
    reply = send(TestClient(app, headers={"X-API-Key": secret}))
    assert (reply.status_code, reply.json()["state"]) == (202, "received")


def test_a_repeat_with_the_same_idempotency_key_answers_with_the_first(client: TestClient) -> None:
    first = send(client, key="k1")
    again = send(client, key="k1")
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert len(client.get("/v1/recordings").json()["items"]) == 1


def test_an_idempotency_key_with_other_content_is_a_conflict(client: TestClient) -> None:
    send(client, key="k1")
    reply = send(client, a_wav(0.3), key="k1")
    assert (reply.status_code, reply.json()["code"]) == (409, "idempotency-key-reused")


def test_callers_do_not_meet_each_others_idempotency_keys(client_with: Client) -> None:
    first = send(client_with("ingest"), key="k1")
    other = send(client_with("ingest"), a_wav(0.3), key="k1")
    assert other.status_code == 202
    assert other.json()["id"] != first.json()["id"]


def test_a_repeat_with_the_same_external_id_answers_with_the_first(client: TestClient) -> None:
    first = send(client, details={"external_id": "x"})
    again = send(client, details={"external_id": "x"})
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


def test_an_external_id_with_other_content_is_a_conflict(client: TestClient) -> None:
    send(client, details={"external_id": "x"})
    reply = send(client, a_wav(0.3), details={"external_id": "x"})
    assert (reply.status_code, reply.json()["code"]) == (409, "external-id-taken")


def test_the_same_bytes_under_a_new_external_id_link_to_the_first(client: TestClient) -> None:
    first = send(client, details={"external_id": "x"}).json()
    second = send(client, details={"external_id": "y"}).json()
    assert second["id"] != first["id"]
    assert second["duplicate_of"] == first["id"]


TRUNCATED = WAV[:30]
NO_SAMPLES = a_wav(0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("这不是录音".encode() * 50, "not-audio", id="not audio"),
        pytest.param(b"", "empty-file", id="empty"),
        pytest.param(TRUNCATED, "truncated-audio", id="truncated header"),
        pytest.param(NO_SAMPLES, "zero-length-audio", id="zero length"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(
    client: TestClient, nothing_stored: NothingStored, content: bytes, code: str
) -> None:
    reply = send(client, content, key="k1")
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    assert reply.json()["code"] == code
    assert reply.json()["detail"]
    assert nothing_stored()


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The settings, with the changes that ``pytest.mark.parametrize(…, indirect)`` asks for."""
    return settings.model_copy(update=getattr(request, "param", {}))


@pytest.mark.parametrize("settings", [{"max_duration_s": 0.4}], indirect=True)
def test_a_recording_that_is_too_long_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client)
    assert (reply.status_code, reply.json()["code"]) == (422, "recording-too-long")
    assert nothing_stored()


@pytest.mark.parametrize("settings", [{"max_upload_bytes": len(WAV) - 1}], indirect=True)
def test_a_recording_that_is_too_large_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client)
    assert (reply.status_code, reply.json()["code"]) == (413, "recording-too-large")
    assert nothing_stored()


@pytest.mark.parametrize("settings", [{"max_upload_bytes": len(WAV)}], indirect=True)
def test_a_recording_of_exactly_the_limit_is_taken(client: TestClient) -> None:
    assert send(client).status_code == 202


HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


async def _upload(app: FastAPI, secret: str, body: Iterator[bytes], announced: int | None = None) -> tuple[int, int]:
    """The status, and how many chunks were read; httpx2 would read the whole body before it sends any."""
    taken = 0
    status = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        chunk = next(body, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def send_back(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = [(b"x-api-key", secret.encode()), (b"content-type", b"multipart/form-data; boundary=b")]
    if announced is not None:
        headers.append((b"content-length", str(announced).encode()))
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/recordings"}
    scope |= {"raw_path": b"/v1/recordings", "query_string": b"", "root_path": "", "headers": headers}
    await app({**scope, "client": ("t", 1), "server": ("t", 80)}, receive, send_back)
    return status, taken


@pytest.fixture
def secret(client: TestClient) -> str:
    return client.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("settings", [{"max_upload_bytes": 1_000_000}], indirect=True)
@pytest.mark.parametrize(("announced", "most"), [(None, 20), (10**12, 0)], ids=["unannounced", "announced"])
def test_an_endless_upload_is_cut_off_at_the_limit(app: FastAPI, secret: str, announced: int | None, most: int) -> None:
    status, taken = asyncio.run(_upload(app, secret, chain([HEAD], repeat(bytes(65536))), announced))
    assert status == 413
    assert taken <= most


def test_an_upload_is_never_whole_in_memory(app: FastAPI, secret: str) -> None:
    length = 32 * 2**20
    header = bytearray(a_wav(0))
    header[4:8], header[40:44] = (length + 36).to_bytes(4, "little"), length.to_bytes(4, "little")
    body = chain([HEAD, bytes(header)], repeat(bytes(65536), length // 65536), [b"\r\n--b--\r\n"])
    tracemalloc.start()
    status, _ = asyncio.run(_upload(app, secret, body))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert status == 202
    assert peak < 8 * 2**20


def test_an_upload_without_a_key_is_not_even_read(app: FastAPI) -> None:
    assert asyncio.run(_upload(app, "qck_x_y", repeat(bytes(65536)))) == (401, 0)


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        pytest.param("{not json", "metadata", id="not JSON"),
        pytest.param("[]", "metadata", id="not an object"),
        pytest.param("[" * 30_000, "metadata", id="nested without end"),
        pytest.param('{"agent": "\\ud800"}', "metadata", id="lone surrogate"),
        pytest.param('{"agent": "a\\u0000b"}', "metadata", id="NUL"),
        pytest.param({"started_at": "2026-03-12T10:15:00"}, "metadata.started_at", id="no offset"),
        pytest.param({"started_at": "gestern"}, "metadata.started_at", id="no time"),
        pytest.param({"started_at": "0001-01-01T00:00:00+14:00"}, "metadata.started_at", id="no time of ours"),
        pytest.param({"direction": "sideways"}, "metadata.direction", id="unknown direction"),
        pytest.param({"agent_channel": 2}, "metadata.agent_channel", id="no such channel"),
        pytest.param({"external_id": ""}, "metadata.external_id", id="empty id"),
        pytest.param({"external_id": "x" * 201}, "metadata.external_id", id="id too long"),
        pytest.param({"agent": 7}, "metadata.agent", id="number for a name"),
    ],
)
def test_bad_metadata_is_refused(client: TestClient, nothing_stored: NothingStored, metadata: Any, field: str) -> None:
    reply = send(client, details=metadata)
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-metadata")
    assert [error["field"] for error in reply.json()["errors"]] == [field]
    assert nothing_stored()


def test_an_unknown_field_is_refused_by_name(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client, details={"agent": "x", "agnet": "y", "started_at": "now"})
    assert reply.json()["code"] == "bad-metadata"
    assert {error["field"] for error in reply.json()["errors"]} == {"metadata.agnet", "metadata.started_at"}
    assert nothing_stored()


def test_metadata_without_end_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client, details="x" * 70_000)
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-metadata")
    assert nothing_stored()


def test_an_unknown_part_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = send(client, meta=(None, "{}"))
    assert (reply.status_code, reply.json()["code"]) == (422, "unknown-part")
    assert nothing_stored()


def test_a_part_sent_twice_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = client.post("/v1/recordings", files=[("file", ("a.wav", WAV)), ("file", ("b.wav", WAV))])
    assert (reply.status_code, reply.json()["code"]) == (422, "unknown-part")
    assert nothing_stored()


def test_an_upload_without_a_file_is_refused(client: TestClient, nothing_stored: NothingStored) -> None:
    reply = client.post("/v1/recordings", files={"metadata": (None, "{}")})
    assert (reply.status_code, reply.json()["code"]) == (422, "missing-file")
    assert nothing_stored()


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "audio/wav", ""])
def test_another_content_type_is_refused(client: TestClient, kind: str, nothing_stored: NothingStored) -> None:
    reply = client.post("/v1/recordings", content=WAV, headers={"Content-Type": kind})
    assert (reply.status_code, reply.json()["code"]) == (415, "not-multipart")
    assert nothing_stored()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"nothing of the kind",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + WAV,
        b"--b\r\nNo header\r\n\r\nx\r\n--b--\r\n",
    ],
    ids=["empty", "only a boundary", "no boundary", "cut off", "broken header"],
)
def test_broken_multipart_is_refused(client: TestClient, body: bytes, nothing_stored: NothingStored) -> None:
    reply = client.post("/v1/recordings", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-multipart")
    assert nothing_stored()


def test_pages_hold_everything_once_newest_first(client: TestClient) -> None:
    ids = [send(client, a_wav(0.1 + number / 100)).json()["id"] for number in range(5)]
    seen = []
    cursor = None
    while True:
        page = client.get("/v1/recordings", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "\x00", "e30", "x" * 501])
def test_a_cursor_of_ones_own_making_is_refused(client: TestClient, cursor: str) -> None:
    reply = client.get("/v1/recordings", params={"cursor": cursor})
    assert reply.status_code == 422
    assert reply.json()["code"] in {"bad-cursor", "bad-parameter"}


def test_recordings_are_filtered(client: TestClient) -> None:
    one = send(client, details=DETAILS).json()["id"]
    send(client, a_wav(0.3), details={"agent": "别人", "started_at": "2026-03-20T10:00:00+08:00"})

    def found(**filters: str) -> list[str]:
        return [item["id"] for item in client.get("/v1/recordings", params=filters).json()["items"]]

    assert len(found()) == 2
    assert found(agent="王磊") == found(store="天河店") == found(external_id="crm-1") == [one]
    assert found(since="2026-03-12", until="2026-03-12") == [one]
    assert found(until="2026-03-12T10:15:00+08:00") == []
    assert found(since="2026-03-12T10:15:00+08:00", until="2026-03-12T10:15:01+08:00") == [one]
    assert found(state="done") == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "state=gone", "since=2026", "since=2026-03-12T10:00:00", "since=0001-01-01",
     "until=9999-12-31", "agent=", "agent=%00", "agnet=x", "limit=1&limit=2"],
)  # fmt: skip
def test_a_bad_parameter_is_refused_by_name(client: TestClient, query: str) -> None:
    reply = client.get(f"/v1/recordings?{query}")
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-parameter")
    assert {error["field"] for error in reply.json()["errors"]} == {query.partition("=")[0]}


@pytest.mark.parametrize(
    "odd", ["rec_none", "a%00b", "%ED%A0%80", "x" * 3000, "%2e%2e", "'; drop table", "..%2F..", "é"]
)
def test_an_odd_id_is_not_found(client: TestClient, odd: str) -> None:
    tails = ("recordings/{}", "recordings/{}/audio", "recordings/{}/inspection", "recordings/{}/transcript")
    for path in (*tails, "inspections/{}", "inspections/{}/memo", "inspections/{}/transcript"):
        reply = client.get(f"/v1/{path.format(odd)}")
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


def test_progress_and_errors_are_shown(client: TestClient, api_service: Service) -> None:
    path = send(client).headers["location"]

    def becomes(**values: Any) -> Any:
        with api_service.database.writing() as session:
            row = session.get_one(RecordingRow, path.rpartition("/")[2])
            for name, value in values.items():
                setattr(row, name, value)
        return client.get(path).json()

    transcribing = becomes(state="transcribing", progress=40)
    assert (transcribing["state"], transcribing["progress"], transcribing["error"]) == ("transcribing", 40, None)
    failed = becomes(state="failed", error_code="broken-audio", error_detail="no frame could be decoded")
    assert failed["error"] == {"code": "broken-audio", "detail": "no frame could be decoded"}


def test_only_a_failed_recording_can_be_retried(client: TestClient, api_service: Service) -> None:
    recording_id = send(client).json()["id"]
    reply = client.post(f"/v1/recordings/{recording_id}/retry")
    assert (reply.status_code, reply.json()["code"]) == (409, "not-failed")
    with api_service.database.writing() as session:
        row = session.get_one(RecordingRow, recording_id)
        row.state, row.error_code = "failed", "broken"  # type: ignore[assignment]
    reply = client.post(f"/v1/recordings/{recording_id}/retry")
    assert (reply.status_code, reply.json()["error"]) == (202, None)
    assert reply.json()["state"] in {"received", "queued"}
    with api_service.database.reading() as session:
        assert get_recording(session, recording_id).error_code is None


def test_retrying_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.post("/v1/recordings/rec_none/retry").status_code == 404
