from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, get_speech_timestamps
from sounds import write_sound

from qc.speech.audio import RATE, decode
from qc.speech.channels import Layout, Span, compare, echoes, layout_of, louder, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qc.speech.audio import Samples

SAMPLES = Path(__file__).parents[3] / "samples"


@cache
def call(name: str) -> tuple[Samples, NDArray[np.bool_]]:
    """A recording of two parties, and where each one speaks by the script."""
    sound = np.concatenate(list(decode(SAMPLES / f"{name}.opus")), axis=1)
    script = json.loads((SAMPLES / "annotated" / f"{name}.turns.json").read_text("utf-8"))
    speaks = np.zeros(sound.shape, np.bool_)
    for turn in script["turns"]:
        agent = script["agent_channel"]
        side = agent if turn["speaker"] == "agent" else 1 - agent
        speaks[side, turn["start_ms"] * RATE // 1000 : turn["end_ms"] * RATE // 1000] = True
    return sound, speaks


def mixed(name: str) -> Samples:
    mix: Samples = call(name)[0].mean(axis=0)
    return mix


def late(channel: Samples, ms: float) -> Samples:
    return np.pad(channel, (round(ms * RATE / 1000), 0))[: channel.size]


def with_echo(sound: Samples, db: float, ms: float) -> Samples:
    """Each party also in the other's channel."""
    return sound + np.float32(10 ** (db / 20)) * np.stack([late(sound[1], ms), late(sound[0], ms)])


def hiss(size: int, level: float, seed: int = 3) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(size)).astype(np.float32)


def through(codec: str, name: str, folder: Path, sound: Samples) -> Samples:
    """The sound after a recorder's codec, at 8 kHz; AMR codes each channel by itself."""
    telephone = (sound[:, ::2] * 32767).clip(-32768, 32767).astype(np.int16)
    parts = [telephone] if codec != "libopencore_amrnb" else [channel[np.newaxis] for channel in telephone]
    coded = [np.concatenate(list(decode(write_sound(folder / name, part, codec))), axis=1) for part in parts]
    return np.concatenate([channels[:, : min(each.shape[1] for each in coded)] for channels in coded])


def voice(channel: Samples) -> list[Span]:
    options = VadOptions(min_silence_duration_ms=300, speech_pad_ms=100, min_speech_duration_ms=100)
    return [Span(each["start"], each["end"]) for each in get_speech_timestamps(channel, options)]


def marked(spans: Sequence[Span], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.bool_)
    for start, end in spans:
        mask[max(start, 0) : end] = True
    return mask


def copies(mix: Samples) -> dict[str, Samples]:
    return {
        "same": mix,
        "quieter": np.float32(0.3) * mix,
        "inverted": -mix,
        "late": late(mix, 50),
        "with hiss": np.float32(0.5) * mix + hiss(mix.size, 0.002),
    }


@pytest.mark.parametrize("kind", copies(np.zeros(1, np.float32)))
def test_one_mix_twice_is_doubled(kind: str) -> None:
    mix = mixed("03-private-dealing")
    for block in (np.stack([mix, copies(mix)[kind]]), np.stack([copies(mix)[kind], mix])):
        sides = compare(block)
        assert sides.doubled
        assert layout_of([sides]) is Layout.DOUBLED


@pytest.mark.parametrize("kind", ["quieter", "late"])
@pytest.mark.parametrize(
    ("codec", "name"), [("libmp3lame", "c.mp3"), ("libopus", "c.opus"), ("libopencore_amrnb", "c.amr")]
)
def test_it_is_after_a_lossy_codec_too(tmp_path: Path, kind: str, codec: str, name: str) -> None:
    mix = mixed("03-private-dealing")[: 15 * RATE]
    assert compare(through(codec, name, tmp_path, np.stack([mix, copies(mix)[kind]]))).doubled


@pytest.mark.parametrize("db", [-90, -20, -10, -6])
@pytest.mark.parametrize("ms", [0, 30])
def test_parties_with_any_crosstalk_are_not_doubled(db: float, ms: float) -> None:
    sides = compare(with_echo(call("03-private-dealing")[0], db, ms))
    assert sides.doubled is False
    assert layout_of([sides]) is Layout.PARTIES


def dead_channels(living: Samples) -> dict[str, Samples]:
    at = 2 * np.pi * 50 * np.arange(living.size) / RATE
    return {
        "silence": np.zeros_like(living),
        "direct current": np.full_like(living, 0.1),
        "hum": np.sum([0.02 / n * np.sin(n * at) for n in (1, 2, 3, 5, 7)], axis=0, dtype=np.float32),
        "hiss": hiss(living.size, 0.01),
        "faint hiss": hiss(living.size, 0.001),
        "echo": np.float32(0.1) * late(living, 80) + hiss(living.size, 0.001),
    }


@pytest.mark.parametrize("kind", dead_channels(np.zeros(1, np.float32)))
def test_a_channel_where_nobody_speaks_is_dead(kind: str) -> None:
    living = mixed("03-private-dealing")
    dead = dead_channels(living)[kind]
    assert layout_of([compare(np.stack([living, dead]))]) is Layout.LEFT_ONLY
    assert layout_of([compare(np.stack([dead, living]))]) is Layout.RIGHT_ONLY


def test_a_channel_is_dead_only_if_it_stays_so() -> None:
    sound, _ = call("02-good-call")
    silent = np.stack([sound[0], hiss(sound.shape[1], 0.001)])
    assert layout_of([compare(silent), compare(silent)]) is Layout.LEFT_ONLY
    assert layout_of([compare(silent), compare(sound)]) is Layout.PARTIES
    assert layout_of([compare(np.zeros_like(sound))]) is Layout.SILENT
    assert compare(np.zeros_like(sound)).doubled is None


NEAR = 3 * RATE // 10
"""So close to its own speech a stretch may keep some echo."""


def talking(speaks: NDArray[np.bool_]) -> list[int]:
    return (np.flatnonzero(speaks[::160]) * 160).tolist()


def seconds_lost_and_left(sound: Samples, speaks: NDArray[np.bool_], heard: Samples) -> tuple[float, float, float]:
    """Of what a voice activity detector finds in ``heard``: the other party's seconds before and after `echoes`, and
    the seconds of true speech that went with them."""
    stretches = voice(heard[0]), voice(heard[1])
    parts = echoes(compare(heard), stretches)
    before = after = lost = 0
    for side in (0, 1):
        size = heard.shape[1]
        true = speaks[side] & marked(voice(sound[side]), size)
        others = speaks[1 - side] & ~marked([Span(at - NEAR, at + NEAR) for at in talking(speaks[side])], size)
        kept = marked(without(stretches[side], parts[side]), size)
        before += int((marked(stretches[side], size) & others).sum())
        after += int((kept & others).sum())
        lost += int((true & marked(stretches[side], size) & ~kept).sum())
    return before / RATE, after / RATE, lost / RATE


@pytest.mark.parametrize("name", ["02-good-call", "03-private-dealing"])
def test_without_crosstalk_nothing_is_taken_away(name: str) -> None:
    sound, speaks = call(name)
    _, _, lost = seconds_lost_and_left(sound, speaks, sound)
    assert lost == 0


@pytest.mark.parametrize("ms", [5, 300])
@pytest.mark.parametrize("db", [-20, -10])
def test_an_echo_is_no_turn(db: float, ms: float) -> None:
    sound, speaks = call("03-private-dealing")
    before, after, lost = seconds_lost_and_left(sound, speaks, with_echo(sound, db, ms))
    assert before > 10
    assert after < 0.03 * before
    assert lost < 0.01 * speaks.sum() / RATE


def test_an_echo_through_a_mobile_telephone_is_no_turn(tmp_path: Path) -> None:
    sound, speaks = call("03-private-dealing")
    coded = through("libopencore_amrnb", "call.amr", tmp_path, sound)
    coded = np.pad(coded, ((0, 0), (0, sound.shape[1])))[::-1, : sound.shape[1]].astype(np.float32)
    before, after, lost = seconds_lost_and_left(sound, speaks, sound + np.float32(0.2) * coded)
    assert before > 10
    assert after < 0.03 * before
    assert lost < 0.01 * speaks.sum() / RATE


@pytest.mark.parametrize(("db", "lost_part"), [(-90, 0), (-20, 0.05), (-10, 0.15)])
def test_both_talking_at_once_are_kept(db: float, lost_part: float) -> None:
    sound, speaks = call("02-good-call")
    moved, said = (np.stack([each[0], np.roll(each[1], -5 * RATE)]) for each in (sound, speaks))
    both = (said[0] & said[1]).sum() / RATE
    assert both > 10
    _, _, lost = seconds_lost_and_left(moved, said, with_echo(moved, db, 60))
    assert lost <= lost_part * both


def test_a_stretch_may_begin_with_echo_and_end_with_own_speech() -> None:
    sound, speaks = call("03-private-dealing")
    heard = with_echo(sound, -15, 40)
    whole = Span(0, heard.shape[1])
    parts = echoes(compare(heard), ([whole], [whole]))
    for side in (0, 1):
        kept = marked(without([whole], parts[side]), heard.shape[1])
        assert kept[speaks[side]].mean() > 0.97
        assert kept[speaks[1 - side] & ~speaks[side]].mean() < 0.25


def test_taking_parts_out_of_stretches() -> None:
    stretches = [Span(0, 10), Span(20, 30), Span(40, 50)]
    assert without(stretches, [Span(0, 3), Span(5, 6), Span(20, 30), Span(45, 50)]) == [
        Span(3, 5),
        Span(6, 10),
        Span(40, 45),
    ]
    assert without(stretches, []) == stretches


def test_of_a_doubled_block_the_louder_side_is_heard() -> None:
    mix = mixed("03-private-dealing")
    np.testing.assert_array_equal(louder(np.stack([0.3 * mix + 0.5, -mix])), -mix)


@pytest.mark.parametrize("size", [1, 100, RATE // 2, 3 * RATE + 7])
def test_short_blocks_are_compared_too(size: int) -> None:
    block = call("02-good-call")[0][:, 5 * RATE : 5 * RATE + size]
    sides = compare(block)
    assert sides.own.shape == sides.echo.shape == (2, -(-size // 160))
    assert echoes(sides, ([Span(0, size)], [Span(0, size)])) is not None
