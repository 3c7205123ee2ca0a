from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from servers import new_postgres_database
from sqlalchemy import func, select, update
from stored import wav_bytes

from qc.domain import Speaker
from qc.errors import BadAudio, BadCall, BadInput, Conflict, QcError, Unavailable
from qc.ingest import (
    MAX_TURNS,
    Accepted,
    RecordingDetails,
    Service,
    accept_conversation,
    accept_recording,
    parse_details,
    retry,
)
from qc.store.database import Database
from qc.store.queues import Queues
from qc.store.recordings import get_recording
from qc.store.records import RecordingState
from qc.store.tables import IdempotencyRow, RecordingRow, TranscriptRow
from qc.store.transcripts import get_transcript
from qc.store.uploads import STALE_S, sweep_uploads
from qc.turns import Turn

TURNS = (Turn(speaker=Speaker.AGENT, text="您好"), Turn(speaker=Speaker.CUSTOMER, text="想看看凯美瑞"))


def accept(service: Service, content: bytes, key: str | None = None, /, **details: Any) -> Accepted:
    return accept_recording(service, io.BytesIO(content), "call.wav", RecordingDetails(**details), key)


def talk(service: Service, key: str | None = None, /, turns: Any = TURNS, **details: Any) -> Accepted:
    return accept_conversation(service, turns, RecordingDetails(**details), key)


def files(service: Service) -> list[Path]:
    """All audio and all uploads on disk."""
    folder = service.settings.data_dir
    return [path for part in ("spool", "blobs") for path in (folder / part).rglob("*") if path.is_file()]


def rows(service: Service) -> int:
    with service.database.reading() as session:
        tables = (RecordingRow, TranscriptRow, IdempotencyRow)
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_a_recording_is_stored_and_queued(service: Service) -> None:
    content = wav_bytes(2, channels=2)
    accepted = accept(service, content, external_id="call-1", agent="小李", agent_channel=1)
    recording = accepted.recording
    assert accepted.created
    assert (recording.state, recording.kind, recording.progress) == (RecordingState.QUEUED, "audio", 0)
    assert (recording.duration_ms, recording.channels, recording.size_bytes) == (2000, 2, len(content))
    assert (recording.media_type, recording.filename, recording.agent_channel) == ("audio/wav", "call.wav", 1)
    with service.blobs.open(recording.blob_key or "") as file:
        assert file.read() == content
    assert service.queues.hinted("transcribe") == {recording.id}
    assert len(files(service)) == 1


def test_a_conversation_goes_straight_to_inspection(service: Service) -> None:
    accepted = talk(service, brand="丰田")
    assert (accepted.recording.state, accepted.recording.kind) == (RecordingState.INSPECTING, "text")
    assert service.queues.hinted("inspect") == {accepted.recording.id}
    with service.database.reading() as session:
        transcript = get_transcript(session, accepted.recording.transcript_id or "").transcript
    assert [utterance.text for utterance in transcript.utterances] == ["您好", "想看看凯美瑞"]
    assert files(service) == []


def test_a_conversation_without_turns_is_taken(service: Service) -> None:
    assert talk(service, turns=()).recording.state == RecordingState.INSPECTING


def test_the_time_of_arrival_stands_in_for_the_time_of_the_call(service: Service) -> None:
    began = talk(service).recording.started_at
    assert began.isoformat().endswith("+08:00")
    assert abs((datetime.now(began.tzinfo) - began).total_seconds()) < 60


def test_a_mono_recording_has_no_channel_of_the_agent(service: Service) -> None:
    assert accept(service, wav_bytes(), agent_channel=1).recording.agent_channel is None


def test_a_queue_that_is_away_fails_no_upload(service: Service) -> None:
    deaf = replace(service, queues=Queues("unix:///nonexistent/redis.sock"))
    assert accept(deaf, wav_bytes()).recording.state == RecordingState.RECEIVED
    assert talk(deaf).recording.state == RecordingState.INSPECTING


class Pieces(io.RawIOBase):
    """An upload that may never be read whole."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size if size >= 0 else 1 << 40)
        self.left -= (taken := min(size, self.left))
        return b"\0" * taken


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"This is a letter, not a call." * 50, "not-audio"),
        (wav_bytes(0), "zero-length-audio"),
        (wav_bytes(3)[:60], "truncated-audio"),
        (wav_bytes(20), "recording-too-long"),
        (wav_bytes(30, rate=16_000), "recording-too-large"),
    ],
)
def test_what_is_rejected_leaves_nothing_behind(content: bytes, code: str, service: Service) -> None:
    limited = replace(
        service, settings=service.settings.model_copy(update={"max_upload_bytes": 500_000, "max_duration_s": 10})
    )
    with pytest.raises(BadAudio) as caught:
        accept(limited, content, "a key", external_id="call-1")
    assert caught.value.code == code
    assert files(service) == []
    assert rows(service) == 0
    assert accept(service, wav_bytes(), "a key", external_id="call-1").created


def test_a_large_upload_is_read_in_pieces_and_stopped_at_the_limit(service: Service) -> None:
    upload = Pieces(10 << 30)
    limited = replace(service, settings=service.settings.model_copy(update={"max_upload_bytes": 5 << 20}))
    with pytest.raises(BadAudio):
        accept_recording(limited, cast("BinaryIO", upload), None, RecordingDetails())
    assert upload.largest == 1 << 20
    assert (10 << 30) - upload.left <= 6 << 20


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"extern_id": "x"}, "extern_id"),
        ({"agent_channel": 2}, "agent_channel"),
        ({"started_at": "2026-03-12T10:00:00"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"direction": "up"}, "direction"),
        ({"agent": ""}, "agent"),
        ({"agent": "a" * 201}, "agent"),
        ({"agent": "a\0"}, "agent"),
        ({"agent": "\ud800"}, "agent"),
        ({"agent": 7}, "agent"),
        ([], ""),
        (None, ""),
    ],
)
def test_bad_metadata_names_the_field(content: Any, field: str) -> None:
    with pytest.raises(BadCall) as caught:
        parse_details(content)
    assert (caught.value.code, caught.value.where) == ("bad-metadata", field)


def test_a_request_without_a_card_is_known_again_from_before_there_were_any(service: Service) -> None:
    turns = [Turn(speaker=Speaker.AGENT, text="您好")]
    recording = accept_conversation(service, turns, RecordingDetails(), "k").recording
    plain = {name: value for name, value in RecordingDetails().model_dump(mode="json").items() if name != "card"}
    content = json.dumps(["text", recording.sha256, plain], sort_keys=True)
    with service.database.reading() as session:
        kept = session.scalars(select(IdempotencyRow.fingerprint)).one()
    assert kept == hashlib.sha256(content.encode()).hexdigest()
    with pytest.raises(Conflict, match="another request"):
        accept_conversation(service, turns, RecordingDetails(card="return-visit"), "k")


@pytest.mark.parametrize(
    "turns",
    [
        [Turn(speaker=Speaker.AGENT, text="您好", start_ms=0, end_ms=1000), TURNS[0]],
        [
            Turn(speaker=Speaker.AGENT, text="后", start_ms=5000, end_ms=6000),
            Turn(speaker=Speaker.AGENT, text="先", start_ms=0, end_ms=1000),
        ],
        [Turn(speaker=Speaker.AGENT, text="您好", start_ms=2000, end_ms=1000)],
        [Turn(speaker=Speaker.AGENT, text="您好", start_ms=0, end_ms=10**15)],
        [Turn(speaker=Speaker.AGENT, text="\0")],
        [Turn(speaker=Speaker.AGENT, text="\ud83d")],
        [TURNS[0]] * (MAX_TURNS + 1),
    ],
)
def test_a_conversation_that_makes_no_sense_is_refused(turns: list[Turn], service: Service) -> None:
    with pytest.raises(BadCall) as caught:
        talk(service, turns=turns)
    assert caught.value.code == "bad-call"
    assert rows(service) == 0


Send = Callable[..., Accepted]


@pytest.fixture(params=["audio", "text"])
def send(request: pytest.FixtureRequest, service: Service) -> Send:
    """Sends the call numbered so, as a recording or as a conversation."""

    def send_it(number: int, key: str | None = None, **details: Any) -> Accepted:
        if request.param == "audio":
            return accept(service, wav_bytes(pitch=300 + number), key, **details)
        return talk(service, key, turns=[Turn(speaker=Speaker.AGENT, text=f"第{number}通")], **details)

    return send_it


def test_an_idempotency_key_gives_the_first_answer_again(send: Send, service: Service) -> None:
    first = send(1, "key-1", agent="小李")
    again = send(1, "key-1", agent="小李")
    assert (first.created, again.created, again.recording.id) == (True, False, first.recording.id)
    for other in ({"number": 2, "agent": "小李"}, {"number": 1, "agent": "小王"}, {"number": 1}):
        with pytest.raises(Conflict) as caught:
            send(**other, key="key-1")
        assert caught.value.code == "idempotency-key-reused"
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RecordingRow)) == 1
    assert len(files(service)) <= 1


@pytest.mark.parametrize("key", ["", "a" * 401, "a\nb"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(key: str, send: Send, service: Service) -> None:
    with pytest.raises(BadInput) as caught:
        send(1, key)
    assert caught.value.code == "bad-idempotency-key"
    assert (rows(service), files(service)) == (0, [])


def test_an_external_id_stands_for_one_call(send: Send, service: Service) -> None:
    first = send(1, external_id="call-1", agent="小李")
    again = send(1, external_id="call-1")
    assert (again.created, again.recording.id, again.recording.agent) == (False, first.recording.id, "小李")
    with pytest.raises(Conflict) as caught:
        send(2, external_id="call-1")
    assert caught.value.code == "external-id-taken"
    assert first.recording.id in caught.value.detail
    assert len(files(service)) <= 1


def test_the_same_bytes_under_another_id_wait_for_the_first_transcript(service: Service) -> None:
    first = accept(service, wav_bytes(), external_id="a").recording
    second = accept(service, wav_bytes(), external_id="b").recording
    assert (second.duplicate_of, second.blob_key) == (first.id, first.blob_key)
    assert second.state == RecordingState.RECEIVED
    assert service.queues.hinted("transcribe") == {first.id}
    assert len(files(service)) == 1


def test_a_failed_recording_is_retried_on_request(service: Service) -> None:
    recording = accept(service, wav_bytes()).recording
    with pytest.raises(Conflict):
        retry(service, recording.id)
    service.queues.connection.flushall()
    with service.database.writing() as session:
        session.execute(update(RecordingRow).values(state="failed", error_code="x", error_detail="y"))
    assert retry(service, recording.id).state == RecordingState.QUEUED
    assert service.queues.hinted("transcribe") == {recording.id}


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, service: Service) -> Iterator[Service]:
    """The service as many use it at once, on either database."""
    if request.param == "sqlite":
        yield service
        return
    template = request.getfixturevalue("migrated_postgres")
    database = Database(new_postgres_database(request.getfixturevalue("postgres_url"), template))
    yield replace(service, database=database)
    database.close()


def at_once(*requests: Callable[[], Accepted]) -> list[Accepted | QcError]:
    def answer(request: Callable[[], Accepted]) -> Accepted | QcError:
        try:
            return request()
        except QcError as error:
            return error

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(answer, requests))


def test_equal_requests_at_once_make_one_recording(crowd: Service) -> None:
    answers = at_once(*[lambda: accept(crowd, wav_bytes(), "key", external_id="a") for _ in range(6)])
    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    assert len(accepted) == 6
    assert sum(answer.created for answer in accepted) == 1
    assert len({answer.recording.id for answer in accepted}) == 1
    assert len(files(crowd)) == 1


def test_other_calls_under_one_id_at_once_leave_one_and_its_audio(crowd: Service) -> None:
    def send(number: int) -> Callable[[], Accepted]:
        return lambda: accept(crowd, wav_bytes(pitch=300 + number), external_id="a")

    answers = at_once(*[send(number) for number in range(5)])
    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    refused = [answer for answer in answers if isinstance(answer, QcError)]
    assert (len(accepted), {error.code for error in refused}) == (1, {"external-id-taken"})
    assert len(files(crowd)) == 1
    assert crowd.blobs.exists(accepted[0].recording.blob_key or "")


def test_the_same_bytes_at_once_are_linked(crowd: Service) -> None:
    answers = at_once(*[lambda: accept(crowd, wav_bytes()) for _ in range(5)])
    recordings = [answer.recording for answer in answers if isinstance(answer, Accepted)]
    firsts = [recording for recording in recordings if recording.duplicate_of is None]
    assert (len(recordings), len(firsts)) == (5, 1)
    assert {each.duplicate_of for each in recordings if each is not firsts[0]} == {firsts[0].id}


def test_audio_without_a_row_is_taken_away_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = accept(service, wav_bytes(pitch=500)).recording

    def away(*_: object, **__: object) -> None:
        raise Unavailable("database-unavailable", "gone")

    monkeypatch.setattr("qc.ingest.add_recording", away)
    for pitch in (440, 500):
        with pytest.raises(Unavailable):
            accept(service, wav_bytes(pitch=pitch))
    assert [path.name for path in files(service)] == [Path(kept.blob_key or "").name]


def test_uploads_of_dead_processes_are_swept(service: Service) -> None:
    spool = service.settings.spool_dir
    assert sweep_uploads(service.settings, now=time.time()) == 0
    spool.mkdir(parents=True)
    old, young = spool / "a.part", spool / "b.part"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (time.time() - STALE_S - 1,) * 2)
    assert sweep_uploads(service.settings, now=time.time()) == 1
    assert list(spool.iterdir()) == [young]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\calls\\一号.wav", "一号.wav"),
        ("../../etc/passwd", "passwd"),
        ('a"b\r\nX: y.wav', 'a"bX: y.wav'),
        ("\ud800.wav", ".wav"),
        ("", None),
        (None, None),
        ("n" * 300, "n" * 200),
    ],
)
def test_a_file_name_is_kept_without_what_could_do_harm(given: str | None, kept: str | None, service: Service) -> None:
    accepted = accept_recording(service, io.BytesIO(wav_bytes(0.2)), given, RecordingDetails())
    assert accepted.recording.filename == kept
    with service.database.reading() as session:
        assert get_recording(session, accepted.recording.id).filename == kept
