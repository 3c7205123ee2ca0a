"""What all tests share."""

from __future__ import annotations

import pytest

from qc.rulebook import Rulebook, load_rulebook


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden/*.json with what the inspection says now; the diff is the review",
    )


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The shipped rulebook."""
    return load_rulebook()
