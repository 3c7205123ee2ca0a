"""When the customer means to buy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from qc.domain import Appointment, Evidence, PurchaseTime
from qc.memo.answers import says_yes
from qc.memo.dates import Spell, deadline, find_spells
from qc.memo.day_words import DAY
from qc.memo.hours import find_clocks
from qc.memo.talk import Clause, Line, Talk
from qc.memo.when_asked import BUY, FIRM_BUY, VISIT, VISIT_ASKED, Asked, asked_part, asks_when, on_meeting

_PUTS_OFF = re.compile(r"再(?:来|买|定|看|说|考虑|换|提)了?[吧呗]?$")
"""六月发了工资再来; 等果子卖了，大概十月底 puts it off likewise."""
_MOVED_TO = re.compile(r"(?:推|挪|延|改|[得要]等?)到$")
"""推到七月头吧, 不过得到下半年了."""
_IF_ORDERED_NOW = re.compile(r"现在[订定下]")
"""现在订十一月能到吗 asks when it would come."""
_COMES = re.compile(r"(?<![下起出回])来$")
_BUSY = re.compile(
    r"不行|忙|出差|有事|[去来]不(?:了|成)|来不及|不可能|够呛|走不开|值班|睡觉|加班|飞[^，。]{1,4}$|出国|在外地|搬家|不方便|没空|没时间|不成|办不了|还没|"
    r"做手术|毕业|生日$|住院|涨价|降价|(?<!捡)便宜|划算|有优惠|搞活动|换代|出新|报到|交房租|还[房车]贷|手头紧|没钱|上[一二三]年级|还剩"
)
_NOT_BUYING = re.compile(
    r"不(?:去|来|过来|过去)(?:了|$)|　不(?:要|行|成)了?$|不(?:兴|能|好|想|打算|准备|会|敢|是)?(?:买|订|定|提|换|交|付|签)(?!不到)|没(?:打算|想)?(?:买|订|定|换)|(?:[买订定提换签转付交]|决定|落实|下单)不了|赶不上|悬(?![架挂浮])|(?:先|暂时|暂)不(?!说)|　(?:都|也|就|是)*没(?:有|得)(?!问题|毛病)"
)
_GIVES_UP = re.compile(r"先不(?:看|买|考虑|换)了?(?=[，。]|$)|不(?:看|买|考虑|换)了(?=[，。]|$)|不打算[买换]")
_ON_THE_SPOT = re.compile(
    r"^(?:直接|就|马上)?(?:把[^，。]{1,4})?(?:[订签买]|定(?!金)|拿下)(?:了|掉|走|$)|^(?:价[格钱]?)?(?:合适|有[^，。]{1,4}|看[中好上]|谈[好成拢]|没问题)了?(?:的话)?我?(?:就|当场|直接)+[^，。]{0,3}(?:[订签买]|定(?!金)|拿下|下单)|(?:当场|当天|现场|当时)(?:就|把|直接|能)?[^，。]{0,4}(?:[买订签提]|定(?!金)|下单|交)"
)
"""周日过来，谈好了当场就定: the day to meet is the day to buy."""

_PAST = re.compile(
    r"之前说|上回说|以前说|去年|那会儿|刚买|买了(?:有|都)|的时候(?:买|看)|(?:来|看|试|去|问|约|提|买|订|定|拿)过|(?:提|买|订|定|签|换|交|来|试驾)的(?!话|时候)|生产|出厂|下线|上的牌|拿的本|开的业|认识"
)
_HAD_FOR = re.compile(r"(?:才|已经|都|刚)[开用买提换]了?$")
"""我这个才开两年."""
_UNSURE = re.compile(r"什么时候[^，。]{0,3}(?:讲|说)不[准好清]|没准|不好说")
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
    r"^(?:[^，。]{0,6}?)(?:就|再|立马|马上|直接|肯定|必须|一定|得|要|把|到时候|了|全款|过来|[来去])[^，。]{0,6}(?:[买订签提]|定(?!金)|换车|换新|换个新|拿下|下单|交[定订]金|交钱|刷卡|付|一把给|走(?:合同|流程)|办(?=$|[了吧]))"
)
_DONE_THEN_BUYS = re.compile(
    r"^到时候[^，。]{0,2}(?:[订签买]|定(?!金)|换车)|^[^，。]{1,4}(?:完|了|好|到|过)[^，。]{0,3}(?:就|再|立马|马上|直接)[^，。]{0,5}(?:[买订签提]|定(?!金)|换|拿下|下单|交[定订]金|办(?=$|[了吧]))"
)
"""考完就拿证，拿了证就买: one thing upon the other."""
_STEPS = 2
"""So many clauses may stand between what happens that day and the purchase."""
_REST = re.compile(
    r"[吧呢呗嘛啊呀嗯哦噢了哎那就是也大概差不多估计得要怎么都说我个样]|可能|最好|最早|最晚|最迟|应该|左右|样子|里厢|边上|光景|大约|几号|反正|所以|不过|起码|至少|要么|琢磨着|寻思|看|同乐|你别催"
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
_LIMIT_BACK = 3
"""A limit (补贴到二十号) may stand so many lines before 在那之前."""
_STOPS = "。！？!?"


_TIED = re.compile(
    r"(?:那[天晚]|当[天晚场]|现场|到时候|[展会]上|(?:完|了|好|齐|到|过|期|业|来|销)(?:我|咱)?就|以后就)[^，。不没]{0,6}(?:[订签买]|定(?!金)|下单|交[钱定订]|付[款钱]|拿下|抢|换(?:个?新)?车?(?=$|[吧？?了])|办(?=$|[吧？?了]))"
)
"""到了我就去交钱, 那天我来下单, 毕业就买: the purchase hangs on what was spoken of."""
_WEEK = 7 * DAY
"""Where a visit is spoken of, a day or week in answer is that of the visit."""
_LATEST = re.compile(
    r"(?:最迟|最晚|至迟|顶多拖到|最多拖到|最多等到|不能晚过|不能晚于|不晚于)(?:也)?(?:就)?(?:是|在|到|得)?$"
)
"""最迟下礼拜二: any day until then."""


class _Claim(NamedTuple):
    spell: Spell
    line: Line
    clause: Clause
    score: int
    pays_off: bool = False
    """Money comes that day, and then they buy: 一月二十五号发奖金，发了就买."""
    tied: bool = False
    """A later line ties the purchase to this day."""


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
    line = best.line
    same = (claim.spell for claim in claims if claim.line is line and _same_days(claim.spell, best.spell))
    spell = next(same, best.spell)
    latest = _LATEST.search(line.text[: spell.start])
    start = latest.start() if latest else spell.start
    said = line.text[start : spell.end]
    limit = latest is not None or _asks_for_latest(talk, line)
    value = PurchaseTime(from_=today if limit else spell.first, to=spell.last, said=said)
    return value, (talk.evidence(line.index, start, spell.end),)


def _asks_for_latest(talk: Talk, line: Line) -> bool:
    """Whether this answers 最迟哪天能定: any day until then."""
    before = talk.before(line)
    return (
        before is not None
        and line.by_customer
        and re.search(r"(?:最[迟晚]|至迟)[^，。]{0,6}$", asked_part(before)) is not None
    )


def _is_the_meeting(talk: Talk, claim: _Claim, agreed: Appointment, words: tuple[Evidence, ...]) -> bool:
    before = talk.before(claim.line)
    return (
        claim.spell.is_day
        and not claim.tied
        and agreed.kind != "交车"
        and agreed.at.startswith(claim.spell.first.isoformat())
        and any(quote.utterance == claim.line.index for quote in words)
        and BUY.search(claim.line.text) is None
        and (before is None or FIRM_BUY.search(before.text) is None)
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


def _own(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    before = talk.before(line)
    spells = find_spells(line.text, today, _limit_named(talk, line, today))
    if not any(not spell.loose for spell in spells):
        yield from _upon_what_was_named(talk, line, today)
    if not spells:
        return
    gives_up = _GIVES_UP.search(line.text) is not None
    asked = asks_when(talk, before)
    agrees = before is not None and says_yes(before, line) and bool(find_spells(before.text, today))
    opens = before is None or not before.asks
    meets = before is not None and (VISIT_ASKED.search(before.text) is not None or on_meeting(talk, before))
    answered = False
    told = before is not None and not before.asks
    for spell in spells:
        clause = line.clause_at(spell.start)
        if spell.loose and told and not asked and BUY.search(line.text) is None:
            continue  # 三天啊 says the agent's length of time again
        replies = asked is Asked.PLAINLY and not answered and not agrees
        score = _score(
            line,
            clause,
            spell,
            today,
            asked=asked,
            opens=opens and not (meets and spell.last - spell.first < _WEEK),
            meets=meets,
            replies=replies,
            corrected=answered,
        )
        if score >= (_SAYS if gives_up else 1):
            answered = True
            rest = line.text[spell.end : clause.end]
            yield _Claim(spell, line, clause, score, spell.is_day and _PAYS_OFF.search(rest) is not None)


def _upon_what_was_named(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    """The day named before that this line ties the purchase to: 二十五号到港 - 到了我就去交钱; 那天我来下单."""
    if not line.by_customer or _GIVES_UP.search(line.text) or _UNSURE.search(line.text):
        return
    tied = any(
        _TIED.search(clause.text) and not (clause.asks or _NOT_BUYING.search(clause.text)) for clause in line.clauses
    )
    before = talk.before(line)
    proposed = before is not None and before.asks and _TIED.search(before.text) is not None and says_yes(before, line)
    if not tied and not proposed:
        return
    for earlier in reversed(talk.lines[max(line.index - _LIMIT_BACK, 0) : line.index]):
        named = [spell for spell in find_spells(earlier.text, today) if not (spell.loose or _PAST.search(earlier.text))]
        if named:
            clause = earlier.clause_at(named[-1].start)
            yield _Claim(named[-1], earlier, clause, _SAYS, tied=True)
            return


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
    asked: Asked,
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
    previous = line.neighbour(position - 1)
    if _is_other(lead, said, previous, last):
        return 0
    puts_off = _PUTS_OFF.search(rest) is not None or (previous.startswith("等") and not lead.strip("大概估计那就得要"))
    moved = _MOVED_TO.search(lead) is not None and not _REST.sub("", rest)
    postponed = (puts_off or moved) and not (meets or spell.is_day or spell.loose)
    waits = asked and lead.startswith("等") and _THEN_SEES.search(rest) is not None
    ends = asked and not _REST.sub("", rest) and len(lead) <= _SHORT_LEAD
    bare = len(_REST.sub("", lead + rest)) <= _PARTICLE or ends or waits
    buys = BUY.search(said) is not None
    comes = asked is not Asked.PLAINLY and _COMES.search(said) is not None
    visits = not waits and (comes or VISIT.search(said) is not None) and FIRM_BUY.search(said) is None
    then_buys = last.mark not in _STOPS and (
        (not visits and _leads_to_buying(line, position, today))
        or any(_ON_THE_SPOT.search(line.neighbour(position + step)) for step in (1, 2))
    )
    visit_turn = spell.is_day and (VISIT.search(line.text) is not None or bool(find_clocks(line.text)))
    corrects = bare and not _REST.sub("", lead + rest) and opens and corrected and not visit_turn and "那个" not in rest
    if corrects or (bare and asked and not visits and not (visit_turn and not buys and asked is not Asked.PLAINLY)):
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


def _leads_to_buying(line: Line, position: int, today: date) -> bool:
    """Whether they buy upon what happens in this clause: 十九号考科四，考完就拿证，拿了证就买."""
    if _UNSURE.search(line.text):
        return False
    for later in line.clauses[position + 1 : position + 1 + _STEPS]:
        if any(not spell.loose for spell in find_spells(later.text, today)):
            return False
        then = _THEN_BUYS if later.start == line.clauses[position + 1].start else _DONE_THEN_BUYS
        if then.match(later.text) is not None:
            return _NOT_BUYING.search(later.text) is None
        if later.mark in _STOPS:
            return False
    return False


def _doubts(lead: str, rest: str, last: Clause) -> int:
    """What speaks against it: the customer is busy then, it is another's day, or it is only asked."""
    said = f"{lead}　{rest}"
    doubts = 0
    waits = lead.startswith("等") and _THEN_SEES.search(rest) is not None
    if _BUSY.search(said) and not waits and not re.search(r"提不到|买不到", rest):
        doubts += 4
    if _OTHERS.search(lead) and FIRM_BUY.search(rest) is None and _REST.sub("", rest):
        doubts += 3
    if re.search(r"的话|要是|如果", said) and last.asks:
        doubts += 4
    if last.mark in ("？", "?") and not re.search(r"能.{0,4}(?:提|拿|开|交)|来得及", said):
        doubts += 2
    return doubts


def _is_other(lead: str, said: str, previous: str, last: Clause) -> bool:
    """Whether these days are past, denied, of the delivery, or the other branch of a condition."""
    if re.search(
        r"本来|原来|原先|上回说|去年|以前|还剩|[不就]差$|这才|才$|[别甭]$|[不又]是$|[你您][^，。]{0,4}说", lead
    ) or (_PAST.search(said) and not _PLANS.search(said)):
        return True
    if _IF_ORDERED_NOW.search(lead) and last.asks:
        return True
    if _HAD_FOR.search(lead):
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
        about = BUY.search(inside) is not None and not re.search(
            r"到店|来店|店里|过来|给您(?:打|发|回|交)|交车|联系|您来|来提|活动|优惠|政策", clause.text
        )
        about = about or (clause.asks and spell.bound and _goes_on_asking(talk, before))
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


def _goes_on_asking(talk: Talk, answer: Line | None) -> bool:
    """Whether the line before this answer asked for the time of purchase.

    啥时候换 - 下雪前 - 那就是十一月底之前？ goes on with it.
    """
    question = talk.before(answer) if answer is not None else None
    return asks_when(talk, question) is Asked.PLAINLY


def _names_other(answer: Line, spell: Spell, today: date) -> bool:
    others = find_spells(answer.text, today)
    return any(
        (other.first, other.last) != (spell.first, spell.last)
        and not other.loose
        and _score(answer, answer.clause_at(other.start), other, today, asked=Asked.LOOSELY, opens=False) >= _SAYS
        for other in others
    )
