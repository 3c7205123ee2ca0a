"""When the customer means to buy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from qc.domain import Appointment, Evidence, PurchaseTime
from qc.memo.answers import says_yes
from qc.memo.dates import Spell, find_spells
from qc.memo.day_signs import Learned
from qc.memo.day_words import DAY
from qc.memo.days_named import days_of
from qc.memo.hours import PART, find_clocks
from qc.memo.purchase_words import (
    ALONE_IN_CLAUSE,
    ASSENTS,
    BUSY,
    COMES,
    CONDITION_FAILS,
    DONE_THEN_BUYS,
    GIVES_UP,
    HAD_FOR,
    IF_ORDERED_NOW,
    LATEST,
    MOVED_TO,
    NEEDED,
    NOT_BUYING,
    NOT_EVEN_SO,
    OF_ELSE,
    ON_THE_SPOT,
    OTHERS,
    PAID_THEN_COMES,
    PAST,
    PAYS_OFF,
    PLANS,
    PUTS_OFF,
    REST,
    SURE,
    THEN_BUYS,
    THEN_SEES,
    TIED,
    UNSURE,
)
from qc.memo.talk import Clause, Line, Talk
from qc.memo.when_asked import ASKS_WHEN, BUY, FIRM_BUY, VISIT, VISIT_ASKED, Asked, asked_part, asks_when, on_meeting

_STEPS = 2
"""So many clauses may stand between what happens that day and the purchase."""
_PARTICLE = 1
"""So many characters more than the day are no other subject."""
_SHORT_LEAD = 5
"""孩子放暑假之前吧: so many characters before the day, and none after, are still an answer."""
_TOO_FAR = 400
"""A length of time unasked for and longer than so many days is a loan's (三年), not a horizon."""
_ANSWERS, _SAYS, _STATES, _MENTIONS = 6, 5, 3, 2
"""How plainly a day is that of the purchase."""
_LIMIT_BACK = 3
"""A limit (补贴到二十号) may stand so many lines before 在那之前."""
_STOPS = "。！？!?"
_WEEK = 7 * DAY
"""Where a visit is spoken of, a day or week in answer is that of the visit."""


Bought = tuple[PurchaseTime, tuple[Evidence, ...]]
"""A time of purchase and the words for it."""


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
    talk: Talk,
    today: date,
    meeting: tuple[Appointment, tuple[Evidence, ...]] | None = None,
    learned: Learned | None = None,
) -> Bought | None:
    """When the customer means to buy, with the words; by the rules the plainest statement wins, then the last.

    The day named for the ``meeting`` agreed on is that of the purchase only where buying is spoken of with it. A
    ``learned`` model weighs the rules' word together with what is said around each day.
    """
    stated = _by_rules(talk, today, meeting)
    return stated if learned is None else _weighed(talk, today, stated, learned)


def _by_rules(talk: Talk, today: date, meeting: tuple[Appointment, tuple[Evidence, ...]] | None) -> Bought | None:
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
    same = (claim.spell for claim in claims if claim.line is best.line and _same_days(claim.spell, best.spell))
    return _bought(talk, best.line, next(same, best.spell), best.spell, today)


def _weighed(talk: Talk, today: date, stated: Bought | None, learned: Learned) -> Bought | None:
    """The likeliest days of all spoken of; the rules' own stand where nobody names just these."""

    def by_rules(spell: Spell) -> bool:
        return stated is not None and means(spell, today, stated[0].from_, stated[0].to)

    if stated is not None and not any(by_rules(place.spell) for place in learned.places):
        return stated
    place = learned.likeliest(by_rules, lambda _: True)
    if place is None or by_rules(place.spell):
        return stated if place else None
    return _bought(talk, place.line, place.spell, place.spell, today)


def means(spell: Spell, today: date, first: date | None, last: date | None) -> bool:
    """Whether a time of purchase from ``first`` to ``last`` may be said by these days: as they are, or as the latest."""
    return spell.last == last and first in (spell.first, today)


def _bought(talk: Talk, line: Line, said: Spell, days: Spell, today: date) -> Bought:
    """These days as the time of purchase, ``said`` where their words stand: any day until then where that was asked."""
    latest = LATEST.search(line.text[: said.start])
    start = latest.start() if latest else said.start
    limit = latest is not None or _asks_for_latest(talk, line)
    value = PurchaseTime(from_=today if limit else days.first, to=days.last, said=line.text[start : said.end])
    return value, (talk.evidence(line.index, start, said.end),)


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
    spells = days_of(talk, line, today)
    if not any(not spell.loose for spell in spells):
        yield from _upon_what_was_named(talk, line, today)
    if not spells or NOT_EVEN_SO.search(line.text):
        return
    gives_up = GIVES_UP.search(line.text) is not None
    asked = asks_when(talk, before)
    agrees = before is not None and says_yes(before, line) and bool(find_spells(before.text, today))
    opens = before is None or not (before.asks or ASKS_WHEN.search(before.text))
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
            yield _Claim(spell, line, clause, score, spell.is_day and PAYS_OFF.search(rest) is not None)


def _upon_what_was_named(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    """The day named before that this line ties the purchase to: 二十五号到港 - 到了我就去交钱; 那天我来下单."""
    if not line.by_customer or GIVES_UP.search(line.text) or UNSURE.search(line.text):
        return
    tied = any(
        TIED.search(clause.text) and not (clause.asks or NOT_BUYING.search(clause.text)) for clause in line.clauses
    )
    before = talk.before(line)
    proposed = before is not None and before.asks and TIED.search(before.text) is not None and _assents(before, line)
    if not tied and not proposed:
        return
    for earlier in reversed(talk.lines[max(line.index - _LIMIT_BACK, 0) : line.index]):
        named = [spell for spell in find_spells(earlier.text, today) if not (spell.loose or PAST.search(earlier.text))]
        if named:
            clause = earlier.clause_at(named[-1].start)
            yield _Claim(named[-1], earlier, clause, _SAYS, tied=True)
            return


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
    if asked is Asked.PLAINLY:
        rest = PART.sub("", rest)
    said = f"{lead}　{rest}"
    previous = line.neighbour(position - 1)
    if _is_other(lead, said, previous, last):
        return 0
    puts_off = PUTS_OFF.search(rest) is not None or (previous.startswith("等") and not lead.strip("大概估计那就得要"))
    moved = MOVED_TO.search(lead) is not None and not REST.sub("", rest)
    postponed = (puts_off or moved) and not (meets or spell.is_day or spell.loose)
    waits = asked and lead.startswith("等") and THEN_SEES.search(rest) is not None
    ends = asked and not REST.sub("", rest) and len(lead) <= _SHORT_LEAD
    bare = len(REST.sub("", lead + rest)) <= _PARTICLE or ends or waits
    buys = BUY.search(said) is not None
    comes = asked is not Asked.PLAINLY and COMES.search(said) is not None
    visits = not waits and (comes or VISIT.search(said) is not None) and FIRM_BUY.search(said) is None
    then_buys = last.mark not in _STOPS and (
        (not visits and _leads_to_buying(line, position, today))
        or any(ON_THE_SPOT.search(line.neighbour(position + step)) for step in (1, 2))
    )
    visit_turn = spell.is_day and (VISIT.search(line.text) is not None or bool(find_clocks(line.text)))
    needed = spell.bound and spell.first <= today and NEEDED.search(rest) is not None and not OF_ELSE.search(said)
    corrects = bare and not REST.sub("", lead + rest) and opens and corrected and not visit_turn and "那个" not in rest
    if corrects or (bare and asked and not visits and not (visit_turn and not buys and asked is not Asked.PLAINLY)):
        score = _ANSWERS
    elif (buys and not visits) or then_buys:
        score = _SAYS + (SURE.search(said) is not None)
    elif visits or visit_turn or not (asked or (bare and opens) or postponed or needed):
        return 0
    elif replies and not clause.asks and not spell.loose:
        return 0 if _doubts(lead, rest, last) else _SAYS
    else:
        score = _STATES if postponed or needed or (bare and opens) else _MENTIONS
    far = not asked and (spell.first - today).days > _TOO_FAR
    weak = score < (_STATES if bare or buys or then_buys else _SAYS)
    if spell.loose and (far or weak):
        return 0
    return score - _doubts(lead, rest, last)


def _leads_to_buying(line: Line, position: int, today: date) -> bool:
    """Whether they buy upon what happens in this clause: 十九号考科四，考完就拿证，拿了证就买."""
    if UNSURE.search(line.text):
        return False
    for later in line.clauses[position + 1 : position + 1 + _STEPS]:
        if any(not spell.loose for spell in find_spells(later.text, today)):
            return False
        then = THEN_BUYS if later.start == line.clauses[position + 1].start else DONE_THEN_BUYS
        paid = PAID_THEN_COMES.match(later.text) and PAYS_OFF.search(line.clauses[position].text)
        if paid or then.match(later.text) is not None:
            return NOT_BUYING.search(later.text) is None
        if later.mark in _STOPS:
            return False
    return False


def _doubts(lead: str, rest: str, last: Clause) -> int:
    """What speaks against it: the customer is busy then, it is another's day, or it is only asked."""
    said = f"{lead}　{rest}"
    doubts = 0
    waits = lead.startswith("等") and THEN_SEES.search(rest) is not None
    if BUSY.search(said) and not waits and not re.search(r"提不到|买不到", rest):
        doubts += 4
    if OTHERS.search(lead) and FIRM_BUY.search(rest) is None and REST.sub("", rest):
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
    ) or (PAST.search(said) and not PLANS.search(said)):
        return True
    if IF_ORDERED_NOW.search(lead) and last.asks:
        return True
    if HAD_FOR.search(lead):
        return True
    if CONDITION_FAILS.search(lead + said) and "提不到" not in said:
        return True
    if NOT_BUYING.search(said) and not re.search(r"提不到|买不到|不买不", said):
        return True
    return CONDITION_FAILS.search(previous) is not None and not re.search(r"没毛病|没问题", previous)


def _proposed(talk: Talk, line: Line, today: date) -> Iterator[_Claim]:
    """The agent's 这个月底就定下来吗 counts when the customer says yes and names no other day."""
    spells = days_of(talk, line, today)
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
        narrows = not (spell.loose or ALONE_IN_CLAUSE.sub("", inside).strip("　")) and _on_buying(talk, line, spell)
        about = about or narrows
        if re.search(r"[上下]午|几点", line.text) and line.asks:
            continue
        if not about or (PAST.search(inside) and not re.search(r"上回说|没记错", inside)):
            continue
        put = clause.asks or any(later.asks for later in line.clauses[line.clauses.index(clause) + 1 :][:2])
        agreed = answer is not None and _assents(line, answer) and not _names_other(answer, spell, today)
        restated = (
            before is not None
            and not put
            and "您" in clause.text
            and any((s.first, s.last) == (spell.first, spell.last) for s in find_spells(before.text, today))
        )
        if ((put or narrows) and agreed) or restated:
            yield _Claim(spell, line, clause, _SAYS)


def _assents(line: Line, answer: Line) -> bool:
    return says_yes(line, answer) or ASSENTS.match(answer.text) is not None


def _on_buying(talk: Talk, line: Line, spell: Spell) -> bool:
    """Whether the turn before, or the question before that, is about buying and not about a visit: 那就是六月底了."""
    before = talk.before(line)
    question = talk.before(before) if before is not None else None
    if before is None or on_meeting(talk, line) or find_clocks(before.text):
        return False
    asked = question is not None and (asks_when(talk, question) is not Asked.NO or FIRM_BUY.search(question.text))
    asked = asked and not spell.is_day and VISIT.search(before.text) is None
    return bool(asked or FIRM_BUY.search(before.text))


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
