"""Spoken sums of money of the size of a car.

They are read here rather than by ``jionlp`` (1.5.31): it takes 十八九万 for 18 to 90000 yuan and 十四万五 for 140005,
refuses 二十来万, and takes 0.6 s to import, printing as it goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from qc.memo.numerals import DIGITS, number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

WAN = 10_000
_TEN = 10
_IN_YUAN = 1000
"""From here on a number is in yuan, below in 万."""
_D = "[一二两三四五六七八九]"
_RUN = re.compile(
    r"(?<![A-Za-z.])(?:(?<!\d)|(?=[一-龥]))"
    r"(?P<run>[一二两三四五六七八九十百\d](?:[一二两三四五六七八九十百千几多\d点.万零]|(?<=[十百\d])来)*(?<![点.])"
    r"(?:(?:到|至|[-~—、]|或者?)[一二两三四五六七八九十百零\d点.]+)?)"
    r"(?P<unit>个?\s*(?:[wW](?![a-zA-Z])|达不溜)|万|个(?!人|月|星期|礼拜|周|孩|小|钟|字|座|点|多月|问|版|颜|店|事|样|字|头|工作|来|站|大|老|儿|女|车|配|款|桩|伢|崽|钢|[一-龥]{1,2}工)|)"
    r"(?P<tail>[一二三四五六七八九](?=$|[^一-龥十百千年月号点]|[吧呢的以左之落裸吗啊呀就]))?"
)
_NOT_MONEY = re.compile(
    r"^(?:年|个?月|号|点|座|公里|千米|款|期|台|辆|天(?!花板)|次|口|岁|分(?!期)|秒|楼|家|排|种|度|毫|寸|升|马力|成|厘|%|缸|速|驱|代|折|[个]?(?:礼拜|星期|小时|钟头|人)|周|起码|[A-Za-z]|"
    r"来(?!买|谈|的)|多公里|几公里|万公里|公|里(?![面头])|版|系|级|零|门|套|样|下|回|遍|趟|块(?!钱?[的吧以左，。]|$)|人|头(?=[猪牛羊驴])|只(?=[鸡鸭鹅羊鸟兔])|亩|斤|吨|户(?!口)|桌|名(?!爵)|位|匹(?!配)|者|定|直|般|共|起(?!步|吧|$)|些|旦|边|条|番|把|点儿|会儿|百|千)"
)
_STILL_MONEY = re.compile(r"[来多起分百千块]|里(?!程|路)|点(?:儿)?(?:$|[，。吧的])")
_DRIVEN_FAR = re.compile(r"(?:跑|公里|里程|一年)[^，。]{0,4}$")
"""三万里 is how far."""
_LEAST, _MOST = 20_000, 20_000_000
"""What a car, or a fleet of them, may cost in CNY; smaller sums are fees and deposits."""
_WAN_AFTER = re.compile(r"^(?:左右|上下|出头|以内|之内|以下|往里|封顶|打住|顶天|吧|呗|的?预算|的样子|差不多|[，。]|$)")
_CUE_BEFORE = re.compile(
    r"(?:落地|预算|裸车|车价|心里|心理价|价位|准备|打算|控制在|花个?|大概|也就|就)(?:是|在|个|想|花|得|的|价)?$"
)
CUE_AFTER = re.compile(r"^(?:左右|上下|出头|之间|吧|呗|落地|的车|的预算|起吧|以上|往上)")
_CEILING_BEFORE = re.compile(
    r"(?:最多|最高|顶多|撑死|顶(?:破)?天|顶格|顶到|卡[死在住得着]|(?<![信用行刷])卡(?=[一二两三四五六七八九十\d])|至多|不?(?:要|能|可以|得|会)?超过?|不能过|顶到头|[别没]超过?|别过|不过|不到|封顶|上限|控制|咬[死着]|锁[死在]|顶格|不得(?:高于|超过)|(?:[别莫没]|不[能要准许得可])(?:冲[破过]|突破|上(?!市|牌)|过|破)|上封|[红死底]线(?:是|在|就是)|(?<!贷款)(?<!卡)(?<!卡的)额度(?:是|在)|(?:我|咱|家里?)(?:的)?线(?:是|在)|跌破)[^，。！？；万]{0,7}$"
)
_CEILING_AFTER = re.compile(
    r"^(?:块钱?|元|的)?(?:吧|左右|落地|裸车)?(?:以内|之内|以里|之里|以下|之下|往里|往下|里头|里面|里向|朝里|封[顶口]|，?能?打[住止](?!不)|断价|为界|卡[着死住]|打死|为止|是?(?:个|道)?(?:天花板|死线|红线|底线|硬杠杠?|杠(?!杆)|坎儿?)|了不起|朝下|底下|[兜挡拦带锁咬圈收框箍拿](?:[住死牢着]|口(?=[，。]|$))|看[住死牢]|顶到?(?:尖|头|死|天)|封(?=[，。了]|$)|顶(?=[，。了]|$)|为上限|里(?=[，。]|搞|解|配|办|的|弄|$)|不能(?:突破|再?往?上(?!门|牌|市))|是?到[顶头]|顶到头|就?算?(?:是)?到顶|顶(?:破)?天|顶格|顶死|撑死|为限|上限|内(?!饰)|不到|，?(?:就)?(?:是|这是|才是)?(?:我|咱|家里?|我们|我妈|他|她)?(?:跟[^，。]{1,4}说)?的?(?:极限|上限|顶(?:了|(?=[，。]))|线(?!上|下)|全部(?=[，。])|封顶|底线|天花板|死线|红线|硬杠杠?)|出头都?不行|都不到)"
)
_FLOOR = re.compile(r"(?:最少|起码|至少|不低于|最低)[^，。！？；万]{0,6}$")
_FLOOR_AFTER = re.compile(r"^(?:块钱?|元)?(?:起(?:步)?(?=吧|$)|以上|往上)")
_REFUSED_ABOVE = re.compile(
    r"^(?:块钱?|元)?(?:以上|往上|以外|开外|朝上)的?，?(?:的?车)?(?:我|咱|俺)?(?:就|都|也|肯定|那就|直接|一律|得|要)*(?:不(?:考虑|要|看|行|买|谈|碰)|免谈|算了|没戏|买不起|别|筛|跳过|啃老|吃[力紧土]|费劲|为难|打住|拉倒)"
)
"""八万以上我就不考虑了 is a ceiling."""
_PASSED = re.compile(r"(?<![不没超经路通跑开])(?:[过破超到]|超过|冲破)了?$")
_THEN_NOT = re.compile(
    r"^(?:块钱?|元|了)?，?(?:我|咱|俺)?(?:就|那就|直接|可就|肯定)(?:不(?!是|行了|错)|算了|免谈|拉倒|没戏|没法|接着|走人|熔断|打住|吃土|撤)"
)
"""过二十五就算了."""
_SPREAD = re.compile(r"^(?:块钱?)?多(?!一分|了|块)")


@dataclass(frozen=True)
class Amount:
    """A sum in CNY at ``text[start:end]``; ``sure`` when a unit of money was said with it."""

    start: int
    end: int
    low: int
    high: int
    ceiling: bool
    floor: bool
    sure: bool
    close: bool
    """A bare number (别超二十五) is a sum only with a cue right beside it."""


def find_amounts(text: str, taken: Collection[tuple[int, int]] = ()) -> Iterator[Amount]:
    """Every sum of car size in a text, with what was said about its limits.

    ``taken`` are stretches of the text that say something else: the numbers in 瑞虎八 and 坦克三百 are no money.
    """
    return iter(_amounts(text, tuple(taken)))


@lru_cache(maxsize=256)
def _amounts(text: str, taken: tuple[tuple[int, int], ...]) -> tuple[Amount, ...]:
    """Lines are asked for their sums again and again: is it the customer's own, who named it first, who says it again."""
    return tuple(_read_amounts(text, taken))


def _read_amounts(text: str, taken: Collection[tuple[int, int]]) -> Iterator[Amount]:
    for match in _RUN.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        run, unit, end = match["run"], match["unit"] or "", match.end()
        spread = run.endswith(("万多", "万几"))
        if spread:
            run = run[:-1]
        if not unit and run.endswith("万"):
            run, unit = run[:-1], "万"
        after = text[end:]
        before = text[max(0, match.start() - 12) : match.start()]
        sure = (
            (bool(unit) and (unit != "个" or _WAN_AFTER.match(after) is not None)) or "万" in run or "之间" in after[:3]
        )
        read = _read_next(run) if unit == "万" or ("九" in run and "万" not in run) else None
        read = read or _read(run, (match["tail"] or "") if unit else "", has_unit=sure)
        if read is None or (_NOT_MONEY.match(after) and not (sure and _STILL_MONEY.match(after))):
            continue
        low, high = read
        if after.startswith("里") and _DRIVEN_FAR.search(before):
            continue
        if low == high and sure and (spread or _SPREAD.match(after)):
            high = _next_step(low)
        if not _LEAST <= low <= _MOST:
            continue
        ceiling = bool(_CEILING_BEFORE.search(before) or _CEILING_AFTER.match(after))
        refused = _REFUSED_ABOVE.match(after) is not None or (
            _PASSED.search(before) is not None and _THEN_NOT.match(after) is not None
        )
        ceiling = ceiling or refused
        floor = not refused and bool(_FLOOR.search(before) or _FLOOR_AFTER.match(after))
        close = sure or ceiling or floor or bool(_CUE_BEFORE.search(before) or CUE_AFTER.match(after))
        yield Amount(match.start(), end, low, high, ceiling, floor, sure, close)


def _next_step(value: int) -> int:
    step = 10 * WAN if value >= 20 * WAN and value % (10 * WAN) == 0 else WAN
    return value + step


_PAIRS = (
    (re.compile(rf"(?P<tens>{_D}?十)(?P<a>{_D})(?P<b>{_D})"), 1),  # 十八九, 二十二三
    (re.compile(rf"(?P<tens>{_D}百)(?P<a>{_D})(?P<b>{_D})十"), 10),  # 一百二三十
    (re.compile(rf"(?P<a>{_D})(?P<b>{_D})十"), 10),  # 二三十
    (re.compile(rf"(?P<a>{_D})(?P<b>{_D})"), 1),  # 四五
)
_SPAN = re.compile(
    r"(?P<a>[一二两三四五六七八九十百零\d点.]+)(?P<wan>万)?(?P<half>(?<=万)[一二三四五六七八九1-9])?(?:到|至|[-~—、]|或者?)(?P<b>[一二两三四五六七八九十百零\d点.]+)"
)
_NEXT = re.compile(rf"(?P<a>{_D}?十?{_D}?(?=万)|{_D}?十九)万?(?P<b>{_D}?十?{_D}?)")
_VAGUE = re.compile(rf"(?P<tens>{_D}?十|百|[1-9]0|{_D})(?P<vague>几|多|来)")
_EXACT = re.compile(
    r"(?P<wan>[一二两三四五六七八九十百零\d点.]+)(?:万零?(?:(?P<qian>[一二两三四五六七八九\d])千?)?(?:(?P<bai>[一二两三四五六七八九\d])百?)?)?"
)


def _read(run: str, tail: str, *, has_unit: bool) -> tuple[int, int] | None:
    """The lower and upper value in CNY of a numeric run such as 十八九, 十四万五, 二十到二十五."""
    span = _SPAN.fullmatch(run)
    if span:
        read = _read_span(span["a"], span["b"], span["half"], apart=span["wan"] is not None)
        return (read[0], read[1] + 1000 * DIGITS[tail]) if read is not None and tail else read
    return _read_pair(run) or _read_vague(run) or _read_exact(run, tail, has_unit=has_unit)


def _read_pair(run: str) -> tuple[int, int] | None:
    """十八九, 二三十, 四五."""
    for pattern, scale in _PAIRS:
        pair = pattern.fullmatch(run)
        if pair is not None and DIGITS[pair["b"]] == DIGITS[pair["a"]] + 1:
            tens = number(pair.groupdict().get("tens") or "") or 0
            return round((tens + DIGITS[pair["a"]] * scale) * WAN), round((tens + DIGITS[pair["b"]] * scale) * WAN)
    return None


def _read_next(run: str) -> tuple[int, int] | None:
    """A figure and the next: 十万十一万, 七万八万, 十九二十万."""
    following = _NEXT.fullmatch(run)
    low, high = (number(following[end]) for end in ("a", "b")) if following is not None else (None, None)
    return (round(low * WAN), round(high * WAN)) if low is not None and high == low + 1 else None


def _read_vague(run: str) -> tuple[int, int] | None:
    """十几 and 二十多 reach to the next ten; 二十来 keeps the figure."""
    vague = _VAGUE.fullmatch(run)
    base = number(vague["tens"]) if vague is not None else None
    if vague is None or base is None or base < _TEN:
        return None
    top = base if vague["vague"] == "来" else base + _TEN
    return round(base * WAN), round(top * WAN)


def _read_exact(run: str, tail: str, *, has_unit: bool) -> tuple[int, int] | None:
    """二十, 十四万五, 十六万三千八, 17.8, 168000."""
    if any(pattern.fullmatch(run) for pattern, _ in _PAIRS):
        return None
    exact = _EXACT.fullmatch(run + tail if "万" in run else run)
    wan = number(exact["wan"]) if exact is not None else None
    if exact is None or wan is None:
        return None
    in_yuan = wan >= _IN_YUAN
    if in_yuan and has_unit:
        return None
    value = round(wan if in_yuan else wan * WAN)
    value += 1000 * round(number(exact["qian"] or "") or 0) + 100 * round(number(exact["bai"] or "") or 0)
    if tail and "万" not in run:
        value += 1000 * DIGITS[tail]
    return value, value


def _read_span(first: str, second: str, half: str | None, *, apart: bool) -> tuple[int, int] | None:
    """十五到二十, 十八、九, 三十到三十二, 十二三到十五: the tens said once count for both.

    ``apart``: 两万到十三万 names each on its own. ``half`` is that of 三万五到四万.
    """
    low, high = number(first), number(second)
    if low is None or high is None:
        return None
    low += (number(half) or 0) / _TEN if half else 0
    if not apart and low < _TEN <= high < _TEN**2 and high % _TEN and low + high - high % _TEN < high:
        low += high - high % _TEN
    if high < _TEN <= low:
        high += low - low % _TEN
    return (round(low * WAN), round(high * WAN)) if low <= high else None
