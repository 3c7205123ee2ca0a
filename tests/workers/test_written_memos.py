"""The writer's own jobs: asked once an inspection is kept, and no other job waits or fails because of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from builders import a_transcript
from starlette.testclient import TestClient
from writer_server import WriterServer, completion, reply, stall, writer_server

from api.app import create_app
from qc.errors import BadSettings
from qc.ingest import RecordingDetails, Service, accept_conversation
from qc.inspecting import LiveJudge
from qc.memo_writing import write_about
from qc.store.keys import create_key
from qc.store.recordings import get_recording
from qc.store.settings import Settings
from qc.turns import Turn
from qc.writer import Answer, Writer, make_writer
from workers.jobs import Workplace, equip, inspect, write
from workers.main import run

LINES = ("客服：您好，您预算多少？", "客户：最多十八万，想要白色的迈腾，我太太也要看看。")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> LiveJudge:
    return LiveJudge(Settings(data_dir=tmp_path_factory.mktemp("judge"), _env_file=None))


@pytest.fixture(scope="module")
def server() -> Iterator[WriterServer]:
    with writer_server() as server:
        yield server


@pytest.fixture
def with_writer(settings: Settings, server: WriterServer) -> Settings:
    return settings.model_copy(update={"writer_url": server.url, "writer_model": "m-1", "writer_timeout_s": 0.5})


def a_chat_of(service: Service, **known: str) -> str:
    turns = [Turn(speaker=said.speaker, text=said.text) for said in a_transcript(*LINES).utterances]
    return accept_conversation(service, turns, RecordingDetails.model_validate({"brand": "大众", **known})).recording.id


def inspected(service: Service, settings: Settings, judge: LiveJudge) -> str:
    chat = a_chat_of(service)
    equip(Workplace(replace(service, settings=settings), judge, writer=make_writer(settings)))
    inspect(chat)
    write(chat)
    return chat


def state(service: Service, chat: str) -> str:
    with service.database.reading() as session:
        return get_recording(session, chat).state


@pytest.fixture
def reader(service: Service, settings: Settings) -> TestClient:
    with service.database.writing() as session:
        _, secret = create_key(session, "test", ("read",))
    return TestClient(create_app(settings), headers={"Authorization": f"Bearer {secret}"})


def test_what_the_writer_proposes_is_shown_apart(
    service: Service, with_writer: Settings, server: WriterServer, judge: LiveJudge, reader: TestClient
) -> None:
    server.says(
        {
            "summary": "客户想买飞机。",
            "proposals": [
                {"field": "concerns", "value": "太太也要看", "quote": "我太太也要看看"},
                {"field": "payment", "value": "全款", "quote": "全款付清"},
            ],
        }
    )
    chat = inspected(service, with_writer, judge)
    assert state(service, chat) == "done"
    memo = reader.get(f"/v1/recordings/{chat}/memo").json()
    assert memo["writing"]["model"] == "m-1"
    assert memo["writing"]["dropped"] == [
        {"reason": "summary-unsupported", "field": "summary"},
        {"reason": "no-quote", "field": "payment"},
    ]
    (proposal,) = memo["writing"]["proposals"]
    assert proposal["value"] == "太太也要看"
    assert "太太也要看" not in (memo["fields"]["concerns"]["value"] or [])
    assert "太太也要看" not in memo["text"]["summary"]
    metrics = reader.get("/metrics").text
    assert 'qc_writer_answers{outcome="written"} 1.0' in metrics
    assert 'qc_writer_claims{fate="dropped"} 2.0' in metrics


@pytest.mark.parametrize(("outcome", "status"), [("failed", 500), ("refused", 429), ("timed-out", 0)])
def test_no_call_waits_or_fails_because_of_the_writer(
    service: Service,
    with_writer: Settings,
    server: WriterServer,
    judge: LiveJudge,
    reader: TestClient,
    outcome: str,
    status: int,
) -> None:
    server.answer = stall(2) if status == 0 else lambda handler: reply(handler, b"", status)
    chat = inspected(service, with_writer, judge)
    assert state(service, chat) == "done"
    memo = reader.get(f"/v1/recordings/{chat}/memo").json()
    assert (memo["writing"]["outcome"], memo["writing"]["summary"]) == (outcome, None)
    assert memo["text"]["summary"]


def test_what_was_written_stays_when_the_writer_fails_later(
    service: Service, with_writer: Settings, server: WriterServer, judge: LiveJudge, reader: TestClient
) -> None:
    server.says({"summary": "", "proposals": []})
    chat = inspected(service, with_writer, judge)
    server.answer = lambda handler: reply(handler, b"", 500)
    writer = make_writer(with_writer)
    assert writer is not None
    failed = write_about(service.database, chat, writer, judge.current().rulebook)
    assert failed is not None
    assert failed.outcome == "failed"
    assert reader.get(f"/v1/recordings/{chat}/memo").json()["writing"]["outcome"] == "written"


def test_reports_wait_for_one_time_out_and_no_more(
    service: Service, with_writer: Settings, server: WriterServer, judge: LiveJudge, reader: TestClient
) -> None:
    server.asked.clear()
    server.answer = stall(2)
    equip(Workplace(service, judge, writer=make_writer(with_writer)))
    chats = [a_chat_of(service) for _ in range(4)]
    for chat in chats:
        inspect(chat)
        write(chat)
    assert [state(service, chat) for chat in chats] == ["done"] * 4
    assert len(server.asked) == 1
    metrics = reader.get("/metrics").text
    assert 'qc_writer_answers{outcome="timed-out"} 1.0' in metrics
    assert 'qc_writer_answers{outcome="paused"} 3.0' in metrics
    assert reader.get(f"/v1/recordings/{chats[-1]}/memo").json()["writing"]["outcome"] == "paused"


def test_the_report_is_there_and_told_of_before_the_writer_is_asked(
    service: Service, with_writer: Settings, server: WriterServer, judge: LiveJudge, reader: TestClient
) -> None:
    seen: list[tuple[str, str, int]] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        report = reader.get(f"/v1/recordings/{chat}/memo").json()
        seen.append((state(service, chat), report["text"]["summary"], len(reader.get("/v1/grades").json()["items"])))
        reply(handler, b"", 500)

    server.answer = look
    chat = a_chat_of(service, lead="XS-1")
    equip(Workplace(service, judge, writer=make_writer(with_writer)))
    inspect(chat)
    write(chat)
    ((when_asked, summary, changes),) = seen
    assert when_asked == "done"
    assert "迈腾" in summary
    assert changes == 1


def test_after_a_failed_inspection_the_writer_is_not_asked(
    service: Service,
    with_writer: Settings,
    server: WriterServer,
    judge: LiveJudge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.asked.clear()
    monkeypatch.setattr("qc.inspecting.inspect_call", lambda *_: 1 / 0)
    chat = inspected(service, with_writer, judge)
    assert state(service, chat) == "failed"
    assert server.asked == []
    assert service.queues.depths()["writing"] == 0


@pytest.mark.usefixtures("own_signals")
def test_no_call_waits_while_a_slow_writer_is_asked(
    service: Service, with_writer: Settings, server: WriterServer, reader: TestClient
) -> None:
    waiting, answering = threading.Event(), threading.Event()

    def answer_slowly(handler: BaseHTTPRequestHandler) -> None:
        waiting.set()
        answering.wait(20)
        reply(handler, completion('{"summary": "", "proposals": []}'))

    server.answer = answer_slowly
    server.asked.clear()
    patient = with_writer.model_copy(update={"writer_timeout_s": 30})
    first = a_chat_of(service)
    run("general", patient, burst=True)
    assert (state(service, first), server.asked) == ("done", [])
    command = [sys.executable, "-m", "workers.main", "writing", "--burst"]
    with subprocess.Popen(command, env=os.environ | environment(patient)) as writing:
        assert waiting.wait(60)
        later = [a_chat_of(service, agent=agent) for agent in ("李娜", "赵敏")]
        run("general", patient, burst=True)
        assert [state(service, chat) for chat in later] == ["done", "done"]
        assert len(server.asked) == 1
        answering.set()
        assert writing.wait(60) == 0
    assert len(server.asked) == 3
    for chat in (first, *later):
        assert reader.get(f"/v1/recordings/{chat}/memo").json()["writing"]["outcome"] == "written"


def environment(settings: Settings) -> dict[str, str]:
    return {
        "QC_DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis,
        "QC_WRITER_URL": settings.writer_url,
        "QC_WRITER_MODEL": settings.writer_model,
        "QC_WRITER_TIMEOUT_S": str(settings.writer_timeout_s),
    }


def test_a_writing_worker_needs_a_writer(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="QC_WRITER_URL"):
        run("writing", settings, burst=True)


class BrokenWriter(Writer):
    """One with a mistake of our own in it."""

    def ask(self, messages: Sequence[Mapping[str, str]], hidden: Mapping[str, str]) -> Answer:
        raise ZeroDivisionError(messages, hidden)


def test_a_mistake_of_ours_leaves_the_call_done(service: Service, settings: Settings, judge: LiveJudge) -> None:
    chat = a_chat_of(service)
    broken = BrokenWriter(url="", model="m", key="", timeout_s=1, masks=True)
    equip(Workplace(service, judge, writer=broken))
    inspect(chat)
    write(chat)
    assert state(service, chat) == "done"
