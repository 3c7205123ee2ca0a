"""The sentence banks: single lines with their answers, one JSON a line, in four forms.

``findings``  ``{category, label, speaker, before, text}``: the category is in the text, or is not (a hard negative).
              A must-say line stands under its name without ``no-``: the text says it, or does not.
``time``      ``{call_time, before, speaker, text, purchase_time, appointment, grade}``; a null grade is not judged.
``needs``     ``{dealer_brand, before, speaker, text, memo}``: the memo's fields that the line settles, and only those.
``facts``     ``{dealer_brand, call_time, turns, memo}``: a short exchange and what of the memo it settles; a field that is
              named and null is settled as nothing.

``before`` is what the other party had just said; empty for nothing.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Tag, TypeAdapter, ValidationError

from qc.domain import OMISSIONS, Call, Category, Dealer, Inspection, Letter, MadeWith, Record, Speaker
from qc.errors import BadCall
from qc.measure.annotated import LabelledAppointment, LabelledMemo, LabelledPurchaseTime
from qc.measure.graders import Graders, as_graders
from qc.measure.learned import RULES_ALONE
from qc.measure.scoring import LISTS, Rate, Tally, compare_fields, compare_lists, same_or_alike
from qc.measure.show import COUNTED, Titled, rate_row, tally_row
from qc.pipeline import inspect_call
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qc.grade import Grader
    from qc.judgement import Model
    from qc.measure.learned import Learned
    from qc.rulebook import Rulebook

SOME_DAY: Final = datetime.fromisoformat("2026-03-12T10:15:00+08:00")
"""The time of a call whose line does not depend on it."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    speaker: Speaker
    before: str = ""
    text: str

    def turns(self) -> tuple[Turn, ...]:
        other = Speaker.CUSTOMER if self.speaker is Speaker.AGENT else Speaker.AGENT
        first = (Turn(speaker=other, text=self.before),) if self.before else ()
        return (*first, Turn(speaker=self.speaker, text=self.text))


class FindingLine(_Line):
    """A line that is, or only looks like, a violation, an alert or a must-say line."""

    category: str
    label: bool


class TimeLine(_Line):
    """A line that says when."""

    call_time: AwareDatetime
    purchase_time: LabelledPurchaseTime | None
    appointment: LabelledAppointment | None
    grade: Letter | None


class NeedsLine(_Line):
    """A line that says what the customer needs; ``memo`` holds only the fields in question."""

    dealer_brand: str | None = None
    memo: dict[str, Any]


class FactsLine(BaseModel):
    """A short exchange, ``turns`` as pairs of speaker and text, with the fields of the memo in question."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dealer_brand: str | None = None
    call_time: AwareDatetime
    turns: tuple[tuple[Speaker, str], ...]
    memo: dict[str, Any]

    @property
    def call(self) -> Call:
        """The call it is of."""
        return Call(time=self.call_time, dealer=Dealer(brand=self.dealer_brand))

    def said(self) -> tuple[Turn, ...]:
        """Its turns."""
        return tuple(Turn(speaker=speaker, text=text) for speaker, text in self.turns)


BankLine = FindingLine | TimeLine | NeedsLine | FactsLine


class Sentences(Record):
    """One category of the findings bank."""

    found: Rate = Rate()
    """True sentences that were found."""
    fired: Rate = Rate()
    """Hard negatives that were flagged, or taken for the must-say line."""

    def __add__(self, other: Sentences) -> Sentences:
        return Sentences(found=self.found + other.found, fired=self.fired + other.fired)


class BankReport(Record):
    """How far the inspection agrees with a bank's answers; the parts that a bank does not ask for are empty."""

    bank: str
    count: int
    made_with: MadeWith
    categories: dict[str, Sentences]
    fields: dict[str, Rate]
    lists: dict[str, Tally]
    rules_alone: Sentences | None = None
    """All categories together without the learned model, where there is one."""
    learned: str = ""
    """With which learned model of findings, and whether it has seen these lines."""

    def headline(self) -> str:
        """What was measured, and with what."""
        made = self.made_with
        return f"{self.count} lines ({self.bank}) · rulebook {made.rulebook} · grader {made.grader}{self.learned}"

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        tables: list[Titled] = []
        if self.categories:
            together = sum(self.categories.values(), Sentences())
            named = self.categories | {"together": together}
            if self.rules_alone is not None:
                named["together, rules alone"] = self.rules_alone
            rows = [
                (name, *rate_row("", both.found)[1:], *rate_row("", both.fired)[1:]) for name, both in named.items()
            ]
            tables.append(("Sentences", ("", "true", "found", "hard negatives", "fired"), rows))
        if self.fields:
            rows = [rate_row(name, rate) for name, rate in self.fields.items()]
            tables.append(("One answer", ("", "right", "share"), rows))
        if self.lists:
            tables.append(
                ("Lists, by overlap", COUNTED, [tally_row(name, tally) for name, tally in self.lists.items()])
            )
        return tables


def evaluate_bank(
    path: Path, *, rulebook: Rulebook, grader: Grader | Graders, learned: Learned = RULES_ALONE
) -> BankReport:
    """How far the inspection agrees with the answers in this bank; every line is inspected as a call of its own.

    Raises:
        BadCall: naming the file, line and field that does not fit.
    """
    categories: dict[str, Sentences] = {}
    fields: dict[str, Rate] = {}
    lists: dict[str, Tally] = {}
    rules_alone = Sentences()
    graders = as_graders(grader)
    count = 0
    for line in bank_lines(path):
        count += 1
        match line:
            case FindingLine():
                model = learned.model_of(line.text)
                one = _asked(line, flagged=_is_flagged(line, rulebook, graders.of(line.text), model))
                categories[line.category] = categories.get(line.category, Sentences()) + one
                if model:
                    rules_alone += _asked(line, flagged=_is_flagged(line, rulebook, graders.of(line.text), None))
            case TimeLine():
                call = Call(time=line.call_time)
                for name, rate in _time_rates(
                    line, _inspect(call, line.turns(), rulebook, graders.of(line.text))
                ).items():
                    fields[name] = fields.get(name, Rate()) + rate
            case NeedsLine() | FactsLine():
                call, turns = said_in(line)
                inspection = _inspect(call, turns, rulebook, graders.of(turns[-1].text))
                for name, rate in _single_rates(line.memo, inspection).items():
                    fields[name] = fields.get(name, Rate()) + rate
                for name in LISTS:
                    if name in line.memo:
                        tally = compare_lists(line.memo[name], getattr(inspection.memo, name))
                        lists[name] = lists.get(name, Tally()) + tally
    return BankReport(
        bank=path.name,
        count=count,
        made_with=MadeWith(rulebook=rulebook.version, recogniser="text", grader=graders.version),
        categories=dict(sorted(categories.items())),
        fields=dict(sorted(fields.items())),
        lists=dict(sorted(lists.items())),
        rules_alone=rules_alone if learned.is_used else None,
        learned=learned.about_bank(path.stem),
    )


def _asked(line: FindingLine, *, flagged: bool) -> Sentences:
    rate = Rate(hits=int(flagged), of=1)
    return Sentences(found=rate) if line.label else Sentences(fired=rate)


def said_in(line: TimeLine | NeedsLine | FactsLine) -> tuple[Call, tuple[Turn, ...]]:
    """The line as a call of its own, with what was said in it."""
    match line:
        case FactsLine():
            return line.call, line.said()
        case TimeLine():
            return Call(time=line.call_time), line.turns()
        case NeedsLine():
            return Call(time=SOME_DAY, dealer=Dealer(brand=line.dealer_brand)), line.turns()


def bank_lines(path: Path) -> Iterator[BankLine]:
    """The lines of this bank.

    Raises:
        BadCall: naming the file, line and field that does not fit.
    """
    for number, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            yield _ANY_LINE.validate_python(json.loads(text))
        except (json.JSONDecodeError, ValidationError) as error:
            raise BadCall("bad-call", f"not a line of a bank: {error}", where=f"{path}:{number}") from error


def _form(content: Any) -> Literal["findings", "time", "needs", "facts"]:
    if "category" in content:
        return "findings"
    if "turns" in content and "memo" in content:
        return "facts"
    return "time" if "call_time" in content else "needs"


_ANY_LINE: Final[TypeAdapter[BankLine]] = TypeAdapter(
    Annotated[
        Annotated[FindingLine, Tag("findings")]
        | Annotated[TimeLine, Tag("time")]
        | Annotated[NeedsLine, Tag("needs")]
        | Annotated[FactsLine, Tag("facts")],
        Discriminator(_form),
    ]
)


def _inspect(
    call: Call, turns: tuple[Turn, ...], rulebook: Rulebook, grader: Grader, model: Model | None = None
) -> Inspection:
    return inspect_call(call, transcript_of_turns(turns), rulebook, grader, model)


def _is_flagged(line: FindingLine, rulebook: Rulebook, grader: Grader, model: Model | None) -> bool:
    """Whether the line's own words carry the category, or say the must-say line."""
    must_say = f"no-{line.category}"
    if must_say in set(OMISSIONS):
        findings = _inspect(Call(time=SOME_DAY), in_a_call(line), rulebook, grader, model).findings
        return must_say not in {finding.category for finding in findings}
    category = Category(line.category)
    turns = line.turns()
    findings = _inspect(Call(time=SOME_DAY), turns, rulebook, grader, model).findings
    return any(
        finding.category is category and evidence.utterance == len(turns) - 1
        for finding in findings
        for evidence in finding.evidence
    )


MUTE_CALL: Final = (
    (Speaker.CUSTOMER, "喂，我昨天路过看到那款车了。"),
    (Speaker.AGENT, "这款车现在有优惠。"),
    (Speaker.CUSTOMER, "嗯，优惠我晓得了。"),
    (Speaker.AGENT, "颜色有黑色跟白色。"),
    (Speaker.CUSTOMER, "白色耐脏一点。"),
    (Speaker.AGENT, "嗯，白色的车卖得多。"),
    (Speaker.CUSTOMER, "保险我自己买。"),
    (Speaker.AGENT, "可以的，保险自愿。"),
    (Speaker.CUSTOMER, "轮胎是十八寸的。"),
    (Speaker.AGENT, "对，十八寸。"),
    (Speaker.CUSTOMER, "那我晓得了。"),
    (Speaker.AGENT, "嗯，好的。"),
    (Speaker.CUSTOMER, "行，那先这样。"),
)
"""A sales conversation in which no must-say line is said: a line set into it decides alone."""


def in_a_call(line: FindingLine) -> tuple[Turn, ...]:
    """The line inside `MUTE_CALL`, where such a line belongs: at the opening, in the middle or towards the end."""
    at = {"self-introduction": 1, "recording-notice": 1, "needs-probing": 5}.get(line.category, len(MUTE_CALL) - 1)
    mute = [Turn(speaker=speaker, text=text) for speaker, text in MUTE_CALL]
    return (*mute[:at], *line.turns(), *mute[at:])


def _time_rates(line: TimeLine, inspection: Inspection) -> dict[str, Rate]:
    label = LabelledMemo(purchase_time=line.purchase_time, appointment=line.appointment)
    rates = compare_fields(label, inspection.memo)
    asked = {name: rates[name] for name in ("purchase_time", "purchase_end", "appointment", "appointment_day")}
    if line.grade:
        asked["grade"] = Rate(hits=int(inspection.grade.letter is line.grade), of=1)
    return asked


_PARTS: Final = {
    "purchase_time": ("purchase_time", "purchase_end"),
    "appointment": ("appointment_day", "appointment"),
}
"""Memo fields that are compared in two ways."""


def _single_rates(memo: dict[str, Any], inspection: Inspection) -> dict[str, Rate]:
    label = LabelledMemo.model_validate({name: value for name, value in memo.items() if value is not None})
    rates = compare_fields(label, inspection.memo)
    said = same_or_alike(memo.get("contact_preference"), inspection.memo.contact_preference)
    rates["contact_preference"] = Rate(hits=int(said), of=1)
    return {name: rates[name] for field in memo for name in _PARTS.get(field, (field,)) if name in rates}
