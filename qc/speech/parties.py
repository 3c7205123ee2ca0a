"""Who said it: the words of each channel as utterances of agent and customer, and how that is known."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from qc.domain import Listen, Roles, RolesBy, Speaker
from qc.speech.channels import Layout, Sides, Span, layout_of
from qc.speech.drift import drift_of
from qc.speech.levels import Meter
from qc.speech.recogniser import HeardAgain
from qc.speech.roles import decide_roles, swapped_at
from qc.speech.speakers import Prints, by_voice, load_voice_engine, tell_voices_apart
from qc.turns import Run, Word, runs_of_words

CONTRADICTED: Final = 0.98
"""The words overrule the given agent channel from this probability on: a recorder's wiring can be noted wrongly."""
PART_MS: Final = 60_000
"""Channels are compared by parts of so long for a swap in mid-call."""

MIXED: Final = 2
"""The number that stands for one channel with both parties, beside 0 for left and 1 for right."""


class Channel:
    """What is heard on one channel, as it grows block by block."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.again: list[HeardAgain] = []
        self.speech: list[list[Span]] = []
        """The stretches of speech of each block, in samples from its start."""
        self.meter = Meter()

    def add(self, words: Sequence[Word], again: Iterable[HeardAgain]) -> None:
        """Add a piece's words, and the second listens that count from its first."""
        first = len(self.words)
        self.again.extend(
            each.model_copy(update={"first": each.first + first, "end": each.end + first}) for each in again
        )
        self.words.extend(words)


class Spoken(NamedTuple):
    """The runs of words of a call and the second listens to them, with how the roles are known."""

    runs: list[tuple[Run, list[Listen]]]
    roles: Roles
    warnings: list[str]
    agent: int | None = None
    """The agent's channel, where it is known and the same all along."""


def by_party(
    channels: Mapping[int, Channel],
    sides: Sequence[Sides],
    *,
    prints: Callable[[int], Iterable[Prints]],
    agent_channel: int | None,
    duration_ms: int,
) -> Spoken:
    """What each party says: of two channels one party each, of one channel two voices.

    ``sides`` compares the channels block by block and is empty for mono. ``prints`` gives the voice prints of a
    channel, which are taken only where they are needed.
    """
    layout = layout_of(sides) if sides else None
    nothing = Roles(by=RolesBy.NOTHING, probability=0.5)
    if not any(channel.words for channel in channels.values()):
        return Spoken([], nothing, ["没有听到人声。"])
    if layout is None:
        return _mixed(channels[MIXED], prints(MIXED), [])
    if layout is Layout.DOUBLED:
        _take_over(channels)
        return _mixed(channels[MIXED], prints(MIXED), ["两个声道内容相同，按单声道处理。"])
    if layout in (Layout.LEFT_ONLY, Layout.RIGHT_ONLY):
        number = 0 if layout is Layout.LEFT_ONLY else 1
        dead = "右" if number == 0 else "左"
        if agent_channel is None:
            return _mixed(channels[number], prints(number), [f"{dead}声道没有声音，另一声道按双方混录处理。"])
    return _stereo(channels, sides, agent_channel, duration_ms)


def _take_over(channels: Mapping[int, Channel]) -> None:
    """Give the mixed channel what was heard on the left where a block was too quiet to show that both are one."""
    left, mixed = channels[0], channels[MIXED]
    both = [*left.words, *mixed.words]
    order = sorted(range(len(both)), key=lambda at: both[at].start_ms)
    place = {old: new for new, old in enumerate(order)}
    shift = len(left.words)
    spans = [*((e, e.first, e.end) for e in left.again), *((e, e.first + shift, e.end + shift) for e in mixed.again)]
    mixed.again = [
        each.model_copy(update={"first": place[first], "end": place[end - 1] + 1}) for each, first, end in spans
    ]
    mixed.words = [both[at] for at in order]
    mixed.speech = [one or other for one, other in zip(mixed.speech, left.speech, strict=True)]


def _mixed(channel: Channel, prints: Iterable[Prints], warnings: list[str]) -> Spoken:
    """Both parties of one channel, told apart by their voices and then by what each voice says."""
    voices = tell_voices_apart(list(prints), load_voice_engine())
    if not voices.known:
        runs = _runs(channel, [Speaker.UNKNOWN] * len(channel.words), mixed=True)
        return Spoken(
            runs, Roles(by=RolesBy.NOTHING, probability=0.5), [*warnings, "单声道录音，声音无法区分，说话人标为未知。"]
        )
    labels = by_voice(channel.words, voices.spans)
    texts = ["".join(w.text for w, label in zip(channel.words, labels, strict=True) if label == v) for v in (0, 1)]
    guess = decide_roles((texts[0], texts[1]))
    speakers = _speakers(guess.agent)
    if guess.agent is None:
        warnings = [*warnings, "单声道录音，两个声音已分开，但无法根据内容判断谁是客服，说话人标为未知。"]
    else:
        warnings = [*warnings, "单声道录音，按声音区分说话人，个别句子可能分错。"]
    runs = _runs(channel, [speakers[label] for label in labels], mixed=True)
    return Spoken(runs, _roles(guess.agent, guess.probability), warnings)


def _stereo(
    channels: Mapping[int, Channel], sides: Sequence[Sides], agent_channel: int | None, duration_ms: int
) -> Spoken:
    warnings = [f"{side}声道没有听到人声。" for side, n in (("左", 0), ("右", 1)) if not channels[n].words]
    drift = drift_of([delay for each in sides for delay in each.delays], duration_ms=duration_ms)
    if drift is not None and drift.matters:
        channels[1].words = [_earlier(word, drift.late_ms(word.start_ms)) for word in channels[1].words]
        warnings.append("左右声道时间错位，已校正右声道的时间。")
    parts = _parts(channels, duration_ms)
    swap = swapped_at(parts)
    guess = decide_roles(_joined(parts[: swap.part] if swap else parts))
    agent: int | None = guess.agent
    roles = _roles(guess.agent, guess.probability)
    if agent_channel is not None:
        if guess.agent not in (None, agent_channel) and guess.probability >= CONTRADICTED:
            warnings.append("登记的客服声道与谈话内容相反，已按内容判断。")
        else:
            agent, roles = agent_channel, Roles(by=RolesBy.GIVEN, probability=1.0)
    elif agent is None:
        warnings.append("无法根据内容判断哪个声道是客服，说话人标为未知。")
    swapped_ms = swap.part * PART_MS if swap else math.inf
    if swap:
        warnings.append(f"左右声道在{swap.part}分钟处对调，此后已按内容换回。")
    straight, crossed = _speakers(agent), _speakers(None if agent is None else 1 - agent)
    runs = [
        run
        for number in (0, 1)
        for run in _runs(
            channels[number],
            [(straight if word.start_ms < swapped_ms else crossed)[number] for word in channels[number].words],
        )
    ]
    runs.extend(_runs(channels[MIXED], [Speaker.UNKNOWN] * len(channels[MIXED].words), mixed=True))
    return Spoken(runs, roles, warnings, None if swap else agent)


def _parts(channels: Mapping[int, Channel], duration_ms: int) -> list[tuple[str, str]]:
    """What either side says in each minute, without what is doubted."""
    parts = [["", ""] for _ in range(duration_ms // PART_MS + 1)]
    for number in (0, 1):
        for word in channels[number].words:
            if word.doubt is None:
                parts[min(word.start_ms // PART_MS, len(parts) - 1)][number] += word.text
    return [(left, right) for left, right in parts]


def _joined(parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    return "\n".join(left for left, _ in parts), "\n".join(right for _, right in parts)


def _speakers(agent: int | None) -> tuple[Speaker, Speaker]:
    if agent is None:
        return Speaker.UNKNOWN, Speaker.UNKNOWN
    return (Speaker.AGENT, Speaker.CUSTOMER) if agent == 0 else (Speaker.CUSTOMER, Speaker.AGENT)


def _roles(agent: int | None, probability: float) -> Roles:
    return Roles(by=RolesBy.NOTHING if agent is None else RolesBy.WORDS, probability=probability)


def _earlier(word: Word, late_ms: float) -> Word:
    start_ms = max(round(word.start_ms - late_ms), 0)
    return word.model_copy(update={"start_ms": start_ms, "end_ms": start_ms + word.end_ms - word.start_ms})


def _runs(channel: Channel, speakers: Sequence[Speaker], *, mixed: bool = False) -> list[tuple[Run, list[Listen]]]:
    """The channel's runs of words, each with the second listens that lie within it."""
    runs = runs_of_words(channel.words, speakers, mixed=mixed)
    firsts = list(accumulate((len(run.words) for run in runs), initial=0))
    found: list[list[Listen]] = [[] for _ in runs]
    for again in channel.again:
        number = bisect_right(firsts, again.first) - 1
        if again.end <= firsts[number + 1]:
            start, end = runs[number].span_of(again.first - firsts[number], again.end - firsts[number])
            found[number].append(
                Listen(utterance=number, start=start, end=end, phrase=again.phrase, probability=again.probability)
            )
    return list(zip(runs, found, strict=True))
