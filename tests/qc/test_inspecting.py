from __future__ import annotations

import io
import logging
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stored import a_finding, an_inspection, wav_bytes

from qc.domain import Letter, Scorecard, Speaker
from qc.errors import BadRulebook, BadSettings, NotFound
from qc.ingest import RecordingDetails, Service, accept_conversation, accept_recording
from qc.inspecting import Judge, LiveJudge, judge_recording, make_grader, make_judge, reinspect
from qc.rulebook import SHIPPED, Rulebook
from qc.store.inspections import (
    current_inspection,
    find_inspections,
    get_inspection,
    require_inspection,
    save_inspection,
)
from qc.store.recordings import get_recording
from qc.store.records import InspectionFilter
from qc.store.settings import Settings
from qc.turns import Turn


@pytest.fixture
def own_rules(service: Service, tmp_path: Path) -> Settings:
    """Settings with a copy of the shipped lexicons."""
    shutil.copytree(SHIPPED, tmp_path / "lexicons", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return service.settings.model_copy(update={"lexicons": tmp_path / "lexicons"})


def change(file: Path, text: str) -> None:
    """Appends to a file, at a later time than before."""
    before = file.stat().st_mtime_ns
    file.write_text(file.read_text("utf-8") + text, "utf-8")
    os.utime(file, ns=(before + 10**9, before + 10**9))


def test_a_changed_rulebook_is_used_without_a_restart(own_rules: Settings) -> None:
    live = LiveJudge(own_rules)
    first = live.current()
    assert live.current() is first
    change(own_rules.lexicons / "needs.yaml", "\n# 元宵特惠\n")
    second = live.current()
    assert second.rulebook.version != first.rulebook.version
    assert live.current() is second


def test_a_broken_rulebook_is_reported_once_and_the_last_good_one_goes_on(
    own_rules: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveJudge(own_rules)
    good = live.current()
    conduct = own_rules.lexicons / "conduct.yaml"
    whole = conduct.read_text("utf-8")
    change(conduct, "\nno_such_field: 1\n")
    with caplog.at_level(logging.ERROR):
        assert [live.current() for _ in range(3)] == [good] * 3
    assert len(caplog.records) == 1
    assert "no_such_field" in caplog.text
    conduct.write_text(whole, "utf-8")
    assert live.current().rulebook == good.rulebook


def test_threads_that_ask_at_once_get_one_judge(own_rules: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveJudge(own_rules)
    made: list[Judge] = []

    def slowly(rulebook: Rulebook, settings: Settings) -> Judge:
        time.sleep(0.2)
        made.append(Judge(rulebook, make_grader(rulebook, settings)))
        return made[-1]

    monkeypatch.setattr("qc.inspecting._judge_by", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: live.current(), range(4)))
    assert found == [made[0]] * 4
    assert len(made) == 1


def test_a_rulebook_that_never_loaded_is_an_error(own_rules: Settings) -> None:
    (own_rules.lexicons / "conduct.yaml").unlink()
    with pytest.raises(BadRulebook):
        LiveJudge(own_rules).current()


def test_an_unknown_preset_is_an_error(own_rules: Settings) -> None:
    with pytest.raises(BadSettings):
        make_judge(own_rules.model_copy(update={"grading_preset": "nobody's"}))


@pytest.fixture
def judge(settings: Settings) -> Judge:
    return make_judge(settings)


def a_stored_chat(service: Service, *lines: str, agent: str = "小李") -> str:
    turns = [Turn(speaker=Speaker.CUSTOMER, text=line) for line in lines]
    return accept_conversation(service, turns, RecordingDetails(agent=agent)).recording.id


def test_judging_uses_what_is_known_about_the_call(service: Service, judge: Judge) -> None:
    recording_id = a_stored_chat(service, "你们店在哪里？")
    with service.database.reading() as session:
        recording = get_recording(session, recording_id)
    inspection = judge_recording(service.database, recording, judge)
    assert inspection.made_with.rulebook == judge.rulebook.version
    assert inspection.made_with.recogniser == "text"


def test_a_named_scorecard_is_filled_in_again_whenever_the_call_is_inspected(service: Service, judge: Judge) -> None:
    turns = [Turn(speaker=Speaker.AGENT, text="您好，看车吗？"), Turn(speaker=Speaker.CUSTOMER, text="在看，多少钱？")]
    chosen = accept_conversation(service, turns, RecordingDetails()).recording
    named = accept_conversation(service, turns, RecordingDetails(card="return-visit")).recording
    assert judge_recording(service.database, chosen, judge).scorecard.card != "return-visit"
    old = judge_recording(service.database, named, judge).model_copy(
        update={"scorecard": Scorecard(card="old", points=None, max_points=1)}
    )
    old = old.model_copy(update={"made_with": old.made_with.model_copy(update={"rulebook": "old"})})
    with service.database.writing() as session:
        save_inspection(session, named.id, old)
    reinspect(service.database, judge)
    with service.database.reading() as session:
        again = require_inspection(session, named.id)
    assert again.inspection.scorecard.card == "return-visit"


def test_inspects_again_what_older_rules_judged_and_tells_what_changed(service: Service, judge: Judge) -> None:
    outdated = a_stored_chat(service, "你好")
    fresh = a_stored_chat(service, "在吗")
    untouched = accept_recording(service, io.BytesIO(wav_bytes()), None, RecordingDetails()).recording.id
    with service.database.writing() as session:
        old = save_inspection(session, outdated, an_inspection([a_finding("gone")], Letter.H, rulebook="old"))
    with service.database.reading() as session:
        recording = get_recording(session, fresh)
    with service.database.writing() as session:
        save_inspection(session, fresh, judge_recording(service.database, recording, judge))

    seen: list[int] = []
    result = reinspect(service.database, judge, progress=seen.append)
    assert (result.looked_at, result.up_to_date, result.failed, seen) == (2, 1, (), [1, 2])
    (again,) = result.changed
    assert again.recording.id == outdated
    assert [finding.rule_id for finding in again.changes.findings_gone] == ["gone"]
    assert again.changes.grade_before == Letter.H
    assert again.changes.grade_after != Letter.H
    with service.database.reading() as session:
        current = current_inspection(session, outdated)
        assert current is not None
        assert (current.id, current.changes) == (again.inspection_id, again.changes)
        assert get_inspection(session, old.id).inspection == old.inspection
        assert current_inspection(session, untouched) is None

    second = reinspect(service.database, judge)
    assert (second.up_to_date, second.inspected) == (2, ())


def test_inspects_again_only_what_is_wanted(service: Service, judge: Judge) -> None:
    for agent in ("小李", "小王"):
        recording_id = a_stored_chat(service, "你好", agent=agent)
        with service.database.writing() as session:
            save_inspection(session, recording_id, an_inspection(rulebook="old"))
    result = reinspect(service.database, judge, InspectionFilter(agent="小王"))
    assert [each.recording.agent for each in result.inspected] == ["小王"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("我的电话是幺三八"), "KeyError"),
        (NotFound("no-such-transcript", "There is no transcript."), "There is no transcript."),
    ],
)
def test_one_call_that_cannot_be_judged_does_not_stop_the_others(
    service: Service,
    judge: Judge,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    ids = [a_stored_chat(service, "你好"), a_stored_chat(service, "在吗")]
    with service.database.writing() as session:
        for recording_id in ids:
            save_inspection(session, recording_id, an_inspection(rulebook="old"))
    judged = judge_recording

    def stumble_over_the_first(*args: object) -> object:
        if args[1].id == ids[0]:  # type: ignore[attr-defined]
            raise error
        return judged(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("qc.inspecting.judge_recording", stumble_over_the_first)
    result = reinspect(service.database, judge)
    assert result.failed == ((ids[0], told),)
    assert "幺三八" not in caplog.text
    assert [each.recording.id for each in result.inspected] == [ids[1]]
    with service.database.reading() as session:
        assert find_inspections(session, InspectionFilter(recording_id=ids[0])).items[0].rulebook == "old"


def test_many_pages_are_gone_through_once(service: Service, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qc.inspecting.PAGE", 2)
    for number in range(5):
        recording_id = a_stored_chat(service, f"第{number}通")
        with service.database.writing() as session:
            save_inspection(session, recording_id, an_inspection(rulebook="old"))
    result = reinspect(service.database, judge)
    assert (result.looked_at, len(result.inspected)) == (5, 5)
