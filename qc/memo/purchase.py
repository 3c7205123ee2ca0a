"""When the customer means to buy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from qc.domain import Evidence, PurchaseTime
from qc.memo.dates import Spell, find_spells
from qc.memo.talk import Clause, Line, Talk

_BUY = re.compile(
    r"[买订签]|(?<![指固一肯决确约商规稳预])定(?!金|价|制|位|律|期|点)|提(?:车|回|走|不到|到|新|了|$|吧)|拿(?:车|到车|下|着车|得到)|换(?:车|掉|新|了|个新|台|辆|$|吧|了它)|要(?:用|车|开)|用(?:上|车)|开(?:走|回|上|新车)|入手|搞定|成交|落定|落实|"
    r"上(?:车|牌)|下(?:单|订|定)|拿下|交车|付款|刷卡|办(?:了|下来|手续|完|掉|这)|接车|开着新|选(?!择|装)|弄(?:完|了|台|辆|$)"
)
_ASKS_WHEN = re.compile(
    r"(?:什么时候|啥时候|啥时间|几时|几月|多会儿|多久|多长时间|多快|哪天|哪个月|何时|什么时间|时间上|时间点|近期|最近)"
)
_BUY_ASKED = re.compile(
    r"[买订签提换]|(?<![肯决约])定|用车|用上|要用|上车|入手|落定|考虑|购车|拿车|计划|打算|需要|着急|急用|缓|要车|落实|要(?:呢|嘛|啊|呀)?[？?]?$|下单|结论|决定"
)
_VISIT_ASKED = re.compile(
    r"到店|来店|过来|店里|来(?:看|试|一趟|吧|坐)|试驾|试乘|有空|有时间|方便|见面|打给|联系您|电话|上门|来提|交车"
)
_VISIT = re.compile(
    r"过来|过去|去(?:你|店|看|试|一趟)|到(?:店|你)|来(?:看|店|你|试|一趟|找)|看车|试驾|试乘|打(?:给|我|电话)|电话|联系|回话|回我|给我(?:发|报|个)"
)
_BUSY = re.compile(
    r"不行|来不及|不可能|够呛|走不开|值班|睡觉|加班|不方便|没空|没时间|不成|不急着|办不了|还没|才(?:发|有)|不买|到期|"
    r"做手术|毕业|放假|生日$|回老家|住院|涨价|降价|有优惠|搞活动|换代|出新"
)
_PAST = re.compile(
    r"本来|原来|原先|之前说|上回说|以前说|去年|那会儿|刚买|买了(?:有|都)|的时候(?:买|看)|(?:来|看|试|去|问|约|提|买|订|定|拿)过|(?:提|买|订|换|来|试驾)的(?!话)|生产|出厂|下线|上的牌|拿的本|开的业|认识"
)
_OTHERS = re.compile(
    r"(?:我|俺)?(?:老婆|媳妇|爱人|太太|老公|先生|爸|妈|儿子|女儿|闺女|孩子|娃|小孩|弟|哥|姐|妹|朋友|同事|邻居|岳父|岳母|丈人|公司|单位|厂家|你们|银行|政策|补贴|优惠|新款|车展)[^，。]{0,8}$"
)
_SURE = re.compile(r"肯定|必须|一定|就|得(?!嘞)|最好|打算|准备|计划|争取|差不多|想|要")
_CONDITION_FAILS = re.compile(
    r"^(?:要是|如果|万一|要)[^，。]{0,12}(?:没|不|批不下|赶不上)|拖到|就(?:只能|得)?(?:等|拖)|批不下来"
)
_REST = re.compile(r"[吧呢呗嘛啊呀嗯哦噢了哎那就是也大概差不多估计得要怎么都说我个]|可能|最好|最早|最晚|最迟|应该|左右")


class _Claim(NamedTuple):
    spell: Spell
    line: Line
    clause: Clause
    score: int


def find_purchase_time(talk: Talk, today: date) -> tuple[PurchaseTime, tuple[Evidence, ...]] | None:
    """When the customer means to buy, with the words; the plainest statement wins, then the last."""
    claims: list[_Claim] = []
    for line in talk.lines:
        claims += _own(talk, line, today) if line.by_customer else _proposed(talk, line, today)
    if not claims:
        return None
    best = max(claims, key=lambda claim: (min(claim.score, 5), claim.line.index, claim.score, claim.spell.start))
    spell, line = best.spell, best.line
    said = line.text[spell.start : spell.end]
    value = PurchaseTime(from_=spell.first, to=spell.last, said=said)
    return value, (talk.evidence(line.index, spell.start, spell.end),)


def _asks_when(line: Line | None) -> bool:
    """Whether this line asks for the time of purchase, as against a time to meet."""
    if line is None:
        return False
    asked = [clause for clause in line.clauses if clause.asks]
    if not asked:
        return False
    last = asked[-1].text
    together = "".join(clause.text for clause in asked)
    if _VISIT_ASKED.search(last) and not re.search(r"买|定(?!金)|订|签|提车|换车|用车", last):
        return False
    return bool((_ASKS_WHEN.search(together) or re.search(r"还是|吗|吧|对|没", last)) and _BUY_ASKED.search(together))


def _own(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    spells = find_spells(line.text, today)
    if not spells:
        return
    before = talk.before(line)
    asked = _asks_when(before)
    opens = before is None or not before.text
    for spell in spells:
        clause = _clause_of(line, spell)
        score = _score(line, clause, spell, asked=asked, opens=opens)
        if score > 0:
            yield _Claim(spell, line, clause, score)


def _clause_of(line: Line, spell: Spell) -> Clause:
    return next(clause for clause in line.clauses if clause.start <= spell.start < max(clause.end, clause.start + 1))


def _score(line: Line, clause: Clause, spell: Spell, *, asked: bool, opens: bool) -> int:
    """0 or less where these days are not those of the purchase, else how plainly they are."""
    text = clause.text
    lead, rest = line.text[clause.start : spell.start], line.text[spell.end : max(clause.end, spell.end)]
    position = line.clauses.index(clause)
    following = line.clauses[position + 1].text if position + 1 < len(line.clauses) else ""
    bare = len(_REST.sub("", lead + rest)) <= 2
    buys = _BUY.search(lead + "　" + rest) is not None
    follows = (
        bare
        and not line.clauses[position].mark == "。"
        and re.match(
            r"^(?:[^，。]{0,4}?)(?:就|再|肯定|必须|一定|得|要|把)[^，。]{0,6}(?:[买订签提]|定(?!金)|换车|拿下|下单)",
            following,
        )
        is not None
    )
    visits = _VISIT.search(text) is not None and not re.search(r"[买订签提]|定(?!金)", lead + rest)
    if _PAST.search(text) and not asked:
        return 0
    if re.search(r"本来|原来|原先|上回说|去年|以前", lead) or (_CONDITION_FAILS.search(text) and "提不到" not in rest):
        return 0
    if position and _CONDITION_FAILS.search(line.clauses[position - 1].text):
        return 0
    score = 0
    if (buys and not visits) or follows:
        score += 4
    elif (asked or opens) and bare and not visits:
        score += 4 if asked else 2
    elif asked and not visits:
        score += 2 if not opens else 1
    if not score:
        return 0
    if spell.loose and not (asked or buys or follows or opens):
        return 0
    if _BUSY.search(lead + rest) and not re.search(r"提不到|买不到", rest):
        score -= 4
    if _OTHERS.search(lead) and not re.search(r"[买订签提]|定(?!金)", rest):
        score -= 3
    if clause.mark in ("？", "?") and not re.search(r"能.{0,4}(?:提|拿|开|交)|来得及", text):
        score -= 2
    if _SURE.search(lead + rest):
        score += 1
    return score


def _proposed(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    """The agent's 这个月底就定下来吗 counts when the customer says yes and names no other day."""
    spells = find_spells(line.text, today)
    if not spells:
        return
    answer = talk.after(line)
    before = talk.before(line)
    for spell in spells:
        clause = _clause_of(line, spell)
        inside = line.text[clause.start : spell.start] + "　" + line.text[spell.end : clause.end]
        about = _BUY.search(inside) is not None and not re.search(
            r"到店|来店|店里|过来|给您(?:打|发|回|交)|交车|联系|您来|来提|活动|优惠|政策", clause.text
        )
        if not about or (_PAST.search(inside) and not re.search(r"上回说|没记错", inside)):
            continue
        put = clause.asks or any(later.asks for later in line.clauses[line.clauses.index(clause) + 1 :][:2])
        agreed = (
            answer is not None
            and (answer.agrees or answer.text.startswith(("得嘞", "行", "可不", "没错")))
            and not _names_other(answer, spell, today)
        )
        restated = (
            before is not None
            and not put
            and "您" in clause.text
            and any((s.first, s.last) == (spell.first, spell.last) for s in find_spells(before.text, today))
        )
        if (put and agreed) or restated:
            yield _Claim(spell, line, clause, 4)


def _names_other(answer: Line, spell: Spell, today: date) -> bool:
    others = find_spells(answer.text, today)
    return any(
        (other.first, other.last) != (spell.first, spell.last)
        and not other.loose
        and _score(answer, _clause_of(answer, other), other, asked=True, opens=False) > 3
        for other in others
    )
