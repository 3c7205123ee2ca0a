"""API keys: who may do what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Id, ServiceOfApp, Words
from api.examples import KEY, NEW_KEY
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import KeyShape, NewKeyShape, ScopeName
from qc.store.keys import create_key, list_keys, revoke_key

router = APIRouter(prefix="/v1/keys", tags=["keys"])


class NewKeyBody(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Words = Field(description="Who or what will use it.")
    scopes: tuple[ScopeName, ...] = Field(min_length=1, max_length=6, description="What it may do.")


class KeysShape(BaseModel):
    """All keys."""

    items: tuple[KeyShape, ...]


@router.get(
    "",
    operation_id="listKeys",
    summary="List API keys",
    dependencies=[needs("admin")],
    responses={
        200: json_reply("All keys, revoked ones too, oldest first.", {"items": [KEY]}),
        **problems(401, 403, 422, 503),
    },
)
def all_keys(service: ServiceOfApp) -> KeysShape:
    """The keys without their secrets, which are not kept."""
    with service.database.reading() as session:
        return KeysShape(items=tuple(KeyShape(**dict(key)) for key in list_keys(session)))


@router.post(
    "",
    operation_id="addKey",
    summary="Make an API key",
    status_code=201,
    dependencies=[needs("admin")],
    responses={201: json_reply("The key, with its secret.", NEW_KEY), **problems(400, 401, 403, 413, 422, 503)},
)
def add_key(
    service: ServiceOfApp,
    body: Annotated[NewKeyBody, Body(examples=[{"name": "CRM", "scopes": ["ingest", "read"]}])],
) -> NewKeyShape:
    """The answer is the only time that the secret is shown."""
    with service.database.writing() as session:
        key, secret = create_key(session, body.name, body.scopes)
    return NewKeyShape(**dict(key), secret=secret)


@router.delete(
    "/{key_id}",
    operation_id="revokeKey",
    summary="Revoke an API key",
    status_code=204,
    dependencies=[needs("admin")],
    responses={204: {"description": "It is of no use from now on."}, **problems(401, 403, 404, 422, 503)},
)
def remove_key(service: ServiceOfApp, key_id: Id) -> Response:
    """Revoked at once and for good; it stays listed."""
    with service.database.writing() as session:
        revoke_key(session, key_id)
    return Response(status_code=204)
