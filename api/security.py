"""API keys: who is asking, and whether the key may do this."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

from fastapi import Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.responses import Response

from api.deps import ServiceOfApp
from api.problems import problem_of
from qc.errors import Forbidden
from qc.store.keys import allows, authenticate
from qc.store.records import KeyRecord

REALM: Final = "qc"
BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="qck_…",
    description="An API key as `Authorization: Bearer qck_…`. Scopes: ingest, read, audio, review, "
    "appeal, admin (does everything).",
)
HEADER = APIKeyHeader(
    auto_error=False, scheme_name="header", name="X-API-Key", description="The same key in a header of its own."
)


class NotAuthenticated(Forbidden):
    """No key was shown, or none we know. Codes: ``key-missing``, ``key-unknown``."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "An API key is needed"


class ScopeMissing(Forbidden):
    """The key is known but may not do this. Code: ``scope-missing``."""

    title: ClassVar[str] = "The key may not do this"

    def __init__(self, scope: str) -> None:
        super().__init__(
            "scope-missing",
            f"This key lacks the scope {scope!r}.",
            way_out=f"Ask who runs the service for a key with the scope {scope!r}.",
        )
        self.scope = scope


def identified(
    service: ServiceOfApp,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    header: Annotated[str | None, Security(HEADER)],
) -> KeyRecord:
    """The key of this request, looked up once however many dependencies ask.

    Raises:
        NotAuthenticated: without a key we know.
    """
    secret = bearer.credentials if bearer else header
    if not secret:
        raise NotAuthenticated(
            "key-missing",
            "This request shows no API key.",
            way_out="Send Authorization: Bearer qck_… (see `qc key create`).",
        )
    with service.database.reading() as session:
        key = authenticate(session, secret)
    if key is None:
        raise NotAuthenticated(
            "key-unknown", "This API key is unknown or revoked.", way_out="Ask who runs the service for a new key."
        )
    return key


Identified = Annotated[KeyRecord, Security(identified)]


def allowed(asked: SecurityScopes, key: Identified) -> KeyRecord:
    """The key of this request, which may do what the route does.

    Raises:
        ScopeMissing: if the key lacks a scope that the route asks for.
    """
    for scope in asked.scopes:
        if not allows(key, scope):
            raise ScopeMissing(scope)
    return key


def needs(scope: str) -> Any:
    """The dependency of a route that only keys with this scope may use."""
    return Security(allowed, scopes=[scope])


def known_parameters_only(request: Request, _: Identified) -> None:
    """Refuse query parameters that this route does not have, or that are given twice.

    A misspelt filter that is ignored lists everything, and looks as if it had worked. Who shows no key learns nothing.
    """
    if not request.query_params:
        return
    route: APIRoute = request.scope["route"]
    known = sorted(field.alias for field in route.dependant.query_params)
    errors: list[dict[str, Any]] = []
    for name in request.query_params:
        if name not in known:
            message = f"there is no such parameter; there is {', '.join(known) or 'none'}"
            errors.append({"type": "unknown_parameter", "loc": ("query", name), "msg": message})
        elif len(request.query_params.getlist(name)) > 1:
            errors.append({"type": "repeated_parameter", "loc": ("query", name), "msg": "given more than once"})
    if errors:
        raise RequestValidationError(errors)


async def challenge(request: Request, error: Exception) -> Response:
    """The problem document of a 401 or 403, with the challenge of RFC 6750 in ``WWW-Authenticate``."""
    assert isinstance(error, Forbidden)  # noqa: S101 - the framework's signature is wider than what it hands in
    response = problem_of(request, error)
    parts = [f'Bearer realm="{REALM}"']
    if error.code == "key-unknown":
        parts.append('error="invalid_token"')
    if isinstance(error, ScopeMissing):
        parts += ['error="insufficient_scope"', f'scope="{error.scope}"']
    response.headers["WWW-Authenticate"] = ", ".join(parts)
    return response
