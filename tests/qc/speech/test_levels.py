from __future__ import annotations

import numpy as np
import pytest

from qc.domain import Level, Sound
from qc.speech.audio import RATE
from qc.speech.channels import Span
from qc.speech.levels import Meter, sound_of


def tone(peak: float, seconds: float = 1.0) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def metered(sound: np.ndarray, *spans: tuple[int, int]) -> Meter:
    meter = Meter()
    meter.add(sound, [Span(*span) for span in spans or ((0, sound.size),)])
    return meter


@pytest.mark.parametrize(("peak", "dbfs"), [(1.0, -3.0), (0.1, -23.0), (0.01, -43.0)])
def test_a_sine_has_three_decibels_less_than_its_peak(peak: float, dbfs: float) -> None:
    level = metered(tone(peak)).level
    assert level is not None
    assert level.dbfs == pytest.approx(dbfs, abs=0.1)


def test_only_speech_is_measured() -> None:
    sound = np.concatenate([tone(0.1), np.zeros(5 * RATE, np.float32)])
    assert metered(sound, (0, RATE)).level == metered(tone(0.1)).level
    assert Meter().level is None


def test_blocks_add_up() -> None:
    meter = metered(tone(0.1))
    meter.add(tone(0.1), [Span(0, RATE)])
    assert meter.level == metered(tone(0.1, 2)).level


def test_what_is_cut_off_is_counted() -> None:
    assert metered(tone(0.9)).level == Level(dbfs=-3.9, clipped=0)
    cut = metered(np.clip(tone(2.0), -1, 1)).level
    assert cut is not None
    assert cut.clipped == pytest.approx(2 / 3, abs=0.03)  # a sine is above half its peak two thirds of the time


def test_digital_silence_has_a_figure() -> None:
    level = metered(np.zeros(RATE, np.float32)).level
    assert level is not None
    assert level.dbfs == -96.0


def test_levels_go_to_the_parties() -> None:
    loud, soft = metered(tone(0.5)), metered(tone(0.05))
    assert sound_of({0: loud, 1: soft, 2: Meter()}, agent=1) == Sound(agent=soft.level, customer=loud.level)
    assert sound_of({0: Meter(), 1: Meter(), 2: soft}, agent=None) == Sound(both=soft.level)
    assert sound_of({0: loud, 1: soft}, agent=None) is None
    assert sound_of({0: Meter()}, agent=0) is None
