"""Who might take a lead: suggestions with their reasons, for whoever hands leads out."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from pydantic import Field

from api.deps import Id, ServiceOfApp
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import Shape
from qc.leads.routing import FEW, ORDER_DAYS, Limits, Suggestion
from qc.store.paging import now
from qc.store.routing import suggest_for_lead

router = APIRouter(prefix="/v1/leads", tags=["leads"])

TEAM: Final = {
    "lead_id": "lead_01kmr1",
    "store": "广州天河店",
    "tags": ["换购"],
    "past_leads": 412,
    "note": "",
    "items": [
        {
            "consultant": "李娜",
            "current": False,
            "rate": 0.3512,
            "team_rate": 0.2207,
            "by_tag": [{"tag": "换购", "leads": 52, "orders": 21, "rate": 0.3512, "team_rate": 0.2207}],
            "open_leads": 31,
            "recent_leads": 9,
            "available": True,
            "reasons": [
                "换购 52 条成交 21 条，折算成交率 35%，全店同类 22%",
                "这类客户明显做得好",
                "近 30 天分到 9 条，人均 9.5 条；在跟 31 条，上限 80 条",
            ],
        }
    ],
}


class TeamShape(Shape):
    """The consultants of a lead's store, in the order in which to offer it to them."""

    lead_id: str = Field(description="The lead.")
    store: str | None = Field(description="The lead's store, by the CRM or by its calls.")
    tags: tuple[str, ...] = Field(description="What the lead is matched by: the CRM's tags and those of its calls.")
    past_leads: int = Field(description="How many of the store's leads the rates are of.")
    note: str = Field(description="What to mind, in Chinese: few figures, nobody to suggest. Empty if all is well.")
    items: tuple[Suggestion, ...] = Field(description="The best first; who has enough to do last.")


@router.get(
    "/{lead_id}/consultants",
    operation_id="suggestConsultants",
    summary="Ask who should take a lead",
    dependencies=[needs("read")],
    responses={200: json_reply("The team.", TEAM), **problems(401, 403, 404, 422, 503)},
)
def consultants(service: ServiceOfApp, lead_id: Id) -> TeamShape:
    """A suggestion: nothing is assigned. The team is whoever had a lead or a call of the lead's store in 90 days.

    A rate is orders within 60 days of the lead among leads that are at least that old, drawn towards what the team
    reaches as long as there are few. First comes whoever clearly does better than the team with customers of these
    tags, then in turn those of whom nothing can be said, the fewest recent leads first, then who clearly does worse.
    Whoever has `QC_MAX_OPEN_LEADS` undecided leads, or `QC_MAX_LEAD_SHARE` times the even share of the last 30 days'
    leads, is not `available` and comes last. The same data give the same order.
    """
    settings = service.settings
    limits = Limits(open_leads=settings.max_open_leads, share=settings.max_lead_share)
    with service.database.reading() as session:
        team = suggest_for_lead(session, lead_id, limits, now())
    return TeamShape(
        lead_id=lead_id,
        store=team.store,
        tags=team.tags,
        past_leads=team.past_leads,
        note=_note(team.store, team.past_leads, len(team.suggestions)),
        items=team.suggestions,
    )


def _note(store: str | None, past_leads: int, consultants: int) -> str:
    if store is None:
        return "线索没有门店，无从推荐"
    if consultants == 0:
        return "这家店近期没有顾问的通话或线索，无从推荐"
    if past_leads < FEW:
        return f"满 {ORDER_DAYS} 天的线索只有 {past_leads} 条，看不出谁更合适，按轮流分配排"
    return ""
