"""Short ways to write a lead's calls and the CRM's news about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from builders import a_call, a_transcript
from stored import an_inspection

from qc.domain import Appointment, Budget, Evidence, Grade, Letter, Memo, PurchaseTime, Reason, Transcript
from qc.leads import GivenBy, LeadCall, LeadOutcome, OutcomeKind

QUOTE = "行"


def day(number: int, month: int = 3) -> str:
    return f"2026-{month:02}-{number:02}T10:15:00+08:00"


def a_lead_call(time: str, letter: str, *lines: str, **memo: Any) -> LeadCall:
    """A call graded so, with these memo fields; a field's words are its value, where the customer says it."""
    transcript = a_transcript(*(lines or ("客服：您好。", f"客户：{QUOTE}。")))
    fields = {name: _value(name, value) for name, value in memo.items()}
    evidence = {name: (_place(transcript, value),) for name, value in fields.items()}
    grade = Grade(
        letter=Letter(letter),
        probability=0.8,
        reasons=(Reason(text=f"听到的是{letter}", evidence=(_place(transcript, ""),)),),
    )
    inspection = an_inspection(memo=Memo.model_validate({**fields, "evidence": evidence}))
    return LeadCall(
        recording_id=f"rec_{time}",
        call=a_call(time, brand="丰田"),
        transcript=transcript,
        inspection=inspection.model_copy(update={"grade": grade}),
    )


def _value(name: str, value: Any) -> Any:
    if name == "budget":
        return Budget(min=value, max=value)
    if name == "purchase_time":
        return PurchaseTime(from_=None, to=value, said=value)
    if name == "appointment":
        return Appointment(at=value, kind="到店")
    return value


def _place(transcript: Transcript, value: Any) -> Evidence:
    """The words of the value in the customer's mouth, or else the last word said."""
    quote = value if isinstance(value, str) else value[0] if isinstance(value, tuple) else ""
    for index, utterance in enumerate(transcript.utterances):
        start = utterance.text.find(quote) if quote else -1
        if start >= 0:
            return Evidence(utterance=index, start=start, end=start + len(quote), quote=quote)
    last = len(transcript.utterances) - 1
    text = transcript.utterances[last].text
    return Evidence(utterance=last, start=0, end=1, quote=text[:1])


def an_outcome(kind: str, time: str, *, reason: str | None = None, grade: str | None = None) -> LeadOutcome:
    return LeadOutcome(
        id=f"out_{kind}_{time}",
        kind=OutcomeKind(kind),
        at=datetime.fromisoformat(time),
        reason=reason,
        grade=grade,
        by=GivenBy.CRM,
    )
