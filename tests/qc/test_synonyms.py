"""Sets of words that say the same: where they stand in a text, and the form of those that ship."""

from __future__ import annotations

import pytest

from qc.synonyms import FOLDER, Synonyms, read_synonyms
from qc.text import normalise

SETS = Synonyms([("sure", ("保证", "包过")), ("deposit", ("保证金",)), ("passes", ("包过", "过"))])
SHIPPED = dict(read_synonyms(FOLDER))


def places(text: str) -> list[tuple[int, int]]:
    found = SETS.places_in(text)
    return list(zip(found.start.tolist(), found.stop.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您保证过", [(1, 3), (3, 4)]),
        ("交保证金", [(1, 4)]),  # the longer word
        ("贷款包过", [(2, 4), (2, 4)]),  # of two sets
        ("您好", []),
        ("", []),
    ],
)
def test_where_words_stand(text: str, expected: list[tuple[int, int]]) -> None:
    assert places(text) == expected


def test_a_set_has_the_same_number_among_others() -> None:
    alone = Synonyms([("sure", ("保证",))])
    assert alone.places_in("保证").sets.tolist() == SETS.places_in("保证").sets.tolist()
    assert alone.version != SETS.version


def test_the_names_of_sets_differ() -> None:
    lines = [line for path in FOLDER.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(SHIPPED) == len(lines)


def test_words_are_in_the_form_that_texts_are_brought_into() -> None:
    assert [(name, word) for name, words in SHIPPED.items() for word in words if normalise(word).text != word] == []


def test_no_word_stands_twice_in_a_set() -> None:
    assert [name for name, words in SHIPPED.items() if not words or len(set(words)) < len(words)] == []
