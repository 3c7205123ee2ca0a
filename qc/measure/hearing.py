"""How one recording was heard: words, domain words, turn borders, and whose words they were taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from qc.domain import Record, Speaker, Utterance
from qc.measure.borders import Borders, measure_borders
from qc.measure.characters import CharacterErrors, align, comparable, count_errors
from qc.measure.domain_words import WordErrors, count_words
from qc.measure.scoring import Rate

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

    from qc.domain import Transcript
    from qc.measure.annotated import AnnotatedCall, RecordedTurns

Kind = Literal["stereo", "mono"]
"""Whether each party has a channel of its own."""
PARTIES: Final = (Speaker.AGENT, Speaker.CUSTOMER)
OTHER: Final = {Speaker.AGENT: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.AGENT, Speaker.UNKNOWN: Speaker.UNKNOWN}


class Accuracy(Record):
    """What a hearer, ours or bare faster-whisper, got right; adds up over recordings."""

    in_order: CharacterErrors = CharacterErrors()
    """All turns by time against all utterances by time. Where the parties talk at once the order of their words is a
    matter of taste, and segments that span several turns of the other party pay for it."""
    by_party: CharacterErrors = CharacterErrors()
    """In stereo each party's words against what was heard of that party, so that only the words count and not their
    order between parties; in mono the same as ``in_order``."""
    words: WordErrors = WordErrors()
    """Domain words, by the alignment of ``by_party``."""
    borders: Borders = Borders()
    """Of stereo recordings only."""

    def __add__(self, other: Accuracy) -> Accuracy:
        return Accuracy(
            in_order=self.in_order + other.in_order,
            by_party=self.by_party + other.by_party,
            words=self.words + other.words,
            borders=self.borders + other.borders,
        )


class Hearing(Record):
    """How one recording was heard."""

    call: str
    recording: str
    kind: Kind
    ours: Accuracy
    bare: Accuracy | None = None
    """Of bare faster-whisper in the same run, if it was asked for."""
    quarantined: int
    """Characters heard but set aside as doubtful; they count as not heard."""
    speakers: Rate
    """Characters heard (rightly or as another one) that went to the party that said them; ``unknown`` is wrong."""
    parted: Rate
    """The same under the better of the two assignments of roles: how well the voices were told apart."""
    turns: Rate
    """Turns of which anything was heard, and most of that went to the right party."""
    roles_right: bool
    """More characters went to the right party than to the other: the agent's side was told from the customer's."""


def measure_hearing(
    call: AnnotatedCall,
    times: RecordedTurns,
    recording: str,
    transcript: Transcript,
    words: re.Pattern[str],
    bare: Sequence[Utterance] | None = None,
) -> Hearing:
    """How this transcript agrees with the call's text and times; ``bare`` is what bare faster-whisper heard.

    Utterances in doubt are not counted as heard: a reader is told not to trust them.
    """
    heard = [utterance for utterance in transcript.utterances if utterance.doubt is None]
    said = [(comparable(turn.text), turn.speaker) for turn in call.turns]
    heard_by = [utterance.speaker for utterance in heard for _ in comparable(utterance.text)]
    turn_of = [i for i, (text, _) in enumerate(said) for _ in text]
    pairs = align("".join(text for text, _ in said), _together(heard))
    both = [(turn_of[i], heard_by[j]) for i, j in pairs if i is not None and j is not None]
    right = sum(said[turn][1] is speaker for turn, speaker in both)
    crossed = sum(said[turn][1] is OTHER[speaker] for turn, speaker in both if speaker is not Speaker.UNKNOWN)
    return Hearing(
        call=call.id,
        recording=recording,
        kind=kind_of(times),
        ours=measure_accuracy(call, times, heard, words, roles_crossed=crossed > right),
        bare=None if bare is None else measure_accuracy(call, times, bare, words),
        quarantined=sum(len(comparable(utterance.text)) for utterance in transcript.utterances if utterance.doubt),
        speakers=Rate(hits=right, of=len(both)),
        parted=Rate(hits=max(right, crossed), of=len(both)),
        turns=_turns(both, [speaker for _, speaker in said]),
        roles_right=right > crossed,
    )


def kind_of(times: RecordedTurns) -> Kind:
    """Mono recordings have no agent's channel."""
    return "mono" if times.agent_channel is None else "stereo"


def as_one(channels: Sequence[Sequence[Utterance]], agent_channel: int | None) -> list[Utterance]:
    """All channels' utterances by time, each given to its channel's party, which is told; mono stays ``unknown``."""
    told = [
        utterance.model_copy(update={"speaker": _party(index, agent_channel)})
        for index, channel in enumerate(channels)
        for utterance in channel
    ]
    return sorted(told, key=lambda utterance: (utterance.start_ms, utterance.end_ms))


def _party(channel: int, agent_channel: int | None) -> Speaker:
    if agent_channel is None:
        return Speaker.UNKNOWN
    return Speaker.AGENT if channel == agent_channel else Speaker.CUSTOMER


def measure_accuracy(
    call: AnnotatedCall,
    times: RecordedTurns,
    heard: Sequence[Utterance],
    words: re.Pattern[str],
    *,
    roles_crossed: bool = False,
) -> Accuracy:
    """How these utterances agree with what was said and when.

    With ``roles_crossed`` the speakers are exchanged first: words and borders are measured apart from roles. Parties
    that were left ``unknown`` in stereo cannot be compared one by one and count in order.
    """
    if roles_crossed:
        heard = [utterance.model_copy(update={"speaker": OTHER[utterance.speaker]}) for utterance in heard]
    in_order, words_in_order = _compare("".join(comparable(turn.text) for turn in call.turns), _together(heard), words)
    stereo = kind_of(times) == "stereo"
    borders = measure_borders(call, times.turns, heard) if stereo else Borders()
    if not stereo or any(utterance.speaker is Speaker.UNKNOWN for utterance in heard):
        return Accuracy(in_order=in_order, by_party=in_order, words=words_in_order, borders=borders)
    by_party, party_words = CharacterErrors(), WordErrors()
    for party in PARTIES:
        said = "".join(comparable(turn.text) for turn in call.turns if turn.speaker is party)
        own = _together([utterance for utterance in heard if utterance.speaker is party])
        errors, found = _compare(said, own, words)
        by_party, party_words = by_party + errors, party_words + found
    return Accuracy(in_order=in_order, by_party=by_party, words=party_words, borders=borders)


def _compare(said: str, heard: str, words: re.Pattern[str]) -> tuple[CharacterErrors, WordErrors]:
    pairs = align(said, heard)
    return count_errors(said, heard, pairs), count_words(said, heard, pairs, words)


def _together(utterances: Iterable[Utterance]) -> str:
    return "".join(comparable(utterance.text) for utterance in utterances)


def _turns(both: Iterable[tuple[int, Speaker]], speakers: Sequence[Speaker]) -> Rate:
    given: dict[int, list[Speaker]] = {}
    for turn, speaker in both:
        given.setdefault(turn, []).append(speaker)
    return Rate(
        hits=sum(2 * to.count(speakers[turn]) > len(to) for turn, to in given.items()),
        of=len(given),
    )
