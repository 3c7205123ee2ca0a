"""The jobs: they take ids, claim the recording in the database, commit once, and are safe to run twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rq.timeouts import JobTimeoutException

from qc.domain import Transcript
from qc.errors import Conflict, QcError, Unavailable
from qc.ingest import Service
from qc.inspecting import LiveJudge, judge_recording
from qc.memo_writing import write_about
from qc.store.lead_grades import keep_inspection
from qc.store.leases import Claim, Stage, claim, fail, finish_inspection, finish_transcription, give_back
from qc.store.queues import INSPECT_TIMEOUT_S, transcribe_timeout_s
from qc.store.recordings import call_of
from qc.store.records import StoredRecording
from qc.store.transcripts import find_transcript, save_transcript, transcript_fingerprint
from qc.traces import kind_of, log_error
from qc.writer import Writer
from workers.holding import TIMED_OUT, Holding, LeaseLost
from workers.stopping import Stopped, StopRequest

if TYPE_CHECKING:
    from qc.speech.recogniser import Recogniser

GRACE_S: Final = 30.0
"""So long after RQ's alarm a job may take to stop before the process is ended."""
PAUSE_S: Final = 30.0
"""So long a recording waits for a part that does not answer before it is tried again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workplace:
    """What the jobs of this process work with: made once, before the first job."""

    service: Service
    judge: LiveJudge
    recogniser: Recogniser | None = None
    """The speech model; only the speech worker has one."""
    stop: StopRequest = field(default_factory=StopRequest)
    writer: Writer | None = None
    """Words memos; only the writing worker has one."""


_workplaces: list[Workplace] = []


def equip(workplace: Workplace) -> None:
    """Gives this process's jobs what they work with; RQ hands them only their ids."""
    _workplaces[:] = [workplace]


def transcribe(recording_id: str) -> None:
    """Hears a recording and stores what was said, unless that was done or somebody else is at it."""
    place = _workplaces[0]
    held = _claim(place, recording_id, "transcribe")
    if held is not None:
        longest_s = transcribe_timeout_s(held.recording.duration_ms) + GRACE_S
        _work(place, held, _transcribe, longest_s, "transcription-failed")


def inspect(recording_id: str) -> None:
    """Inspects a transcribed recording, unless that was done or somebody else is at it."""
    place = _workplaces[0]
    held = _claim(place, recording_id, "inspect")
    if held is not None:
        done = _work(place, held, _inspect, INSPECT_TIMEOUT_S + GRACE_S, "inspection-failed")
        if done and place.service.settings.writer_url:
            place.service.queues.hint_write(recording_id)


def write(recording_id: str) -> None:
    """Asks the writer about a call whose inspection is kept by now; whatever goes wrong, the call is done."""
    place = _workplaces[0]
    writer = place.writer
    assert writer is not None  # noqa: S101 - only the writing worker takes these jobs
    try:
        write_about(place.service.database, recording_id, writer, place.judge.current().rulebook)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the call is done
        log_error(log, error, "nothing was written about %s", recording_id)


def _claim(place: Workplace, recording_id: str, stage: Stage) -> Claim | None:
    settings = place.service.settings
    with place.service.database.writing() as session:
        return claim(session, recording_id, stage, lease_s=settings.lease_s, max_attempts=settings.max_attempts)


def _work(
    place: Workplace, held: Claim, job: Callable[[Workplace, Claim, Holding], None], longest_s: float, code: str
) -> bool:
    """Whether the job was done; the database is told how it ended. An error is told once and not tried again by itself."""
    recording_id = held.recording.id
    lease_s = place.service.settings.lease_s
    with Holding(place.service.database, held, lease_s=lease_s, longest_s=longest_s) as holding:
        try:
            job(place, held, holding)
        except LeaseLost:
            return False
        except Stopped:
            log.info("%s is given back", recording_id)
            _give_back(place, held)
        except Unavailable as error:
            log.warning("%s waits: %s", recording_id, error)
            _give_back(place, held, pause_s=PAUSE_S, reason=(error.code, error.detail))
        except JobTimeoutException as error:
            log_error(log, error, "%s took too long", recording_id)
            _fail(place, held, TIMED_OUT, f"Given up after {longest_s - GRACE_S:.0f} s.")
        except Conflict as error:
            if error.code != "lease-lost":
                raise
            log.warning("%s", error)
        except QcError as error:
            log.warning("%s failed: %s", recording_id, error)
            _fail(place, held, error.code, f"{error.detail} {error.way_out}".strip())
        except Exception as error:  # noqa: BLE001 - whatever it is, the recording says so and waits for a retry
            log_error(log, error, "%s failed", recording_id)
            _fail(place, held, code, kind_of(error))
        else:
            return True
    return False


def _give_back(place: Workplace, held: Claim, *, pause_s: float = 0, reason: tuple[str, str] | None = None) -> None:
    with suppress(Conflict), place.service.database.writing() as session:
        give_back(session, held, pause_s=pause_s, reason=reason)


def _fail(place: Workplace, held: Claim, code: str, detail: str) -> None:
    with suppress(Conflict), place.service.database.writing() as session:
        fail(session, held, code, detail)


def _transcribe(place: Workplace, held: Claim, holding: Holding) -> None:
    recording, service = held.recording, place.service
    recogniser = place.recogniser
    assert recogniser is not None  # noqa: S101 - only the speech worker takes these jobs
    fingerprint = transcript_fingerprint(recording.sha256, recogniser.name, recording.agent_channel)
    with service.database.reading() as session:
        transcript_id = find_transcript(session, fingerprint)
    if transcript_id is None:
        transcript = _hear(place, recogniser, recording, holding)
        with service.database.writing() as session:
            transcript_id = save_transcript(session, transcript, fingerprint=fingerprint)
            finished = finish_transcription(session, held, transcript_id)
    else:
        with service.database.writing() as session:
            finished = finish_transcription(session, held, transcript_id)
    for each in finished:
        service.queues.hint_inspect(each.id)


def _hear(place: Workplace, recogniser: Recogniser, recording: StoredRecording, holding: Holding) -> Transcript:
    from qc.speech.expecting import expectations  # noqa: PLC0415 - a general worker has no speech model
    from qc.speech.transcribe import transcribe_recording  # noqa: PLC0415

    rulebook = place.judge.current().rulebook
    with place.stop.interruptible(), place.service.blobs.local_copy(recording.blob_key or "") as path:
        expecting = expectations(place.service.settings.lexicons, rulebook, call_of(recording).dealer)
        return transcribe_recording(
            path,
            recogniser,
            expecting=expecting,
            agent_channel=recording.agent_channel,
            progress=holding.report,
        )


def _inspect(place: Workplace, held: Claim, holding: Holding) -> None:
    judge = place.judge.current()
    inspection = judge_recording(place.service.database, held.recording, judge)
    holding.report(1)
    with place.service.database.writing() as session:
        keep_inspection(session, held.recording.id, inspection, judge.grader)
        finish_inspection(session, held)
