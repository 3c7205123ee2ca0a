"""Patterns that are not tried must not match: the prefilter beside a plain loop over all patterns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from qc.literals import START, Clauses
from qc.rulebook import SHIPPED
from qc.rulebook.needed import needed_literals
from qc.rulebook.patterns import PatternIndex, Surrounding, alternatives, compiled
from qc.rulebook.phrases import load_phrases
from qc.text import normalise

RULES = load_phrases(SHIPPED / "phrases")
PATTERNS = tuple(
    part
    for rule in (*RULES.rules, *RULES.must_say)
    for pattern in rule.say
    for part in alternatives(RULES.expand(pattern))
)
TESTS = Path(__file__).parents[1]
EACH = 7
"""Each pattern is looked for in every seventh text, beginning elsewhere for each: all would take half a minute."""


def spoken_texts() -> list[str]:
    folders = (TESTS / "evaluation" / "calls", TESTS / "evaluation" / "practice")
    calls = [path for folder in folders for name in ("da-*", "db-*", "pa-*") for path in folder.glob(f"{name}.json")]
    said = [turn["text"] for path in sorted(calls) for turn in json.loads(path.read_text(encoding="utf-8"))["turns"]]
    for path in sorted((TESTS / "lexicons" / "clean_calls").glob("*.txt")):
        said += [line.partition("：")[2] for line in path.read_text(encoding="utf-8").splitlines() if line]
    hits = [example.text for rule in (*RULES.rules, *RULES.must_say) for example in rule.hits]
    return [normalise(text).text for text in dict.fromkeys((*said, *hits))]


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("终身免费", [{"终身免费"}]),
        ("终身.{0,4}(免费|不要钱)", [{"终身"}, {"免费", "不要钱"}]),
        ("[打转]我(的)?卡", [{"打我卡", "打我的卡", "转我卡", "转我的卡"}]),
        ("(好|)吧", [{"好吧", "吧"}]),
        ("(?<!不)买车(?!票)", [{"买车"}]),
        ("买(?=车)", [{"车"}, {"买"}]),
        ("(?:微信)+转", [{"微信"}, {"转"}]),
        ("微信*转", [{"微"}, {"转"}]),
        ("转{2}", [{"转"}]),
        ("转{0,2}账", [{"账"}]),
        (r"要\?$", [{"要?"}]),
        (r"(?P<who>我|咱)\n买", [{"我\n买", "咱\n买"}]),
        (r"\p{Han}买\d", [{"买"}]),
        ("[^车]买[一-龥]卖", [{"买"}, {"卖"}]),
        ("a|b?", []),
        ("买|.车", [{"买", "车"}]),
        ("(?i:vx)", []),
        ("(?:微信){e<=1}", []),
        (r"(好)\1啊", [{"好"}, {"啊"}]),
        (r"好\x41", []),
        ("^买", [{"\x02买"}]),
        ("^(?:^买|卖)", [{"\x02买", "\x02卖"}]),
        ("(?:^|,)买", [{"\x02买", ",买"}]),
        ("(?<=^)买", [{"买"}]),
        ("^.买", [{"买"}]),
    ],
)
def test_the_strings_a_pattern_needs_are_told(pattern: str, needed: list[set[str]]) -> None:
    assert [set(clause) for clause in needed_literals(pattern)] == needed


def test_what_stands_for_too_many_strings_is_told_piece_by_piece() -> None:
    digits = "零一二三四五六七八九十两"
    assert needed_literals(f"[{digits}][{digits}]万") == (frozenset(digits), frozenset(f"{one}万" for one in digits))


def test_patterns_that_are_not_tried_do_not_match() -> None:
    index = PatternIndex(PATTERNS)
    loop = [compiled(pattern) for pattern in PATTERNS]
    for place, text in enumerate(spoken_texts()):
        tried = range(place % EACH, len(loop), EACH)
        found = set(index.matching(text))
        assert {number for number in tried if loop[number].search(text)} == found & set(tried), text


def test_whatever_excuses_words_has_what_its_pattern_needs() -> None:
    patterns = [pattern for guard in RULES.guards.values() for pattern in (*guard.unless, *guard.still)]
    patterns += [pattern for rule in (*RULES.rules, *RULES.must_say) for pattern in rule.unless]
    excusing = [Surrounding(RULES.expand(pattern)) for pattern in patterns]
    misses = [example.text for rule in RULES.rules for example in rule.misses]
    met = set()
    for place, text in enumerate(normalise(text, pauses=True).text for text in dict.fromkeys(misses)):
        for number in range(place % EACH, len(excusing), EACH):
            for at in range(0, len(text) - 1, 2):
                if excusing[number].holds(text[:at], text[at : at + 2], text[at + 2 :]):
                    assert has_all(text, excusing[number].needs), (patterns[number], text)
                    met.add(number)
    assert len(met) > len(excusing) / 4


def test_the_places_found_are_those_of_the_patterns() -> None:
    index = PatternIndex(["终身免费", "免.", "我我"])
    assert [index.places(number, "终身免费和免单我我我我") for number in range(3)] == [
        [(0, 4)],
        [(2, 4), (5, 7)],
        [(7, 9), (9, 11)],
    ]


ATOMS = st.sampled_from(["买", "卖", "车", "[买车]", "[^买]", ".", "^", "$"])
SAID = st.text("买卖车\n", max_size=8)


def _bracketed(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.sampled_from(["", "?", "*", "+", "{2}", "{0,1}", "{1,2}", "{,2}", "??", "*+"])
    openings = st.sampled_from(["(?:", "(", "(?=", "(?!", "(?<=", "(?<!"])
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.tuples(parts, parts).map("|".join),
        st.builds("{}{}){}".format, st.sampled_from(["(?:", "("]), parts, counts),
        st.builds("{}{})".format, openings, parts),
    )


@given(st.recursive(ATOMS, _bracketed, max_leaves=12), st.lists(SAID, min_size=1, max_size=8))
def test_whatever_matches_has_what_its_pattern_needs(pattern: str, texts: list[str]) -> None:
    needed = needed_literals(pattern)
    search = regex.compile(pattern).search
    for text in texts:
        assert search(text) is None or has_all(text, needed), (pattern, text, needed)


def test_patterns_of_re_are_read_too() -> None:
    assert re.search(r"(?P<n>[三四五])口人$", "一家五口人", re.MULTILINE)
    assert has_all("一家五口人", needed_literals(r"(?P<n>[三四五])口人$"))


def test_beginnings_of_lines_are_not_those_of_the_text() -> None:
    assert needed_literals("^买", multiline=True) == (frozenset("买"),)


def has_all(text: str, needed: Clauses) -> bool:
    return all(any(literal in START + text for literal in clause) for clause in needed)
