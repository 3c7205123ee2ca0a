"""The reconciler: whatever the database says is unfinished and nobody has, the queue is told about again.

It makes good for a queue that was away or lost what it held, for workers that died, and for hints that were never
given. Any number of reconcilers may run; a recording has at most one hint of a kind in the queue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from qc.errors import Unavailable
from qc.ingest import Service
from qc.rulebook import Rulebook
from qc.store.leases import Stage, find_waiting
from qc.store.paging import now
from qc.store.queues import transcribe_timeout_s
from qc.store.recordings import mark_queued
from qc.store.uploads import sweep_uploads
from qc.traces import log_error
from workers.planning import Planning

EVERY_S: Final = 3.0
SETTLE_S: Final = 2.0
"""What changed so shortly ago is being hinted at by whoever changed it."""
AT_ONCE: Final = 500
"""The oldest of each stage in one round; the queue is first in, first out, so younger ones need no hint sooner."""
SWEEP_EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)


def reconcile(service: Service, *, settle_s: float = SETTLE_S) -> int:
    """How many recordings the queue was told about because it did not know of them.

    Raises:
        Unavailable: if the database or the queue does not answer.
    """
    return sum(_reconcile_stage(service, stage, settle_s) for stage in ("transcribe", "inspect"))


def _reconcile_stage(service: Service, stage: Stage, settle_s: float) -> int:
    with service.database.reading() as session:
        waiting = find_waiting(session, stage, settled_before=now() - timedelta(seconds=settle_s), limit=AT_ONCE)
    if not waiting:
        return 0
    known = service.queues.hinted(stage)
    told = []
    for each in waiting:
        if each.recording_id in known:
            continue
        if stage == "transcribe":
            heard = service.queues.hint_transcribe(each.recording_id, transcribe_timeout_s(each.duration_ms))
        else:
            heard = service.queues.hint_inspect(each.recording_id)
        if not heard:
            break  # the queue has gone away: each further try would wait for it, and the next round makes good
        told.append(each.recording_id)
    if told and stage == "transcribe":
        with service.database.writing() as session:
            mark_queued(session, told)
    return len(told)


class Reconciler:
    """A thread that reconciles every few seconds for the time of a ``with`` block, whatever is away meanwhile.

    It also plans for leads that have changed, by the rulebook in force.
    """

    def __init__(self, service: Service, rulebook: Callable[[], Rulebook]) -> None:
        self._service = service
        self._rulebook = rulebook
        self._over = threading.Event()
        self._planning = Planning(service, self._over.is_set)
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        next_sweep = 0.0
        while not self._over.is_set():
            with _going_on("reconciling"):
                told = reconcile(self._service)
                if told:
                    log.info("%d unfinished recordings are queued again", told)
                if time.monotonic() >= next_sweep:
                    sweep_uploads(self._service.settings, now=time.time())
                    next_sweep = time.monotonic() + SWEEP_EVERY_S
            with _going_on("planning"):  # which needs no queue
                self._planning.round(self._rulebook())
            self._over.wait(EVERY_S)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """Tells the log why a round failed, and no more: the thread is what everybody relies on."""
    try:
        yield
    except Unavailable as error:
        log.warning("%s", error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the next round tries again
        log_error(log, error, "a round of %s failed", what)
