"""Inspections: the list worth working through, and each one whole or in parts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api.deps import Cursor, Id, Limit, Moment, ServiceOfApp, Words, beginning, ending
from api.examples import GRADE, INSPECTION, INSPECTION_LINE, MEMO, TRANSCRIPT, page_of
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import InspectionLine, InspectionShape, PageOf, whole_inspection
from qc.domain import Category, Grade, Letter, Memo, Severity, Transcript
from qc.errors import NotFound
from qc.ingest import Service
from qc.report import TranscriptDocument
from qc.store.inspections import find_inspections, get_inspection, require_inspection
from qc.store.recordings import get_recording
from qc.store.records import InspectionFilter, StoredInspection
from qc.store.team import team_medians
from qc.store.trails import read_trails
from qc.store.transcripts import get_transcript
from qc.subtitles import srt, txt, vtt

router = APIRouter(prefix="/v1", tags=["inspections"])


class TranscriptForm(StrEnum):
    """A form of a transcript."""

    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"


WRITTEN: Final = {
    TranscriptForm.SRT: ("application/x-subrip", srt),
    TranscriptForm.VTT: ("text/vtt", vtt),
    TranscriptForm.TXT: ("text/plain", txt),
}
ASKED_BY: Final = {
    "application/json": TranscriptForm.JSON,
    "application/x-subrip": TranscriptForm.SRT,
    "text/srt": TranscriptForm.SRT,
    "text/vtt": TranscriptForm.VTT,
    "text/plain": TranscriptForm.TXT,
}
"""The media types of an Accept header that name a form."""


@router.get(
    "/inspections",
    operation_id="listInspections",
    summary="List inspections",
    dependencies=[needs("read")],
    responses={
        200: json_reply("A page of inspections.", page_of(INSPECTION_LINE)),
        **problems(401, 403, 422, 503),
    },
)
def list_inspections(
    service: ServiceOfApp,
    *,
    flagged: Annotated[bool | None, Query(description="Whether anything was found.")] = None,
    unreviewed: Annotated[bool | None, Query(description="Whether a finding waits for a verdict.")] = None,
    severity: Annotated[Severity | None, Query(description="Some finding is this bad.")] = None,
    category: Annotated[Category | None, Query(description="Some finding is of this kind.")] = None,
    grade: Annotated[Letter | None, Query(description="The suggested grade.")] = None,
    agent: Annotated[Words | None, Query(description="The consultant, exactly.")] = None,
    store: Annotated[Words | None, Query(description="The store, exactly.")] = None,
    since: Annotated[Moment | None, Query(description="Calls that began then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Calls that began before; a date includes its day.")] = None,
    text: Annotated[Words | None, Query(description="Words that were said, letter for letter.")] = None,
    recording_id: Annotated[Words | None, Query(description="Of this recording alone.")] = None,
    current: Annotated[bool, Query(description="`false` lists older inspections of the same calls too.")] = True,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[InspectionLine]:
    """The inspections that fit every filter given, newest first."""
    wanted = InspectionFilter(
        flagged=flagged,
        unreviewed=unreviewed,
        severity=severity,
        category=category,
        grade=grade,
        agent=agent,
        store=store,
        since=beginning(since, service.settings.zone),
        until=ending(until, service.settings.zone),
        text=text,
        recording_id=recording_id,
        current=current,
    )
    with service.database.reading() as session:
        page = find_inspections(session, wanted, cursor=cursor, limit=limit)
    return PageOf(items=tuple(InspectionLine.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.get(
    "/inspections/{inspection_id}",
    operation_id="getInspection",
    summary="Read one inspection",
    dependencies=[needs("read")],
    response_model=InspectionShape,
    responses={200: json_reply("The inspection.", INSPECTION), **problems(401, 403, 404, 422, 503)},
)
def one_inspection(service: ServiceOfApp, inspection_id: Id) -> Response:
    """Transcript, findings, conduct, scorecard, memo and grade, each claim with the words it rests on."""
    with service.database.reading() as session:
        stored = get_inspection(session, inspection_id)
        trails = read_trails(session, stored.recording.id)
        team = team_medians(session, stored.recording)
    return JSONResponse(whole_inspection(stored, trails, team))


@router.get(
    "/recordings/{recording_id}/inspection",
    operation_id="getInspectionOfRecording",
    summary="Read the current inspection of a recording",
    dependencies=[needs("read")],
    response_model=InspectionShape,
    responses={200: json_reply("The inspection.", INSPECTION), **problems(401, 403, 404, 422, 503)},
)
def inspection_of_recording(service: ServiceOfApp, recording_id: Id) -> Response:
    """The newest inspection; 404 `not-inspected-yet` while there is none."""
    with service.database.reading() as session:
        stored = require_inspection(session, recording_id)
        trails = read_trails(session, recording_id)
        team = team_medians(session, stored.recording)
    return JSONResponse(whole_inspection(stored, trails, team))


@router.get(
    "/inspections/{inspection_id}/memo",
    operation_id="getMemo",
    summary="Read the memo",
    dependencies=[needs("read")],
    responses={200: json_reply("The memo.", MEMO), **problems(401, 403, 404, 422, 503)},
)
def memo(service: ServiceOfApp, inspection_id: Id) -> Memo:
    """联络备忘: what the customer needs; `evidence` holds the words of every field that has a value."""
    return _inspection(service, inspection_id).inspection.memo


@router.get(
    "/inspections/{inspection_id}/grade",
    operation_id="getGrade",
    summary="Read the grade",
    dependencies=[needs("read")],
    responses={200: json_reply("The grade.", GRADE), **problems(401, 403, 404, 422, 503)},
)
def grade(service: ServiceOfApp, inspection_id: Id) -> Grade:
    """客户级别: the suggested grade with its reasons, and until when to contact the customer."""
    return _inspection(service, inspection_id).inspection.grade


TRANSCRIPT_REPLY: Final[dict[str, Any]] = {
    "description": "The transcript in the form asked for.",
    "content": {
        "application/json": {"example": TRANSCRIPT},
        "application/x-subrip": {"schema": {"type": "string"}},
        "text/vtt": {"schema": {"type": "string"}},
        "text/plain": {"schema": {"type": "string"}},
    },
}
FormAsked = Annotated[
    TranscriptForm | None,
    Query(alias="format", description="The form; without it the Accept header decides, else JSON."),
]


@router.get(
    "/inspections/{inspection_id}/transcript",
    operation_id="getTranscriptOfInspection",
    summary="Read the transcript an inspection was made from",
    dependencies=[needs("read")],
    response_model=TranscriptDocument,
    responses={200: TRANSCRIPT_REPLY, **problems(401, 403, 404, 422, 503)},
)
def transcript_of_inspection(
    service: ServiceOfApp, request: Request, inspection_id: Id, asked: FormAsked = None
) -> Response:
    """What was said, as JSON, SubRip, WebVTT or plain text."""
    return _written(_inspection(service, inspection_id).transcript, request, asked)


@router.get(
    "/recordings/{recording_id}/transcript",
    operation_id="getTranscriptOfRecording",
    summary="Read the transcript of a recording",
    dependencies=[needs("read")],
    response_model=TranscriptDocument,
    responses={200: TRANSCRIPT_REPLY, **problems(401, 403, 404, 422, 503)},
)
def transcript_of_recording(
    service: ServiceOfApp, request: Request, recording_id: Id, asked: FormAsked = None
) -> Response:
    """What was said, also while the inspection is still to come; 404 `not-transcribed-yet` before."""
    with service.database.reading() as session:
        recording = get_recording(session, recording_id)
        if recording.transcript_id is None:
            raise NotFound(
                "not-transcribed-yet",
                f"This recording has no transcript yet; its state is {recording.state}.",
                way_out=f"Ask /v1/recordings/{recording_id} until its state is done or failed.",
            )
        stored = get_transcript(session, recording.transcript_id)
    return _written(stored.transcript, request, asked)


def _inspection(service: Service, inspection_id: str) -> StoredInspection:
    with service.database.reading() as session:
        return get_inspection(session, inspection_id)


def _written(transcript: Transcript, request: Request, asked: TranscriptForm | None) -> Response:
    form = asked or _accepted_form(request.headers.get("accept", ""))
    if form is TranscriptForm.JSON:
        return JSONResponse(TranscriptDocument.of(transcript).model_dump(mode="json"), headers={"Vary": "Accept"})
    media_type, write = WRITTEN[form]
    return Response(write(transcript), media_type=f"{media_type}; charset=utf-8", headers={"Vary": "Accept"})


def _accepted_form(accept: str) -> TranscriptForm:
    """The first form that the Accept header names, by weight; JSON where it names none (``*/*``)."""
    ranges = [entry.split(";") for entry in accept.lower().split(",")]
    weighed = sorted(ranges, key=lambda parts: -_weight(parts[1:]))
    named = (ASKED_BY[kind.strip()] for kind, *_ in weighed if kind.strip() in ASKED_BY)
    return next(named, TranscriptForm.JSON)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "q" and value.replace(".", "", 1).isdigit() and value.isascii():
            return float(value)
    return 1.0
