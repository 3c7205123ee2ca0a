from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders import SPEAKERS, a_transcript

from qc.domain import Category, Speaker, Transcript
from qc.exchange import SAME_TURN_MS, Exchange, answered, replied
from qc.phrases import SPREAD, STABLE, find_omissions, find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.conduct import load_conduct
from qc.rulebook.phrases import PhraseRule, PhraseRules, load_phrases
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from qc.domain import Finding

SHARED = load_phrases(SHIPPED / "phrases")


def a_rule(**changes: Any) -> PhraseRule:
    return PhraseRule.model_validate(
        {
            "id": "to-my-card",
            "category": "private-dealing",
            "title": "打到个人卡",
            "why": "钱只能进公司账户。",
            "severity": "critical",
            "status": "stable",
            "speaker": "agent",
            "say": ["(打|转)(到|给)?我(个人)?(的)?卡"],
            "hits": ["打我卡", "转到我卡", "打到我的卡上"],
            "misses": ["卡", "打卡", "不能打我卡"],
        }
        | changes
    )


def rules(*these: PhraseRule) -> PhraseRules:
    return PhraseRules(rules=these, guards=SHARED.guards, words=SHARED.words, answers=SHARED.answers)


def timed(*lines: tuple[str, float, float]) -> Transcript:
    """A transcript of lines with the seconds from and to which each was said."""
    turns = []
    for line, start, end in lines:
        who, _, text = line.partition("：")
        turns.append(Turn(speaker=SPEAKERS[who], text=text, start_ms=int(start * 1000), end_ms=int(end * 1000)))
    return transcript_of_turns(turns)


def found(transcript: Transcript, *these: PhraseRule) -> list[tuple[str, int]]:
    return [(f.rule_id, f.evidence[-1].utterance) for f in find_phrases(transcript, rules(*these))]


def the_finding(transcript: Transcript, *these: PhraseRule) -> Finding:
    (finding,) = find_phrases(transcript, rules(*these))
    return finding


# ------------------------------------------------------------------ position


CALL = timed(
    ("客服：打我卡", 10, 12), ("客服：您稍等，我看一下", 40, 45), ("客服：打我卡", 100, 102), ("客户：好", 150, 151)
)


@pytest.mark.parametrize(
    ("position", "utterances"),
    [
        ({"first_seconds": 30}, [0]),
        ({"first_seconds": 101}, [0, 2]),
        ({"last_seconds": 60}, [2]),
        ({"last_seconds": 20}, []),
    ],
)
def test_a_rule_may_count_at_one_end_of_the_call_only(position: dict[str, int], utterances: list[int]) -> None:
    assert [at for _, at in found(CALL, a_rule(position=position))] == utterances


def test_text_without_times_has_estimated_ones() -> None:
    long = a_transcript("客服：打我卡", *["客户：" + "说" * 100] * 3, "客服：打我卡")
    assert found(long, a_rule(position={"first_seconds": 30})) == [("to-my-card", 0)]
    assert found(long, a_rule(position={"last_seconds": 30})) == [("to-my-card", 4)]


@pytest.mark.parametrize("position", [{}, {"first_seconds": 3, "last_seconds": 3}, {"first_seconds": 0}])
def test_a_position_is_one_end(position: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="position"):
        a_rule(position=position)


# ------------------------------------------------------------------ after


FIRST = a_rule(id="first", say=["不走公司"])


@pytest.mark.parametrize(("turns", "expected"), [(1, False), (2, True), (9, True)])
def test_a_rule_may_wait_for_another_within_so_many_turns(turns: int, *, expected: bool) -> None:
    later = a_rule(id="later", say=["终身免费"], after={"found": ["first"], "within_turns": turns})
    said = a_transcript("客服：终身免费", "客户：好", "客服：不走公司", "客户：怎么讲", "客服：终身免费")
    assert (("later", 4) in found(said, FIRST, later)) is expected
    assert ("later", 0) not in found(said, FIRST, later)


def test_a_rule_may_wait_for_a_category() -> None:
    later = a_rule(id="later", say=["终身免费"], after={"found": ["do-not-call"], "within_turns": 4})
    customer = a_rule(
        id="no-more", category="do-not-call", severity="alert", speaker="customer", say=["别再打"], guards=[]
    )
    assert found(a_transcript("客户：别再打了", "客服：终身免费"), customer, later) == [("no-more", 0), ("later", 1)]
    assert found(a_transcript("客户：你说吧", "客服：终身免费"), customer, later) == []


def test_a_cut_turn_is_one_turn() -> None:
    later = a_rule(id="later", say=["终身免费"], after={"found": ["first"], "within_turns": 1})
    said = a_transcript(
        "客户：嗯", "客服：不走公司", "客服：是这样。", "客户：怎么", "客户：怎么讲", "客户：您说", "客服：终身免费"
    )
    assert found(said, FIRST, later) == [("first", 1)]
    within_two = a_rule(id="later", say=["终身免费"], after={"found": ["first"], "within_turns": 2})
    assert found(said, FIRST, within_two) == [("first", 1), ("later", 6)]


# ------------------------------------------------------------------ words cut in two


def test_words_cut_by_the_recogniser_are_found_in_both_pieces() -> None:
    cut = timed(("客服：那定金您就打到我。", 10, 12), ("客服：个人的卡上就行。", 12.8, 14), ("客户：哦。", 15, 16))
    finding = the_finding(cut, a_rule())
    assert [(e.utterance, e.quote) for e in finding.evidence] == [(0, "打到我"), (1, "个人的卡")]
    assert finding.probability == pytest.approx(STABLE * SPREAD)
    assert "分成了两段" in finding.reason


def test_words_cut_by_a_backchannel_are_found_in_both_pieces() -> None:
    finding = the_finding(a_transcript("客服：那定金您就打到我", "客户：嗯", "客服：个人的卡上就行"), a_rule())
    assert [(e.utterance, e.quote) for e in finding.evidence] == [(0, "打到我"), (2, "个人的卡")]


@pytest.mark.parametrize(
    "lines",
    [
        ("客服：那定金您就打到我", "客户：打到你哪里", "客服：个人的卡上就行"),
        ("客服：那定金您就打到我。", "客服：个人的卡上就行"),
        ("客服：不能打到我", "客户：嗯", "客服：个人的卡上"),
        ("不明：那定金您就打到我", "不明：个人的卡上就行"),
        ("客服：那定金您就打到我", "客户：个人的卡上就行"),
    ],
    ids=["question", "sentence", "negation", "unknown", "other party"],
)
def test_words_that_are_not_one_sentence_are_not_joined(lines: tuple[str, ...]) -> None:
    assert found(a_transcript(*lines), a_rule()) == []


@pytest.mark.parametrize(("pause_s", "expected"), [(0.8, 1), (SAME_TURN_MS / 1000 + 0.1, 0)])
def test_a_long_pause_ends_the_sentence(pause_s: float, expected: int) -> None:
    cut = timed(("客服：打到我。", 10, 12), ("客服：个人的卡上。", 12 + pause_s, 15))
    assert len(found(cut, a_rule())) == expected


def test_a_question_that_was_asked_to_its_end_is_not_joined() -> None:
    assert found(timed(("客服：打到我？", 10, 12), ("客服：卡上。", 12.1, 14)), a_rule()) == []


def test_what_one_piece_says_alone_is_said_once() -> None:
    said = a_transcript("客服：打我卡，打到我", "客户：嗯", "客服：个人的卡上就行")
    assert found(said, a_rule()) == [("to-my-card", 0)]


def test_a_rule_with_once_counts_words_cut_in_two_too() -> None:
    said = a_transcript("客服：打到我", "客户：嗯", "客服：卡上", "客户：怎么讲", "客服：打我卡")
    assert found(said, a_rule(once=True)) == [("to-my-card", 2)]


def test_a_must_say_line_cut_in_two_is_said() -> None:
    sales = ["客户：这车多少钱", "客服：十五万"] * 6
    cut = ["客服：本次通话可能会被", "客户：嗯", "客服：录制下来"]
    apart = ["客服：本次通话可能会被", "客户：什么", "客服：录制下来"]
    assert Category.NO_RECORDING_NOTICE not in _missing(*cut, *sales)
    assert Category.NO_RECORDING_NOTICE in _missing(*apart, *sales)


def _missing(*lines: str) -> set[Category]:
    return {finding.category for finding in find_omissions(a_transcript(*lines), SHARED)}


# ------------------------------------------------------------------ what is being answered


def test_the_turn_before_is_all_of_it() -> None:
    said = a_transcript("客户：我把定金", "客服：嗯", "客户：转给你个人。", "客户：行不行", "客服：您说什么")
    assert Exchange(said, SHARED).just_before(4) == "我把定金\n转给你个人\n\n行不行"


def test_a_rule_may_be_excused_by_what_was_asked() -> None:
    rule = a_rule(unless_before=["冒充|骗子"])
    assert found(a_transcript("客户：骗子怎么说的", "客服：打我卡"), rule) == []
    assert found(a_transcript("客户：怎么付", "客服：打我卡"), rule) == [("to-my-card", 1)]


# ------------------------------------------------------------------ assent


ASSENT = a_rule(say=[], assent_to=["(转|打)给(你|您)个人", "不走公司(的)?账"])


@pytest.mark.parametrize(
    ("wish", "reply"),
    [
        ("我把定金转给你个人行不行", "行"),
        ("我把定金转给你个人行不行", "行啊，您转过来就行"),
        ("我把定金转给你个人行不行", "嗯，可以的，没问题"),
        ("能转给你个人吗？", "能，怎么不能"),
        ("我直接打给您个人了啊", "好嘞，您打吧"),
        ("咱们不走公司账行吗", "行，听您的"),
        ("不走公司账吧", "不用走，放心"),
        ("转给你个人可以吧", "哎呀，没事的，大家都这么转"),
        ("转给你个人不会有事吧", "不会，您放一百个心"),
        ("转给你个人，你看", "不是不行，您先别声张"),
    ],
)
def test_a_reply_that_agrees_to_an_improper_wish_is_found(wish: str, reply: str) -> None:
    finding = the_finding(a_transcript(f"客户：{wish}", f"客服：{reply}"), ASSENT)
    assert finding.evidence[0].utterance == 1
    assert "应承" in finding.reason


@pytest.mark.parametrize(
    ("wish", "reply"),
    [
        ("我把定金转给你个人行不行", "不行的"),
        ("我把定金转给你个人行不行", "行不行您自己想想，肯定不行"),
        ("我把定金转给你个人行不行", "可以刷卡，也可以扫前台的码，我个人不能收"),
        ("我把定金转给你个人行不行", "好，我先帮您问一下经理"),
        ("我把定金转给你个人行不行", "行？谁跟您说行的"),
        ("我把定金转给你个人行不行", "对公账户才可以"),
        ("我把定金转给你个人行不行", "是这样的，定金必须打到公司账户"),
        ("我把定金转给你个人行不行", "没问题，不过得转到公司账上"),
        ("我可不想转给你个人", "好的，您放心"),
        ("我同事说上次转给你个人", "嗯，好"),
        ("我怕转给你个人说不清", "可以理解"),
        ("不走公司账行吗", "不行，都要走公司账"),
        ("什么时候签合同", "行，明天"),
        ("能转给你个人吗？", "不会"),
    ],
)
def test_a_reply_that_refuses_or_answers_something_else_is_left_alone(wish: str, reply: str) -> None:
    assert found(a_transcript(f"客户：{wish}", f"客服：{reply}"), ASSENT) == []


def test_unless_excuses_an_assent() -> None:
    excused = a_rule(say=[], assent_to=list(ASSENT.assent_to), unless=["开玩笑"])
    said = a_transcript("客户：转给你个人行不行", "客服：行，跟您开玩笑的")
    assert found(said, ASSENT) == [("to-my-card", 1)]
    assert found(said, excused) == []


def test_backchannels_are_those_of_the_conduct_figures() -> None:
    conduct = load_conduct(SHIPPED / "conduct.yaml")
    assert SHARED.answers is not None
    assert SHARED.answers.backchannels == conduct.backchannels
    assert SHARED.answers.backchannel_max_characters == conduct.backchannel_max_characters


def test_speakers_nobody_told_apart_take_a_turn_each() -> None:
    said = a_transcript("不明：喂", "不明：您好", "客服：嗯", "客服：我是小李")
    assert Exchange(said, SHARED).turns == [0, 1, 1, 2]
    assert said.utterances[0].speaker is Speaker.UNKNOWN


def test_an_utterance_answers_the_other_party_s_last_words() -> None:
    a, c, u = Speaker.AGENT, Speaker.CUSTOMER, Speaker.UNKNOWN
    assert answered([a, c, a, a, c]) == [-1, 0, 1, 1, 3]
    assert answered([c, a, a, a, a]) == [-1, 0, 0, 0, -1]
    assert answered([u, u]) == [-1, 0]


def test_an_utterance_is_replied_to_by_the_other_party_s_next_words() -> None:
    a, c, u = Speaker.AGENT, Speaker.CUSTOMER, Speaker.UNKNOWN
    assert replied([a, c, a, a, c]) == [1, 2, 4, 4, -1]
    assert replied([a, a, a, a, c]) == [-1, 4, 4, 4, -1]
    assert replied([u, u]) == [1, -1]
