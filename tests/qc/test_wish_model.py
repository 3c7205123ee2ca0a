"""The file of the learned model of wishes, and what it makes of clauses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from builders import a_transcript

from qc.errors import BadRulebook
from qc.judgement import SHIPPED as FINDINGS
from qc.memo.clauses import Read, fold, read_clauses
from qc.memo.talk import Talk
from qc.rulebook import SHIPPED, WISHES, load_rulebook
from qc.wish_model import FIELDS, MASK, grams_of, load_wish_model, read_wish_model, seen_from

CONTENT = (SHIPPED / WISHES).read_bytes()
TALK = "客服：您主要做什么用？您先生看过吗\n客户：接送孩子，我老公得看过\n客服：那我今晚把报价单发您"


def clauses() -> Read:
    return read_clauses(Talk(a_transcript(*TALK.splitlines())), load_rulebook().needs)


def test_the_shipped_model_has_not_learned_from_what_is_put_aside() -> None:
    header = read_wish_model(CONTENT).header
    assert not [name for name in header.calls if name.startswith("dc-")]
    assert not [source for source in header.trained_on if "held" in source.source]


@pytest.mark.parametrize("content", [b"", b"not a model", CONTENT[:-2000], CONTENT[2000:]])
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadRulebook, match="can be used"):
        read_wish_model(content, where="wishes.npz")


def test_a_file_of_another_model_is_refused() -> None:
    with pytest.raises(BadRulebook):
        load_wish_model(FINDINGS)


def test_clauses_stand_to_each_other_as_they_were_said() -> None:
    said = clauses().said
    assert list(said.texts) == ["您主要做什么用?", "您先生看过吗", "接送孩子", "我老公得看过", "那我今晚把报价单发您"]
    assert list(said.answered) == [-1, -1, 1, 1, 3]
    assert list(said.last) == [False, True, False, True, True]
    assert said.masked[3].count(MASK) == 1


def test_what_was_said_before_counts_less_later_in_a_turn() -> None:
    said = clauses().said
    values = np.arange(1.0, 6.0)[:, np.newaxis]
    assert list(seen_from(values, said, "previous")[:, 0]) == [0, 1, 0, 3, 0]
    assert list(seen_from(values, said, "next")[:, 0]) == [2, 0, 4, 0, 0]
    # Both clauses of the agent's turn; of the customer's, both again.
    assert list(seen_from(values, said, "before")[:, 0]) == [0, 0, 3, 3, 7]


def test_what_is_replied_counts_the_less_each_part_the_more_parts_it_has() -> None:
    said = clauses().said
    values = np.arange(1.0, 6.0)[:, np.newaxis]
    both = (3 + 4) / 2**0.5
    assert seen_from(values, said, "reply")[:, 0].tolist() == pytest.approx([both, both, 5, 5, 0])


def test_a_masked_clause_adds_only_what_holds_the_mask() -> None:
    said = clauses().said
    said_of = [Counter(zip(*grams_of(each), strict=True)) for each in (said, said._replace(masked={}))]
    added = said_of[0] - said_of[1]
    assert added
    assert {clause for _, clause in added} == {3}
    assert not said_of[1] - said_of[0]


def test_folding_keeps_every_place() -> None:
    text = "X3的Max版，138幺"
    assert len(fold(text)) == len(text)
    assert fold("Max版18") == "max版一八"


def test_every_field_is_scored_for_every_clause() -> None:
    model = read_wish_model(CONTENT)
    scores = model.scores(clauses().said)
    assert scores.wish.shape == scores.goes_on.shape == (5, len(FIELDS))
    use = scores.wish[:, FIELDS.index("use")]
    assert use[2] == max(use)
    assert model.scores(clauses().said._replace(texts=[])).wish.shape == (0, len(FIELDS))
