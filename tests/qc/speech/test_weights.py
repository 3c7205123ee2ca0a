from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qc.errors import BadSettings, Unavailable
from qc.speech import weights
from qc.speech.weights import PACKAGED_BYTES, join_packaged, resolve_weights

TELL = """
import sys
from pathlib import Path
from qc.errors import QcError
from qc.speech.weights import resolve_weights
try:
    print(resolve_weights(sys.argv[1] or None, Path(sys.argv[2])).folder)
except QcError as error:
    print(error.code, bool(error.way_out))
"""


def resolved_elsewhere(model: str, data: Path, hub: Path) -> subprocess.Popen[str]:
    """Another process, without a network, that prints where it found the weights."""
    environment = {**os.environ, "HF_HOME": str(hub), "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", TELL, model, str(data)], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_joins_the_packaged_base_once_even_if_two_start_together(tmp_path: Path) -> None:
    starts = [resolved_elsewhere("", tmp_path / "data", tmp_path / "hub") for _ in range(2)]
    expected = tmp_path / "data" / "models" / "whisper-base"
    assert [start.communicate()[0].strip() for start in starts] == [str(expected)] * 2
    assert sorted(path.name for path in expected.parent.iterdir()) == [".whisper-base.lock", "whisper-base"]
    assert sorted(path.name for path in expected.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.txt",
    ]
    joined_at = (expected / "model.bin").stat().st_mtime_ns
    assert join_packaged(expected.parent) == expected
    assert (expected / "model.bin").stat().st_mtime_ns == joined_at
    with (expected / "model.bin").open("r+b") as model:
        model.truncate(1000)  # as a full disk might leave it
    assert join_packaged(expected.parent) == expected
    assert (expected / "model.bin").stat().st_size == PACKAGED_BYTES


def test_refuses_damaged_halves_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGED_SHA256", "0" * 64)
    with pytest.raises(Unavailable) as caught:
        join_packaged(tmp_path)
    assert caught.value.code == "weights-damaged"
    assert [path.name for path in tmp_path.iterdir()] == [".whisper-base.lock"]


def test_a_folder_in_the_settings_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    with pytest.raises(BadSettings):
        resolve_weights(str(folder), tmp_path)
    (folder / "model.bin").touch()
    assert resolve_weights(str(folder), tmp_path).folder == folder
    assert resolve_weights(str(folder), tmp_path).name == "my-model"


def test_a_model_in_the_hub_cache_comes_before_the_packaged_one(tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "hub" / "models--Systran--faster-whisper-base"
    snapshot = repository / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0123abc")
    (snapshot / "model.bin").touch()
    told, _ = resolved_elsewhere("base", tmp_path / "data", tmp_path / "hub").communicate()
    assert Path(told.strip()) == snapshot


def test_a_model_that_cannot_be_had_says_so_with_a_way_out(tmp_path: Path) -> None:
    told, _ = resolved_elsewhere("large-v3-turbo", tmp_path / "data", tmp_path / "hub").communicate()
    assert told.split() == ["weights-missing", "True"]


@pytest.mark.parametrize("model", ["no-such-model", "/no/such/folder", "./no-such-folder"])
def test_a_setting_that_names_no_model_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(BadSettings) as caught:
        resolve_weights(model, tmp_path)
    assert caught.value.where == "QC_WHISPER_MODEL"
