from __future__ import annotations

import pytest

from qc.speech.invented import Heard, is_invented, without_inventions, without_loops
from qc.turns import Word


def words(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(text=character, start_ms=200 * at, end_ms=200 * at + 200)
        for at, character in enumerate(text.split("/") if "/" in text else text)
    )


def a_piece(text: str, logprob: float = -0.4, no_speech: float = 0.1) -> Heard:
    return Heard(words=words(text), logprob=logprob, no_speech=no_speech)


@pytest.mark.parametrize(
    "text",
    [
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "字幕由 Amara.org 社群提供",
        "字幕by索兰娅",
        "优优独播剧场——YoYo Television Series Exclusive",
        "谢谢观看",
        "感谢您的收看",
        "订阅我的频道",
        "，",
        "",
    ],
)
def test_subtitle_credits_are_invented(text: str) -> None:
    assert is_invented(a_piece(text))


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
    ],
)
def test_what_people_say_on_the_telephone_is_not(text: str) -> None:
    assert not is_invented(a_piece(text))


def test_unlikely_words_where_nobody_speaks_are_invented() -> None:
    assert is_invented(a_piece("我们走吧", logprob=-1.2, no_speech=0.8))
    assert not is_invented(a_piece("我们走吧", logprob=-0.5, no_speech=0.8))
    assert not is_invented(a_piece("我们走吧", logprob=-1.2, no_speech=0.2))
    assert is_invented(a_piece("我们走吧", logprob=-2.0))


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("南南南南南南南南", "南"),
        ("好的好的好的好的好的好的再见", "好的再见"),
        ("对对对对", "对对对对"),
        ("一三八零零零零一二三四", "一三八零零零零一二三四"),
        ("您好我是小周", "您好我是小周"),
    ],
)
def test_loops_are_cut_to_one_round(heard: str, kept: str) -> None:
    assert "".join(word.text for word in without_loops(words(heard))) == kept


def test_loops_with_commas_between_are_loops() -> None:
    assert "".join(word.text for word in without_loops(words("南、/南、/南、/南、/南、/南"))) == "南、"


def test_what_is_left_keeps_its_order_and_times() -> None:
    heard = [a_piece("您好"), a_piece("谢谢观看"), a_piece("再见")]
    assert without_inventions(heard) == [heard[0], heard[2]]
