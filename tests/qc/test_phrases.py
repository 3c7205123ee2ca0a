from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders import a_transcript
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import OMISSIONS, Category, Severity, Speaker, Transcript
from qc.phrases import EXPERIMENTAL, NEAR_SOUND, SAME_SOUND, STABLE, UNKNOWN_SPEAKER, find_omissions, find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import PhraseRules, load_phrases
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from qc.domain import Finding
    from qc.rulebook.phrases import PhraseRule

RULES = load_phrases(SHIPPED / "phrases")


def categories(*lines: str) -> list[tuple[Category, int]]:
    return [(f.category, f.evidence[0].utterance) for f in find_phrases(a_transcript(*lines), RULES)]


def the_finding(*lines: str) -> Finding:
    (finding,) = find_phrases(a_transcript(*lines), RULES)
    return finding


def test_a_finding_names_the_words_the_rule_and_the_reason() -> None:
    finding = the_finding("客户：多少钱", "客服：这样，定金您先打我卡上，我给您留车")
    assert finding.category is Category.PRIVATE_DEALING
    assert finding.severity is Severity.CRITICAL
    assert finding.evidence[0].utterance == 1
    assert "打我卡" in finding.evidence[0].quote
    rule = next(rule for rule in RULES.rules if rule.id == finding.rule_id)
    assert finding.reason == f"{rule.title}：{rule.why}"
    assert finding.probability == STABLE


@pytest.mark.parametrize(
    "line",
    [
        "客服：有人让您打到他个人卡上的话，千万别信",
        "客服：私下转账我们不可以的",
        "客服：我们不能保证月底一定提到车",
        "客服：别家跟您说包过的话，您让他写下来",
        "客服：公司规定不许说全国最低价",
        "客户：你们是不是包过啊",
        "客户：定金我打你卡上行不行",
        "客服：我加您微信，把配置表发过去",
    ],
)
def test_the_usual_traps_are_left_alone(line: str) -> None:
    assert categories(line) == []


def test_each_utterance_and_category_is_found_once() -> None:
    found = categories("客服：神经病，你脑子有病吧，滚", "客户：你说什么", "客服：神经病")
    assert found == [(Category.ABUSE, 0), (Category.ABUSE, 2)]


def test_two_categories_in_one_utterance_are_two_findings() -> None:
    found = categories("客服：保养给您终身免费，另外保险必须在我们店上，不上车您提不走")
    assert {category for category, _ in found} == {Category.OVERPROMISE, Category.FORCED_BUNDLE}


def test_where_two_categories_fit_the_same_words_the_graver_is_kept() -> None:
    shipped = {rule.id: rule for rule in RULES.rules}
    minor = shipped["lowest-price-claims"].model_copy(update={"say": ("最低价",)})
    major = shipped["price-guaranteed"].model_copy(update={"say": ("保证最低",)})
    rules = PhraseRules(rules=(minor, major), words=RULES.words)
    (finding,) = find_phrases(a_transcript("客服：我保证最低价"), rules)
    assert finding.category is Category.OVERPROMISE
    apart = find_phrases(a_transcript("客服：我保证最低，最低价"), rules)
    assert [finding.category for finding in apart] == [Category.OVERPROMISE, Category.ABSOLUTE_CLAIMS]


def test_an_assent_to_an_improper_wish_is_found_by_what_was_asked() -> None:
    asked = "客户：那我把定金直接转给你个人行不行"
    assert categories(asked, "客服：行啊，您转过来就行") == [(Category.PRIVATE_DEALING, 1)]
    assert categories("客户：颜色能换吗", "客服：行啊，您转过来就行") == []


def test_an_older_question_is_no_longer_what_is_answered() -> None:
    asked = "客户：那我把定金直接转给你个人行不行"
    assert categories(asked, "客服：您稍等", "客户：好", "客服：行啊，您转过来就行") == []


def test_customers_words_are_alerts_and_never_the_agents() -> None:
    finding = the_finding("客户：再不解决我就去消协投诉你们")
    assert (finding.category, finding.severity) == (Category.COMPLAINT_ESCALATION, Severity.ALERT)
    assert categories("客服：再不解决您可以去消协投诉我们") == []


def test_unknown_speakers_are_read_with_less_certainty() -> None:
    known = the_finding("客服：我们这里贷款包过的")
    unknown = the_finding("不明：我们这里贷款包过的")
    assert unknown.probability == pytest.approx(known.probability * UNKNOWN_SPEAKER, abs=1e-4)
    assert "没有分清说话人" in unknown.reason


def test_sounds_count_less_than_words() -> None:
    same = the_finding("客服：这个不砍真信")
    assert same.probability == pytest.approx(STABLE * SAME_SOUND, abs=1e-4)
    assert "读音近似" in same.reason
    assert same.evidence[0].quote == "不砍真信"
    assert EXPERIMENTAL < STABLE
    assert NEAR_SOUND < SAME_SOUND


def test_experimental_rules_count_less() -> None:
    finding = the_finding("客户：我没问你别的，我再问一遍，落地多少钱", "客服：您家住哪个区呀")
    assert finding.category is Category.EVASIVE
    assert finding.probability == EXPERIMENTAL


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_retired_rules_are_silent(rule: PhraseRule) -> None:
    retired = rule.model_copy(update={"status": "retired"})
    rules = PhraseRules(rules=(retired,), guards=RULES.guards, words=RULES.words, calls=RULES.calls)
    for example in rule.hits:
        lines = [f"不明：{example.before}"] * bool(example.before) + [f"不明：{example.text}"]
        assert find_phrases(a_transcript(*lines), rules) == ()


NOISE = st.sampled_from(["", "", "", "，", " ", "、", "嗯", "……", "呃，", "。", "？"])


@given(st.data())
def test_quotes_are_always_cut_from_the_text(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(RULES.rules))
    example = data.draw(st.sampled_from(rule.hits))
    noisy = "".join(character + data.draw(NOISE) for character in example.text)
    other = Speaker.AGENT if rule.speaker is Speaker.CUSTOMER else Speaker.CUSTOMER
    speaker = data.draw(st.sampled_from([rule.speaker, Speaker.UNKNOWN]))
    turns = [Turn(speaker=other, text=example.before or ""), Turn(speaker=speaker, text=noisy)]
    transcript = transcript_of_turns(turns)
    for finding in find_phrases(transcript, RULES):
        for evidence in finding.evidence:
            text = transcript.utterances[evidence.utterance].text
            assert evidence.quote
            assert evidence.quote == text[evidence.start : evidence.end]


@given(st.data())
def test_spaces_between_characters_hide_nothing(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from([rule for rule in RULES.rules if not rule.before and not rule.earlier]))
    example = data.draw(st.sampled_from(rule.hits))
    speaker = "客户" if rule.speaker is Speaker.CUSTOMER else "客服"
    spaced = " ".join(example.text)
    plain = [f.rule_id for f in find_phrases(a_transcript(f"{speaker}：{example.text}"), RULES.only(rule))]
    assert [f.rule_id for f in find_phrases(a_transcript(f"{speaker}：{spaced}"), RULES.only(rule))] == plain


# ------------------------------------------------------------------ must-say lines

SALES_CALL = [
    "客服：您好，请问是张先生吧",
    "客户：对，你哪位",
    "客服：这款车现在有优惠",
    "客户：优惠多少",
    "客服：一万二",
    "客户：哦，落地呢",
    "客服：十五万八",
    "客户：有点贵",
    "客服：颜色都有现货",
    "客户：行吧",
    "客服：那先这样",
    "客户：好",
]


def omissions(transcript: Transcript) -> set[Category]:
    return {finding.category for finding in find_omissions(transcript, RULES)}


def test_a_sales_call_without_any_must_say_line_has_all_omissions() -> None:
    assert omissions(a_transcript(*SALES_CALL)) == set(OMISSIONS)


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("客服：我是城南丰田的销售顾问小李", Category.NO_SELF_INTRODUCTION),
        ("客服：跟您说一声，通话有录音的", Category.NO_RECORDING_NOTICE),
        ("客服：您预算大概多少", Category.NO_NEEDS_PROBING),
        ("客服：那您周六上午过来试驾吧", Category.NO_NEXT_STEP),
    ],
)
def test_saying_it_once_anywhere_is_enough(line: str, category: Category) -> None:
    said = [*SALES_CALL[:8], line, "客户：好", *SALES_CALL[8:]]
    assert omissions(a_transcript(*said)) == set(OMISSIONS) - {category}


def test_the_evidence_of_an_omission_is_the_agents_part_of_the_call() -> None:
    transcript = a_transcript(*SALES_CALL)
    for finding in find_omissions(transcript, RULES):
        assert [e.utterance for e in finding.evidence] == [0, 2, 4, 6, 8, 10]
        assert all(e.quote == transcript.utterances[e.utterance].text for e in finding.evidence)


def test_short_calls_owe_nothing() -> None:
    assert omissions(a_transcript(*SALES_CALL[:10])) == set()


@pytest.mark.parametrize(
    "opening",
    [
        "客户：打错了，我不姓张",
        "客户：我上个月在你们店订的车，怎么还没到",
        "客户：我要退定金",
        "客户：我想约个保养",
        "客服：您订的那台车已经到店了",
        "客户：机主不在，我是智能助理",
    ],
)
def test_calls_that_are_not_sales_owe_nothing(opening: str) -> None:
    assert omissions(a_transcript(opening, *SALES_CALL)) == set()


def test_no_next_step_is_owed_to_a_customer_who_has_bought_elsewhere() -> None:
    said = [*SALES_CALL[:9], "客户：我在隔壁店已经买了", *SALES_CALL[9:]]
    assert Category.NO_NEXT_STEP not in omissions(a_transcript(*said))


def test_omissions_in_mono_recordings_are_less_certain() -> None:
    mono = [line.replace("客服", "不明").replace("客户", "不明") for line in SALES_CALL]
    for finding in find_omissions(a_transcript(*mono), RULES):
        assert finding.probability < STABLE
        assert "没有分清说话人" in finding.reason


@pytest.mark.parametrize("lines", [[], ["客服："], ["客服：。。。？"], ["不明：嗯嗯"]])
def test_transcripts_without_words_have_no_findings(lines: list[str]) -> None:
    assert find_phrases(a_transcript(*lines), RULES) == ()
    assert find_omissions(a_transcript(*lines), RULES) == ()
