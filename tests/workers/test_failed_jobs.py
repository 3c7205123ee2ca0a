"""What is left of a job that let an error through: where it came from, and nothing of what it says."""

from __future__ import annotations

import logging

import pytest
from rq.job import Job
from rq.results import Result
from rq.serializers import JSONSerializer

from qc.ingest import RecordingDetails, Service, accept_conversation
from workers.main import run

WORDS = "我的电话是幺三八"


@pytest.mark.usefixtures("own_signals")
def test_neither_the_log_nor_the_queue_repeats_an_error(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_: object) -> None:
        raise KeyError(WORDS)

    monkeypatch.setattr("workers.jobs._claim", stumble)
    chat = accept_conversation(service, (), RecordingDetails()).recording.id
    with caplog.at_level(logging.INFO):
        run("general", service.settings, burst=True)
    assert f"inspect-{chat} failed" in caplog.text
    assert "in stumble" in caplog.text
    assert "builtins.KeyError" in caplog.text
    assert WORDS not in caplog.text
    job = Job.fetch(f"inspect-{chat}", connection=service.queues.connection, serializer=JSONSerializer)
    result = job.latest_result()
    assert result is not None
    assert result.type is Result.Type.FAILED
    assert WORDS not in (result.exc_string or "")
