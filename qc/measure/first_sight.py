"""What the rules found in talk that they had not seen: the only measure of what their word is worth.

Rules are mended on the lines that models learn from, so on those lines the rules of today are nearly always right.
What an earlier rulebook found in the same lines, before anybody had mended a rule on them, is kept in a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from qc.domain import Category, Record
from qc.errors import BadCall
from qc.phrases import STABLE, find_phrases
from qc.turns import transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qc.measure.judged import JudgedTalk
    from qc.rulebook import Rulebook


class FirstSight(Record):
    """What rulebooks found in talk that they had not seen."""

    rulebooks: tuple[str, ...]
    """The rulebooks' versions, the oldest first."""
    talks: Mapping[str, Mapping[int, Mapping[Category, float]]]
    """By talk and turn: for each category what the rules' word is worth. A talk in which nothing was found is empty."""

    def of(self, name: str, turn: int) -> Mapping[Category, float] | None:
        """What was found in this turn of the talk of this name; None for talk that is not in here."""
        talk = self.talks.get(key_of(name))
        return None if talk is None else talk.get(turn, {})


def key_of(name: str) -> str:
    """The talk's name, short."""
    return hashlib.sha256(name.encode()).hexdigest()[:10]


def see_first(talks: Iterable[JudgedTalk], rulebook: Rulebook, kept: FirstSight | None = None) -> FirstSight:
    """What was ``kept``, with what this rulebook finds in the talk that is not in there.

    It is for the caller to know that the rules have not seen that talk.
    """
    seen = dict(kept.talks) if kept else {}
    for talk in talks:
        key = key_of(talk.name)
        if key in seen:
            continue
        found: dict[int, dict[Category, float]] = {}
        for finding in find_phrases(transcript_of_turns(talk.turns), rulebook.phrases):
            own = found.setdefault(finding.evidence[0].utterance, {})
            own[finding.category] = round(finding.probability / STABLE, 2)
        seen[key] = found
    before = kept.rulebooks if kept else ()
    return FirstSight(rulebooks=(*before, *({rulebook.version} - {*before})), talks=seen)


def read_first_sight(path: Path) -> FirstSight:
    """What is kept in this file.

    Raises:
        BadCall: if it does not fit.
    """
    try:
        return FirstSight.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadCall("bad-call", f"not what rules found at first sight: {error}", where=str(path)) from error


def to_json(seen: FirstSight) -> str:
    """The file's content, a talk a line."""
    content = seen.model_dump(mode="json")
    talks = ",\n".join(f"  {json.dumps(key)}: {json.dumps(talk)}" for key, talk in sorted(content["talks"].items()))
    return f'{{\n "rulebooks": {json.dumps(seen.rulebooks)},\n "talks": {{\n{talks}\n }}\n}}\n'
