from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conftest import Client
from starlette.testclient import TestClient


def test_a_team_is_suggested_with_reasons(client: TestClient) -> None:
    at = datetime.now(UTC) - timedelta(days=1)
    for number, consultant in enumerate(["王磊", "王磊", "李娜"]):
        body = {"external_id": f"XS-{number}", "at": at.isoformat(), "store": "天河店", "consultant": consultant}
        made = client.post("/v1/leads", json=body | {"tags": ["换购"]})
    team = client.get(f"{made.json()['links']['self']}/consultants").json()
    assert (team["store"], team["tags"], team["past_leads"]) == ("天河店", ["换购"], 0)
    assert "按轮流分配" in team["note"]
    assert [(one["consultant"], one["recent_leads"], one["available"]) for one in team["items"]] == [
        ("李娜", 0, True),
        ("王磊", 2, False),
    ]
    assert [one["current"] for one in team["items"]] == [True, False]
    assert "已分到 2 条" in team["items"][1]["reasons"][0]


def test_nobody_to_suggest_is_said(client: TestClient) -> None:
    made = client.post("/v1/leads", json={"external_id": "XS-1", "at": "2026-03-12T10:02:00+08:00"}).json()
    team = client.get(f"{made['links']['self']}/consultants").json()
    assert (team["items"], team["note"]) == ([], "线索没有门店，无从推荐")
    assert client.get("/v1/leads/lead_none/consultants").json()["code"] == "no-such-lead"


def test_scope(client_with: Client) -> None:
    assert client_with("ingest").get("/v1/leads/lead_none/consultants").status_code == 403
