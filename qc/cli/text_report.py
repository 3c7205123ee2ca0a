"""An inspection as a page a person wants to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import SequenceMatcher

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from qc.domain import (
    CATEGORY_TITLES,
    OMISSIONS,
    AnswerState,
    Call,
    CardAnswer,
    Conduct,
    Evidence,
    Finding,
    Inspection,
    Memo,
    RolesBy,
    Scorecard,
    Severity,
    Sound,
    Speaker,
    Tag,
    Transcript,
    Utterance,
)
from qc.doubt import doubt_mark
from qc.memo_text import put_in_words, say, stated
from qc.text import normalise

SPEAKERS = {Speaker.AGENT: "销售", Speaker.CUSTOMER: "客户", Speaker.UNKNOWN: "未辨"}
SEVERITIES = {
    Severity.CRITICAL: ("严重", "bold white on red"),
    Severity.MAJOR: ("较重", "bold red"),
    Severity.MINOR: ("轻微", "yellow"),
    Severity.ALERT: ("客户警示", "bold magenta"),
}
MEMO_TITLES = {
    "customer_name": "客户",
    "vehicles": "意向车型",
    "use": "用途",
    "budget": "预算",
    "purchase_time": "购车时间",
    "payment": "付款方式",
    "trade_in": "置换旧车",
    "competitors": "对比竞品",
    "decision_makers": "决策人",
    "preferences": "偏好",
    "concerns": "顾虑",
    "appointment": "约定",
    "contact_preference": "联系方式",
    "promises": "我方承诺",
    "next_step": "下一步",
}


UNANSWERED = {
    AnswerState.ANSWERED: "",
    AnswerState.NOT_ANSWERED: "问了，没有明确回答",
    AnswerState.NOT_ASKED: "没有问",
    AnswerState.NOT_APPLICABLE: "不必问",
}
SURE_OF_ROLES = 0.95
"""Below this a reader is told that agent and customer were told apart by their words, and how surely."""
DOUBTED_SHOWN = 6
"""How many doubted utterances are shown; the rest are counted."""


def print_report(console: Console, source: str, call: Call, transcript: Transcript, inspection: Inspection) -> None:
    """Print what a reviewer and a consultant want to know about this call, worst first."""
    console.print(
        Panel(
            Group(*_sections(call, transcript, inspection)),
            title=Text(source, style="bold"),
            title_align="left",
            subtitle=Text(f"{call.time:%Y-%m-%d %H:%M} · {clock(transcript.duration_ms)}", style="dim"),
            subtitle_align="right",
            box=box.ROUNDED,
            padding=(1, 2),
        )
    )


def clock(ms: int) -> str:
    """A time within the call as ``mm:ss`` or ``h:mm:ss``."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def _made_with(inspection: Inspection) -> RenderableType:
    made = inspection.made_with
    learned = f" · 模型 {made.model}" if made.model else ""
    return Padding(
        Text(f"规则 {made.rulebook} · {made.recogniser} · {made.grader}{learned}", style="dim"), (1, 0, 0, 0)
    )


def _sections(call: Call, transcript: Transcript, inspection: Inspection) -> Iterable[RenderableType]:
    for warning in transcript.warnings:
        yield Text(f"注意：{warning}", style="yellow")
    yield from _roles(transcript)
    yield _grade(inspection)
    yield _heading(f"敏感话术与警示（{len(inspection.findings)}）")
    if not inspection.findings:
        yield Text("  没有发现", style="green")
    for finding in sorted(inspection.findings, key=_worst_first):
        yield _finding(finding, transcript)
    yield _heading("联络备忘")
    yield _memo(inspection.memo, call.time.date(), transcript)
    if inspection.tags:
        yield _heading("客户标签")
        yield _tags(inspection.tags, transcript)
    yield _heading("沟通表现")
    yield _conduct(inspection.conduct)
    yield from _scorecard(inspection.scorecard, transcript)
    yield from _doubted(transcript)
    yield _made_with(inspection)


def _scorecard(card: Scorecard, transcript: Transcript) -> Iterable[RenderableType]:
    version = f" · {card.version}" if card.version else ""
    yield Padding(Text(f"评分卡 {card.card}{version}：{card.reason}"), (0, 0, 0, 2))
    if card.chosen:
        yield Padding(Text(card.chosen, style="dim"), (0, 0, 0, 4))
    if card.groups:
        told = " · ".join(f"{group.group} {group.points:g}/{group.max_points:g}" for group in card.groups)
        yield Padding(Text(told), (0, 0, 0, 4))
    if card.answers:
        yield _heading("客户的回答")
        yield _answers(card.answers, transcript)


def _answers(answers: Iterable[CardAnswer], transcript: Transcript) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=2)
    table.add_column(style="dim", ratio=3)
    for answer in answers:
        value = answer.value or UNANSWERED[answer.state]
        table.add_row(f"  {answer.title}", value, _where(answer.evidence or answer.asked, transcript))
    return table


def _roles(transcript: Transcript) -> Iterable[RenderableType]:
    roles = transcript.roles
    if roles is not None and roles.by is RolesBy.WORDS and roles.probability < SURE_OF_ROLES:
        yield Text(f"注意：销售与客户按说话内容区分，把握 {roles.probability:.0%}", style="yellow")


def _doubted(transcript: Transcript) -> Iterable[RenderableType]:
    """What was heard but not judged by, so that a reader can object."""
    doubted = [said for said in transcript.utterances if said.doubt and said.text.strip()]
    if not doubted:
        return
    yield _heading(f"不作依据的文字（{len(doubted)}）")
    for said in doubted[:DOUBTED_SHOWN]:
        line = f"{clock(said.start_ms)} {SPEAKERS[said.speaker]} {' '.join(said.text.split())}{doubt_mark(said)}"
        yield Padding(Text(line, style="dim"), (0, 0, 0, 2))
    if len(doubted) > DOUBTED_SHOWN:
        yield Padding(Text(f"…另有 {len(doubted) - DOUBTED_SHOWN} 处", style="dim"), (0, 0, 0, 2))


def _heading(text: str) -> RenderableType:
    return Padding(Text(text, style="bold cyan"), (1, 0, 0, 0))


def _grade(inspection: Inspection) -> RenderableType:
    grade = inspection.grade
    sure = "依据不足" if grade.abstained else f"把握 {grade.probability:.0%}"
    head = Text.assemble(("建议级别 ", "bold cyan"), (grade.letter.value, "bold reverse"), f"  {sure}")
    if grade.next_contact_by:
        head.append(f"  最迟 {grade.next_contact_by.isoformat()} 再联系")
    for reason in grade.reasons:
        head.append(f"\n  · {reason.text}")
        if reason.evidence:
            head.append("  " + " ".join(f"“{item.quote}”" for item in reason.evidence), style="dim")
    return head


def _worst_first(finding: Finding) -> tuple[int, int]:
    order = (Severity.CRITICAL, Severity.ALERT, Severity.MAJOR, Severity.MINOR)
    return order.index(finding.severity), finding.evidence[0].utterance


def _finding(finding: Finding, transcript: Transcript) -> RenderableType:
    title, style = SEVERITIES[finding.severity]
    head = Text.assemble((f" {title} ", style), " ", (CATEGORY_TITLES[finding.category], "bold"))
    head.append(f"  把握 {finding.probability:.0%}  {finding.rule_id}", style="dim")
    # An omission's stretch is long, and nothing in it is wrong: the reason alone says it.
    places = () if finding.category in OMISSIONS else finding.evidence
    words = [Padding(_in_context(item, transcript), (0, 0, 0, 4)) for item in places]
    return Padding(Group(head, *words, Padding(Text(finding.reason), (0, 0, 0, 4))), (0, 0, 0, 2))


def _in_context(item: Evidence, transcript: Transcript, around: int = 12) -> Text:
    said = transcript.utterances[item.utterance]
    before = said.text[max(0, item.start - around) : item.start]
    after = said.text[item.end : item.end + around]
    shown = Text.assemble((f"{clock(said.start_ms)} {SPEAKERS[said.speaker]} ", "dim"))
    shown.append(("…" if item.start > around else "") + before)
    shown.append(item.quote, style="bold underline")
    original = _original_of(item, said)
    if normalise(original).text != normalise(item.quote).text:
        shown.append(f"〔听写：{original}〕", style="dim")
    shown.append(after + ("…" if item.end + around < len(said.text) else ""))
    return shown


def _original_of(item: Evidence, said: Utterance) -> str:
    """The recogniser's own words for this quote."""
    if said.original_text is None:
        return item.quote
    changes = SequenceMatcher(None, said.text, said.original_text, autojunk=False).get_opcodes()
    kept: list[str] = []
    for kind, start, end, original_start, original_end in changes:
        first, last = max(start, item.start), min(end, item.end)
        if kind == "equal":
            kept.append(said.text[first:last])
        elif first < last or (start == end and item.start < start < item.end):
            kept.append(said.original_text[original_start:original_end])
    return "".join(kept)


def _memo(memo: Memo, called_on: date, transcript: Transcript) -> RenderableType:
    fields = stated(memo)
    if not fields:
        return Text("  通话里没有谈到", style="dim")
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=3)
    table.add_column(style="dim", ratio=2)
    for field, value in fields.items():
        table.add_row(f"  {MEMO_TITLES[field]}", say(value, called_on), _where(memo.evidence[field], transcript))
    return Group(Padding(Text(put_in_words(fields, called_on).summary), (0, 0, 0, 2)), table)


def _tags(tags: tuple[Tag, ...], transcript: Transcript) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(style="dim")
    for tag in tags:
        table.add_row(f"  {tag.tag}", _where(tag.evidence, transcript))
    return table


def _where(evidence: tuple[Evidence, ...], transcript: Transcript, most: int = 2) -> str:
    shown = [f"{clock(transcript.utterances[item.utterance].start_ms)} “{item.quote}”" for item in evidence[:most]]
    return " ".join(shown) + (" …" if len(evidence) > most else "")


def _conduct(conduct: Conduct) -> RenderableType:
    figures = []
    if conduct.talk_share.agent is not None:
        figures.append(f"销售说话占 {conduct.talk_share.agent:.0%}")
    if conduct.longest_monologue:
        seconds = (conduct.longest_monologue.end_ms - conduct.longest_monologue.start_ms) / 1000
        figures.append(f"最长独白 {seconds:.0f} 秒")
    if conduct.interruptions:
        figures.append(f"抢话 {len(conduct.interruptions.get('agent', ()))} 次")
    if conduct.dead_air_ms is not None:
        figures.append(f"静音 {conduct.dead_air_ms / 1000:.0f} 秒")
    if conduct.pace.agent is not None:
        figures.append(f"语速每分钟 {conduct.pace.agent:.0f} 字")
    if conduct.response_delay_ms is not None:
        figures.append(f"应答间隔 {conduct.response_delay_ms / 1000:.1f} 秒")
    figures.extend(_questions_and_waits(conduct))
    figures.extend(_loudness(conduct.sound))
    text = Text(" · ".join(figures))
    for remark in conduct.remarks:
        text.append(f"\n! {remark.reason}", style="yellow")
    return Padding(text, (0, 0, 0, 2))


def _loudness(sound: Sound | None) -> Iterable[str]:
    if sound is None:
        return
    for party, level in (("销售", sound.agent), ("客户", sound.customer), ("双方", sound.both)):
        if level is not None:
            yield f"{party}音量 {level.dbfs:.0f} 分贝" + (f"，破音 {level.clipped:.1%}" if level.clipped else "")


def _questions_and_waits(conduct: Conduct) -> Iterable[str]:
    kinds = (
        f"（开放 {conduct.open_questions}、封闭 {conduct.closed_questions}）"
        if conduct.open_questions is not None
        else ""
    )
    yield f"提问 {conduct.agent_questions} 个{kinds}"
    if conduct.unanswered:
        yield f"客户 {len(conduct.unanswered)} 个问题没有回答"
    if conduct.holds:
        yield f"招呼过的等待 {sum(hold.end_ms - hold.start_ms for hold in conduct.holds) / 1000:.0f} 秒"
    if conduct.pickup:
        yield f"接通后 {(conduct.pickup.end_ms - conduct.pickup.start_ms) / 1000:.1f} 秒开口"
