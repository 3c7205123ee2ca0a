"""When the customer means to buy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from qc.domain import Appointment, Evidence, PurchaseTime
from qc.memo.answers import says_yes
from qc.memo.dates import Spell, deadline, find_spells
from qc.memo.day_words import DAY
from qc.memo.hours import find_clocks
from qc.memo.talk import Clause, Line, Talk

_BUY = re.compile(
    r"[买订签](?!金)|(?<![指固一肯决确约商规稳预搞])定(?!金|价|制|位|律|期|点)|(?<![来去])提(?:车|回|走|不到|到|新|了|$|吧)|拿(?:车|到车|下|着车|得到)|换(?:车|掉|新|了|个新|台|辆|$|吧|了它)|要用|[得要]有(?:个|台)?车|有车(?:开|用|$)|见车|"
    r"用(?:上|车)|到(?:手|位)(?!也|就|才)|开票|(?:添|采购|购置|置办|整|弄)[^，。]{0,5}[台辆车]|定金[^，。]{0,6}[交转付打]|[交转付打][^，。]{0,3}定金|利索|停家门口|落户|拍板|开(?:走|回|上|新车)|入手|搞定|成交|落定|落实|上(?:车|牌)|下(?:单|订)|拿下|付款|刷卡|办(?:了|下来|手续|完|掉|这)|接车|交[定订]金|上户|开着新|选(?!择|装)|弄(?:完|了|台|辆|好|$)|要车|购车(?!补)|[交付打]钱|锁单|下手|抢(?![手着眼])|走完?流程|给我(?:就行|一[台辆]|[办弄搞]|留)|才有钱"
)
_FIRM_BUY = re.compile(
    r"[买订](?!金)|签(?!字|收)|(?<![指固一肯决确约商规稳预搞])定(?!金|价|制|位|律|期|点|明天|后天|周|礼拜)|换车|拿下|下单|落定|交[定订]金|下定|交钱|锁单"
)
_ASKS_WHEN = re.compile(
    r"什么时候|(?:啥|什么|么子|哪个|咋)(?:前儿|辰光|会儿|时间|时)|多咱|哪会儿|哪阵|哪[一个]?[天日段周]|几号|几月|第几|时间(?:呢|是|上|点)?$|啥子?时候|么子时候|啥时间|几时|几月|多会儿|多久|好久|多长时间|多快|哪天|哪个月|何时|什么时间|时间上|时间点|考虑好"
)
_ASKS_HOW = re.compile(r"近期|最近|怎么样|咋样|打算")
_BUY_ASKED = re.compile(
    r"[买订签提换]|(?<![肯决约])定|用车|用上|要用|上车|入手|落定|考虑|购车|拿车|计划|打算|需要|着急|急用|缓|等|要车|落实|要(?:呢|嘛|啊|呀|吗|不|么)?[？?]?$|下单|结论|决定"
)
_VISIT_ASKED = re.compile(
    r"[上下]午|几点|到店|来店|过来|店里|(?<![下起出回])来[呢呀啊吗嘛]?$|来(?:看|签字|做|逛|试|一趟|吧|坐|开|对比|把)|预约|改到|改约|送过[去来]|送到|拜访|开一?下|看车|试驾|试乘|有空|有时间|方便|见面|打给|联系您|电话|上门|[来去]提|交车"
)
_VISIT = re.compile(
    r"过来|过去|[去来]找|去(?:你|店|看|试|一趟)|到(?:店|你)|来(?:看|店|你|试|一趟|找|提)|去提|看车|看看(?!有|能|价|优惠|情况|行情|再|别|其他)|试驾|试乘|打(?:给|我|电话)|电话|联系|回话|回我|给我(?:发|报|个)"
)
_PUTS_OFF = re.compile(r"再(?:来|买|定|看|说|考虑|换|提)了?[吧呗]?$")
"""六月发了工资再来; 等果子卖了，大概十月底 puts it off likewise."""
_COMES = re.compile(r"(?<![下起出回])来$")
_BUSY = re.compile(
    r"不行|忙|出差|有事|[去来]不(?:了|成)|来不及|不可能|够呛|走不开|值班|睡觉|加班|不方便|没空|没时间|不成|办不了|还没|"
    r"做手术|毕业|生日$|住院|涨价|降价|有优惠|搞活动|换代|出新|报到|交房租|还[房车]贷|手头紧|没钱|上[一二三]年级|还剩"
)
_NOT_BUYING = re.compile(
    r"不(?:去|来|过来|过去)(?:了|$)|　不(?:要|行|成)了?$|不(?:兴|能|好|想|打算|准备|会|敢|是)?(?:买|订|定|提|换)(?!不到)|没(?:打算|想)?(?:买|订|定|换)|(?:[买订定提换签]|决定|落实|下单)不了|赶不上|悬(?![架挂浮])|(?:先|暂时|暂)不(?!说)"
)
_GIVES_UP = re.compile(r"先不(?:看|买|考虑|换)了?(?=[，。]|$)|不(?:看|买|考虑|换)了(?=[，。]|$)|不打算[买换]")
_OTHER_ASKED = re.compile(
    r"[没有]课|没事|[轮倒调]休|在家|[做分贷][^，。]{0,2}[一二两三四五]年|首付|月供|到期|年检|保险|过期|生日|出生|预产|毕业|[高中]考|几岁|多大|上学|驾照|驾龄|批|看到|听说|知道我们|[来试驾问]过|上的牌|[买提换开]的(?!话|时候)|[买开]了|(?:什么时候|几号|哪天|几时|几月)[^，。？]{1,8}的[吗呀啊呢]?$|装|"
    r"下班|上班|休息|放假|在家|回[来国]|有效期|截止|(?:多久|多长时间|几年|多少年)了|忙|联系|质保|首保|保养|贷|分期|退休|搬|[生产]的"
)
"""The agent asks when something else is or was."""
_TOLD_BEFORE = re.compile(
    r"(?:您|你)[^，。]{0,6}(?:说|讲|登记|计划|打算|备注|填)的?[^，。]{0,14}(?:[买订提换签]|定(?!金)|用车)"
)
"""您之前登记的是十二月买车 asks whether it still holds."""
_ON_THE_SPOT = re.compile(r"(?:当场|当天|现场|当时)(?:就|把|直接|能)?[^，。]{0,4}(?:[买订签提]|定(?!金)|下单|交)")
"""周日过来，谈好了当场就定: the day to meet is the day to buy."""

_PAST = re.compile(
    r"之前说|上回说|以前说|去年|那会儿|刚买|买了(?:有|都)|的时候(?:买|看)|(?:来|看|试|去|问|约|提|买|订|定|拿)过|(?:提|买|订|定|签|换|交|来|试驾)的(?!话|时候)|生产|出厂|下线|上的牌|拿的本|开的业|认识"
)
_PLANS = re.compile(r"肯定|必须|一定|要|会|打算|准备|想|得")
_OTHERS = re.compile(
    r"(?:我|俺)?(?:老婆|媳妇|爱人|太太|老公|先生|爸|妈|儿子|女儿|闺女|孩子|娃|小孩|弟|哥|姐|妹|朋友|同事|邻居|岳父|岳母|丈人|公司|单位|厂家|你们|银行|政策|补贴|优惠|新款|车展|[他她])[^，。]{0,8}$"
)
_SURE = re.compile(r"肯定|必须|一定|就|得(?!嘞)|打算|准备|争取|想|要")
_CONDITION_FAILS = re.compile(
    r"^(?:要是|如果|万一|要)[^，。]{0,12}(?:没(?!毛病|问题|啥|什么)|不(?!贵|错|变)|批不下|赶不上)|拖到|就(?:只能|得)(?:等|拖)|就拖|批不下来"
)
_PAYS_OFF = re.compile(r"到账|发(?:工资|奖|薪|钱|$)|下来|拿到|收到|到期|退休")
_THEN_BUYS = re.compile(
    r"^(?:[^，。]{0,6}?)(?:就|再|肯定|必须|一定|得|要|把|到时候|了|全款|过来|[来去])[^，。]{0,6}(?:[买订签提]|定(?!金)|换车|拿下|下单|交[定订]金|付|一把给)"
)
_REST = re.compile(
    r"[吧呢呗嘛啊呀嗯哦噢了哎那就是也大概差不多估计得要怎么都说我个样]|可能|最好|最早|最晚|最迟|应该|左右|样子|里厢|边上|光景|大约|几号|反正|琢磨着|寻思|看|同乐|你别催"
)

_THEN_SEES = re.compile(r"再(?:说|看|定|考虑|买)")
_PARTICLE = 1
"""So many characters more than the day are no other subject."""
_SHORT_LEAD = 5
"""孩子放暑假之前吧: so many characters before the day, and none after, are still an answer."""

# How plainly a day is that of the purchase.
_TOO_FAR = 400
"""A length of time unasked for and longer than so many days is a loan's (三年), not a horizon."""
_ANSWERS, _SAYS, _STATES, _MENTIONS = 6, 5, 3, 2
_LEFT_OUT = re.compile(r"[天日号周月年]|礼拜|星期|具体|哪|大概|几")
_TURNS_BACK = 2
"""八月具体哪一段, 那明天: what is asked is the subject of the questions before, so many at most."""
_LIMIT_BACK = 3
"""A limit (补贴到二十号) may stand so many lines before 在那之前."""
_ELLIPTIC = 14
"""A question of no more characters may leave its subject out."""
_STOPS = "。！？!?"


_LATEST = re.compile(
    r"(?:最迟|最晚|至迟|顶多拖到|最多拖到|最多等到|不能晚过|不能晚于|不晚于)(?:也)?(?:就)?(?:是|在|到|得)?$"
)
"""最迟下礼拜二: any day until then."""


class _Asked(IntEnum):
    """How plainly the agent asks for the time of purchase."""

    NO = 0
    LOOSELY = 1
    PLAINLY = 2


class _Claim(NamedTuple):
    spell: Spell
    line: Line
    clause: Clause
    score: int
    pays_off: bool = False
    """Money comes that day, and then they buy: 一月二十五号发奖金，发了就买."""


def find_purchase_time(
    talk: Talk, today: date, meeting: tuple[Appointment, tuple[Evidence, ...]] | None = None
) -> tuple[PurchaseTime, tuple[Evidence, ...]] | None:
    """When the customer means to buy, with the words; the plainest statement wins, then the last.

    The day named for the ``meeting`` agreed on is that of the purchase only where buying is spoken of with it.
    """
    claims: list[_Claim] = []
    for line in talk.lines:
        claims += _own(talk, line, today) if line.by_customer else _proposed(talk, line, today)
    if meeting is not None:
        claims = [claim for claim in claims if not _is_the_meeting(talk, claim, *meeting)]
    if not claims:
        return None
    best = max(
        claims,
        key=lambda claim: (
            min(claim.score, _SAYS),
            claim.line.index,
            not claim.spell.loose,
            claim.score,
            claim.spell.start,
        ),
    )
    best = _sharpened(best, claims)
    same = [claim for claim in claims if claim.line is best.line and _same_days(claim.spell, best.spell)]
    spell, line = same[0].spell, best.line
    latest = _LATEST.search(line.text[: spell.start])
    start = latest.start() if latest else spell.start
    said = line.text[start : spell.end]
    value = PurchaseTime(from_=today if latest else spell.first, to=spell.last, said=said)
    return value, (talk.evidence(line.index, start, spell.end),)


def _is_the_meeting(talk: Talk, claim: _Claim, agreed: Appointment, words: tuple[Evidence, ...]) -> bool:
    before = talk.before(claim.line)
    return (
        claim.spell.is_day
        and agreed.kind != "交车"
        and agreed.at.startswith(claim.spell.first.isoformat())
        and any(quote.utterance == claim.line.index for quote in words)
        and _BUY.search(claim.line.text) is None
        and (before is None or _FIRM_BUY.search(before.text) is None)
    )


def _sharpened(best: _Claim, claims: list[_Claim]) -> _Claim:
    """The claim as the same turn puts it more exactly: 就这两天，年前得开上 is these two days; 六一，六一之前 is before."""
    for claim in claims:
        if claim.line is not best.line or claim.spell.loose or claim.score < min(best.score, _SAYS):
            continue
        inside = best.spell.first <= claim.spell.first and claim.spell.last <= best.spell.last
        if inside and claim.pays_off and best.spell.bound:
            return best._replace(spell=replace(best.spell, start=claim.spell.start, first=claim.spell.first))
        if inside and not _same_days(claim.spell, best.spell) and best.spell.bound:
            return claim
        if claim.spell.bound and claim.spell.last + DAY == best.spell.first and best.spell.is_day:
            return claim
    return best


def _same_days(one: Spell, other: Spell) -> bool:
    return (one.first, one.last) == (other.first, other.last)


def _asks_when(talk: Talk, line: Line | None, turns_back: int = _TURNS_BACK) -> _Asked:
    """Whether this line asks for the time of purchase, as against a time to meet or of something else."""
    if line is None:
        return _Asked.NO
    asked = [clause for clause in line.clauses if clause.asks]
    if not asked:
        told = _TOLD_BEFORE.search(line.text) is not None and not _VISIT_ASKED.search(line.text)
        return _Asked.LOOSELY if told else _Asked.NO
    last = asked[-1].text
    tag = re.fullmatch(r"(?:是|对|没错|行|好|没变|对不对|是不是|好不好|是吧?这个意思)[吧吗呀不]?", last) is not None
    together = "".join(clause.text for clause in (line.clauses if tag else asked))
    meets = _VISIT_ASKED.search(last) and not _FIRM_BUY.search(last) and "考虑" not in last
    if meets or (_OTHER_ASKED.search(together) and not _FIRM_BUY.search(together)):
        return _Asked.NO
    short = len(last) <= _ELLIPTIC and not _on_meeting(talk, line)
    if _ASKS_WHEN.search(together) and (_BUY_ASKED.search(line.text) or short):
        return _Asked.PLAINLY
    suits = re.search(r"还是|吗|吧|对|没|呢|是$|么|[？?]", last + asked[-1].mark) is not None
    if (_ASKS_HOW.search(together) or suits) and _BUY_ASKED.search(line.text):
        return _Asked.LOOSELY
    return _asked_before(talk, line, last, turns_back)


def _on_meeting(talk: Talk, line: Line) -> bool:
    """Whether the question or answer before this line was about a visit or a call: 初八以后具体哪天呢 goes on with it."""
    before = talk.before(line)
    earlier = talk.before(before) if before is not None else None
    return earlier is not None and any(
        (clause.asks or "约" in clause.text) and _VISIT_ASKED.search(clause.text) and not _FIRM_BUY.search(clause.text)
        for clause in earlier.clauses
    )


def _asked_before(talk: Talk, line: Line, question: str, turns_back: int) -> _Asked:
    """What a question without a subject of its own asks: 八月具体哪一段, 那明天."""
    before = talk.before(line)
    earlier = talk.before(before) if before is not None else None
    short = len(question) <= _ELLIPTIC and _LEFT_OUT.search(question) is not None
    meets = _VISIT_ASKED.search(line.text) or (before is not None and _VISIT.search(before.text))
    if not turns_back or not short or earlier is None or meets:
        return _Asked.NO
    return _Asked.LOOSELY if _FIRM_BUY.search(earlier.text) else _asks_when(talk, earlier, turns_back - 1)


def _own(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    before = talk.before(line)
    spells = find_spells(line.text, today, _limit_named(talk, line, today))
    if not spells:
        return
    gives_up = _GIVES_UP.search(line.text) is not None
    asked = _asks_when(talk, before)
    agrees = before is not None and says_yes(before, line) and bool(find_spells(before.text, today))
    opens = before is None or not before.asks
    meets = before is not None and (_VISIT_ASKED.search(before.text) is not None or _on_meeting(talk, before))
    answered = False
    for spell in spells:
        clause = line.clause_at(spell.start)
        replies = asked is _Asked.PLAINLY and not answered and not agrees
        score = _score(
            line,
            clause,
            spell,
            today,
            asked=asked,
            opens=opens and not (meets and spell.is_day),
            meets=meets,
            replies=replies,
            corrected=answered,
        )
        if score >= (_SAYS if gives_up else 1):
            answered = True
            rest = line.text[spell.end : clause.end]
            yield _Claim(spell, line, clause, score, spell.is_day and _PAYS_OFF.search(rest) is not None)


def _limit_named(talk: Talk, line: Line, today: date) -> date | None:
    """The day that was named last before this line, for 在那之前."""
    for earlier in reversed(talk.lines[max(line.index - _LIMIT_BACK, 0) : line.index]):
        spells = find_spells(earlier.text, today)
        if spells:
            return deadline(earlier.text, spells[-1])
    return None


def _score(
    line: Line,
    clause: Clause,
    spell: Spell,
    today: date,
    *,
    asked: _Asked,
    opens: bool,
    meets: bool = False,
    replies: bool = False,
    corrected: bool = False,
) -> int:
    """0 or less where these days are not those of the purchase, else how plainly they are."""
    last = next(part for part in line.clauses if spell.end <= part.end or part is line.clauses[-1])
    position = line.clauses.index(last)
    lead, rest = line.text[clause.start : spell.start], line.text[spell.end : last.end]
    said = f"{lead}　{rest}"
    following, previous = line.neighbour(position + 1), line.neighbour(position - 1)
    if _is_other(lead, said, previous):
        return 0
    puts_off = _PUTS_OFF.search(rest) is not None or (previous.startswith("等") and not lead.strip("大概估计那就得要"))
    postponed = puts_off and not (meets or spell.is_day or spell.loose)
    waits = asked and lead.startswith("等") and _THEN_SEES.search(rest) is not None
    ends = asked and not _REST.sub("", rest) and len(lead) <= _SHORT_LEAD
    bare = len(_REST.sub("", lead + rest)) <= _PARTICLE or ends or waits
    buys = _BUY.search(said) is not None
    comes = asked is not _Asked.PLAINLY and _COMES.search(said) is not None
    visits = not waits and (comes or _VISIT.search(said) is not None) and _FIRM_BUY.search(said) is None
    then_buys = last.mark not in _STOPS and (
        (_THEN_BUYS.match(following) is not None and not visits and not find_spells(following, today))
        or any(_ON_THE_SPOT.search(line.neighbour(position + step)) for step in (1, 2))
    )
    visit_turn = spell.is_day and (_VISIT.search(line.text) is not None or bool(find_clocks(line.text)))
    corrects = bare and opens and corrected and not visit_turn and "那个" not in rest
    if corrects or (bare and asked and not visits and not (visit_turn and not buys and asked is not _Asked.PLAINLY)):
        score = _ANSWERS
    elif (buys and not visits) or then_buys:
        score = _SAYS + (_SURE.search(said) is not None)
    elif visits or visit_turn or not (asked or (bare and opens) or postponed):
        return 0
    elif replies and not clause.asks and not spell.loose:
        return 0 if _doubts(lead, rest, last) else _SAYS
    else:
        score = _STATES if postponed or (bare and opens) else _MENTIONS
    far = not asked and (spell.first - today).days > _TOO_FAR
    weak = score < (_STATES if bare or buys or then_buys else _SAYS)
    if spell.loose and (far or weak):
        return 0
    return score - _doubts(lead, rest, last)


def _doubts(lead: str, rest: str, last: Clause) -> int:
    """What speaks against it: the customer is busy then, it is another's day, or it is only asked."""
    said = f"{lead}　{rest}"
    doubts = 0
    waits = lead.startswith("等") and _THEN_SEES.search(rest) is not None
    if _BUSY.search(said) and not waits and not re.search(r"提不到|买不到", rest):
        doubts += 4
    if _OTHERS.search(lead) and _FIRM_BUY.search(rest) is None and _REST.sub("", rest):
        doubts += 3
    if re.search(r"的话|要是|如果", said) and last.asks:
        doubts += 4
    if last.mark in ("？", "?") and not re.search(r"能.{0,4}(?:提|拿|开|交)|来得及", said):
        doubts += 2
    return doubts


def _is_other(lead: str, said: str, previous: str) -> bool:
    """Whether these days are past, denied, or the other branch of a condition."""
    if re.search(r"本来|原来|原先|上回说|去年|以前|还剩|[不就]差$|这才|才$|[别甭]$|[你您][^，。]{0,4}说", lead) or (
        _PAST.search(said) and not _PLANS.search(said)
    ):
        return True
    if _CONDITION_FAILS.search(lead + said) and "提不到" not in said:
        return True
    if _NOT_BUYING.search(said) and not re.search(r"提不到|买不到|不买不", said):
        return True
    return _CONDITION_FAILS.search(previous) is not None and not re.search(r"没毛病|没问题", previous)


def _proposed(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    """The agent's 这个月底就定下来吗 counts when the customer says yes and names no other day."""
    spells = find_spells(line.text, today)
    if not spells:
        return
    answer = talk.after(line)
    before = talk.before(line)
    for spell in spells:
        clause = line.clause_at(spell.start)
        inside = line.text[clause.start : spell.start] + "　" + line.text[spell.end : clause.end]
        about = _BUY.search(inside) is not None and not re.search(
            r"到店|来店|店里|过来|给您(?:打|发|回|交)|交车|联系|您来|来提|活动|优惠|政策", clause.text
        )
        if re.search(r"[上下]午|几点", line.text) and line.asks:
            continue
        if not about or (_PAST.search(inside) and not re.search(r"上回说|没记错", inside)):
            continue
        put = clause.asks or any(later.asks for later in line.clauses[line.clauses.index(clause) + 1 :][:2])
        agreed = answer is not None and says_yes(line, answer) and not _names_other(answer, spell, today)
        restated = (
            before is not None
            and not put
            and "您" in clause.text
            and any((s.first, s.last) == (spell.first, spell.last) for s in find_spells(before.text, today))
        )
        if (put and agreed) or restated:
            yield _Claim(spell, line, clause, _SAYS)


def _names_other(answer: Line, spell: Spell, today: date) -> bool:
    others = find_spells(answer.text, today)
    return any(
        (other.first, other.last) != (spell.first, spell.last)
        and not other.loose
        and _score(answer, answer.clause_at(other.start), other, today, asked=_Asked.LOOSELY, opens=False) >= _SAYS
        for other in others
    )
