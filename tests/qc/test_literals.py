from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qc.literals import Literals, Prefilter, shortest_of

WORDS = st.text("打我卡上", min_size=1, max_size=3)
TEXTS = st.text("打我卡上您", max_size=12)


def test_strings_are_found_where_they_stand_also_within_each_other() -> None:
    literals = Literals([("打我", 0), ("我卡", 1), ("打我卡", 2), ("我卡", 3)])
    assert sorted(literals.places_in("您打我卡")) == [(0, 1), (1, 2), (2, 1), (3, 2)]
    assert literals.numbers_in("您打我") == {0}


def test_without_strings_nothing_is_found() -> None:
    assert Literals([]).numbers_in("打我卡上") == set()
    assert list(Literals([]).places_in("打我卡上")) == []
    assert Prefilter([]).candidates("打我卡上") == []


def test_strings_that_hold_another_say_nothing_more() -> None:
    assert shortest_of(frozenset(("给我", "我", "转给", "转"))) == ("我", "转")


def test_a_pattern_without_needs_is_always_worth_a_try() -> None:
    assert Prefilter([(), (frozenset(("卡",)),)]).candidates("您好") == [0]


def test_further_strings_are_told_by_their_beginnings() -> None:
    prefilter = Prefilter([(frozenset(("打我卡",)), frozenset(("您好吗", "咱")))])
    assert prefilter.candidates("打我卡") == []
    assert prefilter.candidates("您好，打我卡") == prefilter.candidates("咱打我卡") == [0]
    assert not prefilter.any_in("您，打我卡好")


@given(st.lists(st.lists(st.frozensets(WORDS, min_size=1, max_size=3), max_size=3).map(tuple), max_size=6), TEXTS)
def test_no_pattern_is_left_out_of_which_a_text_holds_one_string_of_each_set(
    needs: list[tuple[frozenset[str], ...]], text: str
) -> None:
    held = [[any(literal in text for literal in clause) for clause in clauses] for clauses in needs]
    candidates = set(Prefilter(needs).candidates(text))
    assert {number for number, clauses in enumerate(held) if all(clauses)} <= candidates
    assert all(any(held[number]) or not held[number] for number in candidates)
