"""The front door: ``uvicorn api.app:create_app --factory``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from api import (
    appeals,
    calendars,
    conversations,
    explanations,
    first_contacts,
    follow_ups,
    grades,
    health,
    inspections,
    keys,
    leads,
    memos,
    outcomes,
    previews,
    recordings,
    reference,
    reports,
    routing,
    rulebook,
    verdicts,
)
from api.audio import RangeNotSatisfiable, unsatisfiable
from api.edge import Edge, Traffic
from api.openapi import describe
from api.problems import handle_problems
from api.security import challenge, known_parameters_only
from qc.errors import Forbidden
from qc.ingest import open_service
from qc.live_rulebook import LiveRulebook
from qc.store.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API over these settings, or over those of the environment. Migrates the database, then connects as needed.

    Raises:
        BadSettings: if a setting cannot be used.
        Unavailable: if the database does not answer.
    """
    service = open_service(settings or Settings.read())
    service.database.migrate()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.queues.close()
        service.database.close()

    app = FastAPI(
        title="Car call quality control",
        version=version("car-call-qc"),
        lifespan=lifespan,
        redirect_slashes=False,  # a redirected upload would arrive without its body
        # The reference describes this program, not this installation, and holds no data: it needs no key.
        openapi_url="/openapi.json",
        docs_url=None,  # see api.reference
        redoc_url=None,
    )
    app.state.service = service
    app.state.rulebook = LiveRulebook(service.settings)
    app.state.traffic = Traffic()
    app.add_middleware(Edge, traffic=app.state.traffic)
    handle_problems(app)
    app.add_exception_handler(Forbidden, challenge)
    app.add_exception_handler(RangeNotSatisfiable, unsatisfiable)
    app.include_router(health.router)
    app.include_router(reference.router)
    app.include_router(calendars.feed)  # opened by the secret in its address, not by a key
    resources = [
        one.router
        for one in (
            recordings,
            conversations,
            inspections,
            memos,
            leads,
            routing,
            outcomes,
            grades,
            reports,
            follow_ups,
            first_contacts,
            calendars,
            explanations,
            verdicts,
            appeals,
            rulebook,
            previews,
            keys,
        )
    ]
    for router in resources:
        app.include_router(router, dependencies=[Depends(known_parameters_only)])
    routers = (health.router, calendars.feed, *resources)
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    app.openapi = partial(describe, app, routes)  # type: ignore[method-assign] # FastAPI's documented way to extend it
    return app
