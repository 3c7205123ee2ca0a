from __future__ import annotations

from builders import SPEAKERS, a_transcript

from qc.domain import Category, Speaker
from qc.phrases import find_phrases, fulfils
from qc.rulebook import SHIPPED
from qc.rulebook.patterns import COMMON_CHARACTERS
from qc.rulebook.phrases import PhraseRules, load_phrases
from qc.text import normalise

RULES = load_phrases(SHIPPED / "phrases")
WATCHED = RULES.watched_phrases()
NAMES = {speaker: name for name, speaker in SPEAKERS.items()}


def phrases_of(rule_id: str, rules: PhraseRules = RULES) -> list[str]:
    return [watched.phrase for watched in rules.watched_phrases() if watched.rule_id == rule_id]


def test_watched_phrases_are_in_matching_form_and_of_a_length_that_can_be_told_apart() -> None:
    for watched in WATCHED:
        assert watched.phrase == normalise(watched.phrase).text
        assert 4 <= len(watched.phrase) <= 16


def test_no_phrase_is_watched_twice_for_a_rule_and_the_order_is_always_the_same() -> None:
    assert len({(watched.phrase, watched.rule_id) for watched in WATCHED}) == len(WATCHED)
    assert load_phrases(SHIPPED / "phrases").watched_phrases() == WATCHED


def test_every_category_is_listened_for() -> None:
    assert {watched.category for watched in WATCHED} == set(Category)


def test_hand_written_sounds_are_all_watched() -> None:
    for rule in (*RULES.active, *RULES.must_say):
        assert {normalise(phrase).text for phrase in rule.sounds_like} <= set(phrases_of(rule.id))


def test_a_wording_is_the_shortest_stretch_of_an_example_that_the_rule_finds() -> None:
    assert "我给您做主了" in phrases_of("my-word-for-it")
    assert "申请不用问经理我给您做主了" not in phrases_of("my-word-for-it")


def test_every_wording_is_found_by_its_own_rule() -> None:
    """Those that answer a question are found only after it, so they are left out here."""
    for rule in RULES.must_say:
        assert all(fulfils(phrase, rule, RULES) for phrase in phrases_of(rule.id))
    for rule in RULES.active:
        if not (rule.before or rule.earlier):
            alone = RULES.only(rule)
            for phrase in phrases_of(rule.id):
                assert find_phrases(a_transcript(f"{NAMES[rule.speaker]}：{phrase}"), alone), phrase


def test_everyday_speech_is_not_watched_unless_somebody_wrote_it_down() -> None:
    written = {normalise(phrase).text for rule in RULES.active for phrase in rule.sounds_like}
    written |= {normalise(phrase).text for rule in RULES.must_say for phrase in rule.sounds_like}
    for watched in WATCHED:
        assert watched.phrase in written or len(set(watched.phrase) - COMMON_CHARACTERS) >= 2
    assert "您来一趟" not in {watched.phrase for watched in WATCHED}


def test_retired_rules_are_not_listened_for() -> None:
    rule = next(rule for rule in RULES.rules if rule.id == "loan-guaranteed")
    notice = next(rule for rule in RULES.must_say if rule.category is Category.NO_RECORDING_NOTICE)
    retired = {"status": "retired"}
    rules = PhraseRules(
        rules=(rule.model_copy(update=retired),), must_say=(notice.model_copy(update=retired),), words=RULES.words
    )
    assert rules.watched_phrases() == ()


def test_a_phrase_speaks_for_its_rules_only() -> None:
    watched = next(watched for watched in WATCHED if watched.speaker is Speaker.AGENT)
    mine, other = (next(r for r in RULES.active if (r.id == watched.rule_id) is same) for same in (True, False))
    assert RULES.is_watched_for(watched.phrase, mine)
    assert not RULES.is_watched_for(watched.phrase, other)
    assert not RULES.is_watched_for("没人写过这句", mine)
