"""What differs between databases: the texts and times they can hold, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import a_wav
from servers import new_postgres_database
from starlette.testclient import TestClient

from api.app import create_app
from qc.store.keys import create_key
from qc.store.settings import Settings


@pytest.fixture
def on_postgres(settings: Settings, postgres_url: str) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update={"database_url": new_postgres_database(postgres_url)}))
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["admin"])
    with TestClient(app, headers={"X-API-Key": secret}, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.services
def test_the_api_stands_on_postgresql(on_postgres: TestClient) -> None:
    client = on_postgres
    assert client.get("/readyz").status_code == 200
    details = '{"external_id": "x", "agent": "王磊", "started_at": "2026-03-12T10:15:00+08:00"}'
    parts: dict[str, Any] = {"file": ("通话.wav", a_wav()), "metadata": (None, details)}
    first = client.post("/v1/recordings", files=parts)
    again = client.post("/v1/recordings", files=parts)
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert first.json()["started_at"] == "2026-03-12T10:15:00+08:00"
    turns = [{"speaker": "agent", "text": "我保证100%便宜\\u0000"}]
    second = client.post("/v1/conversations", json={"turns": turns}).json()["id"]
    page = client.get("/v1/recordings", params={"limit": 1}).json()
    assert [one["id"] for one in page["items"]] == [second]
    page = client.get("/v1/recordings", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [one["id"] for one in page["items"]] == [first.json()["id"]]
    assert len(client.get("/v1/recordings?since=2026-03-12&until=2026-03-12").json()["items"]) == 1
    for path in ("recordings/a%00b", "inspections/a%00b"):
        assert client.get(f"/v1/{path}").status_code == 404
    for query in ("text=%00", "agent=%00", "cursor=%00"):
        assert client.get(f"/v1/inspections?{query}").status_code == 422
    for extreme in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        body = {"turns": turns, "metadata": {"started_at": extreme}}
        assert client.post("/v1/conversations", json=body).status_code == 422
    assert client.get("/v1/recordings").status_code == 200
