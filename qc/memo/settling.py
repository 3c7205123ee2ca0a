"""What a memo holds once it is known what the lead is worth.

A memo is read before the grade, which is made of it; but what the whole call came to says more about what the customer
still wants than any one line. Of 377 calls of ``lexicons/calls`` graded F, 173 memos named a car of ours and 13 labels did.
Of 26 sums without an upper limit only that memos of orders held there, 15 were no budget by the label and 5 were right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from qc.domain import Call, Grade, Letter, Memo, Speaker, Transcript
from qc.memo.car_names import find_mentions
from qc.memo.hearing import talk_as_meant
from qc.memo.vehicle import most_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.rulebook import Rulebook

NOT_WANTED: Final = ("vehicles", "budget", "purchase_time", "payment")
"""What a lost lead has none of, by the annotation guide; its uses and preferences stay as they were said."""
NOT_AHEAD: Final = ("purchase_time",)
"""Who has ordered buys at no other time."""
PRICE_PAID: Final = ("budget",)
"""A sum that is no limit is what an ordered car costs."""
NOT_LOOKED_AT: Final = ("vehicles",)
"""Where there is nothing to judge by, the car of who speaks of having one is that one."""
_HAS_ONE: Final = re.compile(
    r"(?:我|我们|我家|俺|咱)(?:的|那台|这台|这个|那个)?车(?!钥匙)|车主|车牌(?:尾号)?|[提买]的(?:那台|这台)?车|提车(?:那天|的时候|才|以?后|回来)|"
    r"(?:[号天月年刚]|月[底初]|[周拜][一二三四五六日天]|那[里儿]|你们[这店]|你家)(?:刚)?[提买](?:[的了走])"
)
_LIKELY: Final = 0.5
"""A loss or an order that is less likely takes nothing from the memo."""
_FINDS_A_CAR: Final = frozenset({Letter.H, Letter.A, Letter.B, Letter.C, Letter.O})
"""These customers want a car, or have ordered one."""


def settle_memo(memo: Memo, grade: Grade, call: Call, transcript: Transcript, rulebook: Rulebook) -> Memo:
    """The memo without what a lead of this grade wants no more, and with the car it is about where none stood out."""
    likely = grade.likely.get(grade.letter, 1.0) >= _LIKELY
    if grade.letter is Letter.F:
        return _without(memo, NOT_WANTED) if likely else memo
    settled = memo
    if grade.letter is Letter.O and likely:
        paid = memo.budget is not None and memo.budget.min is not None
        settled = _without(memo, (*NOT_AHEAD, *(PRICE_PAID if paid else ())))
    if grade.letter is Letter.N and _has_one(transcript):
        return _without(memo, NOT_LOOKED_AT)
    if settled.vehicles or grade.letter not in _FINDS_A_CAR:
        return settled
    talk = talk_as_meant(call, transcript, rulebook)
    found = most_named(talk, call, rulebook.vehicles, find_mentions(talk, call, rulebook.vehicles))
    if found is None:
        return settled
    name, quotes = found
    if name in (settled.trade_in or ""):
        return settled
    return _with(settled, vehicles=(name,), evidence={**settled.evidence, "vehicles": quotes})


def _has_one(transcript: Transcript) -> bool:
    """Whether the customer speaks of a car they have: 我提车那天, 我是H6车主."""
    return any(
        utterance.speaker is Speaker.CUSTOMER and _HAS_ONE.search(utterance.text) for utterance in transcript.utterances
    )


def _without(memo: Memo, fields: Iterable[str]) -> Memo:
    gone = {name for name in fields if name in memo.evidence}
    if not gone:
        return memo
    kept = {name: words for name, words in memo.evidence.items() if name not in gone}
    return _with(memo, **{name: Memo.model_fields[name].default for name in gone}, evidence=kept)


def _with(memo: Memo, **changes: Any) -> Memo:
    return Memo(**{name: getattr(memo, name) for name in Memo.model_fields} | changes)
