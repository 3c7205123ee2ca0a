"""联络备忘: what a customer needs, from what was said and nothing else.

One module a kind of need; each yields values with the words they came from, and this page puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qc.domain import Call, Evidence, Memo, Transcript
from qc.memo.appointment import find_appointment
from qc.memo.money import find_budget
from qc.memo.name import find_customer_name
from qc.memo.payment import find_payment
from qc.memo.purchase import find_purchase_time
from qc.memo.talk import Talk
from qc.rulebook import Rulebook

__all__ = ["write_memo"]


def write_memo(call: Call, transcript: Transcript, rulebook: Rulebook) -> Memo:
    """The memo of one call. Every filled field has its words under ``evidence``; spoken dates count from the call."""
    talk = Talk(transcript)
    found = dict(_needs(call, talk, rulebook))
    fields = {name: value for name, (value, _) in found.items()}
    return Memo(**fields, evidence={name: evidence for name, (_, evidence) in found.items()})


def _needs(call: Call, talk: Talk, rulebook: Rulebook) -> Iterator[tuple[str, tuple[Any, tuple[Evidence, ...]]]]:
    today = call.time.date()
    singles = {
        "customer_name": find_customer_name(talk),
        "budget": find_budget(talk),
        "purchase_time": find_purchase_time(talk, today),
        "payment": find_payment(talk),
        "appointment": find_appointment(talk, today),
    }
    for name, need in singles.items():
        if need is not None:
            yield name, need
