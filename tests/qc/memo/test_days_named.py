"""Days that only the lines around them make clear."""

from __future__ import annotations

from datetime import date

import pytest
from builders import a_transcript

from qc.memo.days_named import days_of
from qc.memo.talk import Talk

TODAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        # in the month that was named before
        (("客服：您是五月几号方便？", "客户：下旬吧。"), "2026-05-21", "2026-05-31"),
        (("客服：新款四月上市。", "客户：四月几号？", "客服：大概十六号。"), "2026-04-16", "2026-04-16"),
        (("客户：四月十号发奖金，十八号之前我来。",), "2026-04-10", "2026-04-17"),
        (("客户：五月三号考完，七号礼拜四带他来。",), "2026-05-07", "2026-05-07"),
        # … but not of one that is denied, limits only, or was left for another
        (("客服：得四月了吧？", "客户：不用，二十号就能拿钱。"), "2026-03-20", "2026-03-20"),
        (("客户：四月五号要交房，这个月，二十五号之前定。",), "2026-03-12", "2026-03-24"),
        (("客服：四月一号前您给个信，我二十八号打给您。",), "2026-03-28", "2026-03-28"),
        (("客服：下个月涨价。", "客户：那我月底来。"), "2026-03-21", "2026-03-31"),
        (("客服：四月国补就没了，您哪天来？", "客户：我二十八号过来。"), "2026-03-28", "2026-03-28"),
        (("客服：这个优惠下周就没有了。", "客户：那我周六过来看看。"), "2026-03-14", "2026-03-14"),
        # that week
        (("客户：四月十四号领证，那个周末去提。",), "2026-04-18", "2026-04-19"),
        (("客户：四月十三号那个礼拜吧。",), "2026-04-13", "2026-04-19"),
        # a bare weekday of the week or date named before
        (("客服：这周还是下周？", "客户：下周，周六休息。"), "2026-03-21", "2026-03-21"),
        (("客户：下礼拜一二都忙。", "客服：那礼拜五呢？"), "2026-03-20", "2026-03-20"),
        (("客户：四月十二号吧，周日。", "客服：好，周日几点？"), "2026-04-12", "2026-04-12"),
        (("客户：五月自驾要用新车，十五号周日来看。",), "2026-03-15", "2026-03-15"),
        # before what happens on a day named elsewhere
        (("客户：五月六号去新公司报到。", "客服：那得抓紧。", "客户：报到前提车。"), "2026-03-12", "2026-05-05"),
        (("客服：您年审几号？", "客户：四月二号。", "客服：那年审前换？"), "2026-03-12", "2026-04-01"),
        (("客户：展会前要用，展会四月二十号开。",), "2026-03-12", "2026-04-19"),
        # from when there is money, or what is waited for
        (("客户：二十号发工资，月底之前买。",), "2026-03-20", "2026-03-31"),
        (("客户：四月一号开标，开标两周以内定。",), "2026-04-01", "2026-04-15"),
    ],
)
def test_days_as_the_lines_around_make_them_clear(lines: tuple[str, ...], first: str, last: str) -> None:
    talk = Talk(a_transcript(*lines))
    days = {(str(spell.first), str(spell.last)) for spell in days_of(talk, talk.lines[-1], TODAY)}
    assert (first, last) in days


@pytest.mark.parametrize(
    "lines",
    [
        ("客户：四月六号交房。", "客服：您以前来过吗？"),
        ("客户：四月六号交房。", "客户：三年前就看过你们的车。"),
        ("客户：四月六号交房。", "客服：下班前我给您打电话。"),
    ],
)
def test_no_day_before_what_has_none(lines: tuple[str, ...]) -> None:
    talk = Talk(a_transcript(*lines))
    assert not any(spell.bound for spell in days_of(talk, talk.lines[-1], TODAY))
