"""Examples about following up for the OpenAPI document. A test holds each against the schema it illustrates."""

from __future__ import annotations

from typing import Any, Final

_LEAD: Final = {
    "lead_id": "lead_01kmr1",
    "external_id": "XS-20871",
    "store": "广州天河店",
    "consultant": "王磊",
    "customer": "李女士",
    "grade": "A",
    "links": {"lead": "/v1/leads/lead_01kmr1"},
}
_EVENING: Final = {"recording_id": "rec_01kmq3", "utterance": 6, "start": 0, "end": 7, "quote": "晚上七点以后打"}

FOLLOW_UP: Final[dict[str, Any]] = {
    **_LEAD,
    "id": "lead_01kmr1-contact",
    "kind": "contact",
    "state": "due",
    "at": "2026-03-19T19:00:00+08:00",
    "by": "2026-03-19T21:00:00+08:00",
    "means": "电话",
    "reasons": [
        {"text": "A 级：一周内再联系", "evidence": []},
        {"text": "客户说“晚上七点以后打”，安排在19:00–21:00", "evidence": [_EVENING]},
    ],
    "talk": ["看中：凯美瑞", "预算：20万左右"],
}

CALLBACK: Final[dict[str, Any]] = {
    **_LEAD,
    "grade": "F",
    "kind": "lost",
    "since": "2026-03-23T09:00:00+08:00",
    "reasons": [{"text": "CRM 报告战败：价格没谈拢", "evidence": []}],
    "answers": [
        {
            "id": "why-not-here",
            "title": "为什么没在本店买",
            "state": "answered",
            "value": "价格没谈拢",
            "source": "crm",
            "evidence": [],
        },
        {"id": "satisfied", "title": "对服务满意", "state": "not-asked", "value": None, "source": None, "evidence": []},
    ],
    "talk": ["看中：凯美瑞"],
}

FIRST_CONTACT: Final[dict[str, Any]] = {
    **_LEAD,
    "grade": None,
    "at": "2026-03-12T10:02:00+08:00",
    "links": {"lead": "/v1/leads/lead_01kmr1", "consultants": "/v1/leads/lead_01kmr1/consultants"},
    "call_due": "2026-03-12T10:07:00+08:00",
    "called_at": None,
    "unheard": 0,
    "call_minutes": 29.0,
    "call_late": True,
    "feedback_due": "2026-03-12T10:22:00+08:00",
    "feedback_at": None,
    "feedback_late": True,
    "reassign": "线索 03-12 10:02 建立，已过 29 个工作分钟（限 5 分钟）还没有首次通话，建议改派",
}

PROMPTNESS: Final[dict[str, Any]] = {
    "items": [
        {
            "name": "王磊",
            "leads": 24,
            "called": 23,
            "in_time": 20,
            "late": 4,
            "waiting": 1,
            "median_minutes": 2.5,
            "feedback_late": 5,
        }
    ],
    "since": "2026-02-28T16:00:00Z",
    "until": "2026-03-31T16:00:00Z",
}

CALENDAR: Final[dict[str, Any]] = {
    "id": "cal_01kmt5",
    "consultant": "王磊",
    "created_at": "2026-03-12T02:00:00Z",
    "revoked_at": None,
}
NEW_CALENDAR: Final[dict[str, Any]] = {**CALENDAR, "path": "/v1/calendars/cal_01kmt5_….ics"}

FEED: Final = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//car-call-qc//follow-up//ZH
BEGIN:VEVENT
UID:lead_01kmr1-contact@car-call-qc
DTSTART;TZID=Asia/Shanghai:20260319T190000
SUMMARY:跟进·A 级 李女士：看中：凯美瑞；预算：20万左右
END:VEVENT
END:VCALENDAR
"""
