"""A small server that speaks OpenAI's chat completions as the test tells it to: also lies, stalls and junk."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class WriterServer:
    """Where it listens, what it was asked, and what it answers next."""

    url: str
    answer: Callable[[BaseHTTPRequestHandler], None]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, content: Any) -> None:
        """Answers with this as what the model wrote."""
        written = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        self.answer = lambda handler: reply(handler, completion(written))

    def told(self) -> dict[str, Any]:
        """What the last request told the model about the call."""
        told: dict[str, Any] = json.loads(self.asked[-1]["messages"][-1]["content"])
        return told


def completion(content: str) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def reply(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def stall(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """Says nothing for a while."""
    return lambda _: time.sleep(seconds)


def drip(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """Sends a byte now and then, so that no single read takes long."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


@contextmanager
def writer_server() -> Iterator[WriterServer]:
    """A server on loopback that answers as it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.asked.append({"path": self.path, **json.loads(body)})
            server.headers.append(dict(self.headers))
            try:
                server.answer(self)
            except OSError:
                self.close_connection = True  # whoever asked has hung up

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = WriterServer(f"http://127.0.0.1:{http.server_port}/v1", answer=lambda handler: reply(handler, b"{}"))
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()
