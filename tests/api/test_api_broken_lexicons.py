"""A lexicon is broken while the API runs: the last good rulebook stays in force, and everybody is told."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from qc.rulebook import SHIPPED
from qc.store.keys import create_key
from qc.store.settings import Settings


@pytest.fixture
def lexicons(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))


def a_client(settings: Settings, lexicons: Path) -> TestClient:
    app = create_app(settings.model_copy(update={"lexicons": lexicons}))
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["read"])
    return TestClient(app, headers={"X-API-Key": secret})


def test_a_file_broken_while_the_api_runs_changes_nothing_but_the_warning(
    settings: Settings, lexicons: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = a_client(settings, lexicons)
    before = client.get("/v1/rulebook").json()
    assert before["mistakes"] == []
    abuse = lexicons / "phrases" / "abuse.yaml"
    whole = abuse.read_text("utf-8")
    abuse.write_text(whole.replace("  severity: critical", "\tseverity: critical", 1), "utf-8")
    with caplog.at_level(logging.ERROR):
        broken = [client.get("/v1/rulebook").json() for _ in range(3)]
    assert [book["version"] for book in broken] == [before["version"]] * 3
    assert [book["rules"] == before["rules"] for book in broken] == [True] * 3
    (mistake,) = broken[0]["mistakes"]
    assert mistake["where"].startswith("abuse.yaml:")
    assert "Tab" in mistake["way_out"]
    assert [record.levelname for record in caplog.records if "abuse.yaml" in record.message] == ["ERROR"]
    abuse.write_text(whole, "utf-8")
    assert client.get("/v1/rulebook").json() == before


def test_readiness_warns_and_stays_ready(settings: Settings, lexicons: Path) -> None:
    client = a_client(settings, lexicons)
    client.get("/v1/rulebook")
    (lexicons / "conduct.yaml").unlink()
    client.get("/v1/rulebook")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["warnings"]) == (200, ["rulebook-broken"])


def test_an_api_started_on_broken_lexicons_uses_the_last_good_ones(settings: Settings, lexicons: Path) -> None:
    version = a_client(settings, lexicons).get("/v1/rulebook").json()["version"]
    (lexicons / "phrases" / "_guards.yaml").write_text("negation: [", "utf-8")
    restarted = a_client(settings, lexicons).get("/v1/rulebook").json()
    assert restarted["version"] == version
    assert restarted["mistakes"][0]["where"] == "_guards.yaml"
