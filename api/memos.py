"""Memos as they hold: the machine's values, what consultants corrected, and the whole in words."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Response
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.deps import Id, Prose, ServiceOfApp, Words, storable_throughout
from api.memo_examples import CORRECTION, CORRECTIONS, CURRENT_MEMO, NEW_CORRECTION
from api.memo_shapes import CorrectionShape, CorrectionsShape, CurrentMemoShape
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, own
from api.rulebook import GraderWhereNeeded
from api.security import needs
from api.verdicts import fingerprint, tell_if_repeated, who
from qc.store.corrections import NewCorrection, add_correction, get_correction
from qc.store.inspections import require_inspection
from qc.store.memo_trails import read_corrections
from qc.store.recordings import get_recording
from qc.store.records import KeyRecord
from qc.store.requests import record_once
from qc.store.writings import newest_writing

router = APIRouter(prefix="/v1/recordings/{recording_id}", tags=["memos"])

_TEXT: Final[dict[str, Any]] = {
    "description": "Short lines without any markup.",
    "content": {"text/plain": {"schema": {"type": "string"}, "example": CURRENT_MEMO["text"]["wechat"]}},
}


class CorrectionBody(BaseModel):
    """What a consultant says about the memo of a call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inspection_id: Words = Field(description="The `inspection_id` of the memo as you have seen it.")
    fields: Annotated[dict[str, Any], AfterValidator(storable_throughout)] = Field(
        default={}, description="New values by field, in the form that the memo has; null for what was not said."
    )
    rest_is_right: bool = Field(
        default=False, description="All other fields are right as they stand, and right to be missing where they are."
    )
    note: Prose = Field(default="", description="For people.")
    consultant: Words | None = Field(
        default=None,
        description="Who says so. Needed where people share the API key; else the key's name stands for its user.",
    )
    after: Words | None = Field(
        default=None,
        description="The `after` of the memo as you have seen it; without it you say that nobody had corrected it.",
    )


@router.get(
    "/memo",
    operation_id="getCurrentMemo",
    summary="Read the memo as it holds",
    dependencies=[needs("read")],
    responses={200: json_reply("The memo.", CURRENT_MEMO), **problems(401, 403, 404, 422, 503)},
)
def current_one(service: ServiceOfApp, recording_id: Id) -> CurrentMemoShape:
    """Each field with what is right and what the machine has, and the whole in words.

    `state` says whose value holds: the machine's (`machine`), the machine's and confirmed by somebody (`confirmed`),
    somebody's in its place (`corrected`), or none (`not-said`). Corrections stand when the call is inspected again.
    """
    with service.database.reading() as session:
        return _current(session, recording_id)


@router.get(
    "/memo.txt",
    operation_id="getMemoText",
    summary="Read the memo as lines to paste into WeChat",
    dependencies=[needs("read")],
    response_class=PlainTextResponse,
    responses={200: _TEXT, **problems(401, 403, 404, 422, 503)},
)
def text_of_one(service: ServiceOfApp, recording_id: Id) -> str:
    """What holds of the memo, short enough for a phone's screen; nothing that no field holds."""
    with service.database.reading() as session:
        return _current(session, recording_id).text.wechat


@router.post(
    "/memo/corrections",
    operation_id="correctMemo",
    summary="Correct a memo, or say that it is right",
    status_code=201,
    responses={
        201: json_reply("The correction.", CORRECTION, repeatable=True),
        **problems(400, 401, 403, 404, 409, 413, 422, 500, 503),
    },
)
def correct_one(
    key: Annotated[KeyRecord, needs("appeal")],
    service: ServiceOfApp,
    grader: GraderWhereNeeded,
    response: Response,
    recording_id: Id,
    body: Annotated[CorrectionBody, Body(examples=[NEW_CORRECTION])],
    idempotency_key: IdempotencyKey = None,
) -> CorrectionShape:
    """Kept for good beside the machine's value, which stays as it is; the lead of the call is graded again.

    409 `corrected-meanwhile` if somebody else was faster, 409 `inspected-meanwhile` if the call was inspected again since
    you looked: read the memo again. A value equal to the machine's confirms it. What people say here is also what
    `qc evaluate --corrections` measures memos by.
    """
    new = NewCorrection.model_validate(body.model_dump(exclude={"consultant"}))
    by = who(key, body.consultant)
    correction_id, created = record_once(
        service.database,
        own(key, idempotency_key),
        fingerprint(body, "memo-correction", recording_id),
        lambda session: (recording_id, add_correction(session, recording_id, new, by, grader).id),
    )
    tell_if_repeated(response, created=created)
    with service.database.reading() as session:
        return CorrectionShape.of(get_correction(session, correction_id))


@router.get(
    "/memo/corrections",
    operation_id="listCorrections",
    summary="See what was said about a memo",
    dependencies=[needs("read")],
    responses={200: json_reply("The corrections.", CORRECTIONS), **problems(401, 403, 404, 422, 503)},
)
def corrections(service: ServiceOfApp, recording_id: Id) -> CorrectionsShape:
    """Everything that people said about the memo of this recording, oldest first."""
    with service.database.reading() as session:
        get_recording(session, recording_id)
        items = tuple(CorrectionShape.of(one) for one in read_corrections(session, recording_id))
    return CorrectionsShape(recording_id=recording_id, items=items)


def _current(session: Session, recording_id: str) -> CurrentMemoShape:
    stored = require_inspection(session, recording_id)
    return CurrentMemoShape.of(stored, read_corrections(session, recording_id), newest_writing(session, stored))
