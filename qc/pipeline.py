"""The whole product on one page: a transcript in, an inspection out. Pure, and milliseconds fast."""

from __future__ import annotations

from qc.conduct import judge_conduct, measure_conduct
from qc.domain import Call, Inspection, MadeWith, Transcript
from qc.grade import Grader
from qc.memo import write_memo
from qc.phrases import find_omissions, find_phrases
from qc.rulebook import Rulebook
from qc.scorecard import score_call


def inspect_call(call: Call, transcript: Transcript, rulebook: Rulebook, grader: Grader) -> Inspection:
    """What we conclude about one call: findings, conduct, scorecard, memo and grade, each with its evidence.

    The same arguments give the same inspection, on every machine and at every time.
    """
    conduct = judge_conduct(measure_conduct(transcript, rulebook.conduct), transcript, rulebook.conduct)
    findings = find_phrases(transcript, rulebook.phrases) + find_omissions(transcript, rulebook.phrases)
    memo = write_memo(call, transcript, rulebook)
    grade = grader.grade(call, transcript, memo, findings)
    return Inspection(
        findings=findings,
        conduct=conduct,
        scorecard=score_call(findings, conduct, rulebook.scorecards),
        memo=memo,
        grade=grade,
        made_with=MadeWith(rulebook=rulebook.version, recogniser=transcript.recogniser, grader=grader.version),
    )
