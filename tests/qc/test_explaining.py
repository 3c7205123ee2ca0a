from __future__ import annotations

import pytest
from builders import a_transcript

from qc.domain import Listen, Speaker, Transcript
from qc.errors import NotFound
from qc.explaining import RuleExplained, Trace, TraceOutcome, explain, rules_named
from qc.judgement import shipped_model
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import PhraseRule, PhraseRules, load_phrases

SHARED = load_phrases(SHIPPED / "phrases")


def a_rule(**changes: object) -> PhraseRule:
    return PhraseRule.model_validate(
        {
            "id": "surely-approved",
            "category": "finance-misleading",
            "title": "包过",
            "why": "谁也不能保证。",
            "severity": "critical",
            "status": "stable",
            "speaker": "agent",
            "say": ["贷款(一定)?包过"],
            "hits": ["贷款包过", "贷款一定包过", "这个贷款包过"],
            "misses": ["不包过", "包过什么", "没有贷款包过一说"],
        }
        | changes
    )


def explained(transcript: Transcript, *these: PhraseRule) -> RuleExplained:
    rules = PhraseRules(rules=these, guards=SHARED.guards, words=SHARED.words, answers=SHARED.answers)
    return explain(transcript, these[:1], rules, None).rules[0]


def the_trace(*lines: str, rule: PhraseRule | None = None) -> Trace:
    (trace,) = explained(a_transcript(*lines), rule or a_rule()).traces
    return trace


def test_a_finding_names_its_words_and_its_pattern() -> None:
    trace = the_trace("客户：能批吗", "客服：放心，贷款包过")
    assert (trace.outcome, trace.place.quote, trace.pattern) == (TraceOutcome.FOUND, "贷款包过", "贷款(一定)?包过")


def test_an_excuse_names_the_guard_and_its_words() -> None:
    trace = the_trace("客服：我们不能说贷款包过")
    assert trace.outcome is TraceOutcome.EXCUSED
    assert "否定" in trace.why
    assert "不能说贷款包过" in trace.why


def test_an_own_unless_is_named_as_the_rules_own() -> None:
    trace = the_trace("客服：贷款包过，开玩笑的", rule=a_rule(unless=["开玩笑"]))
    assert trace.outcome is TraceOutcome.EXCUSED
    assert "unless" in trace.why
    assert "开玩笑" in trace.why


def test_the_wrong_party_is_named() -> None:
    trace = the_trace("客户：贷款包过")
    assert (trace.outcome, "客户说的" in trace.why) == (TraceOutcome.OTHER_PARTY, True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"before": ["征信"]}, "before"),
        ({"unless_before": ["多少钱"]}, "unless_before"),
        ({"earlier": ["征信"]}, "earlier"),
        ({"position": {"last_seconds": 1}}, "结尾"),
        ({"after": {"found": ["surely-approved"], "within_turns": 2}}, "after"),
    ],
)
def test_a_condition_that_is_not_met_is_named(changes: dict[str, object], name: str) -> None:
    lines = ("客户：多少钱", "客服：贷款包过", "客户：好的那我再想一想吧", "客户：今天就先这样了")
    trace = the_trace(*lines, rule=a_rule(**changes))
    assert trace.outcome is TraceOutcome.OUT_OF_PLACE
    assert name in trace.why


def test_a_wish_that_was_refused_is_told() -> None:
    rule = a_rule(say=[], assent_to=["贷款包过"])
    trace = the_trace("客户：你们贷款包过吗", "客服：这个不行，要看银行", rule=rule)
    assert trace.outcome is TraceOutcome.REFUSED
    assert "贷款包过" in trace.why
    agreed = the_trace("客户：你们贷款包过吗", "客服：对，包过", rule=rule)
    assert agreed.outcome is TraceOutcome.FOUND


def test_a_finding_that_gave_way_names_the_other() -> None:
    second = a_rule(id="another", say=["包过"])
    sure = a_rule(say=["(这个)?贷款包过"])
    here = a_transcript("客服：这个贷款包过")
    assert explained(here, sure, second).traces[0].outcome is TraceOutcome.FOUND
    (trace,) = explained(here, second, sure).traces
    assert (trace.outcome, "surely-approved" in trace.why) == (TraceOutcome.OVERRULED, True)


def test_what_is_one_character_away_is_near() -> None:
    trace = the_trace("客服：我们贷款一定抱过", rule=a_rule(say=["贷款一定包过"]))
    assert (trace.outcome, trace.place.quote) == (TraceOutcome.NEAR, "贷款一定抱过")


def test_what_sounds_near_is_told_with_its_distance() -> None:
    trace = the_trace("客服：这个带款跑锅", rule=a_rule(sounds_like=["贷款包过"]))
    assert trace.phrase == "贷款包过"
    assert trace.distance is not None
    assert trace.distance > 0


def test_a_second_listen_that_says_no_is_told() -> None:
    said = a_transcript("客服：这个待款包锅")
    listen = Listen(utterance=0, start=2, end=6, phrase="贷款包过", probability=0.2)
    (trace,) = explained(said.model_copy(update={"listens": (listen,)}), a_rule(sounds_like=["贷款包过"])).traces
    assert (trace.outcome, trace.listened) == (TraceOutcome.NOT_HEARD, 0.2)


def test_a_short_call_says_why_no_must_say_line_is_asked_for() -> None:
    explanation = explain(a_transcript("客服：喂"), rules_named("no-next-step", SHARED), SHARED, None)
    assert "不查必说话术" in explanation.notes[0]


def test_a_missing_line_is_told_with_when_it_is_left_out() -> None:
    said = a_transcript(*(f"{who}：白色的有现车" for _ in range(6) for who in ("客服", "客户")))
    explanation = explain(said, rules_named("no-next-step", SHARED), SHARED, None)
    assert explanation.findings
    assert "已在本店订车" in explanation.notes[0]


def test_the_model_says_how_likely_each_utterance_is() -> None:
    model = shipped_model()
    assert model is not None
    said = a_transcript("客户：征信不好能批吗", "客服：放心，我们这儿贷款百分百包过")
    explanation = explain(said, rules_named("finance-misleading", SHARED), SHARED, model)
    assert explanation.likely[0].utterance == 1
    assert 0 < explanation.likely[0].probability <= 1
    assert explanation.likely[0].telling in said.utterances[1].text


def test_every_shipped_rule_can_be_explained() -> None:
    said = a_transcript("客户：多少钱", "客服：十五万，全国最低", "不明：好")
    assert said.utterances[2].speaker is Speaker.UNKNOWN
    for rule in (*SHARED.rules, *SHARED.must_say):
        assert explain(said, (rule,), SHARED, None).rules[0].rule_id == rule.id


def test_an_unknown_rule_is_an_error() -> None:
    with pytest.raises(NotFound, match="nobody"):
        rules_named("nobody", SHARED)
