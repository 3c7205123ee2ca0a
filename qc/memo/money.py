"""The customer's own budget: their figure or ceiling, never the dealer's quote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from qc.domain import Budget, Evidence
from qc.memo.answers import says_yes
from qc.memo.figures import signs_of
from qc.memo.sums import CUE_AFTER, Amount, find_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qc.memo.signs import SignModel
    from qc.memo.talk import Clause, Line, Talk

Spans = Sequence[tuple[int, int]]
CarPlaces = Mapping[int, Spans]
"""By the index of a line: the stretches of it that name a car."""

Basis = Literal["落地", "裸车"] | None
_FOREIGN = re.compile(
    r"首付|月供|每个?月|一个月|一年|[跑开]到|三者|保额|信用卡|贷(?!款的?预算)|[定订押]金|保证金|优惠|便宜|降(?!到|成)[了价]?|少[个了]?|直降|补贴|补[个你我]|公里|跑[了个]|工资|到手|年薪|收入|房|还差|"
    r"手续费|服务费|出库费|保险|购置税|旧车|[老原]来那[台辆]|抵|值|估|收[你我车]|卖|给我出|他出|爸|妈给|报(?:给|价|的|了|到|[一二两三四五六七八九十\d])|网上|直播|抖音|朋友圈|指导价|官方|"
    r"人家|那家|别[家人]|邻居|朋友|同事|隔壁|别的店|那边|花了|我花|买的|签的|合同|单子上|标价|写着|嫌|贵|攒|发了|年终奖|提成|奖金|原来|(?:之前|以前)(?=说|是|看|报|问|填|给|的|那|留|想)|去年|本来|上次|涨|差(?!不多)[个了]?|(?:老公|老婆|媳妇|爱人|爸|妈|他|她|家里)说|多出|打[个]?折|返|尾款|交了|付了|转|息|给[不得]?到|(?:置换|抵|卖)给"
)
_OTHERS_PRICE = re.compile(r"网上|直播|抖音|官方|指导价|人家|隔壁|别家|(?:朋友|同事|邻居)[^，。]{0,3}(?:买|花|说|提)")
"""网上说不到二十万就能拿下来: whatever a model makes of it."""
_ASKS_BUDGET = re.compile(
    r"预算|价位|价钱的|花多少|多少钱(?:的车|买车)|(?:准备|打算|计划|想).{0,8}(?:花|多少钱|多少(?:个|万))|总共.{0,4}花|心里.{0,6}(?:数|价|多少)|多少.{0,4}能接受|承受|什么(?:价格|范围)|"
    r"总价.{0,4}要求|价格.{0,4}(?:有什么|什么|有)?要求|价[格位钱].{0,6}(?:怎么想|怎么考虑|怎么打算|范围|区间)|批了多少|控制在|花到多少|(?:什么|哪个|啥)价|"
    r"(?:接受|给得?[到起]|出得?起|拿得?出).{0,6}(?:多少|价)|多少钱.{0,2}的(?!时候|样子)|[说给出开报]个(?:价|数)|准备了?多少|几个钱|(?:费用|资金|钱)(?:这块|方面|上)?[^，。]{0,8}(?:打算|安排|准备)|总价(?=呢|$|多少|大概)|价位上$|价[格钱]?[^，。]{0,2}(?:到|降到|做到)多少|(?:您|你)(?:那边|这边|之前|上次|上回)?(?:说|讲|报)的?(?:是|到)?[一二三四五六七八九十两\d]+万"
)
_ASKS_TERMS = re.compile(r"首付|月供|[定订押]金|贷多少|补贴|旧车|置换")
_THEIR_PRICE = re.compile(r"(?:那边|那家|别家|人家|他们|那儿|那里|隔壁)[^，。]{0,8}(?:多少|什么价|啥价)")
"""那边给您报多少 asks for another dealer's quote."""
_OWN = re.compile(
    r"预算|价位|心里|准备(?:了|花)|打算(?:花|出)|[想愿]花|花[个到]|拿(?:得)?出|落地|裸车|包牌|控制在|卡[死在]|批(?:了|下来)|加起来|总共|全部|全下来|办下来|弄下来|"
    r"最多|顶多|撑死|超|封顶|到顶|以内|之内|以下|往里|能接受|接受得了|我(?:这儿|这边|手里|手头)|手里(?:就)?有|只有|只能|(?:家里|爸妈|父母|单位|公司|领导|上头)(?:人)?(?:一共|总共|就|只)?(?:给|批|支持|赞助|凑)|满打满算|拢共|手头|我就(?=[一二三四五六七八九十])|(?:算|做|配|出)个[^，。]{0,6}方案|包完|包圆|多一分都不|我出|的车|车价|全款|一台"
)
_STRONG = re.compile(
    r"预算|心理价|心里(?:价|是|想|的)|最多|顶多|撑死|[别没]超|不?(?:要|能|可以|会)?超过|不超|别过|卡[死在]|封顶|到顶|打算花|准备花|准备了|控制在|多一分都|包完|最少|落地.{0,6}(?:以内|之间)|批(?:了|下来)|[一二三四五六七八九十两\d](?:万|个)?[一二三四五六七八九十两\d]?(?:块钱?)?我(?:还是|倒是|也)?有$|认(?:的就是)?这个数|申请的(?:就)?是|总共(?:弄|算|办|搞)?下来|一共下来|全部(?:弄|办|搞)|全办(?:下来|完)"
)
"""The customer's own limit, whatever else stands in the clause."""
_NEVER = re.compile(
    r"首付|月供|每个?月|一个月|贷(?:款|个)?(?:[一二两三四五六七八九十\d]|$)|[定订押]金|房|原来|之前|去年|本来|以前|补贴|抵|旧车|报价?$|网上|手续费|保险(?:最多|不)"
)
_TARGET = re.compile(
    r"^(?:块钱?|落地|裸车)?(?:左右|上下|出头|以内|以下)?(?:吧)?(?:，[^，。我]{0,4})?，?(?:能(?:给|做|拿|下|办)我?[^，。我]{0,4}，?)?(?:行|成|可以)?，?(?:我|那我|咱)?(?:就|马上|立马|立刻|当场|现在|今天|明天|直接)+(?:就|过[去来]|马上|立马)*(?:定|订|签|下单|拿下|要了|交[钱定]|刷卡|付|买(?!的|了))"
)
_OFFER = re.compile(
    r"^(?:块钱?|整|落地|裸车)?(?:的话)?(?:吧)?，?(?:也|都)?(?:我)?(?:就|才|立马|马上|直接|现在|今天)?(?:也)?(?:能|可以|愿意)?(?:在你(?:这|们这)[儿里]?)?(?:买(?!的|了)|拿(?:下)?(?=$|[，。！])|定(?!的|了|金)|订(?!的|了|金)|签|接受|成交|要了|付款|刷卡|行(?:就行)?(?=$|[，。！])|卖不卖|卖吗|(?:行|成|干)不[行成干]|就这个数|一分不[加多]|多一分(?:也|都)?(?:没有?|不))"
)
"""What a customer says after a price of their own: 九万五我就在你这买, 四万五卖不卖."""
_INSURED = re.compile(r"三者|保额|保多少")
_ASKS_PRICE = re.compile(r"真的假的|多少|是吧|行吗|够吗|[万个内].{0,3}还是.{1,4}万")
_NEAR_OWN = re.compile(r"预算|打算花|心理价|落地价|以内|的车|全款|一把付|一次付|价位|就这个数")
_SHORT = 8
_TOPPED = re.compile(r"(?:就)?算?到[顶头]|封顶|上限")
_NOT_FIXED = re.compile(r"不如|也有|不是问题|不知道|不晓得")
_ON_THE_ROAD = re.compile(
    r"落地|包牌|包(?:干|圆)|包(?:完|上户)|上户|全(?:部)?(?:办|弄|包|搞)(?:完|好|掂|下来|定)|包所有|含(?:上牌|所有|全部|手续)|办(?:完|齐)(?:所有)?手续|含税|包(?:上)?牌|包保险|税.{0,3}保险.{0,8}(?:包|算|里|上牌)|连税|包税|全下来|(?:办|弄|搞|算)下来|开走|上[好完]牌|所有的|全包|都(?:包|算)(?:进|在)|搞掂|总共弄|一共弄|拿到手"
)
_BARE = re.compile(r"裸车|裸价|净车|车价|光车|车款|车子?本身")
_ONE_CAR = re.compile(r"(?:一|单|每一?)[台辆部]|每个车")
_NO_MORE = re.compile(
    r"(?:不能(?:再[多高贵加添冒]|[多高添冒](?!少)|加(?=[，。钱了]|$))(?![送少给优])|不会再(?:多|往上)(?!看|送|给|聊)|"
    r"再[多高贵往]上?(?!送|给|优惠|便宜|少|降|等|看|来|聊|问|考虑|打)(?:一?(?:点|分|百|千|块|个子儿?))?[^，。]{0,2}(?:就|要|得|没|不)|"
    r"(?<!每个月)[多超]一(?:分|块|毛|张|百|千|个子儿?)(?![来多]|两千)|(?:一分(?:钱)?|一个子儿?|一毛)(?:也|都)?(?:不能[多超]|没有?(?=[，。多了]|$))|"
    r"(?:[别莫]|不[准要能许])再?(?:超(?!市|速|车)|多了?(?=[，。]|$))|零头(?:也|都)?不要|多的(?:我|他|她)?(?:一分)?(?:也|都)?(?:没|不)|别的没了|"
    r"多不(?:了(?!，|多少)|出来|起)|超(?:过|了)(?:我(?!们|同事|再)(?![^，。]{1,3}补)|就|财务|他|不|没)|多了(?:就|我(?!们)|不|没)|"
    r"(?:^|[，。])过了(?:就不|我就[不没])|莫[^，。]{0,3}往上|卡(?:在|得)?那[儿里]了?(?=[，。]|$)|(?<!刷)[卡掐锁咬压封]得?死|就是这个数了?(?:哈|啊|，|。|$)|"
    r"一(?:分|毛|块|个?[^，。]{0,2}(?:子儿?|角|毛|镚))[^，。]{0,3}不(?:敢|能|带|会|想)?(?:多|加|添|超)|多一(?:个|把|根|头|锤)?[^，。]{1,4}(?:都|也)(?:没(?!事|关系)|不)|"
    r"不(?:能|要|准|许|得|可)(?:再)?(?:突破|动了|出[头格])|多了[^，。我]{1,4}(?:不|要|翻|跟|没|吵)|我?(?:再)?不(?:得)?(?:再)?加了?(?=[，。])|打死不加|[，。]不超(?:过)?(?=[，。])|[别莫][^，。]{0,3}(?:越过|过这个|(?<!打)(?<!跑)过去(?=[，。]))|砸锅卖铁|再多了?[^，。]{1,5}(?:就|不|没)|打到?[头顶](?=[，。]|$)|天花板|[死红底]线(?!价)|(?:用|花)完为止|没有第二个)"
    r"(?![^，。]{0,6}，?(?:也行|都行|也可以|都可以|没事|没关系|无所谓|不在乎|都?愿意|能接受|出得起|不要紧|没问题|送不送))"
)
_TOP_ASKED = re.compile(r"以内|之内|最多|最高|上限|不超过|封顶|顶多")
"""A question for the most they would pay; the figure in the answer is a ceiling."""
_WHAT_CAR = re.compile(r"有没有|有什么|能买|推荐|买(?:个|得到)|哪[款个些]")
"""十万以内有没有合适的 is a question, but not about the figure."""
_INCLUDED = re.compile(
    r"(?:购置税|税|保险|上牌费?|手续费?|服务费|补贴)(?:[、跟和]|还有)?[^，。]{0,8}?(?:都|也|全)?(?:得|要|给我)?(?:包|含|算|在)(?:进去|在内|在里|里头|里面|内|完|上)?|(?:包|含|带|连)[^，。]{0,3}(?:税|保险|上牌|手续)"
)
"""What the figure is to include is not what it is for."""
_COMPARES = re.compile(r"太[低高]|给[一二两三四五六七八九十\d]|平台|[那他她]家|别[家人]|比[他你那这]|人家")
"""The figure is someone else's offer."""
_NO_LOAN = re.compile(r"不(?:想|用|要|打算|需要|办|做|走)?(?:再)?(?:贷款?|分期|按揭)")
_WITHIN = re.compile(r"^[嗯啊哦就那，]*(?:以[内下]|之[内下])(?:的|吧|就行|为主|呗)*(?=$|[，。])")
_BEYOND = re.compile(r"^[嗯啊哦就那，]*(?:以上|往上)(?:的|吧|就行|为主|呗)*(?=$|[，。])")
_CORRECTION = re.compile(r"不对|不是|说错|口误|应该是|算了|改成|降了|提了?提|往上提|变了|现在不行")


@dataclass(frozen=True)
class _Claim:
    """A figure taken for the customer's own, and the line it was said in."""

    amount: Amount
    line: int


def find_budget(
    talk: Talk, cars: CarPlaces | None = None, learned: SignModel | None = None
) -> tuple[Budget, tuple[Evidence, ...]] | None:
    """The customer's budget with its words, or None.

    ``cars`` are the places in each line where a car is named, since many are named by a number. Of several figures the
    likeliest by ``learned`` is taken, for which the rules' word counts as well; without it the one said last.
    """
    places = cars or {}
    claims = [
        claim
        for line in talk.lines
        for claim in (_own_claims if line.by_customer else _confirmed_claims)(talk, line, places.get(line.index, ()))
    ]
    if learned is not None:
        claims = _likeliest(talk, places, claims, learned)
    if not claims:
        return None
    last = max(claim.line for claim in claims)
    line = talk.lines[last]
    amounts = _of_one_car(line.text, [claim.amount for claim in claims if claim.line == last])
    amounts = _uncorrected(line.text, amounts)
    low, high = _limits(line.text, amounts)
    if low == high and _is_confirmed_ceiling(talk, line, high):
        low = None
    start, end = amounts[0].start, amounts[-1].end
    evidence = [talk.evidence(last, start, end)]
    basis, said = _basis(talk, line, amounts[0])
    if said is not None and not (said.utterance == last and start <= said.start and said.end <= end):
        evidence.append(said)
    return Budget(min=low, max=high, basis=basis), tuple(evidence)


def _is_confirmed_ceiling(talk: Talk, line: Line, figure: int | None) -> bool:
    """Whether the agent says the customer's figure again as a limit (十四万以内？) and is not contradicted."""
    again = talk.after(line) if line.by_customer else None
    answer = talk.after(again) if again is not None else None
    if again is None or answer is None or answer.refuses or any(find_amounts(answer.text)):
        return False
    return again.asks and any(amount.ceiling and amount.high == figure for amount in find_amounts(again.text))


def _likeliest(talk: Talk, cars: CarPlaces, by_rules: Sequence[_Claim], model: SignModel) -> list[_Claim]:
    """The likely sums of the line with the likeliest of all, those that the rules take if there are any in it."""
    known = {(claim.line, claim.amount.start): claim for claim in by_rules}
    likely: list[tuple[float, _Claim]] = []
    for line in talk.lines:
        for amount in find_amounts(line.text, cars.get(line.index, ())):
            claim = known.get((line.index, amount.start))
            if claim is None and not _may_be_own(talk, line, amount):
                continue
            probability = model.probability(signs_of(talk, line, amount), by_rules=claim is not None)
            if probability >= model.threshold:
                likely.append((probability, claim or _Claim(amount, line.index)))
    best = max(likely, key=lambda one: one[0], default=None)
    if best is None:
        return []
    claims = [claim for _, claim in likely if claim.line == best[1].line]
    return [claim for claim in claims if claim in by_rules] or claims


def _may_be_own(talk: Talk, line: Line, amount: Amount) -> bool:
    """Whether a sum that no rule takes may be the budget: the customer's, or the agent's that the customer says yes to."""
    clause = line.clause_at(amount.start).text
    asked, answer = talk.before(line), talk.after(line)
    if _NOT_FIXED.search(clause) or _OTHERS_PRICE.search(clause) or (asked is not None and _INSURED.search(asked.text)):
        return False
    return line.by_customer or (answer is not None and says_yes(line, answer) and not any(find_amounts(answer.text)))


def _limits(text: str, amounts: list[Amount]) -> tuple[int | None, int | None]:
    plain = [amount for amount in amounts if not amount.ceiling and not amount.floor]
    ceilings = [amount for amount in amounts if amount.ceiling]
    floors = [amount for amount in amounts if amount.floor]
    no_more = _NO_MORE.search(text) is not None
    if ceilings:
        top = ceilings[-1].high
        base = [amount.low for amount in (*floors, *plain) if amount.low < top]
        if not base and ceilings[-1].low < ceilings[-1].high:
            base = [ceilings[-1].low]
        return (base[-1] if base else None), top
    if floors and plain:
        return floors[-1].low, plain[-1].high
    if floors:
        return floors[-1].low, None
    chosen = plain[-1]
    denied = len(plain) > 1 and re.search(r"不(?:是|到|止)?$", text[: plain[-2].start]) is not None
    if (
        len(plain) > 1
        and not denied
        and text[plain[-2].end : chosen.start] in ("，", "、", "到")
        and plain[-2].low < chosen.low
    ):
        return plain[-2].low, chosen.high
    around = re.search(r"左右|上下|差不多|大概", text) is not None
    if no_more and not around and chosen.low == chosen.high:
        return None, chosen.high
    return chosen.low, chosen.high


def _of_one_car(text: str, amounts: list[Amount]) -> list[Amount]:
    """Of 一台不超过三十万，三台九十万 the figure a car; a fleet's total stands only where it stands alone."""
    single = [amount for amount in amounts if _ONE_CAR.search(text[: amount.start].rsplit("，", 1)[-1])]
    return single or amounts


def _uncorrected(text: str, amounts: list[Amount]) -> list[Amount]:
    """What is left when 不对 or the like takes back the figures before it."""
    for at in range(len(amounts) - 1, 0, -1):
        between = text[amounts[at - 1].end : amounts[at].start]
        if _CORRECTION.search(between):
            return amounts[at:]
    return amounts


class _Place(NamedTuple):
    """A clause with its neighbours and the line it may answer."""

    line: Line
    clause: Clause
    previous: str
    following: str
    before: Line | None
    asked: bool
    named: frozenset[tuple[int, int]]
    """The sums the dealer has named before: what the customer names then may only echo or dispute them."""

    @property
    def quoted(self) -> bool:
        """Whether the dealer has named any."""
        return bool(self.named)


def _asks_budget(words: str) -> bool:
    return _ASKS_BUDGET.search(words) is not None and not (_THEIR_PRICE.search(words) or _ASKS_TERMS.search(words))


def _own_claims(talk: Talk, line: Line, taken: Spans) -> Iterator[_Claim]:
    amounts = list(find_amounts(line.text, taken))
    if not amounts:
        return
    before = talk.before(line)
    questions = [clause.text for clause in before.clauses if _asks_budget(clause.text)] if before else []
    quotes = before is not None and any(_THEIR_PRICE.search(clause.text) for clause in before.clauses)
    asked = bool(questions)
    most = any(_TOP_ASKED.search(question) and not any(find_amounts(question)) for question in questions)
    named = frozenset(
        (amount.low, amount.high)
        for other in talk.agent.lines
        if other.index < line.index
        for amount in find_amounts(other.text)
    )
    for position, clause in enumerate(line.clauses):
        previous = line.clauses[position - 1].text if position else ""
        following = line.clauses[position + 1].text if position + 1 < len(line.clauses) else ""
        place = _Place(line, clause, previous, following, before, asked, named)
        topped = (most and len(amounts) == 1) or _TOPPED.match(following) is not None
        for found in amounts:
            if not clause.start <= found.start < clause.end:
                continue
            amount = replace(found, ceiling=True) if topped and not found.floor else found
            if _is_own(place, amount) and (questions or not quotes):
                yield _Claim(amount, line.index)


def _is_own(place: _Place, amount: Amount) -> bool:
    """Whether the figure is the customer's budget."""
    inside = place.clause.text
    offers = _offers(place, amount)
    if not amount.close and not offers and not (place.asked and len(inside) - (amount.end - amount.start) <= _SHORT):
        return False
    strong = _STRONG.search(inside) is not None
    foreign = _FOREIGN.search(_INCLUDED.sub("", inside)) and (not strong or _NEVER.search(inside))
    if foreign or _NOT_FIXED.search(inside) or _ASKS_PRICE.search(inside):
        return False
    lead = place.line.text[place.clause.start : amount.end]
    if offers and not _FOREIGN.search(f"{place.previous[-8:]}，{lead}"):
        return True
    questioned = place.clause.mark in ("？", "?") and not (amount.ceiling and _WHAT_CAR.search(inside))
    own = _OWN.search(inside) is not None or amount.ceiling or amount.floor
    if questioned or (_NEVER.search(place.previous[-6:]) and not (own or place.asked)):
        return False
    return place.asked or strong or _likely(place, amount, own=own)


def _offers(place: _Place, amount: Amount) -> bool:
    """Whether the customer names a price to buy at, which the dealer has not named."""
    ahead = place.line.text[amount.end : amount.end + 16]
    return (amount.low, amount.high) not in place.named and _OFFER.match(ahead) is not None


def _likely(place: _Place, amount: Amount, *, own: bool) -> bool:
    """Whether a figure outside an answer is still the customer's own: a price to order at, or a limit."""
    ahead = place.line.text[amount.end : amount.end + 16]
    if amount.close and _TARGET.search(ahead):
        return True
    around = _INCLUDED.sub("", _NO_LOAN.sub("", f"{place.previous}，{place.following}"))
    foreign_near = _FOREIGN.search(around) is not None
    if own:
        return amount.ceiling or not foreign_near
    about_else = place.before is not None and place.before.asks
    free = not about_else and (not place.quoted or CUE_AFTER.match(ahead) is not None)
    hinted = _NEAR_OWN.search(around) or (free and _COMPARES.search(place.line.text) is None)
    return amount.sure and bool(hinted) and not foreign_near


def _confirmed_claims(talk: Talk, line: Line, taken: Spans) -> Iterator[_Claim]:
    """The agent's 预算是十五到二十万，对吧 counts when the customer agrees and names no other figure."""
    answer = talk.after(line)
    if answer is None or any(find_amounts(answer.text)):
        return
    chosen = _chosen(line, answer, taken)
    if chosen is not None:
        yield _Claim(chosen, line.index)
        return
    if not answer.agrees:
        return
    for clause in line.clauses:
        tag = line.clauses[line.clauses.index(clause) + 1 :][:2]
        asks = clause.asks or any(later.asks for later in tag)
        own = re.search(r"预算|心理价|总共.{0,3}花|想(?:看|买|要|找)", clause.text)
        if asks and own and not re.search(r"[万个内上下][^，。]{0,3}还是|多少", clause.text):
            for amount in find_amounts(line.text, taken):
                if clause.start <= amount.start < clause.end + 12:
                    yield _Claim(amount, line.index)


def _chosen(line: Line, answer: Line, taken: Spans) -> Amount | None:
    """The one figure of 二十万以内还是以上, or 裸车还是落地十二万, with what the customer chose of the two."""
    amounts = list(find_amounts(line.text, taken))
    if not amounts or "还是" not in line.text or len({amount.high for amount in amounts}) > 1:
        return None
    figure = amounts[0]
    if _WITHIN.match(answer.text):
        return replace(figure, ceiling=True, floor=False)
    if _BEYOND.match(answer.text):
        return replace(figure, floor=True, ceiling=False)
    return figure if _kinds(line.text) == {"落地", "裸车"} and len(_kinds(answer.text)) == 1 else None


def _basis(talk: Talk, line: Line, amount: Amount) -> tuple[Basis, Evidence | None]:
    """落地 or 裸车 as said with the figure, in the question before it, or in the exchange after it."""
    answer = talk.after(line)
    asked_which = not line.by_customer and answer is not None and len(_kinds(line.text)) > 1
    own = _basis_in(talk, answer if asked_which and answer is not None else line)
    if own is not None or asked_which:
        return own or (None, None)
    before = talk.before(line)
    if before is not None and line.by_customer:
        asked = [clause for clause in before.clauses if _ASKS_BUDGET.search(clause.text) or clause.asks]
        kinds = {kind for clause in asked for kind in _kinds(clause.text)}
        if len(kinds) == 1:
            found = _basis_in(talk, before)
            if found is not None and found[0] in kinds:
                return found
    after = talk.after(line)
    if after is None:
        return None, None
    if (after.asks and _kinds(after.text) == {"落地", "裸车"}) or re.search(
        r"光车价|裸车.{0,4}还是|还是落地", after.text
    ):
        answer = talk.after(after)
        found = _basis_in(talk, answer) if answer is not None else None
        return found or (None, None)
    restated = [clause for clause in after.clauses if any(a.high == amount.high for a in find_amounts(clause.text))]
    for clause in restated:
        kinds = _kinds(clause.text)
        if len(kinds) == 1 and clause.mark not in ("？", "?"):
            return _basis_in(talk, after) or (None, None)
    return None, None


def _kinds(text: str) -> set[str]:
    kinds = set()
    if _ON_THE_ROAD.search(text):
        kinds.add("落地")
    if _BARE.search(text):
        kinds.add("裸车")
    return kinds


def _basis_in(talk: Talk, line: Line) -> tuple[Basis, Evidence] | None:
    road, bare = _ON_THE_ROAD.search(line.text), _BARE.search(line.text)
    match = road or bare
    if match is None:
        return None
    return ("落地" if road else "裸车"), talk.evidence(line.index, match.start(), match.end())
