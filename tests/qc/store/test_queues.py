from __future__ import annotations

import pytest
import redis
from servers import queue_server

from qc.errors import BadSettings, Unavailable
from qc.store.queues import Queues, transcribe_timeout_s


@pytest.fixture
def queues(redis_url: str) -> Queues:
    return Queues(redis_url)


def test_a_recording_is_hinted_at_once_however_often_it_is_said(queues: Queues) -> None:
    queues.ping()
    assert all(queues.hint_transcribe("rec_a", 60) for _ in range(3))
    assert queues.hint_transcribe("rec_b", 60)
    assert queues.hint_inspect("rec_a")
    assert queues.depths() == {"speech": 2, "general": 1, "writing": 0}
    assert queues.hinted("transcribe") == {"rec_a", "rec_b"}
    assert queues.hinted("inspect") == {"rec_a"}
    queues.close()


def test_a_note_without_a_place_in_the_queue_does_not_block_the_next_hint(queues: Queues, redis_url: str) -> None:
    queues.hint_transcribe("rec_a", 60)
    with redis.Redis.from_url(redis_url) as connection:
        connection.lpop("rq:queue:speech")  # as by a worker that died at once
    assert queues.depths()["speech"] == 0
    assert queues.hint_transcribe("rec_a", 60)
    assert queues.hinted("transcribe") == {"rec_a"}
    queues.close()


def test_a_job_is_plain_json_with_a_time_limit(queues: Queues, redis_url: str) -> None:
    queues.hint_transcribe("rec_a", 123)
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.hget("rq:job:transcribe-rec_a", "timeout") == b"123"
    job = queues._queues["speech"].fetch_job("transcribe-rec_a")
    assert job is not None
    assert (job.func_name, job.args) == ("workers.jobs.transcribe", ["rec_a"])
    queues.close()


@pytest.mark.services
def test_a_queue_that_is_away_fails_nobody_and_comes_back() -> None:
    with queue_server() as server:
        queues = Queues(server.url)
        assert queues.hint_inspect("rec_a")
        server.kill()
        assert not queues.hint_inspect("rec_b")
        assert not queues.hint_transcribe("rec_b", 60)
        for ask in (queues.ping, queues.depths, lambda: queues.hinted("inspect")):
            with pytest.raises(Unavailable) as caught:
                ask()
            assert caught.value.code == "queue-unavailable"
        server.start()
        assert queues.hint_inspect("rec_b")
        assert "rec_b" in queues.hinted("inspect")
        queues.close()


def test_time_limits_grow_with_the_audio() -> None:
    assert [transcribe_timeout_s(ms) for ms in (0, 6_000, 3_600_000)] == [60, 120, 36_060]


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(BadSettings) as caught:
        Queues("http://localhost")
    assert caught.value.where == "REDIS_URL"
