"""What second listens make of findings and omissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders import a_transcript
from hypothesis import given
from hypothesis import strategies as st

from qc.domain import OMISSIONS, Category, Listen, Speaker
from qc.phrases import EXPERIMENTAL, LISTEN_ACCEPTED, SAME_SOUND, STABLE, UNKNOWN_SPEAKER, find_omissions, find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import load_phrases
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from qc.domain import Finding, Transcript

RULES = load_phrases(SHIPPED / "phrases")
LIKELY = 0.86


def listened(transcript: Transcript, *listens: tuple[int, str, str, float]) -> Transcript:
    """The transcript with second listens: utterance, heard words, watched phrase, probability."""
    made = []
    for index, heard, phrase, probability in listens:
        start = transcript.utterances[index].text.index(heard)
        made.append(
            Listen(utterance=index, start=start, end=start + len(heard), phrase=phrase, probability=probability)
        )
    return transcript.model_copy(update={"listens": tuple(made)})


def found(transcript: Transcript) -> list[tuple[str, str]]:
    return [(finding.rule_id, finding.evidence[0].quote) for finding in find_phrases(transcript, RULES)]


def the_finding(transcript: Transcript) -> Finding:
    (finding,) = find_phrases(transcript, RULES)
    return finding


SOUNDS = a_transcript("客户：多少钱", "客服：您放心，这个不砍真信")
"""Sounds exactly like 不看征信."""
FAR = a_transcript("客户：多少钱", "客服：您放心，没问题，家务哥人危险聊")
"""Nearly what Whisper base made of 加我个人微信 on a telephone line; too far off for the search by pinyin."""


def test_a_second_listen_finds_what_sounds_too_different_for_the_search_by_pinyin() -> None:
    assert found(FAR) == []
    finding = the_finding(listened(FAR, (1, "家务哥人危险聊", "加我个人微信聊", LIKELY)))
    assert finding.category is Category.PRIVATE_CONTACT
    assert finding.evidence[0].quote == finding.heard == "家务哥人危险聊"
    assert (finding.matched, finding.listened) == ("加我个人微信聊", LIKELY)
    assert finding.probability == pytest.approx(STABLE * LIKELY, abs=1e-4)
    assert finding.reason.endswith("（听写为「家务哥人危险聊」，复听更像「加我个人微信聊」，概率 86%）")


def test_without_a_second_listen_the_pinyin_decides_as_before() -> None:
    finding = the_finding(SOUNDS)
    assert (finding.heard, finding.matched, finding.listened) == ("不砍真信", "不看征信", None)
    assert finding.probability == pytest.approx(STABLE * SAME_SOUND, abs=1e-4)
    assert "请听录音核实" in finding.reason


def test_where_there_is_a_second_listen_it_decides_instead_of_the_pinyin() -> None:
    sure = the_finding(listened(SOUNDS, (1, "不砍真信", "不看征信", 0.97)))
    assert sure.probability == pytest.approx(STABLE * 0.97, abs=1e-4)
    assert found(listened(SOUNDS, (1, "不砍真信", "不看征信", LISTEN_ACCEPTED))) == [("no-credit-check", "不砍真信")]
    assert found(listened(SOUNDS, (1, "不砍真信", "不看征信", LISTEN_ACCEPTED - 0.01))) == []


def test_a_listen_elsewhere_in_the_utterance_leaves_the_pinyin_alone() -> None:
    assert found(listened(SOUNDS, (1, "您放心", "不看征信", 0.1))) == [("no-credit-check", "不砍真信")]


def test_a_listen_in_another_utterance_changes_nothing() -> None:
    assert find_phrases(listened(SOUNDS, (0, "多少钱", "不看征信", 0.99)), RULES) == find_phrases(SOUNDS, RULES)


def test_of_several_listens_the_most_probable_is_told() -> None:
    both = listened(FAR, (1, "哥人危险聊", "加我个人微信聊", 0.6), (1, "家务哥人危险聊", "加我个人微信聊", LIKELY))
    assert the_finding(both).listened == LIKELY


def test_words_heard_to_the_letter_need_no_second_listen() -> None:
    said = a_transcript("客服：您放心，我们不看征信的")
    assert find_phrases(listened(said, (0, "不看征信", "不看征信", 0.01)), RULES) == find_phrases(said, RULES)
    assert the_finding(said).heard is None


def test_a_denial_heard_to_the_letter_is_not_overruled() -> None:
    said = a_transcript("客服：我们不能保证最低价")
    assert found(listened(said, (0, "我们不能保证最低价", "我保证最低价", 0.99))) == []
    assert found(listened(said, (0, "保证最低价", "保证最低价", 0.99))) == []


@pytest.mark.parametrize("text", ["公司规定不许跟客户说不砍真信", "有人跟您说不砍真信的话，千万别信"])
def test_words_around_the_phrase_take_it_back(text: str) -> None:
    assert found(listened(a_transcript(f"客服：{text}"), (0, "不砍真信", "不看征信", 0.99))) == []


def test_the_sentence_is_judged_with_the_phrase_in_place_of_what_was_heard() -> None:
    """A condition of the rule itself excuses 个人卡 when the word follows; it shows only with the phrase put in."""
    rule = next(rule for rule in RULES.rules if rule.id == "no-credit-check")
    excused = RULES.only(rule.model_copy(update={"unless": ("@的黑户", "看征信")}))
    said = listened(SOUNDS, (1, "不砍真信", "不看征信", 0.99))
    assert find_phrases(said, RULES.only(rule))
    assert find_phrases(said, excused) == ()


def test_phrases_of_the_other_party_or_of_no_rule_are_not_counted() -> None:
    said = a_transcript("客户：家务哥人危险聊")
    assert found(listened(said, (0, "家务哥人危险聊", "加我个人微信聊", 0.99))) == []
    assert found(listened(FAR, (1, "家务哥人危险聊", "今天天气不错呀", 0.99))) == []


def test_answers_count_only_where_they_answer() -> None:
    rule_id = "agree-to-personal-payment"
    phrase = next(w.phrase for w in RULES.watched_phrases() if w.rule_id == rule_id)
    asked = a_transcript("客户：那我把定金直接转给你个人行不行", "客服：星啊您赚过来")
    unasked = a_transcript("客户：颜色能换吗", "客服：星啊您赚过来")
    heard = (1, "星啊您赚过来", phrase, 0.9)
    assert [rule for rule, _ in found(listened(asked, heard))] == [rule_id]
    assert found(listened(unasked, heard)) == []


def test_where_the_speaker_is_unknown_the_probability_is_lower() -> None:
    said = a_transcript("不明：家务哥人危险聊")
    finding = the_finding(listened(said, (0, "家务哥人危险聊", "加我个人微信聊", 0.9)))
    assert finding.probability == pytest.approx(STABLE * UNKNOWN_SPEAKER * 0.9, abs=1e-4)


def test_experimental_rules_count_less() -> None:
    watched = next(
        w for w in RULES.watched_phrases() for r in RULES.active
        if r.id == w.rule_id and r.status == "experimental" and not r.before and not r.earlier
    )  # fmt: skip
    said = a_transcript("客服：听不清听不清" if watched.speaker is Speaker.AGENT else "客户：听不清听不清")
    finding = the_finding(listened(said, (0, "听不清听不清", watched.phrase, 0.8)))
    assert finding.probability == pytest.approx(EXPERIMENTAL * 0.8, abs=1e-4)


spans = st.integers(0, 30)


@given(
    text=st.text(max_size=24),
    listens=st.lists(st.tuples(spans, spans, st.sampled_from(RULES.watched_phrases()), st.floats(0, 1)), max_size=4),
    speaker=st.sampled_from(Speaker),
)
def test_quotes_are_cut_from_the_text_whatever_is_listened_to(
    text: str, listens: list[tuple[int, int, object, float]], speaker: Speaker
) -> None:
    transcript = transcript_of_turns([Turn(speaker=speaker, text=text)]).model_copy(
        update={
            "listens": tuple(
                Listen(utterance=0, start=min(one, other), end=max(one, other), phrase=w.phrase, probability=p)
                for one, other, w, p in listens
            )
        }
    )
    for finding in find_phrases(transcript, RULES):
        (evidence,) = finding.evidence
        assert evidence.quote
        assert evidence.quote == text[evidence.start : evidence.end]
        assert finding.listened is None or finding.listened >= LISTEN_ACCEPTED


# ------------------------------------------------------------------ must-say lines

OPENING = "客服：您好，通话会被鹿鹰哈，请问是张先生吧"
SALES_CALL = [
    OPENING, "客户：对，你哪位", "客服：这款车现在有优惠", "客户：优惠多少", "客服：一万二", "客户：哦，落地呢",
    "客服：十五万八", "客户：有点贵", "客服：颜色都有现货", "客户：行吧", "客服：那先这样", "客户：好",
]  # fmt: skip


def omitted(transcript: Transcript) -> set[Category]:
    return {finding.category for finding in find_omissions(transcript, RULES)}


def test_a_misheard_notice_counts_as_given_once_a_second_listen_hears_it() -> None:
    said = a_transcript(*SALES_CALL)
    assert omitted(said) == set(OMISSIONS)
    heard = listened(said, (0, "通话会被鹿鹰哈", "通话会录音的", 0.8))
    assert omitted(heard) == set(OMISSIONS) - {Category.NO_RECORDING_NOTICE}


def test_a_doubtful_second_listen_fulfils_nothing() -> None:
    said = a_transcript(*SALES_CALL)
    assert omitted(listened(said, (0, "通话会被鹿鹰哈", "通话会录音的", 0.4))) == set(OMISSIONS)


def test_a_notice_by_its_sound_needs_the_second_listen_where_there_is_one() -> None:
    said = a_transcript("客服：您好，通话会鹿音的，请问是张先生吧", *SALES_CALL[1:])
    phrase = "通话会录音的"
    assert RULES.sounds_of(next(r for r in RULES.must_say if r.category is Category.NO_RECORDING_NOTICE)).phrases
    assert Category.NO_RECORDING_NOTICE in omitted(listened(said, (0, "通话会鹿音的", phrase, 0.2)))
    assert Category.NO_RECORDING_NOTICE not in omitted(listened(said, (0, "通话会鹿音的", phrase, 0.9)))


def test_the_customers_words_fulfil_nothing() -> None:
    said = a_transcript(*SALES_CALL)
    assert omitted(listened(said, (1, "你哪位", "通话会录音的", 0.9))) == set(OMISSIONS)
