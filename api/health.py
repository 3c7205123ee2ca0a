"""Is it alive, is it ready, what is it doing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import anyio
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field

from api.deps import ServiceOfApp
from api.edge import Traffic
from api.examples import READY
from api.openapi import json_reply, problems
from api.problems import RETRY_AFTER_S, FieldProblem, problem
from api.security import needs
from qc.errors import BadInput, Unavailable
from qc.ingest import Service
from qc.live_rulebook import LiveRulebook
from qc.store.figures import read_figures
from qc.store.writings import read_writer_figures

router = APIRouter(tags=["health"])

log = logging.getLogger("api")

PATIENCE_S: Final = 2.0
"""How long a part may take to answer before it counts as away."""


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(default="alive", examples=["alive"])


class PartShape(BaseModel):
    """Whether one part answers, and how fast."""

    answers: bool
    ms: int


class ReadyShape(BaseModel):
    """All parts answer."""

    status: str
    parts: dict[str, PartShape]
    warnings: tuple[str, ...] = Field(
        default=(),
        description="`rulebook-broken`: the lexicons hold a mistake and the last good ones are in force, "
        "`/v1/rulebook` says more; `no-rulebook`: there are none.",
    )


@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Is the process alive?",
    responses={200: json_reply("It is.", {"status": "alive"})},
)
async def healthz() -> Alive:
    """Answers as long as the process does; asks nothing else. Needs no key."""
    return Alive()


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Do the parts answer?",
    response_model=ReadyShape,
    responses={200: json_reply("All do.", READY), **problems(503)},
)
async def readyz(request: Request, service: ServiceOfApp) -> ReadyShape | Response:
    """Asks the database, the queue and the blob storage; 503 `not-ready` names those that do not answer. Needs no key.

    Recordings are still accepted while only the queue is away; they are queued once it is back.
    """
    parts: dict[str, PartShape] = {}
    errors: dict[str, str] = {}

    async def ask(name: str, ping: Callable[[], None]) -> None:
        began = time.perf_counter()
        errors[name] = f"no answer within {PATIENCE_S:g} s"
        with anyio.move_on_after(PATIENCE_S):
            # A thread that hangs in a connection is left behind: the answer must not wait for it.
            answers = await to_thread.run_sync(_answers, name, ping, abandon_on_cancel=True)
            errors[name] = "" if answers else "does not answer; the log says why"
        parts[name] = PartShape(answers=not errors[name], ms=round((time.perf_counter() - began) * 1000))

    async with anyio.create_task_group() as group:
        for name, ping in (
            ("database", service.database.ping),
            ("queue", service.queues.ping),
            ("blobs", service.blobs.ping),
        ):
            group.start_soon(ask, name, ping)
    away = [name for name, part in parts.items() if not part.answers]
    if not away:
        return ReadyShape(status="ready", parts=parts, warnings=await _warnings(request.app.state.rulebook))
    return problem(
        request,
        503,
        "not-ready",
        f"Not answering: {', '.join(sorted(away))}.",
        title=Unavailable.title,
        way_out="Start the parts named, or correct their addresses in the settings.",
        errors=[
            FieldProblem(place="part", field=name, message=errors[name], code="unavailable") for name in sorted(away)
        ],
        headers={"Retry-After": RETRY_AFTER_S},
    )


async def _warnings(rulebook: LiveRulebook) -> tuple[str, ...]:
    """What somebody should see to though all parts answer."""
    with anyio.move_on_after(PATIENCE_S):
        return await to_thread.run_sync(_warnings_about, rulebook, abandon_on_cancel=True)
    return ()


def _warnings_about(rulebook: LiveRulebook) -> tuple[str, ...]:
    try:
        rulebook.current()
    except BadInput:
        return ("no-rulebook",)
    return ("rulebook-broken",) if rulebook.mistakes else ()


def _answers(name: str, ping: Callable[[], None]) -> bool:
    """Whether the part answers. Why not is for the log alone: it may hold addresses, and anybody may ask."""
    try:
        ping()
    except Unavailable as error:
        log.warning("%s: %s", name, error)
        return False
    return True


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Figures for Prometheus",
    dependencies=[needs("read")],
    response_class=Response,
    responses={
        200: {"description": "The text format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401, 403),
    },
)
def metrics(request: Request, service: ServiceOfApp) -> Response:
    """Requests; recordings by state; the oldest unfinished; inspections by rulebook; writer; queues; parts that answer."""
    traffic: Traffic = request.app.state.traffic
    own = CollectorRegistry()
    own.register(StoreFigures(service))
    return Response(generate_latest(traffic.registry) + generate_latest(own), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class StoreFigures(Collector):
    """Figures read when they are asked for. A part that is away has no figures, and its ``qc_up`` says so."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def collect(self) -> Iterator[Metric]:
        """The figures now."""
        up = GaugeMetricFamily("qc_up", "Whether the part answers.", labels=("part",))
        for part, read in (("database", self._of_database), ("queue", self._of_queue)):
            try:
                figures = read()
            except Unavailable:
                up.add_metric((part,), 0)
            else:
                up.add_metric((part,), 1)
                yield from figures
        yield up

    def _of_database(self) -> list[Metric]:
        with self.service.database.reading() as session:
            figures = read_figures(session, datetime.now(UTC))
            writer = read_writer_figures(session)
        recordings = GaugeMetricFamily("qc_recordings", "Recordings by state.", labels=("state",))
        for state, count in figures.recordings.items():
            recordings.add_metric((state,), count)
        oldest = GaugeMetricFamily(
            "qc_oldest_unfinished_seconds",
            "How long the oldest unfinished recording has been here.",
            value=figures.oldest_unfinished_s,
        )
        inspections = GaugeMetricFamily("qc_inspections", "Current inspections by rulebook.", labels=("rulebook",))
        for version, count in figures.inspections.items():
            inspections.add_metric((version,), count)
        asked = GaugeMetricFamily(
            "qc_writer_answers", "Calls for the writer, by what came of each.", labels=("outcome",)
        )
        for outcome, count in writer.outcomes.items():
            asked.add_metric((outcome,), count)
        checked = GaugeMetricFamily("qc_writer_claims", "The writer's summaries and proposals.", labels=("fate",))
        checked.add_metric(("kept",), writer.kept)
        checked.add_metric(("dropped",), writer.dropped)
        return [recordings, oldest, inspections, asked, checked]

    def _of_queue(self) -> list[Metric]:
        waiting = GaugeMetricFamily("qc_queue_waiting", "Hints waiting in the queue.", labels=("queue",))
        for name, count in self.service.queues.depths().items():
            waiting.add_metric((name,), count)
        return [waiting]
