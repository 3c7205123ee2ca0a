from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qc.cli.supervisor import Child, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
pytestmark = pytest.mark.services


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def until(condition: object, within_s: float = 10.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_dies_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(Child("sleeper", SLEEPS, tmp_path / "sleeper.log"))
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    news: list[str] = []

    def restarted() -> bool:
        news.extend(supervisor.tend())
        return child.process is not None and child.process.pid != first and child.alive

    until(restarted)
    assert len(news) == 1
    assert "sleeper ended with status -9" in news[0]


def test_restarts_in_a_row_wait_longer(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(Child("broken", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "broken.log"))
    news: list[str] = []

    def died_three_times() -> bool:
        news.extend(supervisor.tend())
        return len(news) == 3

    until(died_three_times)
    assert [line.split(" in ")[1].split(" s ")[0] for line in news] == ["0.2", "1", "5"]
    assert child.restarts == 2


def test_stopping_ends_children_even_those_that_do_not_listen(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qc.cli.supervisor.STOP_WITHIN_S", 1.0)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    polite = supervisor.start(Child("polite", SLEEPS, tmp_path / "polite.log"))
    stubborn = supervisor.start(Child("stubborn", [sys.executable, "-c", deaf], tmp_path / "stubborn.log"))
    until(lambda: "deaf" in stubborn.last_words())
    supervisor.stop()
    assert polite.process is not None
    assert stubborn.process is not None
    assert polite.process.returncode == -signal.SIGTERM
    assert stubborn.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from qc.cli.supervisor import Child, Supervisor
child = Supervisor().start(Child("sleeper", {SLEEPS!r}, Path({str(tmp_path / "log")!r})))
print(child.process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    assert running(pid)
    parent.kill()
    parent.wait()
    until(lambda: not running(pid))
