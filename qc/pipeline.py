"""The whole product on one page: a transcript in, an inspection out. Pure, and milliseconds fast."""

from __future__ import annotations

from qc.conduct import judge_conduct, measure_conduct
from qc.domain import Call, Category, Grade, Inspection, Letter, MadeWith, Transcript
from qc.doubt import in_whole, without_doubted
from qc.grade import Grader
from qc.judgement import Model
from qc.memo import settle_memo, write_memo
from qc.phrases import find_omissions, find_phrases
from qc.rulebook import Rulebook
from qc.scorecard import choose_card, score_call
from qc.silence import connected_at
from qc.tags import find_tags


def inspect_call(
    call: Call, transcript: Transcript, rulebook: Rulebook, grader: Grader, model: Model | None = None
) -> Inspection:
    """What we conclude about one call: findings, conduct, scorecard, memo, tags and grade, with their evidence.

    Doubted utterances count as silence: nothing is concluded from them, and what is concluded from the others is the
    same with and without them, but that announcements and ringing say when the parties were connected. Without
    ``model``, the learned one of findings, the rules judge alone. The same arguments give the same inspection, on every
    machine and at every time.
    """
    said, places = without_doubted(transcript)
    figures = measure_conduct(said, rulebook.conduct, connected_ms=connected_at(transcript))
    conduct = judge_conduct(figures, said, rulebook.conduct)
    by_rules = find_phrases(said, rulebook.phrases)
    phrases = by_rules if model is None else model.judge(said, by_rules, once=rulebook.phrases.reported_once)
    card = choose_card(call, said, rulebook.scorecards)
    draft = write_memo(call, said, rulebook)
    grade = grader.grade(call, said, draft, phrases)
    memo = settle_memo(draft, grade, call, said, rulebook)
    omissions = () if _is_ordered_before(grade, said) else find_omissions(said, rulebook.phrases, phrases)
    if memo.appointment is not None:  # however it was offered
        omissions = tuple(each for each in omissions if each.category is not Category.NO_NEXT_STEP)
    findings = phrases + tuple(each for each in omissions if card is None or card.wants(each.category))
    inspection = Inspection(
        findings=findings,
        conduct=conduct,
        scorecard=score_call(findings, conduct, card, card.answers(rulebook.vehicles) if card else ()),
        memo=memo,
        grade=grade,
        made_with=MadeWith(
            rulebook=rulebook.version,
            recogniser=said.recogniser,
            grader=grader.version,
            model=None if model is None else model.version,
        ),
        tags=find_tags(said, memo, rulebook),
        draft=None if memo == draft else draft,
    )
    return inspection if said is transcript else in_whole(inspection, places)


def _is_ordered_before(grade: Grade, said: Transcript) -> bool:
    """Whether the customer called with an order that stands, and did not place it in this call: nothing is to be sold.

    Of 105 calls of ``lexicons/calls`` in whose first half the order is spoken of, no label names a missing line.
    """
    told = [evidence.utterance for reason in grade.reasons for evidence in reason.evidence]
    return grade.letter is Letter.O and bool(told) and 2 * min(told) < len(said.utterances)
