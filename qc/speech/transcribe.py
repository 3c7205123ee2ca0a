"""A recording in, a transcript out."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from qc.domain import Speaker, Transcript, Utterance
from qc.speech.audio import RATE, decode, is_doubled, probe
from qc.speech.recogniser import Recogniser
from qc.speech.roles import decide_roles
from qc.turns import Word, merged_in_time, utterances_of_words

BLOCK_S = 300
"""So much sound is heard and held in memory at once."""

CUT_OFF = 0.97
"""A recording shorter than this part of what its header claims has lost its end."""


def transcribe_recording(
    path: Path,
    recogniser: Recogniser,
    *,
    agent_channel: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Transcript:
    """What is said in this recording, by whom where that can be known, with what a reader should be warned of.

    In a stereo recording each channel is one party: the agent's is ``agent_channel`` (0 is left), or decided by
    the words. ``progress`` is told the part that is done, 0 to 1.

    Raises:
        BadAudio: if the file cannot be opened or nothing in it decodes.
    """
    facts = probe(path, max_duration_s=math.inf)
    length = max(facts.duration_ms * RATE / 1000, 1)
    words: list[list[Word]] = []
    doubled = False
    samples = 0
    for block in decode(path, block_s=BLOCK_S):
        if not samples:
            doubled = is_doubled(block)
        channels = block.mean(axis=0, keepdims=True) if doubled else block
        words = words or [[] for _ in channels]
        for index, channel in enumerate(channels):
            step = channel.size / len(channels)
            part = _part(progress, (samples + index * step) / length, (samples + (index + 1) * step) / length)
            words[index].extend(_later(recogniser.hear(channel, progress=part), samples))
        samples += block.shape[1]
    if progress:
        progress(1.0)
    utterances, warnings = _by_party(words, agent_channel)
    if facts.declared_ms and facts.duration_ms < CUT_OFF * facts.declared_ms:
        warnings.insert(0, f"录音不完整：应有{facts.declared_ms / 1000:.0f}秒，只有{facts.duration_ms / 1000:.0f}秒。")
    if doubled:
        warnings.insert(0, "两个声道内容相同，按单声道处理。")
    return Transcript(
        utterances=utterances,
        duration_ms=round(1000 * samples / RATE),
        recogniser=recogniser.name,
        warnings=tuple(warnings),
    )


def _by_party(channels: list[list[Word]], agent_channel: int | None) -> tuple[tuple[Utterance, ...], list[str]]:
    if not any(channels):
        return (), ["没有听到人声。"]
    if len(channels) == 1:
        return utterances_of_words(channels[0], Speaker.UNKNOWN, mixed=True), ["单声道录音，未区分客服与客户。"]
    warnings = [f"{side}声道没有听到人声。" for side, words in zip("左右", channels, strict=True) if not words]
    if agent_channel is None:
        left, right = ("\n".join(u.text for u in utterances_of_words(words, Speaker.UNKNOWN)) for words in channels)
        agent_channel = decide_roles((left, right)).agent
        if agent_channel is None:
            warnings.append("无法根据内容判断哪个声道是客服，说话人标为未知。")
    if agent_channel is None:
        speakers = (Speaker.UNKNOWN, Speaker.UNKNOWN)
    else:
        speakers = (Speaker.AGENT, Speaker.CUSTOMER) if agent_channel == 0 else (Speaker.CUSTOMER, Speaker.AGENT)
    sides = (utterances_of_words(words, speaker) for words, speaker in zip(channels, speakers, strict=True))
    return merged_in_time(*sides), warnings


def _later(words: list[Word], samples: int) -> list[Word]:
    shift = round(1000 * samples / RATE)
    return [
        word.model_copy(update={"start_ms": word.start_ms + shift, "end_ms": word.end_ms + shift}) for word in words
    ]


def _part(progress: Callable[[float], None] | None, start: float, end: float) -> Callable[[float], None] | None:
    if progress is None:
        return None
    return lambda done: progress(min(start + done * (end - start), 1.0))
