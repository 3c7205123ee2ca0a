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
from qc.memo.day_signs import Learned, Place
from qc.memo.days_named import days_of
from qc.memo.hours import PART, Clock, find_clocks
from qc.memo.meeting_words import (
    ACCEPTS,
    ARRIVES,
    AT_ONCE,
    AT_YOURS,
    BOOKED,
    BUSY,
    BUYS,
    BY_NOW,
    CALL,
    CANCELS,
    CANNOT,
    COME_AND,
    COME_HERE,
    CONFIRMS,
    DELIVERY,
    DRIVE,
    EITHER_PART,
    ELSEWHERE,
    EVENT,
    FREE,
    HOME,
    IN_CASE,
    IS_FREE,
    NO_AT_LAST,
    NOT_THEN,
    NOT_THERE,
    PAST,
    PAYS,
    PUTS_OFF,
    SMALL_WORDS,
    THEY,
    UNABLE,
    US,
    VISIT,
    WHICH,
    WITH_ME,
    WITHDRAWS,
    YES_THEN,
)
from qc.memo.talk import Clause, Line, Talk

Kind = Literal["到店", "试驾", "回访电话", "交车", "上门"]

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


Met = tuple[Appointment, tuple[Evidence, ...]]
"""An appointment and the words for it."""


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


def find_appointment(talk: Talk, today: date, learned: Learned | None = None) -> Met | None:
    """The appointment the customer agreed to, with the words; the last agreed time wins, a meeting before a call.

    A ``learned`` model weighs the rules' word together with what is said around each day.
    """
    agreed = _by_rules(talk, today)
    return agreed if learned is None else _weighed(talk, agreed, learned)


def _by_rules(talk: Talk, today: date) -> Met | None:
    table = _Table()
    for line in talk.lines:
        plans = list(_plans(talk, line, today, table))
        if line.by_customer:
            off = _days_off(line, today)
            table.agreed = {call: plan for call, plan in table.agreed.items() if plan.day not in off}
            _hear_customer(talk, line, [plan for plan in plans if plan.day not in off], table)
        else:
            _hear_agent(line, plans, table, _days_offered(talk, line, today))
    plan = table.agreed.get(False) or table.agreed.get(True)
    if plan is None:
        return None
    return _met(talk, plan)


def _met(talk: Talk, plan: _Plan) -> Met:
    return Appointment(at=plan.at, kind=_named_kind(talk, plan)), (talk.evidence(plan.line, plan.start, plan.end),)


def _weighed(talk: Talk, agreed: Met | None, learned: Learned) -> Met | None:
    """The likeliest day of all spoken of; the rules' own stands where nobody names just this day (一会儿就过去)."""

    def by_rules(spell: Spell) -> bool:
        return agreed is not None and spell.is_day and agreed[0].at.startswith(spell.first.isoformat())

    if agreed is not None and not any(by_rules(place.spell) for place in learned.places):
        return agreed
    place = learned.likeliest(by_rules, lambda place: _may_be_agreed(talk, place))
    if place is None or by_rules(place.spell):
        return agreed if place else None
    line, spell = place.line, place.spell
    clock = _hour_for(talk, line, spell)
    around = (line, *reversed(talk.lines[max(line.index - _REPLY, 0) : line.index + _REPLY + 1]))
    kind: Kind = next((act for one in around if (act := _act(_spoken(one))) is not None), "到店")
    part = spell.part or _part_near(line, spell.end)
    return _met(talk, _Plan(spell.first, clock, part, kind, line.index, spell.start, spell.end))


def _may_be_agreed(talk: Talk, place: Place) -> bool:
    """Whether the customer names this day for themselves, or answers the agent who does and does not say no."""
    line, spell = place.line, place.spell
    if not spell.is_day or _is_off(line, spell.start) or _is_taken_back(talk, line):
        return False
    if line.by_customer:
        index = line.index_at(spell.start)
        clause = line.clauses[index]
        others = _is_of_others(line, index, line.text[clause.start : spell.start], None)
        return not (
            others or CANNOT.search(clause.text) or PAYS.search(clause.text) or UNABLE.match(line.neighbour(index + 1))
        )
    answer = talk.after(line)
    return answer is not None and not (
        answer.refuses or CANNOT.search(answer.text) or PUTS_OFF.search(answer.text) or CANCELS.search(answer.text)
    )


def _is_taken_back(talk: Talk, line: Line) -> bool:
    """Whether the customer says later that nothing comes of it, or not on a day named in this line."""
    for later in talk.lines[line.index + 1 :]:
        if later.by_customer and WITHDRAWS.search(later.text):
            return True
        if later.by_customer and NOT_THEN.search(later.text):
            days = (one for one in find_spells(later.text, _ANY_DAY) if _is_off(later, one.start))
            if any(later.text[one.start : one.end] in line.text for one in days):
                return True
    return False


def _spoken(line: Line) -> str:
    return "，".join(clause.text for clause in line.clauses)


def _days_at(line: Line) -> Iterator[int]:
    return (spell.start for spell in find_spells(line.text, _ANY_DAY) if not spell.loose)


def _hour_for(talk: Talk, line: Line, spell: Spell) -> Clock | None:
    """The hour named with this day: after it in its line, else the last one of the next line that names any."""
    until = min((at for at in _days_at(line) if at > spell.start), default=len(line.text))
    with_it = [clock for clock in find_clocks(line.text) if spell.start <= clock.start < until]
    if with_it:
        return with_it[0]
    following = (find_clocks(later.text) for later in talk.lines[line.index + 1 : line.index + 1 + _ON_SUBJECT])
    return next((clocks[-1] for clocks in following if clocks), None)


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
    if not dated:
        _hear_answer(talk, line, table)


def _hear_answer(talk: Talk, line: Line, table: _Table) -> None:
    """What the customer says to what is agreed or proposed, without naming a day."""
    firmly = "，".join(clause.text for clause in line.clauses if not IN_CASE.search(clause.text))
    if (CANCELS if table.proposed else WITHDRAWS).search(firmly):
        table.agreed.clear()
    if not table.proposed:
        return
    opening = put_plainly("，".join(clause.text for clause in line.clauses[:2] if not IN_CASE.search(clause.text)))
    refuses = CANNOT.search(opening) or PUTS_OFF.search(line.text)
    if refuses:
        table.proposed.clear()
        return
    before = talk.before(line)
    agrees = line.agrees or (before is not None and says_yes(before, line))
    if agrees or ACCEPTS.search(line.text) or "送到" in opening:
        for plan in list(table.proposed.values()):
            if line.index - plan.line <= _REPLY:
                table.agree(plan)


def _days_off(line: Line, today: date) -> set[date]:
    """The days that the customer takes back: 礼拜六我去不了了."""
    if NOT_THEN.search(line.text) is None:
        return set()
    return {spell.first for spell in find_spells(line.text, today) if spell.is_day and _is_off(line, spell.start)}


def _is_off(line: Line, start: int) -> bool:
    """Whether the customer takes back the day named there."""
    return line.by_customer and NOT_THEN.search(line.clause_at(start).text) is not None


def _declined(line: Line, plan: _Plan, table: _Table) -> bool:
    """Whether the customer says the proposed day again only to turn it down: 明天啊，下午要飞北京，不行不行."""
    offered = table.proposed.get(plan.is_call)
    if offered is None or offered.day != plan.day:
        return False
    busy = BUSY.search(line.text) and _act(line.text) is None and not find_clocks(line.text)
    if not busy and NO_AT_LAST.search(line.text) is None:
        return False
    del table.proposed[plan.is_call]
    return True


def _taken_on(talk: Talk, line: Line) -> bool:
    """Whether the agent takes on a call the customer asks for; with no answer the customer's word stands."""
    answer = talk.after(line)
    return answer is None or bool(
        CONFIRMS.match(answer.text) or CALL.search(answer.text) or answer.agrees or find_clocks(answer.text)
    )


def _days_offered(talk: Talk, line: Line, today: date) -> frozenset[date]:
    """The days on which the customer has just said to be free: 周四我下午没课."""
    before = talk.before(line)
    if before is None or before.refuses:
        return frozenset()
    free = [clause for clause in before.clauses if IS_FREE.search(clause.text) and not CANNOT.search(clause.text)]
    return frozenset(spell.first for clause in free for spell in find_spells(clause.text, today) if spell.is_day)


def _hear_agent(line: Line, plans: list[_Plan], table: _Table, offered: frozenset[date]) -> None:
    """The agent may confirm what was agreed (and so fix the hour), or put something new on the table."""
    visit = table.agreed.get(False)
    if visit is not None and visit.line == line.index - 1 and _cannot_then(line, visit):
        del table.agreed[False]
    confirms = CONFIRMS.match(line.text) is not None
    for plan in plans:
        visit = table.agreed.get(False)
        taken = visit is not None and visit.clock is None and (visit.line, visit.day) == (line.index - 1, plan.day)
        if confirms and taken and plan.is_call and plan.clock is not None and not plan.asked:
            del table.agreed[False]  # 方便跟您聊 - 九号下午 - 好，九号下午三点打给您
            table.agree(plan)
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
    return (visit.asked and line.refuses) or NOT_THERE.search(put_plainly(opening)) is not None


def _vaguer(said: Clock, agreed: Clock | None) -> bool:
    """Whether it is the same hour without the minutes the customer named."""
    return agreed is not None and said.hour == agreed.hour and said.minute == 0 and agreed.minute != 0


# ---------------------------------------------------------------- reading one turn


def _plans(talk: Talk, line: Line, today: date, table: _Table) -> Iterator[_Plan]:
    """The plans this line speaks of, in order."""
    named = days_of(talk, line, today)
    spells = [spell for spell in named if not spell.loose and not is_limit_only(spell, named)]
    clocks = find_clocks(line.text)
    known = table.known()
    at_once = AT_ONCE.search(line.text) if line.by_customer and not spells and not clocks else None
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
            and not CANNOT.search(put_plainly(line.text))
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
            day = other_part.first if other_part is not None and plan is None else _day_named(talk, line, today)
            plan = _hour_plan(line, token, kind, table, plan, day, meets=line.by_customer and asked is not None)
        if plan is not None:
            yield plan


def _day_named(talk: Talk, line: Line, today: date) -> date:
    """The day named last in the line or the two before; where none is, today."""
    for one in (line, *reversed(talk.lines[max(line.index - _REPLY, 0) : line.index])):
        named = [spell.first for spell in days_of(talk, one, today) if spell.is_day]
        if named:
            return named[-1]
    return today


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
    if kind is None and before.asks and len(before.text) <= _SHORT and WHICH.search(before.text):
        taken = talk.before(before)
        kind = (_act_of_customer(taken) or _invited(talk.before(taken))) if taken is not None else None
    return kind


def _invited(line: Line | None) -> Kind | None:
    """What the agent's question or proposal in this line is about."""
    if line is None:
        return None
    tail = "，".join(clause.text for clause in line.clauses[-3:])
    kind = _act(tail)
    invites = FREE.search(tail) or US.search(tail) or COME_AND.search(tail)
    if kind is None and line.asks and invites and not BUYS.search(tail):
        return "到店"
    return kind


def _act_of_customer(line: Line) -> Kind | None:
    """What the customer has just said they would do: 月底去提, before 月底具体哪天."""
    return next((kind for clause in reversed(line.clauses) if (kind := _act_in(line, clause)) is not None), None)


def _act(text: str) -> Kind | None:
    if HOME.search(text):
        return "上门"
    if DELIVERY.search(text):
        return "交车"
    if DRIVE.search(text):
        return "试驾"
    if CALL.search(text) and not re.search(r"过来(?!电话)|过去|到店|来店|看车|店里", text):
        return "回访电话"
    if VISIT.search(text):
        return "到店"
    return "回访电话" if CALL.search(text) else None


def _kind_of(line: Line, token: Spell | Clock, asked: Kind | None) -> Kind | None:
    """What this day or hour is for, or None where it belongs to something else."""
    index = line.index_at(token.start)
    clause = line.clauses[index]
    rest = put_plainly(line.text[token.end : clause.end])
    lead = put_plainly(line.text[clause.start : token.start])
    around = f"{lead}　{rest}"
    if (
        _is_of_others(line, index, lead, asked)
        or BY_NOW.match(rest)
        or (line.by_customer and UNABLE.match(line.neighbour(index + 1)))
    ):
        return None
    if (
        PAST.search(around)
        or PAYS.search(rest)
        or re.search(r"不行|别打|来不了|去不了|不得空|不方便|不去|不来|没空|走不开|取消|^不[锁订签买定换提]", rest)
    ):
        return None
    act = _act_in(line, clause)
    if line.by_customer and asked is not None and index == 0 and isinstance(token, Clock) and YES_THEN.search(rest):
        return asked  # 十点行，你提前给我打一个提醒
    if (
        act is None
        and (_sets_a_time(line, clause) or (not line.by_customer and clause.asks and FREE.search(clause.text)))
        and (EITHER_PART.search(line.text) is not None or not BUYS.search(clause.text))
    ):
        act = asked if line.by_customer and asked is not None else "到店"
    if not line.by_customer and EVENT.search(rest) and _act(line.neighbour(index + 1)) is not None:
        return "到店"
    if ELSEWHERE.search(around):
        return act if act is not None and _acts_after(rest) else None
    on_subject = (
        _is_bare(clause)
        or (index <= 1 and (line.by_customer or CONFIRMS.match(line.text) is not None))
        or (line.by_customer and FREE.search(clause.text) is not None)
    )
    return act or _act_nearby(line, index, of_day=isinstance(token, Spell)) or (asked if on_subject else None)


def _is_of_others(line: Line, index: int, lead: str, asked: Kind | None) -> bool:
    """Whether the car arrives then, or somebody else does what nobody has asked the customer to."""
    if line.by_customer:
        return asked is None and THEY.search(lead) is not None and WITH_ME.search(line.text) is None
    return ARRIVES.search(line.clauses[index].text) is not None and _act(line.neighbour(index + 1)) is None


def _sets_a_time(line: Line, clause: Clause) -> bool:
    """Whether the sentence can only be about a meeting: 周六两点？, 您看上午还是下午, 之前约的周四."""
    following = line.neighbour(line.index_at(clause.start) + 1)
    if BOOKED.search(clause.text):
        return True
    return not line.by_customer and (
        (clause.asks and _is_bare(clause)) or EITHER_PART.search(clause.text + following) is not None
    )


def _act_in(line: Line, clause: Clause) -> Kind | None:
    """What a clause is about, by who says it."""
    if line.by_customer and COME_HERE.search(clause.text):
        return "上门"
    if line.by_customer and AT_YOURS.search(clause.text) and not re.search(r"送|开到|接", clause.text):
        return "到店"
    return _act(_timeless(clause))


def _act_nearby(line: Line, index: int, *, of_day: bool) -> Kind | None:
    """What the clauses after this one in the sentence are about, else the one before."""
    clause = line.clauses[index]
    for later in line.clauses[index + 1 : index + 4]:
        found = _act_in(line, later)
        if found is not None and not PAST.search(later.text):
            return found
        new_day = _names_other_day(later) and of_day and not _is_bare(clause)
        if clause.mark in _STOPS or later.mark in _STOPS or new_day:
            break
    if index and line.clauses[index - 1].mark not in _STOPS:
        earlier = line.clauses[index - 1]
        return None if ELSEWHERE.search(earlier.text) or PAST.search(earlier.text) else _act_in(line, earlier)
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
    return len(SMALL_WORDS.sub("", text)) <= _BARE_LENGTH


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


def _hour_plan(
    line: Line, clock: Clock, kind: Kind, table: _Table, plan: _Plan | None, today: date, *, meets: bool
) -> _Plan | None:
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
    index = line.index_at(clock.start)
    meets = meets or (line.by_customer and _act_nearby(line, index, of_day=False) is not None)
    bare = meets and not clock.bound and _is_bare(line.clauses[index])
    if kind != "回访电话" and not bare and _act(_timeless(line.clauses[index])) is None:
        return None
    return _Plan(today, clock, clock.part, kind, line.index, clock.start, clock.end, asked=asked)
