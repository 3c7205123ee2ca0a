from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Client, a_wav
from starlette.testclient import TestClient

from api.app import create_app
from qc.store.settings import Settings


def test_it_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert {name: part["answers"] for name, part in ready.json()["parts"].items()} == {
        "database": True,
        "queue": True,
        "blobs": True,
    }


@pytest.mark.parametrize("part", ["queue", "blobs", "database"])
def test_readiness_names_the_part_that_is_away(settings: Settings, tmp_path: Path, part: str) -> None:
    (tmp_path / "file").write_text("no folder")
    away: dict[str, dict[str, Any]] = {
        "queue": {"redis_url": f"unix://{tmp_path}/none.sock"},
        "blobs": {"blob_url": str(tmp_path / "file" / "blobs")},
        "database": {"database_url": f"sqlite:///{tmp_path}/folder/qc.sqlite3"},
    }
    app = create_app(settings.model_copy(update=away[part]))
    if part == "database":
        app.state.service.database.close()
        (tmp_path / "folder").rename(tmp_path / "gone")
    client = TestClient(app, raise_server_exceptions=False)
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["code"]) == (503, "not-ready")
    assert [error["field"] for error in reply.json()["errors"]] == [part]
    assert reply.headers["retry-after"] == "5"
    assert str(tmp_path) not in reply.text  # anybody may ask
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_no_mistake_of_ours(client: TestClient, settings: Settings) -> None:
    folder = settings.data_dir
    client.app.state.service.database.close()  # type: ignore[attr-defined]
    folder.rename(folder.with_name("gone"))
    reply = client.get("/v1/recordings")
    assert (reply.status_code, reply.json()["code"]) == (503, "database-unavailable")
    assert reply.headers["retry-after"] == "5"


def test_metrics_count_requests_and_recordings(client_with: Client) -> None:
    client = client_with("ingest", "read")
    client.post("/v1/recordings", files={"file": ("a.wav", a_wav())})
    client.get("/v1/recordings/rec_x")
    client.get("/v1/recordings/rec_y")
    client.request("BREW", "/coffee")
    reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = reply.text.splitlines()
    requests = 'qc_http_requests_total{method="%s",path="%s",status="%s"} %s'
    assert requests % ("POST", "/v1/recordings", 202, "1.0") in lines
    assert requests % ("GET", "/v1/recordings/{recording_id}", 404, "2.0") in lines
    assert requests % ("other", "other", 404, "1.0") in lines
    assert 'qc_up{part="database"} 1.0' in lines
    assert 'qc_up{part="queue"} 1.0' in lines
    assert 'qc_recordings{state="queued"} 1.0' in lines
    assert 'qc_queue_waiting{queue="speech"} 1.0' in lines
    assert any(line.startswith("qc_oldest_unfinished_seconds ") and float(line.split()[1]) > 0 for line in lines)
    assert "rec_x" not in reply.text


def test_metrics_need_a_key(client_with: Client) -> None:
    assert client_with("ingest").get("/metrics").status_code == 403
