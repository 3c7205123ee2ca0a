from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import CALL_TIME, a_call, a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.domain import Category, Evidence, Finding, Grade, LeadFeatures, Letter, Outcome, Severity
from qc.errors import BadSettings
from qc.grade import RuleGrader, next_working_day
from qc.lead_signs import LeadSigns, see_lead
from qc.memo import write_memo
from qc.rulebook import Rulebook, load_rulebook

RULEBOOK: Rulebook = load_rulebook()


def grade_of(*lines: str, time: str = CALL_TIME, preset: str = "default", brand: str | None = None) -> Grade:
    call, transcript = a_call(time, brand=brand), a_transcript(*lines)
    memo = write_memo(call, transcript, RULEBOOK)
    grade = RuleGrader(RULEBOOK.grading, preset).grade(call, transcript, memo, ())
    for reason in grade.reasons:
        for quote in reason.evidence:
            assert transcript.utterances[quote.utterance].text[quote.start : quote.end] == quote.quote
    return grade


ASKED = "客服：您打算什么时候定？"


@pytest.mark.parametrize(
    ("lines", "letter"),
    [
        # a stated horizon decides, by its end
        ((ASKED, "客户：就这个礼拜吧。"), "H"),
        ((ASKED, "客户：这两天。"), "H"),
        ((ASKED, "客户：尽快吧。"), "H"),
        ((ASKED, "客户：十天之内吧。"), "A"),
        ((ASKED, "客户：月底前吧。"), "B"),
        ((ASKED, "客户：下个月。"), "C"),
        ((ASKED, "客户：过完年再说。"), "C"),
        # no horizon: an agreed visit, and how much is known
        (("客户：我周六下午过来看看。",), "B"),
        (("客户：我周六下午过来试驾，预算二十万以内，全款。",), "A"),
        (("客户：我想看途观L，周六过来，旧车飞度一五年的你们收吧？",), "A"),
        (("客户：二十八号我过来试驾，预算二十万以内，全款。",), "B"),
        # interest alone
        (("客户：途观L现在优惠多少？",), "C"),
        (("客服：您先看看资料。", "客户：太贵了，空间也小。"), "C"),
        # nothing to judge by
        (("客服：喂，您好，打扰了。", "客户：嗯，我在忙，回头说。"), "N"),
        # orders, and orders cancelled
        (("客户：那我付了啊，好了，付成功了。",), "O"),
        (("客户：我上礼拜天在你们店订的，什么时候到车？",), "O"),
        (("客户：我上个月在你们店订的，不要车了，退订。",), "F"),
        # lost
        (("客服：车买了没？", "客户：早买了，上个月提的。"), "F"),
        (("客户：我已经在别家订了。",), "F"),
        (("客户：我不买车了，别再打了。",), "F"),
        (("客服：是陈先生吗？", "客户：打错了。"), "F"),
        (("客服：还考虑途观L吗？", "客户：不考虑了，我买了RAV4。"), "F"),
        (("客服：考虑得怎么样？", "客户：上个礼拜在城西那家定了，便宜三千呢。"), "F"),
        (("客服：您最近有买车的打算吗？", "客户：没有，家里两台车了，用不着。"), "F"),
        (("客户：我孩子点错了，我不需要买车。",), "F"),
        (("客户：车我不要了，你们把定金退我。",), "F"),
        (("客户：你们再不交车我就退订。我上个月订的途观L。",), "O"),
        (("客服：您订的途观L到店了，什么时候来提？", "客户：周六来。"), "O"),
        # an owner asked about the service
        (("客服：您提车快一个月了，车开着还习惯吧？", "客户：习惯，没啥问题。"), "N"),
        # somebody else
        (("客服：韩先生在吗？", "客户：他是我儿子，手机落家里了。"), "N"),
        (("客户：您好，机主现在不方便接听，我是智能助理。",), "N"),
    ],
)
def test_letter(lines: tuple[str, ...], letter: str) -> None:
    assert grade_of(*lines, brand="上汽大众").letter == letter


@pytest.mark.parametrize(
    "lines",
    [
        ("客户：我同事已经买了，我还在看途观L。",),
        ("客服：您定了没有？", "客户：还没定，再看看。"),
        ("客户：这车我喜欢，就是贵，买不起啊，再便宜点。",),
        ("客服：有兴趣来看看吗？", "客户：先发资料我看看吧。"),
        ("客户：没买呢，就想看看途观L。",),
        ("客户：这款太贵，不买不行的，再便宜点？",),
        ("客户：保险我不买你们的，途观L多少钱？",),
        ("客户：定金能退吗？途观L我挺喜欢。",),
        ("客户：白天别打电话，晚上打，途观L我再看看。",),
        ("客户：要是我订了又不想要了，能退订吗？途观L。",),
    ],
)
def test_what_only_sounds_like_an_end_does_not_end_a_lead(lines: tuple[str, ...]) -> None:
    assert grade_of(*lines, brand="上汽大众").letter == "C"


@pytest.mark.parametrize(
    ("said", "default", "quarter"),
    [("这个礼拜", "H", "H"), ("月底前", "B", "A"), ("下个月", "C", "B"), ("五月底", "C", "B"), ("年底", "C", "C")],
)
def test_presets(said: str, default: str, quarter: str) -> None:
    assert grade_of(ASKED, f"客户：{said}吧。").letter == default
    assert grade_of(ASKED, f"客户：{said}吧。", preset="quarter").letter == quarter


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(BadSettings, match="default, quarter"):
        RuleGrader(RULEBOOK.grading, "weekly")


def test_a_call_without_speech_is_nothing_to_judge_by() -> None:
    grade = grade_of()
    assert grade.letter == "N"
    assert "没有听到说话" in grade.reasons[0].text


@pytest.mark.parametrize(
    ("lines", "until"),
    [
        ((ASKED, "客户：就这个礼拜吧。"), "2026-03-14"),
        ((ASKED, "客户：十天之内吧。"), "2026-03-19"),
        ((ASKED, "客户：月底前吧。"), "2026-03-27"),
        ((ASKED, "客户：下个月。"), "2026-04-11"),
        (("客服：您好。", "客户：嗯。"), "2026-03-13"),
        (("客户：我已经在别家订了。",), "2026-03-13"),
        (("客户：那我付了啊。",), None),
        (("客户：别再给我打电话了。",), None),
    ],
)
def test_next_contact(lines: tuple[str, ...], until: str | None) -> None:
    due = grade_of(*lines).next_contact_by
    assert due == (date.fromisoformat(until) if until else None)


@pytest.mark.parametrize(
    ("today", "working_day"),
    [
        ("2026-03-13", "2026-03-16"),  # a Friday
        ("2026-04-03", "2026-04-07"),  # before Qingming
        ("2026-09-30", "2026-10-08"),  # before National Day
        ("2026-02-13", "2026-02-14"),  # a Saturday worked for the Spring Festival
        ("2035-06-01", "2035-06-04"),  # a year not announced yet
    ],
)
def test_working_day(today: str, working_day: str) -> None:
    assert next_working_day(date.fromisoformat(today)) == date.fromisoformat(working_day)


def test_whoever_asks_not_to_be_called_is_not_called_again() -> None:
    grade = grade_of("客户：我不买车，以后别再打了。")
    assert grade.letter == "F"
    assert grade.next_contact_by is None
    assert any("不再" in reason.text for reason in grade.reasons)


def test_a_finding_can_end_a_lead_too() -> None:
    call, transcript = a_call(), a_transcript("客户：我在城东提了一台了呀。")
    quote = Evidence(utterance=0, start=0, end=6, quote=transcript.utterances[0].text[:6])
    finding = Finding(
        rule_id="x", category=Category.LOST_TO_COMPETITOR, severity=Severity.ALERT, probability=0.9, evidence=(quote,), reason="客户已在别处买车",
    )  # fmt: skip
    grade = RuleGrader(RULEBOOK.grading).grade(call, transcript, write_memo(call, transcript, RULEBOOK), (finding,))
    assert grade.letter == "F"
    assert grade.reasons[0].evidence == (quote,)


def signs_of(*lines: str, brand: str | None = None) -> LeadSigns:
    call, transcript = a_call(brand=brand), a_transcript(*lines)
    memo = write_memo(call, transcript, RULEBOOK)
    return see_lead(call, transcript, memo, (), RULEBOOK.grading, RULEBOOK.grading.presets["default"])


def test_features_tell_each_thing_apart() -> None:
    features = signs_of(
        "客户：我想看途观L，预算二十万以内，全款，周六下午三点过来，月底前要买。", brand="上汽大众"
    ).features
    assert features == LeadFeatures(
        speech=True,
        purchase_until=date(2026, 3, 31),
        days_to_purchase=19,
        horizon=Letter.B,
        visit_in_days=2,
        visit_at_an_hour=True,
        budget_known=True,
        model_chosen=True,
        payment_known=True,
        interest=("vehicles", "budget", "purchase_time", "payment"),
        customer_turns=1,
        customer_characters=33,
    )
    assert features.engagement == 3


def test_what_speaks_against_a_purchase_is_a_feature_too() -> None:
    features = signs_of(
        "客服：这周六来试驾吧？",
        "客户：周六有空就来，我不着急的，得跟我老婆商量，还在看凯美瑞。",
        "客服：给您办个贷款？",
        "客户：贷款不用了，你们油耗太高。",
        brand="上汽大众",
    ).features
    assert features.unhurried
    assert features.visit_hedged
    assert (features.others_decide, features.competitors, features.declines) == (1, 1, 1)
    assert features.concerns >= 1


def test_a_deposit_to_be_paid_is_no_order() -> None:
    assert signs_of("客户：那行，我明天网上把定金付了。").features.outcomes == ()


def test_an_order_is_seen_with_its_words() -> None:
    signs = signs_of("客户：好了，付成功了。")
    assert signs.features.outcomes == (Outcome.ORDERED,)
    assert [(seen.outcome, seen.evidence.quote) for seen in signs.outcomes] == [(Outcome.ORDERED, "好了，付成功了")]


def test_a_grade_keeps_what_it_was_made_of() -> None:
    grade = grade_of(ASKED, "客户：月底前吧。")
    assert grade.features is not None
    assert (grade.features.horizon, grade.features.days_to_purchase) == (Letter.B, 19)


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31)), st.integers(min_value=0, max_value=120))
@settings(max_examples=60, deadline=None)
def test_the_letter_falls_as_the_horizon_moves_away(today: date, days: int) -> None:
    until = today + timedelta(days=days)
    grade = grade_of(ASKED, f"客户：{until.year}年{until.month}月{until.day}号吧。", time=f"{today}T10:00:00+08:00")
    expected = Letter.H if days <= 7 else Letter.A if days <= 15 else Letter.B if days <= 30 else Letter.C
    assert grade.letter is expected


def test_the_grader_names_itself() -> None:
    assert RuleGrader(RULEBOOK.grading, "quarter").version == "rules-2/quarter"
