"""``qc up``: the whole service on one machine, started, fed with the sample calls, watched and stopped."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from qc.cli.serve import WorkerKind, api_command, worker_command
from qc.cli.supervisor import Child, Supervisor
from qc.cli.text_report import print_report
from qc.domain import Call, Dealer
from qc.errors import BadSettings, Unavailable
from qc.store.queue_server import queue_server_command
from qc.store.settings import Settings

if TYPE_CHECKING:
    from qc.ingest import Service

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
READY_WITHIN_S = 60.0
LONGEST_SOCKET_PATH = 100
"""Unix allows 107 bytes; a little room is kept for what the server appends."""


def up(
    *,
    samples: Annotated[bool, typer.Option(help="Ingest the sample calls.")] = True,
) -> None:
    """Start everything: Redis-protocol server, database, workers, API; inspect the sample calls."""
    console = Console()
    settings = Settings.read()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(settings), _until_stopped(console), _supervised() as supervisor:
        settings = _start_queue_server(supervisor, settings)
        service = _opened(settings)
        key = _admin_key(service)
        _start_doors(supervisor, settings)
        _wait_until_ready(supervisor, settings)
        _print_addresses(console, settings, key)
        if samples:
            _ingest_samples(console, supervisor, service)
        _print_first_inspection(console, service)
        _print_addresses(console, settings, key)
        console.print("Ctrl-C stops everything; what is unfinished goes on at the next start.", style="dim")
        while True:
            _tend(console, supervisor)
            time.sleep(0.5)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    path = settings.data_dir / "up.lock"
    file: IO[str] = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BadSettings(
            "already-running",
            f"the service is already running on {settings.data_dir}.",
            way_out="Stop it first, or set QC_DATA_DIR and QC_PORT for a second one.",
        ) from error
    try:
        yield
    finally:
        file.close()


class _Stop(BaseException):
    """Somebody asked us to stop."""


@contextmanager
def _until_stopped(console: Console) -> Iterator[None]:
    """Turns SIGINT and SIGTERM into an orderly end, and says when everything inside has ended."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # A second Ctrl-C must not interrupt the orderly stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Stop

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except _Stop:
        console.print("Stopped.")


@contextmanager
def _supervised() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def _start_queue_server(supervisor: Supervisor, settings: Settings) -> Settings:
    """Start the embedded server, unless REDIS_URL names another; returns the settings everyone uses."""
    if settings.redis_url:
        return settings
    folder = (settings.data_dir / "redis").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    address = Path(settings.redis.removeprefix("unix://"))
    if len(str(address)) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        private = Path(tempfile.gettempdir()) / f"qc-{os.getuid()}-{name}"
        private.mkdir(mode=0o700, exist_ok=True)
        address = private / "redis.sock"
    address.unlink(missing_ok=True)
    server = supervisor.start(
        Child(
            "redis",
            queue_server_command(folder, address),
            settings.data_dir / "logs" / "redis.log",
        )
    )
    os.environ["REDIS_URL"] = f"unix://{address}"
    deadline = time.monotonic() + READY_WITHIN_S
    while not address.exists():
        if not server.alive or time.monotonic() > deadline:
            raise Unavailable(
                "queue-server-down",
                f"the embedded Redis-protocol server did not start: {server.last_words(3)}",
                way_out=f"See {server.log}, or set REDIS_URL to a server of your own.",
            )
        time.sleep(0.05)
    return Settings.read()


def _opened(settings: Settings) -> Service:
    from qc.ingest import open_service  # noqa: PLC0415

    service = open_service(settings)
    service.database.migrate()
    return service


def _admin_key(service: Service) -> str:
    """The admin key of this data folder, made on the first start and kept in a file only its owner can read."""
    from qc.store.keys import authenticate, create_key  # noqa: PLC0415

    path = service.settings.data_dir / "admin.key"
    if path.exists():
        secret = path.read_text("ascii").strip()
        with service.database.reading() as session:
            if authenticate(session, secret):
                return secret
    with service.database.writing() as session:
        _, secret = create_key(session, "admin of qc up", ("admin",))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secret + "\n")
    return secret


def _start_doors(supervisor: Supervisor, settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise BadSettings(
                "port-taken",
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}.",
                way_out="Set another one, for instance QC_PORT=8001 make up.",
                where="QC_PORT",
            ) from error
    logs = settings.data_dir / "logs"
    supervisor.start(Child("speech worker", worker_command(WorkerKind.SPEECH), logs / "speech-worker.log"))
    supervisor.start(Child("general worker", worker_command(WorkerKind.GENERAL), logs / "general-worker.log"))
    if settings.writer_url:
        supervisor.start(Child("writing worker", worker_command(WorkerKind.WRITING), logs / "writing-worker.log"))
    supervisor.start(Child("api", api_command(settings), logs / "api.log"))


def _wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    api = supervisor.children[-1]
    while time.monotonic() < deadline and api.alive:
        try:
            with urllib.request.urlopen(f"{_base(settings)}/readyz", timeout=5) as reply:  # noqa: S310 - our own address
                if reply.status == 200:  # noqa: PLR2004
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Unavailable("api-down", f"the API did not become ready:\n{api.last_words()}", way_out=f"See {api.log}.")


def _base(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def _tend(console: Console, supervisor: Supervisor) -> None:
    for line in supervisor.tend():
        console.print(line, style="yellow", highlight=False, markup=False)


def _ingest_samples(console: Console, supervisor: Supervisor, service: Service) -> None:
    from qc.cli.ingest import ingest_manifest  # noqa: PLC0415

    outcome = ingest_manifest(service, SAMPLES / "manifest.csv")
    for rejected in outcome.rejects:
        console.print(f"sample {rejected.file}: {rejected.reason}", style="red", markup=False)
    total = len(outcome.accepted)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:g}/{task.total:g}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("inspecting the sample calls", total=total)
        while True:
            done = _progress_of(service, outcome.accepted)
            bar.update(task, completed=round(done, 1))
            if done >= total:
                return
            _tend(console, supervisor)
            time.sleep(0.5)


def _progress_of(service: Service, ids: list[str]) -> float:
    """How many recordings are finished, those in hand counted by their progress."""
    from qc.store.recordings import get_recording  # noqa: PLC0415
    from qc.store.records import RecordingState  # noqa: PLC0415

    finished = 0.0
    with service.database.reading() as session:
        for recording_id in ids:
            recording = get_recording(session, recording_id)
            ended = recording.state in {RecordingState.DONE, RecordingState.FAILED}
            finished += 1.0 if ended else min(recording.progress / 100, 0.99)
    return finished


def _print_first_inspection(console: Console, service: Service) -> None:
    from qc.store.inspections import current_inspection  # noqa: PLC0415
    from qc.store.recordings import find_recordings  # noqa: PLC0415
    from qc.store.records import RecordingState  # noqa: PLC0415

    with service.database.reading() as session:
        done = find_recordings(session, state=RecordingState.DONE, limit=200).items
        if not done:
            return
        first = min(done, key=lambda recording: recording.created_at)
        stored = current_inspection(session, first.id)
    if stored is None:
        return
    call = Call(time=first.started_at, direction=first.direction, dealer=Dealer(store=first.store, brand=first.brand))
    print_report(console, first.external_id or first.id, call, stored.transcript, stored.inspection)


def _print_addresses(console: Console, settings: Settings, key: str) -> None:
    base = _base(settings)
    console.print()
    console.print(f"  API        {base}", highlight=False)
    console.print(f"  API docs   {base}/docs", highlight=False)
    console.print(f"  admin key  {key}", highlight=False, soft_wrap=True)
    console.print(
        f'  try        curl -H "Authorization: Bearer {key}" {base}/v1/inspections', highlight=False, soft_wrap=True
    )
    console.print(f"  logs       {settings.data_dir / 'logs'}", highlight=False)
    console.print()
