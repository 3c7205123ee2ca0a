"""Holding a lease while working: a thread renews it, notes the progress, and ends a process that cannot be stopped."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Final, Self

from qc.errors import Conflict, Unavailable
from qc.store.database import Database
from qc.store.leases import Claim, fail, renew

LONGEST_BEAT_S: Final = 2.0
"""So often the progress is noted at least."""
BEATS_PER_LEASE: Final = 4
"""A lease survives two beats that fail."""
TIMED_OUT: Final = "timed-out"
EXIT_STATUS: Final = 70

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker took the recording over; whatever this one finds out is of no use."""


class Holding:
    """A recording held by this worker for the time of a ``with`` block.

    A job is stopped in time by RQ's alarm, which waits for the present step of foreign code. ``longest_s`` is when
    even that has not helped: the recording is failed and the process ends itself, to be started again.
    """

    def __init__(self, database: Database, held: Claim, *, lease_s: float, longest_s: float) -> None:
        self._database = database
        self._held = held
        self._lease_s = lease_s
        self._end = time.monotonic() + longest_s
        self._longest_s = longest_s
        self._progress: int | None = None
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"holding {held.recording.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def report(self, part: float) -> None:
        """Notes that this part of the work is done, 0 to 1.

        Raises:
            LeaseLost: if there is no use in going on.
        """
        self._progress = int(100 * part)
        if self._lost:
            raise LeaseLost(self._held.recording.id)

    def _beat(self) -> None:
        while not self._over.wait(min(self._lease_s / BEATS_PER_LEASE, LONGEST_BEAT_S)):
            if time.monotonic() > self._end:
                self._end_process()
            try:
                with self._database.writing() as session:
                    kept = renew(session, self._held, lease_s=self._lease_s, progress=self._progress)
            except Unavailable as error:
                log.warning("the lease of %s could not be renewed: %s", self._held.recording.id, error)
                continue
            if not kept and not self._over.is_set():
                log.warning("another worker has taken over %s", self._held.recording.id)
                self._lost = True
                return

    def _end_process(self) -> None:
        log.critical("%s cannot be stopped after %.0f s, ending the process", self._held.recording.id, self._longest_s)
        try:
            with self._database.writing() as session:
                fail(session, self._held, TIMED_OUT, f"Given up after {self._longest_s:.0f} s.")
        except (Conflict, Unavailable) as error:
            log.warning("%s: %s", self._held.recording.id, error)
        finally:
            os._exit(EXIT_STATUS)
