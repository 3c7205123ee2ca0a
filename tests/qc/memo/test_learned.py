"""Wishes by the learned model and the rules together."""

from __future__ import annotations

from itertools import pairwise

import pytest
import rjieba
from builders import a_call, a_transcript

from qc.domain import Evidence, Memo, Speaker, Transcript
from qc.memo import write_memo
from qc.memo.clauses import read_clauses
from qc.memo.learned import FLOOR, Wish, find_wishes, likely_wishes, units_of, wishes_by_rules, without_repeats
from qc.memo.talk import Talk
from qc.memo.wording import Words, alike, best_piece, in_short, runs, wordings
from qc.rulebook import load_rulebook
from qc.wish_model import FIELDS

RULEBOOK = load_rulebook()
CALL = (
    "客服：您好，请问您买车主要做什么用？",
    "客户：平时接送孩子，周末回老家看看父母。",
    "客服：颜色有要求吗？",
    "客户：要白色的，七座，最好带天窗。",
    "客服：您还有什么顾虑吗？",
    "客户：就怕油耗高，我老公得看过才能定。",
    "客服：好的，我今天下班前把报价单发到您微信，明天上午十点给您打电话。",
    "客户：行，再见。",
)


def learned_memo(*lines: str) -> Memo:
    return write_memo(a_call(), a_transcript(*lines), RULEBOOK)


def test_a_plain_call_gives_its_wishes() -> None:
    memo = learned_memo(*CALL)
    said = {name: " ".join(getattr(memo, name)) for name in FIELDS}
    assert "孩子" in said["use"]
    assert "白" in said["preferences"]
    assert "天窗" in said["preferences"]
    assert "油耗" in said["concerns"]
    assert "老公" in said["decision_makers"]
    assert "报价单" in said["promises"]


def test_every_value_has_its_words() -> None:
    transcript = a_transcript(*CALL)
    memo = write_memo(a_call(), transcript, RULEBOOK)
    for name in FIELDS:
        for quote in memo.evidence.get(name, ()):
            utterance = transcript.utterances[quote.utterance]
            assert utterance.text[quote.start : quote.end] == quote.quote
            assert (utterance.speaker is Speaker.AGENT) == (name == "promises")


@pytest.mark.parametrize(
    "lines", [(), ("客户：喂？",), ("客服：。。。", "客户：？"), ("客户：嗯", "客服：嗯", "客户：嗯")]
)
def test_talk_of_nothing_has_no_wish(lines: tuple[str, ...]) -> None:
    memo = write_memo(a_call(), a_transcript(*lines) if lines else Transcript.model_validate(EMPTY), RULEBOOK)
    assert not any(getattr(memo, name) for name in FIELDS)


EMPTY = a_transcript("客户：喂").model_copy(update={"utterances": ()}).model_dump()


def test_the_same_call_gives_the_same_memo() -> None:
    assert learned_memo(*CALL) == learned_memo(*CALL)


def test_what_is_written_is_likely_enough() -> None:
    model = RULEBOOK.wishes
    assert model is not None
    talk = Talk(a_transcript(*CALL))
    wishes = likely_wishes(talk, RULEBOOK.needs, model)
    assert wishes
    assert all(model.header.thresholds[wish.field] <= wish.probability <= 1 for wish in wishes)
    found = find_wishes(talk, RULEBOOK.needs, model)
    assert set(found) == set(FIELDS)


def test_units_are_of_one_turn_and_never_overlap() -> None:
    model = RULEBOOK.wishes
    assert model is not None
    talk = Talk(a_transcript(*CALL))
    read = read_clauses(talk, RULEBOOK.needs)
    units = units_of(talk, read, model.scores(read.said), wishes_by_rules(talk, RULEBOOK.needs))
    for unit in units:
        assert unit.odds >= FLOOR or unit.by_rules
        assert read.clauses[unit.first].line == read.clauses[unit.last].line
    for one, other in pairwise(units):
        assert one.field != other.field or one.last < other.first


def a_wish(field: str, value: str, at: int, probability: float) -> Wish:
    return Wish(field, value, Evidence(utterance=at, start=0, end=1, quote="x"), probability)


def test_a_need_said_twice_has_the_likelier_name() -> None:
    wishes = [a_wish("concerns", "油耗", 1, 0.4), a_wish("concerns", "油耗高", 3, 0.7), a_wish("use", "油耗", 4, 0.5)]
    kept = without_repeats(wishes)
    assert [(wish.field, wish.value) for wish in kept] == [
        ("concerns", "油耗高"),
        ("concerns", "油耗高"),
        ("use", "油耗"),
    ]


def test_one_spouse_has_one_name() -> None:
    wishes = [a_wish("decision_makers", "老公", 1, 0.4), a_wish("decision_makers", "先生", 3, 0.7)]
    assert {wish.value for wish in without_repeats(wishes)} == {"先生"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("油耗", "油耗高", True),
        ("后排空间", "后备箱空间", False),
        ("白色", "灰色", False),
        ("装充电桩", "充电桩装不了", True),
    ],
)
def test_alike(one: str, other: str, *, same: bool) -> None:
    assert alike(one, other) is same


@pytest.mark.parametrize(
    ("odds", "kept"),
    [([2, 2, -2, -2], "1100"), ([2, -0.1, 2, 2], "1111"), ([-2, 0.4, -2], "000"), ([], ""), ([-1], "0")],
)
def test_runs_pass_over_short_gaps(odds: list[float], kept: str) -> None:
    assert runs(odds) == [mark == "1" for mark in kept]


def test_words_in_short() -> None:
    assert in_short("那我周五之前把报价单给您发过去") == "周五前报价单发"


def test_topics_have_the_lexicons_names() -> None:
    assert "油耗" in [place.name for place in RULEBOOK.needs.topics["concerns"].places("这车喝油厉害不")]


@pytest.mark.parametrize(
    ("values", "piece"),
    [([-1.0, 2.0, -1.0, 3.0, -2.0], slice(1, 4)), ([-3.0, -1.0, -2.0], slice(1, 2)), ([1.0], slice(0, 1))],
)
def test_the_best_piece_is_the_row_with_the_greatest_sum(values: list[float], piece: slice) -> None:
    assert best_piece(values) == piece


def test_no_way_of_wording_breaks_a_word() -> None:
    model = RULEBOOK.wishes
    assert model is not None
    said = "国庆我们一家老小去大理得有车啊"
    (ways,) = wordings([Words("use", said)], RULEBOOK.needs, model)
    made = [way for way in ways if way.traits.core or way.traits.wide or way.traits.piece or way.traits.long_piece]
    assert made
    for way in made:
        rest = way.value
        for word in rjieba.cut(said):
            rest = rest.removeprefix(word)
        assert not rest, way.value
    assert any(way.traits.piece and way.value in said for way in made)
