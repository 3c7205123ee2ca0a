"""When nobody speaks: dead air, announced holds, a late first word and an abrupt end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qc.asking import announces_hold
from qc.domain import Doubt, Speaker, Stretch, Transcript, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.rulebook.conduct import ConductLimits


class Silences(NamedTuple):
    """Long silences between the first word of a call and the last."""

    dead_air: tuple[Stretch, ...]
    holds: tuple[Stretch, ...]


def find_silences(spoken: Sequence[tuple[int, Utterance]], limits: ConductLimits) -> Silences:
    """The silences longer than the limit, those that the agent announced apart; ``spoken`` has words, in order."""
    dead_air: list[Stretch] = []
    holds: list[Stretch] = []
    until: int | None = None
    for number, (_, utterance) in enumerate(spoken):
        if until is not None and utterance.start_ms - until > limits.dead_air_ms:
            silence = Stretch(start_ms=until, end_ms=utterance.start_ms)
            (holds if _is_hold(silence, spoken[:number], limits) else dead_air).append(silence)
        until = max(until or 0, utterance.end_ms)
    return Silences(tuple(dead_air), tuple(holds))


def _is_hold(silence: Stretch, before: Sequence[tuple[int, Utterance]], limits: ConductLimits) -> bool:
    if silence.end_ms - silence.start_ms > limits.hold.max_ms:
        return False
    last = before[-limits.hold.within_utterances :]
    return any(u.speaker is not Speaker.CUSTOMER and announces_hold(u.text, limits) for _, u in last)


def connected_at(transcript: Transcript) -> int:
    """When the parties may begin to speak, in ms: after the announcements (ringing, a voice menu) before them."""
    connected = 0
    for utterance in transcript.utterances:
        if utterance.doubt is None:
            break
        if utterance.doubt in (Doubt.MACHINE, Doubt.NO_VOICE):
            connected = max(connected, utterance.end_ms)
    return connected


def pickup(spoken: Sequence[tuple[int, Utterance]], connected_ms: int) -> Stretch | None:
    """The time until the agent's first words, from the connection or from the end of what the customer said first."""
    begun = connected_ms
    for at, utterance in spoken:
        if utterance.speaker is Speaker.AGENT:
            return Stretch(start_ms=min(begun, utterance.start_ms), end_ms=utterance.start_ms, utterance=at)
        begun = max(begun, utterance.end_ms)
    return None


def hangup(spoken: Sequence[tuple[int, Utterance]], duration_ms: int, limits: ConductLimits) -> Stretch | None:
    """The time from the customer's last words to the end, if they were the call's last and no farewell."""
    if not spoken:
        return None
    at, last = max(spoken, key=lambda each: each[1].end_ms)
    said = "".join(re.findall(r"\w", last.text)).lower()
    if last.speaker is not Speaker.CUSTOMER or any(re.search(pattern, said) for pattern in limits.farewells):
        return None
    end_ms = min(last.end_ms, duration_ms)
    return Stretch(start_ms=end_ms, end_ms=duration_ms, utterance=at)
