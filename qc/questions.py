"""What a card wants asked, and what the customer answered: from the words of the call, each with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import regex

from qc.domain import AnswerState, Call, CardAnswer, Evidence, Speaker, Transcript
from qc.memo.car_names import cars_named
from qc.text import COMMA, QUESTION, SENTENCE_END, Normalised, normalise
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.rulebook.needs import Vehicles
    from qc.rulebook.questions import AskedExample, Question, QuestionSet

REPLIES: Final = 3
"""So many utterances of the customer, up to the next question of the card, are looked at for an answer."""
ASKS_BACK: Final = 12
"""A longer question is an answer itself: asked for doubts, people ask what they doubt."""
_CLAUSE_ENDS: Final = COMMA + SENTENCE_END
_LISTENING: Final = regex.compile(r"[嗯啊哦噢喔哎诶唉呃额喂哈对好行是的呀嘛吧了那这个,\n]*")
"""A reply of nothing else answers no open question."""
_LEAD: Final = regex.compile(r"^(?:(?:嗯+|啊|哦|噢|哎呀?|唉|呃|额|对|那个|这个|怎么说呢)[，、,。…\s]+)+")
"""Sounds before the customer's own words, left out of a quoted answer."""


class _Asked(NamedTuple):
    utterance: int
    start: int
    end: int
    """Of the sentence that asks, in the original."""
    negatively: bool


class _Answer(NamedTuple):
    value: str
    evidence: tuple[Evidence, ...]


class Conversation(NamedTuple):
    """A call, in matching form, with the questions of a card found in it."""

    call: Call
    transcript: Transcript
    questions: QuestionSet
    asked: dict[str, list[_Asked]]
    """By question id, in order."""


def read_questions(call: Call, transcript: Transcript, questions: QuestionSet) -> Conversation:
    """Which of these questions the agent asks, and where."""
    asked: dict[str, list[_Asked]] = {}
    index, asks = questions.asking
    for at, utterance in enumerate(transcript.utterances):
        if utterance.speaker is Speaker.CUSTOMER:
            continue
        text = normalise(utterance.text, pauses=True)
        for number in index.candidates(text.text):
            question = asks[number]
            for start, end in index.places(number, text.text):
                found = _asked(text, question, questions, at, (start, end))
                if found is not None:
                    asked.setdefault(question.id, []).append(found)
    return Conversation(call, transcript, questions, {name: sorted(set(places)) for name, places in asked.items()})


def answer_questions(conversation: Conversation, vehicles: Vehicles) -> tuple[CardAnswer, ...]:
    """Each question with its answer, or that it was not asked; in the order of the set."""
    told = _told(conversation, vehicles)
    answers: dict[str, CardAnswer] = {}
    for question in conversation.questions.questions:
        answers[question.id] = _answer_to(question, conversation, vehicles, told.get(question.id))
    return tuple(_unless_needless(question, answers) for question in conversation.questions.questions)


def _unless_needless(question: Question, answers: dict[str, CardAnswer]) -> CardAnswer:
    answer, only_if = answers[question.id], question.only_if
    if answer.state is not AnswerState.NOT_ASKED or only_if is None:
        return answer
    decided = answers[only_if.question].value
    needless = decided is not None and decided != only_if.value
    return answer.model_copy(update={"state": AnswerState.NOT_APPLICABLE}) if needless else answer


def _answer_to(question: Question, talk: Conversation, vehicles: Vehicles, told: _Answer | None) -> CardAnswer:
    places = talk.asked.get(question.id, [])
    asked = tuple(_quote(talk.transcript, place.utterance, place.start, place.end) for place in places)

    def card_answer(state: AnswerState, value: str | None = None, evidence: tuple[Evidence, ...] = ()) -> CardAnswer:
        return CardAnswer(
            id=question.id, title=question.title, state=state, value=value, asked=asked, evidence=evidence
        )

    instead: tuple[Evidence, ...] = ()
    for place in reversed(places):  # asked again, the later answer is what the agent settled for
        replies = list(_replies(talk, question, place.utterance))
        answer = _read(question, talk, vehicles, replies, negatively=place.negatively)
        if answer is not None:
            return card_answer(AnswerState.ANSWERED, answer.value, answer.evidence)
        instead = instead or tuple(_whole(talk.transcript, at) for at in replies[:1])
    if told is not None:
        return card_answer(AnswerState.ANSWERED, told.value, told.evidence)
    return card_answer(AnswerState.NOT_ANSWERED if places else AnswerState.NOT_ASKED, evidence=instead)


def is_asked(line: str, question: Question, questions: QuestionSet) -> bool:
    """Whether this line of an agent asks the question."""
    return question.id in _exchange(questions, line).asked


def value_read(example: AskedExample, question: Question, questions: QuestionSet, vehicles: Vehicles) -> str | None:
    """The answer to this question that is read from the example's reply; None where none is."""
    answers = answer_questions(_exchange(questions, example.ask, example.reply), vehicles)
    return next(answer.value for answer in answers if answer.id == question.id)


def _exchange(questions: QuestionSet, ask: str, reply: str = "") -> Conversation:
    turns = [Turn(speaker=Speaker.AGENT, text=ask), Turn(speaker=Speaker.CUSTOMER, text=reply)]
    return read_questions(Call(time=datetime(2026, 1, 1, tzinfo=UTC)), transcript_of_turns(turns), questions)


# ---------------------------------------------------------------- asking


def _asked(
    text: Normalised, question: Question, questions: QuestionSet, at: int, span: tuple[int, int]
) -> _Asked | None:
    start, end = _between(text.text, span, _CLAUSE_ENDS)
    clauses = text.text[start:end]
    if question.not_asks and questions.any_of(question.not_asks).search(clauses):
        return None
    negatively = bool(question.asks_no) and questions.any_of(question.asks_no).search(clauses) is not None
    return _Asked(at, *text.original_span(*_between(text.text, span, SENTENCE_END)), negatively)


def _between(text: str, span: tuple[int, int], ends: str) -> tuple[int, int]:
    """The stretch around these words up to the nearest of these marks; a mark at their own end belongs to them."""
    start = max(text.rfind(mark, 0, span[0]) for mark in ends) + 1
    after = span[1] - 1 if text[span[1] - 1 : span[1]] in ends else span[1]
    return start, min((at for mark in ends if (at := text.find(mark, after)) >= 0), default=len(text))


def _replies(talk: Conversation, question: Question, asked_at: int) -> Iterator[int]:
    """The customer's utterances after the question, up to the next question of the card."""
    others = {
        place.utterance
        for name, places in talk.asked.items()
        for place in places
        if place.utterance > asked_at and name != question.id
    }
    count = 0
    for at in range(asked_at + 1, len(talk.transcript.utterances)):
        if at in others or count == REPLIES:
            return
        utterance = talk.transcript.utterances[at]
        if utterance.speaker is not Speaker.AGENT and normalise(utterance.text).text:
            count += 1
            yield at


# ---------------------------------------------------------------- answering


def _read(
    question: Question, talk: Conversation, vehicles: Vehicles, replies: Sequence[int], *, negatively: bool
) -> _Answer | None:
    """The answer in the first of these utterances that has one."""
    for at in replies:
        reply = normalise(talk.transcript.utterances[at].text, pauses=True)
        answer = _valued(question, talk, at, reply, negatively=negatively)
        if answer is None and question.takes is not None and not _evades(reply.text, talk.questions):
            answer = _taken(question, talk, vehicles, at)
        if answer is not None:
            return answer
    return None


def _valued(question: Question, talk: Conversation, at: int, reply: Normalised, *, negatively: bool) -> _Answer | None:
    """The value whose words stand first; else what a plain yes or no means."""
    first = _first_value(question, talk.questions, reply.text)
    if first is not None:
        return _Answer(first[0], (_clause(talk.transcript, at, reply.original_span(*first[1])),))
    plain = _plain(reply.text, talk.questions, negatively=negatively)
    value = next((value.value for value in question.values if plain is not None and value.plain == plain), None)
    return None if value is None else _Answer(value, (_whole(talk.transcript, at),))


def _first_value(question: Question, questions: QuestionSet, reply: str) -> tuple[str, tuple[int, int]] | None:
    """The value whose words stand first, the longer ones where two begin together, and where they stand."""
    found = [
        (match.start(), -match.end(), number)
        for number, value in enumerate(question.values)
        if (match := questions.any_of(value.say).search(reply)) is not None
    ]
    if not found:
        return None
    start, end, number = min(found)
    return question.values[number].value, (start, -end)


def _plain(reply: str, questions: QuestionSet, *, negatively: bool) -> str | None:
    if questions.any_of(questions.disagree).match(reply):
        return "disagree"
    if questions.any_of(questions.agree).match(reply):
        return "disagree" if negatively else "agree"
    return None


def _evades(reply: str, questions: QuestionSet) -> bool:
    """Whether a reply says nothing to an open question: it listens, asks back in few words, or will not tell."""
    if _LISTENING.fullmatch(reply) or questions.any_of(questions.deflects).search(reply):
        return True
    sentences = [sentence for sentence in reply.split(SENTENCE_END) if sentence]
    return len(reply) <= ASKS_BACK and all(sentence.endswith(QUESTION) for sentence in sentences)


def _taken(question: Question, talk: Conversation, vehicles: Vehicles, at: int) -> _Answer | None:
    """The cars named in this utterance, or the words themselves with those that follow without a break."""
    if question.takes == "cars":
        named = cars_named(talk.call, talk.transcript, vehicles, at)
        if named:
            return _Answer("、".join(named), tuple(named.values()))
    spoken = [at]
    utterances = talk.transcript.utterances
    while spoken[-1] + 1 < len(utterances) and utterances[spoken[-1] + 1].speaker is utterances[at].speaker:
        spoken.append(spoken[-1] + 1)
    quotes = tuple(_without_lead(_whole(talk.transcript, index)) for index in spoken)
    return _Answer("".join(quote.quote for quote in quotes), quotes)


def _told(talk: Conversation, vehicles: Vehicles) -> dict[str, _Answer]:
    """What the customer says unasked, by question id; the first of each."""
    index, tells = talk.questions.telling
    told: dict[str, _Answer] = {}
    for at, utterance in enumerate(talk.transcript.utterances):
        if utterance.speaker is not Speaker.CUSTOMER:
            continue
        text = normalise(utterance.text, pauses=True)
        for number in index.candidates(text.text):
            question = tells[number]
            places = index.places(number, text.text) if question.id not in told else []
            if places and (answer := _volunteered(question, talk, vehicles, at, text, places[0])) is not None:
                told[question.id] = answer
    return told


def _volunteered(
    question: Question, talk: Conversation, vehicles: Vehicles, at: int, text: Normalised, span: tuple[int, int]
) -> _Answer | None:
    if question.takes == "cars":
        named = cars_named(talk.call, talk.transcript, vehicles, at)
        return _Answer("、".join(named), tuple(named.values())) if named else None
    if question.takes == "words":
        return _taken(question, talk, vehicles, at)
    start, end = _between(text.text, span, _CLAUSE_ENDS)
    value = _first_value(question, talk.questions, text.text[start:end])
    if value is None:
        return None
    return _Answer(value[0], (_clause(talk.transcript, at, text.original_span(start, end)),))


# ---------------------------------------------------------------- places


def _quote(transcript: Transcript, at: int, start: int, end: int) -> Evidence:
    return Evidence(utterance=at, start=start, end=end, quote=transcript.utterances[at].text[start:end])


def _whole(transcript: Transcript, at: int) -> Evidence:
    return _quote(transcript, at, 0, len(transcript.utterances[at].text))


def _clause(transcript: Transcript, at: int, span: tuple[int, int]) -> Evidence:
    """The sentence around these words."""
    text = transcript.utterances[at].text
    start, end = _sentence(text, span)
    return _quote(transcript, at, start, end)


def _sentence(text: str, span: tuple[int, int]) -> tuple[int, int]:
    stops = [match.end() for match in regex.finditer("[。！？!?；;]", text)]
    start = max((stop for stop in stops if stop <= span[0]), default=0)
    end = min((stop for stop in stops if stop >= span[1]), default=len(text))
    return start, end


def _without_lead(evidence: Evidence) -> Evidence:
    lead = _LEAD.match(evidence.quote)
    if lead is None or lead.end() == len(evidence.quote):
        return evidence
    return evidence.model_copy(update={"start": evidence.start + lead.end(), "quote": evidence.quote[lead.end() :]})
