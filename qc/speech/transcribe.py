"""A recording in, a transcript out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from qc.domain import Milliseconds, Transcript
from qc.speech.activity import PAD_MS, Piece, in_time, packed, speech_spans
from qc.speech.allocator import give_back_freed
from qc.speech.audio import PAIR, RATE, Samples, decode, probe
from qc.speech.channels import Sides, Span, compare, echoes, louder, without
from qc.speech.invented import doubted
from qc.speech.levels import sound_of
from qc.speech.parties import MIXED, Channel, by_party
from qc.speech.recogniser import NOTHING_EXPECTED, Care, Expectations, Heard, HeardAgain, Recogniser
from qc.speech.speakers import Prints, load_voice_engine, take_prints
from qc.turns import Word

BLOCK_S: Final = 300
"""So much sound is heard and held in memory at once."""
FIRST_BLOCK_S: Final = 10
"""The first block is short, so that its first words are heard within a second."""
SHORT_S: Final = 30
"""A recording up to this long is one block, heard with care: it is done soon anyway, and a cut costs the words around
it."""
AROUND_MS: Final = 500
"""So much of the sound around each stretch of a short recording is heard with it; borders stay those of the stretch.
People speak softer at the edges of what they say than speech detectors hear. In longer recordings it costs errors in
the names of cars (.45 to .51 on 13 of them), and time."""

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
    channels = {number: Channel() for number in (0, 1, MIXED)}
    sides: list[Sides] = []
    samples = heard = 0
    care = Care.CAREFUL if facts.duration_ms <= SHORT_S * 1000 else Care.QUICK
    first_s = BLOCK_S if care is Care.CAREFUL else FIRST_BLOCK_S
    for block in decode(path, block_s=BLOCK_S, first_s=first_s):
        for piece, words, again in _hear_block(block, samples, recogniser, expecting, sides, channels, care):
            channels[piece.channel].add(words, again)
            heard = max(heard, samples + piece.spans[-1].end)  # the other channel's piece may end earlier
            if progress:
                progress(min(heard / length, 1.0))
        samples += block.shape[1]
        care = Care.USUAL
        give_back_freed()
    if progress:
        progress(1.0)
    duration_ms = _ms(samples)
    spoken = by_party(
        channels,
        sides,
        prints=lambda number: _prints(path, first_s, number, channels[number].speech),
        agent_channel=agent_channel,
        duration_ms=duration_ms,
    )
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
        sound=sound_of({number: channel.meter for number, channel in channels.items()}, spoken.agent),
    )


# ---------------------------------------------------------------- one block of sound


def _hear_block(
    block: Samples,
    offset: int,
    recogniser: Recogniser,
    expecting: Expectations,
    sides: list[Sides],
    channels: dict[int, Channel],
    care: Care,
) -> Iterator[tuple[Piece, list[Word], tuple[HeardAgain, ...]]]:
    """Each piece of speech of this block with its words, times counting from the recording's start."""
    sounds = {MIXED: block[0]}
    if block.shape[0] == PAIR:
        sides.append(compare(block, start_ms=1000 * offset / RATE))
        sounds = {MIXED: louder(block)} if sides[-1].doubled else {0: block[0], 1: block[1]}
    with ThreadPoolExecutor(len(sounds)) as threads:
        spans = dict(zip(sounds, threads.map(speech_spans, sounds.values()), strict=True))
    give_back_freed()  # what detection took is not held beside what hearing takes
    if len(sounds) == PAIR:
        left, right = echoes(sides[-1], (spans[0], spans[1]))
        spans = {
            number: [span for span in without(spans[number], parts) if span.end - span.start >= SHORTEST_S * RATE]
            for number, parts in ((0, left), (1, right))
        }
    for number, channel in channels.items():
        channel.speech.append(spans.get(number, []))
        if number in spans:
            channel.meter.add(sounds[number], spans[number])
    longest_s = {number: LONGEST_MIXED_S if number == MIXED else recogniser.longest_piece_s for number in spans}
    pieces = in_time(
        *(
            packed(number, found, longest_s[number], around_ms=AROUND_MS if care is Care.CAREFUL else 0)
            for number, found in spans.items()
        )
    )
    cut = [piece.cut_from(sounds[piece.channel]) for piece in pieces]
    for piece, heard in zip(pieces, recogniser.hear(cut, expecting, care=care), strict=True):
        words = doubted(heard, piece.seconds)
        whole = piece, _placed(words, piece, offset), _kept(heard, words)
        skipped = len(words) < FEWEST_PER_S * piece.seconds
        if len(piece.spans) > 1 and (skipped or any(word.doubt is not None for word in words)):
            parts = list(_one_by_one(piece, sounds[piece.channel], offset, recogniser, expecting, care))
            more = sum(_trusted(part) for _, part, _ in parts) > _trusted(words)
            yield from parts if more else [whole]
        else:
            yield whole


def _one_by_one(
    piece: Piece, sound: Samples, offset: int, recogniser: Recogniser, expecting: Expectations, care: Care
) -> Iterator[tuple[Piece, list[Word], tuple[HeardAgain, ...]]]:
    """A piece that was heard badly as a whole, stretch by stretch: only what is doubtful by itself stays so.

    In haste they are heard in haste too. Those of a short recording, whose whole was heard with care, are heard as usual.
    """
    care = Care.USUAL if care is Care.CAREFUL else care
    parts = [
        Piece(channel=piece.channel, spans=(span,), sounds=(sound,))
        for span, sound in zip(piece.spans, piece.sounds, strict=True)
    ]
    cut = [part.cut_from(sound) for part in parts]
    for part, heard in zip(parts, recogniser.hear(cut, expecting, care=care), strict=True):
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
    numbers = [piece.place_of((word.start_ms + word.end_ms) / 2)[0] for word in words]
    placed: list[Word] = []
    begun_ms = 0
    for at, (word, number) in enumerate(zip(words, numbers, strict=True)):
        begin_ms, end_ms = (_ms(border) for border in piece.spans[number])
        start_ms = max(piece.place_of(word.start_ms)[1], begin_ms)
        stop_ms = min(piece.place_of(word.end_ms, ending=True)[1], end_ms)
        if number not in numbers[:at] and abs(start_ms - begin_ms - PAD_MS) <= SNAP_MS:
            start_ms = begin_ms + PAD_MS
        if number not in numbers[at + 1 :] and abs(stop_ms - end_ms + PAD_MS) <= SNAP_MS:
            stop_ms = end_ms - PAD_MS
        begun_ms = max(begun_ms, start_ms)  # a first word that was moved may have passed the next
        times = {"start_ms": _ms(offset) + begun_ms, "end_ms": _ms(offset) + max(begun_ms, stop_ms)}
        placed.append(word.model_copy(update=times))
    return placed


def _ms(samples: int) -> Milliseconds:
    return round(1000 * samples / RATE)


def _prints(path: Path, first_s: float, number: int, speech: Sequence[Sequence[Span]]) -> Iterator[Prints]:
    """The prints of the voices on this channel. The sound is read again, since most recordings need none."""
    samples = 0
    for block, spans in zip(decode(path, block_s=BLOCK_S, first_s=first_s), speech, strict=False):
        channel = louder(block) if number == MIXED else block[number]
        yield take_prints(channel, spans, load_voice_engine(), at_ms=_ms(samples))
        samples += block.shape[1]
