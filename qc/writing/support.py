"""Whether words are supported by other words: figures, days, cars and people, each by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from qc.domain import Call, Speaker, Transcript, Utterance
from qc.memo.car_names import cars_named
from qc.memo.numerals import number
from qc.rulebook.needs import Vehicles
from qc.writing.masking import SURNAMES, TITLES

CarsIn = Callable[[str], frozenset[str]]
"""The cars that a text names, by brand and series."""

_N: Final = r"(?:\d+(?:\.\d+)?|[零〇幺一二两三四五六七八九十百千点]*[零〇幺二两三四五六七八九十百千][零〇幺一二两三四五六七八九十百千点]*)"
_FIGURE: Final = re.compile(
    rf"(?P<date>(?:{_N}年)?{_N}月(?:{_N}[日号])?)"
    rf"|(?P<clock>\d{{1,2}}[:：]\d\d)"
    rf"|(?P<other>(?:{_N}|一(?=[万千百月号日点成年]))(?:万|[^\s，。；、：！？“”（）()\d])?)"
)
_WEEKDAY: Final = re.compile(r"[周期拜][一二三四五六]")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(?:\s[A-Z]\b)?")
_WHEN: Final = re.compile(
    r"大?[今明后昨前]天|[今明昨]晚|上午|下午|中午|晚上|早上|凌晨|(?:[上下本这]个?)?(?:周|星期|礼拜)[一二三四五六日天末]|[上下本这]个?(?:周|月|星期|礼拜)"
    r"|月[初中底末]|年[初中底末]|[今明去后前]年|春节|过年|元旦|清明|五一|端午|中秋|国庆|除夕|双十[一二]|尽快|马上|近期|随时"
)
_KIN: Final = re.compile(
    r"老公|丈夫|爱人|太太|老婆|媳妇|妻子|夫人|父母|父亲|母亲|爸妈?|妈妈?|儿子|女儿|孩子|小孩|老人|岳父|岳母|公婆|婆婆|公公|丈母娘|老丈人"
    r"|哥哥|姐姐|弟弟|妹妹|朋友|同事|领导|老板|家人|家里人|爷爷|奶奶|外公|外婆"
)
_PERSON: Final = re.compile(rf"[{SURNAMES}][一-龥]{{0,2}}?(?:{TITLES})")
_CLAIM: Final = re.compile(
    r"[订定]金|下单|下订|成交|签约|签合同|付款|付清|交车|提车|投诉|退[订款车]|保证|承诺|免费|赠送|优惠|打折|降价|补贴|贷款|全款|分期|首付|月供"
    r"|以内|以上|以下|左右|最多|至少|最晚|置换|二手|试驾|到店|上门|回访|微信|电话|短信|现车|保险|上牌|满意|不满|生气|拒绝|放弃|已[买购订]|必须|一定|肯定"
)
"""What would be a claim of its own if no field spoke of it."""
_NEGATED: Final = re.compile(r"(?:不要|不想要|不喜欢|别要|没有|不)[一-龥]{2,6}")
_MARKUP: Final = re.compile(r"[*#`<>\[\]{}|_~〔〕\\]|https?:|www\.|[\r\n]")


def cars_by(vehicles: Vehicles, call: Call) -> CarsIn:
    """A reader of car names by this catalogue."""
    anywhere = Call(time=call.time)

    def cars_in(text: str) -> frozenset[str]:
        said = Utterance(speaker=Speaker.CUSTOMER, start_ms=0, end_ms=0, text=text)
        return frozenset(cars_named(anywhere, Transcript(utterances=(said,), recogniser="text"), vehicles, 0))

    return cars_in


def figures(text: str) -> Iterator[str]:
    """Every figure with what it counts, written one way: ``22万``, ``3月14日``, ``15:00``, ``7座``."""
    bare = _WEEKDAY.sub(" ", _LATIN.sub(" ", text))
    for found in _FIGURE.finditer(bare):
        yield re.sub(_N, _plain, found.group().replace("：", ":").replace("号", "日"))


def numbers(text: str) -> frozenset[float]:
    """Every number of a text, those in names such as L6 included."""
    said = (number(found.group()) for found in re.finditer(rf"{_N}|一", text))
    return frozenset(value for value in said if value is not None)


def _plain(found: re.Match[str]) -> str:
    value = number(found.group())
    return found.group() if value is None else f"{value:g}"


def is_supported(text: str, held: str, cars_in: CarsIn) -> bool:
    """Whether a text says nothing that ``held`` does not: no other figure, day, car, name, relative or claim.

    It may be worded otherwise, and say less.
    """
    if _MARKUP.search(text):
        return False
    for found in (_LATIN, _WHEN, _KIN, _PERSON, _CLAIM):
        if any(word.group() not in held for word in found.finditer(text)):
            return False
    known = set(figures(held))
    if any(figure not in known for figure in figures(text)):
        return False
    if not cars_in(text) <= cars_in(held):
        return False
    return all(kept in text or _core(kept) not in text for kept in _NEGATED.findall(held))


def _core(negated: str) -> str:
    """不要红色 without its negation."""
    return re.sub(r"^(?:不要|不想要|不喜欢|别要|没有|不)", "", negated)
