"""Stopping on request: between jobs at once, in the middle of a recognition as soon as its present step ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """Somebody asked this worker to stop. Not an error, and nothing that handles errors may swallow it."""


class StopRequest:
    """Whether this worker was asked to stop, and whether it may be interrupted right now."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interruptible = False

    @property
    def asked(self) -> bool:
        """Whether somebody has asked."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Notes the request; for signal handlers, which run in the main thread, between two of its steps.

        Raises:
            Stopped: if the main thread is doing what may be interrupted.
        """
        self._asked.set()
        if self._interruptible:
            self._interruptible = False
            raise Stopped

    def wait(self, seconds: float) -> bool:
        """Whether somebody has asked, after waiting for it."""
        return self._asked.wait(seconds)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """What is done in here can be given up at any step.

        Raises:
            Stopped: from within, or at once if somebody had asked before.
        """
        self._interruptible = True
        try:
            if self.asked:
                raise Stopped
            yield
        finally:
            self._interruptible = False
