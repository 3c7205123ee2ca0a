"""How the call was held: who talked how much, cut in, fell silent, asked. Figures first, remarks apart from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from qc.asking import bare_words, is_backchannel, questions_in, unanswered_questions
from qc.domain import (
    Conduct,
    ConductRemark,
    Evidence,
    Record,
    Share,
    Speaker,
    Stretch,
    Timing,
    Transcript,
    Utterance,
)
from qc.rulebook.conduct import ConductLimits, Figure, Limit
from qc.silence import Silences, find_silences, hangup, pickup

MS_PER_MINUTE = 60_000


class _Run(Record):
    """One party's speech without a real pause: the recogniser may have cut it into several utterances."""

    speaker: Speaker
    start_ms: int
    end_ms: int
    first: int
    last: int
    characters: int
    backchannel: bool

    @property
    def stretch(self) -> Stretch:
        only = self.first if self.first == self.last else None
        return Stretch(start_ms=self.start_ms, end_ms=self.end_ms, utterance=only)


def measure_conduct(transcript: Transcript, limits: ConductLimits, *, connected_ms: int = 0) -> Conduct:
    """The figures of this call, without remarks; ``connected_ms`` is when the parties may begin to speak.

    A figure is None (or its party is missing from ``interruptions``) where it cannot be known: figures that need
    recorded times for a chat or a text, figures by party where too much of the speech has no known speaker.
    Pace counts characters without punctuation over the time of the party's own utterances, the definition of
    Huawei Cloud's speech-speed rule.
    """
    spoken = [(i, utterance) for i, utterance in enumerate(transcript.utterances) if _characters(utterance.text)]
    recorded = transcript.timing is Timing.RECORDED
    parties_known = _parties_known(spoken, recorded=recorded, limits=limits)
    runs = _runs(spoken, limits) if recorded else ()
    heard = recorded and transcript.recogniser != "text"  # written times do not say when the line was closed
    silences = find_silences(spoken, limits) if recorded else Silences((), ())
    cuts = {
        "agent": _interruptions(runs, Speaker.AGENT, limits),
        "customer": _interruptions(runs, Speaker.CUSTOMER, limits),
    }
    by_time = recorded and parties_known
    asked = [
        question
        for _, utterance in spoken
        if utterance.speaker is Speaker.AGENT
        for question in questions_in(utterance.text, limits.questions)
    ]
    openly = sum(question.is_open for question in asked)
    return Conduct(
        talk_share=_talk_share(spoken, recorded=recorded) if parties_known else Share(),
        longest_monologue=_longest_monologue(runs, limits) if by_time else None,
        interruptions=cuts if by_time and spoken else {},
        dead_air=silences.dead_air,
        dead_air_ms=sum(s.end_ms - s.start_ms for s in silences.dead_air) if recorded and spoken else None,
        holds=silences.holds,
        pace=_pace(spoken, limits) if by_time else Share(),
        response_delay_ms=_response_delay(runs) if by_time else None,
        agent_questions=len(asked),
        open_questions=openly if parties_known else None,
        closed_questions=len(asked) - openly if parties_known else None,
        unanswered=unanswered_questions(transcript.utterances, limits) if parties_known else None,
        pickup=pickup(spoken, connected_ms) if by_time and heard else None,
        hangup=hangup(spoken, transcript.duration_ms, limits) if by_time and heard else None,
        sound=transcript.sound,
    )


def judge_conduct(conduct: Conduct, transcript: Transcript, limits: ConductLimits) -> Conduct:
    """The same conduct with a remark for every figure outside its limit, in the rulebook's order."""
    length = sum(1 for utterance in transcript.utterances if _characters(utterance.text))
    remarks = [
        _remark(limit, value, conduct, transcript)
        for limit in limits.limits
        if length >= limit.from_utterances
        and (value := limit.figure.of(conduct)) is not None
        and limit.is_passed_by(value)
    ]
    return conduct.model_copy(update={"remarks": tuple(remarks)})


def _characters(text: str) -> int:
    return len(bare_words(text))


Spoken = Sequence[tuple[int, Utterance]]
"""The utterances with words in them, each with its index in the transcript."""


def _parties_known(spoken: Spoken, *, recorded: bool, limits: ConductLimits) -> bool:
    amounts = {speaker: _amount(spoken, speaker, recorded=recorded) for speaker in Speaker}
    total = sum(amounts.values())
    return total > 0 and amounts[Speaker.UNKNOWN] <= limits.max_unknown_share * total


def _amount(spoken: Spoken, speaker: Speaker, *, recorded: bool) -> int:
    own = [utterance for _, utterance in spoken if utterance.speaker is speaker]
    return _speaking_ms(own) if recorded else sum(_characters(utterance.text) for utterance in own)


def _speaking_ms(utterances: Iterable[Utterance]) -> int:
    """Time with speech in it; utterances that overlap are counted once."""
    total, until = 0, 0
    for utterance in sorted(utterances, key=lambda utterance: utterance.start_ms):
        total += max(0, utterance.end_ms - max(utterance.start_ms, until))
        until = max(until, utterance.end_ms)
    return total


def _talk_share(spoken: Spoken, *, recorded: bool) -> Share:
    agent = _amount(spoken, Speaker.AGENT, recorded=recorded)
    customer = _amount(spoken, Speaker.CUSTOMER, recorded=recorded)
    return Share(
        agent=round(agent / (agent + customer), 4),
        customer=round(customer / (agent + customer), 4),
    )


def _pace(spoken: Spoken, limits: ConductLimits) -> Share:
    def of(speaker: Speaker) -> float | None:
        own = [utterance for _, utterance in spoken if utterance.speaker is speaker]
        characters, speaking_ms = sum(_characters(utterance.text) for utterance in own), _speaking_ms(own)
        if characters < limits.pace_min_characters or speaking_ms == 0:
            return None
        return round(characters * MS_PER_MINUTE / speaking_ms, 1)

    return Share(agent=of(Speaker.AGENT), customer=of(Speaker.CUSTOMER))


def _runs(spoken: Spoken, limits: ConductLimits) -> tuple[_Run, ...]:
    """Each party's utterances joined where its own pause is short, in order of their starts."""
    runs: list[_Run] = []
    for speaker in (Speaker.AGENT, Speaker.CUSTOMER):
        latest: _Run | None = None
        for i, utterance in spoken:
            if utterance.speaker is not speaker:
                continue
            backchannel = is_backchannel(utterance.text, limits)
            if latest and utterance.start_ms - latest.end_ms <= limits.same_breath_ms:
                latest = _Run(
                    speaker=speaker,
                    start_ms=latest.start_ms,
                    end_ms=max(latest.end_ms, utterance.end_ms),
                    first=latest.first,
                    last=i,
                    characters=latest.characters + _characters(utterance.text),
                    backchannel=latest.backchannel and backchannel,
                )
                runs[-1] = latest
            else:
                latest = _Run(
                    speaker=speaker,
                    start_ms=utterance.start_ms,
                    end_ms=utterance.end_ms,
                    first=i,
                    last=i,
                    characters=_characters(utterance.text),
                    backchannel=backchannel,
                )
                runs.append(latest)
    return tuple(sorted(runs, key=lambda run: (run.start_ms, run.first)))


def _longest_monologue(runs: Sequence[_Run], limits: ConductLimits) -> Stretch | None:
    """The agent's longest stretch that neither the customer's words nor dead air end."""
    longest: Stretch | None = None
    current: Stretch | None = None
    for run in runs:
        if run.speaker is Speaker.CUSTOMER:
            current = current if run.backchannel else None
            continue
        if current and run.start_ms - current.end_ms <= limits.dead_air_ms:
            current = Stretch(start_ms=current.start_ms, end_ms=max(current.end_ms, run.end_ms))
        else:
            current = run.stretch
        if longest is None or current.end_ms - current.start_ms > longest.end_ms - longest.start_ms:
            longest = current
    return longest


def _interruptions(runs: Sequence[_Run], party: Speaker, limits: ConductLimits) -> tuple[Stretch, ...]:
    """Where the party began to speak while the other one had been speaking, and both went on long enough."""
    rule = limits.interruption
    cuts = []
    for run in runs:
        if run.speaker is not party or run.backchannel or run.characters < rule.min_characters:
            continue
        overlaps = [
            min(run.end_ms, other.end_ms) - run.start_ms
            for other in runs
            if other.speaker is not party and other.start_ms <= run.start_ms - rule.other_speaking_ms
        ]
        overlap = max(overlaps, default=0)
        if overlap >= rule.overlap_ms:
            cuts.append(Stretch(start_ms=run.start_ms, end_ms=run.start_ms + overlap, utterance=run.first))
    return tuple(cuts)


def _response_delay(runs: Sequence[_Run]) -> int | None:
    """The median pause before the agent answers the customer's words; an answer that overlaps them waits 0 ms."""
    delays = [
        max(0, answer.start_ms - words.end_ms)
        for words, answer in pairwise(run for run in runs if not (run.speaker is Speaker.CUSTOMER and run.backchannel))
        if words.speaker is Speaker.CUSTOMER and answer.speaker is Speaker.AGENT
    ]
    return round(median(delays)) if delays else None


# ---------------------------------------------------------------- remarks


def _remark(limit: Limit, value: float, conduct: Conduct, transcript: Transcript) -> ConductRemark:
    reason = limit.reason.replace("{value}", figure_in_words(limit.figure, value))
    return ConductRemark(
        rule_id=limit.id,
        severity=limit.severity,
        value=value,
        limit=limit.bound,
        reason=reason.replace("{limit}", figure_in_words(limit.figure, limit.bound)),
        evidence=_evidence(limit.figure, conduct, transcript),
    )


def figure_in_words(figure: Figure, value: float) -> str:
    """The value with its unit, in Chinese; a median of counts may lie between two."""
    match figure:
        case Figure.TALK_SHARE:
            return f"{value:.0%}"
        case Figure.CLIPPING:
            return f"{value:.1%}"
        case Figure.PACE | Figure.LOUDNESS:
            return f"{value:.0f} {_UNITS[figure]}"
        case Figure.INTERRUPTIONS:
            return f"{value:g} 次"
        case Figure.QUESTIONS | Figure.OPEN_QUESTIONS | Figure.UNANSWERED:
            return f"{value:g} 个问题"
        case _:
            return f"{value / 1000:.1f} 秒"


_UNITS = {Figure.PACE: "字", Figure.LOUDNESS: "分贝"}


def _evidence(figure: Figure, conduct: Conduct, transcript: Transcript) -> tuple[Evidence, ...]:
    """The utterances where it happened; none for a figure of the whole call."""
    utterances = transcript.utterances
    match figure:
        case Figure.LONGEST_MONOLOGUE if conduct.longest_monologue:
            span = conduct.longest_monologue
            told = [
                i
                for i, utterance in enumerate(utterances)
                if utterance.speaker is Speaker.AGENT
                and span.start_ms <= utterance.start_ms
                and utterance.end_ms <= span.end_ms
            ]
        case Figure.INTERRUPTIONS:
            told = [cut.utterance for cut in conduct.interruptions["agent"] if cut.utterance is not None]
        case Figure.UNANSWERED:
            return conduct.unanswered or ()
        case Figure.HANGUP if conduct.hangup:
            told = [at for at in (conduct.hangup.utterance,) if at is not None]
        case Figure.DEAD_AIR:
            # The words before each silence: what was being waited for.
            told = [
                max(i for i, utterance in enumerate(utterances) if utterance.end_ms == silence.start_ms)
                for silence in conduct.dead_air
            ]
        case _:
            told = []
    return tuple(_whole(i, utterances[i]) for i in told if _characters(utterances[i].text))


def _whole(i: int, utterance: Utterance) -> Evidence:
    return Evidence(utterance=i, start=0, end=len(utterance.text), quote=utterance.text)
