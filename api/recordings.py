"""Recordings: taking them in, telling how far they are, and giving their audio back."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, ValidationError
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.audio import Audio
from api.deps import Cursor, Id, Limit, Moment, ServiceOfApp, Words, beginning, ending, storable, storable_throughout
from api.examples import METADATA, RECORDING, page_of
from api.openapi import json_reply, problems, schema_of
from api.rulebook import RulebookOfApp, in_force
from api.security import needs
from api.shapes import PageOf, RecordingShape
from api.uploads import MAX_METADATA_BYTES, received
from qc.errors import NotFound
from qc.ingest import Accepted, RecordingDetails, accept_recording, retry
from qc.live_rulebook import LiveRulebook
from qc.scorecard import check_card
from qc.store.recordings import find_recordings, get_recording
from qc.store.records import KeyRecord, RecordingState

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of your own, the same whenever you repeat this request: a repeat stores nothing and "
        "answers with the first result.",
        min_length=1,
        max_length=200,
    ),
    AfterValidator(lambda key: key if key is None else storable(key)),
]

UPLOAD_BODY: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "contentMediaType": "application/octet-stream",
                        "description": "The audio: WAV (PCM, A-law, µ-law), MP3, AMR, M4A, Opus, GSM, FLAC, MP4 …",
                    },
                    "metadata": {
                        "type": "string",
                        "maxLength": MAX_METADATA_BYTES,
                        "contentMediaType": "application/json",
                        "contentSchema": schema_of("RecordingDetails"),
                        "description": "What is known about the call, as a JSON object; fields it does not know "
                        "are refused. Without it the call counts as begun now.",
                        "examples": [METADATA],
                    },
                },
            },
            "encoding": {"metadata": {"contentType": "application/json"}},
        }
    },
}


def own(key: KeyRecord, idempotency_key: str | None) -> str | None:
    """The idempotency key in the API key's own space, so that no caller meets another's."""
    return idempotency_key and f"{key.id}:{idempotency_key}"


def accepted(response: Response, outcome: Accepted) -> RecordingShape:
    """The recording as the reply to an upload, with its ``Location`` and whether the request was a repeat."""
    response.headers["Location"] = f"/v1/recordings/{outcome.recording.id}"
    if not outcome.created:
        response.headers["Idempotent-Replayed"] = "true"
    return RecordingShape.of(outcome.recording)


@router.post(
    "",
    operation_id="addRecording",
    summary="Take in a recording",
    status_code=202,
    openapi_extra={"requestBody": UPLOAD_BODY},
    responses={
        202: json_reply("Stored durably; it will be transcribed and inspected.", RECORDING, location=True),
        **problems(401, 403, 409, 413, 415, 422, 503),
    },
)
async def add_recording(
    key: Annotated[KeyRecord, needs("ingest")],
    request: Request,
    response: Response,
    service: ServiceOfApp,
    live: RulebookOfApp,
    idempotency_key: IdempotencyKey = None,
) -> RecordingShape:
    """Stream a recording in. Once this answers, the recording outlives any crash.

    A repeat (the same `Idempotency-Key`, or the same `external_id` with the same bytes) stores nothing and answers
    with the first recording as it is by then, and with `Idempotent-Replayed: true`. The same bytes under another
    `external_id` make a new recording that shares the transcript. A `card` that the rulebook has not is refused (422
    `no-such-card`, which names those there are), but for a repeat; it stays with the call when it is inspected again.
    """
    settings = service.settings
    async with received(request, settings.spool_dir, settings.max_upload_bytes) as upload:
        details = _details(upload.metadata)
        check = partial(refuse_unknown_card, live)
        outcome = await run_in_threadpool(
            accept_recording, service, upload.file, upload.filename, details, own(key, idempotency_key), check
        )
    return accepted(response, outcome)


def refuse_unknown_card(live: LiveRulebook, details: RecordingDetails) -> None:
    """Returns if the rulebook in force has the card that is named, or none is.

    Raises:
        BadInput: ``no-such-card``.
        Unavailable: ``no-rulebook``.
    """
    if details.card is not None:
        check_card(details.card, in_force(live).scorecards, where="metadata.card")


def _details(metadata: bytes) -> RecordingDetails:
    """The metadata part as details, or every field of it that does not fit."""
    try:
        content: Any = storable_throughout(from_json(metadata or b"{}"))
    except ValueError as error:
        problem = {"type": "bad_json", "loc": ("body", "metadata"), "msg": f"not usable as JSON: {error}"}
        raise RequestValidationError([problem]) from error
    try:
        return RecordingDetails.model_validate(content)
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", "metadata", *one["loc"])} for one in error.errors(include_url=False)]
        ) from error


@router.get(
    "",
    operation_id="listRecordings",
    summary="List recordings",
    dependencies=[needs("read")],
    responses={200: json_reply("A page of recordings.", page_of(RECORDING)), **problems(401, 403, 422, 503)},
)
def list_recordings(
    service: ServiceOfApp,
    *,
    state: Annotated[RecordingState | None, Query(description="How far they have come.")] = None,
    external_id: Annotated[Words | None, Query(description="Your own id, exactly.")] = None,
    agent: Annotated[Words | None, Query(description="The consultant, exactly.")] = None,
    store: Annotated[Words | None, Query(description="The store, exactly.")] = None,
    since: Annotated[Moment | None, Query(description="Calls that began then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Calls that began before; a date includes its day.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[RecordingShape]:
    """The recordings, newest first."""
    with service.database.reading() as session:
        page = find_recordings(
            session,
            state=state,
            external_id=external_id,
            agent=agent,
            store=store,
            since=beginning(since, service.settings.zone),
            until=ending(until, service.settings.zone),
            cursor=cursor,
            limit=limit,
        )
    return PageOf(items=tuple(RecordingShape.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.get(
    "/{recording_id}",
    operation_id="getRecording",
    summary="See how far a recording is",
    dependencies=[needs("read")],
    responses={200: json_reply("The recording.", RECORDING), **problems(401, 403, 404, 422, 503)},
)
def one_recording(service: ServiceOfApp, recording_id: Id) -> RecordingShape:
    """Its state, its progress in per cent while it is transcribed, and the error if it failed."""
    with service.database.reading() as session:
        return RecordingShape.of(get_recording(session, recording_id))


@router.post(
    "/{recording_id}/retry",
    operation_id="retryRecording",
    summary="Try a failed recording again",
    status_code=202,
    dependencies=[needs("ingest")],
    responses={
        202: json_reply("It goes on where it stopped.", RECORDING, location=True),
        **problems(401, 403, 404, 409, 422, 503),
    },
)
def retry_failed(service: ServiceOfApp, response: Response, recording_id: Id) -> RecordingShape:
    """Only a recording in the state `failed` can be tried again (else 409 `not-failed`)."""
    recording = retry(service, recording_id)
    response.headers["Location"] = f"/v1/recordings/{recording.id}"
    return RecordingShape.of(recording)


AUDIO_REPLIES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The whole recording as it came in.", "content": {"audio/*": {}, "video/*": {}}},
    206: {"description": "The range asked for.", "content": {"audio/*": {}, "video/*": {}}},
    304: {"description": "The bytes are those of the ETag in If-None-Match."},
    **problems(401, 403, 404, 416, 422, 503),
}


@router.get(
    "/{recording_id}/audio",
    operation_id="getAudio",
    summary="Listen to a recording",
    dependencies=[needs("audio")],
    response_class=StreamingResponse,
    responses=AUDIO_REPLIES,
)
@router.head(
    "/{recording_id}/audio",
    operation_id="headAudio",
    summary="See the size and kind of a recording",
    dependencies=[needs("audio")],
    response_class=StreamingResponse,
    responses={200: {"description": "The headers of the whole recording."}, **problems(401, 403, 404, 422, 503)},
)
def audio(service: ServiceOfApp, request: Request, recording_id: Id) -> Response:
    """The bytes as they came in, streamed. One HTTP range at a time is served; a player can seek."""
    with service.database.reading() as session:
        recording = get_recording(session, recording_id)
    if recording.blob_key is None:
        raise NotFound("no-audio", "This conversation came in as text; it has no audio.")
    return Audio(service.blobs, recording, request)
