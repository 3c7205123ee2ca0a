"""Tags in the store, on both kinds of database: found, changed, listed by."""

from __future__ import annotations

from datetime import datetime

import pytest
from builders import CALL_TIME, a_call, a_transcript
from revisions import migrate_up
from sqlalchemy import text
from stored import a_chat

from qc.grade import RuleGrader
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.lead_grades import keep_inspection, post_lead
from qc.store.leads import LeadUpdate, NewLead, find_leads, get_lead, update_lead

SAYS = ("客服：您这是第一次买车吗？", "客户：对，我今年刚毕业，坐地铁上班。")


def called(database: Database, rulebook: Rulebook, *lines: str, time: str = CALL_TIME) -> None:
    grader = RuleGrader(rulebook.grading)
    inspection = inspect_call(a_call(time), a_transcript(*lines), rulebook, grader)
    with database.writing() as session:
        recording = a_chat(session, *lines, lead="XS-1", started_at=time)
        keep_inspection(session, recording.id, inspection, grader)


def listed(database: Database, tag: str) -> list[str]:
    with database.reading() as session:
        return [lead.external_id for lead in find_leads(session, tag=tag).items]


def test_leads_are_listed_by_the_crms_tags_and_by_those_of_the_words(database: Database, rulebook: Rulebook) -> None:
    new = NewLead(external_id="XS-1", at=datetime.fromisoformat(CALL_TIME), tags=("宝妈", "老客户"))
    with database.writing() as session:
        lead_id, _ = post_lead(session, new, RuleGrader(rulebook.grading))
    called(database, rulebook, *SAYS)
    assert listed(database, "宝妈") == listed(database, "首购") == listed(database, "年轻首购") == ["XS-1"]
    assert listed(database, "换购") == []
    with database.reading() as session:
        lead = get_lead(session, lead_id)
    assert lead.tags == ("宝妈", "老客户")
    assert [tag.tag for tag in lead.found_tags] == ["首购", "年轻", "年轻首购"]

    called(database, rulebook, "客户：我那台捷达一四年的，想置换，你们收吗？", time="2026-03-20T10:00:00+08:00")
    assert (listed(database, "首购"), listed(database, "年轻首购"), listed(database, "换购")) == ([], [], ["XS-1"])
    with database.writing() as session:
        update_lead(session, lead_id, LeadUpdate(tags=("老客户", "首购")))
    assert (listed(database, "宝妈"), listed(database, "首购"), listed(database, "换购")) == ([], ["XS-1"], ["XS-1"])


@pytest.mark.services
def test_the_migration_lists_leads_by_the_tags_they_had(bare_database: Database) -> None:
    database = bare_database
    with database.engine.begin() as connection:
        migrate_up(connection, "0004")
        connection.execute(
            text(
                "INSERT INTO leads (id, external_id, offset_s, tags, changes, created_at, updated_at) VALUES"
                " ('lead_1', 'XS-1', 0, '[\"首购\", \"首购\", \"宝妈\"]', 0, '2026-03-01', '2026-03-01')"
            )
        )
    database.migrate()
    assert listed(database, "首购") == listed(database, "宝妈") == ["XS-1"]
