from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Client, a_wav
from starlette.testclient import TestClient

from qc.ingest import Service
from qc.store.records import StoredInspection

WAV = a_wav(2.5)
"""About 80 kB; a range may end anywhere in it."""
SIZE = len(WAV)


@pytest.fixture
def path(client: TestClient) -> str:
    reply = client.post("/v1/recordings", files={"file": ("通话 1.wav", WAV)})
    return f"{reply.headers['location']}/audio"


def test_the_audio_comes_back_as_it_was_sent(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.content) == (200, WAV)
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-length"] == str(SIZE)
    assert reply.headers["content-disposition"] == "inline; filename*=UTF-8''%E9%80%9A%E8%AF%9D%201.wav"
    assert "no-store" not in reply.headers["cache-control"]  # a player seeks in what it has


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, SIZE),
        ("bytes=-100", SIZE - 100, SIZE),
        (f"bytes=10-{SIZE * 2}", 10, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
    ],
)
def test_a_range_is_served(client: TestClient, path: str, asked: str, start: int, end: int) -> None:
    reply = client.get(path, headers={"Range": asked})
    assert (reply.status_code, reply.content) == (206, WAV[start:end])
    assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert reply.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=99999999999-"])
def test_a_range_behind_the_end_cannot_be_satisfied(client: TestClient, path: str, asked: str) -> None:
    reply = client.get(path, headers={"Range": asked})
    assert (reply.status_code, reply.json()["code"]) == (416, "range-not-satisfiable")
    assert reply.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "pages=1-2", "bytes=0-1,5-6", "bytes=", "", "bytes=²-³"])
def test_a_range_we_do_not_serve_gives_the_whole(client: TestClient, path: str, asked: str) -> None:
    reply = client.get(path, headers={"Range": asked.encode()})
    assert (reply.status_code, reply.content) == (200, WAV)


def test_head_tells_size_and_kind_without_bytes(client: TestClient, path: str) -> None:
    reply = client.head(path, headers={"Range": "bytes=0-9"})
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-length"] == str(SIZE)
    assert reply.headers["content-type"] == "audio/wav"


def test_validators_save_bytes_and_keep_ranges_honest(client: TestClient, path: str) -> None:
    etag = client.head(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200


def test_listening_needs_a_scope_of_its_own(client_with: Client, path: str) -> None:
    reply = client_with("read", "ingest").get(path)
    assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")
    assert "'audio'" in reply.json()["detail"]


def test_a_conversation_has_no_audio(client: TestClient, inspected: Callable[..., StoredInspection]) -> None:
    reply = client.get(f"/v1/recordings/{inspected().recording.id}/audio")
    assert (reply.status_code, reply.json()["code"]) == (404, "no-audio")


def test_audio_that_was_removed_is_not_found(client: TestClient, path: str, api_service: Service) -> None:
    for file in Path(api_service.settings.blobs).rglob("*.wav"):
        file.unlink()
    reply = client.get(path)
    assert (reply.status_code, reply.json()["code"]) == (404, "audio-gone")
