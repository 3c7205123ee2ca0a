"""The meeting or call that was agreed on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from qc.domain import Appointment, Evidence
from qc.memo.dates import PART, Clock, Spell, find_clocks, find_spells
from qc.memo.talk import Clause, Line, Talk

Kind = Literal["到店", "试驾", "回访电话", "交车", "上门"]

_CALL = re.compile(
    r"打(?:给|我|电话|过来|过去|来|$|吧|一?个|你|您|就)|(?:再|晚上|中午|上午|下午|以后|后|前|半|点)打|给(?:您|你|我)[^，。]{0,4}(?:打|(?:去|来|回)个?(?:电话|话|信)|电话)|来个?电话|回(?:个)?(?:电话?|话|信|访)|电话(?:联系|回访|过来)|联系(?:您|你|我)|(?:致电|去电|通(?:个)?电话)|准信"
)
_DRIVE = re.compile(r"试驾|试乘|试[一]?(?:下|试|开)|试那|试车|开一?圈|试试")
_DELIVERY = re.compile(r"提车|交车|来提|去提|提(?:了|新车)|办交|接车|验车交")
_HOME = re.compile(
    r"上(?:您|你)家|到(?:您|你)(?:家|单位|公司|小区|那)|送到|上门|给(?:您|你)送|开到(?:您|你)|去(?:您|你)(?:家|单位|公司)"
)
_VISIT = re.compile(
    r"到店|来店|进店|店里|到(?:你|您|咱|我们)|过来|过去|来(?:看|试|一趟|瞅|吧|坐|呀|啊|呢|嘛|店|$|不了|得|转)|来[，。]|去(?:你|店|看|试|一趟|签|定|订)|看车|看看|见(?:面)?$|(?:我|能|您|你|再|点|半|天|[上中下晚]午|就|一块儿?|一起|一道|都)来(?!着|说|讲|算|电|不及|得及)|碰(?:面|头)|当面|签合同|我去|方便[吗么不]?|有空|有时间|到$|到[，。吧]|品鉴会"
)
_REFUSES = re.compile(
    r"去不了|来不了|不去|都不去|走不开|不用|别打|不行|没空|没时间|不方便|算了|改天|再说|回头|考虑考虑|不想|真不行|不来|下次|忙着|忙得|赶不|不一定|看情况|有需要我|我找你|有空我就"
)
_TAKEN = re.compile(
    r"加班|出差|开会|睡觉|走亲戚|值班|限号|补班|学|补课|上课|接孩子|做客|盘库|怕来不及|没空|不行|有事|不得空|别打|来不了|去不了|忙|下雨|不在|陪产检|画画|送货|期末|都在|不成|发(?:货|车)|到货|政策|下来|营业|开门|活动$|放假$"
)
_PAST = re.compile(
    r"(?:来|看|试|去|约|打|聊|接待|见|提|交|订|定)过|上(?:个?礼拜|周|个?月|回|次)|昨|前天|刚才|刚刚|去的|来的|交走|接待的|当时|系统里|登记"
)
_OPEN = re.compile(r"过两天|过几天|改天|哪天|有空|随时|回头|什么时候|啥时候|几点|几号")
_ACCEPTS = re.compile(
    r"^[^，。！？]{0,6}?(?:[行好成中可]|要得|没问题|有空|可以|方便|OK|ok|嗯|对|得嘞|就这么|不耽误|能来|见)|(?:也|都)?(?:行|可以|方便|有空)(?:[吧啊呀的，。]|$)|见[，。]?$|等(?:你|您)|记着"
)
_CONFIRMS = re.compile(
    r"^(?:[嗯哦啊哎]|那|没问题|收到)*[，]?(?:行|好|成|中|可以|要得|得嘞|记下|没问题|那就|那成|好嘞|OK|妥|对|在的|明早|这)"
)


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
    sure: bool = False

    @property
    def at(self) -> str:
        """In the form of `Appointment.at`."""
        if self.day is None:
            raise ValueError("a plan without a day has no date")
        if self.clock is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()}T{self.clock.at(self.part).isoformat(timespec='minutes')}"


def find_appointment(talk: Talk, today: date) -> tuple[Appointment, tuple[Evidence, ...]] | None:
    """The appointment the customer agreed to, with the words; the last agreed time wins, a meeting before a call."""
    agreed: list[_Plan] = []
    open_plan: _Plan | None = None
    for line in talk.lines:
        plans = list(_plans(talk, line, today, open_plan or (agreed[-1] if agreed else None)))
        if line.by_customer:
            open_plan = _customer_turn(line, plans, open_plan, agreed)
        else:
            open_plan = _agent_turn(talk, line, plans, agreed)
    meetings = [plan for plan in agreed if plan.kind != "回访电话"] or agreed
    if not meetings:
        return None
    plan = meetings[-1]
    kind = _known_kind(talk, plan, agreed)
    return Appointment(at=plan.at, kind=kind), (talk.evidence(plan.line, plan.start, plan.end),)


def _known_kind(talk: Talk, plan: _Plan, agreed: list[_Plan]) -> Kind:
    """A visit is for a test drive where that was named around it."""
    if plan.kind != "到店":
        return plan.kind
    around = talk.lines[max(plan.line - 2, 0) : plan.line + 3]
    named = any(
        re.search(r"试驾|试乘", line.text)
        and not re.search(r"试驾(?:过|车(?!.{0,6}(?:留|约|安排))|贴纸|完)|不试驾", line.text)
        for line in around
    )
    later = any(re.search(r"(?:留|约|安排|准备)[^，。]{0,4}试[驾乘]", line.text) for line in talk.lines[plan.line :])
    same = any(other.kind == "试驾" and other.day == plan.day for other in agreed)
    return "试驾" if named or later or same else "到店"


def _customer_turn(line: Line, plans: list[_Plan], open_plan: _Plan | None, agreed: list[_Plan]) -> _Plan | None:
    refuses = _REFUSES.search(line.text) is not None
    if plans:
        usable = [plan for plan in plans if plan.day is not None]
        if usable:
            agreed.append(usable[-1])
            return None
    if open_plan is not None and open_plan.day is not None and not refuses and _accepts(line):
        agreed.append(replace(open_plan, sure=True))
        return None
    return open_plan if not refuses and line.asks else None


def _accepts(line: Line) -> bool:
    first = line.clauses[0] if line.clauses else None
    return line.agrees or bool(_ACCEPTS.search(line.text)) or (first is not None and "送到" in first.text)


def _agent_turn(talk: Talk, line: Line, plans: list[_Plan], agreed: list[_Plan]) -> _Plan | None:
    """The agent may confirm what was agreed (and so fix the hour), or put something new on the table."""
    usable = [plan for plan in plans if plan.day is not None]
    last = agreed[-1] if agreed else None
    for plan in plans:
        if last is None or plan.clock is None:
            continue
        same_day = plan.day in (None, last.day)
        same_kind = plan.kind == last.kind or (plan.kind != "回访电话") == (last.kind != "回访电话")
        asked = any(clause.asks for clause in line.clauses if clause.start <= plan.start < clause.end + 8)
        if same_day and same_kind and not asked and (_CONFIRMS.match(line.text) or last.clock is None):
            agreed[-1] = replace(last, clock=plan.clock, part=plan.part or last.part)
            last = agreed[-1]
    before = talk.before(line)
    if (
        usable
        and last is None
        and before is not None
        and _asked_by_customer(before, usable[-1])
        and _CONFIRMS.match(line.text)
    ):
        agreed.append(usable[-1])
        return None
    return usable[-1] if usable else None


def _asked_by_customer(before: Line, plan: _Plan) -> bool:
    return (
        before.by_customer
        and re.search(r"行(?:吗|不)|可以吗|能.{0,3}吗|在吗|还在|去提|有人", before.text) is not None
        and plan.kind != "回访电话"
    )


def _plans(talk: Talk, line: Line, today: date, known: _Plan | None) -> Iterator[_Plan]:
    """The plans this line speaks of, best last."""
    spells = [spell for spell in find_spells(line.text, today) if not spell.loose]
    clocks = find_clocks(line.text)
    if not spells and not clocks:
        return
    before = talk.before(line)
    kind = _kind(line.text) or (_kind_asked(before) if before is not None and line.by_customer else None)
    if kind is None and known is not None:
        kind = known.kind
    if kind is None or (_PAST.search(line.text) and not spells):
        return
    days = [spell for spell in spells if _is_meeting_day(talk, line, spell, kind)]
    hours = [clock for clock in clocks if _is_meeting_hour(line, clock)]
    if days:
        yield from _with_days(line, days, hours, known, kind)
    elif hours and (known is not None or not spells):
        clock = hours[-1]
        day = known.day if known is not None and (line.by_customer or _CONFIRMS.match(line.text)) else None
        part = clock.part or (known.part if known is not None else "")
        yield _Plan(
            day, clock, part, kind if known is None else _merged(known.kind, kind), line.index, clock.start, clock.end
        )
    elif known is not None and line.by_customer and (part_match := _last_part(line)) and not _REFUSES.search(line.text):
        yield _Plan(known.day, None, part_match.group(), known.kind, line.index, part_match.start(), part_match.end())


def _merged(known: Kind, said: Kind) -> Kind:
    return said if said != "到店" else known


def _last_part(line: Line) -> re.Match[str] | None:
    matches = list(PART.finditer(line.text))
    return matches[-1] if matches else None


def _with_days(line: Line, days: list[Spell], hours: list[Clock], known: _Plan | None, kind: Kind) -> Iterator[_Plan]:
    spell = days[-1]
    day = spell.first
    if (
        known is not None
        and known.day is not None
        and known.day.day == day.day
        and re.match(r"[^月]*[号日]", line.text[spell.start : spell.end])
        and "月" not in line.text[spell.start : spell.end]
    ):
        day = known.day
    after = [clock for clock in hours if clock.start >= spell.start]
    clock = (after or hours)[-1] if hours else None
    part = spell.part
    if clock is None:
        still = re.search(r"还是(?=[^，。]{0,6}点)|不变|照旧", line.text)
        clock = known.clock if known is not None and still else None
    if clock is not None and not clock.part:
        named = [match.group() for match in PART.finditer(line.text)]
        part = (
            part
            or (named[-1] if named else "")
            or (known.part if known is not None and known.day in (None, day) else "")
        )
        if not part and known is not None and known.clock is not None:
            part = known.clock.part
    start = spell.start
    end = max(spell.end, clock.end if clock in hours and clock is not None else spell.end)
    yield _Plan(
        day,
        clock,
        part or (clock.part if clock else ""),
        kind,
        line.index,
        min(start, clock.start) if clock in hours and clock is not None else start,
        end,
    )


def _kind(text: str) -> Kind | None:
    if _HOME.search(text):
        return "上门"
    if _DELIVERY.search(text):
        return "交车"
    if _DRIVE.search(text):
        return "试驾"
    if _CALL.search(text) and not re.search(r"过来|过去|到店|来店|看车|店里", text):
        return "回访电话"
    if _VISIT.search(text):
        return "到店"
    return "回访电话" if _CALL.search(text) else None


def _kind_asked(before: Line) -> Kind | None:
    """What the question before was about; read from its last clauses, since a long turn has many subjects."""
    tail = "，".join(clause.text for clause in before.clauses[-3:])
    if not (before.asks or _kind(tail)):
        return None
    return _kind(tail)


def _clause_at(line: Line, position: int) -> Clause:
    return next(clause for clause in line.clauses if clause.start <= position < max(clause.end, clause.start + 1))


def _is_meeting_day(talk: Talk, line: Line, spell: Spell, kind: Kind) -> bool:
    if spell.first != spell.last or (spell.bound and kind != "回访电话"):
        return False
    clause = _clause_at(line, spell.start)
    rest = line.text[spell.end : clause.end]
    inside = line.text[clause.start : spell.start] + "　" + rest
    if _PAST.search(inside) or (
        _TAKEN.search(rest)
        and not re.search(
            r"来|去|到|打", rest.replace("来不及", "").replace("来不了", "").replace("去不了", "").replace("别打", "")
        )
    ):
        return False
    if re.search(r"别打|不行|来不了|去不了|不得空|不去", rest):
        return False
    if re.search(r"生日|到期|出结果|发(?:工资|薪)|预产|做手术|交车$|截止|开业", inside) and not (
        _VISIT.search(inside) or _CALL.search(inside)
    ):
        return False
    has_act = _kind(line.text[clause.start : clause.end]) is not None
    bare = (
        len(re.sub(r"[吧呢呗嘛啊呀嗯哦了哎那就是也的可以行改]|上午|下午|中午|晚上|早上|呃|周末|还是", "", inside)) <= 4
    )
    return has_act or bare or bool(_clocks_near(line, clause)) or _acts_next(line, clause) or line.by_customer is False


def _clocks_near(line: Line, clause: Clause) -> bool:
    return any(clause.start <= clock.start < clause.end for clock in find_clocks(line.text))


def _acts_next(line: Line, clause: Clause) -> bool:
    position = line.clauses.index(clause)
    return any(_kind(later.text) is not None for later in line.clauses[position + 1 : position + 3])


def _is_meeting_hour(line: Line, clock: Clock) -> bool:
    clause = _clause_at(line, clock.start)
    inside = line.text[clause.start : clock.start] + "　" + line.text[clock.end : clause.end]
    if _PAST.search(inside) or re.search(
        r"下课|才到家|下班$|得接|开门|关门|营业|上班|优惠|便宜|接孩子|出门|画画|起床", inside
    ):
        return False
    return True
