from __future__ import annotations

from pathlib import Path

import pytest

from qc.errors import BadSettings
from qc.rulebook import SHIPPED
from qc.store.settings import Settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"QC_{name}".upper(), raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_has_a_place_without_any_setting(tmp_path: Path) -> None:
    settings = Settings.read()
    assert settings.database == f"sqlite:///{tmp_path}/data/qc.sqlite3"
    assert settings.redis == f"unix://{tmp_path}/data/redis.sock"
    assert settings.blobs == f"{tmp_path}/data/blobs"
    assert settings.lexicons == SHIPPED
    assert (settings.max_upload_bytes, settings.max_duration_s, settings.lease_s) == (512 * 1024 * 1024, 14_400, 30)


def test_reads_the_environment_and_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("QC_PORT=9000\nQC_LEASE_S=5\nDATABASE_URL=postgresql://db/qc\n")
    monkeypatch.setenv("QC_PORT", "9001")
    monkeypatch.setenv("BLOB_URL", "s3://calls/audio")
    settings = Settings.read()
    assert (settings.port, settings.lease_s) == (9001, 5)
    assert (settings.database, settings.blobs) == ("postgresql://db/qc", "s3://calls/audio")


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_PORT", "")
    monkeypatch.setenv("REDIS_URL", "")
    assert (Settings.read().port, Settings.read().redis_url) == (8000, "")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QC_PORT", "http"),
        ("QC_PORT", "70000"),
        ("QC_MAX_UPLOAD_BYTES", "0"),
        ("QC_MAX_DURATION_S", "-1"),
        ("QC_TIMEZONE", "Mars/Olympus"),
        ("QC_LEASE_S", "soon"),
    ],
)
def test_a_bad_value_names_its_variable(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings) as caught:
        Settings.read()
    assert caught.value.where == variable
    assert value in caught.value.detail


def test_an_address_that_may_hold_a_password_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_WRITER_URL", "htp:/clerk:opensesame@writer")
    with pytest.raises(BadSettings) as caught:
        Settings.read()
    assert caught.value.where == "QC_WRITER_URL"
    assert "opensesame" not in str(caught.value) + caught.value.detail
