"""What was said that must not be said, and what was not said that must be: findings from the phrase rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from qc.domain import Category, Evidence, Finding, Severity, Speaker, Transcript
from qc.rulebook.phrases import MustSay
from qc.text import SENTENCE_END, Normalised, normalise
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qc.rulebook.phrases import Example, PhraseRule, PhraseRules

STABLE: Final = 0.6
EXPERIMENTAL: Final = 0.4
"""How likely a match of a rule is a true finding. Of 34 on the 15 calls nobody read while writing rules 20 were right
(docs/accuracy.md); for experimental rules, too few to measure, it is a guess below that."""
SAME_SOUND: Final = 0.75
NEAR_SOUND: Final = 0.55
"""What is left of that where only the sound fits, and where it fits only nearly."""
UNKNOWN_SPEAKER: Final = 0.7
"""What is left of it where it is not known who spoke."""

_GRAVITY: Final = {Severity.CRITICAL: 3, Severity.MAJOR: 2, Severity.MINOR: 1, Severity.ALERT: 0}
_STALE: Final = 2
"""Utterances of the same party after which the other party's words are no longer what is being answered."""


class _Match(NamedTuple):
    rule: PhraseRule
    utterance: int
    start: int
    end: int
    probability: float
    heard_as: str | None
    """The rule's phrase, where only its sound was found."""


class _Place(NamedTuple):
    start: int
    end: int
    factor: float
    heard_as: str | None


class _Heard:
    """A transcript in matching form, and who said what before what."""

    def __init__(self, transcript: Transcript) -> None:
        self.utterances = transcript.utterances
        self.normalised = tuple(normalise(utterance.text) for utterance in transcript.utterances)

    def just_before(self, index: int) -> str:
        """What the other party said right before this utterance; where speakers are unknown, what anyone said."""
        speaker = self.utterances[index].speaker
        at = index - 1
        if speaker is not Speaker.UNKNOWN:
            while at >= 0 and index - at <= _STALE and self.utterances[at].speaker is speaker:
                at -= 1
            if at >= 0 and self.utterances[at].speaker is speaker:
                return ""
        return self.normalised[at].text if at >= 0 else ""

    def earlier(self, index: int) -> Iterator[str]:
        """What the other party said at any time before this utterance."""
        speaker = self.utterances[index].speaker
        for at in range(index):
            if speaker is Speaker.UNKNOWN or self.utterances[at].speaker is not speaker:
                yield self.normalised[at].text


def find_phrases(transcript: Transcript, rules: PhraseRules) -> tuple[Finding, ...]:
    """What was said that the rules watch for, in order: at most one finding a category and utterance.

    Where two categories fit the same words the graver one is kept. An agent's rules also read utterances whose
    speaker is unknown, with a lower probability.
    """
    heard = _Heard(transcript)
    found: list[_Match] = []
    reported: set[Category] = set()
    for index in range(len(heard.utterances)):
        matches = [m for m in _matches(heard, index, rules) if not (m.rule.once and m.rule.category in reported)]
        kept = _without_overlaps(_one_a_category(matches))
        reported.update(match.rule.category for match in kept)
        found.extend(kept)
    return tuple(_finding(match, heard) for match in found)


def _matches(heard: _Heard, index: int, rules: PhraseRules) -> Iterator[_Match]:
    text = heard.normalised[index].text
    if not text:
        return
    looked_for = rules.index(heard.utterances[index].speaker)
    exact: dict[str, list[_Place]] = {}
    by_id: dict[str, PhraseRule] = {}
    in_place: dict[str, bool] = {}  # asked first: many rules answer a question nobody asked
    for number in looked_for.says.candidates(text):
        rule = looked_for.said_by[number]
        if rule.id not in in_place:
            in_place[rule.id] = _in_place(heard, index, rules, rule)
        if not in_place[rule.id]:
            continue
        for match in looked_for.says.patterns[number].finditer(text):
            by_id[rule.id] = rule
            exact.setdefault(rule.id, []).append(_Place(*match.span(), 1.0, None))
    alike: dict[str, list[_Place]] = {}
    for sound in looked_for.sounds.find(text):
        rule = looked_for.sounded_by[sound.phrase]
        if rule.id not in exact and _in_place(heard, index, rules, rule):
            by_id[rule.id] = rule
            place = _Place(
                sound.start,
                sound.end,
                NEAR_SOUND if sound.cost else SAME_SOUND,
                looked_for.sounds.phrases[sound.phrase],
            )
            alike.setdefault(rule.id, []).append(place)
    for name, places in (exact | alike).items():
        match_of_rule = _first_unshielded(heard, index, rules, by_id[name], sorted(places))
        if match_of_rule is not None:
            yield match_of_rule


def _in_place(heard: _Heard, index: int, rules: PhraseRules, rule: PhraseRule) -> bool:
    """Whether what the other party said before this utterance is what the rule asks for."""
    if rule.before and not rules.any_of(rule.before).search(heard.just_before(index)):
        return False
    return not rule.earlier or any(rules.any_of(rule.earlier).search(text) for text in heard.earlier(index))


def _first_unshielded(
    heard: _Heard,
    index: int,
    rules: PhraseRules,
    rule: PhraseRule,
    places: Iterable[_Place],
) -> _Match | None:
    likely = STABLE if rule.status == "stable" else EXPERIMENTAL
    if heard.utterances[index].speaker is Speaker.UNKNOWN:
        likely *= UNKNOWN_SPEAKER
    for start, end, factor, phrase in places:
        if not _shielded(rules, rule, heard.utterances[index].text, heard.normalised[index], (start, end)):
            at, to = heard.normalised[index].original_span(start, end)
            if at < to:
                return _Match(rule, index, at, to, likely * factor, phrase)
    return None


def _shielded(
    rules: PhraseRules, rule: PhraseRule | MustSay, original: str, normalised: Normalised, span: tuple[int, int]
) -> bool:
    """Whether the sentence around these words takes them back: negation, refusal, quotation."""
    shields = rules.shields(rule)
    if not shields:
        return False
    paused = normalise(original, pauses=True)
    at, to = normalised.original_span(*span)
    begin, stop = paused.position_of(at), paused.position_of(to)
    first = paused.text.rfind(SENTENCE_END, 0, begin) + 1
    last = paused.text.find(SENTENCE_END, stop)
    before, found = paused.text[first:begin], paused.text[begin:stop]
    after = paused.text[stop : last if last >= 0 else len(paused.text)]
    return any(shield.holds(before, found, after) for shield in shields)


def _one_a_category(matches: Iterable[_Match]) -> list[_Match]:
    best: dict[Category, _Match] = {}
    for match in matches:
        rival = best.get(match.rule.category)
        if rival is None or (match.probability, rival.start) > (rival.probability, match.start):
            best[match.rule.category] = match
    return list(best.values())


def _without_overlaps(matches: Sequence[_Match]) -> list[_Match]:
    """The matches by place, without those whose words a graver (or more likely) category also claims."""
    kept: list[_Match] = []
    for match in sorted(matches, key=lambda m: (-_GRAVITY[m.rule.severity], -m.probability, m.start)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: (m.start, m.rule.id))


def _finding(match: _Match, heard: _Heard) -> Finding:
    text = heard.utterances[match.utterance].text
    reason = f"{match.rule.title}：{match.rule.why}"
    if match.heard_as is not None:
        reason += f"（读音近似「{match.heard_as}」，请听录音核实）"
    if heard.utterances[match.utterance].speaker is Speaker.UNKNOWN:
        reason += "（录音没有分清说话人，请核实是谁说的）"
    return Finding(
        rule_id=match.rule.id,
        category=match.rule.category,
        severity=match.rule.severity,
        probability=match.probability,
        evidence=(
            Evidence(utterance=match.utterance, start=match.start, end=match.end, quote=text[match.start : match.end]),
        ),
        reason=reason,
    )


def find_omissions(transcript: Transcript, rules: PhraseRules) -> tuple[Finding, ...]:
    """The must-say lines that nobody at the dealer's end said, with the stretch in which they should have been.

    Only sales conversations of `CallKinds.min_turns` turns or more must have them.
    """
    heard = _Heard(transcript)
    if rules.calls is None or not _is_sales_conversation(heard, rules):
        return ()
    found = [_omission(heard, rule, rules) for rule in rules.must_say if rule.status != "retired"]
    if not any(found):
        return ()
    excuses = {finding.category for finding in find_phrases(transcript, rules)}
    excused = {rule.id for rule in rules.must_say if not excuses.isdisjoint(rule.excused_by)}
    return tuple(finding for finding in found if finding is not None and finding.rule_id not in excused)


def _is_sales_conversation(heard: _Heard, rules: PhraseRules) -> bool:
    calls = rules.calls
    if calls is None or _turns(heard) < calls.min_turns:
        return False
    for kind in calls.not_sales:
        pattern = rules.any_of(kind.say)
        for utterance, normalised in list(zip(heard.utterances, heard.normalised, strict=True))[: calls.opening_turns]:
            if utterance.speaker in (kind.speaker, Speaker.UNKNOWN) and pattern.search(normalised.text):
                return False
    sales = rules.any_of(calls.sales)
    return any(sales.search(normalised.text) for normalised in heard.normalised)


def _turns(heard: _Heard) -> int:
    """How often the word changed hands; utterances of one party in a row are one turn."""
    speakers = [u.speaker for u in heard.utterances]
    return sum(1 for i, who in enumerate(speakers) if i == 0 or who is Speaker.UNKNOWN or who is not speakers[i - 1])


def _omission(heard: _Heard, rule: MustSay, rules: PhraseRules) -> Finding | None:
    spoken = [i for i, u in enumerate(heard.utterances) if u.speaker in (rule.speaker, Speaker.UNKNOWN) and u.text]
    if rule.window.part == "opening":
        spoken = [i for i in spoken if i < (rule.window.turns or 0)]
    elif rule.window.part == "closing":
        spoken = [i for i in spoken if i >= len(heard.utterances) - (rule.window.turns or 0)]
    if not spoken or any(fulfils(heard.utterances[i].text, rule, rules) for i in spoken):
        return None
    unknown = any(heard.utterances[i].speaker is Speaker.UNKNOWN for i in spoken)
    likely = (STABLE if rule.status == "stable" else EXPERIMENTAL) * (UNKNOWN_SPEAKER if unknown else 1)
    return Finding(
        rule_id=rule.id,
        category=rule.category,
        severity=rule.severity,
        probability=likely,
        evidence=tuple(
            Evidence(utterance=i, start=0, end=len(heard.utterances[i].text), quote=heard.utterances[i].text)
            for i in spoken
        ),
        reason=f"{rule.title}：{rule.why}" + ("（录音没有分清说话人，请核实）" if unknown else ""),
    )


def fulfils(text: str, rule: MustSay, rules: PhraseRules) -> bool:
    """Whether this line says what the must-say rule asks for, letter for letter or by its sound."""
    normalised = normalise(text)
    for match in rules.any_of(rule.say).finditer(normalised.text):
        if not _shielded(rules, rule, text, normalised, match.span()):
            return True
    return any(
        not _shielded(rules, rule, text, normalised, (sound.start, sound.end))
        for sound in rules.sounds_of(rule).find(normalised.text)
    )


def example_is_found(example: Example, rule: PhraseRule | MustSay, rules: PhraseRules) -> bool:
    """Whether this rule alone, with the shared words and guards, finds its example (or takes it as fulfilled)."""
    if isinstance(rule, MustSay):
        return fulfils(example.text, rule, rules)
    other = Speaker.AGENT if rule.speaker is Speaker.CUSTOMER else Speaker.CUSTOMER
    turns = [Turn(speaker=other, text=example.before)] if example.before else []
    transcript = transcript_of_turns([*turns, Turn(speaker=rule.speaker, text=example.text)])
    found = find_phrases(transcript, rules.only(rule))
    return any(finding.evidence[0].utterance == len(turns) for finding in found)
