from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import LINES
from starlette.testclient import TestClient

from qc.store.records import StoredInspection

Client = Callable[..., TestClient]
Inspected = Callable[..., StoredInspection]


@pytest.fixture
def stored(inspected: Inspected) -> StoredInspection:
    return inspected(started_at="2026-03-12T10:15:00+08:00")


@pytest.fixture
def consultant(client_with: Client) -> TestClient:
    return client_with("read", "appeal")


def correction(stored: StoredInspection, **said: Any) -> dict[str, Any]:
    return {"inspection_id": stored.id, "consultant": "王磊", **said}


def path(stored: StoredInspection) -> str:
    return f"/v1/recordings/{stored.recording.id}/memo"


def test_the_memo_as_it_holds_is_told_with_its_words(client: TestClient, stored: StoredInspection) -> None:
    memo = client.get(path(stored)).json()
    assert (memo["inspection_id"], memo["after"]) == (stored.id, None)
    field = memo["fields"]["purchase_time"]
    assert (field["state"], field["value"]["said"], field["evidence"][0]["quote"]) == ("machine", "这周六", "这周六")
    assert memo["text"]["summary"] == "3月12日周四与客户通话：购车时间“这周六”。"
    text = client.get(f"{path(stored)}.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text == memo["text"]["wechat"] == "客户 3月12日周四通话\n时间：“这周六”"


def test_an_inspection_has_its_memo_in_words(client: TestClient, stored: StoredInspection) -> None:
    document = client.get(f"/v1/inspections/{stored.id}").json()
    assert document["memo_text"]["summary"] == "3月12日周四与客户通话：购车时间“这周六”。"


def test_a_correction_holds_from_then_on(consultant: TestClient, stored: StoredInspection) -> None:
    body = correction(
        stored,
        fields={
            "purchase_time": {"from": "2026-03-14", "to": "2026-03-14", "said": "这周六"},
            "vehicles": ["凯美瑞"],
        },
        note="他说了就定",
    )
    reply = consultant.post(f"{path(stored)}/corrections", json=body)
    assert reply.status_code == 201, reply.text
    made = reply.json()
    assert made["fields"]["vehicles"] == {"machine": None, "value": ["凯美瑞"]}
    assert (made["by"], made["note"]) == ("王磊", "他说了就定")
    memo = consultant.get(path(stored)).json()
    assert memo["after"] == made["id"]
    assert [memo["fields"][name]["state"] for name in ("purchase_time", "vehicles", "budget")] == [
        "corrected", "corrected", "machine",
    ]  # fmt: skip
    assert memo["text"]["summary"] == ("3月12日周四与客户通话：想买凯美瑞。购车时间3月14日周六（“这周六”）。")
    assert consultant.get(f"{path(stored)}/corrections").json() == {
        "recording_id": stored.recording.id,
        "items": [made],
    }
    machine = consultant.get(f"/v1/inspections/{stored.id}/memo").json()
    assert (machine["vehicles"], machine["purchase_time"]["to"]) == ([], None)


def test_two_consultants_do_not_overrule_each_other_unseen(consultant: TestClient, stored: StoredInspection) -> None:
    first = consultant.post(f"{path(stored)}/corrections", json=correction(stored, rest_is_right=True)).json()
    late = consultant.post(f"{path(stored)}/corrections", json=correction(stored, fields={"payment": "全款"}))
    assert (late.status_code, late.json()["code"]) == (409, "corrected-meanwhile")
    assert first["id"] in late.json()["way_out"]
    body = correction(stored, fields={"payment": "全款"}, after=first["id"])
    assert consultant.post(f"{path(stored)}/corrections", json=body).status_code == 201


def test_a_repeat_stores_nothing(consultant: TestClient, stored: StoredInspection) -> None:
    body = correction(stored, fields={"payment": "全款"})
    first, again = (
        consultant.post(f"{path(stored)}/corrections", json=body, headers={"Idempotency-Key": "k1"}) for _ in "ab"
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"fields": {"colour": "白色"}}, 422, "no-such-field"),
        ({"fields": {"payment": "现金"}}, 422, "bad-value"),
        ({"fields": {"trade_in": "a\x00"}}, 422, "bad-body"),
        ({}, 422, "nothing-corrected"),
        ({"inspection_id": "ins_old", "rest_is_right": True}, 409, "inspected-meanwhile"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    consultant: TestClient, stored: StoredInspection, said: dict[str, Any], status: int, code: str
) -> None:
    reply = consultant.post(f"{path(stored)}/corrections", json=correction(stored, **said))
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_reading_is_not_correcting(client: TestClient, stored: StoredInspection) -> None:
    reply = client.post(f"{path(stored)}/corrections", json=correction(stored, rest_is_right=True))
    assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


def test_before_the_inspection_there_is_no_memo(client: TestClient) -> None:
    turns = [{"speaker": "agent", "text": LINES[0]}]
    where = client.post("/v1/conversations", json={"turns": turns}).headers["location"]
    for reply in (client.get(f"{where}/memo"), client.get(f"{where}/memo.txt")):
        assert (reply.status_code, reply.json()["code"]) == (404, "not-inspected-yet")
    assert client.get(f"{where}/memo/corrections").json()["items"] == []
    assert client.get("/v1/recordings/rec_0/memo/corrections").status_code == 404
