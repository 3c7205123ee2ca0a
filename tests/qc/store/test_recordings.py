from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import a_transcript
from revisions import migrate_down, migrate_up
from sqlalchemy import text, update
from stored import a_chat, a_recording

from qc.domain import Transcript
from qc.errors import BadInput, Conflict, NotFound
from qc.store.database import Database
from qc.store.leases import claim, finish_transcription
from qc.store.recordings import find_recordings, get_recording, mark_queued, retry_recording
from qc.store.records import RecordingState
from qc.store.tables import RecordingRow
from qc.store.transcripts import get_transcript, save_transcript, transcript_fingerprint


def heard(session: Any, recording_id: str, recogniser: str = "whisper/base") -> str:
    """The id of the transcript that a worker with this recogniser made of the recording."""
    held = claim(session, recording_id, "transcribe", lease_s=30, max_attempts=3)
    assert held is not None
    transcript = a_transcript("客服：您好").model_copy(update={"recogniser": recogniser})
    recording = held.recording
    fingerprint = transcript_fingerprint(recording.sha256, recogniser, recording.agent_channel)
    transcript_id = save_transcript(session, transcript, fingerprint=fingerprint)
    finish_transcription(session, held, transcript_id)
    return transcript_id


def test_a_call_keeps_the_offset_it_began_with(database: Database) -> None:
    began = datetime.fromisoformat("2026-03-12T23:30:00.123456+08:00")
    with database.writing() as session:
        stored = a_recording(session, started_at=began)
    with database.reading() as session:
        found = get_recording(session, stored.id)
    assert found == stored
    assert found.started_at.isoformat() == began.isoformat()
    assert found.created_at.utcoffset() == timedelta(0)


def test_no_recording_under_an_unknown_id(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound) as caught:
        get_recording(session, "rec_nothing")
    assert caught.value.code == "no-such-recording"


def test_finds_by_what_is_known(database: Database) -> None:
    with database.writing() as session:
        first = a_recording(session, sha256="1" * 64, external_id="a", agent="小李", store="天河店")
        second = a_recording(session, sha256="2" * 64, external_id="b", agent="小王", store="天河店")
        chat = a_chat(session, "客户：你好", started_at="2026-04-01T00:00:00+08:00")
    with database.reading() as session:

        def found(**wanted: Any) -> list[str]:
            return [each.id for each in find_recordings(session, **wanted).items]

        assert found() == [chat.id, second.id, first.id]
        assert found(external_id="a") == [first.id]
        assert found(store="天河店") == [second.id, first.id]
        assert found(store="天河店", agent="小李") == [first.id]
        assert found(state=RecordingState.INSPECTING) == [chat.id]
        assert found(since=datetime.fromisoformat("2026-03-31T16:00:00+00:00")) == [chat.id]
        assert found(until=datetime.fromisoformat("2026-04-01T00:00:00+08:00")) == [second.id, first.id]
        assert found(since=datetime.fromisoformat("0001-01-01T00:00:00+14:00")) == [chat.id, second.id, first.id]
        assert found(since=datetime.fromisoformat("9999-12-31T23:59:59-14:00")) == []


def test_pages_neither_repeat_nor_skip_while_others_come_in(database: Database) -> None:
    with database.writing() as session:
        ids = [a_recording(session, sha256=f"{number:064}").id for number in range(7)]
        # A batch can share one moment: then the id decides.
        session.execute(update(RecordingRow).values(created_at=datetime.fromisoformat("2026-03-12T00:00:00+00:00")))
    seen: list[str] = []
    cursor = None
    while True:
        with database.writing() as session:
            page = find_recordings(session, cursor=cursor, limit=3)
            a_recording(session, sha256=f"{len(seen) + 100:064}")
        seen += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(ids, reverse=True)


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "e30", "WzEsMl0", "WyJub3ciLCAiYSJd", "\ud800", "名", "bnVsbA"])
def test_a_cursor_of_ones_own_making_is_refused(cursor: str, database: Database) -> None:
    with database.reading() as session, pytest.raises(BadInput) as caught:
        find_recordings(session, cursor=cursor)
    assert caught.value.code == "bad-cursor"


def test_the_same_bytes_are_transcribed_once(database: Database) -> None:
    with database.writing() as session:
        first = a_recording(session, external_id="a")
        waiting = a_recording(session, external_id="b")
        other_side = a_recording(session, external_id="c", agent_channel=1)
        assert (waiting.state, waiting.duplicate_of) == (RecordingState.RECEIVED, first.id)
        assert other_side.duplicate_of is None
        assert claim(session, waiting.id, "transcribe", lease_s=30, max_attempts=3) is None
        transcript_id = heard(session, first.id)
        late = a_recording(session, external_id="d")
        for twin in (first.id, waiting.id, late.id):
            shared = get_recording(session, twin)
            assert (shared.state, shared.progress, shared.transcript_id) == ("inspecting", 100, transcript_id)
        assert get_recording(session, other_side.id).state == RecordingState.RECEIVED


def test_a_new_recogniser_hears_old_bytes_again(database: Database) -> None:
    with database.writing() as session:
        heard(session, a_recording(session, external_id="a").id, "whisper/base")
        heard(session, a_recording(session, sha256="c" * 64).id, "whisper/large")
        again = a_recording(session, external_id="b")
        assert (again.state, again.transcript_id) == (RecordingState.RECEIVED, None)
        assert (
            get_transcript(session, heard(session, again.id, "whisper/large")).transcript.recogniser == "whisper/large"
        )


def test_a_duplicate_goes_its_own_way_if_the_first_failed(database: Database) -> None:
    with database.writing() as session:
        first = a_recording(session)
        second = a_recording(session)
        session.execute(update(RecordingRow).where(RecordingRow.id == first.id).values(state="failed"))
    with database.writing() as session:
        assert claim(session, second.id, "transcribe", lease_s=30, max_attempts=3) is not None


def test_only_what_failed_is_retried_where_it_stopped(database: Database) -> None:
    with database.writing() as session:
        audio = a_recording(session)
        chat = a_chat(session, "客户：你好")
        with pytest.raises(Conflict) as caught:
            retry_recording(session, audio.id)
        assert caught.value.code == "not-failed"
        session.execute(update(RecordingRow).values(state="failed", error_code="x", error_detail="y", attempts=3))
    with database.writing() as session:
        again = retry_recording(session, audio.id)
        assert (again.state, again.attempts, again.error_code, again.error_detail) == ("received", 0, None, None)
        assert retry_recording(session, chat.id).state == RecordingState.INSPECTING


def test_being_queued_is_noted_only_of_what_nobody_has(database: Database) -> None:
    with database.writing() as session:
        waiting, taken, chat = (
            a_recording(session, sha256="1" * 64),
            a_recording(session),
            a_chat(session, "客户：你好"),
        )
        claim(session, taken.id, "transcribe", lease_s=30, max_attempts=3)
        mark_queued(session, [waiting.id, taken.id, chat.id])
        states = [get_recording(session, each.id).state.value for each in (waiting, taken, chat)]
    assert states == ["queued", "transcribing", "inspecting"]


def test_a_transcript_comes_back_as_it_was(database: Database) -> None:
    said = a_transcript("客服：您好😀 \\u0000 %_", "客户：\n\t'\"{}")
    with database.writing() as session:
        transcript_id = save_transcript(session, said)
        empty = save_transcript(session, Transcript(recogniser="text"))
    with database.reading() as session:
        assert get_transcript(session, transcript_id).transcript == said
        assert get_transcript(session, empty).transcript.utterances == ()
        with pytest.raises(NotFound) as caught:
            get_transcript(session, "tra_nothing")
    assert caught.value.code == "no-such-transcript"


@pytest.mark.services
def test_the_migration_keeps_of_unforeseen_errors_only_their_kind(bare_database: Database) -> None:
    kept = {
        "transcription-failed": ("ValueError: 客户说：我的电话是幺三八\n第二行", "ValueError"),
        "inspection-failed": ("KeyError: '幺三八'", "KeyError"),
        "not-audio": ("It cannot be decoded: no stream.", "It cannot be decoded: no stream."),
        "timed-out": (None, None),
    }
    with bare_database.engine.begin() as connection:
        migrate_up(connection, "0010")
        row = (
            "INSERT INTO recordings (id, kind, state, progress, attempts, started_at, started_offset_s, size_bytes,"
            " sha256, duration_ms, created_at, updated_at, error_code, error_detail) VALUES (:code, 'audio', 'failed',"
            " 0, 1, '2026-03-01', 0, 0, :code, 0, '2026-03-01', '2026-03-01', :code, :detail)"
        )
        connection.execute(text(row), [{"code": code, "detail": before} for code, (before, _) in kept.items()])
    bare_database.migrate()
    with bare_database.reading() as session:
        details = {code: get_recording(session, code).error_detail for code in kept}
    assert details == {code: after for code, (_, after) in kept.items()}
    with bare_database.engine.begin() as connection:
        migrate_down(connection, "0010")
    bare_database.migrate()
