from __future__ import annotations

import pytest
from builders import SPEAKERS, a_transcript
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import Category, Speaker
from qc.literals import COMMON_CHARACTERS
from qc.phonetics import sound_of
from qc.phrases import find_phrases, fulfils
from qc.rulebook import SHIPPED
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
    """Those that answer or follow something are found only after it, so they are left out here."""
    for rule in RULES.must_say:
        assert all(fulfils(phrase, rule, RULES) for phrase in phrases_of(rule.id))
    for rule in RULES.active:
        if not (rule.before or rule.earlier or rule.after or rule.assent_to):
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
    watched = next(watched for watched in WATCHED if watched.rule_id == "loan-guaranteed")
    assert "loan-guaranteed" in RULES.spoken_for(watched.phrase)
    assert "swear-words" not in RULES.spoken_for(watched.phrase)
    assert "loan-guaranteed" not in RULES.spoken_for("没人写过这句")


def test_a_wording_nobody_wrote_down_speaks_for_the_rules_that_find_it() -> None:
    phrase = "打我这张私人卡"
    assert phrase not in {watched.phrase for watched in WATCHED}
    assert "pay-to-personal-account" in RULES.spoken_for(phrase)


# ------------------------------------------------------------------ patterns by their sound


@pytest.mark.parametrize(
    ("text", "rule_id", "heard", "phrase"),
    [
        ("我宝正全城最抵价", "price-guaranteed", "宝正全城最抵价", "保证全城最低价"),
    ],
)
def test_a_misheard_wording_is_respelled_towards_its_rule(text: str, rule_id: str, heard: str, phrase: str) -> None:
    places = [place for place in RULES.alike(text, Speaker.AGENT) if place.rule.id == rule_id]
    assert (heard, phrase) in [(text[place.start : place.end], place.phrase) for place in places]
    assert rule_id in RULES.spoken_for(phrase)


def test_what_is_heard_to_the_letter_is_not_respelled() -> None:
    assert RULES.alike("我们贷款包过", Speaker.AGENT) == ()
    assert RULES.alike("", Speaker.AGENT) == ()


def test_only_rules_about_the_speaker_are_heard() -> None:
    def rules_heard(speaker: Speaker) -> set[str]:
        return {place.rule.id for place in RULES.alike("我宝正全城最抵价", speaker)}

    assert "price-guaranteed" in rules_heard(Speaker.AGENT) & rules_heard(Speaker.UNKNOWN)
    assert "price-guaranteed" not in rules_heard(Speaker.CUSTOMER)


def test_must_say_lines_are_heard_by_their_sound_too() -> None:
    assert Category.NO_RECORDING_NOTICE in {place.rule.category for place in RULES.alike("通话会鹿音的", Speaker.AGENT)}


@given(st.data())
def test_a_respelling_sounds_like_the_text_it_stands_for(data: st.DataObject) -> None:
    watched = data.draw(st.sampled_from(WATCHED))
    others = st.sampled_from("带果思咖鹿鹰维新国包真信夫给钱前")
    text = normalise("".join(data.draw(st.one_of(st.just(c), st.just(c), others)) for c in watched.phrase)).text
    for place in RULES.alike(text, watched.speaker):
        heard = text[place.start : place.end]
        assert place.phrase != heard
        assert [sound_of(c) for c in place.phrase] == [sound_of(c) for c in heard]
        assert 4 <= len(place.phrase) <= 16
