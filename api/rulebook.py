"""The rulebook: what we listen for, for readers of results."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

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

    id: str
    category: Category
    title: str
    why: str
    severity: Severity
    status: Literal["experimental", "stable", "retired"]


class RulebookShape(Shape):
    """The rules in force."""

    version: str
    rules: tuple[RuleShape, ...]


@router.get(
    "",
    operation_id="getRulebook",
    summary="Read the rulebook",
    dependencies=[needs("read")],
    responses={200: json_reply("The rules in force.", RULEBOOK), **problems(401, 403, 422, 500, 503)},
)
def rulebook(service: ServiceOfApp) -> RulebookShape:
    """The rules as the lexicons say now; `made_with.rulebook` of an inspection names the version it was made with."""
    book = load_rulebook(service.settings.lexicons)
    rules = (*book.phrases.rules, *book.phrases.must_say)
    return RulebookShape(
        version=book.version,
        rules=tuple(RuleShape(**{name: getattr(rule, name) for name in RuleShape.model_fields}) for rule in rules),
    )
