from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Client
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from api.app import create_app
from api.edge import BrokenReply
from api.problems import Problem
from qc.rulebook import SHIPPED
from qc.store.keys import create_key
from qc.store.settings import Settings

SAID = "我想看看凯美瑞"


def test_what_the_framework_refuses_is_a_problem_document_too(client: TestClient) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nothing", 404, "no-such-path"),
        ("GET", "/v1/recordings/", 404, "no-such-path"),
        ("PATCH", "/v1/recordings", 405, "method-not-allowed"),
        ("DELETE", "/v1/rulebook", 405, "method-not-allowed"),
    ):
        reply = client.request(method, path, follow_redirects=False)
        assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
        document = Problem.model_validate(reply.json())
        assert (document.status, document.code, document.type) == (status, code, f"urn:problem:{code}")
        assert ("allow" in reply.headers) == (status == 405)


def test_a_mistake_of_ours_tells_nothing_of_the_inside(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError(SAID)

    reply = TestClient(app).get("/broken")
    assert (reply.status_code, reply.headers["content-type"]) == (500, "application/problem+json")
    assert reply.json()["code"] == "internal-error"
    assert SAID not in reply.text
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert f"{reply.json()['request_id']} failed" in caplog.text
    assert "in broken" in caplog.text
    assert "RuntimeError" in caplog.text
    assert SAID not in caplog.text


def test_a_reply_that_breaks_off_is_logged_without_what_it_says(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    def lines() -> Iterator[str]:
        yield SAID
        raise RuntimeError(SAID)

    @app.get("/broken")
    def broken() -> StreamingResponse:
        return StreamingResponse(lines())

    with pytest.raises(BrokenReply) as caught:
        TestClient(app).get("/broken")
    assert "RuntimeError" in caplog.text
    assert SAID not in caplog.text
    assert SAID not in "".join(traceback.format_exception(caught.value))


def test_a_request_id_of_the_callers_is_kept(client: TestClient) -> None:
    reply = client.get("/v1/recordings/rec_x", headers={"X-Request-Id": "crm-7.1_a"})
    assert reply.headers["x-request-id"] == reply.json()["request_id"] == "crm-7.1_a"


@pytest.mark.parametrize("asked", ["", "a b", "x" * 129, 'a"b', "é"])
def test_an_unsafe_request_id_is_replaced(client: TestClient, asked: str) -> None:
    given = client.get("/healthz", headers={"X-Request-Id": asked.encode()}).headers["x-request-id"]
    assert given != asked
    assert given.isalnum()


def test_without_any_rulebook_the_service_says_so(settings: Settings, tmp_path: Path) -> None:
    app = create_app(settings.model_copy(update={"lexicons": tmp_path / "none"}))
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["read"])
    client = TestClient(app, headers={"X-API-Key": secret})
    reply = client.get("/v1/rulebook")
    assert (reply.status_code, reply.json()["code"]) == (503, "no-rulebook")


def test_replies_about_calls_are_not_cached(client: TestClient) -> None:
    reply = client.get("/v1/recordings")
    assert (reply.headers["cache-control"], reply.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_the_rulebook_says_what_is_listened_for(client_with: Client) -> None:
    book = client_with("read").get("/v1/rulebook").json()
    assert len(book["version"]) == 12
    assert {"category", "id", "severity", "status", "title", "why"} == set(book["rules"][0])
    assert "overpromise" in {rule["category"] for rule in book["rules"]}


def test_a_changed_lexicon_shows_at_once(settings: Settings, tmp_path: Path) -> None:
    lexicons = Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))
    app = create_app(settings.model_copy(update={"lexicons": lexicons}))
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["read"])
    client = TestClient(app, headers={"X-API-Key": secret})
    before = client.get("/v1/rulebook").json()["version"]
    assert client.get("/v1/rulebook").json()["version"] == before
    needs = lexicons / "needs.yaml"
    needs.write_text(needs.read_text("utf-8") + "# another line\n", "utf-8")
    assert client.get("/v1/rulebook").json()["version"] != before
