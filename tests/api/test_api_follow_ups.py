from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_call, a_transcript
from conftest import Client
from fastapi import FastAPI
from icalendar import Calendar
from servers import new_postgres_database
from starlette.testclient import TestClient

from api import calendars, first_contacts, follow_ups
from api.app import create_app
from qc.follow_up import Planner
from qc.grade import RuleGrader
from qc.ingest import RecordingDetails, Service, accept_conversation
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.store.follow_ups import plan_stale
from qc.store.keys import create_key
from qc.store.lead_grades import keep_inspection
from qc.store.settings import Settings
from qc.turns import Turn

SHANGHAI = ZoneInfo("Asia/Shanghai")
LEAD: dict[str, Any] = {
    "external_id": "XS-1",
    "at": "2026-03-12T10:00:00+08:00",
    "store": "天河店",
    "consultant": "王磊",
    "customer": "李女士 13800138000",
}
LINES = (
    "客服：这周六能来店里看看凯美瑞吗？",
    "客户：行，周六下午三点到。",
    "客户：预算二十万，这周就想定，我电话幺三八零零幺三八零零零。",
    "客户：上午别打，我在上课。",
)


class Clock:
    """What the routes take for now."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 12, 10, 1, tzinfo=SHANGHAI)

    def __call__(self) -> datetime:
        return self.at

    def set(self, text: str) -> None:
        self.at = datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (calendars, first_contacts, follow_ups):
        monkeypatch.setattr(module, "now", clock)
    return clock


@pytest.fixture(params=["sqlite", "postgresql"])
def service_of(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Service]:
    """The service of an API over either database."""
    if request.param == "postgresql":
        url = new_postgres_database(
            request.getfixturevalue("postgres_url"), request.getfixturevalue("migrated_postgres")
        )
        settings = settings.model_copy(update={"database_url": url})
    request.node.app = create_app(settings)
    service: Service = request.node.app.state.service
    yield service
    service.database.close()


@pytest.fixture
def admin(request: pytest.FixtureRequest, service_of: Service) -> TestClient:
    with service_of.database.writing() as session:
        _, secret = create_key(session, "test", ["admin"])
    return TestClient(request.node.app, headers={"X-API-Key": secret}, raise_server_exceptions=False)


@pytest.fixture
def planned(service_of: Service, rulebook: Rulebook) -> Callable[[], int]:
    """Plans as the general worker does."""
    return lambda: plan_stale(service_of.database, Planner.by(rulebook, SHANGHAI))


@pytest.fixture
def called(service_of: Service, rulebook: Rulebook) -> Callable[..., str]:
    def call(*lines: str, time: str = "2026-03-12T10:15:00+08:00") -> str:
        transcript, grader = a_transcript(*lines), RuleGrader(rulebook.grading)
        turns = [Turn(speaker=said.speaker, text=said.text) for said in transcript.utterances]
        known = RecordingDetails.model_validate({"lead": "XS-1", "started_at": time, "brand": "丰田"})
        recording = accept_conversation(service_of, turns, known).recording
        with service_of.database.writing() as session:
            inspection = inspect_call(a_call(time, brand="丰田"), transcript, rulebook, grader)
            keep_inspection(session, recording.id, inspection, grader)
        return recording.id

    return call


def kinds(client: TestClient, **query: str) -> list[tuple[str, str]]:
    reply = client.get("/v1/follow-ups", params=query)
    assert reply.status_code == 200
    return [(one["kind"], one["state"]) for one in reply.json()["items"]]


def test_what_there_is_to_do_follows_the_lead(
    admin: TestClient, clock: Clock, planned: Callable[[], int], called: Callable[..., str]
) -> None:
    lead = admin.post("/v1/leads", json=LEAD).json()
    assert kinds(admin) == []
    assert planned() == 1
    assert kinds(admin, consultant="王磊", store="天河店") == [("first", "due")]
    recording = called(*LINES)
    planned()
    assert kinds(admin) == [("confirm", "upcoming"), ("visit", "upcoming"), ("after", "upcoming")]
    assert kinds(admin, consultant="李娜") == []
    confirm = admin.get("/v1/follow-ups?limit=1").json()["items"][0]
    assert (confirm["at"], confirm["by"]) == ("2026-03-13T15:00:00+08:00", "2026-03-13T18:00:00+08:00")
    assert confirm["links"] == {"lead": lead["links"]["self"]}
    told = {one["text"]: one["evidence"] for one in confirm["reasons"]}
    (quote,) = told["客户说“上午别打”，避开08:00–12:00"]
    assert (quote["recording_id"], quote["utterance"], quote["quote"]) == (recording, 3, "上午别打")
    clock.set("2026-03-14T09:30:00")
    assert kinds(admin, state="overdue") == [("confirm", "overdue")]
    assert kinds(admin, state="due") == [("visit", "due")]
    assert kinds(admin, state="upcoming") == [("after", "upcoming")]
    first = admin.get("/v1/follow-ups?limit=2").json()
    rest = admin.get("/v1/follow-ups", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["kind"] for one in (*first["items"], *rest["items"])] == ["confirm", "visit", "after"]
    assert rest["next_cursor"] is None


def test_a_lost_lead_is_called_back_with_the_ten_questions(
    admin: TestClient, clock: Clock, planned: Callable[[], int], called: Callable[..., str]
) -> None:
    admin.post("/v1/leads", json=LEAD)
    called(*LINES)
    lost = {"lead": "XS-1", "kind": "lost", "at": "2026-03-16T10:00:00+08:00", "reason": "去了别家"}
    admin.post("/v1/outcomes", json=lost)
    planned()
    assert (kinds(admin), admin.get("/v1/callbacks").json()["items"]) == ([], [])
    clock.set("2026-03-17T09:00:00")
    (one,) = admin.get("/v1/callbacks", params={"kind": "lost"}).json()["items"]
    assert (one["grade"], one["since"]) == ("F", "2026-03-17T09:00:00+08:00")
    assert one["reasons"][0]["text"] == "CRM 报告战败：去了别家"
    assert len(one["answers"]) == 10
    assert [(answer["id"], answer["value"]) for answer in one["answers"] if answer["source"] == "crm"] == [
        ("why-not-here", "去了别家")
    ]
    assert admin.get("/v1/callbacks?kind=stalled").json()["items"] == []
    visit = (
        "客服：您好，我是客服，做个回访，接待您的顾问您还记得吗？",
        "客户：记得，姓王。",
        "客服：您车买了没有？",
        "客户：买了。",
    )
    called(*visit, "客服：买的什么品牌？", "客户：买的比亚迪汉。", time="2026-03-17T10:00:00+08:00")
    planned()
    clock.set("2026-03-18T10:00:00")
    assert admin.get("/v1/callbacks").json()["items"] == []


def test_how_soon_a_new_lead_is_called(
    admin: TestClient, clock: Clock, planned: Callable[[], int], called: Callable[..., str]
) -> None:
    admin.post("/v1/leads", json=LEAD)
    planned()
    (one,) = admin.get("/v1/first-contacts").json()["items"]
    assert (one["call_minutes"], one["call_late"], one["reassign"]) == (1, False, None)
    clock.set("2026-03-12T10:31:00")
    (one,) = admin.get("/v1/first-contacts", params={"late": True, "since": "2026-03-12"}).json()["items"]
    assert one["reassign"] == "线索 03-12 10:00 建立，已过 31 个工作分钟（限 5 分钟）还没有首次通话，建议改派"
    assert admin.get(one["links"]["consultants"]).status_code == 200
    called(*LINES)
    (one,) = admin.get("/v1/first-contacts", params={"consultant": "王磊"}).json()["items"]
    assert (one["call_minutes"], one["call_late"], one["reassign"]) == (15, True, None)
    assert admin.get("/v1/first-contacts?late=false").json()["items"] == []
    assert admin.get("/v1/first-contacts?until=2026-03-11").json()["items"] == []
    summary = admin.get("/v1/first-contacts/summary?by=store").json()
    (store,) = summary["items"]
    assert (store["name"], store["leads"], store["late"], store["median_minutes"]) == ("天河店", 1, 1, 15)
    assert admin.get("/v1/first-contacts/summary?until=2026-03-11").json()["items"] == []
    assert admin.get("/v1/first-contacts/summary?since=2025-03-11&until=2026-03-11").status_code == 200
    refused = admin.get("/v1/first-contacts/summary?since=2024-03-11&until=2026-03-11")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-parameter")
    assert refused.json()["errors"] == [
        {
            "place": "query",
            "field": "since",
            "message": "the period has 731 days, more than 366; ask for less at a time",
            "code": "period_too_long",
        }
    ]


def test_a_calendar_opens_in_a_phone(
    admin: TestClient, clock: Clock, planned: Callable[[], int], called: Callable[..., str]
) -> None:
    admin.post("/v1/leads", json=LEAD)
    called(*LINES)
    planned()
    made = admin.post("/v1/calendars", json={"consultant": "王磊"})
    assert made.status_code == 201
    anyone = TestClient(admin.app, raise_server_exceptions=False)
    reply = anyone.get(made.json()["path"])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert reply.headers["cache-control"] == "private, no-cache"
    content = reply.content
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(content)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    events = {str(one["uid"]): one for one in calendar.walk("VEVENT")}
    assert len(events) == 3
    confirm = next(one for uid, one in events.items() if uid.endswith("-confirm@car-call-qc"))
    assert confirm.decoded("dtstart") == datetime(2026, 3, 13, 15, tzinfo=SHANGHAI)
    assert confirm["dtstart"].params["tzid"] == "Asia/Shanghai"
    assert str(confirm["summary"]).startswith("确认约定·H 级 李女士 尾号8000：")
    assert "上午别打" in str(confirm["description"])
    (alarm,) = confirm.walk("VALARM")
    assert (str(alarm["action"]), alarm.decoded("trigger").total_seconds()) == ("DISPLAY", -600)
    text = content.replace(b"\r\n ", b"").decode()
    assert "13800138000" not in text
    assert "零零幺三八零零零" not in text

    known = {"If-None-Match": reply.headers["etag"]}
    again = anyone.get(made.json()["path"], headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", reply.headers["etag"])
    admin.post("/v1/outcomes", json={"lead": "XS-1", "kind": "visited", "at": "2026-03-14T15:00:00+08:00"})
    planned()
    changed = anyone.get(made.json()["path"], headers=known)
    assert changed.status_code == 200
    left = {str(one["uid"]) for one in Calendar.from_ical(changed.content).walk("VEVENT")}
    assert left == {uid for uid in events if "-after@" not in uid}


def test_a_calendars_address_can_be_changed_and_revoked(admin: TestClient) -> None:
    anyone = TestClient(admin.app, raise_server_exceptions=False)
    made = admin.post("/v1/calendars", json={"consultant": "王磊"}).json()
    new = admin.post(f"/v1/calendars/{made['id']}/rotate").json()
    assert [anyone.get(one["path"]).status_code for one in (made, new)] == [404, 200]
    assert admin.delete(f"/v1/calendars/{new['id']}").status_code == 204
    gone = anyone.get(new["path"])
    assert (gone.status_code, gone.json()["code"]) == (404, "no-such-calendar")
    listed = admin.get("/v1/calendars", params={"consultant": "王磊"}).json()["items"]
    assert [(one["id"], one["revoked_at"] is None) for one in listed] == [(made["id"], False), (new["id"], False)]
    assert all("path" not in one for one in listed)
    assert admin.delete("/v1/calendars/cal_none").status_code == 404
    assert anyone.get("/v1/calendars/nonsense.ics").status_code == 404
    assert anyone.get("/v1/calendars/a%20b.ics").status_code == 404


def test_scopes_of_following_up(client_with: Client, app: FastAPI) -> None:
    reader, sender = client_with("read"), client_with("ingest")
    for path in ("follow-ups", "callbacks", "first-contacts", "first-contacts/summary"):
        assert reader.get(f"/v1/{path}").status_code == 200
        assert sender.get(f"/v1/{path}").status_code == 403
        assert reader.get(f"/v1/{path}?typo=1").status_code == 422
    assert reader.post("/v1/calendars", json={"consultant": "王磊"}).status_code == 403
    assert reader.get("/v1/calendars").status_code == 403
