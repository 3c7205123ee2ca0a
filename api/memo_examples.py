"""Examples about memos for the OpenAPI document. A test holds each against the schema it illustrates."""

from __future__ import annotations

from typing import Any, Final

from api.examples import MEMO

NEW_CORRECTION: Final[dict[str, Any]] = {
    "inspection_id": "ins_01kmq4",
    "fields": {"budget": {"min": None, "max": 180000, "basis": "落地"}, "promises": None},
    "note": "客户后来说的是落地",
    "consultant": "王磊",
}

CORRECTION: Final[dict[str, Any]] = {
    "id": "cor_01kmq6",
    "recording_id": "rec_01kmq3",
    "inspection_id": "ins_01kmq4",
    "fields": {
        "budget": {"machine": MEMO["budget"], "value": {"min": None, "max": 180000, "basis": "落地"}},
        "promises": {"machine": MEMO["promises"], "value": None},
    },
    "note": "客户后来说的是落地",
    "by": "王磊",
    "key_id": "5f2c0d9e1a7b",
    "created_at": "2026-03-12T03:05:00Z",
}

CORRECTIONS: Final[dict[str, Any]] = {"recording_id": "rec_01kmq3", "items": [CORRECTION]}

_CORRECTED: Final[dict[str, Any]] = {
    "correction_id": "cor_01kmq6",
    "by": "王磊",
    "at": "2026-03-12T03:05:00Z",
}

CURRENT_MEMO: Final[dict[str, Any]] = {
    "recording_id": "rec_01kmq3",
    "inspection_id": "ins_01kmq4",
    "after": "cor_01kmq6",
    "fields": {
        "vehicles": {
            "value": ["凯美瑞"],
            "machine": ["凯美瑞"],
            "state": "machine",
            "evidence": [{"utterance": 0, "start": 19, "end": 22, "quote": "凯美瑞"}],
            "correction_id": None,
            "by": None,
            "at": None,
        },
        "budget": {
            "value": {"min": None, "max": 180000, "basis": "落地"},
            "machine": {"min": 200000, "max": 200000, "basis": None},
            "state": "corrected",
            "evidence": [{"utterance": 1, "start": 11, "end": 18, "quote": "预算二十万左右"}],
            **_CORRECTED,
        },
        "promises": {"value": None, "machine": ["全广州最低价"], "state": "not-said", "evidence": [], **_CORRECTED},
    },
    "text": {
        "summary": "3月12日周四与客户通话：想买凯美瑞。预算落地18万以内。",
        "wechat": "客户 3月12日周四通话\n想买：凯美瑞\n预算：落地18万以内",
    },
    "writing": {
        "model": "qwen3",
        "prompt": "1",
        "outcome": "written",
        "summary": None,
        "basis": "3月12日周四与客户通话：想买凯美瑞。预算20万。",
        "proposals": [
            {
                "field": "preferences",
                "value": "白色",
                "evidence": {"utterance": 1, "start": 19, "end": 22, "quote": "白色的"},
            }
        ],
        "dropped": [{"reason": "no-quote", "field": "payment"}],
        "took_ms": 2140,
    },
}
