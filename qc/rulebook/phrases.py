"""The shape of ``lexicons/phrases/*.yaml``: what must not be said, what must be said, and what shields from a finding.

One file a category, a list of rules each. Four files are shared by all: ``_words.yaml`` (word groups that patterns
name as ``<付款>``), ``_guards.yaml`` (negation, refusal, quotation …), ``_answers.yaml`` (how people answer: assent,
backchannels) and ``_calls.yaml`` (which calls the must-say lines apply to).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, Self

import regex
from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from qc.domain import ALERTS, OMISSIONS, Category, Record, Severity, Speaker
from qc.errors import BadRulebook, first_of
from qc.phonetics import SoundIndex
from qc.rulebook.advice import about_pattern, instead
from qc.rulebook.by_sound import PatternsBySound
from qc.rulebook.exchange import After, Answers, Position
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.patterns import (
    AlternativesIndex,
    AnyOf,
    PatternIndex,
    Surrounding,
    alternatives,
    any_of,
    compiled,
    is_plain,
    normalised_pattern,
    refuse_slow,
)
from qc.rulebook.shields import OWN, Scope, Shield, Shields
from qc.rulebook.watched import WatchedPhrase, is_telling, watched_phrases_of
from qc.text import normalise

if TYPE_CHECKING:
    from pathlib import Path

SEVERITIES: Final[Mapping[Category, Severity]] = {
    **dict.fromkeys(
        (
            Category.PRIVATE_DEALING,
            Category.PRIVACY_LEAK,
            Category.ABUSE,
            Category.FINANCE_MISLEADING,
            Category.VEHICLE_CONCEALMENT,
        ),
        Severity.CRITICAL,
    ),
    **dict.fromkeys(
        (
            Category.OVERPROMISE,
            Category.UNCLEAR_FEES,
            Category.FORCED_BUNDLE,
            Category.COMPETITOR_DISPARAGEMENT,
            Category.PRIVATE_CONTACT,
            Category.PESTERING,
        ),
        Severity.MAJOR,
    ),
    **dict.fromkeys(
        (Category.ABSOLUTE_CLAIMS, Category.FALSE_URGENCY, Category.UNPROFESSIONAL, Category.EVASIVE), Severity.MINOR
    ),
    **dict.fromkeys(OMISSIONS, Severity.MINOR),
    **dict.fromkeys(ALERTS, Severity.ALERT),
}
"""How bad each category is; a rule repeats it for its reader and must agree."""

RuleId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]
Texts = tuple[Text, ...]


class Example(Record):
    """A line that must be found or must be left alone, with what the other party had just said."""

    text: Text
    before: Text | None = None


def _example(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Examples = tuple[Annotated[Example, BeforeValidator(_example, json_schema_input_type=str | Example)], ...]


class _Rule(Record):
    id: RuleId
    category: Category
    title: Text = Field(description="规则名称，质检员在结果里看到的名字")
    why: Text = Field(description="为什么要查，写给不熟悉规则的人看")
    severity: Severity
    status: Literal["experimental", "stable", "retired"] = Field(description="新规则先写 experimental，停用写 retired")
    speaker: Speaker = Field(description="谁说的话：agent 客服，customer 客户")
    say: Texts = Field(min_length=1, description="句式，任意一条匹配即可；标点和语气词会先去掉")
    sounds_like: Texts = Field(default=(), description="按读音匹配的短语，应对语音识别写错字；四个字以上")
    unless: Texts = Field(default=(), description="出现这些说法就不算；@ 代表匹配到的词")
    hits: Annotated[Examples, Field(min_length=3, description="必须查出来的例句")]
    misses: Annotated[Examples, Field(min_length=3, description="必须放过的例句")]
    known_gaps: Annotated[Examples, Field(description="应该查出、但现在还查不出的例句")] = ()

    @model_validator(mode="after")
    def _agrees_with_its_category(self) -> Self:
        if self.severity is not SEVERITIES[self.category]:
            raise ValueError(f"severity of {self.category} is {SEVERITIES[self.category]}, not {self.severity}")
        expected = Speaker.CUSTOMER if self.category in ALERTS else Speaker.AGENT
        if self.speaker is not expected:
            raise ValueError(f"speaker of {self.category} is {expected}, not {self.speaker}")
        short = next((phrase for phrase in self.sounds_like if len(normalise(phrase).text) < MIN_SYLLABLES), None)
        if short is not None:
            raise ValueError(f"sounds_like {short!r} is too short: under {MIN_SYLLABLES} syllables sound like anything")
        return self


MIN_SYLLABLES: Final = 4


class PhraseRule(_Rule):
    """Something that must not be said (or, from a customer, that must not be overlooked)."""

    say: Texts = Field(default=(), description="句式，任意一条匹配即可；标点和语气词会先去掉；有 assent_to 时可不写")
    assent_to: Texts = Field(
        default=(), description="对方上一句提出的不当要求；本方应承了就算，怎样算应承见 _answers.yaml"
    )
    before: Texts = Field(default=(), description="say 只有在对方紧挨着的上一句符合其中一条时才查")
    unless_before: Texts = Field(default=(), description="对方紧挨着的上一句符合其中一条时不查")
    earlier: Texts = Field(default=(), description="只有对方在前面任何时候说过其中一条时才查")
    after: After | None = Field(default=None, description="只有在前面几轮里查出过某条规则或某个类别之后才查")
    position: Position | None = Field(default=None, description="只在通话开头或结尾的多少秒内查")
    once: bool = Field(default=False, description="一通电话里同类只报第一次")
    guards: tuple[Text, ...] | None = Field(
        default=None, description="用哪些通用保护（见 _guards.yaml）；不写就是全部，[] 就是都不用"
    )

    @model_validator(mode="after")
    def _is_not_an_omission(self) -> Self:
        if self.category in OMISSIONS:
            raise ValueError(f"category {self.category} is a must-say line and needs a window")
        return self

    @model_validator(mode="after")
    def _listens_for_something(self) -> Self:
        if not (self.say or self.assent_to):
            raise ValueError("a rule needs 'say' or 'assent_to'")
        if self.before and not self.say:
            raise ValueError("'before' belongs to 'say', which is missing; the wish itself goes into 'assent_to'")
        return self


class Window(Record):
    """Where in the call a must-say line belongs: the first or last so many turns, or anywhere."""

    part: Literal["opening", "whole", "closing"]
    turns: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _counts_where_it_must(self) -> Self:
        if (self.part == "whole") != (self.turns is None):
            raise ValueError("turns is needed for opening and closing, and has no meaning for whole")
        return self


class MustSay(_Rule):
    """Something that must be said; where nothing in the window says it, its absence is the finding."""

    window: Window
    excused_by: tuple[Category, ...] = Field(default=(), description="通话里有这些情况就不要求，例如客户已在别处订车")

    @model_validator(mode="after")
    def _is_an_omission(self) -> Self:
        if self.category not in OMISSIONS:
            raise ValueError(f"category {self.category} is not a must-say line and has no window")
        return self


class Guard(Record):
    """Words around a phrase that take the guilt from it: negation, refusal, quotation."""

    title: Text
    speaker: Literal["agent", "customer", "both"]
    scope: Scope = "sentence"
    """Where ``unless`` is looked for: up to the next comma, in the sentence, or in the sentences beside it too."""
    unless: Annotated[Texts, Field(min_length=1)]
    still: Texts = ()
    """Where one of these fits the sentence the guard does not hold: 不可能不…, 难道不是…吗."""


class NotSales(Record):
    """Words by which a call is known not to be a sales conversation."""

    title: Text
    speaker: Speaker
    say: Annotated[Texts, Field(min_length=1)]


class CallKinds(Record):
    """Which calls the must-say lines apply to."""

    min_turns: Annotated[int, Field(ge=1)]
    opening_turns: Annotated[int, Field(ge=1)]
    """How many turns `not_sales` is looked for in: what a call is about is said at its beginning."""
    sales: Annotated[Texts, Field(min_length=1)]
    """A sales conversation has words like these, of either party."""
    not_sales: tuple[NotSales, ...] = ()


class PhraseIndex(NamedTuple):
    """Patterns and sounds of many rules, and for each the rule it belongs to."""

    says: PatternIndex
    said_by: tuple[PhraseRule, ...]
    sounds: SoundIndex
    sounded_by: tuple[PhraseRule, ...]


class SoundAlike(NamedTuple):
    """A stretch ``text[start:end]`` that may be a misheard ``phrase`` of this rule."""

    rule: PhraseRule | MustSay
    start: int
    end: int
    phrase: str


LISTENED_PER_SYLLABLE: Final = 0.25
"""How far a stretch's sounds may be from a watched phrase's to be worth a second listen: two near ones in four."""


class PhraseRules(Record):
    """What must and must not be said, and the words and guards the rules share."""

    rules: tuple[PhraseRule, ...] = ()
    must_say: tuple[MustSay, ...] = ()
    guards: Mapping[str, Guard] = {}
    words: Mapping[str, str] = {}
    answers: Answers | None = None
    calls: CallKinds | None = None

    @cached_property
    def active(self) -> tuple[PhraseRule, ...]:
        """The rules that are not retired."""
        return tuple(rule for rule in self.rules if rule.status != "retired")

    @cached_property
    def findable(self) -> frozenset[str]:
        """What ``after`` may name: ids and categories of the rules that find words."""
        return frozenset(name for rule in self.rules for name in (rule.id, str(rule.category)))

    @cached_property
    def reported_once(self) -> frozenset[Category]:
        """The categories of which a call has one finding at most, the first."""
        return frozenset(rule.category for rule in self.active if rule.once)

    @cached_property
    def _indexes(self) -> dict[Speaker, PhraseIndex]:
        return {}

    def about(self, speaker: Speaker) -> tuple[PhraseRule, ...]:
        """The active rules about this speaker.

        Where it is unknown, the stable rules about either: experimental ones lean on who answers whom.
        """
        return tuple(
            rule
            for rule in self.active
            if speaker is rule.speaker or (speaker is Speaker.UNKNOWN and rule.status == "stable")
        )

    @cached_property
    def _assenting(self) -> dict[Speaker, tuple[PhraseRule, ...]]:
        return {}

    def assenting(self, speaker: Speaker) -> tuple[PhraseRule, ...]:
        """The rules `about` this speaker that say what nobody may agree to."""
        if speaker not in self._assenting:
            self._assenting[speaker] = tuple(rule for rule in self.about(speaker) if rule.assent_to)
        return self._assenting[speaker]

    def index(self, speaker: Speaker) -> PhraseIndex:
        """The rules `about` this speaker, ready to be looked for."""
        if speaker not in self._indexes:
            rules = self.about(speaker)
            says = [(part, rule) for rule in rules for p in rule.say for part in alternatives(self.expand(p))]
            sounds = [(normalise(phrase).text, rule) for rule in rules for phrase in rule.sounds_like]
            self._indexes[speaker] = PhraseIndex(
                says=PatternIndex([pattern for pattern, _ in says]),
                said_by=tuple(rule for _, rule in says),
                sounds=SoundIndex([phrase for phrase, _ in sounds]),
                sounded_by=tuple(rule for _, rule in sounds),
            )
        return self._indexes[speaker]

    @cached_property
    def _watched(self) -> tuple[WatchedPhrase, ...]:
        return watched_phrases_of(self)

    def watched_phrases(self) -> tuple[WatchedPhrase, ...]:
        """The wordings worth a second listen while the audio is at hand, each with the rule it speaks for."""
        return self._watched

    @cached_property
    def _watched_by(self) -> dict[str, frozenset[str]]:
        """For each watched wording the ids of its rules."""
        by: dict[str, frozenset[str]] = {}
        for watched in self._watched:
            by[watched.phrase] = by.get(watched.phrase, frozenset()) | {watched.rule_id}
        return by

    @cached_property
    def watched_sounds(self) -> SoundIndex:
        """The watched phrases, ready to be looked for by their sound: loosely, since each is listened to again."""
        phrases = list(dict.fromkeys(watched.phrase for watched in self.watched_phrases()))
        return SoundIndex(phrases, allowed=lambda syllables: LISTENED_PER_SYLLABLE * syllables)

    def spoken_for(self, phrase: str) -> frozenset[str]:
        """The ids of the rules that a second listen to this phrase speaks for: those that watch or find it."""
        ids = set(self._watched_by.get(phrase, ()))
        for looked_for in (self.index(Speaker.AGENT), self.index(Speaker.CUSTOMER)):
            ids.update(looked_for.said_by[number].id for number in looked_for.says.matching(phrase))
        ids.update(rule.id for rule in self.must_say if self.any_of(rule.say).search(phrase))
        return frozenset(ids)

    @cached_property
    def _by_sound(self) -> dict[Speaker, tuple[PatternsBySound, tuple[PhraseRule | MustSay, ...]]]:
        return {}

    def alike(self, text: str, speaker: Speaker) -> tuple[SoundAlike, ...]:
        """The stretches of this normalised text that would meet a rule if other characters of the same sound stood there.

        For each rule about this speaker the shortest of those that overlap, of 4 to 16 characters, where no rule of its
        category finds its words to the letter. Most of them were not said: they are worth a second listen, and prove
        nothing.
        """
        if speaker not in self._by_sound:
            said = [
                rule
                for rule in self.must_say
                if rule.status != "retired" and speaker in (rule.speaker, Speaker.UNKNOWN)
            ]
            about: list[PhraseRule | MustSay] = [*self.about(speaker), *said]
            parts = [(part, rule) for rule in about for p in rule.say for part in alternatives(self.expand(p))]
            self._by_sound[speaker] = PatternsBySound([part for part, _ in parts]), tuple(rule for _, rule in parts)
        patterns, ruled_by = self._by_sound[speaker]
        found = [
            SoundAlike(ruled_by[place.pattern], place.start, place.end, place.phrase)
            for place in patterns.find(text)
            if is_telling(place.phrase)
        ]
        there = self._to_the_letter(text, speaker) if found else {}
        found = [
            place
            for place in found
            if not any(place.start < end and start < place.end for start, end in there.get(place.rule.category, ()))
        ]
        kept: list[SoundAlike] = []
        for place in sorted(found, key=lambda place: (place.end - place.start, place.start)):
            if all(place.rule.id != o.rule.id or place.end <= o.start or o.end <= place.start for o in kept):
                kept.append(place)
        return tuple(sorted(kept, key=lambda place: (place.start, place.end, place.rule.id)))

    def _to_the_letter(self, text: str, speaker: Speaker) -> dict[Category, list[tuple[int, int]]]:
        """Where this normalised text has the words of a category's rules as they stand."""
        index = self.index(speaker)
        there: dict[Category, list[tuple[int, int]]] = {}
        for number in index.says.candidates(text):
            there.setdefault(index.said_by[number].category, []).extend(index.says.places(number, text))
        return there

    def only(self, rule: PhraseRule) -> PhraseRules:
        """What one rule does alone, for its examples: anywhere in the call, with the rules that it must come after."""
        alone = rule.model_copy(
            update={"status": "stable" if rule.status == "retired" else rule.status, "position": None}
        )
        named = rule.after.found if rule.after else ()
        first = (other for other in self.active if other.id != rule.id and {other.id, other.category} & set(named))
        return self._with((*first, alone), ())

    def stable(self) -> PhraseRules:
        """These rules without the experimental ones."""
        rules = tuple(rule for rule in self.rules if rule.status == "stable")
        must_say = tuple(rule for rule in self.must_say if rule.status == "stable")
        return self._with(rules, must_say)

    def _with(self, rules: tuple[PhraseRule, ...], must_say: tuple[MustSay, ...]) -> PhraseRules:
        """Other rules with the words they share; made anew, since a copy would keep what is cached for these."""
        return PhraseRules(
            rules=rules,
            must_say=must_say,
            guards=self.guards,
            words=self.words,
            answers=self.answers,
            calls=self.calls,
        )

    @cached_property
    def _sounds_of(self) -> dict[Texts, SoundIndex]:
        return {}

    def sounds_of(self, rule: MustSay) -> SoundIndex:
        """This must-say rule's phrases by sound."""
        if rule.sounds_like not in self._sounds_of:
            self._sounds_of[rule.sounds_like] = SoundIndex([normalise(p).text for p in rule.sounds_like])
        return self._sounds_of[rule.sounds_like]

    @cached_property
    def _shields(self) -> dict[tuple[Texts, tuple[str, ...]], Shields]:
        return {}

    def shields(self, rule: PhraseRule | MustSay, *, guarded: bool = True) -> Shields:
        """What keeps this rule's words from being a finding: its own ``unless`` and, if ``guarded``, its guards."""
        names = self._guards_of(rule) if guarded and isinstance(rule, PhraseRule) else ()
        if (rule.unless, names) not in self._shields:
            own = [Shield(OWN, pattern, self._surrounding(pattern)) for pattern in rule.unless]
            guards = [shield for name in names for shield in self._guarding(name)]
            self._shields[rule.unless, names] = Shields([*own, *guards])
        return self._shields[rule.unless, names]

    def _guards_of(self, rule: PhraseRule) -> tuple[str, ...]:
        if rule.guards is not None:
            return tuple(name for name in self.guards if name in rule.guards)
        return tuple(name for name, guard in self.guards.items() if guard.speaker in ("both", rule.speaker))

    def _guarding(self, name: str) -> Iterable[Shield]:
        guard = self.guards[name]
        still = tuple(self._surrounding(pattern) for pattern in guard.still)
        for pattern in guard.unless:
            yield Shield(name, pattern, self._surrounding(pattern), still, guard.scope)

    def _surrounding(self, pattern: str) -> Surrounding:
        return Surrounding(self.expand(pattern))

    @cached_property
    def not_asked(self) -> tuple[Surrounding, ...]:
        """By what surrounds them: words that are no wish of the other party's."""
        return tuple(self._surrounding(pattern) for pattern in self.answers.not_asked) if self.answers else ()

    @cached_property
    def listening(self) -> regex.Pattern[str]:
        """Matches a text of backchannels only, the empty one too."""
        said = [normalise(word).text for word in (self.answers.backchannels if self.answers else ())]
        return regex.compile(f"(?:{'|'.join(regex.escape(word) for word in said if word)})*")

    @cached_property
    def _contexts(self) -> dict[Texts, AnyOf]:
        """Every list of which a rule asks whether any was said."""
        lists: dict[Texts, None] = {}
        for rule in self.active:
            lists.update(dict.fromkeys((rule.before, rule.unless_before, rule.earlier, rule.assent_to)))
        lists.update(dict.fromkeys(rule.say for rule in self.must_say))
        if self.calls is not None:
            lists.update(dict.fromkeys((self.calls.sales, *(kind.say for kind in self.calls.not_sales))))
        if self.answers is not None:
            lists.update(dict.fromkeys((self.answers.agree, self.answers.agree_to_no, self.answers.refuse)))
        lists.pop((), None)
        expanded = {patterns: tuple(map(self.expand, patterns)) for patterns in lists}
        index = AlternativesIndex(expanded.values())
        return {patterns: index.any_of(number) for number, patterns in enumerate(expanded)}

    def any_of(self, patterns: Texts) -> AnyOf:
        """One pattern that finds any of these."""
        if patterns not in self._contexts:  # of a rule that is not among these
            self._contexts[patterns] = any_of([self.expand(pattern) for pattern in patterns])
        return self._contexts[patterns]

    def expand(self, pattern: str) -> str:
        """The pattern with ``<word group>`` replaced and its characters normalised.

        Raises:
            ValueError: if a word group is unknown or the pattern is wrong.
        """
        return normalised_pattern(_with_words(pattern, self.words))


_WORD_GROUP: Final = regex.compile(r"(?<!\(\?)<([^<>=!]+)>")


def _with_words(pattern: str, words: Mapping[str, str]) -> str:
    def group(match: regex.Match[str]) -> str:
        name = match.group(1)
        if name not in words:
            raise ValueError(f"{pattern!r} names the word group <{name}>, which is not in _words.yaml")
        return f"(?:{_with_words(words[name], words)})"

    return _WORD_GROUP.sub(group, pattern)


def phrase_file_schema() -> dict[str, Any]:
    """The JSON Schema of a phrase file, for completion in editors; ``lexicons/schema.json`` is this."""
    schema = TypeAdapter(list[PhraseRule | MustSay]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "lexicons/phrases/*.yaml", **schema}


def load_phrases(folder: Path) -> PhraseRules:
    """The rules in this folder.

    Raises:
        BadRulebook: naming ``file:rule:field`` of the first mistake.
    """
    mistakes: list[BadRulebook] = []
    rules = read_phrases(folder, mistakes)
    if mistakes:
        raise first_of(mistakes)
    return rules


def read_phrases(folder: Path, mistakes: list[BadRulebook]) -> PhraseRules:
    """What can be read of the rules in this folder; every mistake is added to ``mistakes``."""

    def attempt(path: Path, rule: str, model: type[Any], content: Any) -> Any:
        try:
            return fit(content, model, where=f"{path.name}:{rule}")
        except BadRulebook as error:
            mistakes.extend(error.all)
            return None

    def content_of(path: Path, kind: type[Any]) -> Any:
        try:
            content = read_yaml(path)
        except BadRulebook as error:
            mistakes.append(error)
            return kind()
        if not isinstance(content, kind):
            wanted = "a list of rules" if kind is list else "a mapping"
            way_out = "每条规则以“- id: …”开头，下面的字段缩进两格。" if kind is list else "每行写“名字: 内容”。"
            mistakes.append(
                BadRulebook("bad-rulebook", f"this file must hold {wanted}", where=path.name, way_out=way_out)
            )
            return kind()
        return content

    words = {str(k): str(v) for k, v in content_of(folder / "_words.yaml", dict).items()}
    guards = {
        str(name): guard
        for name, content in content_of(folder / "_guards.yaml", dict).items()
        if (guard := attempt(folder / "_guards.yaml", str(name), Guard, content)) is not None
    }
    answers = attempt(folder / "_answers.yaml", "answers", Answers, content_of(folder / "_answers.yaml", dict))
    calls = attempt(folder / "_calls.yaml", "calls", CallKinds, content_of(folder / "_calls.yaml", dict))
    read: list[tuple[str, PhraseRule | MustSay]] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith("_"):
            continue
        for number, content in enumerate(content_of(path, list)):
            fields = content if isinstance(content, dict) else {}
            omission = fields.get("category") in set(OMISSIONS)
            name = str(fields.get("id", f"#{number + 1}"))
            rule = attempt(path, name, MustSay if omission else PhraseRule, content)
            if rule is not None:
                read.append((path.name, rule))
    rules = PhraseRules(
        rules=tuple(rule for _, rule in read if isinstance(rule, PhraseRule)),
        must_say=tuple(rule for _, rule in read if isinstance(rule, MustSay)),
        guards=guards,
        words=words,
        answers=answers,
        calls=calls,
    )
    mistakes.extend(_contradictions(read, rules))
    return rules


def _contradictions(read: Iterable[tuple[str, PhraseRule | MustSay]], rules: PhraseRules) -> Iterable[BadRulebook]:
    """The mistakes that show only when all files are read: patterns with word groups, guards, ids used twice."""
    seen: dict[str, str] = {}
    for file, rule in read:
        where = f"{file}:{rule.id}"
        if rule.id in seen:
            way_out = "规则编号全词库不能重复，请换一个。"
            yield BadRulebook(
                "bad-rulebook", f"this id is already used in {seen[rule.id]}", where=f"{where}:id", way_out=way_out
            )
        seen.setdefault(rule.id, file)
        if file != f"{rule.category}.yaml":
            yield BadRulebook(
                "bad-rulebook",
                f"rules of {rule.category} belong in its own file",
                where=f"{where}:category",
                way_out=f"请把这条移到 {rule.category}.yaml，或改正 category。",
            )
        yield from _wrong_patterns(where, rule, rules)
    for name, guard in rules.guards.items():
        yield from _wrong(f"_guards.yaml:{name}:unless", guard.unless, rules, surrounding=True)
        yield from _wrong(f"_guards.yaml:{name}:still", guard.still, rules, surrounding=True)
    for name, pattern in rules.words.items():
        yield from _wrong(f"_words.yaml:{name}", (pattern,), rules, surrounding=False)
    if rules.answers is not None:
        for field in ("agree", "agree_to_no", "refuse"):
            yield from _wrong(f"_answers.yaml:answers:{field}", getattr(rules.answers, field), rules, surrounding=False)
        yield from _wrong("_answers.yaml:answers:not_asked", rules.answers.not_asked, rules, surrounding=True)
    if rules.calls is not None:
        yield from _wrong("_calls.yaml:calls:sales", rules.calls.sales, rules, surrounding=False)
        for number, kind in enumerate(rules.calls.not_sales):
            yield from _wrong(f"_calls.yaml:calls:not_sales.{number}.say", kind.say, rules, surrounding=False)


def _wrong_patterns(where: str, rule: PhraseRule | MustSay, rules: PhraseRules) -> Iterable[BadRulebook]:
    yield from _wrong(f"{where}:say", rule.say, rules, surrounding=False)
    yield from _wrong(f"{where}:unless", rule.unless, rules, surrounding=True)
    if isinstance(rule, PhraseRule):
        for field in ("assent_to", "before", "unless_before", "earlier"):
            yield from _wrong(f"{where}:{field}", getattr(rule, field), rules, surrounding=False)
        for named in sorted(rule.after.found) if rule.after else ():
            if named not in rules.findable:
                way_out = f"found 里写已有的规则编号或类别{instead(named, rules.findable)}。"
                yield BadRulebook(
                    "bad-rulebook", f"there is no rule or category {named!r}", where=f"{where}:after", way_out=way_out
                )
        for name in rule.guards or ():
            if name not in rules.guards:
                way_out = (
                    f"_guards.yaml 里没有 {name}{instead(name, rules.guards)}。有的是：{'、'.join(rules.guards)}。"
                )
                yield BadRulebook(
                    "bad-rulebook", f"there is no guard {name!r}", where=f"{where}:guards", way_out=way_out
                )


def _wrong(where: str, patterns: Texts, rules: PhraseRules, *, surrounding: bool) -> Iterable[BadRulebook]:
    for pattern in patterns:
        try:
            expanded = rules.expand(pattern)
            if surrounding:
                Surrounding(expanded)
            else:
                for part in alternatives(expanded):
                    if not is_plain(part):
                        compiled(part)
            refuse_slow(expanded)
        except ValueError as error:
            yield BadRulebook("bad-rulebook", str(error), where=where, way_out=about_pattern(str(error)))
