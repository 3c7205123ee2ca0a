"""Stored audio as an HTTP reply: ranges, validators, and bytes that stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, ClassVar, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.problems import problem_of
from qc.errors import BadInput, NotFound
from qc.store.blobs import Blobs
from qc.store.records import StoredRecording

CHUNK_BYTES: Final = 256 * 1024
ONE_RANGE: Final = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))\s*")
"""RFC 9110, 14.1.2, for a single range; several at once are answered with the whole, as 14.2 allows."""
PLAYABLE: Final = re.compile(r"(audio|video)/[A-Za-z0-9.+-]+")
"""Media types we repeat from storage; anything else could make a browser show an upload as a page."""


class RangeNotSatisfiable(BadInput):
    """A range that begins after the end. Code: ``range-not-satisfiable``."""

    status: ClassVar[int] = 416
    title: ClassVar[str] = "The range lies outside the recording"

    def __init__(self, size: int) -> None:
        super().__init__(
            "range-not-satisfiable", f"The recording has {size} bytes.", way_out="Ask for a range that begins before."
        )
        self.size = size


async def unsatisfiable(request: Request, error: Exception) -> Response:
    """The problem document of a 416, with the size in ``Content-Range``."""
    assert isinstance(error, RangeNotSatisfiable)  # noqa: S101 - the framework's signature is wider than what it hands in
    response = problem_of(request, error)
    response.headers["Content-Range"] = f"bytes */{error.size}"
    return response


class Audio(StreamingResponse):
    """The bytes of a recording, or the range that the request asks for."""

    def __init__(self, blobs: Blobs, recording: StoredRecording, request: Request) -> None:
        key = recording.blob_key or ""
        if not blobs.exists(key):
            raise NotFound("audio-gone", "The audio of this recording is no longer stored.")
        size = recording.size_bytes
        etag = f'"{recording.sha256}"'
        asked, whole_only = request.headers, request.method == "HEAD"  # ranges are for GET alone (RFC 9110, 14.2)
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": _disposition(recording),
        }
        if etag in [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]:
            super().__init__(iter(()), 304, headers)
            return
        outdated = asked.get("if-range", etag) != etag
        span = None if whole_only or outdated else _span(asked.get("range", ""), size)
        start, end = span or (0, size)
        headers["Content-Length"] = str(end - start)
        if span:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        content = iter(()) if whole_only else _bytes(blobs, key, start, end)
        super().__init__(content, 206 if span else 200, headers, media_type=_media_type(recording))


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """The bytes asked for, the end exclusive; ``None`` for the whole.

    Raises:
        RangeNotSatisfiable: if there are no such bytes.
    """
    match = ONE_RANGE.fullmatch(asked)
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), size if last is None else min(size, int(last) + 1)
        if last is not None and int(last) < int(first):
            return None  # such a header is invalid, and an invalid one is ignored (RFC 9110, 14.2)
    if start >= end:
        raise RangeNotSatisfiable(size)
    return start, end


def _bytes(blobs: Blobs, key: str, start: int, end: int) -> Iterator[bytes]:
    with blobs.open(key) as file:
        file.seek(start)
        yield from _chunks(file, end - start)


def _chunks(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0:
        chunk = file.read(min(CHUNK_BYTES, left))
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


def _media_type(recording: StoredRecording) -> str:
    media_type = recording.media_type or ""
    return media_type if PLAYABLE.fullmatch(media_type) else "application/octet-stream"


def _disposition(recording: StoredRecording) -> str:
    name = quote(recording.filename or f"{recording.id}", safe="")
    return f"inline; filename*=UTF-8''{name}"
