from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Client, an_inspection
from fastapi import FastAPI
from starlette.testclient import TestClient

from qc.domain import Category
from qc.ingest import Service
from qc.live_rulebook import LiveRulebook
from qc.store.inspections import save_inspection
from qc.store.records import StoredInspection

PLACE = {"category": "overpromise", "utterance": 2, "start": 1, "end": 11}
ADDED = {"category": "absolute-claims", "utterance": 2, "start": 6, "end": 11}
DISMISS = {"kind": "dismiss", **PLACE, "reason": "permitted", "reviewer": "梅姐"}


@pytest.fixture
def desk(client_with: Client) -> TestClient:
    return client_with("read", "review", "appeal")


@pytest.fixture
def call(inspected: Callable[..., StoredInspection]) -> str:
    return inspected(agent="王磊").recording.id


def judge(desk: TestClient, call: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    reply = desk.post(f"/v1/recordings/{call}/verdicts", json=body, headers=headers)
    assert reply.status_code == 201, reply.text
    return {**reply.json(), "replayed": reply.headers.get("idempotent-replayed")}


def refused(desk: TestClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    reply = desk.post(path, json=body)
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, reply.json()["code"]


def reviews(desk: TestClient, call: str) -> dict[str, Any]:
    document: dict[str, Any] = desk.get(f"/v1/recordings/{call}/verdicts").json()
    return document


def test_the_whole_trail_of_a_finding(desk: TestClient, call: str) -> None:
    before = reviews(desk, call)
    assert (before["unreviewed"], [one["status"] for one in before["items"]]) == (1, ["unreviewed"])
    verdict = judge(desk, call, {"kind": "confirm", **PLACE, "reviewer": "梅姐"})
    assert verdict["finding"] == before["items"][0]["finding"]
    assert verdict["evidence"]["quote"] == "保证给您全广州最低价"
    appeal = desk.post(f"/v1/verdicts/{verdict['id']}/appeal", json={"reason": "有价格单", "consultant": "王磊"})
    assert (appeal.status_code, appeal.json()["state"]) == (201, "open")
    waiting = desk.get("/v1/appeals?state=open").json()["items"]
    assert [one["verdict"]["by"] for one in waiting] == ["梅姐"]
    path = f"/v1/appeals/{appeal.json()['id']}/decision"
    decided = {"outcome": "dismiss", "reason": "permitted"}
    for name in ("梅姐", "王磊", None):
        assert refused(desk, path, {**decided, "reviewer": name}) == (409, "second-reviewer-needed")
    decision = desk.post(path, json={**decided, "reviewer": "兰姐"})
    assert (decision.status_code, decision.json()["by"]) == (201, "兰姐")
    assert desk.get("/v1/appeals?state=open").json()["items"] == []
    assert desk.get("/v1/appeals?state=decided").json()["items"][0]["decision"] == decision.json()
    after = reviews(desk, call)
    (item,) = after["items"]
    assert (after["unreviewed"], item["status"], item["final_category"]) == (0, "dismissed", None)
    assert item["after"] == decision.json()["id"]
    assert [one["kind"] for one in item["verdicts"]] == ["confirm"]
    assert item["appeal"]["decision"]["outcome"] == "dismiss"


def test_a_dismissed_flag_does_not_wait_again_after_another_inspection(
    desk: TestClient, call: str, api_service: Service
) -> None:
    def waiting() -> int:
        return len(desk.get("/v1/inspections?unreviewed=true").json()["items"])

    assert waiting() == 1
    verdict = judge(desk, call, DISMISS)
    with api_service.database.writing() as session:
        save_inspection(session, call, an_inspection())
    assert waiting() == 0
    document = desk.get(f"/v1/recordings/{call}/inspection").json()
    assert document["reviews"] == [{"status": "dismissed", "final_category": None, "after": verdict["id"]}]
    assert desk.get(f"/v1/inspections/{document['id']}").json()["reviews"] == document["reviews"]
    assert [one["category"] for one in document["findings"]] == ["overpromise"]
    (line,) = desk.get("/v1/inspections?unreviewed=false").json()["items"]
    assert (line["unreviewed"], line["flagged"]) == (0, True)


def test_what_was_missed_stands_after_the_findings(desk: TestClient, call: str) -> None:
    judge(desk, call, {"kind": "add", **ADDED, "comment": "最低价"})
    items = reviews(desk, call)["items"]
    assert [(one["status"], one["finding"] is None) for one in items] == [("unreviewed", False), ("added", True)]


def test_a_call_without_a_lead_is_judged_while_there_is_no_rulebook(
    client_with: Client, inspected: Callable[..., StoredInspection], tmp_path: Path
) -> None:
    desk = client_with("review", "appeal")
    app = desk.app
    assert isinstance(app, FastAPI)
    app.state.rulebook = LiveRulebook(
        app.state.service.settings.model_copy(update={"lexicons": tmp_path / "none", "data_dir": tmp_path})
    )
    body = {**DISMISS, "category": "do-not-call", "kind": "add"}
    del body["reason"]
    for agent, lead, status in (("王磊", None, 201), ("李娜", "XS-1", 503)):
        call = inspected(agent=agent, lead=lead).recording.id
        assert desk.post(f"/v1/recordings/{call}/verdicts", json=body).status_code == status


def test_a_repeat_stores_nothing(desk: TestClient, call: str) -> None:
    first = judge(desk, call, DISMISS, **{"Idempotency-Key": "a"})
    again = judge(desk, call, DISMISS, **{"Idempotency-Key": "a"})
    assert (again["id"], first["replayed"], again["replayed"]) == (first["id"], None, "true")
    other = desk.post(
        f"/v1/recordings/{call}/verdicts", json={**DISMISS, "comment": "x"}, headers={"Idempotency-Key": "a"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    overruling = judge(desk, call, {"kind": "confirm", **PLACE, "reviewer": "梅姐", "after": first["id"]})
    path = f"/v1/verdicts/{overruling['id']}/appeal"
    for expected in (None, "true"):
        appeal = desk.post(path, json={"reason": "不对", "consultant": "王磊"}, headers={"Idempotency-Key": "b"})
        assert (appeal.status_code, appeal.headers.get("idempotent-replayed")) == (201, expected)
    for expected in (None, "true"):
        decision = desk.post(
            f"/v1/appeals/{appeal.json()['id']}/decision",
            json={"outcome": "uphold", "reviewer": "兰姐"},
            headers={"Idempotency-Key": "c"},
        )
        assert (decision.status_code, decision.headers.get("idempotent-replayed")) == (201, expected)


def test_a_key_of_one_kind_of_request_is_no_key_of_another(client_with: Client, call: str) -> None:
    admin = client_with("admin")
    turns = {"turns": [{"speaker": "agent", "text": "您好"}]}
    assert admin.post("/v1/conversations", json=turns, headers={"Idempotency-Key": "a"}).status_code == 202
    reply = admin.post(f"/v1/recordings/{call}/verdicts", json=DISMISS, headers={"Idempotency-Key": "a"})
    assert (reply.status_code, reply.json()["code"]) == (409, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"category": "abuse"}, 404, "no-such-finding"),
        ({"utterance": 3}, 422, "bad-place"),
        ({"end": 99}, 422, "bad-place"),
        ({"end": 10**30}, 422, "bad-place"),
        ({"start": -1}, 422, "bad-body"),
        ({"reason": None}, 422, "reason-needed"),
        ({"reason": "bored"}, 422, "bad-body"),
        ({"reason": "other"}, 422, "comment-needed"),
        ({"new_category": "abuse"}, 422, "bad-body"),
        ({"kind": "confirm"}, 422, "bad-body"),
        ({"kind": "like"}, 422, "bad-body"),
        ({"comment": "长" * 2001}, 422, "bad-body"),
        ({"comment": "\x00"}, 422, "bad-body"),
        ({"reviewer": ""}, 422, "bad-body"),
        ({"reviewers": "x"}, 422, "bad-body"),
        ({"reviewer": "王磊"}, 409, "own-call"),
        ({"after": "ver_none"}, 409, "judged-meanwhile"),
    ],
)
def test_a_verdict_that_does_not_fit_is_explained(
    desk: TestClient, call: str, change: dict[str, Any], status: int, code: str
) -> None:
    assert refused(desk, f"/v1/recordings/{call}/verdicts", {**DISMISS, **change}) == (status, code)
    assert reviews(desk, call)["unreviewed"] == 1


def test_what_is_not_there_is_not_found(desk: TestClient) -> None:
    assert refused(desk, "/v1/recordings/rec_x/verdicts", DISMISS) == (404, "no-such-recording")
    assert desk.get("/v1/recordings/rec_x/verdicts").json()["code"] == "no-such-recording"
    assert refused(desk, "/v1/verdicts/ver_x/appeal", {"reason": "x"}) == (404, "no-such-verdict")
    assert refused(desk, "/v1/appeals/app_x/decision", {"outcome": "uphold"}) == (404, "no-such-appeal")


def test_who_may_read_or_appeal_may_not_judge(client_with: Client, call: str) -> None:
    for scopes in (("read",), ("appeal",), ("ingest", "audio")):
        other = client_with(*scopes)
        assert refused(other, f"/v1/recordings/{call}/verdicts", DISMISS) == (403, "scope-missing")
        assert refused(other, "/v1/appeals/app_x/decision", {"outcome": "uphold"}) == (403, "scope-missing")
    assert refused(client_with("review"), "/v1/verdicts/ver_x/appeal", {"reason": "x"}) == (403, "scope-missing")


def test_a_key_of_ones_own_is_a_name(desk: TestClient, call: str) -> None:
    verdict = judge(desk, call, {**DISMISS, "reviewer": None})
    assert (verdict["by"], verdict["key_id"]) == ("test", desk.headers["authorization"].split("_")[1])


def test_precision_by_rule(desk: TestClient, inspected: Callable[..., StoredInspection]) -> None:
    for number in range(10):
        lines = ("客服：您好。", f"客户：来看车{number}。", "客服：我保证给您全广州最低价。")
        found = an_inspection(categories=(Category.OVERPROMISE, Category.ABSOLUTE_CLAIMS))
        call = inspected(found, lines).recording.id
        judge(desk, call, DISMISS if number < 3 else {"kind": "confirm", **PLACE})
        judge(desk, call, {"kind": "confirm", **PLACE, "category": "absolute-claims"})
    document = desk.get("/v1/rules/precision").json()
    assert [(one["rule_id"], one["precision"], one["noisy"]) for one in document["items"]] == [
        ("rule-overpromise", 0.7, True),
        ("rule-absolute-claims", 1.0, False),
    ]
    worst = document["items"][0]
    assert (worst["low"], worst["high"], worst["reasons"]) == (0.3968, 0.8922, {"permitted": 3})
    assert len(desk.get("/v1/rules/precision?noisy=true").json()["items"]) == 1
    assert desk.get("/v1/rules/precision?noisy=true&below=0.5").json()["items"] == []
    assert desk.get("/v1/rules/precision?since=2199-01-01").json()["items"] == []
    assert desk.get("/v1/rules/precision?below=0").status_code == 422


def test_appeals_come_in_pages(desk: TestClient, inspected: Callable[..., StoredInspection]) -> None:
    made = []
    for number in range(3):
        call = inspected(
            lines=("客服：您好。", f"客户：来看车{number}。", "客服：我保证给您全广州最低价。")
        ).recording.id
        verdict = judge(desk, call, {"kind": "confirm", **PLACE})
        made.append(desk.post(f"/v1/verdicts/{verdict['id']}/appeal", json={"reason": "不对"}).json()["id"])
    first = desk.get("/v1/appeals?limit=2").json()
    rest = desk.get("/v1/appeals", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None
