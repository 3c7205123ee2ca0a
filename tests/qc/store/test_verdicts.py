from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from stored import a_chat, an_inspection

from qc.domain import Category, Evidence, Finding, Severity
from qc.errors import BadInput, Conflict, NotFound, QcError
from qc.grade import Grader
from qc.review import Person, Status, Trail, Verdict
from qc.store.appeals import NewDecision, add_appeal, add_decision, find_appeals, get_appeal
from qc.store.database import MIGRATIONS, Database
from qc.store.inspections import current_inspection, find_inspections, save_inspection
from qc.store.keys import create_key
from qc.store.precision import read_precision
from qc.store.records import InspectionFilter
from qc.store.requests import record_once
from qc.store.tables import AppealRow, DecisionRow, VerdictRow
from qc.store.trails import read_trails, trails_of_findings
from qc.store.verdicts import NewVerdict, add_verdict

WORDS = "我保证给您全广州最低价，这车第一"
LINES = ("客户：最低多少？", f"客服：{WORDS}")
MEI, LAN, LEI = Person(name="梅姐"), Person(name="兰姐"), Person(name="王磊")


def no_grader() -> Grader:
    raise AssertionError("a call without a lead needs no grader")


def flagged(start: int = 1, end: int = 11, category: Category = Category.OVERPROMISE, rule: str = "lowest") -> Finding:
    place = Evidence(utterance=1, start=start, end=end, quote=WORDS[start:end])
    return Finding(
        rule_id=rule, category=category, severity=Severity.MAJOR, probability=0.9, evidence=(place,), reason="承诺"
    )


def said(kind: str, start: int = 1, end: int = 11, category: str = "overpromise", **more: Any) -> NewVerdict:
    plain = {"kind": kind, "category": category, "utterance": 1, "start": start, "end": end}
    if kind == "dismiss":
        plain["reason"] = "negation"
    return NewVerdict.model_validate(plain | more)


def a_judged_call(session: Session, *findings: Finding, agent: str | None = "王磊") -> str:
    chat = a_chat(session, *LINES, agent=agent)
    save_inspection(session, chat.id, an_inspection(findings or [flagged()]))
    return chat.id


def judge(database: Database, call: str, new: NewVerdict, by: Person = MEI) -> Verdict:
    with database.writing() as session:
        return add_verdict(session, call, new, by, no_grader)


def trails(database: Database, call: str) -> tuple[Trail, ...]:
    with database.reading() as session:
        return read_trails(session, call)


def refusal(database: Database, call: str, new: NewVerdict, by: Person = MEI) -> str:
    with pytest.raises(QcError) as caught:
        judge(database, call, new, by)
    return caught.value.code


@pytest.fixture
def call(database: Database) -> str:
    with database.writing() as session:
        return a_judged_call(session)


def unreviewed(database: Database, call: str) -> int:
    with database.reading() as session:
        (line,) = find_inspections(session, InspectionFilter(recording_id=call)).items
        listed = find_inspections(session, InspectionFilter(unreviewed=True)).items
    assert bool(listed) == bool(line.unreviewed)
    return line.unreviewed


def test_a_verdict_keeps_the_machines_value_beside_it(database: Database, call: str) -> None:
    verdict = judge(database, call, said("dismiss", comment="说的是别家"))
    assert verdict.finding == flagged()
    assert verdict.place.quote == "保证给您全广州最低价"
    (trail,) = trails(database, call)
    assert trail.verdicts == (verdict,)
    assert (trail.value, trail.head) == ((Status.DISMISSED, None), verdict.id)
    with database.reading() as session:
        stored = current_inspection(session, call)
    assert stored is not None
    assert stored.inspection.findings == (flagged(),)


def test_a_dismissed_flag_stays_dismissed_when_the_call_is_inspected_again(database: Database, call: str) -> None:
    assert unreviewed(database, call) == 1
    judge(database, call, said("dismiss"))
    assert unreviewed(database, call) == 0
    again = [flagged(), flagged(12, 16, Category.ABSOLUTE_CLAIMS, "first")]
    with database.writing() as session:
        save_inspection(session, call, an_inspection(again, rulebook="rules-2"))
    assert unreviewed(database, call) == 1
    with database.reading() as session:
        stored = current_inspection(session, call)
        assert stored is not None
        continued = trails_of_findings(again, read_trails(session, call), stored.transcript_id)
    assert [trail and trail.value.status for trail in continued] == [Status.DISMISSED, None]


@pytest.mark.parametrize(
    ("start", "end", "known"),
    [(1, 11, True), (5, 11, True), (1, 16, True), (3, 9, True), (0, 2, True), (8, 16, False), (12, 16, False)],
)
def test_a_verdict_follows_words_of_which_it_judged_half(
    database: Database, call: str, start: int, end: int, *, known: bool
) -> None:
    judge(database, call, said("dismiss"))
    with database.writing() as session:
        save_inspection(session, call, an_inspection([flagged(start, end, rule="mended")], rulebook="rules-2"))
    assert unreviewed(database, call) == (0 if known else 1)
    # Whoever sees an unreviewed finding can judge it, and whoever does not must have seen the older verdict.
    outcome = said("confirm", start, end)
    if known:
        assert refusal(database, call, outcome) == "judged-meanwhile"
    else:
        judge(database, call, outcome)
        assert len(trails(database, call)) == 2


def test_the_same_words_under_another_category_are_another_finding(database: Database, call: str) -> None:
    judge(database, call, said("dismiss"))
    with database.writing() as session:
        save_inspection(session, call, an_inspection([flagged(category=Category.ABSOLUTE_CLAIMS)], rulebook="r2"))
    assert unreviewed(database, call) == 1


def test_a_rule_that_learned_the_right_category_finds_what_was_recategorised(database: Database, call: str) -> None:
    first = judge(database, call, said("recategorise", new_category="absolute-claims"))
    with database.writing() as session:
        save_inspection(session, call, an_inspection([flagged(category=Category.ABSOLUTE_CLAIMS)], rulebook="r2"))
    assert unreviewed(database, call) == 0
    judge(database, call, said("dismiss", category="absolute-claims", after=first.id))
    (trail,) = trails(database, call)
    assert [one.category for one in trail.verdicts] == [Category.OVERPROMISE] * 2
    assert trail.value.status is Status.DISMISSED


def test_a_must_say_line_is_missing_from_the_whole_call(database: Database) -> None:
    with database.writing() as session:
        call = a_judged_call(session, flagged(0, 3, Category.NO_RECORDING_NOTICE, "notice"))
    judge(database, call, said("dismiss", 5, 7, "no-recording-notice", reason="said-after-all"))
    with database.writing() as session:
        moved = flagged(9, 16, Category.NO_RECORDING_NOTICE, "notice")
        save_inspection(session, call, an_inspection([moved], rulebook="r2"))
    assert unreviewed(database, call) == 0
    assert trails(database, call)[0].verdicts[0].place.start == 0


def test_what_the_machine_missed_is_added_once(database: Database, call: str) -> None:
    added = judge(database, call, said("add", 12, 16, "absolute-claims"))
    assert (added.finding, added.place.quote) == (None, "这车第一")
    assert trails(database, call)[0].value == (Status.ADDED, Category.ABSOLUTE_CLAIMS)
    assert refusal(database, call, said("add", 13, 16, "absolute-claims")) == "already-found"
    assert refusal(database, call, said("add")) == "already-found"
    # Found by a later rulebook, it is known already.
    with database.writing() as session:
        found = [flagged(), flagged(12, 16, Category.ABSOLUTE_CLAIMS, "first")]
        save_inspection(session, call, an_inspection(found, rulebook="r2"))
    assert unreviewed(database, call) == 1


def test_a_comment_judges_nothing_and_waits_for_nobody(database: Database, call: str) -> None:
    judge(database, call, said("comment", comment="听一下 00:12"))
    (trail,) = trails(database, call)
    assert (trail.value.status, trail.head) == (Status.UNREVIEWED, None)
    assert unreviewed(database, call) == 1
    verdict = judge(database, call, said("confirm"), LAN)
    judge(database, call, said("comment", comment="同意"), LEI)
    assert judge(database, call, said("dismiss", after=verdict.id), LAN).kind == "dismiss"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (said("confirm", 12, 16), "no-such-finding"),
        (said("confirm", category="abuse"), "no-such-finding"),
        (said("comment", comment="x", start=12, end=16), "no-such-finding"),
        (said("confirm", 1, 17), "bad-place"),
        (said("confirm", 3, 3), "bad-place"),
        (said("confirm", utterance=2), "bad-place"),
        (said("dismiss", reason=None), "reason-needed"),
        (said("dismiss", reason="other"), "comment-needed"),
        (said("dismiss", reason="other", comment="  "), "comment-needed"),
        (said("comment"), "comment-needed"),
        (said("confirm", comment="长" * 2001), "text-too-long"),
        (said("recategorise"), "bad-category"),
        (said("recategorise", new_category="overpromise"), "bad-category"),
        (said("recategorise", new_category="no-next-step"), "bad-category"),
        (said("confirm", after="ver_none"), "judged-meanwhile"),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(database: Database, call: str, new: NewVerdict, code: str) -> None:
    assert refusal(database, call, new) == code
    assert trails(database, call) == ()


def test_there_must_be_something_to_judge(database: Database) -> None:
    with database.writing() as session:
        waiting = a_chat(session, *LINES).id
    assert refusal(database, waiting, said("confirm")) == "not-inspected-yet"
    assert refusal(database, "rec_none", said("confirm")) == "no-such-recording"


def test_a_consultant_judges_no_call_of_his_own(database: Database, call: str) -> None:
    assert refusal(database, call, said("dismiss"), Person(name="王磊 ")) == "own-call"
    judge(database, call, said("comment", comment="客户先问的"), LEI)


def test_whoever_has_not_seen_the_newest_verdict_is_told_of_it(database: Database, call: str) -> None:
    first = judge(database, call, said("dismiss"))
    with pytest.raises(Conflict) as caught:
        judge(database, call, said("confirm"), LAN)
    assert caught.value.code == "judged-meanwhile"
    assert "梅姐" in caught.value.detail
    assert first.id in caught.value.way_out
    second = judge(database, call, said("confirm", after=first.id), LAN)
    assert refusal(database, call, said("confirm", after=first.id)) == "judged-meanwhile"
    assert trails(database, call)[0].head == second.id


@pytest.mark.services
def test_of_reviewers_who_act_at_once_one_comes_first(database: Database, call: str) -> None:
    def try_to(number: int) -> str:
        try:
            judge(database, call, said("confirm" if number % 2 else "dismiss"), Person(name=f"{number}号"))
        except Conflict as error:
            return error.code
        return "first"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(try_to, range(6)))
    assert outcomes == ["first"] + ["judged-meanwhile"] * 5
    (trail,) = trails(database, call)
    assert len(trail.verdicts) == 1


def test_an_appeal_is_decided_by_a_second_reviewer_for_good(database: Database, call: str) -> None:
    verdict = judge(database, call, said("confirm"))
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "有价格单", LEI)
    assert refusal(database, call, said("dismiss", after=verdict.id), LAN) == "appeal-open"
    with database.reading() as session:
        assert [one.appeal for one in find_appeals(session, is_open=True).items] == [appeal]
        assert find_appeals(session, is_open=False).items == ()
    for nobody_else in (MEI, Person(name="梅姐", key_id=None), LEI):
        with pytest.raises(Conflict) as caught, database.writing() as session:
            add_decision(session, appeal.id, NewDecision.model_validate({"outcome": "uphold"}), nobody_else, no_grader)
        assert caught.value.code == "second-reviewer-needed"
    with database.writing() as session:
        new = NewDecision.model_validate({"outcome": "dismiss", "reason": "permitted"})
        decision = add_decision(session, appeal.id, new, LAN, no_grader)
    (trail,) = trails(database, call)
    assert (trail.value, trail.head, trail.last_by) == ((Status.DISMISSED, None), decision.id, LAN)
    assert trail.dismissed_for == "permitted"
    assert trail.verdicts == (verdict,)
    assert refusal(database, call, said("confirm", after=decision.id)) == "already-decided"
    with pytest.raises(Conflict, match="final"), database.writing() as session:
        add_decision(session, appeal.id, new, LAN, no_grader)
    with database.reading() as session:
        stored = get_appeal(session, appeal.id)
        assert (stored.verdict, stored.appeal, stored.decision) == (verdict, appeal, decision)
        assert find_appeals(session, is_open=True).items == ()
        assert [one.decision for one in find_appeals(session).items] == [decision]


@pytest.mark.parametrize(
    ("decided", "value"),
    [
        ({"outcome": "uphold"}, (Status.CONFIRMED, Category.OVERPROMISE)),
        (
            {"outcome": "recategorise", "new_category": "absolute-claims"},
            (Status.RECATEGORISED, Category.ABSOLUTE_CLAIMS),
        ),
        ({"outcome": "dismiss", "reason": "quotation"}, (Status.DISMISSED, None)),
    ],
)
def test_what_holds_is_what_was_decided(database: Database, call: str, decided: dict[str, str], value: object) -> None:
    verdict = judge(database, call, said("confirm"))
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "不对", LEI)
        add_decision(session, appeal.id, NewDecision.model_validate(decided), LAN, no_grader)
    assert trails(database, call)[0].value == value


def test_only_what_is_held_against_somebody_is_appealed_and_once(database: Database, call: str) -> None:
    def refused(verdict_id: str, reason: str = "不对") -> str:
        with pytest.raises(QcError) as caught, database.writing() as session:
            add_appeal(session, verdict_id, reason, LEI)
        return caught.value.code

    first = judge(database, call, said("confirm"))
    assert refused("ver_none") == "no-such-verdict"
    assert refused(first.id, " ") == "reason-needed"
    assert refused(first.id, "长" * 2001) == "text-too-long"
    second = judge(database, call, said("dismiss", after=first.id))
    assert refused(first.id) == "overruled"
    assert refused(second.id) == "nothing-to-appeal"
    third = judge(database, call, said("confirm", after=second.id))
    with database.writing() as session:
        add_appeal(session, third.id, "不对", LEI)
    assert refused(third.id) == "already-appealed"


def test_a_decision_that_makes_no_sense_is_refused(database: Database, call: str) -> None:
    verdict = judge(database, call, said("recategorise", new_category="absolute-claims"))
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "不对", LEI)
    for decided, code in (
        ({"outcome": "dismiss"}, "reason-needed"),
        ({"outcome": "recategorise"}, "bad-category"),
        ({"outcome": "recategorise", "new_category": "absolute-claims"}, "bad-category"),
    ):
        with pytest.raises(BadInput) as caught, database.writing() as session:
            add_decision(session, appeal.id, NewDecision.model_validate(decided), LAN, no_grader)
        assert caught.value.code == code
    with pytest.raises(NotFound), database.writing() as session:
        add_decision(session, "app_none", NewDecision.model_validate({"outcome": "uphold"}), LAN, no_grader)


def test_who_shares_a_key_without_a_name_could_be_anybody_who_uses_it(database: Database, call: str) -> None:
    with database.writing() as session:
        key, _ = create_key(session, "质检台", ["review"])
    shared = Person(name=key.name, key_id=key.id, named=False)
    verdict = judge(database, call, said("confirm"), shared)
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "不对", LEI)
    uphold = NewDecision.model_validate({"outcome": "uphold"})
    for anybody in (shared, Person(name="兰姐", key_id=key.id)):
        with pytest.raises(Conflict, match="质检台"), database.writing() as session:
            add_decision(session, appeal.id, uphold, anybody, no_grader)
    with database.writing() as session:
        add_decision(session, appeal.id, uphold, LAN, no_grader)


def test_nothing_of_a_trail_can_be_changed(database: Database, call: str) -> None:
    verdict = judge(database, call, said("confirm"))
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "不对", LEI)
        add_decision(session, appeal.id, NewDecision.model_validate({"outcome": "uphold"}), LAN, no_grader)
    for table in (VerdictRow, AppealRow, DecisionRow):
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.execute(update(table).values(by_name="别人"))


def test_inspections_made_before_there_were_verdicts_wait_for_them(database: Database) -> None:
    with database.writing() as session:
        call = a_judged_call(session, flagged(), flagged(12, 16, Category.ABSOLUTE_CLAIMS, "first"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    database.migrate()
    assert unreviewed(database, call) == 2
    judge(database, call, said("dismiss"))
    assert unreviewed(database, call) == 1


def test_a_repeated_request_adds_nothing(database: Database, call: str) -> None:
    def send(key: str | None, fingerprint: str = "same") -> tuple[str, bool]:
        return record_once(
            database,
            key,
            fingerprint,
            lambda session: (call, add_verdict(session, call, said("confirm"), MEI, no_grader).id),
        )

    first = send("k")
    assert first[1]
    assert send("k") == (first[0], False)
    with pytest.raises(Conflict, match="another request"):
        send("k", "different")
    with pytest.raises(Conflict, match="梅姐"):
        send(None)
    with pytest.raises(BadInput):
        send("")


@pytest.mark.services
def test_of_equal_requests_at_once_all_get_the_same_answer(database: Database, call: str) -> None:
    def send(_: int) -> str:
        answer, _ = record_once(
            database,
            "k",
            "same",
            lambda session: (call, add_verdict(session, call, said("confirm"), MEI, no_grader).id),
        )
        return answer

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(6)))) == 1
    assert len(trails(database, call)[0].verdicts) == 1


def test_precision_counts_what_holds_of_each_judged_finding_once(database: Database) -> None:
    outcomes = ("confirm", "confirm", "dismiss", "recategorise", "overturned", "changed", "commented")
    for outcome in outcomes:
        with database.writing() as session:
            call = a_judged_call(session)
        kind = outcome if outcome in {"confirm", "dismiss", "recategorise"} else "confirm"
        new = said("comment", comment="?") if outcome == "commented" else said(kind, new_category="absolute-claims")
        verdict = judge(database, call, new)
        if outcome == "overturned":
            with database.writing() as session:
                appeal = add_appeal(session, verdict.id, "不对", LEI)
                decided = NewDecision.model_validate({"outcome": "dismiss", "reason": "quotation"})
                add_decision(session, appeal.id, decided, LAN, no_grader)
        if outcome == "changed":
            judge(database, call, said("dismiss", after=verdict.id))
    judge(database, call, said("add", 12, 16, "absolute-claims"))
    with database.reading() as session:
        (rule,) = read_precision(session)
        assert read_precision(session, since=verdict.created_at) == ()
    assert (rule.rule_id, rule.confirmed, rule.dismissed, rule.recategorised) == ("lowest", 2, 3, 1)
    assert rule.reasons == {"negation": 2, "quotation": 1}
    assert rule.precision == 0.3333
