"""The queue, which only hints: the database is the truth, and what the queue loses is hinted again.

Only hints for the writer are not: a memo is whole without it, and ``qc memo write`` asks about a call at any time.
A recording has at most one hint of each kind in the queue, since the hint's id is made from the recording's.
"""

from __future__ import annotations

import logging
from typing import Final, Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from qc.errors import BadSettings, Unavailable
from qc.store.leases import Stage

SPEECH: Final = "speech"
GENERAL: Final = "general"
WRITING: Final = "writing"
TRANSCRIBE: Final = "workers.jobs.transcribe"
INSPECT: Final = "workers.jobs.inspect"
WRITE: Final = "workers.jobs.write"
"""Jobs are known by name, so that whoever hints need not import the workers."""

INSPECT_TIMEOUT_S: Final = 120
"""An inspection takes milliseconds; this only stops one that never ends."""
WRITE_TIMEOUT_S: Final = 120
"""A writer has a minute at most to answer."""
REPLY_TIMEOUT_S: Final = 3.0
"""So long somebody who uploads waits for a queue that does not answer."""
FAILURE_TTL_S: Final = 3600
"""What failed is told by the database; RQ's own note of it is for ``rq info``."""

log = logging.getLogger(__name__)


def transcribe_timeout_s(duration_ms: int) -> int:
    """How many seconds a transcription may take: the slowest sensible machine hears at ten times the call's length."""
    return 60 + 10 * duration_ms // 1000


class Queues:
    """The RQ queues ``speech``, ``general`` and ``writing`` at ``redis_url``; opening them connects to nothing yet.

    Raises:
        BadSettings: if the address cannot be used.
    """

    def __init__(self, redis_url: str) -> None:
        try:
            self.connection = redis.Redis.from_url(
                redis_url,
                socket_timeout=REPLY_TIMEOUT_S,
                socket_connect_timeout=REPLY_TIMEOUT_S,
                retry=Retry(NoBackoff(), 1),  # a connection that was idle over a restart of the server fails once
            )
        except ValueError as error:
            raise BadSettings(
                "bad-settings",
                f"not a queue address: {error}.",
                way_out="Use redis://host:port/0 or unix:///path/to/socket.",
                where="REDIS_URL",
            ) from error
        self._queues = {
            name: Queue(name, connection=self.connection, serializer=JSONSerializer)
            for name in (SPEECH, GENERAL, WRITING)
        }

    def hint_transcribe(self, recording_id: str, timeout_s: int) -> bool:
        """Whether the queue now knows that this recording is to be transcribed; a queue that is away does not."""
        return self._hint(self._queues[SPEECH], "transcribe", TRANSCRIBE, recording_id, timeout_s)

    def hint_inspect(self, recording_id: str) -> bool:
        """Whether the queue now knows that this recording is to be inspected; a queue that is away does not."""
        return self._hint(self._queues[GENERAL], "inspect", INSPECT, recording_id, INSPECT_TIMEOUT_S)

    def hint_write(self, recording_id: str) -> bool:
        """Whether the queue now knows that the writer is to be asked about this call."""
        return self._hint(self._queues[WRITING], "write", WRITE, recording_id, WRITE_TIMEOUT_S)

    def hinted(self, stage: Stage) -> frozenset[str]:
        """The ids of the recordings that lie in the queue for this stage.

        Raises:
            Unavailable: ``queue-unavailable``.
        """
        queue = self._queues[SPEECH if stage == "transcribe" else GENERAL]
        try:
            job_ids = queue.get_job_ids()
        except redis.RedisError as error:
            raise _unavailable(error) from error
        prefix = f"{stage}-"
        return frozenset(job_id.removeprefix(prefix) for job_id in job_ids if job_id.startswith(prefix))

    def ping(self) -> None:
        """Returns if the queue answers.

        Raises:
            Unavailable: ``queue-unavailable``.
        """
        try:
            self.connection.ping()
        except redis.RedisError as error:
            raise _unavailable(error) from error

    def depths(self) -> dict[str, int]:
        """How many hints wait in each queue.

        Raises:
            Unavailable: ``queue-unavailable``.
        """
        try:
            return {name: queue.count for name, queue in self._queues.items()}
        except redis.RedisError as error:
            raise _unavailable(error) from error

    def close(self) -> None:
        """Lets go of all connections; the next use opens new ones."""
        self.connection.close()

    def _hint(self, queue: Queue, stage: Stage | Literal["write"], job: str, recording_id: str, timeout_s: int) -> bool:
        job_id = f"{stage}-{recording_id}"
        try:
            if not self._enqueue(queue, job_id, job, recording_id, timeout_s):
                if self.connection.lpos(queue.key, job_id) is not None:
                    return True
                # A note without a place in the queue: its worker died, or is about to see that there is nothing
                # (more) to do. Whoever calls knows from the database that there is.
                self._forget(job_id)
                self._enqueue(queue, job_id, job, recording_id, timeout_s)
        except redis.RedisError as error:
            log.warning("the queue does not answer, so it does not know of %s: %s", job_id, error)
            return False
        return True

    def _enqueue(self, queue: Queue, job_id: str, job: str, recording_id: str, timeout_s: int) -> bool:
        try:
            queue.enqueue_call(
                job,
                args=(recording_id,),
                job_id=job_id,
                timeout=timeout_s,
                result_ttl=0,
                failure_ttl=FAILURE_TTL_S,
                unique=True,
            )
        except DuplicateJobError:
            return False
        return True

    def _forget(self, job_id: str) -> None:
        try:
            Job.fetch(job_id, connection=self.connection, serializer=JSONSerializer).delete()
        except NoSuchJobError:
            return


def _unavailable(error: redis.RedisError) -> Unavailable:
    return Unavailable("queue-unavailable", f"The queue does not answer: {error}.", way_out="Try again later.")
