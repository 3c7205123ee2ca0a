"""The optional writer: any endpoint that speaks OpenAI's chat completions.

A `Writer` never raises for what the other side does: an answer that is late, junk, or an error is an outcome. One that
does not answer is left alone for a while, so that what waits behind a call is not held up by every call.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2 as httpx
from pydantic import ValidationError

from qc.errors import BadSettings
from qc.store.settings import Settings
from qc.writing import NO_ANSWER, Reply, WriterOutcome, unmask

MAX_ANSWER_BYTES: Final = 256 * 1024
MAX_TOKENS: Final = 1500
"""Of the answer; a summary and a dozen proposals take some 600."""
CONNECT_S: Final = 5.0
FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 1800.0
_DECLINES: Final = frozenset({400, 413, 422})
"""Statuses about what was asked, not about who asks or when: another call may well be taken."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """How asking ended, and what was answered if it was of the form asked for."""

    outcome: WriterOutcome
    reply: Reply | None
    took_ms: int


class Pauses:
    """When a writer is left alone: after a failure, and twice as long after each more in a row.

    Once the pause is over the next call is asked about, so that at most one call in each pause waits in vain. A circuit
    breaker, as M. Nygard describes it (Release It!, 2007).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause_s = 0.0
        self._until = 0.0

    @property
    def lasting(self) -> bool:
        """Whether there is a pause now."""
        return self._pause_s > 0 and self._clock() < self._until

    def note(self, outcome: WriterOutcome) -> None:
        """Begins a pause after an outcome that is no answer; any answer ends the row of failures."""
        if outcome not in NO_ANSWER:
            if self._pause_s:
                log.info("the writer answers again")
            self._pause_s = 0.0
            return
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S) if self._pause_s else FIRST_PAUSE_S
        self._until = self._clock() + self._pause_s
        log.warning("the writer: %s, so it is not asked for %.0f s", outcome, self._pause_s)


@dataclass(frozen=True)
class Writer:
    """Where to ask, whom, and how long to wait for all of the answer."""

    url: str
    model: str
    key: str = field(repr=False)
    timeout_s: float
    masks: bool
    """Whether names, numbers and plates are hidden from it."""
    pauses: Pauses = field(default_factory=Pauses, repr=False, compare=False)

    def ask(self, messages: Sequence[Mapping[str, str]], hidden: Mapping[str, str]) -> Answer:
        """The answer, with what was ``hidden`` filled in again; none while it is left alone."""
        if self.pauses.lasting:
            return Answer(WriterOutcome.PAUSED, None, 0)
        began = time.monotonic()
        outcome, content = self._post(messages, began + self.timeout_s)
        reply = None if content is None else _read_reply(content, hidden)
        if outcome is WriterOutcome.WRITTEN and reply is None:
            outcome = WriterOutcome.UNUSABLE
        took_ms = round((time.monotonic() - began) * 1000)
        log.info("the writer %s: %s after %d ms", self.model, outcome, took_ms)
        self.pauses.note(outcome)
        return Answer(outcome, reply, took_ms)

    def _post(self, messages: Sequence[Mapping[str, str]], deadline: float) -> tuple[WriterOutcome, bytes | None]:
        body = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "response_format": {"type": "json_object"},
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(self.timeout_s, connect=min(CONNECT_S, self.timeout_s))
        try:
            # A redirect is not followed: it would take the call's words to an address nobody chose.
            with httpx.stream("POST", self.url, json=body, headers=headers, timeout=timeout) as response:
                if not response.is_success:
                    return _refusal(response), None
                return _read_body(response, deadline)
        except httpx.TimeoutException:
            return WriterOutcome.TIMED_OUT, None
        except httpx.HTTPError as error:
            log.warning("the writer does not answer: %s", type(error).__name__)
            return WriterOutcome.FAILED, None


def make_writer(settings: Settings) -> Writer | None:
    """The writer that the settings name; None if they name none.

    Raises:
        BadSettings: if there is an address and no model.
    """
    if not settings.writer_url:
        return None
    if not settings.writer_model:
        raise BadSettings(
            "bad-settings", "A writer needs a model's name.", way_out="Set QC_WRITER_MODEL.", where="QC_WRITER_MODEL"
        )
    path = settings.writer_url.rstrip("/")
    return Writer(
        url=path if path.endswith("/chat/completions") else f"{path}/chat/completions",
        model=settings.writer_model,
        key=settings.writer_key.get_secret_value(),
        timeout_s=settings.writer_timeout_s,
        masks=not settings.writer_sees_names,
    )


def _refusal(response: httpx.Response) -> WriterOutcome:
    if response.status_code in _DECLINES:
        return WriterOutcome.DECLINED
    return WriterOutcome.REFUSED if response.is_client_error or response.is_redirect else WriterOutcome.FAILED


def _read_body(response: httpx.Response, deadline: float) -> tuple[WriterOutcome, bytes | None]:
    """All of the body, unless it takes too long or is too large; a byte now and then resets httpx's own clock."""
    body = b""
    for part in response.iter_bytes():
        body += part
        if time.monotonic() > deadline:
            return WriterOutcome.TIMED_OUT, None
        if len(body) > MAX_ANSWER_BYTES:
            return WriterOutcome.UNUSABLE, None
    return WriterOutcome.WRITTEN, body


def _read_reply(body: bytes, hidden: Mapping[str, str]) -> Reply | None:
    """What the model wrote, or None if it is not of the form asked for."""
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
        written: Any = json.loads(content[content.index("{") : content.rindex("}") + 1])  # some put it in a code block
        return Reply.model_validate(_unmasked(written, hidden))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError, ValidationError):
        return None


def _unmasked(content: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(content, str):
        return unmask(content, hidden)
    if isinstance(content, list):
        return [_unmasked(one, hidden) for one in content]
    if isinstance(content, dict):
        return {name: _unmasked(one, hidden) for name, one in content.items()}
    return content
