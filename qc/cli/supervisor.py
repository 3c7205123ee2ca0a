"""Child processes that are started, watched, restarted when they die, and stopped in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOP_WITHIN_S = 20.0
RESTART_AFTER_S = (0.2, 1.0, 5.0, 15.0)
"""Pauses before the first, second … restart in a row; a child that then lives `STABLE_AFTER_S` starts afresh."""
STABLE_AFTER_S = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    command: list[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    restart_at: float | None = None

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one prctl call
            )
        self.started_at = time.monotonic()
        self.restart_at = None

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def _end_with_parent() -> None:
    # A supervisor that is killed outright must not leave workers behind that nobody watches.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children alive until told to stop; stops them in reverse order of their start."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def start(self, child: Child) -> Child:
        """Start a child and watch it from now on."""
        child.start()
        self.children.append(child)
        return child

    def tend(self) -> list[str]:
        """Restart whoever died and has waited long enough; returns what happened, in words."""
        news = []
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                if child.restarts and now - child.started_at > STABLE_AFTER_S:
                    child.restarts = 0
            elif child.restart_at is None:
                pause = RESTART_AFTER_S[min(child.restarts, len(RESTART_AFTER_S) - 1)]
                child.restart_at = now + pause
                code = child.process.returncode if child.process else None
                news.append(f"{child.name} ended with status {code}; starting it again in {pause:g} s ({child.log})")
            elif now >= child.restart_at:
                child.restarts += 1
                child.start()
        return news

    def stop(self) -> None:
        """Ask every child to end, last started first; kill what has not ended in time."""
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in reversed(self.children):
            if child.process is None or not child.alive:
                continue
            child.process.terminate()
            try:
                child.process.wait(max(0.5, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
