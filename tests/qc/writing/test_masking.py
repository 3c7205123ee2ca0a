from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.writing import mask, unmask


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("我电话是13800001234", "我电话是〔号码1〕"),
        ("电话-13800001234", "电话-〔号码1〕"),
        ("138—0000.1234", "〔号码1〕"),
        ("2026-03-14 到店", "2026-03-14 到店"),
        ("幺三八零零零零，一二三四", "〔号码1〕"),
        ("一三八 零零零零 幺二三四，您记一下", "〔号码1〕，您记一下"),
        ("身份证44010619900101123X", "身份证〔号码1〕"),
        ("车牌是沪A12345", "车牌是〔车牌1〕"),
        ("粤B D六六三三二", "〔车牌1〕"),
        ("发我邮箱wang.lei@example.com", "发我邮箱〔网址1〕"),
        ("微信号是wanglei_88", "微信号是〔账号1〕"),
        ("张先生您好，我是小李", "〔人1〕您好，我是〔人2〕"),
        ("我叫张伟", "我叫〔人1〕"),
        ("免贵姓王，王总说的", "免贵姓〔人1〕，〔人2〕说的"),
        ("机主赵建国吧？", "机主〔人1〕吧？"),
        ("我找梅若兰", "我找〔人1〕"),
        ("若兰在吗", "〔人1〕在吗"),
    ],
)
def test_who_a_call_is_with_is_hidden(line: str, masked: str) -> None:
    hidden = mask([line], ["梅若兰"])
    assert hidden.lines == (masked,)
    assert unmask(masked, hidden.hidden) == line


@pytest.mark.parametrize(
    "line",
    [
        "预算二十万左右，最多二十二万",
        "首付5万，月供3000，三十六期",
        "理想L6和GL8，还有Model Y",
        "2026-03-14T15:00",
        "落地180000以内，2012款卡罗拉",
        "周六下午三点半，七八个人",
        "我想要白色的，黄色不要",
        "方便的话，高速上开得多",
    ],
)
def test_what_the_memo_is_about_is_not_hidden(line: str) -> None:
    assert mask([line]).lines == (line,)


def test_the_same_words_have_the_same_mask_in_every_line() -> None:
    masked = mask(["张先生好", "李女士和张先生"])
    assert masked.lines == ("〔人1〕好", "〔人2〕和〔人1〕")


def test_a_mask_that_nobody_gave_out_stays() -> None:
    assert unmask("〔人7〕", {"〔人1〕": "张先生"}) == "〔人7〕"


@given(st.lists(st.text("张王先生女士138零幺沪A，。〔人1〕我叫是", max_size=20), max_size=4))
def test_unmasking_gives_back_what_was_said(lines: list[str]) -> None:
    masked = mask([line.replace("〔", "").replace("〕", "") for line in lines])
    for line, shown in zip(lines, masked.lines, strict=True):
        assert unmask(shown, masked.hidden) == line.replace("〔", "").replace("〕", "")
