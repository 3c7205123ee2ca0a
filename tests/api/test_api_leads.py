from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import a_call, a_transcript
from conftest import Client
from starlette.testclient import TestClient

from qc.grade import RuleGrader
from qc.ingest import RecordingDetails, Service, accept_conversation
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.store.lead_grades import keep_inspection
from qc.turns import Turn

CREATED = "2026-03-12T10:02:00+08:00"
LEAD: dict[str, Any] = {
    "external_id": "XS-1",
    "at": CREATED,
    "source": "汽车之家",
    "store": "广州天河店",
    "consultant": "王磊",
    "crm_grade": "休眠",
    "tags": ["首购"],
}
HOT = ("客服：这周六能来店里看看凯美瑞吗？", "客户：行，周六下午三点到。", "客户：预算二十万，这周就想定。")


def outcome(kind: str, at: str = "2026-03-20T09:00:00+08:00", **more: Any) -> dict[str, Any]:
    if kind == "lost":
        more = {"reason": "价格"} | more
    return {"lead": "XS-1", "kind": kind, "at": at} | more


@pytest.fixture
def called(api_service: Service, rulebook: Rulebook) -> Callable[..., str]:
    """Takes in a call of the lead and inspects it, as a worker does."""
    grader = RuleGrader(rulebook.grading)

    def call(*lines: str, time: str = "2026-03-12T10:15:00+08:00", lead: str = "XS-1", **details: Any) -> str:
        transcript = a_transcript(*lines)
        turns = [Turn(speaker=said.speaker, text=said.text) for said in transcript.utterances]
        known = RecordingDetails.model_validate({"lead": lead, "started_at": time, "brand": "丰田"} | details)
        recording = accept_conversation(api_service, turns, known).recording
        inspection = inspect_call(a_call(time, brand="丰田"), transcript, rulebook, grader)
        with api_service.database.writing() as session:
            keep_inspection(session, recording.id, inspection, grader)
        return recording.id

    return call


def feed(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    reply = client.get("/v1/grades", params=query)
    assert reply.status_code == 200
    return reply.json()["items"]


def test_a_lead_is_told_once_and_read(client: TestClient) -> None:
    made = client.post("/v1/leads", json=LEAD)
    assert made.status_code == 201
    lead = made.json()
    assert made.headers["location"] == lead["links"]["self"]
    assert "idempotent-replayed" not in made.headers
    assert (lead["at"], lead["tags"], lead["grade"], lead["calls"]) == (CREATED, ["首购"], None, [])
    assert lead["theirs"] == [{"by": "crm", "said": "休眠", "grade": "dormant", "at": CREATED}]
    again = client.post("/v1/leads", json=LEAD)
    assert (again.status_code, again.json()["id"]) == (201, lead["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert client.get(lead["links"]["self"]).json() == lead
    assert [one["id"] for one in client.get("/v1/leads").json()["items"]] == [lead["id"]]


def test_other_content_under_the_same_id_is_refused_and_sent_as_a_change(client: TestClient) -> None:
    lead = client.post("/v1/leads", json=LEAD).json()
    other = client.post("/v1/leads", json=LEAD | {"consultant": "李娜"})
    assert (other.status_code, other.json()["code"]) == (409, "external-id-taken")
    assert f"PATCH {lead['links']['self']}" in other.json()["way_out"]
    changed = client.patch(lead["links"]["self"], json={"consultant": "李娜", "tags": ["换购"], "source": None})
    assert changed.status_code == 200
    got = client.get(lead["links"]["self"]).json()
    assert (got["consultant"], got["tags"], got["source"], got["store"]) == ("李娜", ["换购"], None, "广州天河店")
    assert client.post("/v1/leads", json=LEAD).json()["consultant"] == "李娜"
    assert client.patch(lead["links"]["self"], json={}).status_code == 422
    assert client.patch("/v1/leads/lead_none", json={"store": "x"}).json()["code"] == "no-such-lead"
    assert client.get("/v1/leads/lead_none").status_code == 404


def test_an_idempotency_key_is_for_one_request(client: TestClient) -> None:
    headers = {"Idempotency-Key": "one"}
    made = client.post("/v1/leads", json=LEAD, headers=headers)
    again = client.post("/v1/leads", json=LEAD, headers=headers)
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (made.json()["id"], "true")
    other = client.post("/v1/outcomes", json=outcome("ordered"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    turns = [{"speaker": "agent", "text": "您好"}]
    chat = client.post("/v1/conversations", json={"turns": turns}, headers=headers)
    assert (chat.status_code, chat.json()["code"]) == (409, "idempotency-key-reused")


def test_outcomes_change_the_grade_and_the_feed_tells(client: TestClient) -> None:
    lead = client.post("/v1/leads", json=LEAD).json()
    ordered = client.post("/v1/outcomes", json=outcome("ordered", external_id="OC-1"))
    assert ordered.status_code == 201
    assert ordered.json()["links"] == {"lead": lead["links"]["self"]}
    repeated = client.post("/v1/outcomes", json=outcome("ordered", external_id="OC-1"))
    assert (repeated.json(), repeated.headers["idempotent-replayed"]) == (ordered.json(), "true")
    taken = client.post("/v1/outcomes", json=outcome("lost", external_id="OC-1"))
    assert (taken.status_code, taken.json()["code"]) == (409, "external-id-taken")
    client.post("/v1/outcomes", json=outcome("delivered", at="2026-03-28T09:00:00+08:00"))
    client.post("/v1/outcomes", json=outcome("visited", at="2026-03-14T15:00:00+08:00"))
    assert [one["text"] for one in feed(client)] == ["初次定级 O：CRM 报告已订车", "O → D：CRM 报告已交车"]
    got = client.get(lead["links"]["self"]).json()
    assert got["grade"]["letter"] == "D"
    assert [one["kind"] for one in got["outcomes"]] == ["visited", "ordered", "delivered"]
    assert [one["cursor"] for one in got["changes"]] == ["g1", "g2"]


NONSENSE = (
    outcome("lost", reason=None),
    outcome("lost", reason=" "),
    outcome("graded"),
    outcome("ordered", reason="x"),
    outcome("visited", grade="H"),
    outcome("ordered", at="2026-03-20T09:00:00"),
    outcome("ordered", at="0001-01-01T00:00:00+14:00"),
    outcome("sold"),
    outcome("ordered", more="x"),
    {"kind": "ordered", "at": CREATED},
)


def test_news_that_do_not_fit_are_refused(client: TestClient) -> None:
    for body in NONSENSE:
        assert client.post("/v1/outcomes", json=body).status_code == 422, body
    assert client.get("/v1/leads").json()["items"] == []


def test_a_call_of_a_lead_grades_it_and_the_misjudged_are_listed(
    client: TestClient, called: Callable[..., str]
) -> None:
    lead = client.post("/v1/leads", json=LEAD).json()
    assert client.get("/v1/leads?attention=misjudged").json()["items"] == []
    recording = called(*HOT)
    (line,) = client.get("/v1/leads?attention=misjudged").json()["items"]
    assert line["id"] == lead["id"]
    assert line["misjudged"]["direction"] == "undervalued"
    assert line["misjudged"]["text"].startswith("可能低估：CRM标为“休眠”，按客户的话是 H")
    (change,) = feed(client)
    assert (change["after"], change["recording_id"], change["lead_number"]) == ("H", recording, 1)
    got = client.get(line["links"]["self"]).json()
    assert [(one["recording_id"], one["grade"]) for one in got["calls"]] == [(recording, "H")]
    assert got["memo"]["budget"]["value"]["max"] == 200_000
    assert got["memo"]["purchase_time"]["value"]["to"] == "2026-03-15"
    said = client.get(f"/v1/recordings/{recording}/transcript").json()["utterances"]
    for field in got["memo"].values():
        for one in field["said"][0]["evidence"]:
            assert said[one["utterance"]]["text"][one["start"] : one["end"]] == one["quote"]
    client.post("/v1/outcomes", json=outcome("graded", at="2026-03-13T09:00:00+08:00", grade="H"))
    assert client.get("/v1/leads?attention=misjudged").json()["items"] == []
    news = outcome("graded", at="2026-03-13T10:00:00+08:00", grade="休眠", by="consultant")
    client.post("/v1/outcomes", json=news)
    (line,) = client.get("/v1/leads?attention=misjudged&grade=H&consultant=王磊&store=广州天河店").json()["items"]
    assert [(one["by"], one["said"]) for one in line["theirs"]] == [("crm", "H"), ("consultant", "休眠")]
    assert client.get("/v1/leads?attention=misjudged&grade=C").json()["items"] == []


def test_a_call_may_come_before_its_lead(client: TestClient, called: Callable[..., str]) -> None:
    called(*HOT, crm_grade="C")
    (line,) = client.get("/v1/leads", params={"external_id": "XS-1"}).json()["items"]
    assert (line["at"], line["grade"]["letter"], line["theirs"][0]["said"]) == (None, "H", "C")
    made = client.post("/v1/leads", json=LEAD)
    assert (made.json()["id"], made.json()["at"]) == (line["id"], CREATED)
    assert "idempotent-replayed" not in made.headers
    assert len(feed(client)) == 1


def test_the_feed_is_read_in_pages(client: TestClient) -> None:
    for number in range(5):
        client.post("/v1/outcomes", json=outcome("ordered") | {"lead": f"XS-{number}"})
    seen, cursor = [], None
    while True:
        reply = client.get("/v1/grades", params={"limit": 2} | ({"since": cursor} if cursor else {})).json()
        if not reply["items"]:
            break
        seen += [one["external_id"] for one in reply["items"]]
        assert reply["next_cursor"] == reply["items"][-1]["cursor"]
        cursor = reply["next_cursor"]
    assert seen == [f"XS-{number}" for number in range(5)]
    assert reply["next_cursor"] == cursor
    for bad in ("x", "g99", ""):
        assert client.get("/v1/grades", params={"since": bad}).json()["code"] == "bad-cursor"
    assert client.get("/v1/grades?limit=0").status_code == 422


def test_equal_requests_at_once_store_one(client: TestClient) -> None:
    def post(_: int) -> tuple[int, str, int, str]:
        lead = client.post("/v1/leads", json=LEAD)
        news = client.post("/v1/outcomes", json=outcome("ordered"))
        return lead.status_code, lead.json()["id"], news.status_code, news.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        (only,) = set(pool.map(post, range(16)))
    assert (only[0], only[2]) == (201, 201)
    assert len(feed(client)) == 1


def test_scopes(client_with: Client) -> None:
    reader, sender = client_with("read"), client_with("ingest")
    assert reader.post("/v1/leads", json=LEAD).status_code == 403
    assert reader.post("/v1/outcomes", json=outcome("ordered")).status_code == 403
    assert sender.post("/v1/leads", json=LEAD).status_code == 201
    assert sender.get("/v1/grades").status_code == 403
    assert feed(reader) == []
