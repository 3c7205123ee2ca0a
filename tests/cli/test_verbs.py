"""The verbs that work on what is stored, run as their users run them; no queue server is up, and none is needed."""

from __future__ import annotations

import csv
import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc.cli.main import app
from qc.ingest import RecordingDetails, Service, accept_recording, open_service
from qc.inspecting import judge_recording, make_judge
from qc.rulebook import SHIPPED
from qc.store import migrations
from qc.store.inspections import current_inspection, save_inspection
from qc.store.recordings import find_recordings
from qc.store.settings import Settings

SAMPLES = Path(__file__).parents[2] / "samples"
Run = Callable[..., Result]


@pytest.fixture
def qc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("REDIS_URL", "DATABASE_URL", "BLOB_URL", "QC_LEXICONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "300")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def service() -> Service:
    return open_service(Settings.read())


def inspect_everything() -> list[str]:
    """What the workers would have done; gives the recordings' ids."""
    stored = service()
    judge = make_judge(stored.settings)
    with stored.database.reading() as session:
        recordings = find_recordings(session).items
    for recording in recordings:
        inspection = judge_recording(stored.database, recording, judge)
        with stored.database.writing() as session:
            save_inspection(session, recording.id, inspection)
    return [recording.id for recording in recordings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A call file, a recording, a file beside them that is no call, and two that cannot be used."""
    folder = tmp_path / "calls"
    folder.mkdir()
    shutil.copy(SAMPLES / "annotated/03-private-dealing.json", folder / "chat.json")
    shutil.copy(SAMPLES / "01-appointment-reminder.opus", folder)
    (folder / "chat.turns.json").write_text('{"turns": [{"speaker": "agent", "start_ms": 0}]}')
    (folder / "broken.wav").write_bytes(b"RIFF")
    with wave.open(str(folder / "silent.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
    return folder


def test_ingest_takes_a_folder_and_reports_what_it_cannot_use(qc: Run, folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "rejects.csv"
    result = qc("ingest", folder, "--brand", "长安福特", "--rejects", report)
    assert result.exit_code == 1
    assert "2 taken, 0 already here, 2 rejected" in result.stdout
    with report.open(encoding="utf-8", newline="") as file:
        rejects = {Path(row["file"]).name: row["code"] for row in csv.DictReader(file)}
    assert set(rejects) == {"broken.wav", "silent.wav"}
    assert set(rejects.values()) <= {"truncated-audio", "zero-length-audio", "not-audio"}
    with service().database.reading() as session:
        recordings = {recording.external_id: recording for recording in find_recordings(session).items}
    assert set(recordings) == {"chat", "01-appointment-reminder"}
    assert recordings["01-appointment-reminder"].brand == "长安福特"
    again = qc("ingest", folder)
    assert "0 taken, 2 already here, 2 rejected" in again.stdout or "external-id-taken" in again.stderr


def test_ingest_takes_no_call_for_a_scorecard_that_is_not_there(qc: Run, folder: Path) -> None:
    manifest = folder / "manifest.csv"
    rows = "01-appointment-reminder.opus,crm-1,no-card\n01-appointment-reminder.opus,crm-2,return-visit\n"
    manifest.write_text(f"file,external_id,card\n{rows}", "utf-8")
    result = qc("ingest", manifest)
    assert "1 taken, 0 already here, 1 rejected" in result.stdout
    assert "no-such-card" in result.stderr
    with service().database.reading() as session:
        (recording,) = find_recordings(session).items
    assert (recording.external_id, recording.card) == ("crm-2", "return-visit")


def test_ingest_knows_a_call_again_although_its_scorecard_is_gone(qc: Run, folder: Path) -> None:
    stored = service()
    stored.database.migrate()
    details = RecordingDetails(external_id="crm-1", card="card-of-last-year")
    with (SAMPLES / "01-appointment-reminder.opus").open("rb") as file:
        accept_recording(stored, file, None, details)
    manifest = folder / "manifest.csv"
    manifest.write_text("file,external_id,card\n01-appointment-reminder.opus,crm-1,card-of-last-year\n", "utf-8")
    assert "0 taken, 1 already here, 0 rejected" in qc("ingest", manifest).stdout


def test_ingest_takes_a_manifest_with_what_it_says_of_each_call(qc: Run, folder: Path) -> None:
    manifest = folder / "manifest.csv"
    manifest.write_text(
        "file,external_id,agent,started_at,agent_channel\n"
        "01-appointment-reminder.opus,crm-1,小周,2026-03-12T10:15:00+08:00,1\n"
        "01-appointment-reminder.opus,crm-2,小周,yesterday,1\n"
        "missing.wav,crm-3,,,\n",
        "utf-8",
    )
    result = qc("ingest", manifest)
    assert "1 taken, 0 already here, 2 rejected" in result.stdout
    assert "line 3" in result.stderr
    assert "missing.wav" in result.stderr
    with service().database.reading() as session:
        (recording,) = find_recordings(session).items
    assert (recording.agent, recording.agent_channel) == ("小周", 1)
    assert recording.started_at.isoformat() == "2026-03-12T10:15:00+08:00"


@pytest.mark.parametrize(("content", "code"), [("name\nx.wav\n", "'file'"), (None, "neither a folder nor a manifest")])
def test_ingest_says_what_is_wrong_with_its_source(qc: Run, tmp_path: Path, content: str | None, code: str) -> None:
    source = tmp_path / "list.csv"
    if content:
        source.write_text(content, "utf-8")
    assert code in str(qc("ingest", source).exception)


def test_reinspect_says_what_changed_and_keeps_the_older_inspections(
    qc: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "01-appointment-reminder.opus").unlink()
    qc("ingest", folder)
    (recording_id,) = inspect_everything()
    assert "1 looked at, 1 up to date" in qc("reinspect").stdout
    lexicons = tmp_path / "lexicons"
    shutil.copytree(SHIPPED, lexicons)
    (lexicons / "phrases/private-dealing.yaml").write_text("[]\n", "utf-8")
    monkeypatch.setenv("QC_LEXICONS", str(lexicons))
    result = qc("reinspect")
    assert result.exit_code == 0
    assert "- 私下交易" in result.stdout
    assert "1 inspected again, 1 changed, 0 failed" in result.stdout
    with service().database.reading() as session:
        current = current_inspection(session, recording_id)
    assert current is not None
    assert current.changes is not None
    assert {finding.category for finding in current.changes.findings_gone} == {"private-dealing"}


def test_retry_refuses_what_has_not_failed(qc: Run, folder: Path) -> None:
    qc("ingest", folder)
    with service().database.reading() as session:
        recording = find_recordings(session).items[0]
    result = qc("retry", recording.id)
    assert result.exit_code == 1
    assert "only a failed one can be retried" in result.stdout
    assert "nothing to retry" in qc("retry", "--all").stdout


def test_keys_are_made_listed_and_revoked(qc: Run) -> None:
    made = qc("key", "create", "CRM", "--scope", "read")
    secret = made.stdout.strip()
    assert secret.startswith("qck_")
    assert secret not in qc("key", "list").stdout
    key_id = secret.split("_")[1]
    assert key_id in qc("key", "list").stdout
    assert "revoked" in qc("key", "revoke", key_id).stdout
    assert "bad-scope" in getattr(qc("key", "create", "x", "--scope", "everything").exception, "code", "")


def test_the_database_tells_its_revision(qc: Run) -> None:
    assert "none: run qc db migrate" in qc("db", "status").stdout
    newest = max(path.name[:4] for path in Path(migrations.__file__).parent.glob("versions/0*.py"))
    assert f"revision {newest}" in qc("db", "migrate").stdout
    assert f"revision {newest}" in qc("db", "status").stdout


def test_lexicons_check_names_file_rule_and_field(qc: Run, tmp_path: Path) -> None:
    assert "no mistakes" in qc("lexicons", "check").stdout
    lexicons = tmp_path / "lexicons"
    shutil.copytree(SHIPPED, lexicons)
    rules = lexicons / "phrases/abuse.yaml"
    rules.write_text(rules.read_text("utf-8").replace("severity: critical", "severity: huge", 1), "utf-8")
    result = qc("lexicons", "check", lexicons)
    assert result.exit_code == 1
    assert "abuse.yaml:" in result.stdout
    assert ":severity:" in result.stdout
