"""The parts of the service alone: the API, and one worker."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from qc.store.settings import Settings


class WorkerKind(StrEnum):
    """What a worker is for: ``speech`` hears, ``writing`` asks the optional writer, ``general`` does all else."""

    SPEECH = "speech"
    GENERAL = "general"
    WRITING = "writing"


def api_command(settings: Settings) -> list[str]:
    """The command that runs the API in a process of its own; qc never imports its doors."""
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "api.app:create_app",
        "--factory",
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--no-access-log",
    ]


def worker_command(kind: WorkerKind) -> list[str]:
    """The command that runs one worker in a process of its own."""
    return [sys.executable, "-m", "workers.main", kind.value]


def serve() -> None:
    """Serve the API alone (QC_HOST, QC_PORT, DATABASE_URL, REDIS_URL, BLOB_URL)."""
    command = api_command(Settings.read())
    os.execv(command[0], command)  # noqa: S606 - the process becomes the server, so that signals reach it


def worker(
    kind: Annotated[
        WorkerKind, typer.Argument(help="speech: transcribes. general: inspects, reconciles. writing: asks the writer.")
    ],
) -> None:
    """Run one worker alone (DATABASE_URL, REDIS_URL, BLOB_URL)."""
    command = worker_command(kind)
    os.execv(command[0], command)  # noqa: S606 - as above
