"""Short ways to fill a store."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from typing import Any

import numpy as np
from builders import CALL_TIME, a_transcript
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from qc.domain import (
    Category,
    Conduct,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Letter,
    MadeWith,
    Memo,
    Reason,
    Scorecard,
    Severity,
    Transcript,
)
from qc.store.recordings import NewRecording, add_recording
from qc.store.records import StoredRecording
from qc.store.transcripts import save_transcript


def wav_bytes(seconds: float = 1, *, channels: int = 1, pitch: float = 440, rate: int = 8000) -> bytes:
    """A telephone recording of a tone; another pitch is another recording."""
    at = np.arange(int(seconds * rate)) / rate
    sound = (8000 * np.sin(2 * np.pi * pitch * at)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(sound, channels).tobytes())
    return file.getvalue()


def new_recording(**known: Any) -> NewRecording:
    plain = {"kind": "audio", "sha256": "ab" * 32, "started_at": CALL_TIME}
    return TypeAdapter(NewRecording).validate_python(plain | known)


def a_recording(session: Session, **known: Any) -> StoredRecording:
    return add_recording(session, new_recording(**known))


def a_chat(session: Session, *lines: str, **known: Any) -> StoredRecording:
    """A stored conversation, waiting to be inspected."""
    transcript = a_transcript(*lines)
    new = new_recording(**{"kind": "text", "sha256": f"{abs(hash(lines)):064x}"} | known)
    return add_recording(session, new, transcript_id=save_transcript(session, transcript))


def a_finding(
    rule_id: str = "rule",
    category: Category = Category.ABUSE,
    severity: Severity = Severity.CRITICAL,
    utterance: int = 0,
) -> Finding:
    evidence = (Evidence(utterance=utterance, start=0, end=1, quote="您"),)
    return Finding(
        rule_id=rule_id, category=category, severity=severity, probability=0.9, evidence=evidence, reason="因为"
    )


def an_inspection(
    findings: Iterable[Finding] = (),
    letter: Letter = Letter.N,
    *,
    memo: Memo | None = None,
    rulebook: str = "rules-1",
    transcript: Transcript | None = None,
) -> Inspection:
    recogniser = transcript.recogniser if transcript else "text"
    return Inspection(
        findings=tuple(findings),
        conduct=Conduct(),
        scorecard=Scorecard(card="sales", points=90, max_points=100),
        memo=memo or Memo(),
        grade=Grade(letter=letter, probability=0.5, reasons=(Reason(text="没有提到时间"),)),
        made_with=MadeWith(rulebook=rulebook, recogniser=recogniser, grader="rules/1"),
    )
