"""What to talk about with a customer, from the lead's memo; and texts that may leave the house without numbers in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from qc.leads import MergedField
from qc.memo_text import say
from qc.writing.masking import NUMBER, digits_of

_TOPICS: Final = {
    "appointment": "约定",
    "vehicles": "看中",
    "budget": "预算",
    "purchase_time": "打算",
    "payment": "付款",
    "trade_in": "置换",
    "concerns": "顾虑",
    "competitors": "在比",
    "decision_makers": "商量的人",
    "promises": "答应过",
}
"""Fields of the memo in the order in which they are worth mentioning."""
MOST: Final = 3
"""So many entries of a list; a phone shows a line or two."""

_LAST: Final = 4


def talking_points(memo: Mapping[str, MergedField]) -> tuple[str, ...]:
    """What is known and worth mentioning, in Chinese and a few words each; nothing that has lapsed."""
    return tuple(
        f"{title}：{_in_short(memo[name])}" for name, title in _TOPICS.items() if name in memo and not memo[name].lapsed
    )


def _in_short(field: MergedField) -> str:
    value = field.value[:MOST] if isinstance(field.value, tuple) else field.value
    return say(value, field.said[0].at.date())


def masked(text: str) -> str:
    """The text with every number that could be a telephone's cut to its last four digits."""
    return NUMBER.sub(lambda match: "尾号" + digits_of(match.group())[-_LAST:], text)


def customer_in_short(customer: str | None, memo: Mapping[str, MergedField], external_id: str) -> str:
    """What to call the customer where others may look on: the name, else the end of a number or of the CRM's id."""
    named = memo.get("customer_name")
    if customer:
        return masked(customer)
    if named is not None and isinstance(named.value, str):
        return masked(named.value)
    return f"线索…{external_id[-_LAST:]}"
