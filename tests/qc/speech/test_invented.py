from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Doubt
from qc.speech.invented import MOST_PER_S, doubted, without_loops
from qc.speech.recogniser import Heard
from qc.turns import PAUSE_MS, Word


def words(text: str, *, start_ms: int = 0, ms: int = 200) -> tuple[Word, ...]:
    """A word a character with the marks after it, or between slashes."""
    said: list[str] = []
    for part in text.split("/") if "/" in text else text:
        if said and not any(map(str.isalnum, part)):
            said[-1] += part
        else:
            said.append(part)
    return tuple(
        Word(text=each, start_ms=start_ms + ms * at, end_ms=start_ms + ms * at + ms) for at, each in enumerate(said)
    )


def a_piece(text: str, *, logprob: float = -0.3, no_speech: float = 0.05, repetition: float = 1.0) -> Heard:
    return Heard(words=words(text), logprob=logprob, no_speech=no_speech, repetition=repetition)


def doubts_of(heard: Heard, seconds: float = 10) -> list[tuple[str, Doubt | None]]:
    """What is said, cut where the doubt changes."""
    parts: list[tuple[str, Doubt | None]] = []
    for word in doubted(heard, seconds):
        if parts and parts[-1][1] is word.doubt:
            parts[-1] = (parts[-1][0] + word.text, word.doubt)
        else:
            parts.append((word.text, word.doubt))
    return parts


@pytest.mark.parametrize(
    "text",
    [
        "请不吝点赞，订阅，转发，打赏支持明镜与点点栏目",
        "字幕由Amara.org社群提供",
        "字幕by索兰娅",
        "优优独播剧场",
        "谢谢观看",
        "感谢您的收看",
        "谢谢大家的收听",
        "订阅我的频道",
    ],
)
def test_subtitle_credits_are_phantoms(text: str) -> None:
    assert doubts_of(a_piece(text)) == [(text, Doubt.PHANTOM)]


@pytest.mark.parametrize(
    "text",
    [
        "您拨打的电话正在通话中，请稍后再拨",
        "您呼叫的用户暂时无法接通",
        "对不起，您拨打的号码是空号",
        "请在嘀声后留言",
        "普通话请按一",
        "坐席全忙，请稍候",
    ],
)
def test_announcements_are_a_machines(text: str) -> None:
    assert doubts_of(a_piece(text)) == [(text, Doubt.MACHINE)]


@pytest.mark.parametrize(
    "text",
    [
        "谢谢您，再见",
        "您先看看配置表",
        "我给您点个赞",
        "这个我转发给您",
        "电视上看到的广告",
        "我明白了",
        "嗯",
        "您的订单",
        "本次通话会录音",
        "您打我电话就行",
        "按一下那个键",
        "一三八零零零零一二三四",
        "",
    ],
)
def test_what_people_say_on_the_telephone_is_not_doubted(text: str) -> None:
    assert doubts_of(a_piece(text)) == ([(text, None)] if text else [])


def test_a_phantom_is_doubted_by_itself() -> None:
    heard = a_piece("您好。谢谢观看。再见")
    assert doubts_of(heard) == [("您好。", None), ("谢谢观看。", Doubt.PHANTOM), ("再见", None)]
    after_a_pause = Heard(words=(*words("您好"), *words("谢谢观看", start_ms=400 + PAUSE_MS)))
    assert doubts_of(after_a_pause) == [("您好", None), ("谢谢观看", Doubt.PHANTOM)]


def test_a_phantom_over_several_words_of_a_sentence_is_found() -> None:
    assert doubts_of(a_piece("字，/幕，/由，/我")) == [("字，幕，由，我", Doubt.PHANTOM)]


@pytest.mark.parametrize(
    ("logprob", "no_speech", "doubt"),
    [
        (-0.3, 0.05, None),
        (-0.3, 0.9, Doubt.NO_VOICE),
        (-1.2, 0.4, Doubt.NO_VOICE),
        (-0.3, 0.3, None),
        (-1.2, 0.1, None),
        (-2.0, 0.1, Doubt.GUESS),
        (-2.0, 0.9, Doubt.NO_VOICE),
    ],
)
def test_words_are_doubted_that_are_unlikely_or_where_nobody_speaks(
    logprob: float, no_speech: float, doubt: Doubt | None
) -> None:
    assert doubts_of(a_piece("我们走吧", logprob=logprob, no_speech=no_speech)) == [("我们走吧", doubt)]


def test_nobody_talks_that_fast() -> None:
    text = "您好我是之江店的小周给您介绍一下"
    assert doubts_of(a_piece(text), len(text) / MOST_PER_S) == [(text, None)]
    assert doubts_of(a_piece(text), len(text) / MOST_PER_S - 0.1) == [(text, Doubt.GUESS)]


def test_what_compresses_too_well_is_a_loop() -> None:
    assert doubts_of(a_piece("我们我们不走我们走", repetition=3.0)) == [("我们我们不走我们走", Doubt.LOOP)]


def test_what_is_left_of_a_loop_is_doubted_if_most_was_one() -> None:
    assert doubts_of(a_piece("南南南南南南南南")) == [("南", Doubt.LOOP)]
    assert doubts_of(a_piece("我们今天下午三点在店里见面喂喂喂喂喂喂")) == [("我们今天下午三点在店里见面喂", None)]


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("南南南南南南南南", "南"),
        ("好的好的好的好的好的好的再见", "好的再见"),
        ("对对对对", "对对对对"),
        ("一三八零零零零一二三四", "一三八零零零零一二三四"),
        ("您好我是小周", "您好我是小周"),
        ("", ""),
    ],
)
def test_loops_are_cut_to_one_round(heard: str, kept: str) -> None:
    assert "".join(word.text for word in without_loops(words(heard))) == kept


def test_loops_with_commas_between_are_loops() -> None:
    assert "".join(word.text for word in without_loops(words("南、/南、/南、/南、/南、/南"))) == "南、"


@given(
    st.lists(st.sampled_from(["南", "好", "对，", "谢谢观看。", "关机。"]), max_size=30),
    st.floats(-3, 0),
    st.floats(0, 1),
    st.floats(0.1, 20),
)
def test_words_keep_their_order_times_and_texts(
    texts: list[str], logprob: float, no_speech: float, seconds: float
) -> None:
    heard = Heard(words=words("/".join(texts)) if texts else (), logprob=logprob, no_speech=no_speech)
    kept = doubted(heard, seconds)
    plain = [word.model_copy(update={"doubt": None}) for word in kept]
    left = iter(heard.words)
    assert all(word in left for word in plain)  # each after the one before
    assert bool(kept) == bool(heard.words)
