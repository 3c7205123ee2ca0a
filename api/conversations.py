"""Conversations: chats and transcripts that come in as text and skip recognition."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.deps import ServiceOfApp, storable_throughout
from api.examples import CONVERSATION, RECORDING
from api.openapi import json_reply, problems
from api.recordings import IdempotencyKey, accepted, own, refuse_unknown_card
from api.rulebook import RulebookOfApp
from api.security import needs
from api.shapes import RecordingShape
from qc.ingest import RecordingDetails, accept_conversation
from qc.store.records import KeyRecord
from qc.turns import Turn

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


class ConversationBody(BaseModel):
    """Turns in order, and what is known about the conversation from outside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: tuple[Turn, ...] = Field(
        min_length=1,
        max_length=10_000,
        description="Times are optional, but all turns have them or none has.",
    )
    metadata: RecordingDetails = RecordingDetails()

    @model_validator(mode="before")
    @classmethod
    def _can_be_stored(cls, content: Any) -> Any:
        return storable_throughout(content)


@router.post(
    "",
    operation_id="addConversation",
    summary="Take in a chat or a transcript",
    status_code=202,
    responses={
        202: json_reply("Stored durably; it will be inspected.", {**RECORDING, "kind": "text"}, location=True),
        **problems(400, 401, 403, 409, 413, 422, 503),
    },
)
def add_conversation(
    key: Annotated[KeyRecord, needs("ingest")],
    service: ServiceOfApp,
    live: RulebookOfApp,
    response: Response,
    body: Annotated[ConversationBody, Body(examples=[CONVERSATION])],
    idempotency_key: IdempotencyKey = None,
) -> RecordingShape:
    """Take in turns of text. Repeats are recognised, and a `card` checked, as those of recordings are."""
    check = partial(refuse_unknown_card, live)
    outcome = accept_conversation(service, body.turns, body.metadata, own(key, idempotency_key), check)
    return accepted(response, outcome)
