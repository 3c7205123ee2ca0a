"""A multipart upload on its way in: counted while it arrives, on disk, never whole in memory.

Starlette's own form parser would spool to the system's temporary folder (memory, on many machines), before the key
is looked at, and with no limit; here the bytes go to an unnamed file in the data folder, which vanishes with the
process, and the limit holds from the first byte too many.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from qc.errors import BadAudio, BadInput

MAX_METADATA_BYTES: Final = 64 * 1024
FRAMING_BYTES: Final = 64 * 1024
"""Boundaries and part headers, on top of the file and the metadata."""
PARTS: Final = ("file", "metadata")


class BadMultipart(BadInput):
    """A body that is not the multipart form asked for. Codes: ``bad-multipart``, ``unknown-part``, ``missing-file``."""

    title = "The upload cannot be used"


class NotMultipart(BadInput):
    """Another content type. Code: ``not-multipart``."""

    status = 415
    title = "Unsupported media type"


@dataclass(frozen=True)
class Upload:
    """What arrived: the file from its beginning, and the text of the metadata part."""

    file: BinaryIO
    filename: str | None
    metadata: bytes


class _Parts:
    """What the parser's callbacks gather. File bytes wait in ``arrived`` until they are written."""

    def __init__(self, max_file_bytes: int) -> None:
        self.max_file_bytes = max_file_bytes
        self.seen: list[str] = []
        self.filename: str | None = None
        self.metadata = bytearray()
        self.arrived: list[bytes] = []
        self.file_bytes = 0
        self.complete = False
        self._header = (bytearray(), bytearray())
        self._disposition = b""

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition = b""

    def _header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name not in PARTS or name in self.seen:
            again = "appears twice" if name in self.seen else "is not known"
            raise BadMultipart(
                "unknown-part",
                f"The part {name[:100]!r} {again}.",
                way_out="Send one part named file and one named metadata.",
                where=name[:100],
            )
        self.seen.append(name)
        if name == "file" and b"filename" in options:
            self.filename = options[b"filename"].decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self.seen[-1] == "file":
            self.file_bytes += end - start
            if self.file_bytes > self.max_file_bytes:
                raise too_large(self.max_file_bytes)
            self.arrived.append(data[start:end])
        else:
            self.metadata += data[start:end]
            if len(self.metadata) > MAX_METADATA_BYTES:
                raise BadMultipart(
                    "bad-metadata", f"The metadata is larger than {MAX_METADATA_BYTES} bytes.", where="metadata"
                )

    def _end(self) -> None:
        self.complete = True


def too_large(max_bytes: int) -> BadAudio:
    """The error for a file above the limit."""
    return BadAudio(
        "recording-too-large",
        f"The recording is larger than {max_bytes} bytes.",
        way_out="Send it compressed (Opus at 24 kbit/s is plenty for speech), or raise QC_MAX_UPLOAD_BYTES.",
    )


@asynccontextmanager
async def received(request: Request, folder: Path, max_file_bytes: int) -> AsyncIterator[Upload]:
    """The upload, complete and on disk; its file is gone afterwards.

    Raises:
        NotMultipart: for another content type.
        BadMultipart: for a broken body, parts not asked for, and without a file.
        BadAudio: ``recording-too-large``, as soon as it is.
    """
    content_type, options = parse_options_header(request.headers.get("content-type"))
    if content_type != b"multipart/form-data" or not options.get(b"boundary"):
        raise NotMultipart(
            "not-multipart",
            "The body is not multipart/form-data with a boundary.",
            way_out="curl -F file=@call.wav -F 'metadata={…}' sends one.",
        )
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_file_bytes + MAX_METADATA_BYTES + FRAMING_BYTES:
        raise too_large(max_file_bytes)
    parts = _Parts(max_file_bytes)
    with await run_in_threadpool(_unnamed_file, folder) as file:
        await _parse(request, options[b"boundary"], parts, file)
        if "file" not in parts.seen:
            raise BadMultipart("missing-file", "The part named file is missing.", where="file")
        file.seek(0)
        yield Upload(file, parts.filename, bytes(parts.metadata))


def _unnamed_file(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))


async def _parse(request: Request, boundary: bytes, parts: _Parts, file: BinaryIO) -> None:
    try:
        parser = MultipartParser(boundary, cast("Any", parts.callbacks()))
        async for chunk in request.stream():
            parser.write(chunk)
            if parts.arrived:
                await run_in_threadpool(file.write, b"".join(parts.arrived))
                parts.arrived.clear()
        parser.finalize()
    except FormParserError as error:
        raise BadMultipart("bad-multipart", f"The body is not well-formed multipart: {error}.") from error
    if not parts.complete:
        raise BadMultipart("bad-multipart", "The body ends before its last boundary.", way_out="Send it again, whole.")
