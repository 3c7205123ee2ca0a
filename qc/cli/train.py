"""``qc train``: learn again what the service has learned from calls."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from qc.rulebook import SHIPPED, Rulebook, load_rulebook
from qc.store.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.grading_model import GradeModel
    from qc.measure.grade_training import LeftOut as GradesLeftOut
    from qc.measure.judgement import LeftOut
    from qc.measure.memo_model import LeftOut as WishesLeftOut

app = typer.Typer(help="Learn the shipped models again, from the same calls or from your own.", no_args_is_help=True)

EVALUATION = Path("tests/evaluation")
EXCHANGES = Path("tests/lexicons")
CASES = Path("tests/qc/memo/cases")
FIRST_SIGHT = "first_sight.json"
CALLS = (Path("tests/evaluation/practice"), SHIPPED / "talk")
"""What the shipped model of roles has learned from."""


@app.command()
def roles(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    calls: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of calls to learn from (.json, or .txt of 客服：… and 客户：…); repeat for several."),
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="Folder of calls to measure the model on, not to learn from.")
    ] = None,
) -> None:
    """Learn who talks like the agent; print how right that is on calls left out, and write the model."""
    from qc.measure.role_calls import training_calls  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.roles import measure_roles, to_json, train_roles  # noqa: PLC0415
    from qc.measure.show import render  # noqa: PLC0415

    model, report = train_roles(training_calls(calls or CALLS))
    for folder in test or ():
        measured = measure_roles(model, training_calls([folder]), folder.name)
        report = report.model_copy(update={"outcomes": (*report.outcomes, *measured)})
    out.write_text(to_json(model), encoding="utf-8")
    render(report, Console())


@app.command()
def findings(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    lines: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of more labelled lines, a JSON of category, label, before and text each; repeat for several."
        ),
    ] = None,
) -> None:
    """Learn which sentences are findings; print how right that is on calls left out, and write the model."""
    from qc.measure.judgement import train_findings  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.show import render  # noqa: PLC0415

    content, report = train_findings(learn_from_all(load_rulebook(Settings.read().lexicons), lines or ()))
    _replace(out, content)
    render(report, Console())


@app.command()
def grade(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    leads: Annotated[  # noqa: FBT002 - the command line calls it by name
        bool,
        typer.Option(
            "--leads",
            help="Learn from the stored leads too: orders, losses, visits and people's grades. The newest leads are "
            "put aside, and the file is written only if the new model is better on them than the one in use.",
        ),
    ] = False,
) -> None:
    """Learn what a lead is worth; print how right that is on calls left out, and write the model."""
    from qc.measure.grade_training import train_grade  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.show import render  # noqa: PLC0415

    settings = Settings.read()
    rulebook = load_rulebook(settings.lexicons)
    left_out = grade_left_out(rulebook, settings)
    if leads:
        _learn_from_leads(out, left_out, rulebook, settings)
        return
    content, report = train_grade(left_out, rulebook)
    _replace(out, content)
    render(report, Console())


def _learn_from_leads(out: Path, left_out: GradesLeftOut, rulebook: Rulebook, settings: Settings) -> None:
    from qc.grading_model import LearnedGrader, read_grade_model  # noqa: PLC0415
    from qc.ingest import open_service  # noqa: PLC0415
    from qc.inspecting import grade_model  # noqa: PLC0415
    from qc.measure.grade_leads import learn_from_leads, read_leads  # noqa: PLC0415
    from qc.measure.grade_training import train_grade  # noqa: PLC0415
    from qc.measure.show import render  # noqa: PLC0415

    model = grade_model(settings) or read_grade_model(train_grade(left_out, rulebook)[0])
    grader = LearnedGrader(model, rulebook.grading, settings.grading_preset)
    preset = rulebook.grading.presets[settings.grading_preset]
    known = read_leads(open_service(settings).database, grader, rulebook.grading, preset)
    content, report = learn_from_leads(known, model, left_out, rulebook)
    if report.replaced:
        _replace(out, content)
    render(report, Console())


@app.command()
def memo(
    out: Annotated[Path, typer.Option(help="Where to write the model; lexicons/wishes.npz is the one in use.")],
) -> None:
    """Learn what customers want and fear; print how right that is on talk left out, and write the model."""
    from qc.measure.memo_model import train_wishes  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.show import render  # noqa: PLC0415

    content, report = train_wishes(wishes_left_out(load_rulebook(Settings.read().lexicons)))
    _replace(out, content)
    render(report, Console())


def wishes_left_out(rulebook: Rulebook) -> WishesLeftOut:
    """What models of wishes learn from all the project's marked talk, fold by fold."""
    from qc.measure.memo_model import leave_out  # noqa: PLC0415
    from qc.measure.memo_talk import read_memo_talk  # noqa: PLC0415

    return leave_out(read_memo_talk(SHIPPED, EVALUATION), rulebook.needs)


@app.command()
def budget(
    out: Annotated[Path, typer.Option(help="Where to write the model; qc/memo/figures.json is the one in use.")],
) -> None:
    """Learn which of a customer's sums is the budget; print how right that is on sources left out, and write the model."""
    from qc.measure.exchanges import read_exchanges  # noqa: PLC0415
    from qc.measure.figures import train_figures  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.show import render  # noqa: PLC0415
    from qc.measure.sign_models import to_json  # noqa: PLC0415

    rulebook = load_rulebook(Settings.read().lexicons)
    model, report = train_figures(read_exchanges(SHIPPED, EVALUATION, CASES), rulebook)
    _replace(out, to_json(model).encode())
    render(report, Console())


class Days(StrEnum):
    """What to learn of the days spoken of."""

    BUYING = "buying"
    MEETING = "meeting"


@app.command()
def days(
    which: Annotated[Days, typer.Argument(help="When the customer means to buy, or to meet.")],
    out: Annotated[
        Path, typer.Option(help="Where to write the model; qc/memo/buying.json, qc/memo/meeting.json are in use.")
    ],
) -> None:
    """Learn which days spoken of are meant; print how right that is on sources left out, and write the model."""
    from qc.measure.days import Buying, Meeting, train_days  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.exchanges import read_exchanges  # noqa: PLC0415
    from qc.measure.show import render  # noqa: PLC0415
    from qc.measure.sign_models import to_json  # noqa: PLC0415

    wanted = Buying() if which is Days.BUYING else Meeting()
    model, report = train_days(read_exchanges(SHIPPED, EVALUATION, CASES), wanted)
    _replace(out, to_json(model).encode())
    render(report, Console())


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.replace(path)  # whoever reads it meanwhile reads the old one


def grade_left_out(rulebook: Rulebook, settings: Settings) -> GradesLeftOut:
    """What models of grades learn from all the project's graded talk, fold by fold."""
    from qc.inspecting import findings_model  # noqa: PLC0415
    from qc.measure.grade_talks import read_graded  # noqa: PLC0415
    from qc.measure.grade_training import leave_out  # noqa: PLC0415

    return leave_out(read_graded(SHIPPED, EVALUATION), rulebook, findings_model(settings))


def graded_by_folds(rulebook: Rulebook, settings: Settings) -> tuple[GradeModel, ...]:
    """The models of grades of the folds, by the fold they have not seen."""
    from qc.measure.grade_training import learn_by_folds  # noqa: PLC0415

    return learn_by_folds(grade_left_out(rulebook, settings))


def learn_from_all(rulebook: Rulebook, lines: Iterable[Path] = ()) -> LeftOut:
    """What models of findings learn from all the project's talk and these files of lines, fold by fold."""
    from qc.measure.first_sight import read_first_sight  # noqa: PLC0415
    from qc.measure.judged import read_judged  # noqa: PLC0415
    from qc.measure.judgement import leave_out  # noqa: PLC0415

    talks = read_judged(rulebook, SHIPPED, EVALUATION, EXCHANGES, lines)
    return leave_out(talks, rulebook.phrases, read_first_sight(EVALUATION / FIRST_SIGHT))


@app.command()
def first_sight(
    rules: Annotated[Path, typer.Option(help="Folder of a rulebook whose rules were not mended on this talk.")],
    only: Annotated[str, typer.Option(help="Which talk, as a pattern on its source.")] = "calls/*",
    out: Annotated[Path, typer.Option(help="What was kept before; this is added to it.")] = EVALUATION / FIRST_SIGHT,
) -> None:
    """Keep what a rulebook finds in labelled talk before its rules are mended on it; what is kept already stays."""
    from qc.measure.first_sight import read_first_sight, see_first, to_json  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.judged import read_judged  # noqa: PLC0415

    rulebook = load_rulebook(rules)
    talks = [
        talk for talk in read_judged(rulebook, SHIPPED, EVALUATION, EXCHANGES, ()) if fnmatchcase(talk.source, only)
    ]
    kept = read_first_sight(out) if out.exists() else None
    out.write_text(to_json(see_first(talks, rulebook, kept)), encoding="utf-8")
