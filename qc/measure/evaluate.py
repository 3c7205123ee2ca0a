"""Running the inspection over annotated calls, as text or from their recordings, and scoring what it says."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from qc.domain import Dealer, MadeWith
from qc.errors import NotFound
from qc.measure.annotated import TURNS_SUFFIX, annotated_calls, read_annotated_call, read_recorded_turns
from qc.measure.domain_words import domain_words
from qc.measure.graders import Graders, as_graders
from qc.measure.hearing import Hearing, as_one, measure_hearing
from qc.measure.learned import RULES_ALONE
from qc.measure.matching import Matching, measure_matching, to_the_letter
from qc.measure.report import Report, make_report
from qc.measure.scoring import CallScore, score_inspection
from qc.pipeline import inspect_call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qc.domain import Utterance
    from qc.grade import Grader
    from qc.measure.learned import Learned
    from qc.rulebook import Rulebook
    from qc.speech.recogniser import Expectations, Recogniser


def evaluate_calls(
    folder: Path, *, rulebook: Rulebook, grader: Grader | Graders, learned: Learned = RULES_ALONE, only: str = "*"
) -> Report:
    """How far inspections of the calls' own text agree with the labels.

    ``only`` is a pattern on file names without ending (``da-*``), and names the set in the report: figures of calls
    that rules were written on and of calls put aside must not be mixed.

    Raises:
        NotFound: if no call matches.
        BadCall: naming the file and field that does not fit.
    """
    scores, alone, names = [], [], []
    graders = as_graders(grader)
    for call in annotated_calls(folder, only):
        transcript = call.transcript
        model = learned.model_of(call.id)
        names.append(call.id)
        rules = learned.rulebook_for(rulebook, call.id)
        by_rules = inspect_call(call.call, transcript, rules, graders.of(call.id))
        alone.append(score_inspection(call, transcript, by_rules))
        inspection = inspect_call(call.call, transcript, rules, graders.of(call.id), model) if model else by_rules
        scores.append(score_inspection(call, transcript, inspection))
    grader_name = graders.version + graders.about_calls(names)
    made_with = MadeWith(rulebook=rulebook.version, recogniser="text", grader=grader_name)
    about = learned.about_calls(names) + learned.about_wishes(names, rulebook)
    return make_report(only, scores, made_with, alone=learned.beside(alone), learned=about)


def evaluate_audio(
    calls: Path,
    recordings: Sequence[Path],
    *,
    recogniser: Recogniser,
    expecting: Callable[[Dealer], Expectations],
    rulebook: Rulebook,
    grader: Grader | Graders,
    learned: Learned = RULES_ALONE,
    only: str = "*",
    bare: Callable[[Path], Sequence[Sequence[Utterance]]] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Report:
    """How far inspections of recordings agree with the labels, and how well the recordings were heard.

    ``recordings`` are folders in which ``<call>.turns.json`` stands beside the recording of the call of that name in
    the folder ``calls``. Which channel is the agent's is not told. ``bare`` hears a recording's channels
    with bare faster-whisper, to be measured beside; it is told which is the agent's, since it knows no roles.
    ``progress`` gets the recording's name and 0 to 1.

    Raises:
        NotFound: if no recording matches, or one lacks its audio.
        BadCall, BadAudio: naming what cannot be used.
    """
    from qc.speech.transcribe import transcribe_recording  # noqa: PLC0415 - text needs no speech model

    timed = [
        path
        for folder in recordings
        for path in sorted(folder.glob(f"*{TURNS_SUFFIX}"))
        if fnmatchcase(path.name.removesuffix(TURNS_SUFFIX), only)
    ]
    if not timed:
        raise NotFound("no-calls", f"no recording matches {only!r}", where=", ".join(map(str, recordings)))
    graders = as_graders(grader)
    words = domain_words(rulebook.vehicles)
    letters = to_the_letter(rulebook.phrases)
    matching = Matching()
    scores: list[CallScore] = []
    alone: list[CallScore] = []
    hearing: list[Hearing] = []
    heard_with = recogniser.name
    for path in timed:
        turns = read_recorded_turns(path)
        call = read_annotated_call(calls / f"{path.name.removesuffix(TURNS_SUFFIX)}.json")
        audio = _audio_beside(path)
        name = f"{audio.parent.name}/{audio.name}"
        report_progress = (lambda done, name=name: progress(name, done)) if progress else None
        transcript = transcribe_recording(
            audio, recogniser, expecting=expecting(call.call.dealer), progress=report_progress
        )
        heard_with = transcript.recogniser
        model = learned.model_of(call.id)
        rules = learned.rulebook_for(rulebook, call.id)
        by_rules = inspect_call(call.call, transcript, rules, graders.of(call.id))
        alone.append(score_inspection(call, transcript, by_rules, turns.turns))
        inspection = inspect_call(call.call, transcript, rules, graders.of(call.id), model) if model else by_rules
        scores.append(score_inspection(call, transcript, inspection, turns.turns))
        plain = as_one(bare(audio), turns.agent_channel) if bare else None
        matching += measure_matching(call, transcript, turns.turns, rulebook.phrases, letters, plain)
        hearing.append(measure_hearing(call, turns, name, transcript, words, plain))
    names = [score.call for score in scores]
    grader_name = graders.version + graders.about_calls(names)
    made_with = MadeWith(rulebook=rulebook.version, recogniser=heard_with, grader=grader_name)
    return make_report(
        only,
        scores,
        made_with,
        hearing,
        matching,
        alone=learned.beside(alone),
        learned=learned.about_calls(names) + learned.about_wishes(names, rulebook),
    )


def _audio_beside(turns: Path) -> Path:
    stem = turns.name.removesuffix(TURNS_SUFFIX)
    found = [path for path in sorted(turns.parent.glob(f"{stem}.*")) if path.suffix != ".json"]
    if not found:
        raise NotFound("no-recording", "no recording stands beside the turn times", where=str(turns))
    return found[0]
