"""Checking a writer's answer: what no words of the call support is dropped, and the drop is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from qc.corrections import CurrentField, FieldState, read_fields
from qc.domain import Appointment, Budget, Call, Evidence, Memo, PurchaseTime, Speaker, Transcript
from qc.errors import BadInput
from qc.memo.dates import find_spells
from qc.memo.hours import find_clocks
from qc.memo.sums import find_amounts
from qc.memo_text import MemoText, Value, stated
from qc.writing.masking import TITLES
from qc.writing.records import Drop, DropReason, Proposal, RawProposal, Reply, Writing
from qc.writing.support import CarsIn, is_supported, numbers

MAX_PROPOSALS: Final = 30
MAX_QUOTE: Final = 200
MAX_SUMMARY: Final = 400

_CENTURY: Final = 2000
"""一五年的 is 2015款."""
_BY_AGENT: Final = frozenset({"promises"})
_BY_EITHER: Final = frozenset({"customer_name", "next_step"})
_CARS: Final = frozenset({"vehicles", "competitors", "trade_in"})
_PAYMENT: Final = {
    "全款": re.compile(r"全款|全付|一次性|付清|不贷款|现金"),
    "贷款": re.compile(r"贷|分期|按揭|月供|首付"),
    "未定": re.compile(r"没[想定]好|还没|再看|不一定|没定|未定|再说|考虑"),
}
_BASIS: Final = {"落地": re.compile(r"落地|包牌|全部?[办弄]?下来|办完"), "裸车": re.compile(r"裸")}


class Checked(NamedTuple):
    """What passed, and what did not."""

    summary: str | None
    proposals: tuple[Proposal, ...]
    dropped: tuple[Drop, ...]


def check_reply(
    reply: Reply, call: Call, transcript: Transcript, memo: Memo, text: MemoText, cars_in: CarsIn
) -> Checked:
    """What may be shown of an answer about this call; ``text`` is the memo in the machine's own words."""
    summary = (reply.summary or "").strip()
    held = "\n".join([text.summary, text.wechat, *(_words(value) for value in stated(memo).values())])
    dropped = [Drop(reason=DropReason.TOO_MANY)] * max(0, len(reply.proposals) - MAX_PROPOSALS)
    if summary and not (len(summary) <= MAX_SUMMARY and is_supported(summary, held, cars_in)):
        dropped.append(Drop(reason=DropReason.SUMMARY_UNSUPPORTED, field="summary"))
        summary = ""
    kept: list[Proposal] = []
    for raw in reply.proposals[:MAX_PROPOSALS]:
        checked = _check(raw, call, transcript, cars_in)
        if isinstance(checked, Drop):
            dropped.append(checked)
        elif checked not in kept and not _is_in(checked, getattr(memo, checked.field)):
            kept.append(checked)
    return Checked(summary or None, tuple(kept), tuple(dropped))


def standing(writing: Writing, current: Mapping[str, CurrentField], text: MemoText) -> Writing:
    """What of a writing still goes with the memo as it holds now.

    The summary goes once the machine's own is another one; a proposal goes once it is in the memo, or somebody has said
    what is right there.
    """
    proposals = tuple(
        proposal
        for proposal in writing.proposals
        if current[proposal.field].state is FieldState.MACHINE and not _is_in(proposal, current[proposal.field].value)
    )
    summary = writing.summary if writing.basis == text.summary else None
    return writing.model_copy(update={"summary": summary, "proposals": proposals})


def _words(value: Value) -> str:
    return "、".join(value) if isinstance(value, tuple) else value if isinstance(value, str) else ""


def _check(raw: RawProposal, call: Call, transcript: Transcript, cars_in: CarsIn) -> Proposal | Drop:
    name = raw.field
    if not isinstance(name, str) or name not in Memo.fields():
        return Drop(reason=DropReason.UNKNOWN_FIELD)
    value = _read(name, raw.value)
    if value is None:
        return Drop(reason=DropReason.BAD_VALUE, field=name)
    place = _place(name, raw.quote, transcript)
    if isinstance(place, DropReason):
        return Drop(reason=place, field=name)
    if not _gives_figures(value, place.quote, call.time.date()):
        return Drop(reason=DropReason.FIGURE_NOT_QUOTED, field=name)
    if not _speaks_of(name, value, place.quote, cars_in):
        return Drop(reason=DropReason.NOT_IN_QUOTE, field=name)
    return Proposal(field=name, value=value, evidence=place)


def _read(name: str, content: Any) -> Value | None:
    """The value in the field's form, a single entry for a list; None if it is not of that form."""
    if name in Memo.lists() and not isinstance(content, str):
        return None
    try:
        value = read_fields({name: [content] if name in Memo.lists() else content})[name]
    except BadInput:
        return None
    return value[0] if isinstance(value, tuple) else value


def _place(name: str, quote: Any, transcript: Transcript) -> Evidence | DropReason:
    """Where the party that may say so says these very words; words that nobody may have said count for nothing."""
    if not isinstance(quote, str) or not 2 <= len(quote.strip()) <= MAX_QUOTE:  # noqa: PLR2004 - 是 alone proves nothing
        return DropReason.NO_QUOTE
    places = [
        Evidence(utterance=index, start=start, end=start + len(quote), quote=quote)
        for index, said in enumerate(transcript.utterances)
        if said.doubt is None and (start := said.text.find(quote)) >= 0
    ]
    right = (place for place in places if _may_say(name, transcript.utterances[place.utterance].speaker))
    return next(right, DropReason.WRONG_PARTY if places else DropReason.NO_QUOTE)


def _may_say(name: str, speaker: Speaker) -> bool:
    if name in _BY_EITHER:
        return speaker is not Speaker.UNKNOWN
    return speaker is (Speaker.AGENT if name in _BY_AGENT else Speaker.CUSTOMER)


def _gives_figures(value: Value, quote: str, today: date) -> bool:
    match value:
        case Budget():
            said = {figure for amount in find_amounts(quote) for figure in (amount.low, amount.high)}
            return {figure for figure in (value.min, value.max) if figure is not None} <= said
        case PurchaseTime():
            spells = find_spells(quote, today)
            firsts, lasts = {today, *(spell.first for spell in spells)}, {spell.last for spell in spells}
            return (
                value.said in quote
                and (value.from_ is None or value.from_ in firsts)
                and (value.to is None or value.to in lasts)
            )
        case Appointment():
            return _gives_moment(value.at, quote, today)
        case _:
            said_too = numbers(quote)
            return all(figure in said_too or figure - _CENTURY in said_too for figure in numbers(_words(value)))


def _gives_moment(at: str, quote: str, today: date) -> bool:
    day, _, hour = at.partition("T")
    spells = [spell for spell in find_spells(quote, today) if spell.first == spell.last]
    if date.fromisoformat(day) not in {spell.first for spell in spells}:
        return False
    parts = ["", *(spell.part for spell in spells)]
    return not hour or hour in {f"{clock.at(part):%H:%M}" for clock in find_clocks(quote) for part in parts}


def _speaks_of(name: str, value: Value, quote: str, cars_in: CarsIn) -> bool:
    match value:
        case Budget():
            return value.basis is None or _BASIS[value.basis].search(quote) is not None
        case PurchaseTime() | Appointment():
            return True
        case _:
            return _names(name, _words(value), quote, cars_in)


def _names(name: str, words: str, quote: str, cars_in: CarsIn) -> bool:
    """Whether the quoted words name this, letter for letter or as people put it."""
    if name == "payment":
        return _PAYMENT[words].search(quote) is not None
    if words in quote:
        return True
    if name == "customer_name":
        return (
            re.search(rf"{re.escape(words[0])}[一-龥]{{0,2}}?(?:{TITLES})|[姓叫]{re.escape(words[0])}", quote)
            is not None
        )
    if name in _CARS:
        return bool(cars_in(words)) and cars_in(words) <= cars_in(quote)
    return 2 * sum(character in quote for character in words) >= len(words)


def _is_in(proposal: Proposal, value: Value | None) -> bool:
    return proposal.value in value if isinstance(value, tuple) else proposal.value == value
