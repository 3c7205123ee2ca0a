"""Why a rule found something in a call, and why it did not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Id, ServiceOfApp, Words
from api.examples import EXPLANATION
from api.openapi import json_reply, problems
from api.rulebook import RulebookOfApp
from api.security import needs
from qc.doubt import without_doubted
from qc.errors import NotFound
from qc.explaining import Explanation, explain, rules_named
from qc.inspecting import findings_model
from qc.store.recordings import get_recording
from qc.store.transcripts import get_transcript

router = APIRouter(prefix="/v1/recordings", tags=["inspections"])


@router.get(
    "/{recording_id}/explain",
    operation_id="explainRule",
    summary="Why, and why not",
    dependencies=[needs("read")],
    responses={
        200: json_reply("What came of the rule in this call.", EXPLANATION),
        **problems(401, 403, 404, 422, 503),
    },
)
def explain_rule(
    service: ServiceOfApp,
    rulebook: RulebookOfApp,
    recording_id: Id,
    rule: Annotated[Words, Query(description="A rule's id, or a category for all its rules.", examples=["evasive"])],
) -> Explanation:
    """What matched or nearly matched, what excused it or was missing, second listens, and the model's probability.

    By the rules in force now, which may be newer than the recording's inspection. Utterances are counted without the
    doubted ones. 404 `no-such-rule`; `not-transcribed-yet` while nothing was heard.
    """
    rules = rulebook.current().phrases
    chosen = rules_named(rule, rules)
    with service.database.reading() as session:
        recording = get_recording(session, recording_id)
        if recording.transcript_id is None:
            raise NotFound(
                "not-transcribed-yet",
                f"This recording has no transcript yet; its state is {recording.state}.",
                way_out=f"Ask /v1/recordings/{recording_id} until its state is done or failed.",
            )
        transcript = get_transcript(session, recording.transcript_id).transcript
    return explain(without_doubted(transcript).transcript, chosen, rules, findings_model(service.settings))
