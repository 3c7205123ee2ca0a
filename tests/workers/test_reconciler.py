from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from servers import queue_server
from sqlalchemy import update
from sqlalchemy.orm import Session
from stored import a_chat, a_recording, wav_bytes

from qc.errors import Unavailable
from qc.follow_up import Planner
from qc.grade import RuleGrader
from qc.ingest import RecordingDetails, Service, accept_recording
from qc.rulebook import Rulebook
from qc.store.follow_ups import find_stale, plan_again
from qc.store.lead_grades import post_lead
from qc.store.leads import LeadUpdate, NewLead, update_lead
from qc.store.leases import claim, give_back
from qc.store.queues import Queues
from qc.store.recordings import get_recording
from qc.store.tables import RecordingRow
from workers.planning import Planning
from workers.reconciler import Reconciler, reconcile


@pytest.fixture
def ids(service: Service) -> dict[str, str]:
    """A recording and a chat that the queue never heard of."""
    with service.database.writing() as session:
        return {"audio": a_recording(session, duration_ms=60_000).id, "chat": a_chat(session, "客户：你好").id}


def hinted(service: Service) -> tuple[frozenset[str], frozenset[str]]:
    return service.queues.hinted("transcribe"), service.queues.hinted("inspect")


def test_what_the_queue_never_heard_of_is_queued(service: Service, ids: dict[str, str]) -> None:
    assert reconcile(service, settle_s=0) == 2
    assert hinted(service) == ({ids["audio"]}, {ids["chat"]})
    with service.database.reading() as session:
        assert get_recording(session, ids["audio"]).state == "queued"
        assert get_recording(session, ids["chat"]).state == "inspecting"
    job = service.queues._queues["speech"].fetch_job(f"transcribe-{ids['audio']}")
    assert job is not None
    assert job.timeout == 660


def test_what_the_queue_knows_is_not_queued_again(service: Service, ids: dict[str, str]) -> None:
    reconcile(service, settle_s=0)
    assert [reconcile(service, settle_s=0) for _ in range(3)] == [0, 0, 0]
    assert service.queues.depths() == {"speech": 1, "general": 1, "writing": 0}
    assert ids


def test_what_the_queue_lost_is_queued_again(service: Service, ids: dict[str, str]) -> None:
    reconcile(service, settle_s=0)
    service.queues.connection.flushall()
    assert reconcile(service, settle_s=0) == 2
    assert hinted(service) == ({ids["audio"]}, {ids["chat"]})


def test_fresh_work_is_left_to_whoever_brought_it(service: Service, ids: dict[str, str]) -> None:
    assert ids
    assert reconcile(service, settle_s=60) == 0


def test_work_in_hand_is_left_alone_until_its_worker_is_silent(service: Service, ids: dict[str, str]) -> None:
    with service.database.writing() as session:
        claim(session, ids["audio"], "transcribe", lease_s=0.5, max_attempts=3)
        claim(session, ids["chat"], "inspect", lease_s=60, max_attempts=3)
    assert reconcile(service, settle_s=0) == 0
    time.sleep(0.6)
    assert reconcile(service, settle_s=0) == 1
    assert hinted(service) == ({ids["audio"]}, frozenset())
    with service.database.reading() as session:
        assert get_recording(session, ids["audio"]).state == "queued"


def test_a_pause_is_kept(service: Service, ids: dict[str, str]) -> None:
    with service.database.writing() as session:
        held = claim(session, ids["audio"], "transcribe", lease_s=60, max_attempts=3)
        assert held is not None
        give_back(session, held, pause_s=60, reason=("blobs-unavailable", "away"))
    assert reconcile(service, settle_s=0) == 1
    assert hinted(service)[0] == frozenset()


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_has_ended_is_left_alone(state: str, service: Service, ids: dict[str, str]) -> None:
    assert ids
    with service.database.writing() as session:
        session.execute(update(RecordingRow).values(state=state))
    assert reconcile(service, settle_s=0) == 0


def test_a_duplicate_is_not_queued_beside_its_original(service: Service) -> None:
    for _ in range(3):
        accept_recording(service, io.BytesIO(wav_bytes()), None, RecordingDetails())
    service.queues.connection.flushall()
    assert reconcile(service, settle_s=0) == 1


@pytest.mark.services
def test_it_goes_on_when_the_queue_comes_back(service: Service, ids: dict[str, str], rulebook: Rulebook) -> None:
    with queue_server() as server:
        own = replace(service, queues=Queues(server.url))
        server.kill()
        with pytest.raises(Unavailable):
            reconcile(own, settle_s=0)
        time.sleep(2)  # so that the work has settled
        with Reconciler(own, lambda: rulebook):
            server.start()
            deadline = time.monotonic() + 15
            while own.queues.depths() != {"speech": 1, "general": 1, "writing": 0}:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        own.queues.close()
    assert ids


def test_it_plans_while_the_queue_is_away(service: Service, ids: dict[str, str], rulebook: Rulebook) -> None:
    own = replace(service, queues=Queues("redis://127.0.0.1:1/0"))
    with service.database.writing() as session:
        session.execute(update(RecordingRow).values(updated_at=datetime(2026, 3, 12, tzinfo=UTC)))
        created = NewLead(external_id="XS-1", at=datetime(2026, 3, 12, 10, 0, tzinfo=UTC))
        post_lead(session, created, RuleGrader(rulebook.grading))
    with pytest.raises(Unavailable):
        reconcile(own)
    planner = Planner.by(rulebook, service.settings.zone)
    with Reconciler(own, lambda: rulebook):
        deadline = time.monotonic() + 15
        while not planned(service, planner):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert ids


def test_a_queue_that_goes_away_is_waited_for_once_a_round(service: Service, ids: dict[str, str]) -> None:
    asked = []

    class Gone(Queues):
        def hint_transcribe(self, recording_id: str, timeout_s: int) -> bool:
            asked.append((recording_id, timeout_s))
            return False

    with service.database.writing() as session:
        for number in range(5):
            a_recording(session, sha256=f"{number:064x}")
    own = replace(service, queues=Gone(service.settings.redis))
    assert reconcile(own, settle_s=0) == 1, "the chat, whose hint is heard"
    assert len(asked) == 1
    own.queues.close()
    assert ids


def test_it_stops_between_two_plans(service: Service, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    with service.database.writing() as session:
        for number in range(40):
            new = NewLead(external_id=f"XS-{number}", at=datetime(2026, 3, 12, 10, 0, tzinfo=UTC))
            post_lead(session, new, RuleGrader(rulebook.grading))
    begun = threading.Event()

    def slowly(session: Session, external_id: str, planner: Planner) -> None:
        begun.set()
        time.sleep(0.1)
        plan_again(session, external_id, planner)

    monkeypatch.setattr("qc.store.follow_ups.plan_again", slowly)
    with Reconciler(service, lambda: rulebook):
        assert begun.wait(15)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2
    with service.database.reading() as session:
        assert 30 < len(find_stale(session, Planner.by(rulebook, service.settings.zone), 40)) < 40


def planned(service: Service, planner: Planner) -> bool:
    with service.database.reading() as session:
        return not find_stale(session, planner, 1)


def test_it_plans_for_leads_that_have_changed(service: Service, rulebook: Rulebook) -> None:
    def stale() -> list[str]:
        with service.database.reading() as session:
            found = find_stale(session, Planner.by(rulebook, service.settings.zone), 10)
        return [lead.external_id for lead in found]

    created = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
    with service.database.writing() as session:
        lead_id, _ = post_lead(session, NewLead(external_id="XS-1", at=created), RuleGrader(rulebook.grading))
    planning = Planning(service, lambda: False)
    assert [planning.round(rulebook) for _ in range(2)] == [1, 0]
    with service.database.writing() as session:
        update_lead(session, lead_id, LeadUpdate(consultant="王磊"))
    assert stale() == ["XS-1"]
    with Reconciler(service, lambda: rulebook):
        deadline = time.monotonic() + 15
        while stale():
            assert time.monotonic() < deadline
            time.sleep(0.05)
