"""Requests made up from the OpenAPI document, good and bad ones: none may bring about a 5xx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
from conftest import LINES, a_wav, an_inspection
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import sampled_from
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

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
    outcomes,
    recordings,
    reports,
    routing,
    rulebook,
    verdicts,
)
from api.app import create_app
from qc.domain import Category
from qc.ingest import Service
from qc.store.inspections import save_inspection
from qc.store.keys import create_key
from qc.store.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


PLACE = {"utterance": 2, "start": 1, "end": 11}


class Seeded(NamedTuple):
    """An app that holds something, and the way in."""

    schema: Any
    headers: dict[str, str]
    ids: dict[str, list[str]]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, queue_server_url: str) -> Iterator[Seeded]:
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    app = create_app(Settings(data_dir=folder, redis_url=queue_server_url, _env_file=None))
    service: Service = app.state.service
    with service.database.writing() as session:
        _, secret = create_key(session, "schemathesis", ["admin"])
        key, _ = create_key(session, "to be revoked", ["read"])
    headers = {"Authorization": f"Bearer {secret}"}
    client = TestClient(app, headers=headers)
    audio = client.post("/v1/recordings", files={"file": ("a.wav", a_wav())}).json()["id"]
    turns = [{"speaker": "agent", "text": line.partition("：")[2]} for line in LINES]
    text = client.post("/v1/conversations", json={"turns": turns}).json()["id"]
    with service.database.writing() as session:
        found = (Category.OVERPROMISE, Category.FALSE_URGENCY, Category.ABSOLUTE_CLAIMS)
        inspection = save_inspection(session, text, an_inspection(categories=found)).id
    verdicts = [
        client.post(f"/v1/recordings/{text}/verdicts", json={"kind": "confirm", "category": category, **PLACE}).json()
        for category in found[:2]
    ]
    appeal = client.post(f"/v1/verdicts/{verdicts[0]['id']}/appeal", json={"reason": "不对"}).json()["id"]
    details = {"external_id": "L-1", "at": "2026-03-01T09:00:00+08:00"}
    lead = client.post("/v1/leads", json=details).json()["id"]
    revoked, calendar = (client.post("/v1/calendars", json={"consultant": "王磊"}).json() for _ in range(2))
    ids = {
        "calendar_id": [revoked["id"]],
        "token": [calendar["path"].rpartition("/")[2].removesuffix(".ics")],
        "lead_id": [lead],
        "report": ["sources", "grades"],
        "recording_id": [audio, text],
        "inspection_id": [inspection],
        "key_id": [key.id],
        "verdict_id": [one["id"] for one in verdicts],
        "appeal_id": [appeal],
    }
    yield Seeded(schemathesis.openapi.from_asgi("/openapi.json", app), headers, ids)
    service.database.close()
    service.queues.close()


ROUTES = [
    (method, route.path)
    for resource in (
        recordings,
        conversations,
        inspections,
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
        keys,
        health,
    )
    for route in resource.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]
ROUTES.append(("GET", "/v1/calendars/{token}.ics"))  # has a router of its own, which asks for no key


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_no_request_brings_about_a_server_error(seeded: Seeded, method: str, path: str) -> None:
    operation = seeded.schema[path][method]

    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        about=sampled_from([None, 0, 1]),
    )
    @hypothesis_settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any, about: int | None) -> None:
        for name in case.path_parameters or {}:
            if about is not None:  # most requests are about something that is there
                case.path_parameters[name] = seeded.ids[name][about % len(seeded.ids[name])]
        if about is not None and isinstance(case.body, dict) and "file" in case.body:
            case.body = {"file": a_wav(0.1)} | ({"metadata": case.body.get("metadata", "{}")} if about else {})
        if about is not None and isinstance(case.body, dict) and "utterance" in case.body:
            case.body |= PLACE | {"category": "absolute-claims"}
        response = case.call(headers=seeded.headers)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    statuses: Counter[int] = Counter()
    check()
    assert set(statuses) - {404, 422}, f"nothing but refusals: {statuses}"
