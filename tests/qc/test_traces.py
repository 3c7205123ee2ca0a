from __future__ import annotations

import errno

import pytest
from pydantic import BaseModel

from qc.traces import kind_of, trace_of

WORDS = "我的电话是幺三八"


class Line(BaseModel):
    number: int


def read(words: str) -> Line:
    try:
        return Line.model_validate({"number": words})
    except ValueError as error:
        raise KeyError(words) from error


def test_a_trace_tells_where_and_what_kind_and_not_what_was_said() -> None:
    with pytest.raises(KeyError) as caught:
        read(WORDS)
    trace = trace_of(caught.value)
    assert WORDS not in trace
    assert "in read" in trace
    assert trace.index("ValidationError") < trace.index("which led to") < trace.index("builtins.KeyError")


def test_what_kind_of_error_it_is_says_nothing_of_what_was_said() -> None:
    full = OSError(errno.ENOSPC, WORDS)
    assert [kind_of(error) for error in (full, OSError(WORDS), KeyError(WORDS))] == [
        "OSError ENOSPC",
        "OSError",
        "KeyError",
    ]


def test_an_error_may_have_come_of_nothing() -> None:
    assert trace_of(ValueError(WORDS)) == "builtins.ValueError"


def test_what_was_left_out_on_purpose_stays_out() -> None:
    def read_quietly() -> None:
        try:
            read(WORDS)
        except KeyError:
            raise LookupError from None

    with pytest.raises(LookupError) as caught:
        read_quietly()
    assert "KeyError" not in trace_of(caught.value)
