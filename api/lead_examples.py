"""Examples about leads for the OpenAPI document. A test holds each against the schema it illustrates."""

from __future__ import annotations

from typing import Any, Final

NEW_LEAD: Final = {
    "external_id": "XS-20871",
    "at": "2026-03-12T10:02:00+08:00",
    "source": "汽车之家",
    "store": "广州天河店",
    "consultant": "王磊",
    "customer": "李女士",
    "crm_grade": "C",
    "tags": ["首购"],
}

NEW_OUTCOME: Final = {
    "lead": "XS-20871",
    "kind": "graded",
    "at": "2026-03-12T18:00:00+08:00",
    "external_id": "OC-9001",
    "grade": "休眠",
    "by": "consultant",
}

_NEWS: Final = {
    "id": "out_01kmr2",
    "kind": "graded",
    "at": "2026-03-12T18:00:00+08:00",
    "reason": None,
    "grade": "休眠",
    "by": "consultant",
}

OUTCOME: Final = {
    **_NEWS,
    "lead_id": "lead_01kmr1",
    "external_id": "OC-9001",
    "lead": "XS-20871",
    "links": {"lead": "/v1/leads/lead_01kmr1"},
}

_SATURDAY: Final = {"recording_id": "rec_01kmq3", "utterance": 1, "start": 3, "end": 6, "quote": "这周六"}
_BUDGET: Final = {"recording_id": "rec_01kmq3", "utterance": 1, "start": 11, "end": 18, "quote": "预算二十万左右"}

_WORDS: Final = {
    "letter": "A",
    "probability": 0.7,
    "reasons": [{"text": "约定 2026-03-14 到店", "evidence": [_SATURDAY]}],
    "next_contact_by": "2026-03-19",
    "recording_id": "rec_01kmq3",
    "told_at": "2026-03-12T10:15:00+08:00",
    "grader": "rules-1/default",
}

_GRADE: Final = {
    "letter": "A",
    "probability": 0.7,
    "reasons": _WORDS["reasons"],
    "next_contact_by": "2026-03-19",
    "outcome_id": None,
    "words": _WORDS,
}

GRADE_CHANGE: Final[dict[str, Any]] = {
    "cursor": "g42",
    "lead_id": "lead_01kmr1",
    "external_id": "XS-20871",
    "lead_number": 2,
    "before": "C",
    "after": "A",
    "text": "C → A：约定周六到店，预算已确认（20万）",
    "reasons": [
        {"text": "约定周六到店", "evidence": [_SATURDAY]},
        {"text": "预算已确认（20万）", "evidence": [_BUDGET]},
    ],
    "grade": _GRADE,
    "recording_id": "rec_01kmq3",
    "outcome_id": None,
    "created_at": "2026-03-12T02:20:31Z",
}

LEAD_LINE: Final[dict[str, Any]] = {
    "id": "lead_01kmr1",
    "external_id": "XS-20871",
    "at": "2026-03-12T10:02:00+08:00",
    "source": "汽车之家",
    "store": "广州天河店",
    "consultant": "王磊",
    "customer": "李女士",
    "tags": ["首购"],
    "found_tags": [
        {
            "tag": "价格敏感",
            "recording_id": "rec_01kmq3",
            "at": "2026-03-12T10:15:00+08:00",
            "evidence": [{"recording_id": "rec_01kmq3", "utterance": 7, "start": 0, "end": 5, "quote": "再便宜点吧"}],
        }
    ],
    "grade": _GRADE,
    "theirs": [
        {"by": "crm", "said": "C", "grade": "C", "at": "2026-03-12T10:02:00+08:00"},
        {"by": "consultant", "said": "休眠", "grade": "dormant", "at": "2026-03-12T18:00:00+08:00"},
    ],
    "misjudged": {
        "direction": "undervalued",
        "by": "consultant",
        "theirs": "休眠",
        "ours": "A",
        "probability": 0.7,
        "steps": 3,
        "text": "可能低估：顾问标为“休眠”，按客户的话是 A（约定 2026-03-14 到店）",
    },
    "created_at": "2026-03-12T02:02:01Z",
    "updated_at": "2026-03-12T10:00:02Z",
    "links": {"self": "/v1/leads/lead_01kmr1"},
}

_BUDGETS: Final = {
    "value": {"min": 200000, "max": 200000, "basis": None},
    "said": [
        {
            "value": {"min": 200000, "max": 200000, "basis": None},
            "recording_id": "rec_01kmq3",
            "at": "2026-03-12T10:15:00+08:00",
            "evidence": [_BUDGET],
        }
    ],
    "conflicts": [
        {
            "value": {"min": None, "max": 160000, "basis": None},
            "recording_id": "rec_01kmp9",
            "at": "2026-03-02T10:15:00+08:00",
            "evidence": [{"recording_id": "rec_01kmp9", "utterance": 5, "start": 0, "end": 5, "quote": "最多十六万"}],
        }
    ],
    "lapsed": False,
}

LEAD: Final[dict[str, Any]] = {
    **LEAD_LINE,
    "memo": {"budget": _BUDGETS},
    "memo_text": {
        "summary": "3月12日周四与客户通话：预算20万。",
        "wechat": "客户 3月12日周四通话\n预算：20万",
    },
    "calls": [
        {
            "recording_id": "rec_01kmq3",
            "started_at": "2026-03-12T10:15:00+08:00",
            "state": "done",
            "direction": "outbound",
            "agent": "王磊",
            "duration_ms": 94000,
            "crm_grade": "C",
            "grade": "A",
            "grade_probability": 0.7,
            "inspection_id": "ins_01kmq4",
        }
    ],
    "outcomes": [_NEWS],
    "changes": [GRADE_CHANGE],
}
