from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Speaker, Timing
from qc.turns import LONGEST_MS, PAUSE_MS, Turn, Word, merged_in_time, transcript_of_turns, utterances_of_words


def a_word(text: str, start_ms: int, end_ms: int) -> Word:
    return Word(text=text, start_ms=start_ms, end_ms=end_ms)


def test_text_turns_are_laid_end_to_end() -> None:
    transcript = transcript_of_turns(
        [Turn(speaker=Speaker.AGENT, text="您好"), Turn(speaker=Speaker.CUSTOMER, text="喂")]
    )
    assert transcript.timing is Timing.ESTIMATED
    assert transcript.utterances[0].end_ms == transcript.utterances[1].start_ms > 0


def test_turns_with_and_without_times_do_not_mix() -> None:
    with pytest.raises(ValueError, match="either every turn"):
        transcript_of_turns(
            [Turn(speaker=Speaker.AGENT, text="您好", start_ms=0, end_ms=500), Turn(speaker=Speaker.AGENT, text="喂")]
        )


def test_a_pause_ends_an_utterance() -> None:
    words = [
        a_word("您", 0, 200),
        a_word("好，", 200, 400),
        a_word("王", 400 + PAUSE_MS, 1300),
        a_word("姐", 1300, 1500),
    ]
    first, second = utterances_of_words(words, Speaker.AGENT)
    assert (first.text, first.start_ms, first.end_ms) == ("您好", 0, 400)
    assert (second.text, second.start_ms, second.end_ms) == ("王姐", 400 + PAUSE_MS, 1500)


def test_a_breath_does_not() -> None:
    words = [a_word("您", 0, 200), a_word("好", 200 + PAUSE_MS - 1, 1300)]
    assert [utterance.text for utterance in utterances_of_words(words, Speaker.AGENT)] == ["您好"]


def test_parties_in_one_channel_are_cut_apart_sooner() -> None:
    words = [a_word("在吗？", 0, 200), a_word("在", 200, 400), a_word("您", 900, 1000)]
    assert [u.text for u in utterances_of_words(words, Speaker.UNKNOWN, mixed=True)] == ["在吗？", "在", "您"]
    assert [u.text for u in utterances_of_words(words, Speaker.UNKNOWN)] == ["在吗？在您"]


def test_a_monologue_is_cut_at_its_widest_pause() -> None:
    words = [a_word("啊", 500 * at, 500 * at + 400) for at in range(100)]
    words = [word if at < 60 else a_word("哦", word.start_ms + 300, word.end_ms + 300) for at, word in enumerate(words)]
    first, second = utterances_of_words(words, Speaker.CUSTOMER)
    assert set(first.text) == {"啊"}
    assert set(second.text) == {"哦"}


def test_silence_has_no_utterances() -> None:
    assert utterances_of_words([], Speaker.AGENT) == ()


def test_both_parties_are_merged_in_time() -> None:
    agent = utterances_of_words([a_word("您好", 0, 500), a_word("再见", 5000, 5500)], Speaker.AGENT)
    customer = utterances_of_words([a_word("喂", 400, 900)], Speaker.CUSTOMER)
    assert [utterance.text for utterance in merged_in_time(agent, customer)] == ["您好", "喂", "再见"]


spoken = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=60).map(
    lambda steps: [
        a_word(chr(0x4E00 + at), sum(map(sum, steps[:at])) + pause, sum(map(sum, steps[:at])) + pause + length)
        for at, (pause, length) in enumerate(steps)
    ]
)


@given(spoken)
def test_no_word_is_lost_or_moved(words: list[Word]) -> None:
    utterances = utterances_of_words(words, Speaker.UNKNOWN)
    assert "".join(utterance.text for utterance in utterances) == "".join(word.text for word in words)
    assert all(u.end_ms - u.start_ms <= LONGEST_MS or len(u.text) == 1 for u in utterances)
    assert [u.start_ms for u in utterances] == sorted(u.start_ms for u in utterances)
