"""Which cars were spoken of: what the customer wants, what else is considered, and what is to be traded in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from qc.domain import Call, Evidence
from qc.memo.car_names import Mention, is_ours
from qc.memo.own_car import OTHERS, YOURS, find_trade_in, full_year, is_on_order, is_owned, is_said_to_own
from qc.memo.talk import Line, Talk
from qc.rulebook.needs import Brand, Vehicles

_SHORT = 14
"""A clause of so few characters is about the car it names."""
_DROPPED_AFTER = re.compile(
    r"^(?:那[款台个辆])?(?:呢|嘛|我|就|也|先|[，])*(?:不(?:想|看|要|考虑|买|喜欢|感兴趣)(?:了|吧|的)?(?=$|[，。！？])|不?用了|没(?:啥|什么)?兴趣|拉倒|免了|超预算|够不着|算了|往后放|没抢着|没听过|不行|太(?:贵|大|小)了?不)|^[？?]|^是我(?:爸|爷)|^那不是"
)
_SET_ASIDE = re.compile(
    r"^[^。！？]{0,16}?(?:(?:就|也|都|先|肯定|直接|已经|我)*(?:不(?:要|看|考虑|想要|选|买)(?:了|的|吧)?(?=$|[，。！])|没(?:再)?(?:考虑|看)了|[pP][aA][sS]{2}|淘汰|放弃|排除|否了|划掉))"
)
"""奇骏三缸的，不要: what is set aside at the end of the sentence, with nothing else named between."""
_LIKENED = re.compile(r"[跟和像同与]$")
_LIKE = re.compile(r"^(?:也)?(?:差不多|一样|似的|一个样|没[啥什]么?区别)")
"""跟赛那差不多 names a measure, not a wish."""
_DROPPED_BEFORE = re.compile(
    r"(?:不要|不看|不考虑|别给我推|不是|没看过|不想要|不想买|不喜欢)(?:你们)?(?:的|那个|那款)?$"
)
_TOO = re.compile(r"^(?:那个)?(?:(?:太|有点)(?:贵|小|大|丑|老|费油|旧|挤)|(?:贵|小|大|挤|旧)了(?:点|些))")
_MINE_IS = re.compile(r"我(?:就)?(?:要|问|看|想要|想看|想问|说|咨询|只要|中意|还是要)(?:的)?(?:就)?(?:是)?$")
_ASKED_ABOUT = re.compile(
    r"(?:您|你|咱).{0,16}?(?:看(?:的|过|上|中|了|好|完|@(?:的|吧|是|，|。|$|嘛|对))|咨询|预约|关注|了解|问|约(?:的|了|看|@)|[想要]弄|那@[^，。]{0,3}(?:咋|怎么|考虑|想)|点了|试(?:驾)?(?:的|过|了|@)|想(?:看|要|买)|来看|要@|订@|订的|提到|感兴趣|查询|报名|惦记|留)|"
    r"(?:上次|之前|上回|昨天|前天|刚才|下午)[^，。]{0,8}(?:说|聊|看|试|来)[^，。]{0,5}@|对@[^，。]{0,3}感兴趣|@[^，。]{0,2}(?:考虑|想)得"
)
_OFFERS = re.compile(r"要不|推荐|建议|可以看看|也可以|看看我们的|看我们的|我们新出|了解一下|还是|活动|一般客户")
_RECOMMENDS = re.compile(r"推荐|可以看看|也可以|要不")
_THESE = re.compile(r"(?:就)?(?:这|那)(?:两|俩|几)[台个款辆]?|我也是|都(?:在)?看|两[台个款]都")
_COMPARED = re.compile(
    r"(?:您|你)[^，。]{0,10}(?:等|比|对比|看[了过的]?|试[了过]|考虑|纠结|转过来)[^，。]{0,8}@|(?:您|你)[^，。]{0,6}[跟和拿]@[^，。]{0,4}(?:比|对比)|[和跟]@(?:之间|里头|中间)|从@[^，。]{0,4}(?:转|换)"
)
"""您要等奔驰的报价, 您跟宋PLUS比: the agent recalls what else the customer looks at."""
_SHOPS = (
    re.compile(
        r"(?:人家|上|去|到|在|跟|和|就|听|我|俺|^|[，。？！、])(?:人家|我们?|俺们?|就|在|去|上|可|但|听|跟)*(?P<place>[一-龥]{2,4}?)(?:那边那家|那边还有一家|那边有(?:一)?家|那家|那个店|还有一家|有一家|另一家|的一家|那边那个|那个(?=[一-龥]{1,4}店)|(?<=[东南西北路区港桥门])(?=店))(?:[一-龥]{0,4}?店)?"
    ),
    re.compile(
        r"(?:找|去|上|到|在|打|问)(?:的|你们|了)?(?P<place>[^\W的个家饭酒有次下一两三四各几大便利油分数门旁他她礼\d]{2,3})(?:的店|另外?(?:的)?一?家|店(?![里长员内铺]))"
    ),
    re.compile(
        r"(?:^|[，。？！、]|[在去到上问跟和听]|人家|结果|昨天|前天|刚才)(?P<place>[一-龥]{2,3}?)(?:那[边儿])(?=(?:[一-龥]{0,3}店)?[^，。？！]{0,5}(?:[给报]我|[给报][一二两三四五六七八九十]|便宜|比[你您]|少[一二两三四五六七八九十]))"
    ),
)
"""西青那家店, 找新乡的店, 合肥那边给我十九万: another dealer by its place."""
_AFTER_SALE = re.compile(
    r"满意度|(?:使用|开着|开得)[^，。]{0,4}满意|车主吧|车主[，吗]|用车(?:体验|感受|情况)|售后(?:回访|服务)|保养(?:提醒|到期|时间)|(?:提|交)车(?:以后|之后|后)|新车(?:开|用)(?:得|着|的)|车主您|作为车主"
)
_NOT_THAT = re.compile(r"不(?:要|想|看|考虑|感兴趣|喜欢|需要|买)|没兴趣|算了|打错|没(?:听|看|问)过")
_DECLINES = re.compile(
    r"(?:^|[，。！])(?:[嗯啊哦哎呀我]|暂时|先|现在|真的?|也|都)*(?:不(?:用|要|需要|看|考虑|想看|想买|买)(?:了|的|吧|呀|啊)*|没(?:有)?(?:兴趣|打算|需要|需求)|不感兴趣|用不着)(?=$|[，。！])|"
    r"打错|没(?:听|看|问)过|^不是[，。我]|对[^，。]{0,6}(?:没|不感)兴趣|(?:再|还能)开[几两]年"
)
"""The car itself is turned down; 不是十六，十八 and 不要租电池 are about something else."""
_THEIRS_BEFORE = re.compile(
    r"(?:[提买]的|您(?:那[台辆]?|家|手上|现在)?的?|您的[老旧]?|旧)$|(?:您|你)[^，。？]{0,4}(?:置换|换掉)[^，。？]{0,2}$"
)
"""您六月提的G6, 您的科鲁兹: a car the customer has."""
_USED = re.compile(
    r"首保|质保|保险|召回|违章|检测|升级|剐|漆|事故|维修|年审|洗|置换|换[掉成]|卖|评估|残值|保养|售后|出险|续保|年检|车况|二手|开[了着得过]|用[了着得]|跑[了过]|提的|买的|旧|老|年的"
)
"""您那台型格等的人回来没有？ is of a car they mean to have; with these words it is one they drive."""
_OLD = re.compile(
    r"(?:(?:20|二零|二〇)?(?P<year>[零〇一二][零〇一二三四五六七八九]|[012]\d)年(?:上牌|买|提)?的(?:那[台辆个])?|(?:您|你|我|俺|咱)(?:家)?(?:的|那[台辆个]?|手里|手上)?(?:老|旧)(?:的)?(?:那[台辆个])?|旧的(?:那[台辆个])?)$"
)
"""一三年的荣光, 您那老皇冠: a car somebody has, not one they look at;"""
_OLD_YEARS = 3
"""of this year's and last year's, 二五年的途观, that is not said."""
_HAS_BOUGHT = re.compile(r"(?:(?:定|订|提|买|签)(?:了|好了?|下|回来)|买的是)[^，。不没]{0,4}$")
_IS_BOUGHT = re.compile(r"^[^，。？！不没新]{0,8}(?:[提订定签]了|(?:提|开)回)(?!新|[一二两三四五六七八九十\d]+年)")
"""定了红旗, 把深蓝提回来了,"""
_FORMERLY = re.compile(r"以前|之前|原来|从前|当年|那年|去年|前年|[我俺咱您你](?:家|那[台辆个]?)")
"""unless that was the car before."""
_TURNS = re.compile(r"不过|但是?|现在(?:又)?(?:想|看|要)|又想|改(?:看|成|买|要|主意)|换成|后来")
_NO_PLACE = re.compile(
    r"上回|外面|外头|曝光|礼拜|周[一二三四五六日天]|你们|我们|咱们|他们|别的|网上|人家|之前|上次|前天|昨天|刚才|今天|上午|下午|原来|现在|就是|不是|还是|还有|可是|反正|隔壁|我说|但是|老[公婆伴板]|媳妇|爱人|太太|先生|对象|[爸妈哥姐弟妹]|朋友|同[事学]|销售|经理|[0-9一二三四五六七八九十]号|店里|附近|对面|旁边|外地|别处|公司|单位|工地|厂家|客户|对方|熟人|保险|银行|金融|评估|二手|油费|家里|老家|市区|网点|早上|中午|晚上|前面|后面|修理|装饰|美容|超市|五金|火锅|奶茶|早餐|手机|服装|实体|彩礼|宾馆|理发|修车|专卖|体验|旗舰|直营|集团|便利|4S|饭|有的|那|这|去看|看的|看过|问了|买的|说|路|另外|然后|其实|而且|好像|结果|后来|我|你|[被把再不有年别]|(?<![厦江荆海天金玉石澳西东南北])门$"
)
_ASKS_OTHERS = re.compile(r"(?:其他|其它|别的?|竞品|另外)[^，。]{0,4}(?:品牌|牌子|车|家)|对比|比较过?(?:什么|哪|别)")
_LOOKED = re.compile(r"看|试|比|问|考虑|对比|纠结|有")


class CarsTalkedOf(NamedTuple):
    """What the memo says about cars, each value with its words."""

    vehicles: dict[str, tuple[Evidence, ...]]
    competitors: dict[str, tuple[Evidence, ...]]
    trade_in: tuple[str, tuple[Evidence, ...]] | None


def find_cars(
    talk: Talk, call: Call, lexicon: Vehicles, mentions: list[Mention], *, wanted: bool, open_to_trade: bool
) -> CarsTalkedOf:
    """Vehicles, competitors and trade-in, of the cars that `find_mentions` found.

    ``wanted`` is False once the customer wants no car of ours.
    """
    ours, maker = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    owned = [mention for mention in mentions if _is_driven(talk, mention, ours, maker)]
    trade_in = find_trade_in(talk, owned) if open_to_trade else None
    owned_names = {mention.name for mention in owned}
    vehicles: dict[str, tuple[Evidence, ...]] = {}
    competitors: dict[str, tuple[Evidence, ...]] = {}
    dropped: set[str] = set()
    looked_at = _without_old(talk, call, mentions)
    for mention in looked_at:
        if mention.series is None or mention in owned:
            continue
        own = is_ours(mention, ours, maker)
        if _is_dropped(talk.lines[mention.line], mention, mentions):
            dropped.add(mention.full)
            _forget(mention, vehicles)
            _forget(mention, competitors)
        elif _counts(talk, mention, mentions, own=own, has=owned_names, gone=dropped):
            found = vehicles if own else competitors
            quote = talk.evidence(mention.line, mention.start, mention.end)
            found[mention.full] = (*found.get(mention.full, ()), quote)
    if wanted and not vehicles:
        offered = [mention for mention in looked_at if mention.series and is_ours(mention, ours, maker)]
        vehicles = _subject(talk, [mention for mention in offered if mention.name not in dropped | owned_names])
    _add_brands(talk, mentions, ours, competitors, owned)
    if trade_in is not None:
        competitors = {name: quotes for name, quotes in competitors.items() if name not in trade_in[0]}
    competitors.update(_shops(talk, call, ours, competitors, mentions))
    return CarsTalkedOf(_least(vehicles) if wanted else {}, _least(competitors), trade_in)


def _forget(mention: Mention, found: dict[str, tuple[Evidence, ...]]) -> None:
    for name in [name for name in found if name == mention.full or name.startswith(f"{mention.full} ")]:
        del found[name]


def _counts(talk: Talk, mention: Mention, mentions: list[Mention], *, own: bool, has: set[str], gone: set[str]) -> bool:
    """Whether the customer wants or weighs the car named here; they have some cars and may have dropped others."""
    line = talk.lines[mention.line]
    if line.by_customer:
        lead, rest = line.text[: mention.start], line.text[mention.end :]
        likened = _LIKENED.search(lead) is not None and _LIKE.match(rest) is not None
        theirs = OTHERS.search(lead.rsplit("。", 1)[-1]) is not None
        return not likened and not theirs and (mention.name not in has or _asks_about(line, mention))
    names = {mention.name, mention.full}
    if OTHERS.search(line.text[: mention.start]) is not None:
        return False
    told = own and not names & (gone | has) and _customer_was_said_to_want(talk, line, mention, mentions)
    weighed = not own and mention.name not in has and _weighed(talk, line, mention)
    return told or weighed or _taken_up(talk, line)


def _is_driven(talk: Talk, mention: Mention, ours: Brand | None, maker: str | None) -> bool:
    """Whether it is the customer's present car, and not one of ours they have ordered and wait for."""
    if mention.series is None or not (is_owned(talk, mention) or is_said_to_own(talk, mention)):
        return False
    return ours is None or not (is_ours(mention, ours, maker) and is_on_order(talk, mention))


def _without_old(talk: Talk, call: Call, mentions: list[Mention]) -> list[Mention]:
    """Without the cars that are called old ones, or by a year that makes them so."""
    return [mention for mention in mentions if not _is_old(talk.lines[mention.line], mention, call.time.year)]


def _is_old(line: Line, mention: Mention, this_year: int) -> bool:
    old = _OLD.search(line.text[: mention.start].removesuffix(mention.brand.name))
    if old is None or old["year"] is None:
        return old is not None
    return full_year(old["year"]) + _OLD_YEARS <= this_year


def _least(found: dict[str, tuple[Evidence, ...]]) -> dict[str, tuple[Evidence, ...]]:
    """Without a name that another found name says more exactly: GL8 where GL8陆尊 was said."""
    return {
        name: quotes
        for name, quotes in found.items()
        if not any(name != other and other.startswith(name) for other in found)
    }


def _subject(talk: Talk, mentions: list[Mention]) -> dict[str, tuple[Evidence, ...]]:
    """The car of ours that the agent speaks of most and the customer talks on without turning it down."""
    if any(_AFTER_SALE.search(line.text) for line in talk.lines):
        return {}
    taken: list[Mention] = []
    for mention in mentions:
        if talk.lines[mention.line].by_customer:
            continue
        answer = talk.after(talk.lines[mention.line])
        line = talk.lines[mention.line]
        lead = line.text[: mention.start]
        if answer is None or (_RECOMMENDS.search(line.clause_at(mention.start).text) and not answer.agrees):
            continue
        theirs = _THEIRS_BEFORE.search(lead) is not None or YOURS.search(lead) is not None
        if _DECLINES.search(answer.text) or OTHERS.search(lead) or (theirs and _USED.search(line.text)):
            continue
        taken.append(mention)
    if not taken:
        return {}
    counts = {mention.full: sum(other.full == mention.full for other in mentions) for mention in taken}
    best = max(taken, key=lambda mention: counts[mention.full])
    return {best.full: (talk.evidence(best.line, best.start, best.end),)}


def most_named(
    talk: Talk, call: Call, lexicon: Vehicles, mentions: list[Mention]
) -> tuple[str, tuple[Evidence, ...]] | None:
    """The car of ours that is named most in the call, with its first words; None if none is or it was turned down."""
    ours, maker = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    own = [
        mention
        for mention in _without_old(talk, call, mentions)
        if mention.series and is_ours(mention, ours, maker) and not _is_others_or_declined(talk, mention)
    ]
    dropped = {mention.full for mention in own if _is_dropped(talk.lines[mention.line], mention, mentions)}
    named = Counter(mention.full for mention in own if mention.full not in dropped)
    if not named:
        return None
    name = max(named, key=lambda each: named[each])
    first = next(mention for mention in own if mention.full == name)
    return name, (talk.evidence(first.line, first.start, first.end),)


def _is_others_or_declined(talk: Talk, mention: Mention) -> bool:
    """Whether it is the car of somebody else, or the answer to its name is no."""
    line = talk.lines[mention.line]
    answer = None if line.by_customer else talk.after(line)
    declined = answer is not None and _DECLINES.search(answer.text) is not None
    return declined or OTHERS.search(line.text[: mention.start]) is not None


def _changed_mind(talk: Talk, mentions: list[Mention], mention: Mention) -> bool:
    """Whether the answer to it turns to another: 是，不过现在想看瑞虎八."""
    answer = talk.after(talk.lines[mention.line])
    others = [other for other in mentions if answer is not None and other.line == answer.index]
    return (
        answer is not None
        and any(other.series and other.name != mention.name and other.brand is mention.brand for other in others)
        and _TURNS.search(answer.text) is not None
    )


def _is_dropped(line: Line, mention: Mention, mentions: list[Mention]) -> bool:
    if not line.by_customer:
        return False
    clause = line.clause_at(mention.start)
    lead, rest = line.text[clause.start : mention.start], line.text[mention.end :]
    if _DROPPED_BEFORE.search(lead) or _is_set_aside(line, mention, mentions):
        return True
    if _DROPPED_AFTER.match(rest):
        return rest[:1] not in "？?" or "没听" in rest[:8] or "不" in rest[:6]
    rivals = [
        other
        for other in mentions
        if other.line == mention.line
        and other.start > mention.end
        and other.name != mention.name
        and _MINE_IS.search(line.text[line.clause_at(other.start).start : other.start])
    ]
    outdone = _TOO.match(rest) is not None and any(
        other.line == mention.line and other.name != mention.name and other.brand is mention.brand for other in mentions
    )
    return outdone or (bool(rivals) and not re.search(r"^[跟和、或]", rest))


def _is_set_aside(line: Line, mention: Mention, mentions: list[Mention]) -> bool:
    """Whether the sentence ends by turning the car down; of cars named in one breath (L9、ES8) all are."""
    aside = _SET_ASIDE.match(line.text[mention.end :])
    if aside is None:
        return False
    end = mention.end + aside.end()
    between = [other for other in mentions if other.line == mention.line and mention.end <= other.start < end]
    return all(re.fullmatch(r"[、跟和，]|还有", line.text[mention.end : other.start]) for other in between[:1]) and (
        not between or _is_set_aside(line, between[0], mentions)
    )


def _asks_about(line: Line, mention: Mention) -> bool:
    return (
        re.search(r"(?:想看|问(?:一下|下)?|了解|新款|要买|想要|订)[^，。]{0,4}$", line.text[: mention.start])
        is not None
    )


def _customer_was_said_to_want(talk: Talk, line: Line, mention: Mention, mentions: list[Mention]) -> bool:
    """The agent says what the customer asked for, and the customer does not deny it."""
    clause = line.clause_at(mention.start)
    around = f"{line.text[clause.start : mention.start]}@{line.text[mention.end : clause.end]}"
    position = line.index_at(mention.start)
    told = (
        _ASKED_ABOUT.search(around)
        or (_ASKED_ABOUT.search(line.neighbour(position - 1)) and len(around) <= _SHORT)
        or re.match(r"的话(?:您|你)", line.text[mention.end :])
        or re.match(r"(?:您|你)?(?:考虑|想)得", line.neighbour(position + 1))
        or re.match(
            r"(?:您|你)(?:之前|上次|昨天|前天|那天)?(?:看|问|咨询|了解|关注|订|定|预约)", line.neighbour(position + 1)
        )
    )
    if not told or _OFFERS.search(around):
        return False
    answer = talk.after(line)
    if answer is None:
        return True
    if _changed_mind(talk, mentions, mention):
        return False
    if answer.refuses or re.search(r"没(?:听|看|问)过|不是|都不是|打错|不姓|我(?:要|问)的是", answer.text[:24]):
        return False
    return clause.mark not in ("？", "?") or answer.agrees or not re.search(r"[吗不]$", around)


def _taken_up(talk: Talk, line: Line) -> bool:
    answer = talk.after(line)
    return (
        answer is not None
        and answer.by_customer
        and _THESE.search(answer.text) is not None
        and not answer.refuses
        and re.search(r"还是|跟|和|去比|比", line.text) is not None
    )


def _weighed(talk: Talk, line: Line, mention: Mention) -> bool:
    """Whether the agent recalls another make's car as one the customer compares, and is not told otherwise."""
    clause = line.clause_at(mention.start)
    around = f"{line.text[clause.start : mention.start]}@{line.text[mention.end : clause.end]}"
    answer = talk.after(line)
    return _COMPARED.search(around) is not None and answer is not None and not _DECLINES.search(answer.text)


def _add_brands(
    talk: Talk,
    mentions: list[Mention],
    ours: Brand | None,
    competitors: dict[str, tuple[Evidence, ...]],
    owned: list[Mention],
) -> None:
    """A brand named without a model counts where the customer weighs it."""
    known = {mention.brand.name for mention in mentions if mention.series and mention.name in competitors}
    driven = {mention.brand.name for mention in owned}
    for mention in mentions:
        line = talk.lines[mention.line]
        if mention.series is not None or mention.brand is ours or ours is None or not line.by_customer:
            continue
        clause = line.clause_at(mention.start)
        lead, rest = line.text[clause.start : mention.start], line.text[mention.end : clause.end]
        weighs = (
            re.search(
                r"(?:看|比|考虑|试|问|谈)(?:了|过|的|着|一下)?[^，。]{0,4}$|(?:[叫让劝]我|想|要不|不如)(?:去)?[买选换](?:个|台)?$",
                lead,
            )
            or ((_HAS_BOUGHT.search(lead) or _IS_BOUGHT.search(rest)) and not _FORMERLY.search(lead))
            or re.match(r"(?:那边|那家|那儿|那里|的店|4S店|店|家的|也|给我|报|便宜|的车|跟|和)", rest)
        )
        if (
            mention.brand.name in known
            or mention.brand.name in driven
            or not (weighs or _named_when_asked(talk, line, clause.text))
            or OTHERS.search(lead)
            or re.match(r"(?:点评|化|色|的状态)", rest)
        ):
            continue
        competitors[mention.brand.name] = (
            *competitors.get(mention.brand.name, ()),
            talk.evidence(mention.line, mention.start, mention.end),
        )


def _named_when_asked(talk: Talk, line: Line, words: str) -> bool:
    """小米、极氪都看了, when asked what else is looked at."""
    before = talk.before(line)
    return (
        before is not None
        and _ASKS_OTHERS.search(before.text) is not None
        and not line.refuses
        and _NOT_THAT.search(words) is None
        and (_LOOKED.search(line.text) is not None or len(line.text) <= _SHORT)
    )


def _shops(
    talk: Talk, call: Call, ours: Brand | None, competitors: dict[str, tuple[Evidence, ...]], mentions: list[Mention]
) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Other dealers, named by their place; in a talk about our model they sell our brand. Where we are ourselves is no other."""
    brand = ours.name if ours is not None else ""
    for line in talk.customer.lines:
        named = [mention for mention in mentions if mention.line == line.index]
        for match in chain.from_iterable(shop.finditer(line.text) for shop in _SHOPS):
            place, (start, end) = match["place"], match.span("place")
            ours_or_none = place in (call.dealer.store or "") or _NO_PLACE.search(place) is not None
            if ours_or_none or any(mention.start < end and start < mention.end for mention in named):
                continue
            name = f"{place}那家{brand}店"
            if name not in competitors:
                yield name, (talk.evidence(line.index, start, match.end()),)
