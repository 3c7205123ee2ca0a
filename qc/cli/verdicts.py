"""``qc verdict``: what reviewers say about findings, without the review desk."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer
from rich.console import Console

from qc.cli.stored import inspection_named, open_database, recording_named
from qc.cli.verdict_text import KINDS, OUTCOMES, name_of, print_appeals, print_findings
from qc.domain import Category, Evidence
from qc.errors import BadInput, NotFound
from qc.grade import Grader
from qc.inspecting import make_grader
from qc.review import Appeal, AppealOutcome, Decision, DismissReason, Person, Verdict, VerdictKind
from qc.rulebook import load_rulebook
from qc.store.appeals import NewDecision, add_appeal, add_decision, find_appeals
from qc.store.inspections import require_inspection
from qc.store.records import StoredInspection
from qc.store.settings import Settings
from qc.store.trails import count_unreviewed, read_trails, trails_of_findings
from qc.store.verdicts import NewVerdict, add_verdict

app = typer.Typer(help="Verdicts on findings, appeals and their decisions.", no_args_is_help=True)

FINDING: Final = re.compile(r"(?P<category>[a-z-]+)@(?P<utterance>\d{1,9}):(?P<start>\d{1,9})-(?P<end>\d{1,9})")

Recording = Annotated[str, typer.Argument(help="The recording's id, or its external id.")]
Named = Annotated[str, typer.Argument(help="The finding as `qc verdict list` prints it: overpromise@2:4-14.")]
Who = Annotated[str, typer.Option("--reviewer", envvar="QC_REVIEWER", help="Who you are.")]
Comment = Annotated[str, typer.Option(help="In your own words.")]
After = Annotated[str | None, typer.Option(help="The verdict that you overrule, as `qc verdict list` prints it.")]
Reason = Annotated[DismissReason, typer.Option(help="Why it is a false alarm.")]


@app.command("list")
def list_(recording: Recording) -> None:
    """Show the findings of a call, what holds of each, and everything that was said about it."""
    settings = Settings.read()
    with open_database(settings).reading() as session:
        stored = recording_named(session, recording)
        inspected = require_inspection(session, stored.id)
        trails = read_trails(session, stored.id)
    findings = inspected.inspection.findings
    continued = trails_of_findings(findings, trails, inspected.transcript_id)
    theirs = {trail.id for trail in continued if trail is not None}
    others = [trail for trail in trails if trail.id not in theirs]
    console = Console()
    waiting = count_unreviewed(findings, trails, inspected.transcript_id)
    console.print(
        f"{stored.external_id or stored.id} {stored.agent or ''}：查出 {len(findings)} 处，未判 {waiting} 处，"
        f"另有 {len(others)} 处人工意见",
        highlight=False,
        markup=False,
    )
    print_findings(
        console,
        [*zip(findings, continued, strict=True), *((None, trail) for trail in others)],
        inspected.transcript,
        settings.zone,
    )


@app.command()
def confirm(recording: Recording, finding: Named, reviewer: Who, comment: Comment = "", after: After = None) -> None:
    """Say that a finding is right."""
    new = _named(finding, VerdictKind.CONFIRM, comment=comment, after=after)
    _give(recording, new, reviewer)


@app.command()
def dismiss(
    recording: Recording, finding: Named, reviewer: Who, reason: Reason, comment: Comment = "", after: After = None
) -> None:
    """Say that a finding is a false alarm, and why."""
    new = _named(finding, VerdictKind.DISMISS, reason=reason, comment=comment, after=after)
    _give(recording, new, reviewer)


@app.command()
def recategorise(
    recording: Recording,
    finding: Named,
    category: Annotated[Category, typer.Argument(help="What the words are instead.")],
    reviewer: Who,
    comment: Comment = "",
    after: After = None,
) -> None:
    """Say that the words of a finding are of another category."""
    new = _named(finding, VerdictKind.RECATEGORISE, new_category=category, comment=comment, after=after)
    _give(recording, new, reviewer)


@app.command()
def comment(
    recording: Recording, finding: Named, words: Annotated[str, typer.Argument(help="The remark.")], reviewer: Who
) -> None:
    """Remark on a finding without judging it."""
    _give(recording, _named(finding, VerdictKind.COMMENT, comment=words), reviewer)


@app.command()
def add(
    recording: Recording,
    category: Annotated[Category, typer.Argument(help="What the words are.")],
    words: Annotated[str, typer.Argument(help="The words as the transcript has them.")],
    reviewer: Who,
    utterance: Annotated[int | None, typer.Option(min=0, help="Which utterance, where several say so.")] = None,
    comment: Comment = "",
) -> None:
    """Add what the machine missed, by its words."""
    with open_database().reading() as session:
        inspected = inspection_named(session, recording)
    place = _find_words(inspected, words, utterance)
    new = NewVerdict(kind=VerdictKind.ADD, category=category, comment=comment, **place.model_dump(exclude={"quote"}))
    _give(recording, new, reviewer)


@app.command()
def appeal(
    verdict: Annotated[str, typer.Argument(help="The verdict's id.")],
    reason: Annotated[str, typer.Argument(help="Why it is wrong.")],
    consultant: Annotated[str, typer.Option(envvar="QC_REVIEWER", help="Who appeals.")],
) -> None:
    """Object to a verdict; it stands until a second reviewer decides."""
    with open_database().writing() as session:
        made = add_appeal(session, verdict, reason, _person(consultant))
    _told(made, "申诉")


@app.command()
def appeals(
    *, everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False, limit: int = 50
) -> None:
    """List the appeals that wait for a decision, newest first."""
    settings = Settings.read()
    with open_database(settings).reading() as session:
        page = find_appeals(session, is_open=None if everything else True, limit=limit)
    console = Console()
    print_appeals(console, page.items, settings.zone)
    console.print(f"{len(page.items)} 件" + ("，还有更多" if page.next_cursor else ""), highlight=False)


@app.command()
def decide(
    appeal: Annotated[str, typer.Argument(help="The appeal's id.")],
    outcome: Annotated[AppealOutcome, typer.Argument(help="What becomes of the verdict.")],
    reviewer: Who,
    reason: Annotated[DismissReason | None, typer.Option(help="Why it is a false alarm; to dismiss.")] = None,
    category: Annotated[Category | None, typer.Option(help="What the words are instead; to recategorise.")] = None,
    comment: Comment = "",
) -> None:
    """Decide an appeal, as another reviewer than the one whose verdict it is about."""
    new = NewDecision(outcome=outcome, new_category=category, reason=reason, comment=comment)
    settings = Settings.read()
    grader = _grader(settings)  # before the database is held for writing
    with open_database(settings).writing() as session:
        made = add_decision(session, appeal, new, _person(reviewer), lambda: grader)
    _told(made, f"裁定{OUTCOMES[outcome]}")


def _named(
    name: str,
    kind: VerdictKind,
    *,
    comment: str,
    after: str | None = None,
    reason: DismissReason | None = None,
    new_category: Category | None = None,
) -> NewVerdict:
    written = FINDING.fullmatch(name.strip())
    if written is None or written["category"] not in list(Category):
        raise BadInput(
            "bad-finding",
            f"{name!r} does not name a finding.",
            way_out="Copy it from `qc verdict list RECORDING`, e.g. overpromise@2:4-14.",
        )
    return NewVerdict(
        kind=kind,
        category=Category(written["category"]),
        utterance=int(written["utterance"]),
        start=int(written["start"]),
        end=int(written["end"]),
        comment=comment,
        after=after,
        reason=reason,
        new_category=new_category,
    )


def _find_words(inspected: StoredInspection, words: str, utterance: int | None) -> Evidence:
    places = [
        Evidence(utterance=index, start=found.start(), end=found.end(), quote=words)
        for index, said in enumerate(inspected.transcript.utterances)
        if words and utterance in {None, index}
        for found in re.finditer(re.escape(words), said.text)
    ]
    if not places:
        raise NotFound("no-such-words", f"Nobody says {words!r}.", way_out="Copy the words from the transcript.")
    if len({place.utterance for place in places}) > 1:
        said = ", ".join(str(place.utterance) for place in places)
        raise BadInput("words-not-unique", f"Utterances {said} have these words.", way_out="Choose with --utterance.")
    return places[0]


def _person(name: str) -> Person:
    if not 0 < len(name.strip()) <= 200:  # noqa: PLR2004 - as long as the database keeps names
        raise BadInput("bad-name", "A name has 1 to 200 characters.", where="--reviewer")
    return Person(name=name.strip())


def _give(recording: str, new: NewVerdict, reviewer: str) -> None:
    settings = Settings.read()
    grader = _grader(settings)  # before the database is held for writing
    with open_database(settings).writing() as session:
        about = recording_named(session, recording).id
        made = add_verdict(session, about, new, _person(reviewer), lambda: grader)
    _told(made, f"{KINDS[made.kind]} {name_of(made.category, made.place)} “{made.place.quote}”")


def _grader(settings: Settings) -> Grader:
    return make_grader(load_rulebook(settings.lexicons), settings)


def _told(made: Verdict | Appeal | Decision, what: str) -> None:
    Console().print(f"{made.by.name} {what}  {made.id}", highlight=False, markup=False, soft_wrap=True)
