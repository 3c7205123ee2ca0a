"""Words out of sound: the face every recogniser shows, and faster-whisper behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import ctranslate2
import numpy as np
import opencc
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment

from qc.speech.audio import RATE, Samples
from qc.speech.invented import Heard, without_inventions
from qc.speech.weights import resolve_weights
from qc.turns import PAUSE_MS, Word

Progress = Callable[[float], None]
"""Told the part that is done, 0 to 1, now and then."""


class Recogniser(Protocol):
    """Hears words, and says what it is: ``name`` holds engine, model and compute type and goes into `MadeWith`."""

    @property
    def name(self) -> str:
        """Engine, model and compute type, such as ``faster-whisper/base/int8``."""

    def hear(self, channel: Samples, *, progress: Progress | None = None) -> list[Word]:
        """The words in this channel, in order, with times from its start. Silence has none."""


def load_recogniser(model: str | None, data_folder: Path) -> FasterWhisper:
    """The recogniser for this setting, its weights loaded: float16 on a GPU that can be used, else int8.

    Raises:
        BadSettings, Unavailable: as `qc.speech.weights.resolve_weights`.
    """
    weights = resolve_weights(model, data_folder)
    on_gpu = _on_gpu(weights.folder) if ctranslate2.get_cuda_device_count() else None
    whisper = on_gpu or WhisperModel(str(weights.folder), device="cpu", compute_type="int8")
    return FasterWhisper(whisper, name=f"faster-whisper/{weights.name}/{'float16' if on_gpu else 'int8'}")


def _on_gpu(folder: Path) -> WhisperModel | None:
    """The model on the GPU, or nothing if the driver is there but cuBLAS, cuDNN or half precision is not.

    CTranslate2 finds that out only when it first computes, so a window of silence is encoded here.
    """
    try:
        whisper = WhisperModel(str(folder), device="cuda", compute_type="float16")
        whisper.encode(np.zeros((whisper.model.n_mels, whisper.feature_extractor.nb_max_frames), np.float32))
    except (RuntimeError, ValueError):
        return None
    return whisper


class FasterWhisper:
    """Whisper by faster-whisper, for Mandarin: simplified characters, word times, nothing invented over silence."""

    def __init__(self, whisper: WhisperModel, *, name: str) -> None:
        self.name: Final = name
        self.whisper = whisper
        self._simplify = opencc.OpenCC("tw2s").convert

    def hear(self, channel: Samples, *, progress: Progress | None = None) -> list[Word]:
        """The words in this channel, in order, with times from its start."""
        segments, _ = self.whisper.transcribe(
            channel,
            language="zh",
            vad_filter=True,
            vad_parameters={"min_silence_duration_ms": 500},
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        heard = []
        for segment in segments:
            heard.append(self._heard(segment))
            if progress:
                progress(min(segment.end * RATE / len(channel), 1))
        return rejoined([piece.words for piece in without_inventions(heard)])

    def _heard(self, segment: Segment) -> Heard:
        """A segment in simplified characters with Chinese punctuation."""
        words = [word for word in segment.words or () if word.word.strip()]
        texts = punctuated([word.word for word in words])
        simple = self._simplify("".join(texts))
        if len(simple) == sum(map(len, texts)):  # it always is, but for a few words of one dialect's own
            texts = _same_cuts(simple, texts)
        return Heard(
            words=tuple(
                Word(
                    text=text,
                    start_ms=round(word.start * 1000),
                    end_ms=round(max(word.end, word.start) * 1000),
                    probability=min(max(word.probability, 0), 1),
                )
                for word, text in zip(words, texts, strict=True)
            ),
            logprob=segment.avg_logprob,
            no_speech=segment.no_speech_prob,
        )


def rejoined(segments: Sequence[tuple[Word, ...]]) -> list[Word]:
    """All segments' words, a first word that was left behind before a pause moved back to its segment.

    Whisper hears the speech with its pauses taken out; where two stretches meet, it often lets the next segment's
    first word begin within the end of the stretch before.
    """
    words: list[Word] = []
    for segment in segments:
        first, *others = segment
        if words and others:
            next_start_ms = others[0].start_ms
            left_behind = next_start_ms - first.end_ms >= PAUSE_MS > first.start_ms - words[-1].end_ms
            if left_behind:
                length_ms = min(first.end_ms - first.start_ms, LONGEST_CHARACTER_MS)
                first = first.model_copy(update={"start_ms": next_start_ms - length_ms, "end_ms": next_start_ms})
        words.extend((first, *others))
    return words


LONGEST_CHARACTER_MS: Final = 300


def punctuated(texts: Sequence[str]) -> list[str]:
    """A segment's words with Chinese marks: a comma for each space that Whisper puts where a speaker pauses.

    A segment ends where Whisper heard a break, so that its last word gets a comma if it has no mark.
    """
    marked = [text.translate(CHINESE_MARKS) for text in texts]
    for at in range(len(marked) - 1):
        if marked[at + 1].startswith(" ") and _is_chinese(marked[at][-1:]) and _is_chinese(marked[at + 1].strip()[:1]):
            marked[at] += "，"
    marked = [text.strip() if _is_chinese(text.strip()[:1]) else text for text in marked]
    if marked and _is_chinese(marked[-1][-1:]):
        marked[-1] += "，"
    return marked


CHINESE_MARKS: Final = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；"})


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _same_cuts(text: str, pieces: list[str]) -> list[str]:
    cut, at = [], 0
    for piece in pieces:
        cut.append(text[at : at + len(piece)])
        at += len(piece)
    return cut
