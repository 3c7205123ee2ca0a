from __future__ import annotations

import numpy as np
import pytest
from test_channels import call, late, with_echo

from qc.speech.audio import RATE, Samples
from qc.speech.channels import Delay, compare
from qc.speech.drift import Drift, drift_of

BLOCKS = 2


def measured(sound: Samples) -> Drift | None:
    """The drift by blocks, as a long recording is heard."""
    size = sound.shape[1] // BLOCKS
    delays: list[Delay] = []
    for start in range(0, BLOCKS * size, size):
        delays += compare(sound[:, start : start + size], start_ms=1000 * start / RATE).delays
    return drift_of(delays, duration_ms=1000 * sound.shape[1] / RATE)


def slower(channel: Samples, ms_per_minute: float) -> Samples:
    """The channel as a clock that runs late records it."""
    at = np.arange(channel.size)
    heard: Samples = np.interp(at * (1 - ms_per_minute / 60_000), at, channel).astype(np.float32)
    return heard


def test_without_crosstalk_nothing_can_be_measured() -> None:
    sound, speaks = call("02-good-call")
    assert measured(np.where(speaks, sound, 0).astype(np.float32)) is None


@pytest.mark.parametrize("ms", [0, 120, 450])
def test_a_constant_echo_delay_is_no_drift(ms: float) -> None:
    drift = measured(with_echo(call("02-good-call")[0], -20, ms))
    assert drift is not None
    assert drift.late_ms(60_000) == pytest.approx(0, abs=1)
    assert not drift.matters


def test_an_echo_of_one_party_only_is_no_shift() -> None:
    sound, speaks = call("02-good-call")
    apart = np.where(speaks, sound, 0).astype(np.float32) + np.float32(0.001) * np.random.default_rng(
        1
    ).standard_normal(sound.shape, np.float32)
    drift = measured(np.stack([apart[0] + 0.15 * late(apart[1], 300), apart[1]]))
    assert drift is not None
    assert drift.late_ms(0) == 0
    assert not drift.matters


@pytest.mark.parametrize("ms_per_minute", [6, -30, 60])
def test_a_clock_that_runs_late_is_measured(ms_per_minute: float) -> None:
    sound = with_echo(call("02-good-call")[0], -20, 60)
    drift = measured(np.stack([sound[0], slower(sound[1], ms_per_minute)]))
    assert drift is not None
    assert drift.per_minute_ms == pytest.approx(ms_per_minute, rel=0.03)
    assert drift.late_ms(60_000) == pytest.approx(ms_per_minute, abs=10)


@pytest.mark.parametrize("ms", [300, 600])
def test_a_shifted_channel_is_put_back(ms: float) -> None:
    sound = with_echo(call("02-good-call")[0], -20, 20)
    for shifted, expected in (
        (np.stack([sound[0], late(sound[1], ms)]), ms),
        (np.stack([late(sound[0], ms), sound[1]]), -ms),
    ):
        drift = measured(shifted)
        assert drift is not None
        assert drift.matters
        assert drift.late_ms(30_000) == pytest.approx(expected, abs=12)


def test_delays_that_jump_are_no_clock() -> None:
    jumps = [Delay(2000.0 * n, 0, 40 + 90 * (n * 7 % 5)) for n in range(40)]
    assert drift_of(jumps, duration_ms=80_000) is None


def test_a_single_echo_beyond_any_delay_is_shifted_by_the_least_possible() -> None:
    steady = [Delay(2000.0 * n, 0, 800) for n in range(10)]
    assert drift_of(steady, duration_ms=20_000) == Drift(300, 0, matters=True)
    early = [Delay(2000.0 * n, 1, -200) for n in range(10)]
    assert drift_of(early, duration_ms=20_000) == Drift(200, 0, matters=True)
    assert drift_of(steady[:3], duration_ms=20_000) is None
