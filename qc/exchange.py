"""Who said what before what: turns that a recogniser or a backchannel cut, the words being answered, and assent."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import regex

from qc.domain import Speaker, Timing, Transcript, Utterance
from qc.text import QUESTION, SENTENCE_END, Normalised, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.rulebook.phrases import PhraseRule, PhraseRules

_STALE: Final = 2
"""Utterances of the same party after which the other party's words are no longer what is being answered."""
SAME_TURN_MS: Final = 1500
"""A party that goes on within this time goes on with what it was saying; recognisers cut after half of it."""
_ENDED: Final = ("。", "！", "？", "；", "…", ".", "!", "?", ";")
_ASKED: Final = ("？", "?", "！", "!")
_NEGATIVE: Final = regex.compile("[不别没甭勿莫]")
_NO_NEGATION: Final = regex.compile(
    r"(\p{Han})[不没]\1|有没|不好意思|差不多|了不起|不错|没问题|没事|别人|别家|别的|特别|不过"
)
"""Where these characters ask, or belong to another word: 行不行, 别人, 特别."""
_ASKED_NEGATIVELY: Final = regex.compile("^.{0,4}(?:不会|不犯|没事|没问题|没关系|不要紧|不用)")
"""After a wish: 转给你个人不会有事吧 is agreed to by 不会."""


class Spread(NamedTuple):
    """Two utterances of one party that are one: ``text`` is both, and the later one begins in it at ``border``."""

    first: int
    second: int
    text: str
    border: int


class Assent(NamedTuple):
    """Words of a reply that agree, in its normalised text, and the wish that they agree to."""

    start: int
    end: int
    wish: str


def answered(speakers: Sequence[Speaker]) -> list[int]:
    """For each utterance the one of the other party that it answers, -1 for none; of unknown speakers the one before."""
    found = []
    for index, speaker in enumerate(speakers):
        at = index - 1
        if speaker is not Speaker.UNKNOWN:
            while at >= 0 and index - at <= _STALE and speakers[at] is speaker:
                at -= 1
            if at >= 0 and speakers[at] is speaker:
                at = -1
        found.append(at)
    return found


def replied(speakers: Sequence[Speaker]) -> list[int]:
    """For each utterance the other party's that replies to it, -1 for none; of unknown speakers the one after.

    As `answered`, seen from the end: of two or three utterances of one party in a row all are replied to by what the other
    says then, of longer rows the last three.
    """
    last = len(speakers) - 1
    return [last - at if at >= 0 else -1 for at in reversed(answered(speakers[::-1]))]


class Exchange:
    """A transcript in matching form, and who said what before what."""

    def __init__(self, transcript: Transcript, rules: PhraseRules) -> None:
        self.utterances: Sequence[Utterance] = transcript.utterances
        self.normalised: Sequence[Normalised] = tuple(normalise(utterance.text) for utterance in transcript.utterances)
        self.duration_ms = max([transcript.duration_ms, *(u.end_ms for u in transcript.utterances[-1:])])
        self._recorded = transcript.timing is Timing.RECORDED
        self._rules = rules
        self._just_before: dict[int, str] = {}

    @cached_property
    def turns(self) -> Sequence[int]:
        """The number of the turn each utterance belongs to: utterances of one party in a row are one turn.

        A backchannel does not end the other party's turn; where speakers are unknown every utterance is a turn.
        """
        turns: list[int] = []
        holder: Speaker | None = None
        turn = -1
        for index, utterance in enumerate(self.utterances):
            who = utterance.speaker
            if who is Speaker.UNKNOWN or (who is not holder and not (turns and self._is_backchannel(index))):
                turn += 1
                holder = who
            turns.append(max(turn, 0))
        return turns

    def just_before(self, index: int) -> str:
        """What the other party said right before this utterance; where speakers are unknown, what anyone said.

        All of the other's turn, as far as it was cut by pauses or by backchannels of this party.
        """
        if index not in self._just_before:
            self._just_before[index] = self._read_just_before(index)
        return self._just_before[index]

    def _read_just_before(self, index: int) -> str:
        at = self._answered[index]
        if at < 0:
            return ""
        said = [self.normalised[at].text]
        if self.utterances[index].speaker is not Speaker.UNKNOWN:
            while (earlier := self._continued(at)) is not None:
                at = earlier
                said.append(self.normalised[at].text)
        return SENTENCE_END.join(reversed(said))

    @cached_property
    def _answered(self) -> Sequence[int]:
        return answered([utterance.speaker for utterance in self.utterances])

    def earlier(self, index: int) -> Iterator[str]:
        """What the other party said at any time before this utterance."""
        speaker = self.utterances[index].speaker
        for at in range(index):
            if speaker is Speaker.UNKNOWN or self.utterances[at].speaker is not speaker:
                yield self.normalised[at].text

    def spread(self, index: int) -> Spread | None:
        """This utterance with the one that it goes on with, if that was cut in mid-sentence."""
        first = self._continued(index)
        if first is None or not self.normalised[index].text:
            return None
        begun = self.utterances[first].text.rstrip()
        if begun.endswith(_ASKED if self._recorded else _ENDED):
            return None
        begun = begun.rstrip("，、：。；…,.;: ") + "，"
        return Spread(first, index, begun + self.utterances[index].text, len(begun))

    def wishes(self, index: int, rule: PhraseRule) -> Iterator[tuple[str, str]]:
        """What the other party wished for right before this utterance that nobody may agree to, and what follows it."""
        asked = self.just_before(index)
        for match in self._rules.any_of(rule.assent_to).finditer(asked):
            start = asked.rfind(SENTENCE_END, 0, match.start()) + 1
            end = asked.find(SENTENCE_END, match.end())
            before, after = asked[start : match.start()], asked[match.end() : end if end >= 0 else len(asked)]
            if not any(shield.holds(before, match.group(), after) for shield in self._rules.not_asked):
                yield match.group(), after

    def assent(self, index: int, rule: PhraseRule) -> Assent | None:
        """Where this utterance agrees to what the rule says nobody may agree to, if it does."""
        answers = self._rules.answers
        if answers is None or not rule.assent_to:
            return None
        wished = list(self.wishes(index, rule))
        if not wished or not (reply := self._reply(index)):
            return None
        for wish, after in wished:
            agrees = reply.positive
            if agrees is None and (_NEGATIVE.search(_NO_NEGATION.sub("", wish)) or _ASKED_NEGATIVELY.search(after)):
                agrees = reply.negative
            if agrees is not None:
                return Assent(*agrees, wish=wish.replace(SENTENCE_END, "").replace(QUESTION, ""))
        return None

    @cached_property
    def _replies(self) -> dict[int, _Reply | None]:
        return {}

    def _reply(self, index: int) -> _Reply | None:
        """How this utterance agrees with what the other party said; None if it does not."""
        if index not in self._replies:
            self._replies[index] = self._read_reply(index)
        return self._replies[index]

    def _read_reply(self, index: int) -> _Reply | None:
        answers, rules = self._rules.answers, self._rules
        if answers is None:
            return None
        text = self.utterances[index].text
        paused = normalise(text, pauses=True)
        yes = rules.any_of(answers.agree).match(paused.text)
        to_no = rules.any_of(answers.agree_to_no).match(paused.text)
        if (yes is None and to_no is None) or rules.any_of(answers.refuse).search(paused.text):
            return None
        plain = self.normalised[index]

        def place(match: regex.Match[str] | None) -> tuple[int, int] | None:
            if match is None:
                return None
            start, end = paused.original_span(*match.span())
            return plain.position_of(start), plain.position_of(end)

        return _Reply(place(yes), place(yes) or place(to_no))

    def _continued(self, index: int) -> int | None:
        """The utterance of the same party that this one goes on with, only backchannels of the other between them."""
        utterance = self.utterances[index]
        if utterance.speaker is Speaker.UNKNOWN:
            return None
        at = index - 1
        while at >= 0 and self.utterances[at].speaker is not utterance.speaker:
            if not self._is_backchannel(at):
                return None
            at -= 1
        if at < 0 or not self.normalised[at].text:
            return None
        if self._recorded and utterance.start_ms - self.utterances[at].end_ms > SAME_TURN_MS:
            return None
        return at

    def _is_backchannel(self, index: int) -> bool:
        answers = self._rules.answers
        text = self.normalised[index].text.replace(SENTENCE_END, "")
        if answers is None or len(text) > answers.backchannel_max_characters:
            return False
        return self._rules.listening.fullmatch(text) is not None


class _Reply(NamedTuple):
    """Where a reply agrees with a wish that is put positively, and where with one that is put negatively."""

    positive: tuple[int, int] | None
    negative: tuple[int, int] | None
