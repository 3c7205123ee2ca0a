from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.measure.characters import align, comparable
from qc.measure.domain_words import WordErrors, count_words, domain_words
from qc.rulebook import Rulebook

WORDS = re.compile("裸车价|裸车|迈腾|a4(?![a-z0-9])")


def count(said: str, heard: str) -> WordErrors:
    return count_words(said, heard, align(said, heard), WORDS)


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("看迈腾裸车价", "看迈腾裸车价", WordErrors(said=2, right=2)),
        ("看迈腾", "看麦腾", WordErrors(said=1)),
        ("看迈腾", "看迈的腾", WordErrors(said=1)),  # broken up
        ("看麦田", "看迈腾", WordErrors(false=1)),
        ("裸车价", "裸车", WordErrors(said=1)),  # the shorter word is part of what was said
        ("迈腾迈腾", "迈腾", WordErrors(said=2, right=1)),
        ("看a4", "看a45", WordErrors(said=1, right=1)),
        ("", "", WordErrors()),
    ],
)
def test_occurrences_are_right_wrong_or_false(said: str, heard: str, expected: WordErrors) -> None:
    assert count(said, heard) == expected


def test_the_rate_is_over_what_was_said() -> None:
    assert WordErrors(said=4, right=3, false=7).rate == 1 / 4
    assert WordErrors(false=7).rate == 0


@given(st.text(alphabet="看迈腾裸车价a45", max_size=14))
def test_what_is_heard_as_said_has_no_wrong_and_no_false_words(text: str) -> None:
    words = count(text, text)
    assert words.right == words.said
    assert words.false == 0


@pytest.mark.parametrize(
    "text",
    [
        "迈腾",
        "凯美瑞",
        "一汽大众",
        "途观",
        "试驾",
        "四S店",
        "4s店",
        "裸车价",
        "坦克三百",
        "宝马3系",
        "Model Y",
        "a4",
        "GL8",
    ],
)
def test_vehicles_and_terms_are_domain_words(rulebook: Rulebook, text: str) -> None:
    assert domain_words(rulebook.vehicles).fullmatch(comparable(text))


@pytest.mark.parametrize("text", ["麦腾", "凯美锐", "汉", "320", "苏七", "ba4c", "今天", "a45"])
def test_misspellings_single_characters_and_bare_numbers_are_not(rulebook: Rulebook, text: str) -> None:
    assert not domain_words(rulebook.vehicles).search(comparable(text))
