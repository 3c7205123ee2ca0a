"""Why a rule found something in a call, and why it did not: what matched, what nearly did, and what stood in the way."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import regex
from pydantic import Field

from qc.domain import CATEGORY_TITLES, Category, Evidence, Finding, Probability, Record, Speaker, Transcript
from qc.errors import NotFound
from qc.judgement import CATEGORIES, Model
from qc.phonetics import SoundIndex
from qc.phrases import (
    LISTEN_ACCEPTED,
    Heard,
    find_omissions,
    is_sales_conversation,
    read_for_phrases,
    turns_held,
    unmet,
)
from qc.rulebook.patterns import alternatives, compiled
from qc.rulebook.phrases import MustSay, PhraseRule, PhraseRules
from qc.rulebook.shields import OWN, Shielding, shielded
from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Rule = PhraseRule | MustSay

NEAR_PER_SYLLABLE: Final = 0.35
"""How far a stretch's sounds may be from a phrase's to be told as near; a second listen asks for 0.25."""
NEAREST: Final = 3
"""So many near phrases are told of a rule."""
_SHORTEST_NEAR: Final = 4
"""Characters; of shorter ones everything is one character away."""
_PATIENCE_S: Final = 0.05


class TraceOutcome(StrEnum):
    """What came of a place that met a rule, or nearly met it."""

    FOUND = "found"
    SAID = "said"
    """A must-say line that was said."""
    EXCUSED = "excused"
    """The words around it take it back."""
    OUT_OF_PLACE = "out-of-place"
    """What the rule asks for before it, or in the call, is missing."""
    OTHER_PARTY = "other-party"
    """The other party said it."""
    OVERRULED = "overruled"
    """Another finding stands on these words, or the category is told once a call, or the model dismissed it."""
    REFUSED = "refused"
    """The wish was there, and the reply does not agree to it."""
    NOT_HEARD = "not-heard"
    """A second listen says that the phrase was not said."""
    NEAR = "near"
    """Only nearly the rule's words."""


OUTCOME_TITLES: Final = {
    TraceOutcome.FOUND: "已报",
    TraceOutcome.SAID: "说到了",
    TraceOutcome.EXCUSED: "放过",
    TraceOutcome.OUT_OF_PLACE: "条件不符",
    TraceOutcome.OTHER_PARTY: "说话人不符",
    TraceOutcome.OVERRULED: "未单独报",
    TraceOutcome.REFUSED: "没有应承",
    TraceOutcome.NOT_HEARD: "复听否定",
    TraceOutcome.NEAR: "接近",
}
_CONDITIONS: Final = {
    "before": "对方上一句不符合 before",
    "position": "不在 position 规定的通话开头或结尾",
    "unless_before": "对方上一句符合 unless_before",
    "earlier": "对方在前面没有说过 earlier 里的话",
    "after": "前面几轮里没有查出 after 要求的规则或类别",
}
_PARTY: Final = {Speaker.AGENT: "客服", Speaker.CUSTOMER: "客户", Speaker.UNKNOWN: "说话人不明"}


class Trace(Record):
    """One place of the call, and what came of it."""

    outcome: TraceOutcome
    place: Evidence
    why: str
    """In Chinese, for a reader."""
    pattern: str | None = None
    """The rule's pattern that matched there, as it is written in the lexicon."""
    phrase: str | None = None
    """The rule's phrase that it sounds like, or that was listened for."""
    distance: Annotated[float, Field(ge=0)] | None = None
    """By sound, from 0 (the very same), a syllable that is easily misheard counting half."""
    listened: Probability | None = None
    """A second listen's probability that ``phrase`` was said."""


class Likely(Record):
    """What the learned model makes of an utterance for the category."""

    utterance: int
    probability: Probability
    limit: Probability
    """From here on it is a finding."""
    alone: Probability | None = None
    """The probability by what reads no replies; None where the other party did not reply."""
    telling: str
    """The sentences that speak most for it."""


class RuleExplained(Record):
    """One rule and all its places in the call."""

    rule_id: str
    title: str
    status: str
    must_be_said: bool
    traces: tuple[Trace, ...]


class Explanation(Record):
    """Why there are findings of a rule or category in a call, and why there are no others."""

    category: Category
    findings: tuple[Finding, ...]
    rules: tuple[RuleExplained, ...]
    notes: tuple[str, ...] = ()
    """What holds for the whole call, in Chinese."""
    likely: tuple[Likely, ...] = ()
    """The utterances that the model holds likeliest, the likeliest first; empty without a model."""


def rules_named(name: str, rules: PhraseRules) -> tuple[Rule, ...]:
    """The rule of this id, or all rules of this category.

    Raises:
        NotFound: ``no-such-rule``.
    """
    every: tuple[Rule, ...] = (*rules.rules, *rules.must_say)
    chosen = tuple(rule for rule in every if name in (rule.id, str(rule.category)))
    if not chosen:
        raise NotFound(
            "no-such-rule",
            f"There is no rule or category {name}.",
            way_out="qc lexicons list shows the rules there are.",
        )
    return chosen


def explain(transcript: Transcript, chosen: Sequence[Rule], rules: PhraseRules, model: Model | None) -> Explanation:
    """What these rules, of one category, make of this call; doubted utterances are to be taken out before.

    Of a rule asked for by itself it is told what is near its words too.
    """
    heard, by_rules = read_for_phrases(transcript, rules)
    findings = by_rules if model is None else model.judge(transcript, by_rules, once=rules.reported_once)
    findings += find_omissions(transcript, rules, by_rules)  # whether anything was to be sold is the grade's to say
    category = chosen[0].category
    own = tuple(finding for finding in findings if finding.category is category)
    return Explanation(
        category=category,
        findings=own,
        rules=tuple(_explained(heard, rule, rules, findings, near=len(chosen) == 1) for rule in chosen),
        notes=tuple(_notes(heard, chosen, rules, own)),
        likely=() if model is None else _likely(heard, by_rules, category, model),
    )


def _explained(
    heard: Heard, rule: Rule, rules: PhraseRules, findings: Sequence[Finding], *, near: bool
) -> RuleExplained:
    traces = [trace for index in range(len(heard.utterances)) for trace in _exact(heard, index, rule, rules, findings)]
    if isinstance(rule, PhraseRule):
        traces += [trace for i in range(len(heard.utterances)) for trace in _assents(heard, i, rule, rules, findings)]
    traces += _listens(heard, rule, rules, findings)
    traces += [_own(finding, heard) for finding in findings if finding.rule_id == rule.id]
    if near:
        traces += _nearest(heard, rule, rules, {trace.place.utterance for trace in traces})
    told: dict[tuple[int, int, int], Trace] = {}
    for trace in sorted(traces, key=lambda trace: list(TraceOutcome).index(trace.outcome)):
        told.setdefault((trace.place.utterance, trace.place.start, trace.place.end), trace)
    return RuleExplained(
        rule_id=rule.id,
        title=rule.title,
        status=rule.status,
        must_be_said=isinstance(rule, MustSay),
        traces=tuple(sorted(told.values(), key=lambda trace: (trace.place.utterance, trace.place.start))),
    )


def _exact(heard: Heard, index: int, rule: Rule, rules: PhraseRules, findings: Sequence[Finding]) -> Iterator[Trace]:
    """Where the rule's patterns match letter for letter, and what came of it."""
    normalised = heard.normalised[index]
    for pattern in rule.say:
        for match in rules.any_of((pattern,)).finditer(normalised.text):
            at, to = normalised.original_span(*match.span())
            if at < to:
                excuse = shielded(rules.shields(rule), heard.utterances[index].text, normalised, match.span())
                outcome, why = _came_of(heard, index, (at, to), rule, rules, findings, excuse)
                yield Trace(outcome=outcome, place=_place(heard, index, at, to), why=why, pattern=pattern)


def _came_of(
    heard: Heard,
    index: int,
    span: tuple[int, int],
    rule: Rule,
    rules: PhraseRules,
    findings: Sequence[Finding],
    excuse: Shielding | None,
) -> tuple[TraceOutcome, str]:
    speaker = heard.utterances[index].speaker
    if speaker not in (rule.speaker, Speaker.UNKNOWN):
        return TraceOutcome.OTHER_PARTY, f"这是{_PARTY[speaker]}说的，规则只查{_PARTY[rule.speaker]}的话"
    if excuse is not None:
        return TraceOutcome.EXCUSED, _excused(excuse, rules)
    if isinstance(rule, MustSay):
        return TraceOutcome.SAID, "这句话做到了规则要求的话"
    missing = _missing(heard, index, rule, rules)
    if missing is not None:
        return TraceOutcome.OUT_OF_PLACE, missing
    return _reported(index, span, rule, rules, findings)


def _missing(heard: Heard, index: int, rule: PhraseRule, rules: PhraseRules) -> str | None:
    """What the rule's own words need here and do not have, in Chinese; None if nothing."""
    if rule.before and not rules.any_of(rule.before).search(heard.just_before(index)):
        return f"{_CONDITIONS['before']}；上一句是「{_flat(heard.just_before(index))}」"
    missing = unmet(heard, index, rules, rule)
    return None if missing is None else _CONDITIONS[missing]


def _reported(
    index: int, span: tuple[int, int], rule: PhraseRule, rules: PhraseRules, findings: Sequence[Finding]
) -> tuple[TraceOutcome, str]:
    here = [(finding, place) for finding in findings for place in finding.evidence if place.utterance == index]
    own = next((finding for finding, _ in here if finding.rule_id == rule.id), None)
    if own is not None:
        return TraceOutcome.FOUND, f"句式逐字匹配，概率 {own.probability:.0%}"
    if rule.status == "retired":
        return TraceOutcome.OVERRULED, "规则已停用"
    same = next((finding for finding, _ in here if finding.category is rule.category), None)
    if same is not None:
        return TraceOutcome.OVERRULED, f"同一句同一类只报一条，报的是 {same.rule_id}"
    other = next((f for f, place in here if place.start < span[1] and span[0] < place.end), None)
    if other is not None:
        return TraceOutcome.OVERRULED, f"同样的话按更严重的「{CATEGORY_TITLES[other.category]}」报了（{other.rule_id}）"
    if rule.category in rules.reported_once and any(finding.category is rule.category for finding in findings):
        return TraceOutcome.OVERRULED, "这一类一通电话只报第一次"
    return TraceOutcome.OVERRULED, "句式匹配，但没有报：说话人不明时不用试行规则，或学习模型认为前后文说明不是违规"


def _excused(excuse: Shielding, rules: PhraseRules) -> str:
    by = "规则自己的 unless" if excuse.shield.guard == OWN else f"通用保护“{rules.guards[excuse.shield.guard].title}”"
    return f"{by}放过了它：这里的「{_flat(excuse.words)}」符合 {excuse.shield.pattern}"


def _assents(
    heard: Heard, index: int, rule: PhraseRule, rules: PhraseRules, findings: Sequence[Finding]
) -> Iterator[Trace]:
    """Where the other party wished for what nobody may agree to, and how it was answered."""
    if not rule.assent_to or heard.utterances[index].speaker is not rule.speaker:
        return
    text = heard.utterances[index].text
    wish = next((wish for wish, _ in heard.wishes(index, rule)), None)
    if wish is None or not text:
        return
    assent = heard.assent(index, rule)
    if assent is None:
        why = f"对方提出「{_flat(wish)}」，这句回答不算应承（见 _answers.yaml）"
        yield Trace(outcome=TraceOutcome.REFUSED, place=_place(heard, index, 0, len(text)), why=why)
        return
    at, to = heard.normalised[index].original_span(assent.start, assent.end)
    missing = unmet(heard, index, rules, rule)
    outcome, why = _reported(index, (at, to), rule, rules, findings)
    if missing is not None:
        outcome, why = TraceOutcome.OUT_OF_PLACE, _CONDITIONS[missing]
    yield Trace(outcome=outcome, place=_place(heard, index, at, to), why=f"应承了对方的「{_flat(wish)}」；{why}")


def _listens(heard: Heard, rule: Rule, rules: PhraseRules, findings: Sequence[Finding]) -> Iterator[Trace]:
    """What second listens say of the rule's phrases."""
    for listen in heard.all_listens:
        if rule.id in rules.spoken_for(listen.phrase):
            accepted = listen.probability >= LISTEN_ACCEPTED
            found = any(f.rule_id == rule.id and f.evidence[0].utterance == listen.utterance for f in findings)
            yield Trace(
                outcome=(TraceOutcome.FOUND if found else TraceOutcome.OVERRULED)
                if accepted
                else TraceOutcome.NOT_HEARD,
                place=_place(heard, listen.utterance, listen.start, listen.end),
                why=f"复听：说的是「{listen.phrase}」的概率 {listen.probability:.0%}，达到 {LISTEN_ACCEPTED:.0%} 才算说过",
                phrase=listen.phrase,
                listened=listen.probability,
            )


def _own(finding: Finding, heard: Heard) -> Trace:
    place = finding.evidence[-1]
    return Trace(
        outcome=TraceOutcome.FOUND,
        place=place if place.utterance < len(heard.utterances) else finding.evidence[0],
        why=f"{finding.reason}，概率 {finding.probability:.0%}",
        phrase=finding.matched,
        listened=finding.listened,
    )


def _nearest(heard: Heard, rule: Rule, rules: PhraseRules, told: set[int]) -> list[Trace]:
    """The utterances nearest to the rule's words, by a character or by sound, that nothing else is told of."""
    phrases = list(dict.fromkeys(w.phrase for w in rules.watched_phrases() if w.rule_id == rule.id))
    phrases += [normalise(phrase).text for phrase in rule.sounds_like]
    sounds = SoundIndex(phrases, allowed=lambda syllables: NEAR_PER_SYLLABLE * syllables)
    near: list[tuple[float, Trace]] = []
    for index, utterance in enumerate(heard.utterances):
        if index in told or utterance.speaker not in (rule.speaker, Speaker.UNKNOWN):
            continue
        if isinstance(rule, PhraseRule) and _missing(heard, index, rule, rules) is not None:
            continue
        normalised = heard.normalised[index]
        for sound in sounds.find(normalised.text):
            phrase = phrases[sound.phrase]
            at, to = normalised.original_span(sound.start, sound.end)
            why = f"读音接近「{phrase}」，相差 {sound.cost:g}"
            trace = Trace(
                outcome=TraceOutcome.NEAR,
                place=_place(heard, index, at, to),
                why=why,
                phrase=phrase,
                distance=sound.cost,
            )
            near.append((sound.cost / len(phrase), trace))
        near += [(1 / _SHORTEST_NEAR, trace) for trace in _one_character_off(heard, index, rule, rules)]
    return [trace for _, trace in sorted(near, key=lambda each: each[0])[:NEAREST]]


def _one_character_off(heard: Heard, index: int, rule: Rule, rules: PhraseRules) -> Iterable[Trace]:
    normalised = heard.normalised[index]
    for pattern in rule.say:
        for part in alternatives(rules.expand(pattern)):
            compiled(part)
            try:
                match = regex.search(f"(?b)(?:{part}){{s<=1}}", normalised.text, timeout=_PATIENCE_S)
            except TimeoutError:
                continue
            if match is not None and len(match.group()) > _SHORTEST_NEAR and any(match.fuzzy_counts):
                at, to = normalised.original_span(*match.span())
                if at < to:
                    why = "和句式只差一个字"
                    yield Trace(outcome=TraceOutcome.NEAR, place=_place(heard, index, at, to), why=why, pattern=pattern)
                    return


def _notes(heard: Heard, chosen: Sequence[Rule], rules: PhraseRules, own: Sequence[Finding]) -> Iterator[str]:
    if not any(isinstance(rule, MustSay) for rule in chosen):
        return
    if own:
        yield "检查时，来电时已在本店订车的不报必说话术，约好了时间的不报没有下一步；这里不看级别和备忘"
    elif rules.calls is not None and turns_held(heard) < rules.calls.min_turns:
        yield f"这通电话只有 {turns_held(heard)} 轮，不到 {rules.calls.min_turns} 轮，不查必说话术"
    elif not is_sales_conversation(heard, rules):
        yield "这通电话不像销售通话（见 _calls.yaml），不查必说话术"


def _likely(heard: Heard, found: Sequence[Finding], category: Category, model: Model) -> tuple[Likely, ...]:
    if category not in CATEGORIES or not heard.utterances:
        return ()
    speakers = [utterance.speaker for utterance in heard.utterances]
    scores = model.scores([said.text for said in heard.normalised], speakers)
    column = CATEGORIES.index(category)
    likely, limits, alone = (each[:, column] for each in model.weigh(scores, found, speakers))
    return tuple(
        Likely(
            utterance=int(index),
            probability=round(float(likely[index]), 4),
            limit=float(limits[index]),
            alone=round(float(alone[index]), 4) if scores.replied[index] else None,
            telling=heard.utterances[index].text[
                slice(*model.telling(heard.normalised[index], scores.own, int(index), column))
            ],
        )
        for index in np.argsort(-likely, kind="stable")[:NEAREST]
        if likely[index] > 0
    )


def _place(heard: Heard, index: int, start: int, end: int) -> Evidence:
    return Evidence(utterance=index, start=start, end=end, quote=heard.utterances[index].text[start:end])


def _flat(text: str) -> str:
    return text.replace("\n", "。").strip("。")
