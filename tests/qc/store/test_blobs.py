from __future__ import annotations

import os
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from qc.errors import BadSettings, NotFound, Unavailable
from qc.store.blobs import Blobs, audio_key

KEY = audio_key("ab" * 32, "wav")


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return Blobs(str(tmp_path / "not" / "there" / "yet"))
    return Blobs(request.getfixturevalue("s3_url"))


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "upload.part"
    path.write_bytes(bytes(range(256)) * 10)
    return path


def test_equal_audio_has_one_place() -> None:
    assert f"audio/ab/{'ab' * 32}.wav" == KEY


def test_what_is_put_can_be_read_from_any_position(blobs: Blobs, audio: Path) -> None:
    blobs.ping()
    assert not blobs.exists(KEY)
    blobs.put(audio, KEY)
    blobs.put(audio, KEY)
    assert (blobs.exists(KEY), blobs.size(KEY)) == (True, 2560)
    with blobs.open(KEY) as file:
        file.seek(255)
        assert file.read(3) == b"\xff\x00\x01"
    with blobs.local_copy(KEY) as path:
        assert path.read_bytes() == audio.read_bytes()
        assert path.suffix == ".wav"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: Blobs, audio: Path) -> None:
    blobs.put(audio, KEY)
    blobs.delete(KEY)
    blobs.delete(KEY)
    assert not blobs.exists(KEY)
    for read in (blobs.open, blobs.size):
        with pytest.raises(NotFound) as caught:
            read(KEY)
        assert caught.value.code == "no-such-blob"
    with pytest.raises(NotFound), blobs.local_copy(KEY):
        pass


def test_a_copy_is_gone_after_use_but_the_original_stays(blobs: Blobs, audio: Path) -> None:
    blobs.put(audio, KEY)
    with blobs.local_copy(KEY) as path:
        pass
    assert blobs.exists(KEY)
    assert path.exists() == blobs._is_local


def test_a_folder_never_shows_half_a_file(tmp_path: Path, audio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, f"No space left on device {descriptor}")

    blobs = Blobs(str(tmp_path / "blobs"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as caught:
        blobs.put(audio, KEY)
    assert caught.value.code == "blobs-unavailable"
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_s3_that_is_away_or_refuses_is_unavailable(s3_url: str, audio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Blobs(s3_url).ping()
    nowhere = Blobs("s3://no-such-bucket/calls")
    for ask in (nowhere.ping, lambda: nowhere.put(audio, KEY)):
        with pytest.raises(Unavailable):
            ask()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    S3FileSystem.clear_instance_cache()
    away = Blobs(s3_url)
    for ask in (away.ping, lambda: away.put(audio, KEY), lambda: away.open(KEY), lambda: away.exists(KEY)):
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.code == "blobs-unavailable"


def test_a_folder_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        Blobs(str(tmp_path / "file" / "blobs")).ping()


@pytest.mark.parametrize("url", ["nothing://here"])
def test_an_address_nobody_knows_is_refused(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Blobs(url)
    assert caught.value.where == "BLOB_URL"
