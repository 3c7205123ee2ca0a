"""A recording in, a transcript out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from qc.domain import Listen, Roles, RolesBy, Speaker, Transcript
from qc.speech.activity import PAD_MS, Piece, in_time, packed, speech_spans
from qc.speech.audio import PAIR, RATE, Samples, decode, probe
from qc.speech.channels import Layout, Sides, Span, compare, echoes, layout_of, louder, without
from qc.speech.drift import drift_of
from qc.speech.invented import doubted
from qc.speech.recogniser import NOTHING_EXPECTED, Expectations, Heard, HeardAgain, Recogniser
from qc.speech.roles import decide_roles, swapped_at
from qc.speech.speakers import Prints, by_voice, load_voice_engine, take_prints, tell_voices_apart
from qc.turns import Run, Word, runs_of_words

BLOCK_S: Final = 300
"""So much sound is heard and held in memory at once."""
FIRST_BLOCK_S: Final = 12
"""The first block is short, so that its first words are heard within a second."""

CUT_OFF: Final = 0.97
"""A recording shorter than this part of what its header claims has lost its end."""
FEWEST_PER_S: Final = 3.2
"""Fewer words a second of speech than this, and the recogniser skipped some: people say 4 to 6."""
LONGEST_MIXED_S: Final = 28.0
"""Two parties in one piece need context: on five mono recordings errors fell from .234 with 15 s to .206 with 28 s."""
SHORTEST_S: Final = 0.25
"""What is left between echoes and is shorter than this says nothing."""
SNAP_MS: Final = 1000
"""A stretch's first and last word begin and end with its speech if they are no further from it than this: the speech
detector's borders are better than the recogniser's."""
CONTRADICTED: Final = 0.98
"""The words overrule the given agent channel from this probability on: a recorder's wiring can be noted wrongly."""
PART_MS: Final = 60_000
"""Channels are compared by parts of so long for a swap in mid-call."""

MIXED: Final = 2
"""The number that stands for one channel with both parties, beside 0 for left and 1 for right."""


class _Channel:
    """What is heard on one channel, as it grows block by block."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.again: list[HeardAgain] = []
        self.speech: list[list[Span]] = []
        """The stretches of speech of each block, in samples from its start."""

    def add(self, words: Sequence[Word], again: Iterable[HeardAgain]) -> None:
        first = len(self.words)
        self.again.extend(
            each.model_copy(update={"first": each.first + first, "end": each.end + first}) for each in again
        )
        self.words.extend(words)


class _Spoken(NamedTuple):
    """The runs of words of a call and the second listens to them, with how the roles are known."""

    runs: list[tuple[Run, list[Listen]]]
    roles: Roles
    warnings: list[str]


def transcribe_recording(
    path: Path,
    recogniser: Recogniser,
    *,
    expecting: Expectations = NOTHING_EXPECTED,
    agent_channel: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Transcript:
    """What is said in this recording, by whom where that can be known, with what a reader should be warned of.

    In a stereo recording each channel is one party: the agent's is ``agent_channel`` (0 is left), or decided by the
    words. In mono the parties are told apart by their voices, and their roles by the words. ``progress`` is told the
    part that is done, 0 to 1.

    Raises:
        BadAudio: if the file cannot be opened or nothing in it decodes.
    """
    facts = probe(path, max_duration_s=math.inf)
    length = max(facts.duration_ms * RATE / 1000, 1)
    channels = {number: _Channel() for number in (0, 1, MIXED)}
    sides: list[Sides] = []
    samples = heard = 0
    for block in decode(path, block_s=BLOCK_S, first_s=FIRST_BLOCK_S):
        for piece, words, again in _hear_block(block, samples, recogniser, expecting, sides, channels):
            channels[piece.channel].add(words, again)
            heard = max(heard, samples + piece.spans[-1].end)  # the other channel's piece may end earlier
            if progress:
                progress(min(heard / length, 1.0))
        samples += block.shape[1]
    if progress:
        progress(1.0)
    duration_ms = round(1000 * samples / RATE)
    spoken = _by_party(path, channels, sides, agent_channel, duration_ms)
    warnings = list(spoken.warnings)
    if facts.declared_ms and facts.duration_ms < CUT_OFF * facts.declared_ms:
        warnings.insert(0, f"录音不完整：应有{facts.declared_ms / 1000:.0f}秒，只有{facts.duration_ms / 1000:.0f}秒。")
    runs = sorted(spoken.runs, key=lambda run: (run[0].utterance.start_ms, run[0].utterance.end_ms))
    return Transcript(
        utterances=tuple(run.utterance for run, _ in runs),
        duration_ms=duration_ms,
        recogniser=recogniser.name,
        warnings=tuple(warnings),
        roles=spoken.roles,
        listens=tuple(
            listen.model_copy(update={"utterance": number})
            for number, (_, listens) in enumerate(runs)
            for listen in listens
        ),
    )


# ---------------------------------------------------------------- one block of sound


def _hear_block(
    block: Samples,
    offset: int,
    recogniser: Recogniser,
    expecting: Expectations,
    sides: list[Sides],
    channels: dict[int, _Channel],
) -> Iterator[tuple[Piece, list[Word], tuple[HeardAgain, ...]]]:
    """Each piece of speech of this block with its words, times counting from the recording's start."""
    sounds = {MIXED: block[0]}
    if block.shape[0] == PAIR:
        sides.append(compare(block, start_ms=1000 * offset / RATE))
        sounds = {MIXED: louder(block)} if sides[-1].doubled else {0: block[0], 1: block[1]}
    with ThreadPoolExecutor(len(sounds)) as threads:
        spans = dict(zip(sounds, threads.map(speech_spans, sounds.values()), strict=True))
    if len(sounds) == PAIR:
        left, right = echoes(sides[-1], (spans[0], spans[1]))
        spans = {
            number: [span for span in without(spans[number], parts) if span.end - span.start >= SHORTEST_S * RATE]
            for number, parts in ((0, left), (1, right))
        }
    for number, channel in channels.items():
        channel.speech.append(spans.get(number, []))
    longest_s = {number: LONGEST_MIXED_S if number == MIXED else recogniser.longest_piece_s for number in spans}
    pieces = in_time(*(packed(number, found, longest_s[number]) for number, found in spans.items()))
    cut = [piece.cut_from(sounds[piece.channel]) for piece in pieces]
    for piece, heard in zip(pieces, recogniser.hear(cut, expecting), strict=True):
        words = doubted(heard, piece.seconds)
        whole = piece, _placed(words, piece, offset), _kept(heard, words)
        skipped = len(words) < FEWEST_PER_S * piece.seconds
        if len(piece.spans) > 1 and (skipped or any(word.doubt is not None for word in words)):
            parts = list(_one_by_one(piece, sounds[piece.channel], offset, recogniser, expecting))
            more = sum(_trusted(part) for _, part, _ in parts) > _trusted(words)
            yield from parts if more else [whole]
        else:
            yield whole


def _one_by_one(
    piece: Piece, sound: Samples, offset: int, recogniser: Recogniser, expecting: Expectations
) -> Iterator[tuple[Piece, list[Word], tuple[HeardAgain, ...]]]:
    """A piece that was heard badly as a whole, stretch by stretch: only what is doubtful by itself stays so."""
    parts = [Piece(channel=piece.channel, spans=(span,)) for span in piece.spans]
    for part, heard in zip(parts, recogniser.hear([part.cut_from(sound) for part in parts], expecting), strict=True):
        words = doubted(heard, part.seconds)
        yield part, _placed(words, part, offset), _kept(heard, words)


def _trusted(words: Iterable[Word]) -> int:
    """How many of these words are not doubted."""
    return sum(word.doubt is None for word in words)


def _kept(heard: Heard, words: Sequence[Word]) -> tuple[HeardAgain, ...]:
    """The second listens to words that are not doubted; none if a loop was cut out, and what they point to is gone."""
    if len(words) != len(heard.words):
        return ()
    return tuple(each for each in heard.again if all(word.doubt is None for word in words[each.first : each.end]))


def _placed(words: Sequence[Word], piece: Piece, offset: int) -> list[Word]:
    """The words at their times in the recording, those at a stretch's borders where its speech begins and ends."""
    placed: list[Word] = []
    numbers: list[int] = []
    for word in words:
        number, _ = piece.place_of((word.start_ms + word.end_ms) / 2)
        span = piece.spans[number]
        begin_ms, end_ms = (round(at * 1000 / RATE) for at in span)
        _, start_ms = piece.place_of(word.start_ms)
        _, stop_ms = piece.place_of(word.end_ms, ending=True)
        start_ms, stop_ms = max(start_ms, begin_ms), min(stop_ms, end_ms)
        placed.append(word.model_copy(update={"start_ms": start_ms, "end_ms": max(start_ms, stop_ms)}))
        numbers.append(number)
    for at, (word, number) in enumerate(zip(placed, numbers, strict=True)):
        span = piece.spans[number]
        first = at == 0 or numbers[at - 1] != number
        last = at == len(placed) - 1 or numbers[at + 1] != number
        begin_ms, end_ms = span.start * 1000 // RATE + PAD_MS, span.end * 1000 // RATE - PAD_MS
        start_ms, stop_ms = word.start_ms, word.end_ms
        if first and abs(start_ms - begin_ms) <= SNAP_MS:
            start_ms = begin_ms
        if last and abs(stop_ms - end_ms) <= SNAP_MS:
            stop_ms = end_ms
        placed[at] = word.model_copy(update={"start_ms": start_ms, "end_ms": max(start_ms, stop_ms)})
    shift = round(1000 * offset / RATE)
    begun = 0
    for at, word in enumerate(placed):
        begun = max(begun, word.start_ms)  # a first word that was moved may have passed the next
        placed[at] = word.model_copy(update={"start_ms": begun + shift, "end_ms": max(begun, word.end_ms) + shift})
    return placed


# ---------------------------------------------------------------- who said it


def _by_party(
    path: Path, channels: dict[int, _Channel], sides: Sequence[Sides], agent_channel: int | None, duration_ms: int
) -> _Spoken:
    layout = layout_of(sides) if sides else None
    nothing = Roles(by=RolesBy.NOTHING, probability=0.5)
    if not any(channel.words for channel in channels.values()):
        return _Spoken([], nothing, ["没有听到人声。"])
    if layout is None:
        return _mixed(path, MIXED, channels, [])
    if layout is Layout.DOUBLED:
        _take_over(channels)
        return _mixed(path, MIXED, channels, ["两个声道内容相同，按单声道处理。"])
    if layout in (Layout.LEFT_ONLY, Layout.RIGHT_ONLY):
        number = 0 if layout is Layout.LEFT_ONLY else 1
        dead = "右" if number == 0 else "左"
        if agent_channel is None:
            return _mixed(path, number, channels, [f"{dead}声道没有声音，另一声道按双方混录处理。"])
    return _stereo(channels, sides, agent_channel, duration_ms)


def _take_over(channels: dict[int, _Channel]) -> None:
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


def _mixed(path: Path, number: int, channels: dict[int, _Channel], warnings: list[str]) -> _Spoken:
    """Both parties of one channel, told apart by their voices and then by what each voice says."""
    channel = channels[number]
    voices = tell_voices_apart(list(_prints(path, number, channel.speech)), load_voice_engine())
    if not voices.known:
        runs = _runs(channel, [Speaker.UNKNOWN] * len(channel.words), mixed=True)
        return _Spoken(
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
    return _Spoken(runs, _roles(guess.agent, guess.probability), warnings)


def _prints(path: Path, number: int, speech: Sequence[Sequence[Span]]) -> Iterator[Prints]:
    """The prints of the voices on this channel. The sound is read again, since most recordings need none."""
    samples = 0
    for block, spans in zip(decode(path, block_s=BLOCK_S, first_s=FIRST_BLOCK_S), speech, strict=False):
        channel = louder(block) if number == MIXED else block[number]
        yield take_prints(channel, spans, load_voice_engine(), at_ms=round(1000 * samples / RATE))
        samples += block.shape[1]


def _stereo(
    channels: dict[int, _Channel], sides: Sequence[Sides], agent_channel: int | None, duration_ms: int
) -> _Spoken:
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
    return _Spoken(runs, roles, warnings)


def _parts(channels: dict[int, _Channel], duration_ms: int) -> list[tuple[str, str]]:
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


def _runs(channel: _Channel, speakers: Sequence[Speaker], *, mixed: bool = False) -> list[tuple[Run, list[Listen]]]:
    """The channel's runs of words, each with the second listens that lie within it."""
    runs = runs_of_words(channel.words, speakers, mixed=mixed)
    firsts = np.cumsum([0, *(len(run.words) for run in runs)])
    found: list[list[Listen]] = [[] for _ in runs]
    for again in channel.again:
        number = int(np.searchsorted(firsts, again.first, side="right")) - 1
        if again.end <= firsts[number + 1]:
            start, end = runs[number].span_of(again.first - int(firsts[number]), again.end - int(firsts[number]))
            found[number].append(
                Listen(utterance=number, start=start, end=end, phrase=again.phrase, probability=again.probability)
            )
    return list(zip(runs, found, strict=True))
