"""Whisper by faster-whisper and CTranslate2, for Mandarin: many pieces of speech at a time, and the audio asked twice.

Windows are half as long as Whisper's own 30 s, full of speech, and decoded together: on two cores most of the time of bare
faster-whisper goes into silence, into one window after the other and into five beams. What comes out is scored
against the sound once more (`WhisperModel.model.align`), which gives every character its time and probability, and
the means to ask whether another spelling, or a phrase that somebody watches for, fits the sound as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, NamedTuple

import ctranslate2
import numpy as np
import opencc
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from qc.speech.audio import Samples
from qc.speech.recogniser import (
    LOOPING,
    MOST_PER_S,
    NOTHING_EXPECTED,
    Care,
    Expectations,
    Heard,
    HeardAgain,
    repetition_of,
)
from qc.speech.second_listen import Candidate, candidates, probability_of
from qc.speech.weights import resolve_weights
from qc.speech.written import Fit, bare, fit_of, respelled_text, word_span, words_of

LONGEST_PIECE_S: Final = 15.0
"""Longer windows skip speech and cost more attention, shorter ones loop more and have less context."""
BATCH_CPU: Final = 8
BATCH_GPU: Final = 32
MOST_WORKERS: Final = 4
"""Batches that are computed side by side on a CPU: small matrices use two cores better apart than together, and one
batch's text is worked on while another is computed."""
FRAMES_PER_S: Final = 100
FRAME_STEP: Final = 100
"""Windows are rounded up to a second, so that few shapes occur."""
FEWEST_FRAMES: Final = 1500
"""A shorter window is filled up to 15 s. On ten short clips of people errors were .22 with windows of 10 s or more, .20
with 15 s and .15 with 30 s, which would cost twice the time."""
FEWEST_FRAMES_QUICK: Final = 800
"""The same where somebody waits: encoding takes 0.10 s instead of 0.25. The first blocks of 13 recordings had
101 errors so and 107 with 15 s; docs/performance.md has those of whole calls."""
TOKEN_MS: Final = 20
"""Whisper's time step in its alignment."""
PROMPT: Final = "喂，您好，我是{brand}4S店的销售顾问，给您介绍一下{models}试驾、置换、贷款和优惠活动。"
"""Puts the decoder among simplified characters, punctuation and this trade, with the dealer's names in it."""

LEAST_LOGPROB: Final = -1.0
"""Whisper's own limit for decoding again: tokens that are unlikely."""
UNSURE: Final = -0.6
"""Below this mean log probability a text is decoded again with care, and the likelier one kept: clean speech is far
above it, soft and noisy speech of people below."""
FEWEST_PER_S: Final = 2.5
"""Characters a second of speech; people say 3 to 7."""
SECOND_TRY_BEAMS: Final = 5
ECHOED: Final = 2
"""So many characters of the prompt in a row, and half of what was decoded, are an echo of it."""

MUMBLED: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
"""Full-width letters and digits stand for mumbling in what Whisper learned from; numbers it writes in narrow ones."""

Encoded = Any
"""Encoder output of a batch, ``(pieces, frames, width)``: a `ctranslate2.StorageView`."""


def load_recogniser(model: str | None, data_folder: Path) -> FasterWhisper:
    """The recogniser for this setting, its weights loaded: float16 on a GPU that can be used, else int8.

    Raises:
        BadSettings, Unavailable: as `qc.speech.weights.resolve_weights`.
    """
    weights = resolve_weights(model, data_folder)
    on_gpu = _on_gpu(weights.folder) if ctranslate2.get_cuda_device_count() else None
    if on_gpu:
        return FasterWhisper(on_gpu, name=f"faster-whisper/{weights.name}/float16", batch=BATCH_GPU)
    cores = len(os.sched_getaffinity(0))
    workers = min(cores, MOST_WORKERS)
    whisper = WhisperModel(
        str(weights.folder), device="cpu", compute_type="int8", cpu_threads=cores // workers, num_workers=workers
    )
    return FasterWhisper(whisper, name=f"faster-whisper/{weights.name}/int8", workers=workers)


def load_bare(model: str | None, data_folder: Path) -> WhisperModel:
    """The same weights as faster-whisper loads them by default, to compare with.

    Raises:
        BadSettings, Unavailable: as `qc.speech.weights.resolve_weights`.
    """
    folder = resolve_weights(model, data_folder).folder
    on_gpu = _on_gpu(folder) if ctranslate2.get_cuda_device_count() else None
    return on_gpu or WhisperModel(str(folder), device="cpu", compute_type="int8")


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


class Decoded(NamedTuple):
    """A text that the decoder gave out, in simplified characters, and how sure it was."""

    text: str
    logprob: float
    no_speech: float

    @property
    def repetition(self) -> float:
        """How many times smaller the text becomes when compressed."""
        return repetition_of(self.text)

    def is_plausible(self, seconds: float) -> bool:
        """Whether a voice can have said this in so many seconds, and the decoder believes it."""
        rate = len(bare(self.text)) / seconds
        return self.repetition <= LOOPING and self.logprob >= LEAST_LOGPROB and FEWEST_PER_S <= rate <= MOST_PER_S

    def echoes(self, prompt: str) -> bool:
        """Whether half of it or more is the prompt, which the decoder repeats where it hears no words."""
        said, given = bare(self.text), bare(prompt)
        same = SequenceMatcher(None, said, given, autojunk=False).find_longest_match()
        return same.size >= ECHOED and 2 * same.size >= len(said)


class FasterWhisper:
    """Whisper for Mandarin telephone calls: simplified characters with times, homophones respelled, phrases checked."""

    longest_piece_s: Final = LONGEST_PIECE_S

    def __init__(self, whisper: WhisperModel, *, name: str, batch: int = BATCH_CPU, workers: int = 1) -> None:
        self.name: Final = name
        self.whisper = whisper
        self._batch = batch
        self._workers = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hearing")
        self._simplify = opencc.OpenCC("tw2s").convert
        self._tokenizer = Tokenizer(
            whisper.hf_tokenizer, whisper.model.is_multilingual, task="transcribe", language="zh"
        )
        self._start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        """What is said in each of these pieces of up to 30 s, in order, as soon as its batch is done.

        `Care.CAREFUL` is how Whisper was made to hear, in windows of 30 s and with five beams, once with the prompt
        and once without. `Care.QUICK` shortens the windows to what is heard, down to 8 s.
        """
        size = min(self._batch, -(-len(pieces) // self._workers) or 1)
        batches = [pieces[at : at + size] for at in range(0, len(pieces), size)]
        for heard in self._threads.map(lambda batch: self._hear(batch, expecting, care), batches):
            yield from heard

    def _hear(self, sounds: Sequence[Samples], expecting: Expectations, care: Care) -> list[Heard]:
        longest = self.whisper.feature_extractor.nb_max_frames
        fewest = {Care.QUICK: FEWEST_FRAMES_QUICK, Care.USUAL: FEWEST_FRAMES, Care.CAREFUL: longest}[care]
        spectra = [self.whisper.feature_extractor(sound, padding=0) for sound in sounds]
        frames = [min(spectrum.shape[1], longest) for spectrum in spectra]
        encoded = self._encoded(spectra, frames, fewest=fewest)
        seconds = [count / FRAMES_PER_S for count in frames]
        decoded = self._decoded(encoded, seconds, expecting.names, careful=care is Care.CAREFUL)
        texts = [each.text for each in decoded]
        fits = self._fits(encoded, range(len(sounds)), texts, frames)
        texts_now = [respelled_text(text, fit, expecting.talk) for text, fit in zip(texts, fits, strict=True)]
        again = self._again(encoded, texts_now, fits, frames, expecting)
        return [
            Heard(
                words=words_of(text, now, fit),
                logprob=each.logprob,
                no_speech=each.no_speech,
                repetition=each.repetition,
                again=listens,
            )
            for each, text, now, fit, listens in zip(decoded, texts, texts_now, fits, again, strict=True)
        ]

    def _encoded(self, spectra: Sequence[NDArray[np.float32]], frames: Sequence[int], *, fewest: int) -> Encoded:
        longest = max(-(-max(frames) // FRAME_STEP) * FRAME_STEP, fewest)
        batch = np.zeros((len(spectra), self.whisper.model.n_mels, longest), np.float32)
        for row, (spectrum, count) in enumerate(zip(spectra, frames, strict=True)):
            batch[row, :, :count] = spectrum[:, :count]
        return self.whisper.model.encode(
            ctranslate2.StorageView.from_array(batch), to_cpu=self.whisper.model.device == "cuda"
        )

    def _decoded(
        self, encoded: Encoded, seconds: Sequence[float], names: Sequence[str], *, careful: bool
    ) -> list[Decoded]:
        """Each piece's text: one beam with a prompt, and five without one where the decoder is unsure of what that gave.

        Where ``careful``, five with a prompt and five without; the likelier text is kept.
        """
        brand, *models = names or ("汽车",)
        prompt = PROMPT.format(brand=brand, models="".join(f"{model}、" for model in models))
        prompted = [self._tokenizer.sot_prev, *self._tokenizer.encode(" " + prompt), *self._start]
        decoded = self._generated(encoded, prompted, beams=SECOND_TRY_BEAMS if careful else 1)
        doubted = [
            row
            for row, each in enumerate(decoded)
            if careful or each.logprob < UNSURE or each.echoes(prompt) or not each.is_plausible(seconds[row])
        ]
        if doubted:
            tried = self._generated(_rows(encoded, doubted), self._start, beams=SECOND_TRY_BEAMS)
            for row, other in zip(doubted, tried, strict=True):
                first = decoded[row]
                usable = first.is_plausible(seconds[row]) and not first.echoes(prompt)
                likelier = other.logprob > first.logprob
                better = likelier if usable == other.is_plausible(seconds[row]) else not usable
                if better or first.echoes(prompt) or other.repetition <= LOOPING < first.repetition:
                    decoded[row] = other
        return decoded

    def _generated(self, encoded: Encoded, prompt: list[int], *, beams: int) -> list[Decoded]:
        results = self.whisper.model.generate(
            encoded,
            [prompt] * encoded.shape[0],
            beam_size=beams,
            max_length=len(prompt) + self.whisper.max_length // 2,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            Decoded(text=self._text(result.sequences_ids[0]), logprob=result.scores[0], no_speech=result.no_speech_prob)
            for result in results
        ]

    def _text(self, tokens: Iterable[int]) -> str:
        text = self._tokenizer.decode([token for token in tokens if token < self._tokenizer.eot]).replace("\ufffd", "")
        return str(self._simplify(MUMBLED.sub("", text))).strip()

    def _fits(self, encoded: Encoded, rows: Sequence[int], texts: Sequence[str], frames: Sequence[int]) -> list[Fit]:
        """How well each text fits the piece in its row of the batch."""
        if not rows:
            return []
        codings = [self.whisper.hf_tokenizer.encode(text, add_special_tokens=False) for text in texts]
        chosen = encoded if list(rows) == list(range(encoded.shape[0])) else _rows(encoded, rows)
        alignments = self.whisper.model.align(
            chosen,
            list(self._tokenizer.sot_sequence),
            [coding.ids for coding in codings],
            [frames[row] for row in rows],
            median_filter_width=7,
        )
        return [
            fit_of(text, coding.offsets, alignment.text_token_probs, *_begins(alignment.alignments))
            for text, coding, alignment in zip(texts, codings, alignments, strict=True)
        ]

    def _again(
        self,
        encoded: Encoded,
        texts: Sequence[str],
        fits: Sequence[Fit],
        frames: Sequence[int],
        expecting: Expectations,
    ) -> list[tuple[HeardAgain, ...]]:
        """What sounds like a watched phrase in these texts, each scored against the sound in its place.

        Candidates that do not overlap are put into one text, so that few texts are scored.
        """
        again: list[list[HeardAgain]] = [[] for _ in texts]
        if expecting.phrases is None:
            return [tuple(each) for each in again]
        rounds = [
            (row, apart) for row, text in enumerate(texts) for apart in _apart(candidates(text, expecting.phrases))
        ]
        for at in range(0, len(rounds), self._batch):
            part = rounds[at : at + self._batch]
            others = [_with(texts[row], apart) for row, apart in part]
            scored = self._fits(encoded, [row for row, _ in part], others, frames)
            for (row, apart), other in zip(part, scored, strict=True):
                for candidate in apart:
                    span = slice(candidate.start, candidate.end + 1)
                    gain = sum(other.logprobs[span]) - sum(fits[row].logprobs[span])
                    first, end = word_span(texts[row], candidate.start, candidate.end)
                    again[row].append(
                        HeardAgain(
                            first=first,
                            end=end,
                            phrase=candidate.phrase,
                            probability=probability_of(candidate, gain),
                        )
                    )
        return [tuple(each) for each in again]


def _apart(found: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates in lists within which none overlaps or touches another, each list in order."""
    rounds: list[list[Candidate]] = []
    for candidate in found:
        free = next(
            (
                apart
                for apart in rounds
                if all(candidate.end < other.start or other.end < candidate.start for other in apart)
            ),
            None,
        )
        if free is None:
            rounds.append(free := [])
        free.append(candidate)
    return [sorted(apart, key=lambda candidate: candidate.start) for apart in rounds]


def _begins(alignments: Sequence[tuple[int, int]]) -> tuple[dict[int, int], int]:
    """When each token begins and the last one ends, in milliseconds."""
    begins: dict[int, int] = {}
    for token, step in alignments:
        begins.setdefault(token, step * TOKEN_MS)
    return begins, (alignments[-1][1] + 1) * TOKEN_MS if alignments else 0


def _rows(encoded: Encoded, rows: Sequence[int]) -> Encoded:
    return ctranslate2.StorageView.from_array(np.asarray(encoded)[np.asarray(rows)])


def _with(text: str, changes: Iterable[Candidate]) -> str:
    """The text with these changes, each of which keeps its length."""
    for change in changes:
        text = text[: change.start] + change.characters + text[change.end :]
    return text
