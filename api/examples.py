"""Examples for the OpenAPI document. A test holds each against the schema it illustrates."""

from __future__ import annotations

from typing import Any, Final

METADATA: Final = {
    "external_id": "crm-1042",
    "agent": "王磊",
    "customer": "李女士",
    "store": "广州天河店",
    "brand": "丰田",
    "direction": "outbound",
    "started_at": "2026-03-12T10:15:00+08:00",
    "source": "汽车之家",
    "crm_grade": "C",
}

CALL: Final = {**METADATA, "lead": None, "card": None}

RECORDING: Final = {
    **CALL,
    "id": "rec_01kmq3",
    "kind": "audio",
    "state": "transcribing",
    "progress": 40,
    "error": None,
    "attempts": 1,
    "agent_channel": 0,
    "filename": "call.wav",
    "media_type": "audio/wav",
    "size_bytes": 1504044,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "duration_ms": 94000,
    "channels": 2,
    "duplicate_of": None,
    "inspection_id": None,
    "created_at": "2026-03-12T02:20:00Z",
    "updated_at": "2026-03-12T02:20:09Z",
    "links": {"self": "/v1/recordings/rec_01kmq3", "audio": "/v1/recordings/rec_01kmq3/audio"},
}

CONVERSATION: Final = {
    "turns": [
        {"speaker": "agent", "text": "您好，我是广州天河店的小王，看您咨询过凯美瑞。"},
        {"speaker": "customer", "text": "对，想这周六过来看看，预算二十万左右。"},
        {"speaker": "agent", "text": "好的，我保证给您全广州最低价。"},
    ],
    "metadata": {**METADATA, "external_id": "chat-88"},
}

TRANSCRIPT: Final = {
    "utterances": [
        {"speaker": "agent", "start_ms": 0, "end_ms": 4840, "text": "您好，我是广州天河店的小王，看您咨询过凯美瑞。"},
        {"speaker": "customer", "start_ms": 4840, "end_ms": 9020, "text": "对，想这周六过来看看，预算二十万左右。"},
        {"speaker": "agent", "start_ms": 9020, "end_ms": 12320, "text": "好的，我保证给您全广州最低价。"},
    ],
    "duration_ms": 12320,
    "timing": "estimated",
    "warnings": [],
    "roles": None,
}

_SATURDAY: Final = {"utterance": 1, "start": 3, "end": 6, "quote": "这周六"}
_CHEAPEST: Final = {"utterance": 2, "start": 4, "end": 14, "quote": "保证给您全广州最低价"}
_BUDGET: Final = {"utterance": 1, "start": 11, "end": 18, "quote": "预算二十万左右"}

MEMO: Final = {
    "customer_name": None,
    "vehicles": ["凯美瑞"],
    "use": [],
    "budget": {"min": 200000, "max": 200000, "basis": None},
    "purchase_time": None,
    "payment": None,
    "trade_in": None,
    "competitors": [],
    "decision_makers": [],
    "preferences": [],
    "concerns": [],
    "appointment": {"at": "2026-03-14", "kind": "到店"},
    "contact_preference": None,
    "promises": ["全广州最低价"],
    "next_step": None,
    "evidence": {
        "vehicles": [{"utterance": 0, "start": 19, "end": 22, "quote": "凯美瑞"}],
        "budget": [_BUDGET],
        "appointment": [_SATURDAY],
        "promises": [_CHEAPEST],
    },
}

GRADE: Final = {
    "letter": "A",
    "probability": 0.8,
    "reasons": [{"text": "约定本周六到店", "evidence": [_SATURDAY]}],
    "next_contact_by": "2026-03-14",
}

INSPECTION: Final[dict[str, Any]] = {
    "id": "ins_01kmq4",
    "recording_id": "rec_01kmq3",
    "created_at": "2026-03-12T02:20:31Z",
    "current": True,
    "call": CALL,
    "transcript": TRANSCRIPT,
    "findings": [
        {
            "rule_id": "promise-lowest-price",
            "category": "overpromise",
            "severity": "major",
            "probability": 0.95,
            "evidence": [_CHEAPEST],
            "reason": "承诺最低价：价格承诺须有书面政策。",
        }
    ],
    "conduct": {
        "talk_share": {"agent": 0.66, "customer": 0.34},
        "longest_monologue": {"start_ms": 0, "end_ms": 4840, "utterance": 0},
        "interruptions": {},
        "dead_air": [],
        "dead_air_ms": None,
        "pace": {"agent": None, "customer": None},
        "response_delay_ms": None,
        "holds": [],
        "agent_questions": 0,
        "open_questions": 0,
        "closed_questions": 0,
        "unanswered": [],
        "pickup": None,
        "hangup": None,
        "sound": None,
        "remarks": [],
    },
    "scorecard": {
        "card": "default",
        "points": 85.0,
        "max_points": 100.0,
        "vetoed_by": [],
        "items": [
            {
                "id": "honesty",
                "group": "合规",
                "title": "不作过度承诺",
                "points": 0.0,
                "max_points": 15.0,
                "reason": "有过度承诺",
                "evidence": [_CHEAPEST],
            }
        ],
        "reason": "",
        "version": "6e2456cd45ee",
        "chosen": "",
        "groups": [{"group": "合规", "points": 0.0, "max_points": 15.0}],
        "answers": [],
    },
    "memo": MEMO,
    "grade": GRADE,
    "made_with": {"rulebook": "1f0c2a9be774", "recogniser": "text", "grader": "rules-1"},
    "changes": None,
    "memo_text": {
        "summary": "3月12日周四与客户通话：想买凯美瑞。预算20万。已约3月14日周六到店，我方答应全广州最低价。",
        "wechat": "客户 3月12日周四通话\n想买：凯美瑞\n预算：20万\n已约：3月14日周六到店\n答应：全广州最低价",
    },
    "reviews": [{"status": "dismissed", "final_category": None, "after": "ver_01kmq5"}],
    "team_median": {"talk-share": {"median": 0.57, "calls": 212}},
}

INSPECTION_LINE: Final = {
    "id": "ins_01kmq4",
    "recording_id": "rec_01kmq3",
    "created_at": "2026-03-12T02:20:31Z",
    "current": True,
    "call": CALL,
    "duration_ms": 12320,
    "flagged": True,
    "severity": "major",
    "categories": ["overpromise"],
    "grade": "A",
    "grade_probability": 0.8,
    "next_contact_by": "2026-03-14",
    "points": 85.0,
    "unreviewed": 0,
    "rulebook": "1f0c2a9be774",
    "grader": "rules-1",
    "links": {"self": "/v1/inspections/ins_01kmq4", "recording": "/v1/recordings/rec_01kmq3"},
}

DISMISSAL: Final = {
    "kind": "dismiss",
    "category": "overpromise",
    "utterance": 2,
    "start": 4,
    "end": 14,
    "reason": "permitted",
    "comment": "本周有书面限价政策。",
    "reviewer": "梅姐",
}

VERDICT: Final = {
    "id": "ver_01kmq5",
    "recording_id": "rec_01kmq3",
    "kind": "dismiss",
    "category": "overpromise",
    "evidence": _CHEAPEST,
    "finding": INSPECTION["findings"][0],
    "new_category": None,
    "reason": "permitted",
    "comment": "本周有书面限价政策。",
    "by": "梅姐",
    "key_id": "5f2c81d0",
    "created_at": "2026-03-12T06:10:00Z",
}

REVIEWS: Final = {
    "recording_id": "rec_01kmq3",
    "inspection_id": "ins_01kmq4",
    "unreviewed": 0,
    "items": [
        {
            "category": "overpromise",
            "evidence": _CHEAPEST,
            "finding": INSPECTION["findings"][0],
            "status": "dismissed",
            "final_category": None,
            "after": "ver_01kmq5",
            "verdicts": [VERDICT],
            "appeal": None,
        }
    ],
}

DECISION: Final = {
    "id": "dec_01kmq8",
    "appeal_id": "app_01kmq7",
    "outcome": "dismiss",
    "new_category": None,
    "reason": "permitted",
    "comment": "有价格政策",
    "by": "兰姐",
    "key_id": "5f2c81d0",
    "created_at": "2026-03-13T01:00:00Z",
}

APPEAL_LINE: Final = {
    "id": "app_01kmq7",
    "verdict_id": "ver_01kmq6",
    "recording_id": "rec_01kmq3",
    "reason": "当天有书面价格政策。",
    "state": "open",
    "by": "王磊",
    "key_id": "77aa01f2",
    "created_at": "2026-03-12T09:00:00Z",
    "decision": None,
    "verdict": {**VERDICT, "id": "ver_01kmq6", "kind": "confirm", "reason": None, "comment": ""},
    "links": {"trail": "/v1/recordings/rec_01kmq3/verdicts", "recording": "/v1/recordings/rec_01kmq3"},
}

PRECISION: Final = {
    "min_verdicts": 10,
    "below": 0.8,
    "items": [
        {
            "rule_id": "promise-lowest-price",
            "category": "overpromise",
            "judged": 20,
            "confirmed": 13,
            "dismissed": 6,
            "recategorised": 1,
            "precision": 0.65,
            "low": 0.4329,
            "high": 0.8188,
            "noisy": True,
            "reasons": {"permitted": 4, "negation": 2},
        }
    ],
}

RULEBOOK: Final = {
    "version": "1f0c2a9be774",
    "rules": [
        {
            "id": "promise-lowest-price",
            "category": "overpromise",
            "title": "承诺最低价",
            "why": "价格承诺须有书面政策；口头承诺事后成为投诉依据。",
            "severity": "major",
            "status": "stable",
        }
    ],
    "mistakes": [],
}

EXPLANATION: Final = {
    "category": "finance-misleading",
    "findings": [],
    "rules": [
        {
            "rule_id": "loan-surely-approved",
            "title": "承诺贷款包过",
            "status": "stable",
            "must_be_said": False,
            "traces": [
                {
                    "outcome": "excused",
                    "place": {"utterance": 4, "start": 4, "end": 6, "quote": "包过"},
                    "why": "通用保护“否定：我们不能保证、没有包过这一说”放过了它：这里的「不能包过」符合 …",
                    "pattern": "包过",
                    "phrase": None,
                    "distance": None,
                    "listened": None,
                }
            ],
        }
    ],
    "notes": [],
    "likely": [{"utterance": 4, "probability": 0.12, "limit": 0.6, "alone": 0.15, "telling": "我们不能包过"}],
}

NEW_TRIAL: Final = {
    "file": "overpromise.yaml",
    "content": "- id: lowest-price\n  category: overpromise\n  title: 承诺最低价\n  …",
    "calls": 200,
    "since": "2026-03-01T00:00:00+08:00",
}

TRIED: Final = {
    "looked_at": 200,
    "complete": True,
    "changed": 1,
    "rules": [{"rule_id": "lowest-price", "new": 1, "gone": 0}],
    "calls": [
        {
            "recording_id": "rec_01kmq3",
            "new": [
                {
                    "rule_id": "lowest-price",
                    "category": "overpromise",
                    "severity": "major",
                    "utterance": 3,
                    "quotes": ["全市最低价"],
                    "reason": "承诺最低价",
                }
            ],
            "gone": [],
        }
    ],
}

KEY: Final = {
    "id": "5f2c81d0",
    "name": "CRM",
    "scopes": ["ingest", "read"],
    "created_at": "2026-03-12T02:00:00Z",
    "revoked_at": None,
}
NEW_KEY: Final = {**KEY, "secret": "qck_5f2c81d0_Zk3…"}

READY: Final = {
    "status": "ready",
    "parts": {
        "database": {"answers": True, "ms": 1},
        "queue": {"answers": True, "ms": 0},
        "blobs": {"answers": True, "ms": 2},
    },
    "warnings": [],
}


def page_of(*items: dict[str, Any]) -> dict[str, Any]:
    """A page of these."""
    return {"items": list(items), "next_cursor": "eyJhdCI6…"}
