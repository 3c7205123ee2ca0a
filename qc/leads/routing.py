"""Who should take a lead: a suggestion with its reasons, never a decision.

A consultant's rate of orders with such customers is drawn towards what all consultants reach as long as there are few
(`qc.leads.rates.fit_prior`). Only a rate that stands out counts; everybody else gets leads in turn, and nobody so many
that the others get none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from statistics import NormalDist, fmean
from typing import Final, NamedTuple

from pydantic import Field

from qc.domain import Record
from qc.leads.rates import Count, Estimate, Prior, fit_prior, joined, shrink

ORDER_DAYS: Final = 60
"""An order counts if it came within so many days of the lead, and a lead counts once they are over. Else whoever has
young leads looks worse, and who never reports a loss looks better."""
PAST_DAYS: Final = 365
"""Leads of so many days before that are looked at: what consultants do now."""
RECENT_DAYS: Final = 30
"""Over so many days the leads handed out are shared."""
ACTIVE_DAYS: Final = 180
"""An undecided lead older than this is no load any more, whatever nobody has closed."""
TEAM_DAYS: Final = 90
"""Whoever had neither a lead nor a call of the store for so long is no longer taken for one of its team."""
FEW: Final = 20
"""Of fewer leads a rate is called a small sample."""
STANDS_OUT: Final = NormalDist().inv_cdf(0.9)
"""A rate stands out if it is above or below the team's with a probability of 90 %, one-sided, the posterior taken as
normal; it is close to that with `qc.leads.rates.LEAST_STRENGTH` cases and more."""


class PastLead(NamedTuple):
    """A lead whose time to order is over."""

    consultant: str
    tags: frozenset[str]
    won: bool


class Load(NamedTuple):
    """What a consultant has on his hands."""

    open_leads: int
    recent_leads: int


class Limits(NamedTuple):
    """When a consultant is passed over."""

    open_leads: int
    """So many undecided leads are enough."""
    share: float
    """So many times the even share of recent leads is enough."""


class TagRate(Record):
    """A consultant's orders from customers of one tag."""

    tag: str
    """Empty for all customers together, where the lead has no tag."""
    leads: int
    orders: int
    rate: float = Field(ge=0, le=1)
    """Drawn towards what is usual, the more the fewer leads there are."""
    team_rate: float = Field(ge=0, le=1)
    """What the whole team reaches with such customers."""


class Suggestion(Record):
    """One consultant for a lead."""

    consultant: str
    current: bool
    """Whether the lead is theirs now."""
    rate: float = Field(ge=0, le=1)
    """Orders to expect from such customers: the mean over the lead's tags."""
    team_rate: float = Field(ge=0, le=1)
    """The same for the whole team."""
    by_tag: tuple[TagRate, ...]
    open_leads: int
    recent_leads: int
    available: bool
    """False at the load limit or beyond the share."""
    reasons: tuple[str, ...]
    """Why at this place, in Chinese."""


class _Place(IntEnum):
    BETTER = 0
    IN_TURN = 1
    WORSE = 2
    HAD_MANY = 3
    FULL = 4


def suggest_consultants(
    tags: Iterable[str],
    past: Sequence[PastLead],
    loads: Mapping[str, Load],
    limits: Limits,
    *,
    current: str | None = None,
) -> tuple[Suggestion, ...]:
    """The team in the order in which to offer it this lead.

    ``loads`` names the whole team, ``past`` its leads whose time is over. First come those whose rate with such
    customers stands out above the team's, then those of whom nothing can be said, whoever had the fewest recent leads
    first, then those below it; at the end whoever has had more than the share, or has enough to do.
    """
    wanted = sorted(set(tags))
    rates = _Rates(past, wanted)
    even = fmean(load.recent_leads for load in loads.values()) if loads else 0
    placed = []
    for name, load in loads.items():
        by_tag, together = rates.of(name)
        team = fmean(one.team_rate for one in by_tag)
        place = _place(together, team, load, limits, even)
        suggestion = Suggestion(
            consultant=name,
            current=name == current,
            rate=round(together.rate, 4),
            team_rate=round(team, 4),
            by_tag=by_tag,
            open_leads=load.open_leads,
            recent_leads=load.recent_leads,
            available=place < _Place.HAD_MANY,
            reasons=tuple(_reasons(place, by_tag, together, team, load, limits, even)),
        )
        by_rate = -round(together.rate, 4) if place in (_Place.BETTER, _Place.WORSE) else 0
        placed.append(((place, by_rate, load.recent_leads, load.open_leads, name), suggestion))
    return tuple(suggestion for _, suggestion in sorted(placed, key=lambda one: one[0]))


class _Rates:
    """The rates of consultants with customers of these tags, or with all where there is none."""

    def __init__(self, past: Sequence[PastLead], tags: Sequence[str]) -> None:
        self._past = past
        self._tags = tags
        by_consultant: defaultdict[str, list[bool]] = defaultdict(list)
        for lead in past:
            by_consultant[lead.consultant].append(lead.won)
        self._all = fit_prior([Count(sum(won), len(won)) for _, won in sorted(by_consultant.items())])

    def _count(self, fits: Callable[[PastLead], bool]) -> Count:
        won = [lead.won for lead in self._past if fits(lead)]
        return Count(sum(won), len(won))

    def of(self, consultant: str) -> tuple[tuple[TagRate, ...], Estimate]:
        """By tag, and together: the mean of the rates; the widest deviation, since tags share their leads."""
        counted = [self._with_tag(consultant, tag) for tag in self._tags] or [self._overall(consultant)]
        estimates = [estimate for _, estimate in counted]
        together = Estimate(
            fmean(estimate.rate for estimate in estimates), max(estimate.deviation for estimate in estimates)
        )
        return tuple(rate for rate, _ in counted), together

    def _overall(self, consultant: str) -> tuple[TagRate, Estimate]:
        count = self._count(lambda lead: lead.consultant == consultant)
        return _told("", count, shrink(count, self._all), self._all.mean)

    def _with_tag(self, consultant: str, tag: str) -> tuple[TagRate, Estimate]:
        """The rate with customers of this tag.

        What to expect beforehand follows from the consultant's other leads and from others' leads of the tag, so that
        none counts twice.
        """
        otherwise = self._count(lambda lead: lead.consultant == consultant and tag not in lead.tags)
        by_others = self._count(lambda lead: lead.consultant != consultant and tag in lead.tags)
        expected = joined(shrink(otherwise, self._all).rate, shrink(by_others, self._all).rate, self._all.mean)
        own = self._count(lambda lead: lead.consultant == consultant and tag in lead.tags)
        every = self._count(lambda lead: tag in lead.tags)
        estimate = shrink(own, Prior(expected, self._all.strength))
        return _told(tag, own, estimate, shrink(every, self._all).rate)


def _told(tag: str, count: Count, estimate: Estimate, team_rate: float) -> tuple[TagRate, Estimate]:
    rate = TagRate(
        tag=tag, leads=count.cases, orders=count.hits, rate=round(estimate.rate, 4), team_rate=round(team_rate, 4)
    )
    return rate, estimate


def _place(rate: Estimate, team: float, load: Load, limits: Limits, even: float) -> _Place:
    if load.open_leads >= limits.open_leads:
        return _Place.FULL
    if load.recent_leads >= max(limits.share * even, 1) and load.recent_leads > even:
        return _Place.HAD_MANY
    if rate.rate - STANDS_OUT * rate.deviation > team:
        return _Place.BETTER
    if rate.rate + STANDS_OUT * rate.deviation < team:
        return _Place.WORSE
    return _Place.IN_TURN


def _reasons(
    place: _Place, by_tag: Sequence[TagRate], rate: Estimate, team: float, load: Load, limits: Limits, even: float
) -> Iterable[str]:
    if place is _Place.FULL:
        yield f"在跟 {load.open_leads} 条，已到上限 {limits.open_leads} 条"
    elif place is _Place.HAD_MANY:
        yield f"近 {RECENT_DAYS} 天已分到 {load.recent_leads} 条，达到人均 {even:.1f} 条的 {limits.share:g} 倍"
    counted = "；".join(f"{one.tag or '全部客户'} {one.leads} 条成交 {one.orders} 条" for one in by_tag)
    few = "（样本少）" if max(one.leads for one in by_tag) < FEW else ""
    yield f"{counted}{few}，折算成交率 {rate.rate:.0%}，全店同类 {team:.0%}"
    if place is _Place.BETTER:
        yield "这类客户明显做得好"
    elif place is _Place.WORSE:
        yield "这类客户明显低于全店"
    elif place is _Place.IN_TURN:
        yield "跟全店看不出差别，按轮流分配，近期分得少的在前"
    if place < _Place.HAD_MANY:
        yield f"近 {RECENT_DAYS} 天分到 {load.recent_leads} 条，人均 {even:.1f} 条；在跟 {load.open_leads} 条，上限 {limits.open_leads} 条"
