"""No accepted recording is lost, whatever is killed at whatever moment: after a restart everything gets done."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from servers import QueueServer, new_postgres_database, queue_server
from spoken import spoken_wav

from qc.domain import Speaker
from qc.ingest import RecordingDetails, accept_conversation, accept_recording, open_service
from qc.store.inspections import current_inspection
from qc.store.recordings import get_recording
from qc.store.records import StoredInspection, StoredRecording
from qc.store.settings import Settings
from qc.turns import Turn

pytestmark = pytest.mark.services

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"


class Installation:
    """A service on this machine whose parts can be killed one by one."""

    def __init__(self, folder: Path, server: QueueServer, **more: str) -> None:
        self.server = server
        own = {"QC_DATA_DIR": str(folder), "REDIS_URL": server.url, "QC_LEASE_S": "1.5"} | more
        self.environment = os.environ | own
        fields = {name.lower().removeprefix("qc_"): value for name, value in own.items()}
        self.service = open_service(Settings(_env_file=None, **fields))  # type: ignore[arg-type] # text, as from outside
        self.service.database.migrate()
        self.processes: list[subprocess.Popen[bytes]] = []
        self._loudness = count(0.3, 0.02)  # another one is another recording

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, *command], env=self.environment)
        self.processes.append(process)
        return process

    def general(self) -> subprocess.Popen[bytes]:
        return self.start("-m", "workers.main", "general")

    def speech(self, seconds: float) -> subprocess.Popen[bytes]:
        """A speech worker that takes so long for a call."""
        return self.start(str(HERE / "scripted_worker.py"), str(seconds))

    def add(self, content: bytes | None = None) -> str:
        file = io.BytesIO(content or spoken_wav(loudness=next(self._loudness)))
        return accept_recording(self.service, file, None, RecordingDetails()).recording.id

    def chat(self) -> str:
        turns = [Turn(speaker=Speaker.CUSTOMER, text="我想看看凯美瑞")]
        return accept_conversation(self.service, turns, RecordingDetails()).recording.id

    def look(self, recording_id: str) -> StoredRecording:
        with self.service.database.reading() as session:
            return get_recording(session, recording_id)

    def inspection(self, recording_id: str) -> StoredInspection | None:
        with self.service.database.reading() as session:
            return current_inspection(session, recording_id)

    def wait(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "it did not come to that in time"
            time.sleep(0.05)

    def wait_until_transcribing(self, recording_id: str) -> None:
        self.wait(lambda: self.look(recording_id).state == "transcribing")

    def wait_until_done(self, *recording_ids: str) -> None:
        self.wait(lambda: all(self.look(each).state in {"done", "failed"} for each in recording_ids))
        assert {(self.look(each).state, self.look(each).error_detail) for each in recording_ids} == {("done", None)}
        assert all(self.inspection(each) for each in recording_ids)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.service.database.close()
        self.service.queues.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with queue_server() as server:
        installation = Installation(tmp_path, server)
        yield installation
        installation.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_the_speech_worker_is_killed_in_the_middle_of_a_call(installation: Installation) -> None:
    installation.general()
    speech = installation.speech(30)
    first, second = installation.add(), installation.add()
    installation.wait_until_transcribing(first)
    kill(speech)
    third = installation.add()
    installation.speech(0.2)
    installation.wait_until_done(first, second, third)


def test_the_general_worker_is_killed_and_the_queue_forgets(installation: Installation) -> None:
    general = installation.general()
    chat = installation.chat()
    installation.wait_until_done(chat)
    kill(general)
    installation.speech(0.2)
    left = [installation.chat(), installation.add()]
    installation.wait(lambda: installation.look(left[1]).state == "inspecting")
    installation.server.forget()
    installation.general()
    installation.wait_until_done(*left)


def test_the_queue_server_is_killed_in_the_middle_of_a_call(installation: Installation) -> None:
    workers = [installation.general(), installation.speech(2)]
    first = installation.add()
    installation.wait_until_transcribing(first)
    installation.server.kill()
    meanwhile = [installation.add(), installation.chat()]
    assert installation.look(meanwhile[0]).state == "received"
    time.sleep(1)
    installation.server.start()
    installation.wait_until_done(first, *meanwhile)
    assert [worker.poll() for worker in workers] == [None, None]


def test_everything_is_killed_at_once(installation: Installation) -> None:
    parts = [installation.general(), installation.speech(30)]
    accepted = [installation.add(), installation.add(), installation.chat()]
    installation.wait_until_transcribing(accepted[0])
    for part in parts:
        kill(part)
    installation.server.kill()
    for path in installation.server.folder.glob("appendonlydir/*"):
        path.unlink()
    installation.server.start()
    installation.general()
    installation.speech(0.2)
    installation.wait_until_done(*accepted)


def test_a_call_that_kills_its_workers_is_given_up(tmp_path: Path) -> None:
    with queue_server() as server:
        installation = Installation(tmp_path, server, QC_MAX_ATTEMPTS="1")
        installation.general()
        speech = installation.speech(30)
        deadly = installation.add()
        installation.wait_until_transcribing(deadly)
        kill(speech)
        installation.speech(0.2)
        installation.wait(lambda: installation.look(deadly).state == "failed")
        assert installation.look(deadly).error_code == "worker-lost"
        installation.wait_until_done(installation.add())
        installation.close()


@pytest.mark.parametrize("request_to_stop", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_stop_gives_its_call_back(
    request_to_stop: signal.Signals, installation: Installation
) -> None:
    workers = [installation.speech(30), installation.general()]
    first = installation.add()
    installation.wait_until_done(installation.chat())
    installation.wait_until_transcribing(first)
    began = time.monotonic()
    for worker in workers:
        worker.send_signal(request_to_stop)
    assert [worker.wait(15) for worker in workers] == [0, 0]
    assert time.monotonic() - began < 10
    assert (installation.look(first).state, installation.look(first).attempts) == ("received", 0)


def test_a_job_is_stopped_when_its_time_is_up(installation: Installation) -> None:
    recording_id = installation.add()
    installation.server.forget()
    assert installation.service.queues.hint_transcribe(recording_id, 1)
    worker = installation.speech(30)
    installation.wait(lambda: installation.look(recording_id).state == "failed", 20)
    assert installation.look(recording_id).error_code == "timed-out"
    installation.wait_until_transcribing(installation.add())
    assert worker.poll() is None


def test_burst_does_what_there_is_and_ends(installation: Installation) -> None:
    chats = [installation.chat(), installation.chat()]
    installation.server.forget()
    assert installation.start("-m", "workers.main", "general", "--burst").wait(60) == 0
    installation.wait_until_done(*chats)


def test_a_worker_that_cannot_begin_says_why(tmp_path: Path) -> None:
    environment = os.environ | {"QC_DATA_DIR": str(tmp_path), "DATABASE_URL": "mysql://nowhere"}
    command = [sys.executable, "-m", "workers.main", "general"]
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert b"DATABASE_URL" in ended.stderr


@pytest.mark.speech
def test_the_real_speech_worker_on_postgresql_is_killed_in_the_middle_of_a_call(
    tmp_path: Path, postgres_url: str
) -> None:
    with queue_server() as server:
        installation = Installation(tmp_path, server, DATABASE_URL=new_postgres_database(postgres_url))
        installation.general()
        speech = installation.start("-m", "workers.main", "speech")
        recording = installation.add((SAMPLES / "05-wrong-number.opus").read_bytes())
        installation.wait_until_transcribing(recording)
        kill(speech)
        installation.start("-m", "workers.main", "speech")
        installation.wait_until_done(recording)
        stored = installation.inspection(recording)
        assert stored is not None
        assert stored.transcript.utterances
        assert stored.inspection.made_with.recogniser.startswith("faster-whisper")
        installation.close()
