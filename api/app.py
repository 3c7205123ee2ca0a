"""The front door: ``uvicorn api.app:create_app --factory``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import Depends, FastAPI

from api import conversations, health, inspections, keys, recordings, rulebook
from api.audio import RangeNotSatisfiable, unsatisfiable
from api.deps import known_parameters_only
from api.edge import Edge, Traffic
from api.openapi import describe
from api.problems import handle_problems
from api.security import challenge
from qc.errors import Forbidden
from qc.ingest import open_service
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
        dependencies=[Depends(known_parameters_only)],
        # The reference describes this program, not this installation, and holds no data: it needs no key.
        openapi_url="/openapi.json",
        docs_url="/docs",
        redoc_url=None,
    )
    app.state.service = service
    app.state.traffic = Traffic()
    app.add_middleware(Edge, traffic=app.state.traffic)
    handle_problems(app)
    app.add_exception_handler(Forbidden, challenge)
    app.add_exception_handler(RangeNotSatisfiable, unsatisfiable)
    for resource in (recordings, conversations, inspections, rulebook, keys, health):
        app.include_router(resource.router)
    app.openapi = partial(describe, app)  # type: ignore[method-assign] # FastAPI's documented way to extend it
    return app
