"""When the customer wants to be contacted next, in his own words: 下午别打, 晚上七点以后, 月底再联系, 下周三以后.

What the customer said counts, and what the agent proposed if the customer agreed. How to reach the customer (微信, 电话)
is in the memo, as `contact_preference`; an agreed hour of an agreed day is its `appointment`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Final, Literal

from qc.domain import Record, Speaker
from qc.follow_up.hours import DAY
from qc.leads import CallEvidence, LeadCall
from qc.memo.answers import says_yes
from qc.memo.dates import Spell, find_spells
from qc.memo.hours import find_clocks
from qc.memo.talk import Clause, Line, Talk
from qc.rulebook.follow_up import FollowUpRules, Hours

LATE: Final = timedelta(days=4)
"""月底 is three weeks in; who wants to be called 月底 is called in its last days."""
_ENDS: Final = ("底", "末", "尾")
FURTHEST: Final = timedelta(days=366)
"""What is put off for longer (过两年再讲) names no day to call on."""


class DayWish(Record):
    """Not before a day, or until a day."""

    kind: Literal["not-before", "until"]
    day: date
    said: str
    evidence: tuple[CallEvidence, ...]


class HoursWish(Record):
    """At these hours, or at any but these."""

    kind: Literal["open", "closed"]
    hours: Hours
    said: str
    evidence: tuple[CallEvidence, ...]
    """Empty where a consultant set the memo right."""


class WeekendWish(Record):
    """At the weekend, or not then."""

    kind: Literal["weekend", "no-weekend"]
    said: str
    evidence: tuple[CallEvidence, ...]
    """Empty where a consultant set the memo right."""


Wish = DayWish | HoursWish | WeekendWish


def read_wishes(call: LeadCall, rules: FollowUpRules) -> tuple[Wish, ...]:
    """What this call says about when to contact the customer, in the order of the words.

    Days count from the day of the call. Nothing is read from what nobody may have said.
    """
    talk = Talk(call.transcript)
    found: list[Wish] = []
    for line in talk.lines:
        if call.transcript.utterances[line.index].doubt is not None:
            continue
        if line.speaker is Speaker.CUSTOMER:
            found += _hours_in(line, call, rules, asked=_speaks_of_calling(talk.before(line), rules))
            found += _days_in(line, call, rules)
        elif _agreed_to(line, talk):
            found += _days_offered(line, call, rules)
    return tuple(found)


def wishes_of_words(words: str, evidence: tuple[CallEvidence, ...], rules: FollowUpRules) -> tuple[Wish, ...]:
    """What a memo's preference (晚上七点以后, 中午电话) says about hours and weekends; every part it names suits."""
    hours = _hours_named(words, rules)
    said = evidence[0].quote if evidence else words
    wishes: list[Wish] = [] if hours is None else [HoursWish(kind="open", hours=hours, said=said, evidence=evidence)]
    if rules.weekend.search(words):
        wishes.append(WeekendWish(kind="weekend", said=said, evidence=evidence))
    return tuple(wishes)


# ---------------------------------------------------------------- hours


def _speaks_of_calling(line: Line | None, rules: FollowUpRules) -> bool:
    return line is not None and rules.calls.search(line.text) is not None


def _hours_in(line: Line, call: LeadCall, rules: FollowUpRules, *, asked: bool) -> Iterator[Wish]:
    for clause in line.clauses:
        text = clause.text
        if rules.elsewhere.search(text) or clause.asks:
            continue
        refused = rules.refuses.search(text) is not None
        invited = rules.calls.search(text) is not None or (asked and rules.suits.search(text) is not None)
        if not refused and not invited:
            continue
        evidence = _quote(call, clause)
        hours = _hours_named(text, rules)
        if hours is not None:
            yield HoursWish(
                kind="closed" if refused else "open", hours=hours, said=evidence.quote, evidence=(evidence,)
            )
        elif rules.weekend.search(text):
            yield WeekendWish(kind="no-weekend" if refused else "weekend", said=evidence.quote, evidence=(evidence,))


def _hours_named(text: str, rules: FollowUpRules) -> Hours | None:
    """The hours that these words name: 晚上七点以后 runs to the end of calling, 八点以前 from its beginning."""
    for clock in find_clocks(text):
        said, at = text[clock.start : clock.end], clock.at()
        if said.endswith("后"):
            return Hours(from_=at, to=rules.asked_for.to) if at < rules.asked_for.to else None
        if said.endswith("前"):
            return Hours(from_=rules.asked_for.from_, to=at) if at > rules.asked_for.from_ else None
        return Hours(from_=at, to=_an_hour_later(at))
    part = next((part for part in rules.parts if part.say.search(text)), None)
    return None if part is None else Hours(from_=part.from_, to=part.to)


def _an_hour_later(at: time) -> time:
    return time(at.hour + 1, at.minute) if at.hour < time.max.hour else time.max


# ---------------------------------------------------------------- days


def _days_in(line: Line, call: LeadCall, rules: FollowUpRules) -> Iterator[DayWish]:
    """Days of clauses that ask to be contacted; the day may stand in the clause before: 月底吧，到时候再联系."""
    for number, clause in enumerate(line.clauses):
        if clause.asks or rules.elsewhere.search(clause.text):
            continue
        refused = rules.refuses.search(clause.text) is not None
        # 明天上午没空 closes the morning, not the day.
        if _hours_named(clause.text, rules) is not None if refused else rules.again.search(clause.text) is None:
            continue
        wish = _day_of(clause, call, rules, refused=refused)
        if wish is None and not refused and number and not rules.elsewhere.search(line.clauses[number - 1].text):
            wish = _day_of(line.clauses[number - 1], call, rules, refused=False, through=clause)
        if wish is not None:
            yield wish


def _days_offered(line: Line, call: LeadCall, rules: FollowUpRules) -> Iterator[DayWish]:
    for clause in line.clauses:
        if rules.offers.search(clause.text):
            wish = _day_of(clause, call, rules, refused=False)
            if wish is not None:
                yield wish


def _agreed_to(line: Line, talk: Talk) -> bool:
    reply = talk.after(line)
    return reply is not None and says_yes(line, reply)


def _day_of(
    clause: Clause, call: LeadCall, rules: FollowUpRules, *, refused: bool, through: Clause | None = None
) -> DayWish | None:
    today = call.call.time.date()
    evidence = _quote(call, clause, through)
    for vague in rules.vague:
        if vague.say.search(clause.text):
            return DayWish(kind="not-before", day=today + vague.days * DAY, said=evidence.quote, evidence=(evidence,))
    for spell in find_spells(clause.text, today):
        if spell.loose or spell.first > today + FURTHEST:
            continue
        if refused:  # 这周别打: once it is over
            return DayWish(kind="not-before", day=spell.last + DAY, said=evidence.quote, evidence=(evidence,))
        if spell.bound and spell.first <= today:  # 周五之前给我回个话
            within = any(part.say.search(clause.text) for part in rules.parts)  # 明天中午之前: tomorrow counts
            return DayWish(kind="until", day=spell.last + within * DAY, said=evidence.quote, evidence=(evidence,))
        if spell.first > today:
            return DayWish(
                kind="not-before", day=_first_day(clause.text, spell), said=evidence.quote, evidence=(evidence,)
            )
    return None


def _first_day(text: str, spell: Spell) -> date:
    late = text[spell.start : spell.end].endswith(_ENDS)
    return max(spell.first, spell.last - LATE) if late else spell.first


def _quote(call: LeadCall, clause: Clause, through: Clause | None = None) -> CallEvidence:
    end = (through or clause).end
    text = call.transcript.utterances[clause.line].text
    return CallEvidence(
        recording_id=call.recording_id,
        utterance=clause.line,
        start=clause.start,
        end=end,
        quote=text[clause.start : end],
    )
