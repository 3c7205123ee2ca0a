from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import a_transcript
from conftest import LINES, an_inspection
from starlette.testclient import TestClient
from stored import new_recording

from api.shapes import InspectionShape
from qc.domain import Category, Doubt, Letter
from qc.ingest import Service
from qc.store.inspections import save_inspection
from qc.store.recordings import add_recording
from qc.store.records import StoredInspection
from qc.store.transcripts import save_transcript

Inspected = Callable[..., StoredInspection]
CONTRACT = ["transcript", "findings", "conduct", "scorecard", "memo", "grade", "made_with"]


def test_the_contracts_keys_come_in_their_order(client: TestClient, inspected: Inspected) -> None:
    stored = inspected(external_id="x", agent="王磊")
    document = client.get(f"/v1/inspections/{stored.id}").json()
    assert [key for key in document if key in CONTRACT] == CONTRACT
    assert (document["id"], document["recording_id"], document["current"]) == (stored.id, stored.recording.id, True)
    assert document["call"]["agent"] == "王磊"
    said = document["transcript"]["utterances"]
    assert list(said[0]) == ["speaker", "start_ms", "end_ms", "text"]
    assert [one["text"] for one in said] == [line.partition("：")[2] for line in LINES]
    (finding,) = document["findings"]
    assert list(finding) == ["rule_id", "category", "severity", "probability", "evidence", "reason"]
    assert list(document["grade"]) == ["letter", "probability", "reasons", "next_contact_by"]
    assert list(document["memo"]["purchase_time"]) == ["from", "to", "said"]
    assert list(document["memo"])[-1] == "evidence"
    assert document["made_with"] == {"rulebook": "abc", "recogniser": "text", "grader": "rules"}
    InspectionShape.model_validate(document)  # what the OpenAPI promises


def test_every_quote_is_where_its_evidence_says(client: TestClient, inspected: Inspected) -> None:
    document = client.get(f"/v1/inspections/{inspected().id}").json()
    said = document["transcript"]["utterances"]

    def evidence(part: Any) -> list[dict[str, Any]]:
        if isinstance(part, dict) and "quote" in part:
            return [part]
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        return [one for value in inner for one in evidence(value)]

    found = evidence(document)
    assert len(found) == 3
    for one in found:
        assert said[one["utterance"]]["text"][one["start"] : one["end"]] == one["quote"]


def test_the_current_inspection_is_reached_from_its_recording(
    client: TestClient, inspected: Inspected, api_service: Service
) -> None:
    old = inspected()
    with api_service.database.writing() as session:
        new = save_inspection(session, old.recording.id, an_inspection(letter=Letter.F, categories=()))
    document = client.get(f"/v1/recordings/{old.recording.id}/inspection").json()
    assert (document["id"], document["current"]) == (new.id, True)
    assert document["changes"]["grade_before"] == "H"
    assert document["changes"]["grade_after"] == "F"
    assert [one["rule_id"] for one in document["changes"]["findings_gone"]] == ["rule-overpromise"]
    before = client.get(f"/v1/inspections/{old.id}").json()
    assert (before["current"], before["changes"]) == (False, None)
    assert client.get(f"/v1/recordings/{old.recording.id}").json()["inspection_id"] == new.id


def test_what_is_not_inspected_yet_says_its_state(client: TestClient) -> None:
    body = {"turns": [{"speaker": "agent", "text": "您好"}]}
    path = client.post("/v1/conversations", json=body).headers["location"]
    reply = client.get(f"{path}/inspection")
    assert (reply.status_code, reply.json()["code"]) == (404, "not-inspected-yet")
    assert "inspecting" in reply.json()["detail"]
    assert client.get(f"{path}/transcript").json()["utterances"][0]["text"] == "您好"


def test_memo_and_grade_stand_alone_as_in_the_whole(client: TestClient, inspected: Inspected) -> None:
    path = f"/v1/inspections/{inspected().id}"
    whole = client.get(path).json()
    assert client.get(f"{path}/memo").json() == whole["memo"]
    assert client.get(f"{path}/grade").json() == whole["grade"]


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("json", "application/json", '{"utterances":[{"speaker":"agent","start_ms":500'),
        ("srt", "application/x-subrip", "1\n00:00:00,500 --> 00:00:02,200\n客服：您好\n\n2\n00:01:01,000 --> "),
        ("vtt", "text/vtt", "WEBVTT\n\n00:00:00.500 --> 00:00:02.200\n<v 客服>您好</v>\n\n00:01:01.000 --> "),
        ("txt", "text/plain", "[00:00] 客服：您好\n[01:01] 客户："),
    ],
)
def test_a_transcript_comes_in_each_form(client: TestClient, form: str, media_type: str, begins: str) -> None:
    turns = [
        {"speaker": "agent", "text": "您好", "start_ms": 500, "end_ms": 2200},
        {"speaker": "customer", "text": "你好", "start_ms": 61000, "end_ms": 62000},
    ]
    path = client.post("/v1/conversations", json={"turns": turns}).headers["location"]
    by_query = client.get(f"{path}/transcript", params={"format": form})
    by_accept = client.get(f"{path}/transcript", headers={"Accept": media_type})
    assert by_query.headers["content-type"].startswith(media_type)
    assert by_query.text.startswith(begins)
    assert by_accept.text == by_query.text


def test_doubted_words_are_told_in_json_and_left_out_of_subtitles(client: TestClient, api_service: Service) -> None:
    said = a_transcript("客服：您好", "客服：请不吝点赞")
    doubted = said.utterances[1].model_copy(update={"doubt": Doubt.PHANTOM})
    heard = said.model_copy(update={"utterances": (said.utterances[0], doubted), "recogniser": "whisper"})
    with api_service.database.writing() as session:
        recording = add_recording(session, new_recording(), transcript_id=save_transcript(session, heard))
    path = f"/v1/recordings/{recording.id}/transcript"
    assert [one.get("doubt") for one in client.get(path).json()["utterances"]] == [None, "phantom"]
    assert "请不吝点赞" not in client.get(path, params={"format": "vtt"}).text
    assert "请不吝点赞〔疑似识别幻听，不作依据〕" in client.get(path, params={"format": "txt"}).text


def test_the_transcript_of_an_inspection_is_that_of_the_whole(client: TestClient, inspected: Inspected) -> None:
    path = f"/v1/inspections/{inspected().id}"
    assert client.get(f"{path}/transcript").json() == client.get(path).json()["transcript"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json;q=0.2, text/vtt;q=0.9", "text/vtt"),
        ("text/vtt;q=x, text/plain;q=0.1", "text/vtt"),
    ],
)
def test_the_accept_header_decides_by_weight(
    client: TestClient, inspected: Inspected, accept: str, media_type: str
) -> None:
    reply = client.get(f"/v1/inspections/{inspected().id}/transcript", headers={"Accept": accept})
    assert reply.headers["content-type"].startswith(media_type)


def test_a_form_there_is_not_is_refused(client: TestClient, inspected: Inspected) -> None:
    reply = client.get(f"/v1/inspections/{inspected().id}/transcript?format=pdf")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "format")


def test_inspections_are_filtered(client: TestClient, inspected: Inspected) -> None:
    promise = inspected(agent="王磊", store="天河店", started_at="2026-03-12T23:30:00+08:00").id
    clean = inspected(
        an_inspection(letter=Letter.C, categories=()),
        ("客服：您好。", "客户：不急。", "客服：我保证给您全广州最低价。"),
        agent="张三",
        started_at="2026-03-13T09:00:00+08:00",
    ).id
    alert = inspected(
        an_inspection(letter=Letter.F, categories=(Category.DO_NOT_CALL, Category.PESTERING)),
        ("客服：喂。", "客户：别再打了 100% 不要。", "客服：我保证给您全广州最低价。"),
        started_at="2026-04-01T09:00:00+08:00",
    ).id

    def found(**filters: Any) -> list[str]:
        reply = client.get("/v1/inspections", params=filters)
        assert reply.status_code == 200, reply.text
        return [item["id"] for item in reply.json()["items"]]

    assert found() == [alert, clean, promise]
    assert found(flagged="true") == [alert, promise]
    assert found(flagged="false") == [clean]
    assert found(severity="alert") == [alert]
    assert found(severity="major") == [alert, promise]
    assert found(category="overpromise") == [promise]
    assert found(category="pestering", severity="alert") == []
    assert found(grade="C") == [clean]
    assert found(agent="王磊") == found(store="天河店") == [promise]
    assert found(since="2026-03-13") == [alert, clean]
    assert found(until="2026-03-12") == [promise]
    assert found(since="2026-03-12T23:30:00+08:00", until="2026-03-13T09:00:00+08:00") == [promise]
    assert found(text="别再打") == [alert]
    assert found(text="100%") == [alert]
    assert found(text="%") == [alert]
    assert found(text="_") == []
    assert found(agent="nobody") == []


def test_a_line_of_the_list_says_what_matters(client: TestClient, inspected: Inspected) -> None:
    stored = inspected(agent="王磊")
    (line,) = client.get("/v1/inspections").json()["items"]
    assert (line["id"], line["recording_id"]) == (stored.id, stored.recording.id)
    assert (line["flagged"], line["severity"], line["categories"]) == (True, "major", ["overpromise"])
    assert (line["grade"], line["grade_probability"], line["points"]) == ("H", 0.8, 85)
    assert line["call"]["agent"] == "王磊"


def test_older_inspections_are_listed_on_request(
    client: TestClient, inspected: Inspected, api_service: Service
) -> None:
    old = inspected()
    with api_service.database.writing() as session:
        new = save_inspection(session, old.recording.id, an_inspection())
    assert [one["id"] for one in client.get("/v1/inspections").json()["items"]] == [new.id]
    both = client.get("/v1/inspections", params={"current": "false", "recording_id": old.recording.id}).json()
    assert [(one["id"], one["current"]) for one in both["items"]] == [(new.id, True), (old.id, False)]


def test_pages_of_inspections_neither_repeat_nor_skip(client: TestClient, inspected: Inspected) -> None:
    ids = [inspected(external_id=str(number)).id for number in range(5)]
    first = client.get("/v1/inspections", params={"limit": 2}).json()
    inspected(external_id="later")
    second = client.get("/v1/inspections", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    third = client.get("/v1/inspections", params={"limit": 2, "cursor": second["next_cursor"]}).json()
    assert [one["id"] for page in (first, second, third) for one in page["items"]] == ids[::-1]
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    ["flagged=perhaps", "severity=awful", "category=x", "grade=D", "text=", "text=%00", "since=1", "until=x",
     "limit=1000", "flaged=true", "current="],
)  # fmt: skip
def test_a_bad_filter_is_refused_by_name(client: TestClient, query: str) -> None:
    reply = client.get(f"/v1/inspections?{query}")
    assert (reply.status_code, reply.json()["code"]) == (422, "bad-parameter")
    assert {error["field"] for error in reply.json()["errors"]} == {query.partition("=")[0]}
