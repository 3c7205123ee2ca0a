"""What every request passes first and every reply last: request ids, size limits, figures, safe headers, surprises."""

from __future__ import annotations

import logging
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import mistake_of_ours, problem
from qc.traces import log_error

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""A request id of the caller's that is safe to log and to send back."""
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""For JSON bodies, which are read whole: ten thousand turns of a long conversation take about 2 MB."""
UPLOADS: Final = "/v1/recordings"
"""The one path whose bodies are streamed; `api.uploads` counts those itself, against its own limit."""


log = logging.getLogger("api")


class BrokenReply(Exception):
    """A reply that had begun could not be ended; the log has said why."""


@dataclass(frozen=True)
class Traffic:
    """Figures of the requests, in a registry of this app's own."""

    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=True))
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        """Register the figures."""
        counter = Counter(
            "qc_http_requests_total", "Requests answered.", ("method", "path", "status"), registry=self.registry
        )
        seconds = Histogram(
            "qc_http_request_seconds", "Time to the end of the reply.", ("method", "path"), registry=self.registry
        )
        object.__setattr__(self, "requests", counter)
        object.__setattr__(self, "seconds", seconds)


class Edge:
    """ASGI middleware. Plain, since Starlette's own base class buffers what streams."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self.app = app
        self.traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        scope["qc.request_id"] = asked if REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        status = 0
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            if scope["path"] == UPLOADS:
                await self.app(scope, receive, sending)
            elif _announced(headers) > MAX_BODY_BYTES:
                reply = problem(
                    Request(scope),
                    413,
                    "request-too-large",
                    f"The body is larger than {MAX_BODY_BYTES} bytes.",
                    way_out="Send a smaller request.",
                )
                await reply(scope, receive, sending)
            else:
                await self.app(scope, _counted(receive), sending)
        except Exception as error:  # noqa: BLE001 - the server would log it with its message, which may hold a call's words
            log_error(log, error, "%s failed", scope["qc.request_id"])
            if status:
                raise BrokenReply from None
            await mistake_of_ours(Request(scope))(scope, receive, sending)
        finally:
            self._count(scope, status or 500, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, not the path: ids would make a figure each.
        path = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "DELETE"} else "other"
        self.traffic.requests.labels(method, path, str(status)).inc()
        self.traffic.seconds.labels(method, path).observe(seconds)


def _add_headers(headers: MutableHeaders, scope: Scope) -> None:
    headers["X-Request-Id"] = scope["qc.request_id"]
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Calls are personal data; no shared or private cache keeps them unless a route says so.
    headers.setdefault("Cache-Control", "no-store")


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _counted(receive: Receive) -> Receive:
    """Receives as before, until a body without a Content-Length has grown too large."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
        return message

    return counting
