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
    rf"(?P<date>(?:{_N}年)?{_N}月(?:{_N}[日号](?:周[一二三四五六日])?)?)"
    rf"|(?P<clock>\d{{1,2}}[:：]\d\d)"
    rf"|(?P<other>(?:{_N}|一(?=[万千百月号日点成年]))(?:万|[^\s，。；、：！？“”（）()\d])?)"
)
_WEEKDAY: Final = re.compile(r"(?<![日号])[周期拜][一二三四五六]")
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
    r"[订定]金|下单|下订|成交|签约|签合同|付款|付清|交车|提车|投诉|退[订款车]|保证|免费|赠送|优惠|打折|降价|补贴|贷款|全款|分期|首付|月供"
    r"|以内|以上|以下|左右|最多|至少|最晚|置换|二手|试驾|到店|上门|回访|微信|电话|短信|现车|保险|上牌|满意|不满|生气|拒绝|放弃|已[买购订]|必须|一定|肯定"
)
"""What would be a claim of its own if no field spoke of it."""
_NEGATED: Final = re.compile(r"(?:不要|不想要|不喜欢|别要|没有|不)[一-龥]{2,6}")
_CEILING: Final = re.compile(r"(\d+(?:\.\d+)?万)以内")
_CEILING_NEAR: Final = re.compile(r"以内|之内|以下|不超过?|别超过?|最多|最高|顶多|至多|封顶|上限")
_JOINING: Final = re.compile(
    r"客户|对方|本人|她|他|它|该|此|这|那|其中?|我方|我们|本店|店里|销售|顾问"
    r"|以及|并且|而且|但是|不过|同时|另外|此外|还有|另有|其他|等等|对于|为了|因为|所以|由于|如果"
    r"|想买|购买|购车|买车|换车|选购|看车|车型|车辆|一[台辆款下位]|意向|有意|考虑|打算|计划|准备|希望|需要|需求|用途|用于|用来|主要|平时|日常"
    r"|预算|价位|控制|付款|方式|支付|采用|选择|时间|大约|大概|预计|置换|旧车|现有|目前|现在|正在|在看|关注|对比|比较|倾向|偏好|喜欢|颜色|配置"
    r"|顾虑|担心|担忧|关心|疑虑|在意|提到|提及|表示|认为|商量|家里|一起|共同|决定|参与|意见|看看|了解"
    r"|已?约[好定]|已约|预约|定于|定在|定下来|下来|届时|承诺|答应|应允|会把|安排|跟进|后续|下一步|接下来|发送|发给|提供|联系|沟通|通话|电话中|方便|最好|通过|进行|完成"
    r"|[的了着过地得和与跟同及并而但也还又再都就才则只仅均已将会要想让请被把给对为因如在于从到向往按用以由里中内上下前后时间等是有车款辆台说称约来]"
)
"""What holds a sentence together and claims nothing of its own."""
_HAN: Final = re.compile(r"[一-龥]")
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

    All its words are held ones or such as only join them; it may put them together otherwise, and say less. Which held
    word goes with which is not seen: 打算贷款 passes where 全款 is planned and 贷款 is a worry.
    """
    if _MARKUP.search(text):
        return False
    for found in (_LATIN, _WHEN, _KIN, _PERSON, _CLAIM):
        if any(word.group() not in held for word in found.finditer(text)):
            return False
    known = {*figures(held), *(re.sub(r"周.$", "", figure) for figure in figures(held))}
    return (
        all(figure in known for figure in figures(text))
        and cars_in(text) <= cars_in(held)
        and all(kept in text or _core(kept) not in text for kept in _NEGATED.findall(held))
        and all(_is_ceiling(text, ceiling) for ceiling in _CEILING.findall(held))
        and not _own_words(text, held)
    )


def _own_words(text: str, held: str) -> str:
    """The characters that stand in no two-character stretch of ``held`` and in no word that only joins."""
    covered = {at for at in range(len(text) - 1) if text[at : at + 2] in held}
    covered |= {at + 1 for at in covered}
    covered |= {at for word in _JOINING.finditer(text) for at in range(*word.span())}
    return "".join(found.group() for found in _HAN.finditer(text) if found.start() not in covered)


def _is_ceiling(text: str, sum_: str) -> bool:
    """Whether a sum that is the most somebody will pay is nowhere put as what he or she will pay."""
    return all(
        _CEILING_NEAR.search(text, max(0, found.start() - 6), found.end() + 4)
        for found in re.finditer(rf"(?<![\d.]){re.escape(sum_)}", text)
    )


def _core(negated: str) -> str:
    """不要红色 without its negation."""
    return re.sub(r"^(?:不要|不想要|不喜欢|别要|没有|不)", "", negated)
