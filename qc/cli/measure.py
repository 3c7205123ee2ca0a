"""``qc evaluate`` and ``qc bench``: how right and how fast, as reports to keep in ``docs/``."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress

from qc.cli.stored import open_database
from qc.cli.up import SAMPLES
from qc.errors import BadSettings
from qc.inspecting import findings_model, grade_model, make_grader
from qc.measure.bank import BankReport, evaluate_bank
from qc.measure.corrected import measure_corrected
from qc.measure.curve import write_curve
from qc.measure.evaluate import evaluate_audio, evaluate_calls
from qc.measure.graders import Graders
from qc.measure.learned import Learned, by_folds, by_one_model
from qc.measure.matching import Matching
from qc.measure.peers import PeerReport, measure_peers
from qc.measure.report import Report
from qc.measure.show import render, to_markdown
from qc.rulebook import Rulebook, load_rulebook
from qc.store.corrections import each_corrected_memo
from qc.store.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qc.grade import Grader
    from qc.measure.show import Shown


CALLS: Final = Path("tests/evaluation/calls")


class Form(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


FormOption = Annotated[Form, typer.Option("--format", help="table for people, markdown for docs/, json for programs.")]
ModelOption = Annotated[str | None, typer.Option(help="Whisper model: a size, a name or a folder.")]


def evaluate(
    calls: Annotated[Path, typer.Option(help="Folder of annotated calls.")] = CALLS,
    only: Annotated[str, typer.Option(help="Which calls, as a pattern on names: 'dc-*'.")] = "*",
    audio: Annotated[
        list[Path] | None, typer.Option(help="Folder of their recordings with .turns.json; repeat for several.")
    ] = None,
    bare: Annotated[  # noqa: FBT002 - the command line calls it by name
        bool, typer.Option("--bare", help="With --audio: hear with bare faster-whisper too; takes twice as long.")
    ] = False,
    bank: Annotated[Path | None, typer.Option(help="A file of labelled utterances instead of calls.")] = None,
    peers: Annotated[
        Path | None, typer.Option(help="A folder of other projects' cases of spoken days and hours instead of calls.")
    ] = None,
    clips: Annotated[
        Path | None,
        typer.Option(help="A table of clips with columns file and reference instead of calls; bare is beside."),
    ] = None,
    nothing_said: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--nothing-said", help="20 minutes of noise, tones and music instead of calls; bare is beside."),
    ] = False,
    curve: Annotated[
        Path | None, typer.Option(help="With --audio: an SVG to draw, precision and recall of second listens.")
    ] = None,
    folds: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--folds", help="Judge and grade each call or line by models that have not learned from it; minutes."
        ),
    ] = False,
    corrections: Annotated[  # noqa: FBT002
        bool, typer.Option("--corrections", help="Memos of this installation's calls by what consultants said of them.")
    ] = False,
    model: ModelOption = None,
    output: FormOption = Form.TABLE,
) -> None:
    """Measure findings, memo, grade and hearing.

    Against annotated calls, as text or with --audio from their recordings; or against labelled utterances (--bank),
    other projects' cases (--peers), short clips of people (--clips), or sound without speech (--nothing-said). "Bare" is faster-whisper with its
    defaults, Chinese, voice activity filter on, channel by channel, in the same run.
    """
    given = [name for name, on in (("--audio", audio), ("--bank", bank), ("--peers", peers), ("--clips", clips)) if on]
    given += ["--nothing-said"] if nothing_said else []
    given += ["--corrections"] if corrections else []
    if len(given) > 1:
        raise BadSettings("bad-option", f"{' and '.join(given)} measure different things.", way_out="Give one of them.")
    if curve and not audio:
        raise BadSettings("bad-option", "--curve goes with --audio.", way_out="Give --audio too, or leave --curve out.")
    if bare and not audio:
        raise BadSettings("bad-option", "--bare goes with --audio.", way_out="Give --audio too, or leave --bare out.")
    settings = Settings.read()
    if corrections:
        _print(_evaluate_corrections(settings), output)
        return
    if clips or nothing_said:
        _print(_evaluate_sound(clips, model or settings.whisper_model, settings), output)
        return
    rulebook = load_rulebook(settings.lexicons)
    graders = _graders(settings, rulebook, folds=folds)
    learned = _learned(settings, rulebook, folds=folds)
    report: Report | BankReport | PeerReport
    if peers:
        report = measure_peers(peers)
    elif bank:
        report = evaluate_bank(bank, rulebook=rulebook, grader=graders, learned=learned)
    elif audio:
        from qc.measure.bare import hear_bare  # noqa: PLC0415 - text needs no speech model
        from qc.speech.engines import load_bare, load_recogniser  # noqa: PLC0415
        from qc.speech.expecting import expectations  # noqa: PLC0415

        name = model or settings.whisper_model
        recogniser = load_recogniser(name, settings.data_dir)
        with _bar() as progress:
            report = evaluate_audio(
                calls,
                audio,
                recogniser=recogniser,
                expecting=partial(expectations, settings.lexicons, rulebook),
                rulebook=rulebook,
                grader=graders,
                learned=learned,
                only=only,
                bare=partial(hear_bare, whisper=load_bare(name, settings.data_dir)) if bare else None,
                progress=progress,
            )
    else:
        report = evaluate_calls(calls, rulebook=rulebook, grader=graders, learned=learned, only=only)
    if curve and isinstance(report, Report) and report.matching:
        _draw(report.matching, curve)
    _print(report, output)


def _learned(settings: Settings, rulebook: Rulebook, *, folds: bool) -> Learned:
    """The models of findings and of wishes to judge with: those in use, or those of the folds."""
    if not folds:
        return by_one_model(findings_model(settings))
    from qc.cli.train import learn_from_all, wishes_left_out  # noqa: PLC0415 - loads scikit-learn
    from qc.measure.judgement import learn_by_folds  # noqa: PLC0415
    from qc.measure.memo_model import learn_by_folds as learn_wishes_by_folds  # noqa: PLC0415

    return by_folds(learn_by_folds(learn_from_all(rulebook)).models, learn_wishes_by_folds(wishes_left_out(rulebook)))


def _evaluate_corrections(settings: Settings) -> Shown:
    database = open_database(settings)
    with database.reading() as session:
        return measure_corrected(each_corrected_memo(session))


def _graders(settings: Settings, rulebook: Rulebook, *, folds: bool) -> Grader | Graders:
    """What grades: the model in use, or those of the folds."""
    if not folds:
        return Graders.of_one(make_grader(rulebook, settings), grade_model(settings))
    from qc.cli.train import graded_by_folds  # noqa: PLC0415 - loads scikit-learn

    return Graders.of_folds(graded_by_folds(rulebook, settings), rulebook.grading, settings.grading_preset)


def _draw(matching: Matching, path: Path) -> None:
    """The curve of second listens, with what matching does without them beside it."""
    ways = {"as heard": matching.heard, "respelled": matching.exact, "by sound alone": matching.sound}
    write_curve(
        path,
        matching.points(),
        marks={name: (tally.precision, tally.recall) for name, tally in ways.items()},
        title="Labelled words found, by what a second listen must say",
    )


def _evaluate_sound(clips: Path | None, model: str | None, settings: Settings) -> Shown:
    """Clips if there are some, else sound in which nothing is said."""
    from qc.measure.bare import hear_bare  # noqa: PLC0415 - text needs no speech model
    from qc.measure.clips import evaluate_clips  # noqa: PLC0415
    from qc.measure.nothing_said import evaluate_nothing_said  # noqa: PLC0415
    from qc.speech.engines import load_bare, load_recogniser  # noqa: PLC0415
    from qc.speech.expecting import expectations  # noqa: PLC0415

    recogniser = load_recogniser(model, settings.data_dir)
    bare = partial(hear_bare, whisper=load_bare(model, settings.data_dir))
    expecting = expectations(settings.lexicons, load_rulebook(settings.lexicons))
    with _bar() as progress:
        if clips:
            return evaluate_clips(clips, recogniser=recogniser, expecting=expecting, bare=bare, progress=progress)
        return evaluate_nothing_said(recogniser=recogniser, expecting=expecting, bare=bare, progress=progress)


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error, told a name and the part done."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda name, done: bar.update(task, description=name, completed=done)


def bench(
    recordings: Annotated[
        list[Path] | None, typer.Argument(help="Recordings to time; the sample calls if none is named.")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(help="Instead: memory after 20 and after this many calls, recordings in turn.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="Instead: peak memory over one call this long, made of the recordings.")
    ] = None,
    text: Annotated[  # noqa: FBT002
        bool, typer.Option("--text", help="Instead: inspection of annotated calls, beside other ways of matching.")
    ] = False,
    model: ModelOption = None,
    output: FormOption = Form.TABLE,
) -> None:
    """Time the whole pipeline beside bare faster-whisper, measure its memory, or time inspections from text.

    Without --calls, --hours or --text: file to inspection, and faster-whisper with its defaults, Chinese, voice
    activity filter on, channel by channel, one after the other on each recording; also how soon the first second is
    done.
    """
    given = (("--calls", calls is not None), ("--hours", hours is not None), ("--text", text))
    asked = [name for name, on in given if on]
    if len(asked) > 1:
        raise BadSettings("bad-option", f"{' and '.join(asked)} are two measurements.", way_out="Give one of them.")
    settings = Settings.read()
    rulebook = load_rulebook(settings.lexicons)
    grader = make_grader(rulebook, settings)
    if text:
        from qc.measure.text_bench import run_text_bench  # noqa: PLC0415 - flashtext is loaded only here

        _print(run_text_bench(CALLS, rulebook=rulebook, grader=grader, model=findings_model(settings)), output)
        return
    from qc.measure.bench import run_bench  # noqa: PLC0415 - loads the speech model's libraries
    from qc.measure.memory import run_long_call, run_many_calls  # noqa: PLC0415
    from qc.speech.engines import load_bare, load_recogniser  # noqa: PLC0415
    from qc.speech.expecting import expectations  # noqa: PLC0415

    name = model or settings.whisper_model
    paths = recordings or sorted(SAMPLES.glob("*.opus"))
    report: Shown
    with _bar() as progress:
        tell = partial(progress, "hearing")
        if hours is not None:
            report = run_long_call(paths, hours, model=name, settings=settings)
        elif calls is not None:
            recogniser = load_recogniser(name, settings.data_dir)
            report = run_many_calls(
                paths,
                calls,
                recogniser=recogniser,
                expecting=expectations(settings.lexicons, rulebook),
                rulebook=rulebook,
                grader=grader,
                progress=tell,
            )
        else:
            recogniser = load_recogniser(name, settings.data_dir)
            report = run_bench(
                paths,
                recogniser=recogniser,
                expecting=expectations(settings.lexicons, rulebook),
                bare=load_bare(name, settings.data_dir),
                rulebook=rulebook,
                grader=grader,
                progress=tell,
            )
    _print(report, output)


def _print(report: Shown, output: Form) -> None:
    if output is Form.JSON:
        typer.echo(report.model_dump_json())
    elif output is Form.MARKDOWN:
        typer.echo(to_markdown(report))
    else:
        render(report, Console())
