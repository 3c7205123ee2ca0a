from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qc.speech.recogniser import load_recogniser

if TYPE_CHECKING:
    from qc.speech.recogniser import FasterWhisper


@pytest.fixture(scope="session")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> FasterWhisper:
    """The packaged base model, loaded once for all tests."""
    return load_recogniser(None, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of spoken sample calls."""
    return Path(__file__).parents[3] / "samples"
