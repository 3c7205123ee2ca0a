"""Short ways to write the things tests talk about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from qc.domain import Call, Dealer, Speaker, Transcript
from qc.turns import Turn, transcript_of_turns

SPEAKERS: Final = {"客服": Speaker.AGENT, "客户": Speaker.CUSTOMER, "不明": Speaker.UNKNOWN}
CALL_TIME: Final = "2026-03-12T10:15:00+08:00"
"""A Thursday morning."""


def a_call(time: str = CALL_TIME, *, brand: str | None = None, store: str | None = None) -> Call:
    return Call(time=datetime.fromisoformat(time), dealer=Dealer(store=store, brand=brand))


def a_transcript(*lines: str) -> Transcript:
    """The transcript of lines such as ``客服：您好``, ``客户：你好`` or ``不明：喂``."""
    turns = []
    for line in lines:
        who, _, text = line.partition("：")
        turns.append(Turn(speaker=SPEAKERS[who], text=text))
    return transcript_of_turns(turns)
