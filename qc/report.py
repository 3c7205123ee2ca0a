"""The one written form of an inspection, for the API and the command line alike."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from qc.domain import (
    Conduct,
    Doubt,
    Finding,
    Grade,
    Inspection,
    MadeWith,
    Memo,
    Milliseconds,
    Record,
    Roles,
    Scorecard,
    Speaker,
    Tag,
    Timing,
    Transcript,
)


class UtteranceDocument(Record):
    """One stretch of one party's speech; ``original_text`` is there only where the recogniser said otherwise."""

    speaker: Speaker
    start_ms: Milliseconds
    end_ms: Milliseconds
    text: str
    original_text: Annotated[str | None, Field(exclude_if=lambda text: text is None)] = None
    doubt: Annotated[Doubt | None, Field(exclude_if=lambda doubt: doubt is None)] = None
    """Why nobody may have said these words; there only on such. Show them greyed: nothing was concluded from them.

    ``phantom``: a subtitle's sentence said over silence or music; ``loop``: the recogniser repeating itself;
    ``guess``: words it holds unlikely itself; ``no-voice``: tones, music or noise; ``echo``: the other party heard
    through this channel; ``machine``: a recorded announcement."""


class TranscriptDocument(Record):
    """What was said, in order."""

    utterances: tuple[UtteranceDocument, ...]
    duration_ms: Milliseconds
    timing: Timing
    warnings: tuple[str, ...]
    """What a reader should know about the recording and its transcript, in Chinese."""
    roles: Roles | None = None
    """How it is known which party is the agent, and how sure it is; null where that was not kept."""

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        """The written form of this transcript."""
        return cls(
            utterances=tuple(UtteranceDocument(**dict(utterance)) for utterance in transcript.utterances),
            duration_ms=transcript.duration_ms,
            timing=transcript.timing,
            warnings=transcript.warnings,
            roles=transcript.roles,
        )


class InspectionDocument(Record):
    """An inspection with the words it rests on. The order of the fields is part of the contract."""

    transcript: TranscriptDocument
    findings: tuple[Finding, ...]
    conduct: Conduct
    scorecard: Scorecard
    memo: Memo
    grade: Grade
    made_with: MadeWith
    tags: tuple[Tag, ...] = ()
    """What kind of customer it is: 首购, 换购, 宝妈 …"""


def inspection_document(transcript: Transcript, inspection: Inspection, **around: Any) -> dict[str, Any]:
    """The inspection as plain JSON values in the contract's order, after whatever JSON values come ``around`` it.

    Utterance and character positions in the evidence count in this document's own ``transcript``.
    """
    told = {name: getattr(inspection, name) for name in InspectionDocument.model_fields if name != "transcript"}
    document = InspectionDocument(transcript=TranscriptDocument.of(transcript), **told)
    return {**around, **document.model_dump(mode="json")}
