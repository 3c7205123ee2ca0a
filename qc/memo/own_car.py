"""The car the customer drives now, and whether it is to be traded in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qc.domain import Evidence
from qc.memo.car_names import JOINED, Mention
from qc.memo.numerals import DIGITS
from qc.memo.talk import Line, Talk

if TYPE_CHECKING:
    from collections.abc import Sequence

_OWNS = re.compile(
    r"(?:现在|原来|以前|之前|目前)(?:是)?(?:开的?(?:是|个|那台)?|那[台辆个])(?:老|旧)?$|(?:现在|目前|这会儿|平时)?(?:开的?(?:就)?(?:是|着)|手里(?:有|的)?(?:就)?是?|旧车(?:是|就是)?|老车(?:是|就是)?|现(?:在)?有(?:的)?|家里(?:现在)?(?:有|那|是|的)|换的是|置换的是)(?:的)?(?:个|一?[台辆部]|那[台辆个])?(?:老|旧|破)?(?:[^，。？]{0,8}[年款]的?)?(?:[两三]厢)?$|"
    r"(?:^|[，。])(?:还)?开(?:的|着)?一?[台辆部](?:老|旧|破)?(?:[^，。？]{0,8}[年款]的?)?$|"
    r"(?:我|俺|咱|我家|我们家|我们)(?:现在|原来|以前)?(?:家)?(?:的|有|还有|开)?(?:个|那|这)?一?(?:[台辆部个])?(?:老|旧|破)?(?:[^，。？]{0,7}[年款]的?)?$|(?:那|这|有|把)一?[台辆部]?(?:个)?(?:老|旧|破)(?:的)?$|(?:老|旧车)$|(?:我|俺|咱)(?:那|这|有|把)[^，。？]{0,8}$"
)
_AGED = re.compile(
    r"^(?:，)?(?:是)?(?:[零〇一二][零〇一二三四五六七八九]|\d{2}|20[012]\d|二零[一二]\S)(?:年|款)|^(?:我)?(?:都|已经)?开了(?:快)?\S{1,3}年|^开(?:着|高速|过来|了)"
)
_ASKS_OWN = re.compile(
    r"开的(?:是)?(?:什么|啥|哪)?|旧车|老车|置换(?!成|什么|哪)|现在.{0,6}(?:什么车|啥车)|家里(?:现在)?(?:有|还有).{0,4}车|原来那[台辆]|要换的是|旧的那[台辆]|评估|抵"
)
_SELLS = re.compile(
    r"置换|换购|换掉|换了它|换新|换台|换个|换辆|换一?[台辆]|卖掉?|抵|收[吗么不伐嘛购的？]|你们(?:还)?(?:收|要(?:不要|吗|么|嘛))|能收|评估|评评|评一?下|估[价个估一多]|值(?:多少|几|个)|出手|以旧换新|二手车|旧车|报废|给你们|收多少|折(?:多少|价)|处理掉|过来估"
)
_KEEPS = re.compile(
    r"(?:不|没打算|不想|不准备)(?:卖|换掉|置换|处理)|置换就?算了|换它(?:干|做)|(?:再|还能|接着)开[几两三]+年|留着(?:拉|给|自己|开|我|用)|(?:给|留给)(?:我|俺|咱)?(?:家)?(?:兄弟|弟|哥|姐|妹|爸|妈|老爹|爹|老爸|老妈|儿子|女儿|闺女|侄|外甥|老婆|媳妇|老公|爱人|岳父|丈人|丈母娘)|卖(?:给|了|掉了)(?!你)|挂网上|过(?:的|了)户|已经卖|早卖|开走|(?:没|哪来的|没有)旧车|不用了"
)
_HANDS_IN = re.compile(r"给你们|卖给你|抵给|置换|换购|成交|就(?:用|拿)[^，。]{0,6}[换抵]|算到车款")
OTHERS = re.compile(
    r"(?:我爸|我妈|老丈人|岳父|丈母娘|我姐|[我俺咱]哥)[^，。？]{0,5}?(?:有|开|(?<![想要])买|提|订|坐|(?<![想要])换|那[台辆])[^，。？]{0,6}$|"
    r"(?:朋友|同事|邻居|亲戚|弟(?!店)|表[哥弟姐妹]|老板|舅子|人家|同学|战友|室友|隔壁|对门|领导|姐夫|妹夫|阿姐|(?:网上|抖音)[^，。？]{0,3}(?:人|网友))(?:家|们)?[^，。？]{0,5}?(?:有|开|买|提|订|坐|换|那[台辆])[^，。？]{0,6}$"
)
_OLD_CAR = re.compile(r"旧车|老车|(?:还)?有(?:个|一?[台辆])车|你们收|拿.{0,3}换|置换")
_SWAP_FOR = re.compile(r"(?:拿|把)(?:我|手里|手上|家里|原来|自己)?(?:的)?(?:那|这)?[^，。]{0,6}$")
_SWAPPED = re.compile(r"^[^，。]{0,6}(?:出[了掉]|卖|换|抵|处理|折)")
_DATED_NEXT = re.compile(
    r"^[，。？！]?[^，。？！]{0,12}[，。？！]?(?:我|俺|咱)(?:那|这)[台辆个部]?[^，。？！]{0,3}[\d零一二]\S年"
)
"""桑塔纳报废补多少？我那台零八年的: the year tells whose it is."""
YOURS = re.compile(
    r"(?:您|你)(?:现在|原来|之前|家里?|手上|手里)?(?:(?:开)?的?(?:那|这)|的|开的|旧的)(?:老|旧)?一?[台辆个部]?(?:老|旧)?$"
)
_PRESENT = re.compile(r"开的|手上|手里")
_SOLD_YET = re.compile(r"(?:卖|出|处理)[掉]?了?(?:没|吗)")
"""旧车卖了没 / 没呢: it is still theirs."""
_DRIVEN = re.compile(
    r"(?:开|跑|用)了|多少公里|公里数|几年|(?:能|可以)给(?:您|你)?[^，。]{0,4}[万千]|抵[^，。]{0,4}[万千]"
)
_WAITS = re.compile(
    r"(?:订|定)(?:了|的|下)|(?:什么时候|啥时候|几时|多久|哪天)(?:能)?(?:到|提|交)|还没(?:到|提|交)|提车|交车|到店了|下线|[定订]金|尾款|订单|锁单|下[定订]|报价"
)
_YEAR = r"(?:20|二零|二〇)?(?P<year>[零〇一二][零〇一二三四五六七八九]|[012]\d)(?:年|款)"
_YEAR_AFTER = re.compile(rf"^[^。？！]{{0,14}}?{_YEAR}")
_YEAR_BEFORE = re.compile(
    rf"{_YEAR}[^。？！，]{{0,6}}$|{_YEAR.replace('year', 'earlier')}[^。？！]{{0,3}}的?，?[^。？！，]{{0,2}}$"
)
_ASKS_YEAR = re.compile(r"哪(?:一)?年|几几年|[开用]了[^，。]{1,3}年|年份|多少年|车龄|啥时候(?:买|上牌)")
_YEAR_SAID = re.compile(_YEAR)
_CORRECTED = re.compile(r"不对|不是|说错|哦不")
_ANSWER_WITHIN = 4


def is_owned(talk: Talk, mention: Mention) -> bool:
    """Whether it is the car the customer drives now."""
    line = talk.lines[mention.line]
    if not line.by_customer:
        return False
    clause = line.clause_at(mention.start)
    lead, rest = line.text[clause.start : mention.start], line.text[mention.end :]
    if OTHERS.search(lead):
        return False
    position = line.index_at(mention.start)
    wishes = re.search(r"想(?:看|要|买)|新款", lead) is not None
    owns = _OWNS.search(lead) is not None and not re.search(
        r"想|看[了过中上]|要(?!换的)|喜欢|考虑|买|订|试|问|比", lead
    )
    aged = _AGED.match(rest) is not None and not wishes
    introduced = len(lead) <= JOINED and _OLD_CAR.search(line.neighbour(position - 1)) is not None
    swapped = _SWAP_FOR.search(lead) is not None and (_SELLS.search(rest[:12]) or _SWAPPED.match(rest)) is not None
    kept = _KEEPS.match(rest) is not None
    dated = _DATED_NEXT.search(line.text[clause.end : clause.end + 24]) is not None and not wishes
    return (
        owns
        or aged
        or introduced
        or swapped
        or dated
        or kept
        or (position <= 1 and not wishes and _asked_for_own(talk, line))
    )


def is_said_to_own(talk: Talk, mention: Mention) -> bool:
    """The agent's 您那台途观能给六万五 or 您的科鲁兹开了十年, where the customer does not deny it."""
    line = talk.lines[mention.line]
    yours = YOURS.search(line.text[: mention.start])
    if line.by_customer or yours is None:
        return False
    answer = talk.after(line)
    clause = line.clause_at(mention.start)
    held = (
        _PRESENT.search(yours.group())
        or _SELLS.search(line.text)
        or _DRIVEN.search(line.text[mention.end : clause.end])
    )
    denies = answer is None or (answer.refuses and not _SOLD_YET.search(line.text)) or _KEEPS.search(answer.text)
    return bool(held) and not denies


def is_on_order(talk: Talk, mention: Mention) -> bool:
    """Whether 我那台 is a car they have ordered from us and wait for."""
    line = talk.lines[mention.line]
    clause = line.clause_at(mention.start)
    if re.search(r"开的|(?:有|家里)[^，。]{0,3}$", line.text[clause.start : mention.start]) or _AGED.match(
        line.text[mention.end :]
    ):
        return False
    return _WAITS.search(line.text) is not None and not (_SELLS.search(line.text) or _DRIVEN.search(line.text))


def _asked_for_own(talk: Talk, line: Line) -> bool:
    before = talk.before(line)
    return before is not None and any(_ASKS_OWN.search(part.text) for part in before.clauses if part.asks)


def find_trade_in(talk: Talk, owned: list[Mention]) -> tuple[str, tuple[Evidence, ...]] | None:
    """The first of these cars that is to be sold or handed in, with its model year where said (2015款飞度)."""
    for mention in owned:
        nearby = talk.lines[max(mention.line - 1, 0) : mention.line + 1 + _ANSWER_WITHIN]
        line = talk.lines[mention.line]
        before = talk.before(line)
        asked = before is not None and re.search(r"置换|旧车|评估|抵|要换的", before.text) is not None
        sells = (
            _SELLS.search(line.text)
            or _SWAPPED.match(line.text[mention.end :])
            or asked
            or any(_SELLS.search(other.text) for other in nearby)
        )
        if not sells or _KEEPS.search(_SOLD_YET.sub("", _near(line.text, mention))) or _stays(nearby):
            continue
        year, place = _model_year(line.text, mention)
        answered = None if year else _year_answered(talk, mention)
        start = min(mention.start, place[0]) if place else mention.start
        end = max(mention.end, place[1]) if place else mention.end
        if place is None:
            for other in owned:
                if other.name == mention.name and other is not mention:
                    year, place = _model_year(talk.lines[other.line].text, other)
                    if year:
                        break
        quotes: tuple[Evidence, ...] = (talk.evidence(mention.line, start, end),)
        if year is None and answered is not None:
            year, quotes = answered[0], (*quotes, answered[1])
        name = f"{year}款{mention.name}" if year else mention.name
        return name, quotes
    return None


def _stays(nearby: Sequence[Line]) -> bool:
    """Whether the last the customer says of the old car is that it stays or is gone: 不卖, 给我侄子开."""
    verdicts = [
        _KEEPS.search(line.text) is not None
        for line in nearby
        if line.by_customer and (_KEEPS.search(line.text) or _HANDS_IN.search(line.text))
    ]
    return bool(verdicts) and verdicts[-1]


def _near(text: str, mention: Mention) -> str:
    return text[max(0, mention.start - 16) : mention.end + 24]


def _model_year(text: str, mention: Mention) -> tuple[int | None, tuple[int, int] | None]:
    """The model year said with a car (一二年的 is 2012), and where."""
    after = _YEAR_AFTER.match(text[mention.end :])
    if after:
        return full_year(after["year"]), (mention.end + after.start("year"), mention.end + after.end())
    before = _YEAR_BEFORE.search(text[: mention.start])
    if before:
        digits = before["year"] or before["earlier"]
        return full_year(digits), (before.start(), mention.start)
    return None, None


def _year_answered(talk: Talk, mention: Mention) -> tuple[int, Evidence] | None:
    """The model year given when the agent asks for it soon after the car was named."""
    for line in talk.lines[mention.line + 1 : mention.line + 1 + _ANSWER_WITHIN]:
        answer = talk.after(line)
        if line.by_customer or answer is None or not _ASKS_YEAR.search(line.text):
            continue
        years = list(_YEAR_SAID.finditer(answer.text))
        if years:
            said = years[-1] if _CORRECTED.search(answer.text, years[0].end()) else years[0]
            return full_year(said["year"]), talk.evidence(answer.index, said.start("year"), said.end())
    return None


def full_year(digits: str) -> int:
    """The year meant by its last two digits, spoken or written: 一三 is 2013."""
    return 2000 + int("".join(str(DIGITS.get(character, character)) for character in digits))
