"""Uploads on their way in: a file of ours for the while, gone afterwards whatever happens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from qc.errors import BadAudio
from qc.store.settings import Settings

CHUNK_BYTES: Final = 1 << 20
STALE_S: Final = 6 * 3600
"""An upload that was not written to for so long belongs to a process that died."""


@contextmanager
def spooled(settings: Settings, file: BinaryIO) -> Iterator[tuple[Path, str, int]]:
    """The upload as a file, its SHA-256 and its size in bytes; never more than a piece of it is in memory.

    Raises:
        BadAudio: ``recording-too-large``, as soon as that is known.
    """
    settings.spool_dir.mkdir(parents=True, exist_ok=True)
    path = settings.spool_dir / f"{secrets.token_hex(12)}.part"
    digest = hashlib.sha256()
    size_bytes = 0
    try:
        with path.open("xb") as spool:
            while chunk := file.read(CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > settings.max_upload_bytes:
                    raise BadAudio(
                        "recording-too-large",
                        f"The file is larger than {settings.max_upload_bytes} bytes.",
                        way_out="Send it compressed (Opus, MP3), or raise QC_MAX_UPLOAD_BYTES.",
                    )
                digest.update(chunk)
                spool.write(chunk)
        yield path, digest.hexdigest(), size_bytes
    finally:
        path.unlink(missing_ok=True)


def sweep_uploads(settings: Settings, *, now: float) -> int:
    """How many uploads that dead processes left were removed; ``now`` in seconds since the epoch."""
    stale = [path for path in settings.spool_dir.glob("*.part") if path.stat().st_mtime < now - STALE_S]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
