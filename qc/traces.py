"""Errors in the log: where they came from, without what they say, since their messages may hold a call's words."""

from __future__ import annotations

import errno
import traceback
from logging import Logger


def log_error(log: Logger, error: BaseException, told: str, *about: object) -> None:
    """Logs what failed, with ``about`` filled in, and how it came to that."""
    log.error(f"{told}\n%s", *about, trace_of(error))  # noqa: G004 - the text is the program's own


def kind_of(error: BaseException) -> str:
    """The error's class, and the system's code if it has one, such as ``OSError ENOSPC``; nothing of what it says."""
    number = error.errno if isinstance(error, OSError) else None
    code = errno.errorcode.get(number) if number is not None else None
    return type(error).__qualname__ + (f" {code}" if code else "")


def trace_of(error: BaseException) -> str:
    """The way through the program to this error, as Python prints it, and its kind; and so for what it came of.

    pydantic quotes the value that it refuses, a `KeyError` the key, and any of our own mistakes may quote what it was
    working on.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = "" if cause is None else f"{trace_of(cause)}\n\nwhich led to:\n\n"
    steps = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}{steps}{type(error).__module__}.{type(error).__qualname__}"
