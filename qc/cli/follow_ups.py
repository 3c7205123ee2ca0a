"""``qc follow-ups``, ``qc callbacks``, ``qc first-contacts``: whom to contact, as of now.

What has changed is planned for first, so that the lists are right where no worker is running, too.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qc.cli.stored import open_database
from qc.domain import Record
from qc.follow_up import CallbackKind, FirstContact, Planner, WorkingTime
from qc.rulebook import load_rulebook
from qc.store.database import Database
from qc.store.first_contacts import PERIOD, GroupBy, find_first_contacts, summarise_first_contacts
from qc.store.follow_ups import FollowUpState, LeadInShort, find_callbacks, find_follow_ups, plan_stale
from qc.store.paging import now
from qc.store.settings import Settings

STATES = {FollowUpState.OVERDUE: "逾期", FollowUpState.DUE: "今天", FollowUpState.UPCOMING: "以后"}
KINDS = {CallbackKind.LOST: "战败", CallbackKind.DORMANT: "休眠", CallbackKind.STALLED: "停滞"}

Consultant = Annotated[str | None, typer.Option(help="Only this consultant's.")]
Store = Annotated[str | None, typer.Option(help="Only this store's.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


def follow_ups(
    *,
    consultant: Consultant = None,
    store: Store = None,
    state: Annotated[FollowUpState | None, typer.Option(help="Only what is overdue, due or upcoming.")] = None,
    limit: int = 50,
    as_json: AsJson = False,
) -> None:
    """List what there is to do about leads: when, by which means, and why; the earliest first."""
    database, planner = _planned()
    working = planner.working
    with database.reading() as session:
        page = find_follow_ups(session, now(), working, consultant=consultant, store=store, state=state, limit=limit)
    if as_json:
        _print_lines(page.items)
        return
    table = Table("", "时间", "最晚", "线索", "客户", "顾问", "方式", "为什么", "可以谈")
    for one in page.items:
        reminder = one.reminder
        table.add_row(
            STATES[one.state],
            f"{working.local(reminder.at):%m-%d %H:%M}",
            f"{working.local(reminder.by):%m-%d %H:%M}",
            *_who(one.lead),
            reminder.means.value,
            "；".join(reason.text for reason in reminder.reasons),
            "；".join(one.talk),
        )
    _show(table, more=page.next_cursor is not None, limit=limit)


def callbacks(
    *,
    kind: Annotated[CallbackKind | None, typer.Option(help="Only lost, dormant or stalled ones.")] = None,
    consultant: Consultant = None,
    store: Store = None,
    limit: int = 50,
    as_json: AsJson = False,
) -> None:
    """List leads worth a return call by 客服, with why, and which of the ten questions are answered."""
    database, _ = _planned()
    with database.reading() as session:
        page = find_callbacks(session, now(), kind=kind, consultant=consultant, store=store, limit=limit)
    if as_json:
        _print_lines(page.items)
        return
    table = Table("", "线索", "客户", "顾问", "为什么", "已经知道", "还要问")
    for one in page.items:
        table.add_row(
            KINDS[one.callback.kind],
            *_who(one.lead),
            "；".join(reason.text for reason in one.callback.reasons),
            "；".join(f"{answer.title}：{answer.value}" for answer in one.answers if answer.value is not None),
            "、".join(answer.title for answer in one.answers if answer.value is None),
        )
    _show(table, more=page.next_cursor is not None, limit=limit)


def first_contacts(
    *,
    consultant: Consultant = None,
    store: Store = None,
    late: Annotated[bool | None, typer.Option(help="Only those called late or overdue, or only the others.")] = None,
    by: Annotated[GroupBy | None, typer.Option(help="Sum up the last 30 days by consultant or store.")] = None,
    limit: int = 50,
    as_json: AsJson = False,
) -> None:
    """List how soon new leads were called, in working minutes, and which should go to somebody else."""
    database, planner = _planned()
    moment = now()
    with database.reading() as session:
        if by is not None:
            groups = summarise_first_contacts(session, moment, planner, by, since=moment - PERIOD, until=moment)
            table = Table(by, "线索", "已打", "及时", "迟", "未打", "中位分钟", "回报迟")
            for group in groups:
                row = group.promptness
                counts = (
                    row.leads,
                    row.called,
                    row.in_time,
                    row.late,
                    row.waiting,
                    row.median_minutes,
                    row.feedback_late,
                )
                table.add_row(group.name or "—", *("—" if count is None else f"{count}" for count in counts))
            if as_json:
                _print_lines(groups)
            else:
                _console().print(table)
            return
        page = find_first_contacts(session, moment, planner, consultant=consultant, store=store, late=late, limit=limit)
    if as_json:
        _print_lines(page.items)
        return
    table = Table("建立", "线索", "客户", "顾问", "首次通话", "分钟", "建议")
    for one in page.items:
        created = f"{planner.working.local(one.at):%m-%d %H:%M}"
        table.add_row(created, *_who(one.lead), *_called(one.contact, planner.working), one.contact.reassign or "")
    _show(table, more=page.next_cursor is not None, limit=limit)


def _called(contact: FirstContact, working: WorkingTime) -> tuple[str, str]:
    when = "未打" if contact.called_at is None else f"{working.local(contact.called_at):%m-%d %H:%M}"
    return when, f"{contact.call_minutes:g}" + ("（迟）" if contact.call_late else "")


def _who(lead: LeadInShort) -> tuple[str, str, str]:
    grade = "" if lead.letter is None else f" {lead.letter.value}"
    return lead.external_id + grade, lead.customer or "", lead.consultant or ""


def _show(table: Table, *, more: bool, limit: int) -> None:
    _console().print(table)
    if more:
        Console(stderr=True).print(f"only the first {limit}; see more with --limit", highlight=False)


def _console() -> Console:
    """For words of customers and of other systems, which are no markup."""
    return Console(markup=False, emoji=False, highlight=False)


def _print_lines(items: tuple[Record, ...]) -> None:
    for item in items:
        typer.echo(json.dumps(item.model_dump(mode="json"), ensure_ascii=False))


def _planned() -> tuple[Database, Planner]:
    """The database, with a plan for every lead, and the rules it was planned by."""
    settings = Settings.read()
    planner = Planner.by(load_rulebook(settings.lexicons), settings.zone)
    database = open_database(settings)
    while plan_stale(database, planner):
        pass
    return database, planner
