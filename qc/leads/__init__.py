"""Leads over time: what several calls and the CRM's news make of one customer. Pure."""

from qc.leads.comparing import Misjudged, Theirs, compare_grades, read_grade
from qc.leads.grading import grade_lead
from qc.leads.history import (
    CallEvidence,
    GivenBy,
    LeadCall,
    LeadGrade,
    LeadLetter,
    LeadOutcome,
    LeadReason,
    OutcomeKind,
    WordsGrade,
)
from qc.leads.memo import LeadMemo, MergedField, SaidInCall, memo_in_words, merge_memos
from qc.leads.moves import Move, explain_move, explain_review
from qc.leads.reviewed import ReviewedGrade, grade_as_reviewed
from qc.leads.tags import LeadTag, merge_tags

__all__ = [
    "CallEvidence",
    "GivenBy",
    "LeadCall",
    "LeadGrade",
    "LeadLetter",
    "LeadMemo",
    "LeadOutcome",
    "LeadReason",
    "LeadTag",
    "MergedField",
    "Misjudged",
    "Move",
    "OutcomeKind",
    "ReviewedGrade",
    "SaidInCall",
    "Theirs",
    "WordsGrade",
    "compare_grades",
    "explain_move",
    "explain_review",
    "grade_as_reviewed",
    "grade_lead",
    "memo_in_words",
    "merge_memos",
    "merge_tags",
    "read_grade",
]
