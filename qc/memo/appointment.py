"""The meeting or call that was agreed on.

Both parties put days and hours on the table; a plan is agreed when the customer names it or says yes to it. Days and
hours that belong to something else (下课, 发货, 政策下来) are left out clause by clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from qc.domain import Appointment, Evidence
from qc.memo.answers import put_plainly, says_yes
from qc.memo.dates import Spell, find_spells, is_limit_only
from qc.memo.hours import PART, Clock, find_clocks
from qc.memo.talk import Clause, Line, Talk

Kind = Literal["到店", "试驾", "回访电话", "交车", "上门"]

_CALL = re.compile(
    r"打(?:给|我|电话|过来|过去|来|$|吧|一?个|你|您|就)|(?:再|晚上|中午|上午|下午|以后|后|前|半|点)打|给(?:您|你|我)[^，。]{0,4}(?:打|(?:去|来|回)个?(?:电话|话|信)|电话)|给(?:您|你)(?:回|答复|回复)$|来个?电话|回(?:您|你|我)?(?:个)?(?:电话?|话|信|访)|电话(?:联系|回访|过来)|联系(?:您|你|我)|致电|去电|通(?:个)?电话|准信"
)
_DRIVE = re.compile(r"试驾|[来去]开(?:一?下|一?圈)|试乘|试[一]?(?:下|开)|试那|试车|开一?圈|试试")
_DELIVERY = re.compile(r"提车|交车|来提|去提|提(?:了|新车)|办交|接车")
_HOME = re.compile(
    r"上(?:您|你)家|到(?:您|你)(?:家|单位|公司|小区|那)|送到|上门|给(?:您|你)送|开到(?:您|你)|去(?:您|你)(?:家|单位|公司)"
)
_VISIT = re.compile(
    r"到店|来店|进店|店里|到(?:你|您|咱|我们)|(?<![转发打寄传送调])过[来去]|(?<![下起出回过])来(?:看|试|一趟|瞅|吧|坐|把|呀|啊|呢|嘛|店|得|转|签|定|订|做|逛|$)|(?:时候|[哪两几]天|几点|哪天)来|去(?:你|店|看|试|一趟|签|定|订)|看车|看看(?!有|能|价|优惠|情况|行情|再|别|其他)|见面?$|(?:我|能|您|你|再|点|半|天|[上中下晚]午|就|一块儿?|一起|一道|都)来(?!着|说|讲|算|电|不及|得及|不了)|碰(?:面|头)|当面|签合同|我[^，。]{0,8}去$|来的话|我去|赶过|(?:[点午上半天号钟我能才再就时前]|左右)到$|(?:[号午天日]|周[一二三四五六日末]|礼拜[一二三四五六天])去$|品鉴会"
)
_COME_HERE = re.compile(r"(?<![让叫跟找给])你(?:们)?[^，。您我]{0,8}(?:过来|来(?:一趟|我们?|公司|单位|家))(?!电话)")
"""The customer's 你下礼拜四过来 asks the agent to come."""
_AT_YOURS = re.compile(r"(?:到|去|上)(?:您|你)们?(?:家|单位|公司|小区|那)(?!里?接)")
"""From the customer 到你那儿 is a visit to the store."""
_ARRIVES = re.compile(
    r"(?:预计|估计|大概|应该|就能?|才能?)[^，。您你]{0,8}到(?:店|港|货)|(?:车|货)[^，。您你]{0,8}到(?:店|港|货)|[就才]能到$"
)
"""预计下周二到店: the car does."""
_THEY = re.compile(r"^[^，。]{0,2}(?:他|她|人家|朋友|同事)们?[^，。]{0,2}$")
"""他七月五号去提 is his appointment."""
_BY_NOW = re.compile(r"^都(?:已经)?[零一二三四五六七八九十\d]+(?:号|月|点)?[了啦]|^都[几多]")
"""今天都二十二了 says how late it is."""
_IS_FREE = re.compile(r"没[课事班]|有[空时]|[轮调补]?休|放假|方便|不忙|不上班|行|可以")
_FREE = re.compile(r"方便|有空|有时间|得空|抽空|几点")
_US = re.compile(r"咱们?[^，。]{0,2}(?:这|下|本|明|后|周|礼拜|星期)")
"""那咱们这周末？"""
_COME_AND = re.compile(r"[您你][^，。]{0,8}(?<![下起出回后原本从上])来(?![电不着说讲得自])[^，。]{1,5}$")
"""您周末来读电池？"""
_WHICH = re.compile(r"哪天|几号|哪一天|周几|礼拜几|星期几|几点|什么时间|啥时候|什么时候")
_EITHER_PART = re.compile(r"[上下晚中早][午上](?:还是)?[上下晚中早][午上]|几点")
_BOOKED = re.compile(r"(?<!预)约(?:的|好|在|了(?!人|个|客|朋))|预约|改到|改约|推到|改成|延到|提前到")
"""Words that only ever concern a meeting."""
_AT_ONCE = re.compile(
    r"(?:一会儿?|待会儿?|等会儿?|等下|马上|这就|现在就?(?=过[去来]|[去到]你|出发)|立马)[^，。打]{0,4}(?:过[去来]|[去到](?:你|店)|出发|动身|来(?=[，。]|$))"
)
"""一会儿就过去: today."""
_EVENT = re.compile(r"活动|车展|品鉴|团购|试驾会|专场|发布会")
"""周六有个活动，您来吗 invites."""
_NOT_THERE = re.compile(r"轮休|不在|休息|没空|没时间|不上班|出差|约满|排满|不行|忙不过来")
_BUYS = re.compile(r"[买定订签]|用车|换车|上车|考虑|说话|讲话|通话|接电话")
_CANCELS = re.compile(r"取消|作废|不约了|别约了|(?:去|来)不(?:了|成)了?|不(?:去|来|过去)了")
_CANNOT = re.compile(
    r"别约|不好说|取消|去不了|来不了|不去|都不去|走不开|不用|别打|不行|没空|没时间|不方便|不得空|不想|不来|赶不|来不及|不成|算了(?!，)"
)
_NO_AT_LAST = re.compile(
    r"(?:^|[，。])(?:我|真|还是|那|都)*(?:(?:不行)+|[来去]不了|去不成|排不了|走不开|没空|不得空|够呛)(?:了|啊|呀|的|哦)*[，。！]*$"
)
_BUSY = re.compile(r"值班|加班|出差|开会|有事|走亲戚|喝喜酒|搬家|生日|考试")
"""明天啊，明天我值班呢, with nothing else, is a no."""
_UNABLE = re.compile(r"^(?:我|真|可能|更|也|又|都|还)*(?:走不开|[来去]不了|过不[来去]|没空|没时间|脱不开|不得空|不行)")
"""明天领导查岗，我走不开."""
_PUTS_OFF = re.compile(
    r"改天|再[说讲看](?!一)|回头|考虑考虑|下次|忙着|忙得|不一定|看情况|有需要我|我找你|有空我就|真不行|不用了?$"
)
_ELSEWHERE = re.compile(
    r"加班|出差|开会|睡觉|走亲戚|值班|限号|补班|约了(?:个)?(?:人|客户|朋友)|学|补课|上课|下课|接孩子|做客|盘库|要?陪|画画|送货|期末|有事|下雨|发(?:货|车|工资|薪|提成|奖)|到货|下来|营业|开门|关门|活动$|放假$|生日|到期|出结果|预产|手术|截止|开业|从[^，。]{1,6}(?:过?来|回)|下班$|起床|才到家|得接|上班|[晨早例晚]会|会议|饭局|应酬|家长会|培训|考试|补觉|(?:开|营业|上班)到　|去(?:看|试)(?:一?下)?[^，。你车]{2,6}的[^，。]{1,6}$|优惠|便宜|这才|生产|下线|合同上|写[的着]|出(?:院|月子|国)|考科|　出(?:来|成绩)?$|[就要]睡|有个[^，。]{1,6}来|线上|网上|加?微信|发(?:您|你|给|到|过去|个|一份)|报价|来着"
)
_PAST = re.compile(
    r"(?:来|看|试|去|约|打|聊|接待|见|提|交|订|定|联系)过|(?<!下)上(?:个?礼拜|周|个?月|回|次)|昨|前天|刚才|刚刚|去的|来的|交走|接待的|当时|系统里|登记"
)
_ACCEPTS = re.compile(
    r"^[^，。！？]{0,6}?(?:[行好成中可]|要得|没问题|有空|可以|方便|OK|ok|嗯|对|得嘞|就这么|不耽误|能来|见)|(?:也|都)?(?:行|可以|方便|有空)(?:[吧啊呀的，。]|$)|见[，。]?$|等(?:你|您)|记着"
)
_CONFIRMS = re.compile(
    r"^(?:[嗯哦啊哎]|那|没问题|收到)*[，]?(?:行|好|成|中|可以|要得|得嘞|记下|没问题|那就|那成|好嘞|OK|妥|对|在的|明早|这|在[，的])"
)
_SMALL_WORDS = re.compile(
    r"[吧呢呗嘛啊呀嗯哦了哎那就是也的可以行改呃，]|上午|下午|中午|晚上|早上|周末|还是|左右|来钟|大概|差不多|方便|有空|好的?|要得|得嘞|成|没问题"
)
_BARE_LENGTH = 3
_STOPS = "。！？!?"
_ANY_DAY = date(2000, 1, 1)
"""Where only the words for days matter, not the days."""
_REPLY = 2
"""An answer stands at most so many lines after what it answers."""
_FURTHEST = timedelta(days=210)
"""Nobody agrees on a day beyond; 过两年再讲 is none."""
_ON_SUBJECT = 4
"""So many lines later a bare hour still belongs to the plan."""
_SHORT = 24
"""A reply of so few characters that 上午吧 in it is about the plan."""


@dataclass(frozen=True)
class _Plan:
    """What is on the table: a day, an hour if named, and for what."""

    day: date | None
    clock: Clock | None
    part: str
    kind: Kind
    line: int
    start: int
    end: int
    asked: bool = False

    @property
    def is_call(self) -> bool:
        """Whether it is a call and not a meeting."""
        return self.kind == "回访电话"

    def follows(self, offered: _Plan) -> bool:
        """Whether it takes up an offer of that day, in the next lines and for the same part of the day."""
        same_part = not self.part or not offered.part or self.part[-1] == offered.part[-1]
        return (
            offered.day == self.day and offered.clock is not None and same_part and self.line - offered.line <= _REPLY
        )

    @property
    def at(self) -> str:
        """In the form of `Appointment.at`."""
        if self.day is None:
            raise ValueError("a plan without a day has no date")
        if self.clock is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()}T{self.clock.at(self.part).isoformat(timespec='minutes')}"


def _same_hour(before: _Plan, plan: _Plan) -> bool:
    """Whether the hour is said again without its part of the day: 晚上八点, then 八点."""
    first, again = before.clock, plan.clock
    if first is None or again is None or plan.part or again.part:
        return False
    return (first.hour, first.minute) == (again.hour, again.minute)


@dataclass
class _Table:
    """The state of the talk: what is agreed and what is proposed, meetings and calls apart."""

    agreed: dict[bool, _Plan] = field(default_factory=dict)
    proposed: dict[bool, _Plan] = field(default_factory=dict)
    last: _Plan | None = None

    def known(self, *, call: bool | None = None) -> _Plan | None:
        """What is being talked about: the proposal, else what was agreed last."""
        for plans in (self.proposed, self.agreed):
            wanted = [plan for is_call, plan in plans.items() if call is None or is_call is call]
            if wanted:
                return max(wanted, key=lambda plan: (plan.line, plan.start))
        return None

    def agree(self, plan: _Plan) -> None:
        """Takes a plan as agreed; a day said again without its hour keeps the hour."""
        offered = self.proposed.get(plan.is_call)
        if plan.clock is None and offered is not None and plan.follows(offered):
            plan = replace(plan, clock=offered.clock, part=plan.part or offered.part, kind=offered.kind)
        before = self.agreed.get(plan.is_call)
        if before is not None and before.day == plan.day and plan.clock is None and before.clock is not None:
            plan = replace(before, kind=plan.kind if plan.kind != "到店" else before.kind)
        if before is not None and before.day == plan.day and _same_hour(before, plan):
            plan = replace(plan, clock=before.clock, part=before.part)
        self.agreed[plan.is_call] = plan
        self.proposed.pop(plan.is_call, None)


def find_appointment(talk: Talk, today: date) -> tuple[Appointment, tuple[Evidence, ...]] | None:
    """The appointment the customer agreed to, with the words; the last agreed time wins, a meeting before a call."""
    table = _Table()
    for line in talk.lines:
        plans = list(_plans(talk, line, today, table))
        if line.by_customer:
            _hear_customer(talk, line, plans, table)
        else:
            _hear_agent(line, plans, table, _days_offered(talk, line, today))
    plan = table.agreed.get(False) or table.agreed.get(True)
    if plan is None:
        return None
    return Appointment(at=plan.at, kind=_named_kind(talk, plan)), (talk.evidence(plan.line, plan.start, plan.end),)


def _named_kind(talk: Talk, plan: _Plan) -> Kind:
    """A visit is for a test drive where one was named around it or is prepared for it."""
    if plan.kind != "到店":
        return plan.kind
    around = talk.lines[max(plan.line - 2, 0) : plan.line + 3]
    named = any(
        re.search(
            r"试驾(?!过|车|贴|完|的多)|试乘|(?:留|约|安排|准备)[^，。]{0,6}试[驾乘]|试驾车[^，。]{0,4}(?:留|约|在)",
            line.text,
        )
        for line in around
    )
    return "试驾" if named and not any(re.search(r"不(?:用)?试驾", line.text) for line in around) else "到店"


def _hear_customer(talk: Talk, line: Line, plans: list[_Plan], table: _Table) -> None:
    dated = [plan for plan in plans if plan.day is not None]
    for is_call in (False, True):
        mine = [plan for plan in dated if plan.is_call is is_call]
        if mine and not (is_call and not _taken_on(talk, line)) and not _declined(line, mine[-1], table):
            table.agree(mine[-1])
    if dated or not table.proposed:
        return
    opening = put_plainly("，".join(clause.text for clause in line.clauses[:2]))
    if _CANCELS.search(line.text):
        table.agreed.clear()
    refuses = _CANNOT.search(opening) or _PUTS_OFF.search(line.text)
    if refuses:
        table.proposed.clear()
        return
    before = talk.before(line)
    agrees = line.agrees or (before is not None and says_yes(before, line))
    if agrees or _ACCEPTS.search(line.text) or "送到" in opening:
        for plan in list(table.proposed.values()):
            if line.index - plan.line <= _REPLY:
                table.agree(plan)


def _declined(line: Line, plan: _Plan, table: _Table) -> bool:
    """Whether the customer says the proposed day again only to turn it down: 明天啊，下午要飞北京，不行不行."""
    offered = table.proposed.get(plan.is_call)
    if offered is None or offered.day != plan.day:
        return False
    busy = _BUSY.search(line.text) and _act(line.text) is None and not find_clocks(line.text)
    if not busy and _NO_AT_LAST.search(line.text) is None:
        return False
    del table.proposed[plan.is_call]
    return True


def _taken_on(talk: Talk, line: Line) -> bool:
    """Whether the agent takes on a call the customer asks for; with no answer the customer's word stands."""
    answer = talk.after(line)
    return answer is None or bool(
        _CONFIRMS.match(answer.text) or _CALL.search(answer.text) or answer.agrees or find_clocks(answer.text)
    )


def _days_offered(talk: Talk, line: Line, today: date) -> frozenset[date]:
    """The days on which the customer has just said to be free: 周四我下午没课."""
    before = talk.before(line)
    if before is None or before.refuses:
        return frozenset()
    free = [clause for clause in before.clauses if _IS_FREE.search(clause.text) and not _CANNOT.search(clause.text)]
    return frozenset(spell.first for clause in free for spell in find_spells(clause.text, today) if spell.is_day)


def _hear_agent(line: Line, plans: list[_Plan], table: _Table, offered: frozenset[date]) -> None:
    """The agent may confirm what was agreed (and so fix the hour), or put something new on the table."""
    visit = table.agreed.get(False)
    if visit is not None and visit.line == line.index - 1 and _cannot_then(line, visit):
        del table.agreed[False]
    confirms = _CONFIRMS.match(line.text) is not None
    for plan in plans:
        agreed = table.agreed.get(plan.is_call)
        if confirms and not plan.asked and plan.clock is not None and plan.day in offered:
            table.agree(plan)
        elif agreed is None or plan.asked or plan.day not in (None, agreed.day):
            if plan.day is not None:
                table.proposed[plan.is_call] = plan
        elif plan.clock is not None and (confirms or agreed.clock is None):
            if not _vaguer(plan.clock, agreed.clock):
                table.agreed[plan.is_call] = replace(agreed, clock=plan.clock, part=plan.part or agreed.part)
        elif plan.clock is not None and plan.day is not None:
            table.proposed[plan.is_call] = plan


def _cannot_then(line: Line, visit: _Plan) -> bool:
    """Whether the agent says no to the time the customer has just named."""
    opening = line.clauses[0].text if line.clauses else ""
    return (visit.asked and line.refuses) or _NOT_THERE.search(put_plainly(opening)) is not None


def _vaguer(said: Clock, agreed: Clock | None) -> bool:
    """Whether it is the same hour without the minutes the customer named."""
    return agreed is not None and said.hour == agreed.hour and said.minute == 0 and agreed.minute != 0


# ---------------------------------------------------------------- reading one turn


def _plans(talk: Talk, line: Line, today: date, table: _Table) -> Iterator[_Plan]:
    """The plans this line speaks of, in order."""
    named = find_spells(line.text, today)
    spells = [spell for spell in named if not spell.loose and not is_limit_only(spell, named)]
    clocks = find_clocks(line.text)
    known = table.known()
    at_once = _AT_ONCE.search(line.text) if line.by_customer and not spells and not clocks else None
    if at_once is not None:
        yield _Plan(today, None, "", "到店", line.index, at_once.start(), at_once.end())
        return
    if not spells and not clocks:
        if (
            known is not None
            and known.day is not None
            and line.by_customer
            and line.index - known.line <= _REPLY
            and len(line.text) <= _SHORT
            and (part := _last_part(line)) is not None
            and not _CANNOT.search(put_plainly(line.text))
        ):
            yield replace(known, line=line.index, start=part.start(), end=part.end(), part=part.group(), clock=None)
        return
    asked = _asked_kind(talk, line, table)
    plan: _Plan | None = None
    other_part: Spell | None = None
    tokens: list[Spell | Clock] = [*spells, *clocks]
    for token in sorted(tokens, key=lambda token: token.start):
        kind = _kind_of(line, token, asked if plan is None else plan.kind)
        if kind is None:
            if isinstance(token, Spell) and _no_such_part(line, token):
                other_part = token
            continue
        if isinstance(token, Spell):
            if not _names_a_day(token, kind, today):
                continue
            plan = _day_plan(line, token, kind, known, plan)
        else:
            day = other_part.first if other_part is not None and plan is None else today
            plan = _hour_plan(line, token, kind, table, plan, day)
        if plan is not None:
            yield plan


def _no_such_part(line: Line, day: Spell) -> bool:
    """明天上午别打: the day holds for the hour that follows, the part of it does not."""
    return line.by_customer and day.is_day and bool(_part_near(line, day.end))


def _asked_kind(talk: Talk, line: Line, table: _Table) -> Kind | None:
    """What a bare day or hour in this line would be for."""
    before = talk.before(line)
    known = table.known()
    if known is not None and line.index - known.line <= _ON_SUBJECT:
        return known.kind
    if before is None:
        return None
    if not line.by_customer:
        return _invited(talk.before(before))
    kind = _invited(before)
    if kind is None and before.asks and len(before.text) <= _SHORT and _WHICH.search(before.text):
        taken = talk.before(before)
        kind = (_act_of_customer(taken) or _invited(talk.before(taken))) if taken is not None else None
    return kind


def _invited(line: Line | None) -> Kind | None:
    """What the agent's question or proposal in this line is about."""
    if line is None:
        return None
    tail = "，".join(clause.text for clause in line.clauses[-3:])
    kind = _act(tail)
    invites = _FREE.search(tail) or _US.search(tail) or _COME_AND.search(tail)
    if kind is None and line.asks and invites and not _BUYS.search(tail):
        return "到店"
    return kind


def _act_of_customer(line: Line) -> Kind | None:
    """What the customer has just said they would do: 月底去提, before 月底具体哪天."""
    return next((kind for clause in reversed(line.clauses) if (kind := _act_in(line, clause)) is not None), None)


def _act(text: str) -> Kind | None:
    if _HOME.search(text):
        return "上门"
    if _DELIVERY.search(text):
        return "交车"
    if _DRIVE.search(text):
        return "试驾"
    if _CALL.search(text) and not re.search(r"过来(?!电话)|过去|到店|来店|看车|店里", text):
        return "回访电话"
    if _VISIT.search(text):
        return "到店"
    return "回访电话" if _CALL.search(text) else None


def _kind_of(line: Line, token: Spell | Clock, asked: Kind | None) -> Kind | None:
    """What this day or hour is for, or None where it belongs to something else."""
    index = line.index_at(token.start)
    clause = line.clauses[index]
    rest = put_plainly(line.text[token.end : clause.end])
    lead = put_plainly(line.text[clause.start : token.start])
    around = f"{lead}　{rest}"
    if (
        _is_of_others(line, index, lead, asked)
        or _BY_NOW.match(rest)
        or (line.by_customer and _UNABLE.match(line.neighbour(index + 1)))
    ):
        return None
    if _PAST.search(around) or re.search(r"不行|别打|来不了|去不了|不得空|不方便|不去|不来|没空|走不开|取消", rest):
        return None
    act = _act_in(line, clause)
    if (
        act is None
        and (_sets_a_time(line, clause) or (not line.by_customer and clause.asks and _FREE.search(clause.text)))
        and (_EITHER_PART.search(line.text) is not None or not _BUYS.search(clause.text))
    ):
        act = asked if line.by_customer and asked is not None else "到店"
    if not line.by_customer and _EVENT.search(rest) and _act(line.neighbour(index + 1)) is not None:
        return "到店"
    if _ELSEWHERE.search(around):
        return act if act is not None and _acts_after(rest) else None
    on_subject = (
        _is_bare(clause)
        or (index <= 1 and (line.by_customer or _CONFIRMS.match(line.text) is not None))
        or (line.by_customer and _FREE.search(clause.text) is not None)
    )
    return act or _act_nearby(line, index, of_day=isinstance(token, Spell)) or (asked if on_subject else None)


def _is_of_others(line: Line, index: int, lead: str, asked: Kind | None) -> bool:
    """Whether the car arrives then, or somebody else does what nobody has asked the customer to."""
    if line.by_customer:
        return asked is None and _THEY.search(lead) is not None
    return _ARRIVES.search(line.clauses[index].text) is not None and _act(line.neighbour(index + 1)) is None


def _sets_a_time(line: Line, clause: Clause) -> bool:
    """Whether the sentence can only be about a meeting: 周六两点？, 您看上午还是下午, 之前约的周四."""
    following = line.neighbour(line.index_at(clause.start) + 1)
    if _BOOKED.search(clause.text):
        return True
    return not line.by_customer and (
        (clause.asks and _is_bare(clause)) or _EITHER_PART.search(clause.text + following) is not None
    )


def _act_in(line: Line, clause: Clause) -> Kind | None:
    """What a clause is about, by who says it."""
    if line.by_customer and _COME_HERE.search(clause.text):
        return "上门"
    if line.by_customer and _AT_YOURS.search(clause.text) and not re.search(r"送|开到|接", clause.text):
        return "到店"
    return _act(_timeless(clause))


def _act_nearby(line: Line, index: int, *, of_day: bool) -> Kind | None:
    """What the clauses after this one in the sentence are about, else the one before."""
    clause = line.clauses[index]
    for later in line.clauses[index + 1 : index + 4]:
        found = _act_in(line, later)
        if found is not None and not _PAST.search(later.text):
            return found
        new_day = _names_other_day(later) and of_day and not _is_bare(clause)
        if clause.mark in _STOPS or later.mark in _STOPS or new_day:
            break
    if index and line.clauses[index - 1].mark not in _STOPS:
        earlier = line.clauses[index - 1]
        return None if _ELSEWHERE.search(earlier.text) or _PAST.search(earlier.text) else _act_in(line, earlier)
    return None


def _acts_after(rest: str) -> bool:
    return (
        re.search(r"(?:过来|赶过|过去|到店|来店|去店|试驾|看车|打给|打我|去你|来你|到你|提车|就(?:到|来|去)$)", rest)
        is not None
    )


def _names_other_day(clause: Clause) -> bool:
    return bool(re.search(r"[今明后][天儿]|周|礼拜|星期|[号日]", clause.text))


def _timeless(clause: Clause) -> str:
    """The clause without parts of the day, so that 上午来 and 来 look alike."""
    return re.sub(r"(?:早上|上午|下午|晚上|中午)(?=[^，。])", "", clause.text)


def _is_bare(clause: Clause) -> bool:
    """Whether a clause holds little but the time."""
    text = clause.text
    spans = [(token.start, token.end) for token in find_spells(text, _ANY_DAY)]
    spans += [(token.start, token.end) for token in find_clocks(text)]
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return len(_SMALL_WORDS.sub("", text)) <= _BARE_LENGTH


def _names_a_day(spell: Spell, kind: Kind, today: date) -> bool:
    near = spell.last - today <= _FURTHEST
    return near and spell.first == spell.last and (not spell.bound or kind == "回访电话")


def _last_part(line: Line) -> re.Match[str] | None:
    matches = list(PART.finditer(line.text))
    return matches[-1] if matches else None


def _day_plan(line: Line, spell: Spell, kind: Kind, known: _Plan | None, plan: _Plan | None) -> _Plan:
    day = spell.first
    words = line.text[spell.start : spell.end]
    only_day = "月" not in words and re.search(r"[号日]", words) is not None
    if (
        only_day
        and known is not None
        and known.day is not None
        and known.day.day == day.day
        and abs(known.day - day) < timedelta(days=62)
    ):
        day = known.day
    part = spell.part or _part_near(line, spell.end)
    asked = line.clause_at(spell.start).asks
    clock = None
    if plan is not None and plan.clock is not None and plan.day in (None, day) and plan.line == line.index:
        clock = plan.clock
        part = part or plan.part
    still = re.search(r"还是(?=[^，。]{0,6}点)|照旧|时间不变", line.text)
    if clock is None and still and known is not None:
        clock = known.clock
        part = part or known.part
    return _Plan(day, clock, part, kind, line.index, spell.start, spell.end, asked=asked)


def _part_near(line: Line, start: int) -> str:
    match = PART.match(line.text, start) or PART.match(line.text, min(start + 1, len(line.text)))
    return match.group() if match else ""


def _hour_plan(line: Line, clock: Clock, kind: Kind, table: _Table, plan: _Plan | None, today: date) -> _Plan | None:
    """An hour belongs to the day named with it, else to the day under discussion; a call for today needs no day."""
    asked = line.clause_at(clock.start).asks
    if plan is not None and (plan.kind == "回访电话") == (kind == "回访电话"):
        part = clock.part or plan.part
        first = min(plan.start, clock.start)
        return replace(
            plan, clock=clock, part=part, start=first, end=max(plan.end, clock.end), asked=plan.asked or asked
        )
    known = table.known(call=kind == "回访电话") or (table.known() if line.by_customer else None)
    if known is not None and known.day is not None:
        merged = kind if kind != "到店" else known.kind
        return _Plan(
            known.day, clock, clock.part or known.part, merged, line.index, clock.start, clock.end, asked=asked
        )
    if kind != "回访电话" and _act(_timeless(line.clause_at(clock.start))) is None:
        return None
    return _Plan(today, clock, clock.part, kind, line.index, clock.start, clock.end, asked=asked)
