from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Doubt, Speaker, Timing
from qc.turns import (
    LONGEST_MS,
    MARKS,
    MIXED_PAUSE_MS,
    PAUSE_MS,
    Run,
    Turn,
    Word,
    runs_of_words,
    transcript_of_turns,
)


def a_word(text: str, start_ms: int, end_ms: int) -> Word:
    return Word(text=text, start_ms=start_ms, end_ms=end_ms)


def words_of(*texts: str, ms: int = 200) -> list[Word]:
    """Words without a pause between them."""
    return [a_word(text, ms * at, ms * at + ms) for at, text in enumerate(texts)]


def one_party(words: list[Word], speaker: Speaker = Speaker.AGENT, *, mixed: bool = False) -> tuple[Run, ...]:
    return runs_of_words(words, [speaker] * len(words), mixed=mixed)


def texts_of(runs: tuple[Run, ...]) -> list[str]:
    return [run.utterance.text for run in runs]


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
    first, second = (run.utterance for run in one_party(words))
    assert (first.text, first.start_ms, first.end_ms) == ("您好。", 0, 400)
    assert (second.text, second.start_ms, second.end_ms) == ("王姐。", 400 + PAUSE_MS, 1500)


def test_a_breath_does_not() -> None:
    words = [a_word("您", 0, 200), a_word("好", 200 + PAUSE_MS - 1, 1300)]
    assert texts_of(one_party(words)) == ["您好。"]


def test_the_other_partys_word_ends_an_utterance() -> None:
    words = words_of("您", "好", "喂", "嗯")
    speakers = [Speaker.AGENT, Speaker.AGENT, Speaker.CUSTOMER, Speaker.AGENT]
    runs = runs_of_words(words, speakers)
    assert [(run.utterance.speaker, run.utterance.text) for run in runs] == [
        (Speaker.AGENT, "您好。"),
        (Speaker.CUSTOMER, "喂。"),
        (Speaker.AGENT, "嗯。"),
    ]


def test_doubted_words_are_utterances_of_their_own() -> None:
    words = words_of("您", "好", "谢", "谢", "再")
    doubts = [None, None, Doubt.PHANTOM, Doubt.PHANTOM, Doubt.GUESS]
    words = [word.model_copy(update={"doubt": doubt}) for word, doubt in zip(words, doubts, strict=True)]
    runs = one_party(words)
    assert [(run.utterance.text, run.utterance.doubt) for run in runs] == [
        ("您好。", None),
        ("谢谢。", Doubt.PHANTOM),
        ("再。", Doubt.GUESS),
    ]


def test_parties_in_one_channel_are_cut_apart_sooner() -> None:
    words = [a_word("在吗？", 0, 200), a_word("在", 200, 400), a_word("您", 400 + MIXED_PAUSE_MS, 1000)]
    assert texts_of(one_party(words, Speaker.UNKNOWN, mixed=True)) == ["在吗？", "在。", "您。"]
    assert texts_of(one_party(words)) == ["在吗？在您。"]


def test_a_monologue_is_cut_at_its_widest_pause() -> None:
    words = [a_word("啊", 500 * at, 500 * at + 400) for at in range(100)]
    words = [word if at < 60 else a_word("哦", word.start_ms + 300, word.end_ms + 300) for at, word in enumerate(words)]
    first, second = texts_of(one_party(words, Speaker.CUSTOMER))
    assert first == 60 * "啊" + "。"
    assert second == 40 * "哦" + "。"


def test_a_single_word_may_be_as_long_as_it_is() -> None:
    assert len(one_party([a_word("啊", 0, 2 * LONGEST_MS)])) == 1


def test_silence_has_no_utterances() -> None:
    assert runs_of_words([], []) == ()


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        (("您", "好"), "您好。"),
        (("您", "好，"), "您好。"),
        (("您", "好。"), "您好。"),
        (("您", "好！"), "您好！"),
        (("您", "好……"), "您好……"),
        (("在", "吗"), "在吗？"),
        (("多", "少"), "多少？"),
        (("买", "没", "有，"), "买没有？"),
        (("没", "有", "车"), "没有车。"),
        (("OK",), "OK。"),
    ],
)
def test_every_utterance_ends_with_a_stop_or_a_question_mark(heard: tuple[str, ...], written: str) -> None:
    assert texts_of(one_party(words_of(*heard))) == [written]


def test_the_recognisers_own_words_are_kept_beside_changed_ones() -> None:
    words = words_of("来", "试", "驾，", "可", "以", "吗")
    changed = [words[0], words[1].model_copy(update={"original": "施"}), words[2].model_copy(update={"original": "加"})]
    (run,) = one_party([*changed, *words[3:]])
    assert run.utterance.text == "来试驾，可以吗？"
    assert run.utterance.original_text == "来施加，可以吗？"
    (plain,) = one_party(words)
    assert plain.utterance.original_text is None


def test_a_span_of_words_leaves_out_the_marks_after_it() -> None:
    (run,) = one_party(words_of("您", "好，", "加", "我", "微", "信。", "好"))
    text = run.utterance.text
    spans = {(first, end): text[slice(*run.span_of(first, end))] for first, end in ((0, 2), (1, 4), (2, 6), (6, 7))}
    assert spans == {(0, 2): "您好", (1, 4): "好，加我", (2, 6): "加我微信", (6, 7): "好"}


marks = st.sampled_from(["", "", "", "，", "。", "？"])
spoken = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000), marks), max_size=60).map(
    lambda steps: [
        a_word(
            chr(0x4E00 + at) + mark,
            sum(before[0] + before[1] for before in steps[:at]) + pause,
            sum(before[0] + before[1] for before in steps[:at]) + pause + length,
        )
        for at, (pause, length, mark) in enumerate(steps)
    ]
)


@given(words=spoken, mixed=st.booleans())
def test_no_word_is_lost_or_moved(*, words: list[Word], mixed: bool) -> None:
    runs = one_party(words, Speaker.UNKNOWN, mixed=mixed)
    utterances = [run.utterance for run in runs]
    assert [word for run in runs for word in run.words] == words
    for run in runs:
        assert "".join(word.text for word in run.words).rstrip(MARKS) == run.utterance.text.rstrip(MARKS)
        assert run.utterance.start_ms == run.words[0].start_ms
        assert run.utterance.end_ms == run.words[-1].end_ms
    assert all(u.end_ms - u.start_ms <= LONGEST_MS or len(u.text.rstrip(MARKS)) == 1 for u in utterances)
    assert [u.start_ms for u in utterances] == sorted(u.start_ms for u in utterances)


@given(spoken.filter(bool), st.data())
def test_a_span_is_the_words_it_says(words: list[Word], data: st.DataObject) -> None:
    run = data.draw(st.sampled_from(one_party(words)))
    first = data.draw(st.integers(0, len(run.words) - 1))
    end = data.draw(st.integers(first + 1, len(run.words)))
    start, stop = run.span_of(first, end)
    assert run.utterance.text[start:stop] == "".join(word.text for word in run.words[first:end]).rstrip(MARKS)
