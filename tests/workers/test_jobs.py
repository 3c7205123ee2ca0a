from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from recognisers import SAID, ScriptedRecogniser, taking_its_time
from rq.timeouts import JobTimeoutException
from spoken import exchange, spoken_wav, wav_of
from sqlalchemy import update
from stored import wav_bytes

from qc.domain import Inspection, Letter, Speaker, Transcript
from qc.errors import Unavailable
from qc.ingest import RecordingDetails, Service, accept_conversation, accept_recording, retry
from qc.inspecting import LiveJudge
from qc.store.blobs import Blobs
from qc.store.database import Database
from qc.store.inspections import current_inspection, find_inspections
from qc.store.leases import claim
from qc.store.recordings import get_recording
from qc.store.records import InspectionFilter, StoredInspection, StoredRecording
from qc.store.settings import Settings
from qc.store.tables import RecordingRow
from qc.turns import Turn
from workers.jobs import PAUSE_S, Workplace, equip, inspect, transcribe
from workers.stopping import Stopped, StopRequest


class Room:
    """A workplace in this process, and what one sees from it."""

    def __init__(self, service: Service, judge: LiveJudge) -> None:
        self.service = service
        self.judge = judge
        self.recogniser = ScriptedRecogniser()
        self.stop = StopRequest()
        self.equip()

    def equip(
        self,
        *,
        service: Service | None = None,
        meanwhile: Callable[[], None] | None = None,
        said: str = SAID,
        name: str = "scripted/1",
    ) -> None:
        self.recogniser = ScriptedRecogniser(meanwhile=meanwhile, said=said, name=name)
        equip(Workplace(service or self.service, self.judge, self.recogniser, self.stop))

    def add(self, content: bytes | None = None) -> str:
        file = io.BytesIO(content or spoken_wav())
        return accept_recording(self.service, file, None, RecordingDetails()).recording.id

    def look(self, recording_id: str) -> StoredRecording:
        with self.service.database.reading() as session:
            return get_recording(session, recording_id)

    def inspection(self, recording_id: str) -> StoredInspection:
        with self.service.database.reading() as session:
            found = current_inspection(session, recording_id)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> LiveJudge:
    judge = LiveJudge(Settings(data_dir=tmp_path_factory.mktemp("judge"), _env_file=None))
    judge.current()
    return judge


@pytest.fixture
def room(service: Service, judge: LiveJudge) -> Room:
    return Room(service, judge)


def test_a_recording_is_heard_then_inspected(room: Room) -> None:
    recording_id = room.add()
    transcribe(recording_id)
    heard = room.look(recording_id)
    assert (heard.state, heard.progress, heard.attempts) == ("inspecting", 100, 0)
    assert room.service.queues.hinted("inspect") == {recording_id}
    inspect(recording_id)
    assert (room.look(recording_id).state, room.look(recording_id).attempts) == ("done", 0)
    stored = room.inspection(recording_id)
    assert SAID in "".join(utterance.text for utterance in stored.transcript.utterances).replace("，", "")
    assert stored.inspection.made_with.recogniser == "scripted/1"


def test_hears_what_lies_on_s3(room: Room, s3_url: str) -> None:
    room.service = replace(room.service, blobs=Blobs(s3_url))
    room.equip()
    recording_id = room.add()
    transcribe(recording_id)
    assert room.look(recording_id).state == "inspecting"
    assert not (room.service.settings.data_dir / "blobs").exists()


def test_every_job_may_run_again(room: Room) -> None:
    recording_id = room.add()
    for job in (inspect, transcribe, transcribe, inspect, inspect, transcribe):
        job(recording_id)
    assert room.look(recording_id).state == "done"
    assert room.recogniser.heard == 1
    with room.service.database.reading() as session:
        assert len(find_inspections(session, InspectionFilter(current=False)).items) == 1


def test_a_job_about_nothing_does_nothing(room: Room) -> None:
    transcribe("rec_nothing")
    inspect("rec_nothing")
    assert room.recogniser.heard == 0


def test_a_call_without_speech_is_done_and_says_so(room: Room) -> None:
    recording_id = room.add(wav_bytes(channels=2))
    transcribe(recording_id)
    inspect(recording_id)
    stored = room.inspection(recording_id)
    assert room.recogniser.heard == 0
    assert stored.recording.state == "done"
    assert (stored.transcript.utterances, stored.inspection.findings) == ((), ())
    assert stored.inspection.grade.letter == Letter.N
    assert stored.inspection.grade.reasons


def test_a_chat_is_only_inspected(room: Room) -> None:
    chat = accept_conversation(room.service, (), RecordingDetails()).recording.id
    transcribe(chat)
    inspect(chat)
    assert (room.look(chat).state, room.recogniser.heard) == ("done", 0)


def test_equal_bytes_are_heard_once_and_all_are_inspected(room: Room) -> None:
    first, second = room.add(), room.add()
    transcribe(second)
    assert room.recogniser.heard == 0
    transcribe(first)
    assert room.service.queues.hinted("inspect") == {first, second}
    third = room.add()
    for recording_id in (first, second, third):
        inspect(recording_id)
    assert room.recogniser.heard == 1
    transcripts = {room.look(recording_id).transcript_id for recording_id in (first, second, third)}
    assert len(transcripts) == 1


def test_an_error_is_told_and_waits_for_a_retry(room: Room) -> None:
    def stumble() -> None:
        raise ValueError("客户说：我的电话是幺三八")

    room.equip(meanwhile=stumble)
    recording_id = room.add()
    transcribe(recording_id)
    failed = room.look(recording_id)
    assert (failed.state, failed.error_code) == ("failed", "transcription-failed")
    assert failed.error_detail == "ValueError"  # what it says may quote the call
    transcribe(recording_id)
    assert room.recogniser.heard == 1
    room.equip()
    assert retry(room.service, recording_id).state == "queued"
    transcribe(recording_id)
    assert room.look(recording_id).state == "inspecting"


def test_an_inspection_that_fails_is_told_and_can_be_retried(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = accept_conversation(room.service, (), RecordingDetails()).recording.id
    with monkeypatch.context() as broken:
        broken.setattr("qc.inspecting.inspect_call", lambda *_: 1 / 0)
        inspect(chat)
    assert (room.look(chat).state, room.look(chat).error_code) == ("failed", "inspection-failed")
    assert retry(room.service, chat).state == "inspecting"
    inspect(chat)
    assert room.look(chat).state == "done"


def test_the_log_says_where_an_inspection_failed_and_not_what_was_said(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns = [Turn(speaker=Speaker.CUSTOMER, text="我想看看凯美瑞")]
    chat = accept_conversation(room.service, turns, RecordingDetails()).recording.id

    def stumble(_: object, transcript: Transcript, *__: object) -> Inspection:
        return Inspection.model_validate({"findings": [said.text for said in transcript.utterances]})

    with monkeypatch.context() as broken:
        broken.setattr("qc.inspecting.inspect_call", stumble)
        inspect(chat)
    assert room.look(chat).state == "failed"
    assert "in stumble" in caplog.text
    assert "ValidationError" in caplog.text
    assert "凯美瑞" not in caplog.text


def test_audio_that_is_gone_fails_with_the_reason(room: Room) -> None:
    recording_id = room.add()
    room.service.blobs.delete(room.look(recording_id).blob_key or "")
    transcribe(recording_id)
    assert (room.look(recording_id).state, room.look(recording_id).error_code) == ("failed", "no-such-blob")


def test_storage_that_is_away_is_waited_for(room: Room, tmp_path: Path) -> None:
    recording_id = room.add()

    class Away(Blobs):
        def local_copy(self, key: str) -> object:  # type: ignore[override]
            raise Unavailable("blobs-unavailable", f"no way to {key}")

    room.equip(service=replace(room.service, blobs=Away(str(tmp_path))))
    transcribe(recording_id)
    waiting = room.look(recording_id)
    assert (waiting.state, waiting.error_code, waiting.attempts) == ("received", "blobs-unavailable", 0)
    room.equip()
    transcribe(recording_id)
    assert room.recogniser.heard == 0, f"not within {PAUSE_S} s"


def test_a_job_that_takes_too_long_is_given_up(room: Room) -> None:
    def time_is_up() -> None:
        raise JobTimeoutException  # as RQ's alarm does, at any step

    room.equip(meanwhile=time_is_up)
    recording_id = room.add()
    transcribe(recording_id)
    assert (room.look(recording_id).state, room.look(recording_id).error_code) == ("failed", "timed-out")
    assert room.look(recording_id).error_detail == "Given up after 110 s."


def test_being_asked_to_stop_gives_the_recording_back(room: Room) -> None:
    room.equip(meanwhile=room.stop.ask)
    recording_id = room.add()
    transcribe(recording_id)
    assert (room.look(recording_id).state, room.look(recording_id).attempts) == ("received", 0)
    assert room.recogniser.heard == 1


def test_outside_of_hearing_nothing_is_interrupted() -> None:
    stop = StopRequest()
    with stop.interruptible():
        pass
    stop.ask()
    assert stop.asked
    with pytest.raises(Stopped), stop.interruptible():
        raise AssertionError("too late to begin")
    stop.ask()


def test_a_worker_that_was_given_up_for_dead_writes_nothing(room: Room) -> None:
    def sleep_through_the_lease() -> None:
        with room.service.database.writing() as session:
            session.execute(update(RecordingRow).values(lease_until=None))
        with room.service.database.writing() as session:
            assert claim(session, recording_id, "transcribe", lease_s=30, max_attempts=3)
        taking_its_time(2)()

    room.equip(meanwhile=sleep_through_the_lease)
    recording_id = room.add()
    transcribe(recording_id)
    assert (room.look(recording_id).state, room.look(recording_id).transcript_id) == ("transcribing", None)


def test_progress_is_seen_while_hearing(room: Room) -> None:
    seen: set[int] = {0}

    def look_now_and_then() -> None:
        deadline = time.monotonic() + 2
        while room.look(recording_id).progress in seen and time.monotonic() < deadline:
            time.sleep(0.05)
        seen.add(room.look(recording_id).progress)

    room.equip(meanwhile=look_now_and_then)
    recording_id = room.add(wav_of(exchange(end_s=36)))  # several pieces of speech, in two blocks
    transcribe(recording_id)
    assert len(seen) >= 4
    assert max(seen) < 100


STUCK = """
import sys, time
from qc.store.database import Database
from qc.store.leases import claim
from workers.holding import Holding
database = Database(sys.argv[1])
with database.writing() as session:
    held = claim(session, sys.argv[2], "transcribe", lease_s=1, max_attempts=3)
with Holding(database, held, lease_s=1, longest_s=0.5):
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""


def test_a_job_that_cannot_be_stopped_ends_with_its_process(room: Room) -> None:
    recording_id = room.add()
    command = [sys.executable, "-c", STUCK, room.service.settings.database, recording_id]
    assert subprocess.run(command, timeout=30, check=False).returncode == 70
    assert (room.look(recording_id).state, room.look(recording_id).error_code) == ("failed", "timed-out")


def test_inspects_on_either_database(room: Room, database: Database) -> None:
    room.equip(service=replace(room.service, database=database))
    chat = accept_conversation(replace(room.service, database=database), (), RecordingDetails()).recording.id
    inspect(chat)
    with database.reading() as session:
        assert get_recording(session, chat).state == "done"
