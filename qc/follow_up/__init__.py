"""Following leads up: whom to contact next, when and why; who is worth a return call; how soon new leads are called.

Pure: facts in, suggestions with reasons out. `qc.store.follow_ups` keeps them, people decide.
"""

from qc.follow_up.calendar import CalendarEntry, write_calendar
from qc.follow_up.callbacks import Callback, CallbackKind, KnownAnswer, find_callback, known_answers
from qc.follow_up.first_contact import FirstContact, Promptness, due_times, first_contact, promptness
from qc.follow_up.hours import WorkingTime
from qc.follow_up.planner import FollowUp, Planner
from qc.follow_up.planning import KnownLead, Means, Plan, Reminder, ReminderKind, plan_lead
from qc.follow_up.talking import talking_points

__all__ = [
    "CalendarEntry",
    "Callback",
    "CallbackKind",
    "FirstContact",
    "FollowUp",
    "KnownAnswer",
    "KnownLead",
    "Means",
    "Plan",
    "Planner",
    "Promptness",
    "Reminder",
    "ReminderKind",
    "WorkingTime",
    "due_times",
    "find_callback",
    "first_contact",
    "known_answers",
    "plan_lead",
    "promptness",
    "talking_points",
    "write_calendar",
]
