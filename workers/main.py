"""A worker process: ``python -m workers.main speech|general|writing [--burst]``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker.base import WorkerStatus

from qc.errors import BadSettings, QcError, Unavailable
from qc.ingest import open_service
from qc.inspecting import LiveJudge
from qc.store.settings import Settings
from qc.traces import log_error
from qc.writer import make_writer
from workers.jobs import Workplace, equip
from workers.reconciler import Reconciler, reconcile
from workers.stopping import StopRequest

if TYPE_CHECKING:
    from qc.speech.recogniser import Recogniser

Role = Literal["speech", "general", "writing"]
"""What a worker is for, and the name of its queue."""

WORKER_TTL_S: Final = 60
"""A connection that went dead without a word is noticed within this time."""
RECONNECT_S: Final = 1.0

log = logging.getLogger(__name__)


class InProcessWorker(SimpleWorker):
    """RQ's worker that does its jobs itself, since a forked one would load the speech model for each of them.

    It leaves signals to our `StopRequest`, and takes no commands by Redis, which would need a second connection. What an
    error says, which may be a call's words, it neither logs nor leaves with the queue.
    """

    max_connection_wait_time = RECONNECT_S
    stop: StopRequest

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stops at once if idle; in a job, once that is done or has been given back."""
        del signum, frame
        self._stop_requested = True
        self.stop.ask()
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def subscribe(self) -> None:
        """Nothing: there are no commands."""

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Logs what a job let through."""
        log_error(log, exc_info[1], "%s failed", job.id)

    def handle_job_failure(self, job: Job, queue: Queue, *args: Any, exc_string: str = "", **known: Any) -> None:
        """Notes that the job failed, and nothing more: why is in the log."""
        del exc_string
        super().handle_job_failure(job, queue, *args, **known)


def run(role: Role, settings: Settings, *, recogniser: Recogniser | None = None, burst: bool = False) -> None:
    """Works until asked to stop by SIGTERM or SIGINT, or with ``burst`` until the queue is empty.

    The speech worker loads its model before it takes the first job, unless it is given one. The writing worker asks the
    writer, and nothing else, so that nothing waits while the writer takes its time.

    Raises:
        QcError: if the settings, the database, the rulebook or the model cannot be used at the start.
    """
    writer = make_writer(settings)
    if role == "writing" and writer is None:
        raise BadSettings(
            "no-writer",
            "There is no writer whom a writing worker could ask.",
            way_out="Set QC_WRITER_URL, or run no writing worker.",
            where="QC_WRITER_URL",
        )
    service = open_service(settings)
    service.database.migrate()
    judge = LiveJudge(settings)
    if role != "speech":
        judge.current()
    elif recogniser is None:
        from qc.speech.engines import load_recogniser  # noqa: PLC0415
        from qc.speech.expecting import expectations, warm_up  # noqa: PLC0415 - a general worker has no speech model

        recogniser = load_recogniser(settings.whisper_model, settings.data_dir)
        warm_up(recogniser, expectations(settings.lexicons, judge.current().rulebook))
    stop = StopRequest()
    equip(Workplace(service, judge, recogniser, stop, writer if role == "writing" else None))
    log.info("%s worker is ready", role)
    if burst and role != "writing":
        with suppress(Unavailable):
            reconcile(service, settle_s=0)
    reconciler = Reconciler(service, lambda: judge.current().rulebook)
    with reconciler if role == "general" and not burst else nullcontext():
        _take_jobs(role, settings, stop, burst=burst)
    service.database.close()
    log.info("%s worker has stopped", role)


def _take_jobs(role: Role, settings: Settings, stop: StopRequest, *, burst: bool) -> None:
    """Takes jobs from the queue; when that is away, waits for it to come back."""
    _handle_signals(lambda *_: stop.ask())
    while not stop.asked:
        connection = redis.Redis.from_url(settings.redis, retry=Retry(NoBackoff(), 1), socket_connect_timeout=5)
        try:
            worker = InProcessWorker(
                [Queue(role, connection=connection, serializer=JSONSerializer)],
                name=f"{role}-{uuid4().hex}",
                connection=connection,
                serializer=JSONSerializer,
                worker_ttl=WORKER_TTL_S,
                log_job_description=False,
            )
            worker.stop = stop
            worker.work(burst=burst, logging_level="WARNING")
        except StopRequested:
            return
        except redis.RedisError as error:
            log.warning("the queue does not answer: %s", error)
        finally:
            _handle_signals(lambda *_: stop.ask())
            connection.close()
        if burst:
            return
        stop.wait(RECONNECT_S)


def _handle_signals(handler: Any) -> None:
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a worker run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m workers.main", description=__doc__)
    parser.add_argument("role", choices=get_args(Role))
    parser.add_argument("--burst", action="store_true", help="stop when the queue is empty")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "faster_whisper"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        run(chosen.role, Settings.read(), burst=chosen.burst)
    except QcError as error:
        print(f"{error.title}: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
