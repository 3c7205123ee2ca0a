"""联络备忘: what a customer needs, from what was said and nothing else.

One module a kind of need; each yields values with the words they came from, and this page puts them together.
"""

from __future__ import annotations

from typing import Any

from qc.domain import Call, Evidence, Memo, Outcome, Transcript
from qc.memo import figures
from qc.memo.appointment import find_appointment
from qc.memo.car_names import Mention, car_places, find_mentions
from qc.memo.day_signs import BUYING, MEETING, Learned, places_of
from qc.memo.hearing import talk_as_meant
from qc.memo.learned import find_wishes, wishes_by_rules
from qc.memo.money import find_budget
from qc.memo.name import find_customer_name
from qc.memo.payment import find_payment
from qc.memo.promises import all_quotes, find_contact_preference, next_step
from qc.memo.purchase import find_purchase_time
from qc.memo.settling import settle_memo
from qc.memo.signs import load_signs
from qc.memo.talk import Talk
from qc.memo.vehicle import find_cars
from qc.outcome import find_outcomes
from qc.rulebook import Rulebook

__all__ = ["settle_memo", "write_memo"]

_GONE = {Outcome.BOUGHT_ELSEWHERE, Outcome.CANCELLED, Outcome.REFUSED, Outcome.WRONG_NUMBER}
"""After these the customer wants no car of ours; what they say about cars is not a wish."""

Quotes = tuple[Evidence, ...]


def write_memo(call: Call, transcript: Transcript, rulebook: Rulebook) -> Memo:
    """The memo of one call. Every filled field has its words under ``evidence``; spoken dates count from the call.

    It is a draft, which the grade is made of; `settle_memo` finishes it by that grade.
    """
    talk = talk_as_meant(call, transcript, rulebook)
    outcomes = {sign.outcome for sign in find_outcomes(transcript, rulebook.grading)}
    mentions = find_mentions(talk, call, rulebook.vehicles)
    singles = _singles(call, talk, rulebook, outcomes, mentions)
    lists = _lists(call, talk, rulebook, outcomes, mentions, singles)
    singles["next_step"] = next_step(singles["appointment"], lists["promises"], call.time.date())
    fields: dict[str, Any] = {name: need[0] for name, need in singles.items() if need is not None}
    evidence: dict[str, Quotes] = {name: need[1] for name, need in singles.items() if need is not None}
    for name, found in lists.items():
        if found:
            fields[name] = tuple(found)
            evidence[name] = tuple(all_quotes(found))
    return Memo(**fields, evidence=evidence)


def _singles(
    call: Call, talk: Talk, rulebook: Rulebook, outcomes: set[Outcome], mentions: list[Mention]
) -> dict[str, tuple[Any, Quotes] | None]:
    today = call.time.date()
    buying = not outcomes & _GONE
    days = tuple(places_of(talk, today))
    # A machine agrees to nothing.
    answered = Outcome.UNANSWERED not in outcomes
    meeting = find_appointment(talk, today, Learned(load_signs(MEETING), days)) if answered else None
    return {
        "customer_name": find_customer_name(talk),
        "budget": find_budget(talk, car_places(mentions), load_signs(figures.SHIPPED)) if buying else None,
        # An order placed in the call needs no time of purchase.
        "purchase_time": find_purchase_time(talk, today, meeting, Learned(load_signs(BUYING), days))
        if buying and Outcome.ORDERED not in outcomes
        else None,
        "payment": find_payment(talk) if buying else None,
        "appointment": meeting,
        "contact_preference": find_contact_preference(talk, rulebook.needs.reached),
    }


def _lists(
    call: Call,
    talk: Talk,
    rulebook: Rulebook,
    outcomes: set[Outcome],
    mentions: list[Mention],
    singles: dict[str, tuple[Any, Quotes] | None],
) -> dict[str, dict[str, Quotes]]:
    buying = not outcomes & _GONE
    speaks = Outcome.NOT_IN_PERSON not in outcomes
    cars = find_cars(talk, call, rulebook.vehicles, mentions, wanted=buying, open_to_trade=buying)
    singles["trade_in"] = cars.trade_in
    model = rulebook.wishes
    wishes = find_wishes(talk, rulebook.needs, model) if model else wishes_by_rules(talk, rulebook.needs)
    return {
        "vehicles": cars.vehicles,
        "competitors": cars.competitors,
        "use": wishes["use"] if buying and speaks else {},
        "preferences": wishes["preferences"] if buying and speaks else {},
        "concerns": wishes["concerns"] if speaks else {},
        "decision_makers": wishes["decision_makers"] if speaks else {},
        "promises": wishes["promises"],
    }
