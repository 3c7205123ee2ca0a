"""Which scorecard a call is scored by, and the points it earns on it, line by line, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qc.domain import AnswerState, Conduct, ConductRemark, Finding, GroupScore, Scorecard, ScorecardItem, Speaker
from qc.errors import BadInput
from qc.questions import Conversation, answer_questions, read_questions
from qc.text import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qc.domain import Call, CardAnswer, Category, Evidence, Transcript
    from qc.rulebook.needs import Vehicles
    from qc.rulebook.scorecards import CardItem, ScorecardRules


class ChosenCard(NamedTuple):
    """The card for a call, why it is the one, and its questions as they were found in the call."""

    rules: ScorecardRules
    why: str
    asked: Conversation | None = None

    def wants(self, omitted: Category) -> bool:
        """Whether a call of this kind must say this line: a return visit probes for no needs.

        The card of every call leaves that to the rules; a card for some calls must have a line for it.
        """
        return self.rules.applies_when is None or any(omitted in item.absent for item in self.rules.items)

    def answers(self, vehicles: Vehicles) -> tuple[CardAnswer, ...]:
        """The card's questions with their answers; none for a card without questions."""
        return () if self.asked is None else answer_questions(self.asked, vehicles)


def check_card(name: str | None, cards: Sequence[ScorecardRules], *, where: str) -> None:
    """Returns if a card has this name, or none is named.

    Raises:
        BadInput: ``no-such-card``, naming the cards there are; ``where`` the name was given.
    """
    names = [card.id for card in cards]
    if name is not None and name not in names:
        raise BadInput(
            "no-such-card",
            f"There is no scorecard {name!r}.",
            way_out=f"There are: {', '.join(names)}." if names else "The rulebook has none.",
            where=where,
        )


def choose_card(call: Call, transcript: Transcript, cards: Sequence[ScorecardRules]) -> ChosenCard | None:
    """The card that the call names, else the first that its words are for, else the first for every call.

    A name that no card has leaves the choice to the words. None without cards.
    """
    for card in cards:
        if card.id == call.card:
            asked = None if card.questions is None else read_questions(call, transcript, card.questions)
            return ChosenCard(card, "按指定的评分卡。", asked)
    for card in cards:
        chosen = _by_words(call, transcript, card)
        if chosen is not None:
            return chosen
    for card in cards:
        if card.applies_when is None:
            return ChosenCard(card, "")
    return None


def _by_words(call: Call, transcript: Transcript, card: ScorecardRules) -> ChosenCard | None:
    applies, questions = card.applies_when, card.questions
    if applies is None or questions is None:
        return None
    asked = read_questions(call, transcript, questions)
    count = len(asked.asked)
    if count < min(applies.questions, applies.questions_alone):
        return None
    opening = [
        normalise(utterance.text).text
        for utterance in transcript.utterances[: applies.opening_utterances]
        if utterance.speaker is not Speaker.CUSTOMER
    ]
    if applies.another is not None and any(applies.another.search(text) for text in opening):
        return None
    if count >= applies.questions and any(applies.opening.search(text) for text in opening):
        return ChosenCard(card, f"开场说明来意，问了 {count} 个{questions.title}的问题。", asked)
    if count >= applies.questions_alone:
        return ChosenCard(card, f"问了 {count} 个{questions.title}的问题。", asked)
    return None


def score_call(
    findings: Sequence[Finding], conduct: Conduct, chosen: ChosenCard | None, answers: Sequence[CardAnswer] = ()
) -> Scorecard:
    """The card filled in; its points are None, with the reason, for a call that cannot be scored.

    A veto finding makes the points 0 and leaves the lines as they are, so that a reader still sees what was good.
    A figure that could not be measured costs nothing, nor does a question that needed no asking.
    """
    if chosen is None:
        return Scorecard(card="", points=None, max_points=0, reason="没有适用的评分卡。")
    card = chosen.rules
    empty = Scorecard(
        card=card.id,
        points=None,
        max_points=card.max_points,
        version=card.version,
        chosen=chosen.why,
        answers=tuple(answers),
    )
    if reason := _not_scorable(conduct):
        return empty.model_copy(update={"reason": reason})
    by_question = {answer.id: answer for answer in answers}
    items = tuple(_decided(item, findings, conduct, by_question) for item in card.items)
    vetoes = [finding for finding in findings if finding.severity in card.veto_severities]
    points = 0.0 if vetoes else sum(item.points for item in items)
    return empty.model_copy(
        update={
            "points": points,
            "vetoed_by": tuple(dict.fromkeys(finding.rule_id for finding in vetoes)),
            "items": items,
            "reason": _in_words(items, vetoes, points, card),
            "groups": _groups(items),
        }
    )


def _groups(items: Sequence[ScorecardItem]) -> tuple[GroupScore, ...]:
    return tuple(
        GroupScore(
            group=group,
            points=sum(item.points for item in items if item.group == group),
            max_points=sum(item.max_points for item in items if item.group == group),
        )
        for group in dict.fromkeys(item.group for item in items)
    )


def _not_scorable(conduct: Conduct) -> str:
    share = conduct.talk_share
    if share.agent is None or share.customer is None:
        return "没有听到可评分的对话，或分不清哪一方是顾问，不评分。"
    if share.agent == 0:
        return "顾问没有说话，不评分。"
    if share.customer == 0:
        return "客户没有说话，不评分。"
    return ""


def _decided(
    item: CardItem, findings: Sequence[Finding], conduct: Conduct, answers: Mapping[str, CardAnswer]
) -> ScorecardItem:
    if item.asked is not None:
        return _by_answer(item, answers[item.asked])
    return _by_findings(item, findings) if item.absent else _by_conduct(item, conduct)


def _by_answer(item: CardItem, answer: CardAnswer) -> ScorecardItem:
    """Asking earns the points: what the customer answers is not the agent's doing."""
    kept = {
        AnswerState.ANSWERED: f"客户回答：{answer.value}" + ("" if answer.asked else "（客户主动说的）"),
        AnswerState.NOT_ANSWERED: "问了，客户没有明确回答。",
        AnswerState.NOT_ASKED: "",
        AnswerState.NOT_APPLICABLE: "这通电话不必问。",
    }[answer.state]
    return _line(
        item,
        lost=answer.state is AnswerState.NOT_ASKED,
        reasons=["没有问。"],
        evidence=[*answer.asked, *answer.evidence],
        kept=kept,
    )


def _by_findings(item: CardItem, findings: Sequence[Finding]) -> ScorecardItem:
    against = [finding for finding in findings if finding.category in item.absent]
    return _line(
        item,
        lost=len(against),
        reasons=[finding.reason for finding in against],
        evidence=[evidence for finding in against for evidence in finding.evidence],
        kept="没有发现问题。",
    )


def _by_conduct(item: CardItem, conduct: Conduct) -> ScorecardItem:
    against: list[ConductRemark] = [remark for remark in conduct.remarks if remark.rule_id in item.remarks]
    measured = item.figure is not None and item.figure.of(conduct) is not None
    return _line(
        item,
        lost=len(against),
        reasons=[remark.reason for remark in against],
        evidence=[evidence for remark in against for evidence in remark.evidence],
        kept="在要求之内。" if measured else "这通对话没有这项数据，不扣分。",
    )


def _line(
    item: CardItem, *, lost: int, reasons: Sequence[str], evidence: Sequence[Evidence], kept: str
) -> ScorecardItem:
    cost = min(item.points, lost * (item.each or item.points))
    told = " ".join(dict.fromkeys(reasons))
    return ScorecardItem(
        id=item.id,
        group=item.group,
        title=item.title,
        points=item.points - cost,
        max_points=item.points,
        reason=f"扣 {cost:g} 分：{told}" if cost else kept,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _in_words(items: Sequence[ScorecardItem], vetoes: Sequence[Finding], points: float, card: ScorecardRules) -> str:
    if vetoes:
        return f"一票否决：{vetoes[0].reason}"
    lost = [item.title for item in items if item.points < item.max_points]
    total = f"{points:g} / {card.max_points:g} 分"
    return f"{total}；扣分项：{'、'.join(lost)}。" if lost else f"{total}，没有扣分。"
