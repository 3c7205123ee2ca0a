from __future__ import annotations

import json
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from builders import a_call, a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.corrections import CorrectedField, Correction, current_memo, holding
from qc.domain import Appointment, Budget, Doubt, Evidence, Memo, PurchaseTime, Transcript
from qc.memo import write_memo
from qc.memo_text import MemoText, put_in_words, stated
from qc.review import Person
from qc.rulebook import Rulebook
from qc.writing import (
    CarsIn,
    Checked,
    Drop,
    DropReason,
    RawProposal,
    Reply,
    WriterOutcome,
    Writing,
    cars_by,
    check_reply,
    standing,
)
from qc.writing.support import is_supported

CALLS = Path(__file__).resolve().parents[2] / "evaluation" / "calls"
CALL = a_call(brand="大众")
"""A Thursday, 2026-03-12."""
SAID = a_transcript(
    "客服：张先生您好，落地二十二万左右可以吗？周六下午三点有空吗？",
    "客户：我预算最多十八万落地，想要白色的迈腾，家里七口人坐。",
    "客户：这周六下午三点我过去，月底前要买，旧车是一五年的飞度。",
    "客服：好，我今天把报价单发您，凯美瑞那边您也看过？",
    "客户：凯美瑞看过，分期吧，我太太也要看看。",
)
MEMO = Memo(
    customer_name="张先生",
    vehicles=("迈腾",),
    preferences=("不要红色",),
    appointment=Appointment(at="2026-03-14T15:00", kind="到店"),
    evidence={
        "customer_name": (Evidence(utterance=0, start=0, end=3, quote="张先生"),),
        "vehicles": (Evidence(utterance=1, start=15, end=17, quote="迈腾"),),
        "preferences": (Evidence(utterance=1, start=11, end=14, quote="白色的"),),
        "appointment": (Evidence(utterance=2, start=0, end=7, quote="这周六下午三点"),),
    },
)
TEXT = put_in_words(stated(MEMO), CALL.time.date())


WHOLE = (
    "3月12日周四与王女士通话：想买赛那，用途是家用、两个孩子、周末出游。预算落地35万以内，打算贷款，"
    "购车时间最晚3月31日周二（“月底之前”），要和老公商量。偏好七座、白色。已约3月14日周六10:00到店，我方答应发配置表。"
)


@pytest.fixture(scope="module")
def cars_in(rulebook: Rulebook) -> CarsIn:
    return cars_by(rulebook.vehicles, CALL)


def checked(reply: Reply, cars_in: CarsIn, *, said: Transcript = SAID, memo: Memo = MEMO) -> Checked:
    return check_reply(reply, CALL, said, memo, put_in_words(stated(memo), CALL.time.date()), cars_in)


def proposing(field: Any, value: Any, quote: Any) -> Reply:
    return Reply(proposals=(RawProposal(field=field, value=value, quote=quote),))


@pytest.mark.parametrize(
    ("field", "value", "quote", "kept"),
    [
        (
            "budget",
            {"min": None, "max": 180000, "basis": "落地"},
            "预算最多十八万落地",
            Budget(min=None, max=180_000, basis="落地"),
        ),
        ("use", "七口人坐", "家里七口人坐", "七口人坐"),
        ("preferences", "白色", "想要白色的迈腾", "白色"),
        ("competitors", "凯美瑞", "凯美瑞看过", "凯美瑞"),
        ("payment", "贷款", "分期吧", "贷款"),
        ("decision_makers", "太太", "我太太也要看看", "太太"),
        ("trade_in", "2015款飞度", "旧车是一五年的飞度", "2015款飞度"),
        (
            "purchase_time",
            {"from": "2026-03-12", "to": "2026-03-31", "said": "月底前"},
            "月底前要买",
            PurchaseTime.model_validate({"from": "2026-03-12", "to": "2026-03-31", "said": "月底前"}),
        ),
        ("promises", "今天发报价单", "我今天把报价单发您", "今天发报价单"),
    ],
)
def test_what_the_words_support_is_kept(field: str, value: Any, quote: str, kept: Any, cars_in: CarsIn) -> None:
    result = checked(proposing(field, value, quote), cars_in)
    assert result.dropped == ()
    (proposal,) = result.proposals
    assert (proposal.field, proposal.value) == (field, kept)
    place = proposal.evidence
    assert SAID.utterances[place.utterance].text[place.start : place.end] == quote


@pytest.mark.parametrize(
    ("field", "value", "quote", "reason"),
    [
        ("grade", "H", "分期吧", DropReason.UNKNOWN_FIELD),
        ("evidence", {}, "分期吧", DropReason.UNKNOWN_FIELD),
        (None, "H", "分期吧", DropReason.UNKNOWN_FIELD),
        (["budget"], "H", "分期吧", DropReason.UNKNOWN_FIELD),
        ("budget", "十八万", "最多十八万", DropReason.BAD_VALUE),
        ("use", ["接送孩子"], "家里七口人坐", DropReason.BAD_VALUE),
        ("use", "", "家里七口人坐", DropReason.BAD_VALUE),
        ("payment", "现金", "分期吧", DropReason.BAD_VALUE),
        ("appointment", {"at": "周六", "kind": "到店"}, "这周六下午三点我过去", DropReason.BAD_VALUE),
        ("use", "接送孩子", "平时接送孩子", DropReason.NO_QUOTE),
        ("use", "七口人坐", "家里 七口人坐", DropReason.NO_QUOTE),
        ("use", "七口人坐", "坐", DropReason.NO_QUOTE),
        ("use", "七口人坐", None, DropReason.NO_QUOTE),
        ("use", "七口人坐", "家里七口人坐。\n这周六", DropReason.NO_QUOTE),
        (
            "budget",
            {"min": None, "max": 220000, "basis": "落地"},
            "落地二十二万左右可以吗",
            DropReason.WRONG_PARTY,
        ),
        ("promises", "这周六过来", "这周六下午三点我过去", DropReason.WRONG_PARTY),
        (
            "appointment",
            {"at": "2026-03-14T15:00", "kind": "到店"},
            "周六下午三点有空吗",
            DropReason.WRONG_PARTY,
        ),
        ("budget", {"min": None, "max": 160000, "basis": None}, "预算最多十八万落地", DropReason.FIGURE_NOT_QUOTED),
        ("use", "八口人坐", "家里七口人坐", DropReason.FIGURE_NOT_QUOTED),
        ("trade_in", "2016款飞度", "旧车是一五年的飞度", DropReason.FIGURE_NOT_QUOTED),
        (
            "purchase_time",
            {"from": "2026-03-12", "to": "2026-04-30", "said": "月底前"},
            "月底前要买",
            DropReason.FIGURE_NOT_QUOTED,
        ),
        (
            "purchase_time",
            {"from": "2026-03-12", "to": "2026-03-31", "said": "三月底"},
            "月底前要买",
            DropReason.FIGURE_NOT_QUOTED,
        ),
        (
            "appointment",
            {"at": "2026-03-15T15:00", "kind": "到店"},
            "这周六下午三点我过去",
            DropReason.FIGURE_NOT_QUOTED,
        ),
        (
            "appointment",
            {"at": "2026-03-14T16:00", "kind": "到店"},
            "这周六下午三点我过去",
            DropReason.FIGURE_NOT_QUOTED,
        ),
        ("budget", {"min": None, "max": 180000, "basis": "裸车"}, "预算最多十八万落地", DropReason.NOT_IN_QUOTE),
        ("payment", "全款", "分期吧", DropReason.NOT_IN_QUOTE),
        ("competitors", "雅阁", "凯美瑞看过", DropReason.NOT_IN_QUOTE),
        ("preferences", "黑色内饰", "想要白色的迈腾", DropReason.NOT_IN_QUOTE),
        ("concerns", "觉得太贵", "想要白色的迈腾", DropReason.NOT_IN_QUOTE),
    ],
)
def test_what_they_do_not_is_dropped_with_the_reason(
    field: Any, value: Any, quote: Any, reason: DropReason, cars_in: CarsIn
) -> None:
    result = checked(proposing(field, value, quote), cars_in)
    assert result.proposals == ()
    assert [drop.reason for drop in result.dropped] == [reason]


def test_words_that_nobody_may_have_said_prove_nothing(cars_in: CarsIn) -> None:
    doubted = tuple(said.model_copy(update={"doubt": Doubt.PHANTOM}) for said in SAID.utterances)
    said = SAID.model_copy(update={"utterances": doubted})
    result = checked(proposing("use", "七口人坐", "家里七口人坐"), cars_in, said=said)
    assert [drop.reason for drop in result.dropped] == [DropReason.NO_QUOTE]


def test_what_the_memo_has_already_is_no_news(cars_in: CarsIn) -> None:
    result = checked(proposing("vehicles", "迈腾", "想要白色的迈腾"), cars_in)
    assert (result.proposals, result.dropped) == ((), ())


def test_a_flood_of_proposals_is_cut(cars_in: CarsIn) -> None:
    flood = Reply(proposals=(RawProposal(field="use", value="七口人坐", quote="家里七口人坐"),) * 40)
    result = checked(flood, cars_in)
    assert len(result.proposals) == 1
    assert result.dropped == (Drop(reason=DropReason.TOO_MANY),) * 10


@pytest.mark.parametrize(
    "summary",
    [
        TEXT.summary,
        "张先生想买迈腾，不要红色，已约3月14日周六15:00到店。",
        "3月12日周四和张先生通话，他想买迈腾，颜色上不要红色，3月14日周六15:00到店。",
    ],
)
def test_a_summary_may_say_the_same_in_other_words(summary: str, cars_in: CarsIn) -> None:
    assert checked(Reply(summary=summary), cars_in).summary == summary


@pytest.mark.parametrize(
    "summary",
    [
        "张先生想买迈腾，预算18万，已约3月14日周六15:00到店。",
        "张先生想买迈腾，已约3月15日到店。",
        "张先生想买迈腾，已约14月3日到店。",
        "张先生想买迈腾，已约3月14日周日到店。",
        "张先生想买迈腾，已约3月14日周六16:00到店。",
        "张先生想买迈腾，已约明天到店。",
        "张先生想买帕萨特，不要红色。",
        "张先生想买迈腾，也在看凯美瑞。",
        "张先生想买GL8，不要红色。",
        "李先生想买迈腾，不要红色。",
        "张先生和太太想买迈腾。",
        "张先生想买迈腾，两个孩子要接送。",
        "张先生想买迈腾，要红色。",
        "张先生想买迈腾，已付定金。",
        "张先生对服务很满意，想买迈腾。",
        "**张先生**想买迈腾。",
        "张先生想买迈腾，见http://example.com。",
        "张先生想买迈腾。\n不要红色。",
        "〔人9〕想买迈腾。",
        "张先生想买迈腾。" * 60,
    ],
)
def test_a_summary_that_says_more_is_dropped(summary: str, cars_in: CarsIn) -> None:
    result = checked(Reply(summary=summary), cars_in)
    assert result.summary is None
    assert result.dropped == (Drop(reason=DropReason.SUMMARY_UNSUPPORTED, field="summary"),)


@pytest.mark.parametrize(
    "summary",
    [
        "王女士想买一台赛那，主要家用，有两个孩子，周末出游；预算落地35万以内，准备贷款，最晚3月31日定下来。",
        "王女士意向是赛那，偏好白色、七座，落地预算控制在35万以内，打算贷款，月底之前购车，需要和老公商量。",
        "王女士计划月底之前购买赛那，她已约好3月14日周六10:00到店看车，我方会发配置表。",
    ],
)
def test_other_words_for_a_whole_call(summary: str, cars_in: CarsIn) -> None:
    assert is_supported(summary, WHOLE, cars_in)


@pytest.mark.parametrize(
    ("said", "twisted"),
    [
        ("35万以内", "35万"),
        ("35万以内", "35万以上"),
        ("落地", "裸车"),
        ("最晚", "最早"),
        ("3月14日周六", "3月14日周二"),
        ("3月31日周二", "3月14日周二"),
        ("10:00", "11:00"),
        ("贷款", "全款"),
        ("赛那", "汉兰达"),
        ("王女士", "王先生"),
        ("老公", "公公"),
        ("两个孩子", "三个孩子"),
        ("七座", "五座"),
        ("白色", "黑色"),
        ("家用", "商用"),
        ("配置表", "报价单"),
        ("到店", "试驾"),
        ("发配置表。", "发配置表。客户很着急。"),
        ("发配置表。", "发配置表，态度较好。"),
    ],
)
def test_one_twisted_word_is_enough(said: str, twisted: str, cars_in: CarsIn) -> None:
    assert is_supported(WHOLE, WHOLE, cars_in)
    assert not is_supported(WHOLE.replace(said, twisted), WHOLE, cars_in)


def labelled_memos() -> list[tuple[Memo, MemoText]]:
    """What people hold to be the memos of the calls that may be read, each in the machine's words."""
    memos = []
    for path in sorted(CALLS.glob("d[ab]-*.json")):
        labelled = json.loads(path.read_bytes())
        somewhere = [{"utterance": 0, "start": 0, "end": 1, "quote": "喂"}]
        evidence = {name: somewhere for name, value in labelled["memo"].items() if value}
        memo = Memo.model_validate({**labelled["memo"], "evidence": evidence})
        memos.append((memo, put_in_words(stated(memo), date.fromisoformat(labelled["call_time"][:10]))))
    return memos


def test_what_another_customer_wants_is_noticed_in_a_summary(cars_in: CarsIn) -> None:
    """Each wish, worry, car and name of a call is replaced by one of the next call that this one does not hold."""
    memos = labelled_memos()
    passed, tried = [], 0
    for (memo, text), (other, _) in pairwise(memos):
        for name in ("customer_name", "vehicles", "use", "preferences", "concerns", "decision_makers"):
            pairs = product(entries(getattr(memo, name)), entries(getattr(other, name)))
            for mine, theirs in pairs:
                if mine in text.summary and not any(
                    theirs[at : at + 2] in text.summary for at in range(len(theirs) - 1)
                ):
                    tried += 1
                    twisted = text.summary.replace(mine, theirs)
                    passed += [twisted] if is_supported(twisted, text.summary, cars_in) else []
    assert tried > 200
    assert passed == []


def entries(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def test_the_machines_own_summary_always_passes(rulebook: Rulebook, cars_in: CarsIn) -> None:
    memo = write_memo(CALL, SAID, rulebook)
    assert len(stated(memo)) > 5
    summary = put_in_words(stated(memo), CALL.time.date()).summary
    assert checked(Reply(summary=summary), cars_in, memo=memo).summary == summary


words = st.text("张王先生女士预算十二八万落地白色迈腾凯美瑞这周六下午三点月底前孩子3月14日5GL8，。*", max_size=12)
values = words | st.none() | st.integers() | st.dictionaries(st.sampled_from(["min", "max", "at", "kind"]), words)


@settings(max_examples=300, deadline=None)
@given(
    proposals=st.lists(st.tuples(st.sampled_from([*Memo.fields(), "grade"]), values, words), max_size=5), summary=words
)
def test_whatever_is_answered_every_proposal_is_quoted(
    proposals: list[tuple[str, Any, str]], summary: str, cars_in: CarsIn
) -> None:
    raw = tuple(RawProposal(field=field, value=value, quote=quote) for field, value, quote in proposals)
    result = checked(Reply(summary=summary, proposals=raw), cars_in)
    assert len(result.proposals) + len(result.dropped) <= len(raw) + 1
    for proposal in result.proposals:
        place = proposal.evidence
        assert SAID.utterances[place.utterance].text[place.start : place.end] == place.quote
        assert any(place.quote == quote for _, _, quote in proposals)


def test_what_somebody_has_corrected_is_not_proposed_and_not_summed_up_again(cars_in: CarsIn) -> None:
    result = checked(
        Reply(
            summary="张先生想买迈腾。",
            proposals=(
                RawProposal(field="payment", value="贷款", quote="分期吧"),
                RawProposal(field="use", value="七口人坐", quote="家里七口人坐"),
            ),
        ),
        cars_in,
    )
    writing = Writing(model="m", outcome=WriterOutcome.WRITTEN, basis=TEXT.summary, **result._asdict())
    machine = current_memo(MEMO, ())
    assert standing(writing, machine, TEXT) == writing
    correction = Correction(
        id="cor_1",
        recording_id="rec_1",
        inspection_id="ins_1",
        fields={"payment": CorrectedField(machine=None, value="全款")},
        by=Person(name="王磊"),
        created_at=CALL.time,
    )
    current = current_memo(MEMO, (correction,))
    left = standing(writing, current, put_in_words(holding(current), CALL.time.date()))
    assert (left.summary, [proposal.field for proposal in left.proposals]) == (None, ["use"])
