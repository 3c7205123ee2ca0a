"""Which cars were spoken of: what the customer wants, what else is considered, and what is to be traded in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from qc.domain import Call, Evidence, Transcript
from qc.memo.numerals import DIGITS
from qc.memo.talk import Line, Talk
from qc.rulebook.needs import Brand, Series, SpokenName, Vehicles, fold

_CHINESE_DIGITS = frozenset(DIGITS)
_AROUND_NUMBERS = frozenset("十百千点第")
_AFTER_NUMBERS = frozenset("十百千万点年月号款")
_SHORT = 14
"""A clause of so few characters is about the car it names."""
_JOINED = 3
"""So few characters (那个) may stand between brand and series in one name."""
_NEXT_TO = 6
"""So many characters after its brand a code still belongs to it: 小鹏那个P7."""
_OWNS = re.compile(
    r"(?:现在|原来|以前|之前|目前)(?:是)?(?:开的?(?:是|个|那台)?|那[台辆个])(?:老|旧)?$|(?:现在|目前|这会儿|平时)?(?:开的?(?:就)?(?:是|着)|手里(?:有|的)?(?:就)?是?|旧车(?:是|就是)?|老车(?:是|就是)?|现(?:在)?有(?:的)?|家里(?:现在)?(?:有|那|是|的)|换的是|置换的是)(?:的)?(?:个|一?[台辆部]|那[台辆个])?(?:老|旧|破)?(?:[^，。？]{0,8}[年款]的?)?$|"
    r"(?:我|俺|咱|我家|我们家|我们)(?:现在|原来|以前)?(?:家)?(?:的|有|还有|开)?(?:个|那|这)?一?(?:[台辆部个])?(?:老|旧|破)?(?:[^，。？]{0,7}[年款]的?)?$|(?:那|这|有|把)一?[台辆部]?(?:个)?(?:老|旧|破)(?:的)?$|(?:老|旧车)$|(?:我|俺|咱)(?:那|这|有|把)[^，。？]{0,8}$"
)
_AGED = re.compile(
    r"^(?:，)?(?:是)?(?:[零〇一二][零〇一二三四五六七八九]|\d{2}|20[012]\d|二零[一二]\S)(?:年|款)|^(?:我)?(?:都|已经)?开了(?:快)?\S{1,3}年|^开(?:着|高速|过来|了)"
)
_ASKS_OWN = re.compile(
    r"开的(?:是)?(?:什么|啥|哪)?|旧车|老车|置换|现在.{0,6}(?:什么车|啥车)|家里(?:现在)?(?:有|还有).{0,4}车|原来那[台辆]|要换的是|旧的那[台辆]|评估|抵"
)
_SELLS = re.compile(
    r"置换|换购|换掉|换了它|换新|换台|换个|换辆|换一?[台辆]|卖掉?|抵|收[吗么不伐嘛购？]|你们收|能收|评估|估[价个估一多]|值(?:多少|几|个)|出手|以旧换新|二手车|旧车|报废|给你们|收多少|折(?:多少|价)|处理掉|过来估"
)
_KEEPS = re.compile(
    r"(?:不|没打算|不想|不准备)(?:卖|换掉|置换|处理)|留着(?:拉|给|自己|开|我|用)|给我(?:兄弟|弟|哥|爸|妈|儿子|老婆|媳妇)|卖(?:给|了|掉了)(?!你)|挂网上|过(?:的|了)户|已经卖|早卖|开走|(?:没|哪来的|没有)旧车|不用了"
)
_DROPPED_AFTER = re.compile(
    r"^(?:那[款台个辆])?(?:呢|嘛|我|就|也|先|[，])*(?:不(?:想|看|要|考虑|买|喜欢)(?:了|吧|的)?(?=$|[，。！？])|算了|往后放|没抢着|没听过|不行|太(?:贵|大|小)了?不)|^[？?]|^是我(?:爸|爷)|^那不是"
)
_DROPPED_BEFORE = re.compile(
    r"(?:不要|不看|不考虑|别给我推|不是|没看过|不想要|不想买|不喜欢)(?:你们)?(?:的|那个|那款)?$"
)
_TOO = re.compile(r"^(?:那个)?(?:太|有点)(?:贵|小|大|丑|老|费油|旧|挤)")
_MINE_IS = re.compile(r"我(?:就)?(?:要|问|看|想要|想看|想问|说|咨询|只要|中意|还是要)(?:的)?(?:就)?(?:是)?$")
_OTHERS = re.compile(
    r"(?:朋友|同事|邻居|亲戚|弟(?!店)|[我俺咱]哥|表[哥弟姐妹]|老板|舅子|人家|同学|战友|室友|隔壁|对门|领导|姐夫|妹夫|我姐|我爸|我妈|老丈人|岳父|阿姐|网上|抖音)(?:家|们)?[^，。？]{0,5}?(?:有|开|买|提|订|坐|换|那[台辆])[^，。？]{0,6}$"
)
_ASKED_ABOUT = re.compile(
    r"(?:您|你|咱).{0,16}?(?:看(?:的|过|上|中|了|好|完|@(?:的|吧|是|，|。|$|嘛|对))|咨询|预约|关注|了解|问|约(?:的|了|看|@)|[想要]弄|那@[^，。]{0,3}(?:咋|怎么|考虑|想)|点了|试(?:驾)?(?:的|过|了|@)|想(?:看|要|买)|来看|要@|订@|订的|提到|感兴趣|查询|报名|惦记|留)|"
    r"(?:上次|之前|上回|昨天|前天|刚才|下午)[^，。]{0,8}(?:说|聊|看|试|来)[^，。]{0,5}@|对@[^，。]{0,3}感兴趣|@[^，。]{0,2}(?:考虑|想)得"
)
_OFFERS = re.compile(r"要不|推荐|建议|可以看看|也可以|看看我们的|看我们的|我们新出|了解一下|还是|活动|一般客户")
_THESE = re.compile(r"(?:就)?(?:这|那)(?:两|俩|几)[台个款辆]?|我也是|都(?:在)?看|两[台个款]都")
_SHOP = re.compile(
    r"(?:人家|上|去|到|在|跟|和|就|听|我|俺|^|[，。？！、])(?:人家|我|俺|就|在|去|上|可|但)*(?P<place>[一-龥]{2,4}?)(?P<that>那边那家|那边还有一家|那边有(?:一)?家|那家|那个店|还有一家|有一家|另一家|的一家|那边那个)(?P<rest>[一-龥]{0,4}?店)?"
)
_BEFORE_ONE = re.compile(r"(?:^|[，。？！、]|看[看了过中上]?|想?要|买|问|试|选|定|订|是|跟|和|台|款|个|还有)$")
_AFTER_ONE = re.compile(r"$|[，。？！、]|太|怎么|多少|落地|还是|跟|和|有|的(?:话|价)|吧|呢")
_OLD_CAR = re.compile(r"旧车|老车|(?:还)?有(?:个|一?[台辆])车|你们收|拿.{0,3}换|置换")
_SWAP_FOR = re.compile(r"(?:拿|把)(?:我|手里|手上|家里|原来|自己)?(?:的)?(?:那|这)?[^，。]{0,6}$")
_SWAPPED = re.compile(r"^[^，。]{0,6}(?:出[了掉]|卖|换|抵|处理|折)")
_NO_PLACE = re.compile(
    r"你们|我们|咱们|他们|别的|网上|人家|之前|上次|前天|昨天|刚才|今天|上午|下午|原来|现在|就是|不是|还是|还有|可是|反正|隔壁|我说|但是|那|这|去看|看的|看过|问了|买的|说|路|另外|然后|其实|而且|好像|结果|后来|我|你"
)
_BRAND_ONLY = re.compile(r"看|比|考虑|那边|那家|的车|报|便宜|店|给我|谈|试|买|订|定|跟|和|送|也|还")


class Mention(NamedTuple):
    """A series (or only a brand) named at ``text[start:end]`` of a line."""

    brand: Brand
    series: Series | None
    line: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """As the memo writes it."""
        return self.series.name if self.series else self.brand.name


class CarsTalkedOf(NamedTuple):
    """What the memo says about cars, each value with its words."""

    vehicles: dict[str, tuple[Evidence, ...]]
    competitors: dict[str, tuple[Evidence, ...]]
    trade_in: tuple[str, tuple[Evidence, ...]] | None


def find_cars(talk: Talk, call: Call, lexicon: Vehicles, *, wanted: bool, open_to_trade: bool) -> CarsTalkedOf:
    """Vehicles, competitors and trade-in. ``wanted`` is False once the customer wants no car of ours."""
    ours, maker = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    mentions = [mention for line in talk.lines for mention in _mentions(line, lexicon, ours, talk)]
    owned = [mention for mention in mentions if mention.series and _is_owned(talk, mention)]
    trade_in = _trade_in(talk, owned) if open_to_trade else None
    owned_names = {mention.name for mention in owned}
    vehicles: dict[str, tuple[Evidence, ...]] = {}
    competitors: dict[str, tuple[Evidence, ...]] = {}
    dropped: set[str] = set()
    for mention in mentions:
        line = talk.lines[mention.line]
        quote = talk.evidence(mention.line, mention.start, mention.end)
        if mention.series is None or mention in owned:
            continue
        own = _is_ours(mention, ours, maker)
        if _is_dropped(line, mention, mentions):
            dropped.add(mention.name)
            vehicles.pop(mention.name, None)
            continue
        if line.by_customer:
            if mention.name in owned_names and not _asks_about(line, mention):
                continue
            if _OTHERS.search(line.text[: mention.start].rsplit("。", 1)[-1]):
                continue
            target = vehicles if own else competitors
            target[mention.name] = (*target.get(mention.name, ()), quote)
        elif (
            own
            and mention.name not in dropped
            and mention.name not in owned_names
            and _customer_was_said_to_want(talk, line, mention)
        ):
            vehicles[mention.name] = (*vehicles.get(mention.name, ()), quote)
        elif _taken_up(talk, line):
            target = vehicles if own else competitors
            target[mention.name] = (*target.get(mention.name, ()), quote)
    _add_brands(talk, mentions, ours, competitors, owned)
    competitors.update(_shops(talk, ours, competitors))
    return CarsTalkedOf(_least(vehicles) if wanted else {}, _least(competitors), trade_in)


def _is_ours(mention: Mention, ours: Brand | None, maker: str | None) -> bool:
    if ours is None:
        return True
    same_maker = maker is None or mention.series is None or mention.series.maker in (None, maker)
    return mention.brand is ours and same_maker


def _least(found: dict[str, tuple[Evidence, ...]]) -> dict[str, tuple[Evidence, ...]]:
    """Without a name that another found name says more exactly: GL8 where GL8陆尊 was said."""
    return {
        name: quotes
        for name, quotes in found.items()
        if not any(name != other and other.startswith(name) for other in found)
    }


# ---------------------------------------------------------------- finding names


def cars_named(call: Call, transcript: Transcript, lexicon: Vehicles, at: int) -> dict[str, Evidence]:
    """The cars of other makes (of all where ours is unknown) named in this utterance, by brand and series (``比亚迪 汉``), each with its words."""
    talk = Talk(transcript)
    ours, maker = lexicon.brand_of_dealer(call.dealer.brand, call.dealer.store)
    mentions = _mentions(talk.lines[at], lexicon, ours, talk)
    others = [mention for mention in mentions if ours is None or not _is_ours(mention, ours, maker)]
    return {_full_name(other): talk.evidence(at, other.start, other.end) for other in others}


def _full_name(mention: Mention) -> str:
    brand = mention.brand.name
    return mention.name if mention.name.startswith(brand) else f"{brand} {mention.name}"


def _mentions(line: Line, lexicon: Vehicles, ours: Brand | None, talk: Talk) -> list[Mention]:
    folded, places = fold(line.text)
    found: list[Mention] = []
    free = 0
    near: tuple[Brand, int] | None = None
    for at in lexicon.starts(folded):
        hit = _longest(folded, at, places, line.text, lexicon, ours) if at >= free else None
        if hit is None:
            continue
        meanings, length = hit
        start, end = places[at], places[at + length - 1] + 1
        chosen = _choose(meanings, near, start, ours, line, talk)
        if chosen is None:
            continue
        if (
            chosen.series is not None
            and near is not None
            and near[0] is chosen.brand
            and found
            and found[-1].series is None
            and found[-1].brand is chosen.brand
            and start - found[-1].end <= _JOINED
        ):
            start = found.pop().start
        found.append(Mention(chosen.brand, chosen.series, line.index, start, end))
        near = (chosen.brand, end)
        free = at + length
    return found


def _longest(
    folded: str, at: int, places: tuple[int, ...], text: str, lexicon: Vehicles, ours: Brand | None
) -> tuple[tuple[SpokenName, ...], int] | None:
    for length in lexicon.lengths.get(folded[at], ()):
        form = folded[at : at + length]
        meanings = lexicon.spoken.get(form) if len(form) == length else None
        if length == 1 and not _names_one_character(text, places[at], ours):
            continue
        if meanings and _stands_alone(text, places[at], places[at + length - 1]):
            return meanings, length
    return None


def _names_one_character(text: str, at: int, ours: Brand | None) -> bool:
    """Whether one character (汉, 唐) names a car of ours: where a car is looked at, bought or compared."""
    named = ours is not None and f"{ours.name}{text[at]}" in {series.name for series in ours.series}
    return named and _BEFORE_ONE.search(text[:at]) is not None and _AFTER_ONE.match(text[at + 1 :]) is not None


def _stands_alone(text: str, first: int, last: int) -> bool:
    """A code such as X3 is not part of a longer code or number."""
    before, after = text[first - 1 : first], text[last + 1 : last + 2]
    starts_code = text[first].isascii() and text[first].isalpha() and before.isascii() and before.isalnum()
    starts_number = _is_digit(text[first]) and (_is_digit(before) or before in _AROUND_NUMBERS)
    ends_code = text[last].isascii() and text[last].isalnum() and after.isascii() and after.isalnum()
    ends_number = text[last] in _CHINESE_DIGITS and (after in _CHINESE_DIGITS or after in _AFTER_NUMBERS)
    return not (starts_code or starts_number or ends_code or ends_number)


def _is_digit(character: str) -> bool:
    return character in _CHINESE_DIGITS or character.isdecimal()


def _choose(
    meanings: tuple[SpokenName, ...],
    near: tuple[Brand, int] | None,
    start: int,
    ours: Brand | None,
    line: Line,
    talk: Talk,
) -> SpokenName | None:
    """Which of the cars of this name is meant: that of the brand just named, else ours, else the only one."""
    if near is not None and start - near[1] <= _NEXT_TO:
        for meaning in meanings:
            if meaning.brand is near[0] and meaning.series is not None:
                return meaning
    for meaning in meanings:
        if ours is not None and meaning.brand is ours and (meaning.series is not None or meaning.whole):
            return meaning
    for meaning in meanings:
        if meaning.series is None:
            return meaning
    whole = [meaning for meaning in meanings if meaning.whole]
    if len({meaning.brand.name for meaning in meanings}) == 1 and whole:
        return whole[0]
    earlier = "".join(other.text for other in talk.lines[: line.index]) + line.text[:start]
    spoken_of = [
        (max(earlier.rfind(form) for form in (meaning.brand.name, *meaning.brand.also)), meaning)
        for meaning in meanings
    ]
    place, latest = max(spoken_of, key=lambda item: item[0])
    if place >= 0:
        return latest
    return whole[0] if len(whole) == 1 else None


# ---------------------------------------------------------------- what a mention is for


def _is_owned(talk: Talk, mention: Mention) -> bool:
    """Whether it is the car the customer drives now."""
    line = talk.lines[mention.line]
    if not line.by_customer:
        return False
    clause = line.clause_at(mention.start)
    lead, rest = line.text[clause.start : mention.start], line.text[mention.end :]
    if _OTHERS.search(lead):
        return False
    position = line.index_at(mention.start)
    wishes = re.search(r"想(?:看|要|买)|新款", lead) is not None
    owns = _OWNS.search(lead) is not None and not re.search(
        r"想|看[了过中上]|要(?!换的)|喜欢|考虑|买|订|试|问|比", lead
    )
    aged = _AGED.match(rest) is not None and not wishes
    introduced = len(lead) <= _JOINED and _OLD_CAR.search(line.neighbour(position - 1)) is not None
    swapped = _SWAP_FOR.search(lead) is not None and (_SELLS.search(rest[:12]) or _SWAPPED.match(rest)) is not None
    return owns or aged or introduced or swapped or (position <= 1 and not wishes and _asked_for_own(talk, line))


def _asked_for_own(talk: Talk, line: Line) -> bool:
    before = talk.before(line)
    return before is not None and any(_ASKS_OWN.search(part.text) for part in before.clauses if part.asks)


def _trade_in(talk: Talk, owned: list[Mention]) -> tuple[str, tuple[Evidence, ...]] | None:
    for mention in owned:
        nearby = talk.lines[max(mention.line - 1, 0) : mention.line + 4]
        own_words = " ".join(line.text for line in nearby if line.by_customer and line.index >= mention.line - 2)
        line = talk.lines[mention.line]
        before = talk.before(line)
        asked = before is not None and re.search(r"置换|旧车|评估|抵|要换的", before.text) is not None
        sells = (
            _SELLS.search(line.text)
            or _SWAPPED.match(line.text[mention.end :])
            or asked
            or any(_SELLS.search(other.text) for other in nearby)
        )
        if (
            not sells
            or _KEEPS.search(_near(line.text, mention))
            or (_KEEPS.search(own_words) and re.search(r"不卖|不换|卖给我|卖掉了|卖了", own_words))
        ):
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


def _near(text: str, mention: Mention) -> str:
    return text[max(0, mention.start - 16) : mention.end + 24]


_YEAR = r"(?:20|二零|二〇)?(?P<year>[零〇一二][零〇一二三四五六七八九]|[012]\d)(?:年|款)"
_YEAR_AFTER = re.compile(rf"^[^。？！]{{0,14}}?{_YEAR}")
_YEAR_BEFORE = re.compile(
    rf"{_YEAR}[^。？！，]{{0,6}}$|{_YEAR.replace('year', 'earlier')}[^。？！]{{0,3}}的?，?[^。？！，]{{0,2}}$"
)


def _model_year(text: str, mention: Mention) -> tuple[int | None, tuple[int, int] | None]:
    """The model year said with a car (一二年的 is 2012), and where."""
    after = _YEAR_AFTER.match(text[mention.end :])
    if after:
        return _full_year(after["year"]), (mention.end + after.start("year"), mention.end + after.end())
    before = _YEAR_BEFORE.search(text[: mention.start])
    if before:
        digits = before["year"] or before["earlier"]
        return _full_year(digits), (before.start(), mention.start)
    return None, None


_ASKS_YEAR = re.compile(r"哪(?:一)?年|几几?年|年份|多少年|车龄|啥时候(?:买|上牌)")
_YEAR_SAID = re.compile(rf"^[^。？！]{{0,6}}?{_YEAR}")
_ANSWER_WITHIN = 4


def _year_answered(talk: Talk, mention: Mention) -> tuple[int, Evidence] | None:
    """The model year given when the agent asks for it soon after the car was named."""
    for line in talk.lines[mention.line + 1 : mention.line + 1 + _ANSWER_WITHIN]:
        answer = talk.after(line)
        if line.by_customer or answer is None or not _ASKS_YEAR.search(line.text):
            continue
        said = _YEAR_SAID.match(answer.text)
        if said:
            return _full_year(said["year"]), talk.evidence(answer.index, said.start("year"), said.end())
    return None


def _full_year(digits: str) -> int:
    return 2000 + int("".join(str(DIGITS.get(character, character)) for character in digits))


def _is_dropped(line: Line, mention: Mention, mentions: list[Mention]) -> bool:
    if not line.by_customer:
        return False
    clause = line.clause_at(mention.start)
    lead, rest = line.text[clause.start : mention.start], line.text[mention.end :]
    if _DROPPED_BEFORE.search(lead):
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


def _asks_about(line: Line, mention: Mention) -> bool:
    return (
        re.search(r"(?:想看|问(?:一下|下)?|了解|新款|要买|想要|订)[^，。]{0,4}$", line.text[: mention.start])
        is not None
    )


def _customer_was_said_to_want(talk: Talk, line: Line, mention: Mention) -> bool:
    """The agent says what the customer asked for, and the customer does not deny it."""
    clause = line.clause_at(mention.start)
    around = f"{line.text[clause.start : mention.start]}@{line.text[mention.end : clause.end]}"
    position = line.index_at(mention.start)
    told = (
        _ASKED_ABOUT.search(around)
        or (_ASKED_ABOUT.search(line.neighbour(position - 1)) and len(around) <= _SHORT)
        or re.match(r"(?:您|你)?(?:考虑|想)得", line.neighbour(position + 1))
    )
    if not told or _OFFERS.search(around):
        return False
    answer = talk.after(line)
    if answer is None:
        return True
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
        weighs = re.search(
            r"(?:看|比|考虑|试|问|谈)(?:了|过|的|着|一下)?[^，。]{0,4}$|(?:[叫让劝]我|想|要不|不如)(?:去)?[买选换](?:个|台)?$",
            lead,
        ) or re.match(r"(?:那边|那家|那儿|那里|的店|4S店|店|家的|也|给我|报|便宜|的车|跟|和)", rest)
        if (
            mention.brand.name in known
            or mention.brand.name in driven
            or not weighs
            or _OTHERS.search(lead)
            or re.match(r"(?:点评|化|色|的状态)", rest)
        ):
            continue
        competitors[mention.brand.name] = (
            *competitors.get(mention.brand.name, ()),
            talk.evidence(mention.line, mention.start, mention.end),
        )


def _shops(
    talk: Talk, ours: Brand | None, competitors: dict[str, tuple[Evidence, ...]]
) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Other dealers, named by their place; in a talk about our model they sell our brand."""
    brand = ours.name if ours is not None else ""
    for line in talk.customer.lines:
        for match in _SHOP.finditer(line.text):
            place = match["place"]
            if _NO_PLACE.search(place):
                continue
            name = f"{place}那家{brand}店"
            if name not in competitors:
                yield name, (talk.evidence(line.index, match.start("place"), match.end()),)
