from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import a_transcript
from stored import a_chat, a_recording, an_inspection

from qc.errors import Conflict
from qc.store.database import Database
from qc.store.inspections import save_inspection
from qc.store.leases import Claim, claim, fail, find_waiting, finish_inspection, finish_transcription, give_back, renew
from qc.store.paging import now
from qc.store.recordings import get_recording
from qc.store.records import StoredRecording
from qc.store.transcripts import save_transcript

SHORT = 0.05


def take(database: Database, recording_id: str, lease_s: float = 30, max_attempts: int = 3) -> Claim | None:
    with database.writing() as session:
        return claim(session, recording_id, "transcribe", lease_s=lease_s, max_attempts=max_attempts)


def look(database: Database, recording_id: str) -> StoredRecording:
    with database.reading() as session:
        return get_recording(session, recording_id)


@pytest.fixture
def recording_id(database: Database) -> str:
    with database.writing() as session:
        return a_recording(session).id


def test_of_many_workers_one_gets_the_recording(database: Database, recording_id: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(lambda _: take(database, recording_id), range(6)))
    assert sum(held is not None for held in claims) == 1
    assert (look(database, recording_id).state, look(database, recording_id).attempts) == ("transcribing", 1)


def test_a_lease_that_ran_out_goes_to_the_next_and_the_first_can_write_no_more(
    database: Database, recording_id: str
) -> None:
    asleep = take(database, recording_id, lease_s=SHORT)
    assert asleep is not None
    assert take(database, recording_id) is None
    time.sleep(2 * SHORT)
    awake = take(database, recording_id)
    assert awake is not None
    assert awake.recording.attempts == 2
    with database.writing() as session:
        assert not renew(session, asleep, lease_s=30, progress=50)
        transcript_id = save_transcript(session, a_transcript("客服：您好"))
        for write in (
            lambda: finish_transcription(session, asleep, transcript_id),
            lambda: fail(session, asleep, "x", "y"),
            lambda: give_back(session, asleep),
            lambda: finish_inspection(session, asleep),
        ):
            with pytest.raises(Conflict) as caught:
                write()
            assert caught.value.code == "lease-lost"
        assert renew(session, awake, lease_s=30, progress=40)
    assert look(database, recording_id).progress == 40


def test_a_renewed_lease_does_not_run_out(database: Database, recording_id: str) -> None:
    held = take(database, recording_id, lease_s=1)
    assert held is not None
    for _ in range(3):
        time.sleep(0.4)
        with database.writing() as session:
            assert renew(session, held, lease_s=1)
        assert take(database, recording_id) is None


def test_progress_is_100_only_with_a_transcript(database: Database, recording_id: str) -> None:
    held = take(database, recording_id)
    assert held is not None
    with database.writing() as session:
        renew(session, held, lease_s=30, progress=100)
    assert look(database, recording_id).progress == 99


def test_too_many_dead_workers_fail_the_recording(database: Database, recording_id: str) -> None:
    for _ in range(2):
        assert take(database, recording_id, lease_s=0.001, max_attempts=2) is not None
        time.sleep(0.01)
    assert take(database, recording_id, max_attempts=2) is None
    failed = look(database, recording_id)
    assert (failed.state, failed.error_code) == ("failed", "worker-lost")
    assert "2 workers" in (failed.error_detail or "")


def test_giving_back_is_not_an_attempt_and_can_pause(database: Database, recording_id: str) -> None:
    held = take(database, recording_id)
    assert held is not None
    with database.writing() as session:
        give_back(session, held)
    assert (look(database, recording_id).state, look(database, recording_id).attempts) == ("received", 0)
    held = take(database, recording_id)
    assert held is not None
    with database.writing() as session:
        give_back(session, held, pause_s=0.1, reason=("blobs-unavailable", "away"))
    assert look(database, recording_id).error_code == "blobs-unavailable"
    assert take(database, recording_id) is None
    time.sleep(0.15)
    assert take(database, recording_id) is not None
    assert look(database, recording_id).error_code is None


def test_failing_tells_why_and_nobody_takes_it_again(database: Database, recording_id: str) -> None:
    held = take(database, recording_id)
    assert held is not None
    with database.writing() as session:
        fail(session, held, "not-audio", "Nothing in it decodes.")
    failed = look(database, recording_id)
    assert (failed.state, failed.error_code, failed.error_detail) == ("failed", "not-audio", "Nothing in it decodes.")
    assert take(database, recording_id) is None


def test_inspecting_ends_with_done(database: Database) -> None:
    with database.writing() as session:
        chat = a_chat(session, "客户：你好")
        assert claim(session, chat.id, "transcribe", lease_s=30, max_attempts=3) is None
        held = claim(session, chat.id, "inspect", lease_s=30, max_attempts=3)
        assert held is not None
        save_inspection(session, chat.id, an_inspection())
        done = finish_inspection(session, held)
        assert (done.state, done.progress, done.attempts) == ("done", 100, 0)
        assert claim(session, chat.id, "inspect", lease_s=30, max_attempts=3) is None


def test_what_waits_is_found_oldest_first(database: Database) -> None:
    with database.writing() as session:
        first = a_recording(session, sha256="1" * 64)
        twin = a_recording(session, sha256="1" * 64)
        held_long = a_recording(session, sha256="2" * 64)
        held_short = a_recording(session, sha256="3" * 64, duration_ms=90_000)
        chat = a_chat(session, "客户：你好")
    take(database, held_long.id)
    take(database, held_short.id, lease_s=0.001)
    time.sleep(0.01)
    with database.reading() as session:
        settled = now()
        waiting = find_waiting(session, "transcribe", settled_before=settled, limit=10)
        assert [(each.recording_id, each.duration_ms) for each in waiting] == [(first.id, 0), (held_short.id, 90_000)]
        assert twin.id not in {each.recording_id for each in waiting}
        inspect = find_waiting(session, "inspect", settled_before=settled, limit=10)
        assert [each.recording_id for each in inspect] == [chat.id]
        assert len(find_waiting(session, "transcribe", settled_before=settled, limit=1)) == 1
        earlier = settled - timedelta(minutes=1)
        assert find_waiting(session, "transcribe", settled_before=earlier, limit=10) == []
