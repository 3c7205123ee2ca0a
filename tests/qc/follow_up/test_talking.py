"""What leaves the house has no telephone number in it."""

from __future__ import annotations

import pytest

from qc.follow_up.talking import masked


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("打13812345678", "打尾号5678"),
        ("138 1234 5678", "尾号5678"),
        ("138、1234、5678", "尾号5678"),
        ("手机-13812345678", "手机-尾号5678"),
        ("0755-88-123456", "尾号3456"),
        ("身份证44010619900101123X", "身份证尾号123X"),
        ("幺三八洞洞一二三四五六七", "尾号四五六七"),
        ("预算二十万到二十五万，3月14日15:00", "预算二十万到二十五万，3月14日15:00"),
        ("2026-03-14 到店", "2026-03-14 到店"),
    ],
)
def test_only_the_end_of_a_number_is_shown(said: str, shown: str) -> None:
    assert masked(said) == shown
