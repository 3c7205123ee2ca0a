"""The nouns: what was said, what we concluded, what it was made with.

Every record is frozen and refuses unknown fields. Times within a call are integer milliseconds named ``_ms``,
money is integer CNY, points in time are timezone-aware. A claim carries `Evidence`; its quote is always
``utterances[i].text[start:end]`` of the transcript it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0, le=1), AfterValidator(lambda p: round(p, 4))]
"""A probability, rounded to four places so that stored results compare equal across machines."""

Milliseconds = Annotated[int, Field(ge=0)]

YEARS: Final = (1970, 2200)
"""The first and the last year of any day or time that is accepted: days can be counted from these, and times convert
between zones without overflow."""
YEARS_SAID: Final = f"the year must be between {YEARS[0]} and {YEARS[1]}"


class Record(BaseModel):
    """A frozen record that refuses fields it does not know."""

    # Attribute docstrings go into the OpenAPI as descriptions.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


# ---------------------------------------------------------------- what was said


class Speaker(StrEnum):
    """Who is talking. ``unknown`` is an honest answer for a mixed mono recording."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Who called whom, seen from the dealer."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Dealer(Record):
    """The store a call belongs to; the brand decides which models are ours and which are a competitor's."""

    store: str | None = None
    brand: str | None = None


class Call(Record):
    """The circumstances of a conversation that are known from outside it.

    ``time`` is when the call began, with the dealer's offset: spoken dates ("下周六") count from it.
    """

    time: AwareDatetime
    direction: Direction | None = None
    dealer: Dealer = Dealer()
    card: str | None = None
    """The scorecard to fill in; ``None`` leaves the choice to the call's own words."""


class Doubt(StrEnum):
    """Why words are quarantined: kept in the record and shown greyed, but never flagged on and never in the memo."""

    PHANTOM = "phantom"
    """A sentence of the recogniser's training subtitles, said over silence or music."""
    LOOP = "loop"
    """The recogniser repeating itself."""
    GUESS = "guess"
    """Words the recogniser itself holds unlikely, or that no voice could say in that time."""
    NO_VOICE = "no-voice"
    """Words where there are tones, music or noise and nobody speaks."""
    ECHO = "echo"
    """The other party's voice, heard through this channel."""
    MACHINE = "machine"
    """A recorded announcement: the exchange, a voice menu, a mailbox."""


class Utterance(Record):
    """One stretch of one party's speech, or one chat message.

    ``original_text`` keeps the recogniser's own words wherever ``text`` was changed after recognition. ``doubt``
    quarantines words that nobody may have said.
    """

    speaker: Speaker
    start_ms: Milliseconds
    end_ms: Milliseconds
    text: str
    original_text: str | None = None
    doubt: Doubt | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_ms < self.start_ms:
            raise ValueError(f"end_ms {self.end_ms} is before start_ms {self.start_ms}")
        return self


class Timing(StrEnum):
    """Where the times of a transcript come from."""

    RECORDED = "recorded"
    """Measured in audio."""
    ESTIMATED = "estimated"
    """Laid end to end at a usual speaking pace, for chats and text: good for order, not for conduct."""


class RolesBy(StrEnum):
    """How it is known which party is the agent."""

    GIVEN = "given"
    """By the recording's metadata, or by the text itself."""
    WORDS = "words"
    """By what each party says."""
    NOTHING = "nothing"
    """It is not known: every speaker is ``unknown``."""


class Roles(Record):
    """Which party is the agent: how that is known, and how sure it is."""

    by: RolesBy
    probability: Probability
    """That agent and customer are not mixed up; 0.5 where nothing tells."""


class Listen(Record):
    """A second listen: how well a watched phrase fits the sound in which something like it was heard.

    ``probability`` is that the phrase was said rather than what was heard at ``utterances[utterance].text[start:end]``.
    """

    utterance: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    phrase: str
    probability: Probability


class Level(Record):
    """How loud speech is, over the stretches with speech in them."""

    dbfs: float
    """Root mean square in decibels of full scale: 0 is the loudest there can be, telephone speech about -26."""
    clipped: Probability
    """The part of the samples that stand at the end of the scale: what was louder there was cut off."""


class Sound(Record):
    """How loud each party is. A recording with both parties in one channel has one figure, for both."""

    agent: Level | None = None
    customer: Level | None = None
    both: Level | None = None


class Transcript(Record):
    """What was said, in order of ``start_ms``."""

    utterances: tuple[Utterance, ...] = ()
    duration_ms: Milliseconds = 0
    timing: Timing = Timing.RECORDED
    recogniser: str
    """Name and settings of what heard it, ``text`` for a chat; part of `MadeWith`."""
    warnings: tuple[str, ...] = ()
    """What a reader should know about this transcript, in Chinese: speakers not told apart, a dead channel."""
    roles: Roles | None = None
    """``None`` in transcripts made before it was kept."""
    listens: tuple[Listen, ...] = ()
    """Second listens to stretches that sound like a watched phrase. Judging uses them without the audio."""
    sound: Annotated[Sound | None, Field(exclude_if=lambda sound: sound is None)] = None
    """Measured while hearing; missing for texts and in transcripts made before it was kept."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = [utterance.start_ms for utterance in self.utterances]
        if starts != sorted(starts):
            raise ValueError("utterances are not in order of start_ms")
        return self

    @model_validator(mode="after")
    def _listens_lie_within(self) -> Self:
        for listen in self.listens:
            if listen.utterance >= len(self.utterances):
                raise ValueError(f"a listen names utterance {listen.utterance} of {len(self.utterances)}")
            if not listen.start < listen.end <= len(self.utterances[listen.utterance].text):
                raise ValueError(f"a listen's span is outside the text of utterance {listen.utterance}")
        return self


# ---------------------------------------------------------------- what we concluded


class Evidence(Record):
    """The words a claim rests on: ``quote == transcript.utterances[utterance].text[start:end]``."""

    utterance: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    quote: str


class Severity(StrEnum):
    """How bad a finding is. ``alert`` is about the customer's words and never counts against the agent."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    ALERT = "alert"


class Category(StrEnum):
    """What a finding is about; the ids are used in lexicons, API and tests."""

    PRIVATE_DEALING = "private-dealing"
    PRIVACY_LEAK = "privacy-leak"
    ABUSE = "abuse"
    FINANCE_MISLEADING = "finance-misleading"
    VEHICLE_CONCEALMENT = "vehicle-concealment"
    OVERPROMISE = "overpromise"
    UNCLEAR_FEES = "unclear-fees"
    FORCED_BUNDLE = "forced-bundle"
    COMPETITOR_DISPARAGEMENT = "competitor-disparagement"
    PRIVATE_CONTACT = "private-contact"
    PESTERING = "pestering"
    ABSOLUTE_CLAIMS = "absolute-claims"
    FALSE_URGENCY = "false-urgency"
    UNPROFESSIONAL = "unprofessional"
    EVASIVE = "evasive"
    NO_SELF_INTRODUCTION = "no-self-introduction"
    NO_RECORDING_NOTICE = "no-recording-notice"
    NO_NEEDS_PROBING = "no-needs-probing"
    NO_NEXT_STEP = "no-next-step"
    COMPLAINT_ESCALATION = "complaint-escalation"
    DO_NOT_CALL = "do-not-call"
    LOST_TO_COMPETITOR = "lost-to-competitor"


OMISSIONS = frozenset(
    {Category.NO_SELF_INTRODUCTION, Category.NO_RECORDING_NOTICE, Category.NO_NEEDS_PROBING, Category.NO_NEXT_STEP}
)
"""Must-say lines: their absence is the finding."""
ALERTS = frozenset({Category.COMPLAINT_ESCALATION, Category.DO_NOT_CALL, Category.LOST_TO_COMPETITOR})
"""Alarming words of the customer, never held against the agent."""


CATEGORY_TITLES: Mapping[Category, str] = {
    Category.PRIVATE_DEALING: "私下交易",
    Category.PRIVACY_LEAK: "隐私违规",
    Category.ABUSE: "辱骂威胁讽刺",
    Category.FINANCE_MISLEADING: "金融误导",
    Category.VEHICLE_CONCEALMENT: "车况隐瞒",
    Category.OVERPROMISE: "虚假或过度承诺",
    Category.UNCLEAR_FEES: "加价与不明收费",
    Category.FORCED_BUNDLE: "捆绑强制消费",
    Category.COMPETITOR_DISPARAGEMENT: "贬低竞品",
    Category.PRIVATE_CONTACT: "绕开公司联系",
    Category.PESTERING: "纠缠已拒绝的客户",
    Category.ABSOLUTE_CLAIMS: "极限词",
    Category.FALSE_URGENCY: "虚假紧迫",
    Category.UNPROFESSIONAL: "用语不规范",
    Category.EVASIVE: "推诿回避",
    Category.NO_SELF_INTRODUCTION: "未自报家门",
    Category.NO_RECORDING_NOTICE: "未告知录音",
    Category.NO_NEEDS_PROBING: "未询问需求",
    Category.NO_NEXT_STEP: "未约定下一步",
    Category.COMPLAINT_ESCALATION: "客户投诉或曝光",
    Category.DO_NOT_CALL: "客户要求不再联系",
    Category.LOST_TO_COMPETITOR: "客户已在别处购车",
}
"""What a reader calls each category."""


class Finding(Record):
    """Something a reviewer should look at, with the words it rests on.

    For an omission the evidence is the stretch in which the line should have been said.
    """

    rule_id: str
    category: Category
    severity: Severity
    probability: Probability
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    reason: str
    """Why, in Chinese, for a reader who does not know the rulebook."""
    heard: Annotated[str | None, Field(exclude_if=lambda text: text is None)] = None
    """What was heard there; given where it only sounds like the rule's phrase."""
    matched: Annotated[str | None, Field(exclude_if=lambda text: text is None)] = None
    """The rule's phrase that it sounds like."""
    listened: Annotated[Probability | None, Field(exclude_if=lambda probability: probability is None)] = None
    """By a second listen to the sound: that ``matched`` was said, and not ``heard``. Missing where nobody listened
    again and only the pinyin fits."""
    proposed: Annotated[bool, Field(exclude_if=lambda proposed: not proposed)] = False
    """No rule found it: the learned model holds it to be like the category's examples."""


class Share(Record):
    """A figure for each party; ``None`` where it could not be measured."""

    agent: float | None = None
    customer: float | None = None


class Stretch(Record):
    """A span of the call, and the utterance it belongs to where it is one."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    utterance: int | None = None


class ConductRemark(Record):
    """A figure outside its limit in ``lexicons/conduct.yaml``, said in words."""

    rule_id: str
    severity: Severity
    value: float
    limit: float
    reason: str
    evidence: tuple[Evidence, ...] = ()


class Conduct(Record):
    """How the call was held. Figures that need recorded times are ``None`` for chats and for unknown speakers."""

    talk_share: Share = Share()
    """Part of all speech, 0 to 1; by time, or by characters where times are only estimated."""
    longest_monologue: Stretch | None = None
    """The agent's longest stretch without a word of the customer other than a backchannel."""
    interruptions: Mapping[Literal["agent", "customer"], tuple[Stretch, ...]] = {}
    """Where this party cut the other one short (抢话)."""
    dead_air: tuple[Stretch, ...] = ()
    """Silences of both parties above the limit (静音), but for announced holds."""
    dead_air_ms: Milliseconds | None = None
    """Their sum."""
    holds: tuple[Stretch, ...] = ()
    """Silences that the agent announced (您稍等, 我帮您查一下) and that were not too long; no dead air."""
    pace: Share = Share()
    """Characters per minute of this party's own speech (语速)."""
    response_delay_ms: int | None = None
    """Median pause of the agent before answering the customer."""
    agent_questions: int = 0
    open_questions: int | None = None
    """Those of the agent's questions that ask for more than yes or no (什么, 怎么, 多少, 哪)."""
    closed_questions: int | None = None
    """The others (吗, 是不是, 要不要)."""
    unanswered: tuple[Evidence, ...] | None = None
    """The customer's questions that the agent's next turns do not answer."""
    pickup: Stretch | None = None
    """From the beginning of the call, or the end of the customer's first words, to the agent's first words."""
    hangup: Stretch | None = None
    """From the customer's last words to the end of the recording, where nobody answered and it was no farewell."""
    sound: Sound | None = None
    """Loudness and clipping."""
    remarks: tuple[ConductRemark, ...] = ()


class ScorecardItem(Record):
    """One line of a scorecard and what it earned."""

    id: str
    group: str
    title: str
    points: float
    max_points: float
    reason: str
    evidence: tuple[Evidence, ...] = ()


class GroupScore(Record):
    """What the lines of one group (开场, 需求, …) earned together."""

    group: str
    points: float
    max_points: float


class AnswerState(StrEnum):
    """What became of a question that a card wants asked."""

    ANSWERED = "answered"
    """The customer's words answer it, whether or not it was asked."""
    NOT_ANSWERED = "not-answered"
    """Asked, and no answer can be told from what the customer said."""
    NOT_ASKED = "not-asked"
    NOT_APPLICABLE = "not-applicable"
    """Not asked, and it needed no asking: who has bought nothing has no brand to tell."""


class CardAnswer(Record):
    """One question of a card and the customer's answer."""

    id: str
    title: str
    state: AnswerState
    value: str | None = None
    """One of the question's values (已买, 没买), the cars that were named, or the customer's own words."""
    asked: tuple[Evidence, ...] = ()
    """Where the agent asked; empty where the customer answered unasked."""
    evidence: tuple[Evidence, ...] = ()
    """The customer's words; for ``not-answered`` what was said instead."""


class Scorecard(Record):
    """The sum of a call's conduct and findings; ``None`` points for a call the card does not apply to."""

    card: str
    points: float | None
    max_points: float
    vetoed_by: tuple[str, ...] = ()
    """Rule ids of veto findings (一票否决); any of them makes the points 0."""
    items: tuple[ScorecardItem, ...] = ()
    reason: str = ""
    version: str | None = None
    """Of the card and its questions, a hash of their content; ``None`` in inspections made before it was kept."""
    chosen: str = ""
    """Why this card and no other, in Chinese."""
    groups: tuple[GroupScore, ...] = ()
    """The sub-scores, in the card's order; a veto leaves them as they are."""
    answers: tuple[CardAnswer, ...] = ()
    """The card's questions with their answers, in the card's order; empty for a card without questions."""


class Budget(Record):
    """The customer's own figure in CNY; a ceiling has no ``min``."""

    min: int | None
    max: int | None
    basis: Literal["落地", "裸车"] | None = None


class PurchaseTime(Record):
    """When the customer means to buy: calendar dates, both ends inclusive, resolved from the call time."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    from_: date | None = Field(alias="from")
    to: date | None
    said: str


class Appointment(Record):
    """A meeting or call the customer agreed to.

    ``at`` is a local date (``2026-03-14``) or, where an hour was agreed, a local time (``2026-03-14T15:00``).
    """

    at: str
    kind: Literal["到店", "试驾", "回访电话", "交车", "上门"]


class Memo(Record):
    """联络备忘: what this customer needs, in the words and forms of the annotation guide.

    A field that was not talked about is ``None`` or empty; every other field has `evidence` under its name.
    """

    customer_name: str | None = None
    vehicles: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    budget: Budget | None = None
    purchase_time: PurchaseTime | None = None
    payment: Literal["全款", "贷款", "未定"] | None = None
    trade_in: str | None = None
    competitors: tuple[str, ...] = ()
    decision_makers: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    appointment: Appointment | None = None
    contact_preference: str | None = None
    promises: tuple[str, ...] = ()
    next_step: str | None = None
    evidence: Mapping[str, tuple[Evidence, ...]] = {}

    @model_validator(mode="after")
    def _no_claim_without_evidence(self) -> Self:
        for name in Memo.fields():
            if bool(getattr(self, name)) != bool(self.evidence.get(name)):
                raise ValueError(f"memo field {name}: a value needs evidence, and evidence a value")
        return self

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """The names of the memo's fields, in reading order, without ``evidence``."""
        return tuple(name for name in cls.model_fields if name != "evidence")

    @classmethod
    def lists(cls) -> frozenset[str]:
        """The names of the fields that hold any number of values."""
        return frozenset(name for name in cls.fields() if cls.model_fields[name].default == ())


class Tag(Record):
    """What kind of customer this is (首购, 换购, 宝妈 …), by the customer's own words."""

    tag: str
    kind: str | None = None
    """Tags of one kind exclude each other: the newest call's holds."""
    together: Annotated[tuple[str, ...], Field(exclude_if=lambda tags: not tags)] = ()
    """The tags it is made of, if it is: 年轻首购 goes with 首购."""
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]


class Letter(StrEnum):
    """客户级别. D (delivered) is left out: only the CRM knows it."""

    H = "H"
    A = "A"
    B = "B"
    C = "C"
    N = "N"
    O = "O"  # noqa: E741 - the trade's own letter
    F = "F"


class Reason(Record):
    """One reason for a grade, in Chinese, with its words; a reason of absence ("没有提到时间") has none."""

    text: str
    evidence: tuple[Evidence, ...] = ()


class Outcome(StrEnum):
    """What decides a lead, whatever else was said."""

    ORDERED = "ordered"
    CANCELLED = "cancelled"
    BOUGHT_ELSEWHERE = "bought-elsewhere"
    REFUSED = "refused"
    DO_NOT_CALL = "do-not-call"
    WRONG_NUMBER = "wrong-number"
    NOT_IN_PERSON = "not-in-person"
    UNANSWERED = "unanswered"
    AFTER_SALES = "after-sales"


class LeadFeatures(Record):
    """What a good manager would weigh about a lead, each readable on its own.

    They are kept with the grade: with the grader's version they explain it a year later.
    """

    speech: bool
    """Whether anything was said at all."""
    outcomes: tuple[Outcome, ...] = ()
    """What the rules saw, each once."""
    purchase_until: date | None = None
    """The last day of the stated time of purchase."""
    days_to_purchase: int | None = None
    horizon: Letter | None = None
    """H, A, B or C: what the dealer's table makes of the stated time; ``None`` without one."""
    in_haste: bool = False
    """马上, 尽快, 这几天: H whatever the last day."""
    unhurried: bool = False
    """不急, 先看看, 再说: the customer puts it off."""
    visit_in_days: int | None = None
    """Days until an agreed visit, test drive or home visit; ``None`` without one."""
    handover_agreed: bool = False
    """Whether a day to hand the car over (交车) is agreed."""
    visit_at_an_hour: bool = False
    """Whether an hour was agreed too."""
    visit_hedged: bool = False
    """有空就来, 看情况: agreed to in words that leave a way out."""
    budget_known: bool = False
    model_chosen: bool = False
    trim_chosen: bool = False
    payment_known: bool = False
    trade_in_known: bool = False
    interest: tuple[str, ...] = ()
    """Memo fields that rest on the customer's own words."""
    asks: bool = False
    """Words of interest (还没定, 什么价)."""
    others_decide: int = 0
    """How many people besides the customer have a say."""
    competitors: int = 0
    concerns: int = 0
    """Objections and worries left open."""
    declines: int = 0
    """How often the customer said no to what was offered."""
    customer_turns: int = 0
    customer_characters: int = 0
    earlier_calls: int = 0
    """Calls of the same lead before this one."""
    sounds_like: Annotated[Mapping[str, float], Field(exclude_if=lambda scores: not scores)] = {}
    """Log odds by the learned model of words, by what the call's surest sentence would mean; empty without a model."""

    @property
    def engagement(self) -> int:
        """How many of budget, chosen model or trim, payment or trade-in were talked about."""
        return self.budget_known + (self.model_chosen or self.trim_chosen) + (self.payment_known or self.trade_in_known)


class Grade(Record):
    """The suggested grade of the lead, why, and until when to contact the customer next."""

    letter: Letter
    probability: Probability
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    next_contact_by: date | None = None
    likely: Annotated[Mapping[Letter, Probability], Field(exclude_if=lambda likely: not likely)] = {}
    """The probability of each letter; empty where rules graded alone."""
    abstained: Annotated[bool, Field(exclude_if=lambda abstained: not abstained)] = False
    """N because no letter is sure enough, and not because nothing was said."""
    features: Annotated[LeadFeatures | None, Field(exclude_if=lambda features: features is None)] = None
    """What the grade was made of; missing in grades made before it was kept."""


class MadeWith(Record):
    """The versions that made an inspection; with the same transcript they make the same one again."""

    rulebook: str
    recogniser: str
    grader: str
    model: Annotated[str | None, Field(exclude_if=lambda model: model is None)] = None
    """The learned model of findings; missing where rules judged alone."""


class Inspection(Record):
    """What we concluded about one call."""

    findings: tuple[Finding, ...]
    conduct: Conduct
    scorecard: Scorecard
    memo: Memo
    grade: Grade
    made_with: MadeWith
    tags: tuple[Tag, ...] = ()
    """What kind of customer it is; empty in inspections made before tags were kept."""
    draft: Annotated[Memo | None, Field(exclude_if=lambda draft: draft is None)] = None
    """The memo that the grade was made of, where the grade has changed it since (`qc.memo.settle_memo`)."""
