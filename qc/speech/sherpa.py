"""SenseVoice or Paraformer by sherpa-onnx: one pass over a piece, its characters and when each begins.

Neither gives a probability, can be asked how well another text fits, nor takes hot words. So nothing is respelled by
the trade's talk and no phrase is listened to twice; what sounds like a watched phrase is judged by its sound alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import opencc

from qc.errors import BadSettings
from qc.speech.audio import RATE, Samples
from qc.speech.recogniser import NOTHING_EXPECTED, Care, Expectations, Heard, repetition_of
from qc.turns import Word

LONGEST_PIECE_S: Final = 20.0
"""Where sherpa-onnx's own voice activity detection cuts for these models unless told otherwise."""
LONGEST_CHARACTER_MS: Final = 400
"""Only beginnings are known; a character ends where the next begins, or after this time if a pause follows."""
MODELS: Final = ("model.int8.onnx", "model.onnx")
SENSE_VOICE: Final = "sense_voice_ctc"
PARAFORMER: Final = "paraformer"
NO_SPEECH: Final = "<|nospeech|>"
"""SenseVoice's tag for the language of a piece in which nobody speaks."""
WORD_BEGINS: Final = "▁"
"""SenseVoice's mark before a Latin word's first part."""
WORD_GOES_ON: Final = "@@"
"""Paraformer's mark after all parts of a Latin word but its last."""
TAG: Final = re.compile(r"<.*>")
"""Language, emotion, event, and what is in no vocabulary."""


def load_sherpa(folder: Path) -> Sherpa:
    """The model in this folder, ``model.int8.onnx`` before ``model.onnx``, with its ``tokens.txt``.

    Raises:
        BadSettings: ``bad-settings`` without the package or the files, or for another model than the two kinds.
    """
    if find_spec("sherpa_onnx") is None:
        raise _unusable("the package sherpa-onnx is not installed", "Run .venv/bin/pip install 'sherpa-onnx>=2'.")
    model = next((folder / name for name in MODELS if (folder / name).is_file()), None)
    if model is None or not (folder / "tokens.txt").is_file():
        raise _unusable(
            f"{folder} does not hold tokens.txt and model.int8.onnx or model.onnx",
            "Give the folder of a SenseVoice or Paraformer model exported for sherpa-onnx.",
        )
    import sherpa_onnx  # noqa: PLC0415 - an extra, and 50 ms that nobody else need wait

    kind = _kind(model)
    tokens, threads = str(folder / "tokens.txt"), len(os.sched_getaffinity(0))
    recognise = sherpa_onnx.OfflineRecognizer
    if kind == SENSE_VOICE:
        # With use_itn SenseVoice writes punctuation, and numbers in digits.
        engine = recognise.from_sense_voice(str(model), tokens, num_threads=threads, language="zh", use_itn=True)
    else:
        engine = recognise.from_paraformer(str(model), tokens, num_threads=threads)
    return Sherpa(engine, name=f"sherpa-onnx/{folder.resolve().name}/{'int8' if 'int8' in model.name else 'float32'}")


def _kind(model: Path) -> str:
    """What the model says it is. sherpa-onnx ends the process on any other model than the one it was told of."""
    import onnxruntime  # noqa: PLC0415 - see load_sherpa
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        about = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]).get_modelmeta()
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf) as error:
        raise _unusable(f"{model} is no ONNX model that can be read", "Fetch it again.") from error
    kind = about.custom_metadata_map.get("model_type", "")
    if kind not in {SENSE_VOICE, PARAFORMER}:
        raise _unusable(
            f"{model} is {kind or 'a model without a model_type'}, not {SENSE_VOICE} or {PARAFORMER}",
            "Take the export that the sherpa-onnx project publishes: FunASR's own ONNX files lack what it needs.",
        )
    return str(kind)


def _unusable(detail: str, way_out: str) -> BadSettings:
    return BadSettings("bad-settings", detail, where="QC_WHISPER_MODEL", way_out=way_out)


class Sherpa:
    """A SenseVoice or Paraformer model that hears one piece after the other."""

    longest_piece_s: Final = LONGEST_PIECE_S

    def __init__(self, engine: Any, *, name: str) -> None:
        self.name: Final = name
        self._engine = engine
        self._simplify: Callable[[str], str] = opencc.OpenCC("tw2s").convert

    def hear(
        self,
        pieces: Sequence[Samples],
        expecting: Expectations = NOTHING_EXPECTED,  # noqa: ARG002 - neither model can use what is expected
        *,
        care: Care = Care.USUAL,  # noqa: ARG002 - there is but one way to decode
    ) -> Iterator[Heard]:
        """What is said in each of these pieces, in order, as soon as it is known.

        Pieces are not put into one batch: what is heard in one would depend on how the others pad it.
        """
        for piece in pieces:
            stream = self._engine.create_stream()
            stream.accept_waveform(RATE, piece)
            self._engine.decode_stream(stream)
            tokens = [self._simplify(token) for token in stream.result.tokens]
            words = words_of(tokens, stream.result.timestamps, 1000 * len(piece) / RATE)
            yield Heard(
                words=words,
                no_speech=float(stream.result.lang == NO_SPEECH),
                repetition=repetition_of("".join(tokens)),
            )


def words_of(tokens: Sequence[str], starts_s: Sequence[float], duration_ms: float) -> tuple[Word, ...]:
    """A word a Chinese character, a run of Latin letters or digits being one, marks after it included.

    Times are in milliseconds from the piece's start. A Paraformer without timestamps, or one that gives another number
    of them than of tokens, has its tokens spread evenly over the piece.
    """
    if len(starts_s) != len(tokens):
        starts_s = [duration_ms / 1000 * number / len(tokens) for number in range(len(tokens))]
    nexts_s = [*starts_s, duration_ms / 1000][1:]
    words: list[Word] = []
    for token, start_s, next_s in zip(tokens, starts_s, nexts_s, strict=True):
        text = token.removeprefix(WORD_BEGINS).removesuffix(WORD_GOES_ON)
        if not text or TAG.fullmatch(text):
            continue
        start_ms, end_ms = round(1000 * start_s), round(1000 * min(next_s, start_s + LONGEST_CHARACTER_MS / 1000))
        if words and not any(map(str.isalnum, text)):
            words[-1] = words[-1].model_copy(update={"text": words[-1].text + text})
        elif words and _is_latin(text) and _is_latin(words[-1].text) and not token.startswith(WORD_BEGINS):
            words[-1] = words[-1].model_copy(update={"text": words[-1].text + text, "end_ms": end_ms})
        elif any(map(str.isalnum, text)):
            words.append(Word(text=text, start_ms=start_ms, end_ms=max(end_ms, start_ms)))
    return tuple(words)


def _is_latin(text: str) -> bool:
    return text.isascii() and text.isalnum()
