from __future__ import annotations

import pytest
from builders import a_transcript

from qc.asking import questions_in, unanswered_questions
from qc.conduct import measure_conduct
from qc.rulebook import SHIPPED
from qc.rulebook.conduct import ConductLimits, load_conduct


@pytest.fixture(scope="module")
def limits() -> ConductLimits:
    return load_conduct(SHIPPED / "conduct.yaml")


def unanswered(limits: ConductLimits, *lines: str) -> list[str]:
    return [words.quote for words in unanswered_questions(a_transcript(*lines).utterances, limits)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("您预算大概多少？", [True]),
        ("您家里几口人，平时谁开？", [True]),
        ("周六方便过来吗？", [False]),
        ("您是全款还是贷款？", [False]),
        ("您之前有没有看过别的车？主要看重哪方面？", [False, True]),
        ("没什么问题吧？", [False]),
        ("我们店在城东", []),
    ],
)
def test_open_and_closed_questions_are_told_apart(text: str, kinds: list[bool], limits: ConductLimits) -> None:
    assert [question.is_open for question in questions_in(text, limits.questions)] == kinds


def test_both_kinds_add_up(limits: ConductLimits) -> None:
    conduct = measure_conduct(
        a_transcript("客服：您好，您想看什么车？", "客户：SUV。", "客服：周六来吗？预算多少？", "客户：来，二十万。"),
        limits,
    )
    assert (conduct.agent_questions, conduct.open_questions, conduct.closed_questions) == (3, 2, 1)


@pytest.mark.parametrize(
    "lines",
    [
        ["客户：这车落地多少钱？", "客服：嗯。", "客户：我比较急。", "客服：好的。", "客户：算了。"],
        ["客户：贷款利息怎么算的？", "客服：您稍等。", "客户：好。"],
        ["客户：你们几点关门？"],
        [
            "客户：保险必须在店里买吗？",
            "客服：您是全款还是贷款？",
            "客户：贷款。",
            "客服：您贷几年呢？",
            "客户：三年。",
        ],
    ],
)
def test_a_question_without_an_answer_is_found(lines: list[str], limits: ConductLimits) -> None:
    assert unanswered(limits, *lines) == [lines[0][3:].rstrip("？")]


@pytest.mark.parametrize(
    "lines",
    [
        ["客户：这车落地多少钱？", "客服：二十一万六。"],
        ["客户：有现车吗？", "客服：有。"],
        ["客户：有现车吗？", "客服：您稍等。", "客户：好。", "客服：查到了，有一台白色的。"],
        ["客户：是吗？", "客服：嗯。"],
        ["客户：喂，听得到吗？", "客服：嗯。"],
        ["客户：订不订的看了再讲"],
        ["客户：落地多少钱？", "客服：您说什么？", "客户：我说落地多少钱？", "客服：二十一万。"],
        ["客户：多少钱？我上次来你们报的是二十二万，后来又说有补贴。", "客服：嗯。", "客户：那行。", "客服：好。"],
    ],
)
def test_what_is_answered_or_waits_for_no_answer_is_left_alone(lines: list[str], limits: ConductLimits) -> None:
    assert unanswered(limits, *lines) == []


def test_of_a_question_asked_again_only_the_last_counts(limits: ConductLimits) -> None:
    lines = ["客户：贷款利息是多少？", "客服：嗯。", "客户：我问贷款利息是多少？", "客服：好的。"]
    assert unanswered(limits, *lines) == ["我问贷款利息是多少"]


def test_nothing_is_said_where_the_parties_are_unknown(limits: ConductLimits) -> None:
    conduct = measure_conduct(a_transcript("不明：多少钱？", "不明：二十万。"), limits)
    assert (conduct.unanswered, conduct.open_questions) == (None, None)
