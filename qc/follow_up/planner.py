"""Everything there is to plan about a lead, by one rulebook and one dealer's calendar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from qc.domain import Record
from qc.follow_up.callbacks import Callback, KnownAnswer, find_callback, known_answers
from qc.follow_up.first_contact import due_times
from qc.follow_up.hours import WorkingTime
from qc.follow_up.planning import KnownLead, Plan, plan_lead
from qc.leads import Theirs
from qc.rulebook import Rulebook
from qc.rulebook.follow_up import FollowUpRules
from qc.rulebook.grading import Grading
from qc.rulebook.questions import QuestionSet

SCHEME: Final = "follow-up-3"
"""Another one whenever this code plans otherwise: what was planned before is planned again."""


class FollowUp(Record):
    """What is planned about one lead, and what is known for a return call."""

    plan: Plan
    callback: Callback | None
    answers: tuple[KnownAnswer, ...]
    """Of the ten questions; empty where no return call is worth it."""
    call_due: AwareDatetime | None
    """Until when its first call is due; ``None`` while the CRM has not posted it."""
    feedback_due: AwareDatetime | None


@dataclass(frozen=True)
class Planner:
    """The rules of following up, and the dealer's working time."""

    rules: FollowUpRules
    grading: Grading
    questions: QuestionSet | None
    """Of the return visit; None where no card asks any."""
    working: WorkingTime

    @classmethod
    def by(cls, rulebook: Rulebook, zone: ZoneInfo) -> Self:
        """The planner of a dealer in this time zone."""
        questions = next((card.questions for card in rulebook.scorecards if card.questions is not None), None)
        return cls(rulebook.follow_up, rulebook.grading, questions, WorkingTime(rulebook.follow_up.hours, zone))

    @cached_property
    def version(self) -> str:
        """A hash of all that a plan depends on beside the lead."""
        cadence = {letter: one.model_dump(mode="json") for letter, one in self.grading.cadence.items()}
        asked = [(one.id, one.title) for one in self.questions.questions] if self.questions else []
        parts = [SCHEME, str(self.working.zone), self.rules.model_dump_json(), cadence, asked]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def follow_up(self, lead: KnownLead, theirs: Sequence[Theirs]) -> FollowUp:
        """What to do about this lead; ``theirs`` are the grades that the CRM and the consultant gave it."""
        plan = plan_lead(lead, self.rules, self.grading.cadence, self.working)
        callback = find_callback(lead, theirs, plan, self.rules, self.grading, self.working)
        ask = self.questions if callback is not None else None
        call_due, feedback_due = self._due(lead.at)
        return FollowUp(
            plan=plan,
            callback=callback,
            answers=() if ask is None else known_answers(lead, ask),
            call_due=call_due,
            feedback_due=feedback_due,
        )

    def _due(self, at: datetime | None) -> tuple[datetime | None, datetime | None]:
        return (None, None) if at is None else due_times(at, self.rules.first_contact, self.working)
