"""The ten return-visit questions, read from invented calls; `return_visits.yaml` says what each should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from builders import a_call, a_transcript

from qc.domain import OMISSIONS, AnswerState, CardAnswer
from qc.grade import RuleGrader
from qc.pipeline import inspect_call
from qc.questions import answer_questions, read_questions
from qc.scorecard import choose_card

if TYPE_CHECKING:
    from qc.domain import Call, Scorecard, Transcript
    from qc.rulebook import Rulebook

VISITS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("return_visits.yaml").read_text("utf-8"))
NOT_YET = {("manager-asks-briefly", "remembers-consultant")}
"""姓乔还是姓焦来着，记不清了 begins with a surname."""
IN_WORDS = {
    AnswerState.NOT_ASKED: "未问",
    AnswerState.NOT_ANSWERED: "未答",
    AnswerState.NOT_APPLICABLE: "不必",
}


def written(visit: dict[str, Any]) -> tuple[Call, Transcript]:
    return a_call(brand=visit["brand"]), a_transcript(*visit["lines"].strip().splitlines())


def answers_of(rulebook: Rulebook, *lines: str) -> dict[str, CardAnswer]:
    questions = next(card.questions for card in rulebook.scorecards if card.questions is not None)
    talk = read_questions(a_call(), a_transcript(*lines), questions)
    return {answer.id: answer for answer in answer_questions(talk, rulebook.vehicles)}


def inspected(rulebook: Rulebook, call: Call, transcript: Transcript) -> Scorecard:
    grader = RuleGrader(rulebook.grading, preset="default")
    return inspect_call(call, transcript, rulebook, grader).scorecard


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit["name"])
def test_the_card_is_chosen_by_the_call(visit: dict[str, Any], rulebook: Rulebook) -> None:
    chosen = choose_card(*written(visit), rulebook.scorecards)
    assert chosen is not None
    assert chosen.rules.id == visit.get("card", "return-visit")
    assert bool(chosen.why) == (chosen.rules.id == "return-visit")


@pytest.mark.parametrize("visit", [v for v in VISITS if "card" not in v], ids=lambda visit: visit["name"])
def test_every_answer_is_read_from_the_call(visit: dict[str, Any], rulebook: Rulebook) -> None:
    call, transcript = written(visit)
    answers = inspected(rulebook, call, transcript).answers
    assert len(answers) == 10
    for answer in answers:
        got = IN_WORDS.get(answer.state, answer.value)
        expected = visit["answers"].get(answer.id, "未问")
        right = expected[1:] in (got or "") if expected.startswith("~") else got == expected
        assert right != ((visit["name"], answer.id) in NOT_YET), (answer.id, got, expected)
        for words in (*answer.asked, *answer.evidence):
            assert transcript.utterances[words.utterance].text[words.start : words.end] == words.quote
        assert bool(answer.value) == (answer.state is AnswerState.ANSWERED)
        assert not answer.value or answer.evidence


def test_what_is_asked_earns_points_whatever_the_answer(rulebook: Rulebook) -> None:
    card = inspected(rulebook, *written(next(v for v in VISITS if v["name"] == "unwilling-customer")))
    lines = {item.id: item for item in card.items}
    assert lines["bought"].points == lines["bought"].max_points
    assert lines["bought"].reason == "问了，客户没有明确回答。"
    assert [words.quote for words in lines["bought"].evidence] == ["您后来买车了吗", "我在开会，不方便说。"]
    assert (lines["followed-up"].points, lines["followed-up"].reason) == (0, "扣 8 分：没有问。")


def test_sub_scores_add_up_to_the_card(rulebook: Rulebook) -> None:
    card = inspected(rulebook, *written(VISITS[0]))
    assert sum(group.points for group in card.groups) == card.points
    assert sum(group.max_points for group in card.groups) == card.max_points == 100
    assert [group.group for group in card.groups] == ["开场", "服务", "购车", "再来", "顾虑", "合规"]
    assert card.version == rulebook.scorecards[1].version


def test_a_named_card_is_used_and_an_unknown_name_is_not(rulebook: Rulebook) -> None:
    call, transcript = written(VISITS[0])
    named = inspected(rulebook, call.model_copy(update={"card": "first-invitation"}), transcript)
    assert (named.card, named.chosen, named.answers) == ("first-invitation", "按指定的评分卡。", ())
    other = inspected(rulebook, call.model_copy(update={"card": "no-such-card"}), transcript)
    assert other.card == "return-visit"


def test_a_question_asked_again_has_the_later_answer(rulebook: Rulebook) -> None:
    answers = answers_of(
        rulebook,
        "客服：您对服务满意吗？",
        "客户：喂？听不清。",
        "客服：我说您对我们的服务满不满意？",
        "客户：挺满意的。",
    )
    assert answers["satisfied"].value == "满意"
    assert len(answers["satisfied"].asked) == 2


def test_a_plain_yes_to_a_negative_question_agrees_with_the_no(rulebook: Rulebook) -> None:
    assert answers_of(rulebook, "客服：您还没买车吧？", "客户：对。")["bought"].value == "没买"
    assert answers_of(rulebook, "客服：您车买了吗？", "客户：对。")["bought"].value == "已买"


def test_an_unasked_customer_counts_as_answered_but_not_as_asked(rulebook: Rulebook) -> None:
    answer = answers_of(rulebook, "客服：您好，打扰了。", "客户：车我上周就买了，买的比亚迪汉。")["which-brand"]
    assert (answer.state, answer.value, answer.asked) == (AnswerState.ANSWERED, "比亚迪汉", ())


def test_the_agents_own_words_answer_nothing(rulebook: Rulebook) -> None:
    answer = answers_of(rulebook, "客服：您车买了吗？我上周也买了。", "客服：喂？")["bought"]
    assert (answer.state, answer.evidence) == (AnswerState.NOT_ANSWERED, ())


def test_a_return_visit_needs_no_probing_and_no_next_step(rulebook: Rulebook) -> None:
    call, transcript = written(next(v for v in VISITS if v["name"] == "not-bought-all-asked"))
    grader = RuleGrader(rulebook.grading, preset="default")

    def omitted(card: str) -> set[str]:
        named = call.model_copy(update={"card": card})
        findings = inspect_call(named, transcript, rulebook, grader).findings
        return {str(finding.category) for finding in findings if finding.category in OMISSIONS}

    assert omitted("return-visit") == {"no-recording-notice"}
    assert omitted("return-visit") < omitted("first-invitation")
