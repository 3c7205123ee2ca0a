"""The forms in which the API speaks of memos as they hold, and of what people correct in them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from api.shapes import Shape
from qc.corrections import CorrectedField, Correction, CurrentField, current_memo, holding
from qc.memo_text import MemoText, put_in_words
from qc.store.records import StoredInspection
from qc.writing import Writing, standing


class CorrectionShape(Shape):
    """What one person said about a memo at one time; it is never changed."""

    id: str = Field(description="Send it as `after` with the next correction.")
    recording_id: str = Field(description="The recording it is about.")
    inspection_id: str = Field(description="The inspection whose memo was seen.")
    fields: dict[str, CorrectedField] = Field(
        description="By field: what the machine had then, and what is right. Equal ones are a confirmation."
    )
    note: str = Field(description="In that person's words.")
    by: str = Field(description="Who said so.")
    key_id: str | None = Field(description="The API key that was shown; null for the command line.")
    created_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, correction: Correction) -> Self:
        """The written form of this correction."""
        alike = CorrectionShape.model_fields.keys() & Correction.model_fields.keys() - {"by", "fields"}
        return cls(
            **{name: getattr(correction, name) for name in alike},
            fields=dict(correction.fields),
            by=correction.by.name,
            key_id=correction.by.key_id,
        )


class CorrectionsShape(Shape):
    """Everything that was said about a memo."""

    recording_id: str = Field(description="The recording it is about.")
    items: tuple[CorrectionShape, ...] = Field(description="Oldest first.")


class CurrentMemoShape(Shape):
    """A memo as it holds: of each field what is right, and what the machine has."""

    recording_id: str = Field(description="The recording it is about.")
    inspection_id: str = Field(description="The current inspection: the machine's values are its memo.")
    after: str | None = Field(description="Send it with a correction; null if there is none yet.")
    fields: dict[str, CurrentField] = Field(description="All fields of the memo, in its order.")
    text: MemoText = Field(description="What holds, in words, put together from the fields alone.")

    writing: Writing | None = Field(
        description="What the optional writer, an outside model, made of the call: `text.summary` in its words, and "
        "fields it proposes, each with the words it rests on. Checked against the call; null where nobody asked it."
    )

    @classmethod
    def of(cls, stored: StoredInspection, corrections: tuple[Correction, ...], writing: Writing | None) -> Self:
        """The written form of this inspection's memo after these corrections, with what was written about the call."""
        fields = current_memo(stored.inspection.memo, corrections)
        text = put_in_words(holding(fields), stored.recording.started_at.date())
        return cls(
            recording_id=stored.recording.id,
            inspection_id=stored.id,
            after=corrections[-1].id if corrections else None,
            fields=fields,
            text=text,
            writing=writing and standing(writing, fields, text),
        )
