"""What was said that must not be said, and what was not said that must be: findings from the phrase rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from qc.domain import Category, Evidence, Finding, Severity, Speaker, Transcript
from qc.exchange import Exchange, Spread
from qc.rulebook.phrases import MustSay
from qc.rulebook.shields import shielded
from qc.text import Normalised, normalise
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from qc.phonetics import SoundIndex, SoundMatch
    from qc.rulebook.exchange import After
    from qc.rulebook.phrases import Example, PhraseRule, PhraseRules

STABLE: Final = 0.6
EXPERIMENTAL: Final = 0.4
"""How likely a match of a rule is a true finding, where no learned model says so: of what the rules alone find on the
calls nobody read 24 of 36 were right (docs/accuracy.md). For experimental rules, too few to measure, a guess below that."""
SAME_SOUND: Final = 0.75
NEAR_SOUND: Final = 0.55
"""What is left of that where only the sound fits, and where it fits only nearly, and nobody listened again."""
LISTEN_ACCEPTED: Final = 0.5
"""A second listen of this probability or more says that the phrase was said, one below that it was not."""
UNKNOWN_SPEAKER: Final = 0.7
"""What is left of it where it is not known who spoke."""

SPREAD: Final = 0.8
"""What is left of it where the words stand in two utterances: a guess, too rare in the labelled calls to measure."""

GRAVITY: Final = {severity: rank for rank, severity in enumerate(reversed(tuple(Severity)))}
"""Where two categories claim the same words the graver one has them."""


class _Place(NamedTuple):
    start: int
    end: int
    factor: float
    """What is left of the rule's probability."""
    matched: str | None = None
    """The rule's phrase, where only its sound was found."""
    listened: float | None = None
    """The probability of a second listen, where there was one."""
    wish: str | None = None
    """What the other party wished for, where the words agree to it."""

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


class _OverTwo(NamedTuple):
    """A match that begins in one utterance and ends in the next of the same party; spans of the originals."""

    rule: PhraseRule
    spread: Spread
    ahead: tuple[int, int]
    behind: tuple[int, int]


class Heard(Exchange):
    """A transcript in matching form, what was listened to again, and what the rules have found so far."""

    def __init__(self, transcript: Transcript, rules: PhraseRules) -> None:
        super().__init__(transcript, rules)
        self.fired: list[tuple[int, PhraseRule]] = []
        """The utterance and the rule of every match in the utterances before, also of those not reported."""
        self.all_listens = transcript.listens
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


def find_phrases(transcript: Transcript, rules: PhraseRules) -> tuple[Finding, ...]:
    """What was said that the rules watch for, in order: at most one finding a category and utterance.

    Where two categories fit the same words the graver one is kept. An agent's rules also read utterances whose
    speaker is unknown, with a lower probability.
    """
    return read_for_phrases(transcript, rules)[1]


def read_for_phrases(transcript: Transcript, rules: PhraseRules) -> tuple[Heard, tuple[Finding, ...]]:
    """The transcript as it was read, with every match, and what `find_phrases` says of it."""
    heard = Heard(transcript, rules)
    findings: list[Finding] = []
    kept: list[_Match] = []
    reported: set[Category] = set()
    for index in range(len(heard.utterances)):
        matches = list(_matches(heard, index, rules))
        new = _without_overlaps(_one_a_category(m for m in matches if _is_news(m.rule, reported)))
        kept.extend(new)
        findings.extend(_finding(match, heard) for match in new)
        two = [match for match in _over_two_utterances(heard, index, rules, kept) if _is_news(match.rule, reported)]
        findings.extend(_finding_over_two(match, heard) for match in two)
        spread = [match.rule for match in two]
        reported.update(rule.category for rule in [*(match.rule for match in new), *spread])
        heard.fired.extend((index, rule) for rule in [*(match.rule for match in matches), *spread])
    return heard, tuple(findings)


def _is_news(rule: PhraseRule, reported: Container[Category]) -> bool:
    return not (rule.once and rule.category in reported)


def _matches(heard: Heard, index: int, rules: PhraseRules) -> Iterator[_Match]:
    if not heard.normalised[index].text:
        return
    found = _exact(heard, index, rules)
    found |= _alike(heard, index, rules, found)
    yield from _assents(heard, index, rules, found)
    if listens := heard.listens.get(index):
        found |= _listened_again(heard, index, rules, listens, found)
    for rule, places in found.values():
        match_of_rule = _first_unshielded(heard, index, rules, rule, places)
        if match_of_rule is not None:
            yield match_of_rule


def _exact(heard: Heard, index: int, rules: PhraseRules) -> dict[str, _Found]:
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
        for start, end in looked_for.says.places(number, text):
            found.setdefault(rule.id, _Found(rule, [])).places.append(_Place(start, end, 1.0))
    return found


def _alike(heard: Heard, index: int, rules: PhraseRules, exact: Container[str]) -> dict[str, _Found]:
    """Where the text sounds like a phrase of the other rules."""
    looked_for = rules.index(heard.utterances[index].speaker)
    found: dict[str, _Found] = {}
    for sound in looked_for.sounds.find(heard.normalised[index].text):
        rule = looked_for.sounded_by[sound.phrase]
        if rule.id not in exact and _in_place(heard, index, rules, rule):
            found.setdefault(rule.id, _Found(rule, [])).places.append(_sounded(sound, looked_for.sounds))
    return found


def _listened_again(
    heard: Heard, index: int, rules: PhraseRules, listens: Iterable[_Listened], found: Mapping[str, _Found]
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


def _assents(heard: Heard, index: int, rules: PhraseRules, found: Container[str]) -> Iterator[_Match]:
    """Where this utterance agrees to what nobody may agree to, by the rules whose own words are not in it."""
    for rule in rules.assenting(heard.utterances[index].speaker):
        if rule.id in found or unmet(heard, index, rules, rule) is not None:
            continue
        assent = heard.assent(index, rule)
        if assent is not None:
            place = _Place(assent.start, assent.end, 1.0, wish=assent.wish)
            own = rules.shields(rule, guarded=False)
            if shielded(own, heard.utterances[index].text, heard.normalised[index], place[:2]) is None:
                yield _match(heard, index, rule, place)


def _in_place(heard: Heard, index: int, rules: PhraseRules, rule: PhraseRule) -> bool:
    """Whether the rule's words count here: by what the other party said before, and by all else it asks for."""
    if rule.before and not rules.any_of(rule.before).search(heard.just_before(index)):
        return False
    return unmet(heard, index, rules, rule) is None


Condition = Literal["position", "unless_before", "earlier", "after"]


def unmet(heard: Heard, index: int, rules: PhraseRules, rule: PhraseRule) -> Condition | None:
    """What the rule asks for, of the part of the call and of what was said and found before, that is not so here."""
    if rule.position is not None:
        utterance = heard.utterances[index]
        if not rule.position.holds(utterance.start_ms, utterance.end_ms, heard.duration_ms):
            return "position"
    if rule.unless_before and rules.any_of(rule.unless_before).search(heard.just_before(index)):
        return "unless_before"
    if rule.earlier and not any(rules.any_of(rule.earlier).search(text) for text in heard.earlier(index)):
        return "earlier"
    return None if rule.after is None or _fired_before(heard, index, rule.after) else "after"


def _fired_before(heard: Heard, index: int, after: After) -> bool:
    oldest = heard.turns[index] - after.within_turns
    return any(
        at < index and heard.turns[at] >= oldest and not after.found.isdisjoint((rule.id, rule.category))
        for at, rule in heard.fired
    )


def _over_two_utterances(heard: Heard, index: int, rules: PhraseRules, kept: Sequence[_Match]) -> Iterator[_OverTwo]:
    """What stands in this utterance and the one it goes on with, and in neither alone; once a category."""
    spread = heard.spread(index)
    if spread is None:
        return
    alone = [match for match in kept if match.utterance in (spread.first, spread.second)]
    seen = {match.rule.category for match in alone}
    joined = normalise(spread.text)
    border = joined.position_of(spread.border)
    looked_for = rules.index(heard.utterances[index].speaker)
    for number in looked_for.says.candidates(joined.text):
        rule = looked_for.said_by[number]
        if rule.category in seen or not _in_place(heard, spread.first, rules, rule):
            continue
        for start, end in looked_for.says.places(number, joined.text):
            if not start < border < end or shielded(rules.shields(rule), spread.text, joined, (start, end)):
                continue
            over_two = _divided(rule, spread, joined, border, (start, end))
            if over_two and not any(_claims(own, over_two) for own in alone):
                seen.add(rule.category)
                yield over_two
                break


def _divided(
    rule: PhraseRule, spread: Spread, joined: Normalised, border: int, span: tuple[int, int]
) -> _OverTwo | None:
    """The two stretches of a match over the border; None if one of them holds no word."""
    ahead, behind = joined.original_span(span[0], border), joined.original_span(border, span[1])
    if ahead[0] == ahead[1] or behind[0] == behind[1]:
        return None
    return _OverTwo(rule, spread, ahead, (behind[0] - spread.border, behind[1] - spread.border))


def _claims(match: _Match, over_two: _OverTwo) -> bool:
    """Whether a finding in one utterance stands on words that one over two needs."""
    start, end = over_two.ahead if match.utterance == over_two.spread.first else over_two.behind
    return match.start < end and start < match.end


def _first_unshielded(
    heard: Heard,
    index: int,
    rules: PhraseRules,
    rule: PhraseRule,
    places: Iterable[_Place],
) -> _Match | None:
    utterance, normalised = heard.utterances[index], heard.normalised[index]
    for place in sorted(places, key=lambda place: (-place.factor, place.start, place.end)):
        if not _taken_back(rules, rule, utterance.text, normalised, place):
            match = _match(heard, index, rule, place)
            if match.start < match.end:
                return match
    return None


def _match(heard: Heard, index: int, rule: PhraseRule, place: _Place) -> _Match:
    likely = STABLE if rule.status == "stable" else EXPERIMENTAL
    if heard.utterances[index].speaker is Speaker.UNKNOWN:
        likely *= UNKNOWN_SPEAKER
    at, to = heard.normalised[index].original_span(place.start, place.end)
    return _Match(rule, index, at, to, likely * place.factor, place)


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
    """Whether what stands around these words takes them back: negation, refusal, quotation."""
    return shielded(rules.shields(rule), original, normalised, span) is not None


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
    for match in sorted(matches, key=lambda m: (-GRAVITY[m.rule.severity], -m.probability, m.start)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: (m.start, m.rule.id))


def _finding(match: _Match, heard: Heard) -> Finding:
    text = heard.utterances[match.utterance].text
    reason = f"{match.rule.title}：{match.rule.why}"
    matched, listened = match.place.matched, match.place.listened
    quote = text[match.start : match.end]
    if listened is not None:
        reason += f"（听写为「{quote}」，复听更像「{matched}」，概率 {listened:.0%}）"
    elif matched is not None:
        reason += f"（读音近似「{matched}」，请听录音核实）"
    if match.place.wish is not None:
        reason += f"（客户提出「{match.place.wish}」，客服应承）"
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


def _finding_over_two(match: _OverTwo, heard: Heard) -> Finding:
    places = ((match.spread.first, *match.ahead), (match.spread.second, *match.behind))
    return Finding(
        rule_id=match.rule.id,
        category=match.rule.category,
        severity=match.rule.severity,
        probability=(STABLE if match.rule.status == "stable" else EXPERIMENTAL) * SPREAD,
        evidence=tuple(
            Evidence(utterance=at, start=start, end=end, quote=heard.utterances[at].text[start:end])
            for at, start, end in places
        ),
        reason=f"{match.rule.title}：{match.rule.why}（这句话分成了两段，请连起来看）",
    )


def find_omissions(
    transcript: Transcript, rules: PhraseRules, said: Sequence[Finding] | None = None
) -> tuple[Finding, ...]:
    """The must-say lines that nobody at the dealer's end said, with the stretch in which they should have been.

    Only sales conversations of `CallKinds.min_turns` turns or more must have them. ``said`` is what `find_phrases`
    found in the transcript; it is found again where it is not given.
    """
    heard = Heard(transcript, rules)
    if rules.calls is None or not is_sales_conversation(heard, rules):
        return ()
    found = [_omission(heard, rule, rules) for rule in rules.must_say if rule.status != "retired"]
    if not any(found):
        return ()
    excuses = {finding.category for finding in (find_phrases(transcript, rules) if said is None else said)}
    excused = {rule.id for rule in rules.must_say if not excuses.isdisjoint(rule.excused_by)}
    return tuple(finding for finding in found if finding is not None and finding.rule_id not in excused)


def is_sales_conversation(heard: Heard, rules: PhraseRules) -> bool:
    """Whether the must-say lines apply: long enough, about cars, and of none of the other kinds."""
    calls = rules.calls
    if calls is None or turns_held(heard) < calls.min_turns:
        return False
    for kind in calls.not_sales:
        pattern = rules.any_of(kind.say)
        for utterance, normalised in list(zip(heard.utterances, heard.normalised, strict=True))[: calls.opening_turns]:
            if utterance.speaker in (kind.speaker, Speaker.UNKNOWN) and pattern.search(normalised.text):
                return False
    sales = rules.any_of(calls.sales)
    return any(sales.search(normalised.text) for normalised in heard.normalised)


def turns_held(heard: Heard) -> int:
    """How often the word changed hands; utterances of one party in a row are one turn."""
    speakers = [u.speaker for u in heard.utterances]
    return sum(1 for i, who in enumerate(speakers) if i == 0 or who is Speaker.UNKNOWN or who is not speakers[i - 1])


def _omission(heard: Heard, rule: MustSay, rules: PhraseRules) -> Finding | None:
    spoken = [i for i, u in enumerate(heard.utterances) if u.speaker in (rule.speaker, Speaker.UNKNOWN) and u.text]
    if rule.window.part == "opening":
        spoken = [i for i in spoken if i < (rule.window.turns or 0)]
    elif rule.window.part == "closing":
        spoken = [i for i in spoken if i >= len(heard.utterances) - (rule.window.turns or 0)]
    if not spoken or _is_said(heard, spoken, rule, rules):
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


def _is_said(heard: Heard, spoken: Sequence[int], rule: MustSay, rules: PhraseRules) -> bool:
    """Whether one of these utterances says what the rule asks for, or two that are one sentence."""
    if any(
        _fulfils(heard.utterances[i].text, heard.normalised[i], rule, rules, heard.listens.get(i, ())) for i in spoken
    ):
        return True
    cut = (spread for i in spoken if (spread := heard.spread(i)) is not None and spread.first in spoken)
    if any(fulfils(spread.text, rule, rules) for spread in cut):
        return True
    return any(_says_with_pauses(heard.utterances[i].text, rule, rules) for i in spoken)


def fulfils(text: str, rule: MustSay, rules: PhraseRules) -> bool:
    """Whether this line says what the must-say rule asks for, letter for letter or by its sound."""
    return _fulfils(text, normalise(text), rule, rules, ()) or _says_with_pauses(text, rule, rules)


def _says_with_pauses(text: str, rule: MustSay, rules: PhraseRules) -> bool:
    """The same where a pause tells a name from what is said next: 南通文峰奥迪钱洋，跟您约的是今天."""
    paused = normalise(text, pauses=True)
    said = (_Place(*match.span(), 1.0) for match in rules.any_of(rule.say).finditer(paused.text))
    return not all(_taken_back(rules, rule, text, paused, place) for place in said)


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
    return any(finding.rule_id == rule.id and finding.evidence[-1].utterance == len(turns) for finding in found)
