from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import tones
from spoken import sample

from qc.speech.activity import LONGEST_S, PAD_MS, Piece, in_time, packed, speech_spans
from qc.speech.audio import RATE
from qc.speech.channels import Span

TRUE_MS = {0: [(1632, 6595), (12257, 16335), (18573, 26354), (30142, 35652)], 1: [(6546, 11322), (36309, 38886)]}
"""Turns of the call 03 that stand alone, by channel; a turn may pause."""


@pytest.mark.parametrize("channel", [0, 1])
def test_speech_is_found_where_people_speak(channel: int) -> None:
    spans = [
        Span(start * 1000 // RATE, end * 1000 // RATE)
        for start, end in speech_spans(sample("03-private-dealing")[channel])
    ]
    for start_ms, end_ms in TRUE_MS[channel]:
        within = [span for span in spans if span.start < end_ms - PAD_MS and span.end > start_ms + PAD_MS]
        assert within[0].start == pytest.approx(start_ms, abs=2 * PAD_MS)
        assert within[-1].end == pytest.approx(end_ms, abs=2 * PAD_MS)


@pytest.mark.parametrize("sound", ["silence", "tone", "hiss"])
def test_where_nobody_speaks_there_is_none(sound: str) -> None:
    channel = {
        "silence": np.zeros(8 * RATE, np.float32),
        "tone": (tones(8, RATE)[0] / 32768).astype(np.float32),
        "hiss": np.random.default_rng(1).normal(0, 0.02, 8 * RATE).astype(np.float32),
    }[sound]
    assert speech_spans(channel) == []


def test_a_stretch_fits_into_what_a_recogniser_hears_at_once() -> None:
    without_end = np.tile(sample("03-private-dealing")[0, 19 * RATE : 26 * RATE], 10)
    spans = speech_spans(without_end)
    assert sum(span.end - span.start for span in spans) > 0.9 * without_end.size
    assert max(span.end - span.start for span in spans) <= (LONGEST_S + 2 * PAD_MS / 1000) * RATE


def seconds(*stretches: tuple[float, float]) -> list[Span]:
    return [Span(round(start * RATE), round(end * RATE)) for start, end in stretches]


def test_stretches_are_packed_until_a_piece_is_full() -> None:
    pieces = packed(1, seconds((0, 4), (6, 10), (20, 27), (30, 31)), 15)
    assert [piece.spans for piece in pieces] == [
        tuple(seconds((0, 4), (6, 10), (20, 27))),
        tuple(seconds((30, 31))),
    ]
    assert [piece.seconds for piece in pieces] == [15, 1]
    assert {piece.channel for piece in pieces} == {1}


def test_a_stretch_that_is_too_long_by_itself_stays_whole() -> None:
    assert [piece.seconds for piece in packed(0, seconds((0, 1), (2, 22), (23, 24)), 15)] == [1, 20, 1]
    assert packed(0, [], 15) == []


def test_a_piece_sounds_like_its_stretches_end_to_end() -> None:
    channel = np.arange(10 * RATE, dtype=np.float32)
    (piece,) = packed(0, seconds((1, 2), (5, 5.5)), 15)
    assert np.array_equal(
        piece.cut_from(channel), np.concatenate([channel[RATE : 2 * RATE], channel[5 * RATE :][: RATE // 2]])
    )


@pytest.mark.parametrize(
    ("at_ms", "ending", "place"),
    [
        (0, False, (0, 1000)),
        (999, False, (0, 1999)),
        (1000, False, (1, 5000)),  # a border begins the next stretch,
        (1000, True, (0, 2000)),  # unless it ends a word
        (1400, False, (1, 5400)),
        (1500, False, (1, 5500)),
        (1500, True, (1, 5500)),
        (9000, False, (1, 5500)),  # a recogniser's times may run over the end
        (0, True, (0, 1000)),
    ],
)
def test_a_time_in_a_piece_is_a_time_in_its_channel(at_ms: float, ending: bool, place: tuple[int, int]) -> None:  # noqa: FBT001 - a table
    (piece,) = packed(0, seconds((1, 2), (5, 5.5)), 15)
    assert piece.place_of(at_ms, ending=ending) == place


def test_the_sound_around_a_stretch_is_heard_and_its_words_stay_in_the_stretch() -> None:
    spans = seconds((0.2, 1), (1.4, 2), (9, 9.5))
    (piece,) = packed(0, spans, 15, around_ms=500)
    assert list(piece.sounds) == seconds((0, 1.2), (1.2, 2.5), (8.5, 10))
    assert piece.seconds == pytest.approx(0.8 + 0.6 + 0.5)
    assert piece.place_of(100) == (0, 200)
    assert piece.place_of(1100) == (0, 1000)
    assert piece.place_of(1300) == (1, 1400)
    assert piece.place_of(2600) == (2, 9000)
    assert piece.place_of(3900) == (2, 9500)


def test_of_the_sound_between_two_pieces_none_is_heard_twice() -> None:
    first, second = packed(0, seconds((1, 2), (2.6, 4)), 2.5, around_ms=500)
    assert list(first.sounds) == seconds((0.5, 2.3))
    assert list(second.sounds) == seconds((2.3, 4.5))


def test_pieces_of_both_channels_come_in_the_order_of_their_beginnings() -> None:
    left, right = packed(0, seconds((0, 10), (12, 20)), 15), packed(1, seconds((9, 13), (30, 31)), 4)
    assert [(piece.channel, piece.start // RATE) for piece in in_time(left, right)] == [
        (0, 0),
        (1, 9),
        (0, 12),
        (1, 30),
    ]


stretches = st.lists(st.tuples(st.integers(0, 5 * RATE), st.integers(1, 12 * RATE)), min_size=1, max_size=20).map(
    lambda steps: [
        Span(sum(map(sum, steps[:at])) + pause, sum(map(sum, steps[:at])) + pause + length)
        for at, (pause, length) in enumerate(steps)
    ]
)


@given(stretches, st.floats(1, 28))
def test_packing_loses_nothing_and_keeps_the_limit(spans: list[Span], longest_s: float) -> None:
    pieces = packed(0, spans, longest_s)
    assert [span for piece in pieces for span in piece.spans] == spans
    assert all(piece.seconds <= longest_s or len(piece.spans) == 1 for piece in pieces)
    sizes = [piece.spans[0].end - piece.spans[0].start for piece in pieces]
    assert all(
        piece.seconds + following / RATE > longest_s for piece, following in zip(pieces, sizes[1:], strict=False)
    )


@given(stretches, st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_every_time_lies_in_a_stretch_and_later_times_later(spans: list[Span], parts: list[float]) -> None:
    piece = Piece(channel=0, spans=tuple(spans), sounds=tuple(spans))
    times = [part * piece.seconds * 1000 for part in sorted(parts)]
    for ending in (False, True):
        places = [piece.place_of(at_ms, ending=ending) for at_ms in times]
        assert places == sorted(places)
        for number, at_ms in places:
            span = spans[number]
            assert span.start * 1000 / RATE - 1 <= at_ms <= span.end * 1000 / RATE + 1
    # Between two stretches a border ends the first rather than begins the second.
    assert all(piece.place_of(at_ms, ending=True) <= piece.place_of(at_ms) for at_ms in times)
