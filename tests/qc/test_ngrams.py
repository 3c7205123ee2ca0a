"""N-grams as numbers: the same words give the same ones, wherever they stand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.ngrams import CHARACTERS, SYLLABLES, sentences_of

MEANINGLESS = "魑魅魍魉龘鱻"


def grams(text: str) -> list[int]:
    return sorted(sentences_of([text]).grams.tolist())


def by_form(text: str) -> int:
    """How many n-grams a sentence has of characters and syllables."""
    length = len(text)
    return sum(length if size == 1 else length + 2 - size + 1 for size in (*CHARACTERS, *SYLLABLES))


def meanings(text: str) -> set[int]:
    """The n-grams of sets of synonyms, which come last."""
    return set(sentences_of([text]).grams[sum(map(by_form, text.split("\n"))) :].tolist())


def test_a_text_alone_has_the_ngrams_it_has_among_others() -> None:
    said = sentences_of(["您好\n", "", "定金转我微信\n行吗?\n"])
    assert said.first.tolist() == [0, 1, 2, 4]
    assert said.lengths.tolist() == [2, 0, 6, 3]
    for number, text in enumerate(["您好", "", "定金转我微信", "行吗?"]):
        assert sorted(said.grams[said.sentence == number].tolist()) == grams(text)


def test_the_number_of_ngrams_is_that_of_the_characters_and_the_edges() -> None:
    assert len(grams(MEANINGLESS)) == by_form(MEANINGLESS)


def test_words_of_one_set_mean_the_same() -> None:
    assert meanings("老婆") & meanings("媳妇")
    assert not meanings("老婆") & meanings("试驾")


def test_two_words_are_a_pair_in_their_order_unless_they_are_far_apart() -> None:
    alone = meanings("老婆") | meanings("不同意")
    there, back = meanings("老婆不同意") - alone, meanings("不同意老婆") - alone
    assert there
    assert back
    assert not there & back
    assert meanings(f"老婆{MEANINGLESS * 2}不同意") == alone
    assert meanings("老婆\n不同意") == alone


def test_homophones_share_syllables_and_no_characters() -> None:
    right, wrong = set(grams("包过")), set(grams("抱果"))
    assert right & wrong
    assert len(right & wrong) < len(right)


def test_the_beginning_of_a_sentence_is_not_its_middle() -> None:
    assert not set(grams("转")) <= set(grams("您转账"))
    assert set(grams("转")) - set(grams("您转账"))


@given(st.lists(st.text(alphabet="转账微信您我?\n", max_size=12), min_size=1, max_size=5))
def test_every_ngram_lies_in_a_sentence(texts: list[str]) -> None:
    said = sentences_of(texts)
    assert len(said.grams) == len(said.sentence) == len(said.size)
    assert said.first[-1] == len(said.lengths)
    assert np.all(said.lengths[said.sentence] > 0)
