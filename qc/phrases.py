"""What was said that must not be said, and what was not said that must be: findings from the phrase rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from qc.domain import Category, Evidence, Finding, Severity, Speaker, Transcript
from qc.rulebook.phrases import MustSay
from qc.text import SENTENCE_END, Normalised, normalise
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from qc.phonetics import SoundIndex, SoundMatch
    from qc.rulebook.phrases import Example, PhraseRule, PhraseRules

STABLE: Final = 0.6
EXPERIMENTAL: Final = 0.4
"""How likely a match of a rule is a true finding. Of 34 on the 15 calls nobody read while writing rules 20 were right
(docs/accuracy.md); for experimental rules, too few to measure, it is a guess below that."""
SAME_SOUND: Final = 0.75
NEAR_SOUND: Final = 0.55
"""What is left of that where only the sound fits, and where it fits only nearly, and nobody listened again."""
LISTEN_ACCEPTED: Final = 0.5
"""A second listen of this probability or more says that the phrase was said, one below that it was not."""
UNKNOWN_SPEAKER: Final = 0.7
"""What is left of it where it is not known who spoke."""

_GRAVITY: Final = {Severity.CRITICAL: 3, Severity.MAJOR: 2, Severity.MINOR: 1, Severity.ALERT: 0}
_STALE: Final = 2
"""Utterances of the same party after which the other party's words are no longer what is being answered."""


class _Place(NamedTuple):
    start: int
    end: int
    factor: float
    """What is left of the rule's probability."""
    matched: str | None = None
    """The rule's phrase, where only its sound was found."""
    listened: float | None = None
    """The probability of a second listen, where there was one."""

    def overlaps(self, other: _Place) -> bool:
        return self.start < other.end and other.start < self.end


class _Listened(NamedTuple):
    """Where was listened to again, whatever came of it."""

    place: _Place
    speaks_for: frozenset[str]
    """Rule ids."""


class _Found(NamedTuple):
    rule: PhraseRule
    places: list[_Place]


class _Match(NamedTuple):
    rule: PhraseRule
    utterance: int
    start: int
    end: int
    probability: float
    place: _Place


class _Heard:
    """A transcript in matching form, and who said what before what."""

    def __init__(self, transcript: Transcript, rules: PhraseRules) -> None:
        self.utterances = transcript.utterances
        self.normalised = tuple(normalise(utterance.text) for utterance in transcript.utterances)
        self.listens: dict[int, list[_Listened]] = {}
        for listen in transcript.listens:
            said = self.normalised[listen.utterance]
            place = _Place(
                said.position_of(listen.start),
                said.position_of(listen.end),
                listen.probability,
                listen.phrase,
                listen.probability,
            )
            speaks_for = rules.spoken_for(listen.phrase)
            self.listens.setdefault(listen.utterance, []).append(_Listened(place, speaks_for))

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
    heard = _Heard(transcript, rules)
    found: list[_Match] = []
    reported: set[Category] = set()
    for index in range(len(heard.utterances)):
        matches = [m for m in _matches(heard, index, rules) if not (m.rule.once and m.rule.category in reported)]
        kept = _without_overlaps(_one_a_category(matches))
        reported.update(match.rule.category for match in kept)
        found.extend(kept)
    return tuple(_finding(match, heard) for match in found)


def _matches(heard: _Heard, index: int, rules: PhraseRules) -> Iterator[_Match]:
    if not heard.normalised[index].text:
        return
    found = _exact(heard, index, rules)
    found |= _alike(heard, index, rules, found)
    if listens := heard.listens.get(index):
        found |= _listened_again(heard, index, rules, listens, found)
    for rule, places in found.values():
        match_of_rule = _first_unshielded(heard, index, rules, rule, places)
        if match_of_rule is not None:
            yield match_of_rule


def _exact(heard: _Heard, index: int, rules: PhraseRules) -> dict[str, _Found]:
    """Where the rules' words stand letter for letter, by rule id."""
    text = heard.normalised[index].text
    looked_for = rules.index(heard.utterances[index].speaker)
    found: dict[str, _Found] = {}
    in_place: dict[str, bool] = {}  # asked first: many rules answer a question nobody asked
    for number in looked_for.says.candidates(text):
        rule = looked_for.said_by[number]
        if rule.id not in in_place:
            in_place[rule.id] = _in_place(heard, index, rules, rule)
        if not in_place[rule.id]:
            continue
        for match in looked_for.says.patterns[number].finditer(text):
            found.setdefault(rule.id, _Found(rule, [])).places.append(_Place(*match.span(), 1.0))
    return found


def _alike(heard: _Heard, index: int, rules: PhraseRules, exact: Container[str]) -> dict[str, _Found]:
    """Where the text sounds like a phrase of the other rules."""
    looked_for = rules.index(heard.utterances[index].speaker)
    found: dict[str, _Found] = {}
    for sound in looked_for.sounds.find(heard.normalised[index].text):
        rule = looked_for.sounded_by[sound.phrase]
        if rule.id not in exact and _in_place(heard, index, rules, rule):
            found.setdefault(rule.id, _Found(rule, [])).places.append(_sounded(sound, looked_for.sounds))
    return found


def _listened_again(
    heard: _Heard, index: int, rules: PhraseRules, listens: Iterable[_Listened], found: Mapping[str, _Found]
) -> dict[str, _Found]:
    """The rules that second listens speak for, with what is found of them by now."""
    after: dict[str, _Found] = {}
    for rule in rules.about(heard.utterances[index].speaker):
        listened = _listened_for(listens, rule)
        if listened and _in_place(heard, index, rules, rule):
            before = found[rule.id].places if rule.id in found else []
            exact = [place for place in before if place.matched is None]
            decided = _decided([place for place in before if place.matched is not None], listened)
            # Where the words were heard to the letter there was nothing to listen for.
            apart = [place for place in decided if not any(map(place.overlaps, exact))]
            after[rule.id] = _Found(rule, exact + apart)
    return after


def _sounded(sound: SoundMatch, sounds: SoundIndex) -> _Place:
    factor = NEAR_SOUND if sound.cost else SAME_SOUND
    return _Place(sound.start, sound.end, factor, sounds.phrases[sound.phrase])


def _listened_for(listens: Iterable[_Listened], rule: PhraseRule | MustSay) -> list[_Place]:
    return [listened.place for listened in listens if rule.id in listened.speaks_for]


def _decided(alike: Iterable[_Place], listened: Sequence[_Place]) -> list[_Place]:
    """The phrases that a second listen heard, and those that only sound right where nobody listened again."""
    said = [place for place in listened if place.factor >= LISTEN_ACCEPTED]
    return said + [place for place in alike if not any(map(place.overlaps, listened))]


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
    utterance, normalised = heard.utterances[index], heard.normalised[index]
    for place in sorted(places, key=lambda place: (-place.factor, place.start, place.end)):
        if not _taken_back(rules, rule, utterance.text, normalised, place):
            at, to = normalised.original_span(place.start, place.end)
            if at < to:
                return _Match(rule, index, at, to, likely * place.factor, place)
    return None


def _taken_back(
    rules: PhraseRules, rule: PhraseRule | MustSay, original: str, normalised: Normalised, place: _Place
) -> bool:
    """Whether the sentence takes these words back, as it was heard or with the matched phrase in place of them."""
    if _shielded(rules, rule, original, normalised, (place.start, place.end)):
        return True
    if place.matched is None:
        return False
    at, to = normalised.original_span(place.start, place.end)
    meant = original[:at] + place.matched + original[to:]
    in_form = normalise(meant)
    span = in_form.position_of(at), in_form.position_of(at + len(place.matched))
    return _shielded(rules, rule, meant, in_form, span)


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
    matched, listened = match.place.matched, match.place.listened
    quote = text[match.start : match.end]
    if listened is not None:
        reason += f"（听写为「{quote}」，复听更像「{matched}」，概率 {listened:.0%}）"
    elif matched is not None:
        reason += f"（读音近似「{matched}」，请听录音核实）"
    if heard.utterances[match.utterance].speaker is Speaker.UNKNOWN:
        reason += "（录音没有分清说话人，请核实是谁说的）"
    return Finding(
        rule_id=match.rule.id,
        category=match.rule.category,
        severity=match.rule.severity,
        probability=match.probability,
        evidence=(Evidence(utterance=match.utterance, start=match.start, end=match.end, quote=quote),),
        reason=reason,
        heard=None if matched is None else quote,
        matched=matched,
        listened=listened,
    )


def find_omissions(transcript: Transcript, rules: PhraseRules) -> tuple[Finding, ...]:
    """The must-say lines that nobody at the dealer's end said, with the stretch in which they should have been.

    Only sales conversations of `CallKinds.min_turns` turns or more must have them.
    """
    heard = _Heard(transcript, rules)
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
    if not spoken or any(
        _fulfils(heard.utterances[i].text, heard.normalised[i], rule, rules, heard.listens.get(i, ())) for i in spoken
    ):
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
    return _fulfils(text, normalise(text), rule, rules, ())


def _fulfils(
    text: str, normalised: Normalised, rule: MustSay, rules: PhraseRules, listens: Iterable[_Listened]
) -> bool:
    exact = (_Place(*match.span(), 1.0) for match in rules.any_of(rule.say).finditer(normalised.text))
    if not all(_taken_back(rules, rule, text, normalised, place) for place in exact):
        return True
    sounds = rules.sounds_of(rule)
    alike = (_sounded(sound, sounds) for sound in sounds.find(normalised.text))
    decided = _decided(alike, _listened_for(listens, rule))
    return not all(_taken_back(rules, rule, text, normalised, place) for place in decided)


def example_is_found(example: Example, rule: PhraseRule | MustSay, rules: PhraseRules) -> bool:
    """Whether this rule alone, with the shared words and guards, finds its example (or takes it as fulfilled)."""
    if isinstance(rule, MustSay):
        return fulfils(example.text, rule, rules)
    other = Speaker.AGENT if rule.speaker is Speaker.CUSTOMER else Speaker.CUSTOMER
    turns = [Turn(speaker=other, text=example.before)] if example.before else []
    transcript = transcript_of_turns([*turns, Turn(speaker=rule.speaker, text=example.text)])
    found = find_phrases(transcript, rules.only(rule))
    return any(finding.evidence[0].utterance == len(turns) for finding in found)
