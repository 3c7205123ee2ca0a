"""Whether the dealer's question asks for the time of purchase, or for a time to meet, or of something else."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qc.memo.talk import Line, Talk

BUY = re.compile(
    r"[买订签](?!金)|(?<![指固一肯决确约商规稳预搞])定(?!金|价|制|位|律|期|点)|(?<![来去])提(?:车|[老新]款|现车|回|走|不到|到|新|了|$|吧)|拿(?:车|到车|下|着车|得到)|换(?:车|掉|新|了|个新|台|辆|$|吧|了它)|要用|[得要]有(?:个|台)?车|有车(?:开|用|$)|见车|"
    r"用(?:上|车)|到(?:手|位)(?!也|就|才)|开票|(?:添|采购|购置|置办|整|弄)[^，。]{0,5}[台辆车]|款[^，。]{0,2}[付交打]|定金[^，。]{0,6}[交转付打]|[交转付打][^，。]{0,3}定金|利索|停家门口|落户|拍板|开(?:走|回|上|新车)|入手|搞定|成交|落定|落实|上(?:车|牌)|下(?:单|订)|拿下|付款|刷卡|办(?:了|下来|手续|完|掉|这)|接车|交[定订]金|上户|开着新|选(?!择|装)|弄(?:完|了|台|辆|好|$)|要车|购车(?!补)|[交付打]钱|锁单|打款|转大?定(?!金)|按手印|全款$|把[^，。]{0,3}[车单][^，。]{0,2}[了掉]$|下手|抢(?![手着眼])|走完?流程|锁(?=$|[了吧])|采购(?=$|[吧了])|(?<!举)办(?=$|吧)|(?:能|可以)给我车|[转付]给[你您]|带[着上]?钱|捡便宜|　到就|拿走|牵走|把它带走|来刷|就刷|付清|落[袋掉笔]|上路|到齐|换上|搞掂|[弄办整][妥齐]|没得?车|用起来|想整|钥匙[^，。]{0,4}[到在]?[^，。]{0,2}手|来开走|想开走|提着车|　(?:就|得|要)+(?:开得?出去|开走)|转[一二两三五]?[千万]|按手印|给我(?:就行|一[台辆]|[办弄搞]|留)|才有钱"
)
FIRM_BUY = re.compile(
    r"[买订](?!金)|签(?!字|收)|(?<![指固一肯决确约商规稳预搞])定(?!金|价|制|位|律|期|点|明天|后天|周|礼拜)|换车|拿下|下单|落定|交[定订]金|下定|交钱|付款|刷卡|带[着上]?钱|锁单|打款|锁(?=$|[了吧])"
)
VISIT = re.compile(
    r"过来|过去|[去来]找|去(?:你|店|看|试|一趟)|到(?:店|你)|来(?:看|店|你|试|一趟|找|提)|去提|看车|看看(?!有|能|价|优惠|情况|行情|再|别|其他)|试驾|试乘|打(?:给|我|电话)|电话|联系|回话|回我|给我(?:发|报|个)"
)
ASKS_WHEN = re.compile(
    r"什么时候|(?:啥|什么|么子|哪个|咋)(?:前儿|辰光|会儿|时间|时)|多咱|哪会儿|哪阵|哪[一个]?[天日段周]|几号|几月|第几|时间(?:呢|是|上|点)?$|啥子?时候|么子时候|啥时间|几时|几月|多会儿|多久|好久|多长时间|多快|哪天|哪个月|何时|什么时间|时间上|时间点|考虑好"
)
_WHAT_OF = re.compile(r"^那?(?:您|你)?(?:这|新|买|换)?车呢$")
"""车呢, after talk of something else: when is it to be bought."""
_ASKS_HOW = re.compile(r"近期|最近|怎么样|咋样|打算")
_BUY_ASKED = re.compile(
    r"[买订签提换]|(?<![肯决约])定|用车|用上|要用|上车|入手|落定|考虑|商量|购车|拿车|计划|打算|需要|着急|急用|急不急|急着[要用]|缓|等|纠结|犹豫|要车|落实|要(?:呢|嘛|啊|呀|吗|不|么)?(?=[，？?]|$)|下单|结论|决定"
)
VISIT_ASKED = re.compile(
    r"[上下]午|几点|到店|来店|过来|店里|(?<![下起出回])来[呢呀啊吗嘛]?$|来(?:看|签字|做|逛|试|一趟|吧|坐|开|对比|把)|预约|改到|改约|送过[去来]|送到|拜访|开一?下|看车|试驾|试乘|有空|有时间|方便|见面|打给|联系您|电话|上门|[来去]提|交车"
)
_OTHER_ASKED = re.compile(
    r"[没有]课|没事|[轮倒调]休|在家|[做分贷][^，。]{0,2}[一二两三四五]年|首付|月供|到期|年检|保险|过期|生日|出生|预产|毕业|[高中]考|几岁|多大|上学|驾照|驾龄|批|看到|听说|知道我们|[来试驾问]过|上的牌|[买提换开]的(?!话|时候)|[买开]了|(?:什么时候|几号|哪天|几时|几月)[^，。？]{1,8}的[吗呀啊呢]?$|装|"
    r"下班|上班|休息|放假|在家|回[来国]|有效期|截止|(?:多久|多长时间|几年|多少年)了|忙|联系|质保|首保|保养|贷|分期|退休|搬|[生产]的|尾款"
)
"""The agent asks when something else is or was."""
_NEXT_ONE = re.compile(r"下[次回]")
"""您下次什么时候买车: not this car."""
_TOLD_BEFORE = re.compile(
    r"(?:您|你)[^，。]{0,6}(?:说|讲|登记|计划|打算|备注|填)的?[^，。]{0,14}(?:[买订提换签]|定(?!金)|用车)"
)
"""您之前登记的是十二月买车 asks whether it still holds."""
_FRAME = re.compile(
    r"[您你咱这那边个块方面的是就还能可想要大概约准备预计一般到底具体最快早迟晚呢呀吗啊嘛吧哦比较合适行好会不更有说了嗯哎大哥姐叔先生女士来去]|左右|[春夏秋冬]天|来得及|什么|时间|安排|目标|要求|方便|差不多|应该|"
    r"[一二三四五六七八九十上下这本]+个?(?:月|周|礼拜|星期|季度)|[今明]年|年[前后底]"
)
"""What is left of a question beside these is what it asks about."""
_EITHER_TIME = re.compile(
    r"(?:[上下这本当]个?(?:月|周|礼拜)|月|[今明]年|年[前底内]|节前|季度)(?:走|办|买|要|弄)?[，]?还是(?:等)?(?:[上下]个?(?:月|周|礼拜)|[^，。？]{1,3}月|[明后]年|年[后底]|节后|下半年|[^，。？]{0,4}(?:之后|以后))(?:走|办|买|要|弄|考虑)?(?=[呢呀吗啊？?]|$)"
)
"""年前还是年后, 这月走还是下月走: without a subject it is about the purchase."""
_LEFT_OUT = re.compile(r"[天日号周月年]|礼拜|星期|具体|哪|大概|几")
_TURNS_BACK = 2
"""八月具体哪一段, 那明天: what is asked is the subject of the questions before, so many at most."""
_ELLIPTIC = 14
"""A question of no more characters may leave its subject out."""
_LEAST_CONTENT = 2
"""So many characters beside its frame are something that a question asks about."""


class Asked(IntEnum):
    """How plainly the agent asks for the time of purchase."""

    NO = 0
    LOOSELY = 1
    PLAINLY = 2


def asks_when(talk: Talk, line: Line | None, turns_back: int = _TURNS_BACK) -> Asked:
    """Whether this line asks for the time of purchase, as against a time to meet or of something else."""
    if line is None:
        return Asked.NO
    asked = [clause for clause in line.clauses if clause.asks]
    if not asked:
        told = _TOLD_BEFORE.search(line.text) is not None and not VISIT_ASKED.search(line.text)
        return Asked.LOOSELY if told else Asked.NO
    last = asked[-1].text
    tag = re.fullmatch(r"(?:是|对|没错|行|好|没变|对不对|是不是|好不好|是吧?这个意思)[吧吗呀不]?", last) is not None
    together = "".join(clause.text for clause in (line.clauses if tag else asked))
    meets = VISIT_ASKED.search(last) and not FIRM_BUY.search(last) and "考虑" not in last
    if (
        meets
        or _NEXT_ONE.search(together)
        or _asks_of_else(last)
        or (_OTHER_ASKED.search(together) and not FIRM_BUY.search(together))
    ):
        return Asked.NO
    elliptic = not on_meeting(talk, line)
    short = elliptic and len(last) <= _ELLIPTIC
    when = ASKS_WHEN.search(together) and (_BUY_ASKED.search(line.text) or short)
    if when or _WHAT_OF.match(last) or (elliptic and _EITHER_TIME.search(together)):
        return Asked.PLAINLY
    suits = re.search(r"还是|吗|吧|对|没|呢|是$|么|[？?]", last + asked[-1].mark) is not None
    if (_ASKS_HOW.search(together) or suits) and _BUY_ASKED.search(line.text):
        return Asked.LOOSELY
    return _asked_before(talk, line, last, turns_back)


def asked_part(line: Line) -> str:
    """The last question of this line up to its word for when."""
    asked = [clause.text for clause in line.clauses if clause.asks]
    when = ASKS_WHEN.search(asked[-1]) if asked else None
    return asked[-1][: when.start()] if when else ""


def _asks_of_else(question: str) -> bool:
    """Whether a question for a time names what happens then, and that is not the purchase: 您哪天能给我答复."""
    if ASKS_WHEN.search(question) is None or _BUY_ASKED.search(question) or BUY.search(question):
        return False
    asked = re.split(r"[您你]", question, maxsplit=1)[-1]
    return len(_FRAME.sub("", ASKS_WHEN.sub("", asked))) >= _LEAST_CONTENT


def on_meeting(talk: Talk, line: Line) -> bool:
    """Whether the question or answer before this line was about a visit or a call: 初八以后具体哪天呢 goes on with it."""
    before = talk.before(line)
    earlier = talk.before(before) if before is not None else None
    return earlier is not None and any(
        (clause.asks or "约" in clause.text) and VISIT_ASKED.search(clause.text) and not FIRM_BUY.search(clause.text)
        for clause in earlier.clauses
    )


def _asked_before(talk: Talk, line: Line, question: str, turns_back: int) -> Asked:
    """What a question without a subject of its own asks: 八月具体哪一段, 那明天."""
    before = talk.before(line)
    earlier = talk.before(before) if before is not None else None
    short = len(question) <= _ELLIPTIC and _LEFT_OUT.search(question) is not None
    meets = VISIT_ASKED.search(line.text) or (before is not None and VISIT.search(before.text))
    if not turns_back or not short or earlier is None or meets:
        return Asked.NO
    return Asked.LOOSELY if FIRM_BUY.search(earlier.text) else asks_when(talk, earlier, turns_back - 1)
