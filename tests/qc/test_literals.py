from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qc.literals import START, Literals, Prefilter, shortest_of

WORDS = st.text("打我卡上", min_size=1, max_size=3)
TEXTS = st.text("打我卡上您", max_size=12)


def test_strings_are_found_where_they_stand_also_within_each_other() -> None:
    literals = Literals([("打我", 0), ("我卡", 1), ("打我卡", 2), ("我卡", 3)])
    assert sorted(literals.places_in("您打我卡")) == [(0, 1), (1, 2), (2, 1), (3, 2)]
    assert list(literals.places_in("您打我")) == [(0, 1)]


def test_without_strings_nothing_is_found() -> None:
    assert list(Literals([]).places_in("打我卡上")) == []
    assert Prefilter([]).candidates("打我卡上") == []


def test_strings_that_hold_another_say_nothing_more() -> None:
    assert shortest_of(frozenset(("给我", "我", "转给", "转"))) == ("我", "转")


def test_a_pattern_without_needs_is_always_worth_a_try() -> None:
    assert Prefilter([(), (frozenset(("卡",)),)]).candidates("您好") == [0]


def test_one_string_of_each_set_must_be_there() -> None:
    prefilter = Prefilter([(frozenset(("打我卡",)), frozenset(("您好吗", "咱"))), (frozenset(("卡",)),)])
    assert prefilter.candidates("打我卡") == prefilter.candidates("您好，打我卡") == [1]
    assert prefilter.candidates("您好吗，打我卡") == prefilter.candidates("咱打我卡") == [0, 1]
    assert not prefilter.any_in("咱打卢")


def test_a_string_at_the_beginning_is_no_other() -> None:
    assert Prefilter([(frozenset((f"{START}打",)),)]).candidates("打我") == [0]
    assert Prefilter([(frozenset((f"{START}打",)),)]).candidates("我打") == []


@given(st.lists(st.lists(st.frozensets(WORDS, min_size=1, max_size=3), max_size=3).map(tuple), max_size=6), TEXTS)
def test_the_candidates_are_the_patterns_of_which_a_text_holds_one_string_of_each_set(
    needs: list[tuple[frozenset[str], ...]], text: str
) -> None:
    held = [all(any(literal in text for literal in clause) for clause in clauses) for clauses in needs]
    assert Prefilter(needs).candidates(text) == [number for number, whole in enumerate(held) if whole]
