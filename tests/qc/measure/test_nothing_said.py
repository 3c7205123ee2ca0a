from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from recognisers import ScriptedRecogniser
from spoken import exchange

from qc.domain import Speaker, Utterance
from qc.measure import sounds
from qc.measure.nothing_said import (
    LEVELS_DBFS,
    NOISES,
    PIECE_S,
    PIECES,
    SIGNALS,
    Invented,
    Piece,
    evaluate_nothing_said,
    pieces_of_nothing_said,
)
from qc.measure.show import to_markdown
from qc.measure.telephone import LINE_RATE, to_line_rate
from qc.speech.audio import decode
from qc.speech.recogniser import NOTHING_EXPECTED

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return list(pieces_of_nothing_said())


def level_dbfs(sound: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound))))


def test_it_is_twenty_minutes_of_every_sound_at_every_level(pieces: list[Piece]) -> None:
    assert len(pieces) == PIECES
    assert sum(piece.sound.shape[1] for piece in pieces) == 20 * 60 * LINE_RATE
    assert {(piece.kind, piece.noise_dbfs) for piece in pieces} == {
        ("digital silence", None),
        *((kind, level) for kind in NOISES for level in LEVELS_DBFS),
        *((kind, level) for kind in SIGNALS for level in (None, *LEVELS_DBFS)),
    }


def test_noise_has_the_level_it_claims_and_nothing_is_silent_that_should_sound(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert np.abs(piece.sound).max() <= 1
        if piece.kind in NOISES and piece.noise_dbfs is not None and piece.noise_dbfs > -60:  # A-law's floor is -72
            assert level_dbfs(piece.sound) == pytest.approx(piece.noise_dbfs, abs=0.5)
        if piece.kind in SIGNALS:
            assert level_dbfs(piece.sound) > -40


def test_the_same_seed_makes_the_same_sound_and_another_one_another() -> None:
    def some(seed: int) -> list[Piece]:
        return [piece for piece, _ in zip(pieces_of_nothing_said(seed), range(3), strict=False)]

    for one, again, other in zip(some(3), some(3), some(4), strict=True):
        assert np.array_equal(one.sound, again.sound)
        assert one.kind == "digital silence" or not np.array_equal(one.sound, other.sound)


def test_tones_have_their_frequencies() -> None:
    rng = np.random.default_rng(1)
    for sound, frequencies in (
        (sounds.ringing(10, rng), {450}),
        (sounds.busy(10, rng), {450}),
        (sounds.hum(10, rng), {50}),
        (sounds.fax(4, rng), {1100}),
    ):
        spectrum = np.abs(np.fft.rfft(sound))
        loudest = float(np.fft.rfftfreq(len(sound), 1 / LINE_RATE)[int(spectrum.argmax())])
        assert min(abs(loudest - hz) % 50 for hz in frequencies) < 5


def test_ringing_is_one_second_in_five() -> None:
    sound = sounds.ringing(20, np.random.default_rng(1))
    assert np.mean(np.abs(sound) > 0.01) == pytest.approx(0.2, abs=0.01)


def test_what_is_given_out_is_counted_by_sound_and_level_beside_bare() -> None:
    said = Piece("somebody speaks", -35, to_line_rate(exchange(end_s=7)[:1]))
    some = [said, said, *(piece for piece, _ in zip(pieces_of_nothing_said(), range(2), strict=False))]
    recogniser = ScriptedRecogniser(said=("请订阅", "谢谢观看"))
    report = evaluate_nothing_said(recogniser=recogniser, expecting=NOTHING_EXPECTED, bare=what_bare_hears, pieces=some)
    assert recogniser.heard == 2  # in the others nobody speaks
    assert report.kinds["somebody speaks"] == Invented(seconds=4, ours=3, quarantined=4, bare=8)
    assert report.kinds["digital silence"] == Invented(seconds=PIECE_S, bare=4)
    assert report.levels["-35 dBFS"] == report.kinds["somebody speaks"]
    assert report.levels["-70 dBFS"].bare == report.levels["no noise"].bare == 4
    assert report.given_out == ("somebody speaks, -35 dBFS: 请订阅。",)
    assert "| together | 36 | 3 | 4 | 16 |" in to_markdown(report)
    assert json.loads(report.model_dump_json())["seed"] == report.seed


def what_bare_hears(path: Path) -> list[list[Utterance]]:
    (sound,) = decode(path)
    assert sound.shape[0] == 1
    return [[Utterance(speaker=Speaker.UNKNOWN, start_ms=0, end_ms=900, text="谢谢观看。")]]
