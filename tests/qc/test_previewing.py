from __future__ import annotations

from builders import a_transcript

from qc.domain import Doubt
from qc.previewing import preview
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import PhraseRules, load_phrases

SHARED = load_phrases(SHIPPED / "phrases")
RULE = next(rule for rule in SHARED.rules if rule.category == "overpromise")


def rules(*say: str) -> PhraseRules:
    rule = RULE.model_copy(update={"say": say, "sounds_like": (), "unless": (), "guards": None, "before": ()})
    return PhraseRules(rules=(rule,), guards=SHARED.guards, words=SHARED.words, answers=SHARED.answers)


def test_what_would_be_new_and_what_would_be_gone_is_told_with_quotes() -> None:
    calls = [
        ("first", a_transcript("客服：终身免费洗车")),
        ("second", a_transcript("客服：一辈子不要钱")),
        ("third", a_transcript("客服：您好")),
    ]
    shown = preview(calls, rules("终身免费"), rules("一辈子不要钱"), None)
    assert shown.looked_at == 3
    assert [(call.call, len(call.new), len(call.gone)) for call in shown.changed] == [("first", 0, 1), ("second", 1, 0)]
    assert shown.changed[1].new[0].evidence[0].quote == "一辈子不要钱"
    assert [(rule.rule_id, rule.new, rule.gone) for rule in shown.rules] == [(RULE.id, 1, 1)]


def test_the_same_rules_change_nothing() -> None:
    shown = preview([("call", a_transcript("客服：终身免费洗车"))], SHARED, SHARED, None)
    assert (shown.looked_at, shown.changed, shown.rules) == (1, (), ())


def test_places_are_those_of_the_whole_transcript() -> None:
    heard = a_transcript("客服：谢谢观看", "客服：终身免费洗车")
    doubted = heard.utterances[0].model_copy(update={"doubt": Doubt.PHANTOM})
    call = heard.model_copy(update={"utterances": (doubted, *heard.utterances[1:])})
    (shown,) = preview([("call", call)], rules("一辈子"), rules("终身免费"), None).changed
    assert [place.utterance for place in shown.new[0].evidence] == [1]
