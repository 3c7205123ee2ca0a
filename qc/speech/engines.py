"""Which engine hears the calls, by the form of the setting: Whisper, or a folder for sherpa-onnx."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from qc.speech.recogniser import Recogniser

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

SHERPA: Final = "sherpa:"
"""What the setting begins with where a folder of a SenseVoice or Paraformer model follows."""

# Each engine is imported where it is chosen: its libraries take a second, and sherpa-onnx may not be installed.


def load_recogniser(model: str | None, data_folder: Path) -> Recogniser:
    """The recogniser for this setting, its weights loaded.

    ``sherpa:`` and a folder is SenseVoice or Paraformer, everything else is Whisper.

    Raises:
        BadSettings, Unavailable: as `qc.speech.sherpa.load_sherpa` and `qc.speech.whisper.load_recogniser`.
    """
    if model and model.startswith(SHERPA):
        from qc.speech.sherpa import load_sherpa  # noqa: PLC0415 - see above

        return load_sherpa(Path(model.removeprefix(SHERPA)).expanduser())
    from qc.speech import whisper  # noqa: PLC0415 - see above

    return whisper.load_recogniser(model, data_folder)


def load_bare(model: str | None, data_folder: Path) -> WhisperModel:
    """Bare faster-whisper to compare with: the same weights, or the packaged base ones beside another engine.

    Raises:
        BadSettings, Unavailable: as `qc.speech.whisper.load_bare`.
    """
    from qc.speech import whisper  # noqa: PLC0415 - see above

    return whisper.load_bare(None if model and model.startswith(SHERPA) else model, data_folder)
