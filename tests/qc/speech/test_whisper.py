from __future__ import annotations

from typing import TYPE_CHECKING

import jiwer
import numpy as np
import pytest
from spoken import sample

from qc.speech.audio import RATE
from qc.speech.expecting import expectations
from qc.speech.recogniser import NOTHING_EXPECTED, Care
from qc.speech.whisper import BATCH_CPU, PROMPT, Decoded
from qc.store.settings import Settings

if TYPE_CHECKING:
    from qc.rulebook import Rulebook
    from qc.speech.recogniser import Heard
    from qc.speech.whisper import FasterWhisper


@pytest.mark.parametrize(
    ("text", "logprob", "seconds", "plausible"),
    [
        ("您好我是之江店的小周", -0.3, 2.0, True),
        ("您好我是之江店的小周", -1.5, 2.0, False),  # the decoder does not believe it
        ("您好我是之江店的小周", -0.3, 0.5, False),  # nobody talks that fast
        ("您好", -0.3, 8.0, False),  # most was skipped
        ("好的" * 40, -0.1, 15.0, False),  # a loop
        ("", -0.1, 3.0, False),
    ],
)
def test_a_text_that_no_voice_would_say_is_not_plausible(
    text: str, logprob: float, seconds: float, *, plausible: bool
) -> None:
    assert Decoded(text, logprob, 0.0).is_plausible(seconds) is plausible


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("给您介绍一下试驾、置换、贷款和优惠活动。", True),
        ("4S店的销售顾问", True),
        ("贷款和优惠活动，嗯嗯", True),
        ("您这边贷款是做几年的，利息多少", False),
        ("喂", False),
        ("", False),
    ],
)
def test_the_prompt_is_known_when_it_comes_back(text: str, *, echo: bool) -> None:
    assert Decoded(text, -0.3, 0.0).echoes(PROMPT) is echo


def said_in(heard: Heard) -> str:
    return "".join(word.text for word in heard.words)


@pytest.mark.speech
def test_pieces_of_any_number_and_length_are_heard_in_order(recogniser: FasterWhisper) -> None:
    agent, customer = sample("03-private-dealing")
    one, other = agent[12 * RATE : 16 * RATE], customer[26 * RATE : 30 * RATE]
    alone = [said_in(heard) for piece in (one, other) for heard in recogniser.hear([piece])]
    pieces = [one, other[: 3 * RATE]] * 5
    assert len(pieces) > BATCH_CPU
    for number, heard in enumerate(recogniser.hear(pieces)):
        right, wrong = alone[number % 2], alone[1 - number % 2]
        assert jiwer.cer(right, said_in(heard)) < jiwer.cer(wrong, said_in(heard))
    assert number == len(pieces) - 1
    assert list(recogniser.hear([])) == []


@pytest.mark.speech
@pytest.mark.parametrize("seconds", [0.05, 40])
def test_a_piece_may_be_shorter_or_longer_than_it_should(recogniser: FasterWhisper, seconds: float) -> None:
    channel = np.tile(sample("03-private-dealing")[0], 2)[2 * RATE :]
    (heard,) = recogniser.hear([channel[: round(seconds * RATE)]])
    assert all(word.end_ms <= max(1000 * seconds, 1000) for word in heard.words)


@pytest.mark.speech
def test_what_is_heard_quickly_is_about_what_is_heard_otherwise(recogniser: FasterWhisper) -> None:
    piece = sample("03-private-dealing")[0, 12 * RATE : 18 * RATE]
    usual, quick = (said_in(*recogniser.hear([piece], care=care)) for care in (Care.USUAL, Care.QUICK))
    assert jiwer.cer(usual, quick) < 0.2


@pytest.mark.speech
def test_expectations_change_what_is_written_and_keep_what_was_heard(
    recogniser: FasterWhisper, rulebook: Rulebook
) -> None:
    piece = sample("02-good-call")[1, : 14 * RATE]
    (plain,) = recogniser.hear([piece], NOTHING_EXPECTED)
    assert plain.again == ()
    assert all(word.original is None for word in plain.words)
    lexicons = Settings(_env_file=None).lexicons
    (heard,) = recogniser.hear([piece], expectations(lexicons, rulebook))
    assert any(word.original for word in heard.words)
    # Without the marks, what was heard is the same text.
    assert [word.original or word.text.rstrip("，。？") for word in heard.words] == [
        word.text.rstrip("，。？") for word in plain.words
    ]
    for again in heard.again:
        assert 0 <= again.first < again.end <= len(heard.words)
