"""Audio files, in a folder or in any storage fsspec knows (``s3://bucket/prefix``).

S3 takes its credentials and endpoint from where AWS tools look for them (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` …)
and from fsspec's own configuration (``FSSPEC_S3_…``); it needs the optional extra ``s3``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from qc.errors import BadSettings, NotFound, Unavailable

BLOCK_BYTES: Final = 1 << 20
"""So much is read ahead from remote storage."""


def audio_key(sha256: str, suffix: str) -> str:
    """The place of audio with this content: ``audio/<ab>/<sha256>.<ext>``; equal files share it."""
    return f"audio/{sha256[:2]}/{sha256}.{suffix}"


class Blobs:
    """The blob storage at ``url``; opening it connects to nothing yet.

    Raises:
        BadSettings: if the address or what it needs is not there.
        NotFound: ``no-such-blob``, by what reads.
        Unavailable: ``blobs-unavailable``, by every method, if the storage does not answer or refuses.
    """

    def __init__(self, url: str) -> None:
        try:
            self._files, root = fsspec.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise BadSettings(
                "bad-settings",
                f"the blob storage cannot be used: {error}.",
                way_out="Name a folder or s3://bucket/prefix; for S3 install the extra: pip install 'car-call-qc[s3]'.",
                where="BLOB_URL",
            ) from error
        self._is_local = isinstance(self._files, LocalFileSystem)
        self._root = root.rstrip("/")

    def put(self, path: Path, key: str) -> None:
        """Keeps the file's content under the key: whole or not at all, and on disk when this returns."""
        with _translated():
            if self._is_local:
                _put_durably(path, Path(self._place(key)))
            else:
                self._files.put_file(str(path), self._place(key))

    def open(self, key: str) -> BinaryIO:
        """The content as a file that can be read from any position."""
        with _translated(key):
            file: BinaryIO = self._files.open(self._place(key), "rb", block_size=BLOCK_BYTES)
            return file

    def size(self, key: str) -> int:
        """How many bytes lie under the key."""
        with _translated(key):
            return int(self._info(key)["size"])

    def exists(self, key: str) -> bool:
        """Whether anything lies under the key."""
        with _translated(key):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._place(key)))

    def delete(self, key: str) -> None:
        """Removes what lies under the key, if anything does."""
        with _translated(key):
            if self._files.exists(self._place(key)):
                self._files.rm_file(self._place(key))

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """A path on this machine with the content: the stored file itself in a folder, else a copy for the while."""
        place = self._place(key)
        if self._is_local:
            with _translated(key):
                self._info(key)
            yield Path(place)
            return
        with tempfile.TemporaryDirectory(prefix="qc-audio-") as folder:
            copy = Path(folder) / Path(place).name
            with _translated(key):
                self._files.get_file(place, str(copy))
            yield copy

    def ping(self) -> None:
        """Returns if the storage answers and would take files."""
        with _translated():
            if self._is_local:
                Path(self._root).mkdir(parents=True, exist_ok=True)
                if not os.access(self._root, os.W_OK):
                    raise PermissionError(f"{self._root} cannot be written")
                return
            self._files.invalidate_cache()
            bucket = self._root.partition("/")[0]
            if not self._files.exists(bucket):
                raise OSError(f"{bucket} is not there")

    def _place(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _info(self, key: str) -> dict[str, Any]:
        info: dict[str, Any] = self._files.info(self._place(key))
        return info


def _put_durably(path: Path, place: Path) -> None:
    """Once this returns, losing power loses nothing; at no moment is there half a file under the final name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        with path.open("rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK_BYTES)
            target.flush()
            os.fsync(target.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
    for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(key: str | None = None) -> Iterator[None]:
    """Tells a blob that is not there, where one is read, from storage that does not answer."""
    try:
        yield
    except OSError as error:
        if key is not None and isinstance(error, FileNotFoundError):
            raise NotFound("no-such-blob", f"There is nothing stored under {key}.") from error
        raise _unavailable(error) from error
    except Exception as error:
        # botocore's errors are no OSErrors, and botocore is there only with the extra.
        if type(error).__module__.partition(".")[0] not in {"botocore", "aiobotocore", "aiohttp"}:
            raise
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable("blobs-unavailable", f"The blob storage does not answer: {error}.", way_out="Try again later.")
