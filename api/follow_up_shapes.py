"""The forms in which the API speaks of following up: what to do, whom to call back, how soon new leads are called."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from api.shapes import Shape
from qc.follow_up import CallbackKind, KnownAnswer, Means, ReminderKind
from qc.leads import LeadLetter, LeadReason
from qc.store.calendars import CalendarRecord
from qc.store.first_contacts import NewLeadContact, PromptnessOf
from qc.store.follow_ups import FollowUpState, LeadInShort, ToCall, ToDo


class LeadInShortShape(Shape):
    """Which lead it is about."""

    lead_id: str = Field(description="Our id of the lead.")
    external_id: str = Field(description="The lead in the CRM.")
    store: str | None = Field(description="The 4S store.")
    consultant: str | None = Field(description="As the CRM says, else who spoke in its last call.")
    customer: str | None = Field(description="The customer, as the CRM names him.")
    grade: LeadLetter | None = Field(description="The grade now.")
    links: dict[str, str] = Field(description="The path of the lead.")


def _which(lead: LeadInShort) -> dict[str, object]:
    return {
        "lead_id": lead.id,
        "external_id": lead.external_id,
        "store": lead.store,
        "consultant": lead.consultant,
        "customer": lead.customer,
        "grade": lead.letter,
        "links": {"lead": f"/v1/leads/{lead.id}"},
    }


class FollowUpShape(LeadInShortShape):
    """One thing to do about a lead, and why."""

    id: str = Field(description="The same for a lead's reminder of a kind, however often it moves.")
    kind: ReminderKind = Field(
        description="`first`: call a new lead. `contact`: contact the customer again. `confirm`: confirm an "
        "appointment the working day before. `visit`: it is today. `after`: ask what came of it."
    )
    state: FollowUpState = Field(description="`due` is for today or since an earlier day, and not yet overdue.")
    at: datetime = Field(description="When, in the dealer's time zone.")
    by: datetime = Field(description="After this it is overdue.")
    means: Means = Field(description="By which way to reach the customer.")
    reasons: tuple[LeadReason, ...] = Field(description="Why then and why so, with the words.")
    talk: tuple[str, ...] = Field(description="What there is to talk about, from the memo.")

    @classmethod
    def of(cls, found: ToDo) -> Self:
        """The written form of this reminder."""
        one = found.reminder
        about = {"kind": one.kind, "at": one.at, "by": one.by, "means": one.means, "reasons": one.reasons}
        return cls.model_validate(
            {**_which(found.lead), **about, "id": found.id, "state": found.state, "talk": found.talk}
        )


class CallbackShape(LeadInShortShape):
    """A lead that 客服 should call back, why, and what is known of the ten questions."""

    kind: CallbackKind = Field(
        description="`lost`: ask why. `dormant`: marked so, and not called since. `stalled`: its next contact is long "
        "overdue."
    )
    since: datetime = Field(description="Since when it is worth a call.")
    reasons: tuple[LeadReason, ...] = Field(description="Why, with the words.")
    answers: tuple[KnownAnswer, ...] = Field(
        description="The ten questions, in order; what is answered needs no asking."
    )
    talk: tuple[str, ...] = Field(description="What there is to talk about, from the memo.")

    @classmethod
    def of(cls, found: ToCall) -> Self:
        """The written form of this lead."""
        one = found.callback
        about = {"kind": one.kind, "since": one.since, "reasons": one.reasons}
        return cls.model_validate({**_which(found.lead), **about, "answers": found.answers, "talk": found.talk})


class FirstContactShape(LeadInShortShape):
    """How soon a new lead was called. Minutes are working minutes."""

    at: datetime = Field(description="When the lead was created, as the CRM says.")
    call_due: datetime = Field(description="Until when the first call was due.")
    called_at: datetime | None = Field(description="When the first call began; null while there is none.")
    unheard: int = Field(
        description="Calls sent whose recording failed before it was heard; they do not count as calls."
    )
    call_minutes: float = Field(description="From the creation to the call, or to now; nights and holidays left out.")
    call_late: bool = Field(description="Called after `call_due`, or not yet and it is past.")
    feedback_due: datetime = Field(description="Until when what came of it was to be told.")
    feedback_at: datetime | None = Field(
        description="When the first call's record, or news about the lead, was sent to us."
    )
    feedback_late: bool = Field(description="Told after `feedback_due`, or not yet and it is past.")
    reassign: str | None = Field(
        description="Set for a lead that is late and still not called: why somebody else should take it; who might is at "
        "`links.consultants`. A suggestion."
    )

    @classmethod
    def of(cls, found: NewLeadContact) -> Self:
        """The written form of this lead."""
        lead = f"/v1/leads/{found.lead.id}"
        links = {"lead": lead, **({"consultants": f"{lead}/consultants"} if found.contact.reassign else {})}
        return cls.model_validate({**_which(found.lead), **dict(found.contact), "at": found.at, "links": links})


class PromptnessShape(Shape):
    """How soon a consultant or a store calls new leads. Minutes are working minutes."""

    name: str | None = Field(description="The consultant or the store; null for leads that name none.")
    leads: int = Field(description="Leads created in the period.")
    called: int = Field(description="Of these called by now.")
    in_time: int = Field(description="Called, and not late.")
    late: int = Field(description="Called late, or overdue and not called.")
    waiting: int = Field(description="Not called yet, overdue or not.")
    median_minutes: float | None = Field(description="Of the called ones, from creation to call.")
    feedback_late: int = Field(description="Where what came of it was told late, or not yet and it is overdue.")

    @classmethod
    def of(cls, found: PromptnessOf) -> Self:
        """The written form of these figures."""
        return cls(name=found.name, **dict(found.promptness))


class PromptnessReply(Shape):
    """How soon each calls new leads."""

    items: tuple[PromptnessShape, ...] = Field(description="The largest share of late ones first.")
    since: datetime = Field(description="The beginning of the period.")
    until: datetime = Field(description="Its end.")


class CalendarShape(Shape):
    """A calendar feed without its address."""

    id: str = Field(description="Opaque.")
    consultant: str = Field(description="Whose reminders are in it.")
    created_at: datetime = Field(description="When it was made.")
    revoked_at: datetime | None = Field(description="Since when it is of no use.")

    @classmethod
    def of(cls, calendar: CalendarRecord) -> Self:
        """The written form of this feed."""
        return cls(**dict(calendar))


class NewCalendarShape(CalendarShape):
    """A feed just made; its address is shown this once."""

    path: str = Field(description="Of the feed; whoever has it reads it. Only a hash is kept. Store it now.")

    @classmethod
    def made(cls, calendar: CalendarRecord, token: str) -> Self:
        """The written form of this feed, with its address."""
        return cls(**dict(calendar), path=f"/v1/calendars/{token}.ics")


class CalendarsShape(Shape):
    """Calendar feeds."""

    items: tuple[CalendarShape, ...] = Field(description="Oldest first, revoked ones too.")
