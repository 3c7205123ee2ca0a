"""Whom to contact, from the command line; no queue server or worker is up, and none is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stored import a_recording
from typer.testing import CliRunner, Result

from qc.cli.main import app
from qc.grade import RuleGrader
from qc.leads import OutcomeKind
from qc.rulebook import Rulebook
from qc.store.calendars import calendar_of
from qc.store.database import Database
from qc.store.lead_grades import NewOutcome, post_lead, report_outcome
from qc.store.leads import NewLead
from qc.store.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def qc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("REDIS_URL", "DATABASE_URL", "BLOB_URL", "QC_LEXICONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "300")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def leads(qc: Run, rulebook: Rulebook) -> Database:
    """A lead of ten days ago that nobody has called, one called at once, and a lost one."""
    database = Database(Settings.read().database)
    database.migrate()
    grader, created = RuleGrader(rulebook.grading), datetime.now(UTC) - timedelta(days=20)
    with database.writing() as session:
        for name in ("never", "called", "lost"):
            known = {"consultant": "王磊", "store": "天河店", "customer": "李女士 [/b]"}
            post_lead(session, NewLead(external_id=name, at=created, **known), grader)
        a_recording(session, lead="called", started_at=created + timedelta(seconds=30))
        lost = NewOutcome(lead="lost", kind=OutcomeKind.LOST, at=created, reason="价格没谈拢")
        report_outcome(session, lost, grader)
    return database


def test_what_there_is_to_do(qc: Run, leads: Database, rulebook: Rulebook) -> None:
    with leads.writing() as session:
        new = NewLead(external_id="new", at=datetime.now(UTC), consultant="王磊")
        post_lead(session, new, RuleGrader(rulebook.grading))
    told = qc("follow-ups", "--consultant", "王磊")
    assert told.exit_code == 0
    assert "逾期" in told.stdout
    assert "首次电话" in told.stdout
    assert "李女士 [/b]" in told.stdout
    (line, *_) = qc("follow-ups", "--json", "--state", "overdue").stdout.splitlines()
    assert json.loads(line)["reminder"]["kind"] == "first"
    assert qc("follow-ups", "--json", "--consultant", "李娜").stdout == ""
    more = qc("follow-ups", "--limit", 1)
    assert "only the first 1" in more.stderr


def test_whom_to_call_back(qc: Run, leads: Database) -> None:
    (line,) = qc("callbacks", "--json", "--kind", "lost").stdout.splitlines()
    assert json.loads(line)["callback"]["kind"] == "lost"
    told = qc("callbacks", "--store", "天河店").stdout
    assert "为什么没在本店买：价格没谈拢" in told
    assert "记得销售顾问" in told


def test_how_soon_new_leads_were_called(qc: Run, leads: Database) -> None:
    lines = qc("first-contacts", "--json", "--late").stdout.splitlines()
    assert {json.loads(line)["lead"]["external_id"] for line in lines} == {"never", "lost"}
    assert "建议改派" in qc("first-contacts").stdout
    (line,) = qc("first-contacts", "--by", "consultant", "--json").stdout.splitlines()
    assert json.loads(line)["promptness"] | {"median_minutes": 0} == {
        "leads": 3,
        "called": 1,
        "in_time": 1,
        "late": 2,
        "waiting": 2,
        "median_minutes": 0,
        "feedback_late": 3,
    }
    assert "王磊" in qc("first-contacts", "--by", "consultant").stdout


def test_calendar_feeds(qc: Run) -> None:
    made = qc("calendar", "new", "王磊")
    assert made.exit_code == 0
    token = made.stdout.strip().removeprefix("/v1/calendars/").removesuffix(".ics")
    database = Database(Settings.read().database)
    with database.reading() as session:
        feed = calendar_of(session, token)
    assert feed.consultant == "王磊"
    assert token not in qc("calendar", "list").stdout
    changed = qc("calendar", "rotate", feed.id).stdout.strip()
    assert changed != made.stdout.strip()
    listed = qc("calendar", "list", "王磊").stdout
    assert listed.count("王磊") == 2
    assert qc("calendar", "revoke", feed.id).exit_code == 0
    assert "no calendar" in str(qc("calendar", "revoke", "cal_none").exception)
    database.close()
