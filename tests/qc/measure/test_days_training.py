"""Learning which of the days spoken of are those of the purchase, or to meet on."""

import pytest
from builders import a_transcript

from qc.domain import Call
from qc.errors import BadCall
from qc.measure.annotated import LabelledAppointment, LabelledMemo, LabelledPurchaseTime
from qc.measure.bank import SOME_DAY
from qc.measure.days import Buying, Meeting, Wanted, train_days
from qc.measure.exchanges import Exchange
from qc.memo.talk import Talk

FOURTEENTH = "2026-03-14"
"""The Saturday after `SOME_DAY`."""


def an_exchange(source: str, said: str, *, meets: bool) -> Exchange:
    """The customer names Saturday for a visit, or says what else happens then."""
    memo = LabelledMemo(
        appointment=LabelledAppointment(at=FOURTEENTH) if meets else None,
        purchase_time=None if meets else LabelledPurchaseTime.model_validate({"from": FOURTEENTH, "to": FOURTEENTH}),
    )
    talk = Talk(a_transcript("客服：您那边什么情况？", f"客户：{said}"))
    return Exchange(source, Call(time=SOME_DAY), talk, memo, frozenset({"appointment", "purchase_time"}))


def some_exchanges() -> list[Exchange]:
    """Two writers who speak alike of a day to meet on and of one to buy on."""
    return [
        an_exchange(source, f"{opening}周六{rest}", meets=meets)
        for source in ("one", "two")
        for number in range(26)
        for opening, rest, meets in (
            (f"咱哥{number}个", "登门拜码头", True),
            (f"我那{number}万块", "变成四个轮子", False),
        )
    ]


@pytest.mark.parametrize("wanted", [Meeting(), Buying()])
def test_what_is_learned_from_one_writer_holds_for_the_other(wanted: Wanted) -> None:
    model, report = train_days(some_exchanges(), wanted)
    assert (model.rules, model.threshold) == (wanted.rules, wanted.threshold)
    assert report.left_out
    for left_out in report.left_out:
        assert left_out.right_alone == 0
        assert (left_out.right, left_out.false) == (left_out.present, 0)


def test_exchanges_that_do_not_say_teach_nothing() -> None:
    silent = [each._replace(settled=frozenset({"budget"})) for each in some_exchanges()]
    with pytest.raises(BadCall) as error:
        train_days(silent, Meeting())
    assert error.value.code == "too-few-places"
