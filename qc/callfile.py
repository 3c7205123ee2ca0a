"""A call written down as JSON, in the form of the annotated calls: turns, call time, dealer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from qc.domain import Call, Dealer, Direction, Transcript
from qc.errors import BadCall
from qc.turns import Turn, transcript_of_turns


class CallFile(BaseModel):
    """The part of a call file that inspection reads; its labels, if it has any, are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    call_time: AwareDatetime
    direction: Direction | None = None
    dealer: Dealer = Dealer()
    card: str | None = None
    """The scorecard to fill in; the call's own words decide where it is left out."""
    turns: tuple[Turn, ...] = Field(max_length=10_000)

    @property
    def call(self) -> Call:
        """The circumstances of the call."""
        return Call(time=self.call_time, direction=self.direction, dealer=self.dealer, card=self.card)

    @property
    def transcript(self) -> Transcript:
        """What was said; an utterance's index is its turn's index."""
        return transcript_of_turns(self.turns)


def read_call_file(path: Path) -> CallFile:
    """The call in this JSON file.

    Raises:
        BadCall: if it is not JSON or does not fit the form; names the file and the field.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadCall("bad-call", f"not JSON: {error}", where=str(path)) from error
    try:
        return CallFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadCall(
            "bad-call",
            f"{field or 'the call'}: {first['msg']}",
            way_out="A call needs call_time with an offset and turns of speaker and text.",
            where=str(path),
        ) from error
