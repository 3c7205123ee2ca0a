from __future__ import annotations

import multiprocessing
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import Client
from sqlalchemy import update
from starlette.testclient import TestClient

from api import previews
from qc.errors import BadInput
from qc.ingest import Service
from qc.rulebook import SHIPPED
from qc.store.tables import TranscriptRow
from qc.stored_preview import MEMORY_BYTES, BrokenTrial, Trial, _answer, preview_in_time

FILE = "overpromise.yaml"
PRESENT = (SHIPPED / "phrases" / FILE).read_text("utf-8")
CHANGED = PRESENT.replace("- id: free-for-life", "- id: free-for-ever", 1).replace(
    "  say:\n", "  say:\n    - '打[^\\n]{1,14}终身免费保'\n", 1
)
PROMISE = "打13812345678终身免费保养，我保证。"


@pytest.fixture
def reviewer(client_with: Client) -> TestClient:
    return client_with("ingest", "read", "review")


def stored(client: TestClient, *texts: str, store: str = "天河店") -> str:
    turns = [{"speaker": "agent", "text": text} for text in texts]
    reply = client.post("/v1/conversations", json={"turns": turns, "metadata": {"store": store}})
    return str(reply.json()["id"])


def tried(client: TestClient, **changed: Any) -> Any:
    return client.post("/v1/rulebook/preview", json={"file": FILE, "content": CHANGED} | changed)


def test_a_changed_file_is_tried_on_stored_calls(reviewer: TestClient) -> None:
    stored(reviewer, "您好。", "再见。")
    call = stored(reviewer, "您好。", PROMISE)
    stored(reviewer, PROMISE, store="番禺店")
    reply = tried(reviewer, store="天河店")
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert (told["looked_at"], told["complete"], told["changed"]) == (2, True, 1)
    assert told["rules"] == [
        {"rule_id": "free-for-ever", "new": 1, "gone": 0},
        {"rule_id": "free-for-life", "new": 0, "gone": 1},
    ]
    (changed,) = told["calls"]
    assert changed["recording_id"] == call
    assert [(one["rule_id"], one["utterance"], one["quotes"]) for one in changed["new"] + changed["gone"]] == [
        ("free-for-ever", 1, ["打尾号5678终身免费保"]),
        ("free-for-life", 1, ["终身免费保"]),
    ]
    assert "free-for-ever" not in reviewer.get("/v1/rulebook").text


def test_what_cannot_be_tried_is_refused(reviewer: TestClient, client_with: Client) -> None:
    broken = tried(reviewer, content=CHANGED.replace("say:", "says:", 1))
    assert (broken.status_code, broken.json()["code"]) == (422, "bad-lexicon")
    assert "overpromise.yaml:free-for-ever" in broken.json()["detail"]
    missing = tried(reviewer, file="no-such.yaml")
    assert (missing.status_code, missing.json()["code"]) == (404, "no-such-file")
    assert tried(reviewer, file="../grading.yaml").status_code == 422
    assert tried(reviewer, calls=1001).status_code == 422
    assert tried(reviewer, since="0001-01-01T00:00:00+08:00").status_code == 422
    assert tried(client_with("read")).status_code == 403


def test_one_file_is_tried_at_a_time(reviewer: TestClient) -> None:
    with previews._BUSY:
        reply = tried(reviewer)
    assert (reply.status_code, reply.json()["code"]) == (503, "preview-busy")


def test_a_trial_ends_when_its_time_is_over(api_service: Service) -> None:
    with pytest.raises(BadInput) as caught:
        preview_in_time(api_service.settings, Trial(file=FILE, content=PRESENT), limit_s=0.2)
    assert caught.value.code == "too-slow"
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("memory_bytes", [1, 2 * 1024**2])
def test_a_trial_takes_no_more_memory_than_it_may(
    api_service: Service, memory_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_away = tmp_path / "put-away"
    put_away.mkdir()
    monkeypatch.setenv("TMPDIR", str(put_away))
    with pytest.raises(BadInput) as caught:
        preview_in_time(api_service.settings, Trial(file=FILE, content=PRESENT), memory_bytes=memory_bytes)
    assert caught.value.code == "too-large"
    assert multiprocessing.active_children() == []
    assert list(put_away.iterdir()) == []


def test_a_trial_ends_though_nobody_waits_for_it(api_service: Service) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    trial = Trial(file=FILE, content=PRESENT)
    child = context.Process(target=_answer, args=(theirs, api_service.settings, trial, 20.0, 0.1, MEMORY_BYTES))
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGALRM
    ours.close()


def test_what_nobody_foresaw_is_told_without_a_calls_words(
    reviewer: TestClient,
    api_service: Service,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    stored(reviewer, PROMISE)
    with api_service.database.writing() as session:
        session.execute(update(TranscriptRow).values(content={"utterances": PROMISE}))
    with pytest.raises(BrokenTrial):
        preview_in_time(api_service.settings, Trial(file=FILE, content=PRESENT))
    assert "get_transcript" in caplog.text
    assert PROMISE not in caplog.text + capfd.readouterr().err
