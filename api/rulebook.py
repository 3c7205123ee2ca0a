"""The rulebook: what we listen for, for readers of results."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from api.deps import ServiceOfApp
from api.examples import RULEBOOK
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import Shape
from qc.domain import Category, Severity
from qc.rulebook import load_rulebook

router = APIRouter(prefix="/v1/rulebook", tags=["rulebook"])


class RuleShape(Shape):
    """One rule."""

    id: str = Field(description="The `rule_id` of its findings.")
    category: Category = Field(description="What its findings are about.")
    title: str = Field(description="Its name for readers.")
    why: str = Field(description="Why it matters, for who does not know the rulebook.")
    severity: Severity = Field(description="How bad a finding of it is.")
    status: Literal["experimental", "stable", "retired"] = Field(description="Retired rules find nothing any more.")


class RulebookShape(Shape):
    """The rules in force."""

    version: str = Field(description="The hash of the lexicons' content.")
    rules: tuple[RuleShape, ...] = Field(description="What must not be said, then what must be.")


@router.get(
    "",
    operation_id="getRulebook",
    summary="Read the rulebook",
    dependencies=[needs("read")],
    responses={200: json_reply("The rules in force.", RULEBOOK), **problems(401, 403, 422, 500, 503)},
)
def rulebook(service: ServiceOfApp) -> RulebookShape:
    """The rules as the lexicons say now; `made_with.rulebook` of an inspection names the version it was made with."""
    folder = service.settings.lexicons
    return _read(folder, _files(folder))


def _files(folder: Path) -> frozenset[tuple[str, int, int]]:
    """What shows a change without reading: name, time and size of every file."""
    found = ((path, path.stat()) for path in folder.rglob("*") if path.suffix in {".yaml", ".txt"})
    return frozenset((str(path), facts.st_mtime_ns, facts.st_size) for path, facts in found)


@lru_cache(maxsize=1)
def _read(folder: Path, _: frozenset[tuple[str, int, int]]) -> RulebookShape:
    """The rules in the folder; loading takes about half a second, so it is done once for each state of the files."""
    book = load_rulebook(folder)
    rules = (*book.phrases.rules, *book.phrases.must_say)
    return RulebookShape(
        version=book.version,
        rules=tuple(RuleShape(**{name: getattr(rule, name) for name in RuleShape.model_fields}) for rule in rules),
    )
