from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.edge import MAX_BODY_BYTES
from api.examples import CONVERSATION
from qc.ingest import RecordingDetails, Service, accept_conversation
from qc.turns import Turn

NothingStored = Callable[[], bool]
TURNS = [{"speaker": "agent", "text": "您好"}, {"speaker": "customer", "text": "你好"}]


def test_a_conversation_is_accepted_and_goes_straight_to_inspection(client: TestClient, api_service: Service) -> None:
    reply = client.post("/v1/conversations", json=CONVERSATION)
    assert reply.status_code == 202
    recording = reply.json()
    assert reply.headers["location"] == f"/v1/recordings/{recording['id']}"
    assert (recording["kind"], recording["state"], recording["external_id"]) == ("text", "inspecting", "chat-88")
    assert api_service.queues.depths() == {"speech": 0, "general": 1, "writing": 0}


def test_times_of_turns_are_kept(client: TestClient) -> None:
    turns = [{**turn, "start_ms": at, "end_ms": at + 900} for at, turn in zip((100, 2000), TURNS, strict=True)]
    path = client.post("/v1/conversations", json={"turns": turns}).headers["location"]
    transcript = client.get(f"{path}/transcript").json()
    assert [one["start_ms"] for one in transcript["utterances"]] == [100, 2000]
    assert transcript["timing"] == "recorded"


def test_a_repeat_answers_with_the_first(client: TestClient) -> None:
    for headers, metadata in (({"Idempotency-Key": "k"}, {}), ({}, {"external_id": "x"})):
        body = {"turns": TURNS, "metadata": metadata}
        first = client.post("/v1/conversations", json=body, headers=headers)
        again = client.post("/v1/conversations", json=body, headers=headers)
        assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
        assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"turns": TURNS, "metadata": {"agnet": "x"}}, "bad-metadata", id="unknown metadata"),
        pytest.param(
            {"turns": TURNS, "metadata": {"started_at": "2026-03-12T10:00:00"}}, "bad-metadata", id="no offset"
        ),
        pytest.param({"turns": TURNS, "more": 1}, "bad-body", id="unknown field"),
        pytest.param({"turns": [{**TURNS[0], "mood": "good"}]}, "bad-body", id="unknown field of a turn"),
        pytest.param({"turns": [{"speaker": "boss", "text": "喂"}]}, "bad-body", id="unknown speaker"),
        pytest.param({"turns": []}, "bad-body", id="no turns"),
        pytest.param({}, "bad-body", id="nothing"),
        pytest.param([], "bad-body", id="a list"),
        pytest.param(None, "bad-body", id="null"),
        pytest.param({"turns": [{"speaker": "agent", "text": "a\x00b"}]}, "bad-body", id="NUL"),
        pytest.param({"turns": TURNS, "metadata": {"agent": "\x00"}}, "bad-body", id="NUL in metadata"),
        pytest.param({"turns": [{**TURNS[0], "start_ms": 5, "end_ms": 9}, TURNS[1]]}, "bad-call", id="half the times"),
        pytest.param({"turns": [{**TURNS[0], "start_ms": 9, "end_ms": 5}]}, "bad-call", id="times backwards"),
        pytest.param({"turns": [{**TURNS[0], "start_ms": -9, "end_ms": 5}]}, "bad-call", id="time before the start"),
        pytest.param({"turns": [{**TURNS[0], "start_ms": 0, "end_ms": 10**30}]}, "bad-call", id="time without end"),
    ],
)
def test_a_bad_conversation_is_refused(client: TestClient, nothing_stored: NothingStored, body: Any, code: str) -> None:
    reply = client.post("/v1/conversations", json=body)
    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert nothing_stored()


def test_a_call_may_name_its_scorecard(client: TestClient, nothing_stored: NothingStored) -> None:
    wrong = client.post("/v1/conversations", json={"turns": TURNS, "metadata": {"card": "no-card"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "no-such-card")
    assert "return-visit" in wrong.json()["way_out"]
    assert nothing_stored()
    reply = client.post("/v1/conversations", json={"turns": TURNS, "metadata": {"card": "return-visit"}})
    assert (reply.status_code, reply.json()["card"]) == (202, "return-visit")
    assert client.get(reply.headers["location"]).json()["card"] == "return-visit"


def test_a_repeat_is_answered_although_its_scorecard_is_gone(client: TestClient, api_service: Service) -> None:
    metadata = {"external_id": "x", "card": "card-of-last-year"}
    turns = [Turn.model_validate(turn) for turn in TURNS]
    first = accept_conversation(api_service, turns, RecordingDetails.model_validate(metadata)).recording
    again = client.post("/v1/conversations", json={"turns": TURNS, "metadata": metadata})
    assert (again.status_code, again.json()["id"]) == (202, first.id)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 422),
        (b"", 422),
        (b'{"\xff": 1}', 400),
        (b'{"turns": [{"speaker": "agent", "text": "\\ud800"}]}', 422),
        (b"[" * 100_000, 400),
    ],
    ids=["cut off", "empty", "not UTF-8", "lone surrogate", "nested without end"],
)
def test_a_body_that_is_not_json_is_refused(
    client: TestClient, nothing_stored: NothingStored, content: bytes, status: int
) -> None:
    reply = client.post("/v1/conversations", content=content, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert nothing_stored()


def test_a_body_without_end_is_cut_off(client: TestClient, nothing_stored: NothingStored) -> None:
    headers = {"Content-Type": "application/json"}
    announced = client.post("/v1/conversations", content=b" " * (MAX_BODY_BYTES + 1), headers=headers)
    pieces = (b" " * 2**20 for _ in range(MAX_BODY_BYTES // 2**20 + 1))
    unannounced = client.post("/v1/conversations", content=pieces, headers=headers)
    for reply in (announced, unannounced):
        assert (reply.status_code, reply.json()["code"]) == (413, "request-too-large")
        assert reply.headers["x-request-id"] == reply.json()["request_id"]
    assert nothing_stored()
