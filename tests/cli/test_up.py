"""The whole service as its users run it, and what is left of an accepted call when its parts are killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
PARTS = {"redis": "valkey-server", "speech": "workers.main speech", "general": "workers.main general", "api": "uvicorn"}
WITHIN_S = 90.0

pytestmark = [pytest.mark.services, pytest.mark.speech]


class Installation:
    """One ``qc up`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.env = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in {"REDIS_URL", "DATABASE_URL", "BLOB_URL"}
            },
            "QC_DATA_DIR": str(folder),
            "QC_PORT": str(self.port),
            "QC_LEASE_S": "2",
        }
        self.output = folder / "output.txt"

    def start(self, *options: str) -> None:
        self.folder.mkdir(exist_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "qc.cli.main", "up", *options], env=self.env, stdout=output, stderr=output
            )
        until(lambda: "Ctrl-C stops everything" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)

    def pid_of(self, part: str) -> int:
        for child in children_of(self.process.pid):
            if PARTS[part] in command_of(child):
                return child
        raise LookupError(part)

    def client(self) -> httpx2.Client:
        key = (self.folder / "admin.key").read_text().strip()
        return httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


def until(condition: Callable[[], Any], within_s: float = WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("up") / "data")
    installation.start("--no-samples")
    yield installation
    if installation.process.poll() is None:
        installation.stop()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Different short recordings, each a piece of a sample call."""
    folder = tmp_path_factory.mktemp("spoken")
    with av.open(str(SAMPLES / "02-good-call.opus")) as container:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=8000)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    samples = b"".join(bytes(frame.planes[0])[: frame.samples * 4] for frame in frames)
    pieces = []
    for number in range(12):
        path = folder / f"piece-{number}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            start = number * 4 * 8000 * 4
            file.writeframes(samples[start : start + 8 * 8000 * 4])
        pieces.append(path)
    return pieces


def send(installation: Installation, *recordings: Path) -> list[str]:
    ids = []
    with installation.client() as client:
        for path in recordings:
            files = {"file": (path.name, path.read_bytes())}
            reply = client.post("/v1/recordings", files=files, data={"metadata": json.dumps({})})
            assert reply.status_code == 202, reply.text
            ids.append(reply.json()["id"])
    return ids


def states(installation: Installation, ids: list[str]) -> list[str]:
    try:
        with installation.client() as client:
            return [client.get(f"/v1/recordings/{recording_id}").json()["state"] for recording_id in ids]
    except (httpx2.HTTPError, KeyError, ValueError):  # the API was just killed
        return []


def all_done(installation: Installation, ids: list[str]) -> Callable[[], bool]:
    return lambda: states(installation, ids) == ["done"] * len(ids)


@pytest.mark.parametrize(("part", "first"), [("speech", 0), ("general", 2), ("api", 4), ("redis", 6)])
def test_killing_a_part_loses_no_accepted_recording(
    installation: Installation, spoken: list[Path], part: str, first: int
) -> None:
    ids = send(installation, *spoken[first : first + 2])
    if part == "speech":
        until(lambda: "transcribing" in states(installation, ids))
    victim = installation.pid_of(part)
    os.kill(victim, signal.SIGKILL)
    until(all_done(installation, ids))
    assert installation.pid_of(part) != victim


def test_killing_everything_at_once_loses_no_accepted_recording(installation: Installation, spoken: list[Path]) -> None:
    ids = send(installation, *spoken[8:10])
    parts = [installation.pid_of(part) for part in PARTS]
    for pid in (installation.process.pid, *parts):
        os.kill(pid, signal.SIGKILL)
    installation.process.wait(10)
    installation.start("--no-samples")
    until(all_done(installation, ids))


def test_a_second_one_on_the_same_folder_is_told_so(installation: Installation) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "qc.cli.main", "up"], env=installation.env, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "already running" in second.stderr


def test_ctrl_c_stops_everything_and_unfinished_work_goes_on_at_the_next_start(
    installation: Installation, spoken: list[Path]
) -> None:
    ids = send(installation, *spoken[10:12])
    parts = [installation.pid_of(part) for part in PARTS]
    assert installation.stop() == 0
    assert installation.said().rstrip().endswith("Stopped.")
    assert [pid for pid in parts if command_of(pid)] == []
    installation.start("--no-samples")
    until(all_done(installation, ids))
