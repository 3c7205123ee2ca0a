"""The rulebook: what we listen for, for readers of results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from api.deps import ServiceOfApp
from api.examples import RULEBOOK
from api.openapi import json_reply, problems
from api.security import needs
from api.shapes import Shape
from qc.domain import Category, Severity
from qc.errors import BadInput, Unavailable
from qc.grade import Grader
from qc.inspecting import make_grader
from qc.live_rulebook import LiveRulebook
from qc.rulebook import Rulebook

router = APIRouter(prefix="/v1/rulebook", tags=["rulebook"])


class RuleShape(Shape):
    """One rule."""

    id: str = Field(description="The `rule_id` of its findings.")
    category: Category = Field(description="What its findings are about.")
    title: str = Field(description="Its name for readers.")
    why: str = Field(description="Why it matters, for who does not know the rulebook.")
    severity: Severity = Field(description="How bad a finding of it is.")
    status: Literal["experimental", "stable", "retired"] = Field(description="Retired rules find nothing any more.")


class LexiconMistakeShape(Shape):
    """Something to mend in the lexicons; `qc lexicons check` says the same, and tries the examples too."""

    where: str = Field(description="File, rule and field, as far as they are known.")
    what: str = Field(description="What is wrong.")
    way_out: str = Field(description="What to do about it, in Chinese.")


class RulebookShape(Shape):
    """The rules in force."""

    version: str = Field(description="The hash of the lexicons' content.")
    rules: tuple[RuleShape, ...] = Field(description="What must not be said, then what must be.")
    mistakes: tuple[LexiconMistakeShape, ...] = Field(
        description="Why the lexicons as they are now are not in use: the last good ones are. Empty where all is well."
    )


def _live(request: Request) -> LiveRulebook:
    live: LiveRulebook = request.app.state.rulebook
    return live


RulebookOfApp = Annotated[LiveRulebook, Depends(_live)]


def in_force(live: LiveRulebook) -> Rulebook:
    """The rulebook to judge by.

    Raises:
        Unavailable: ``no-rulebook``, if the lexicons cannot be used and none that could are kept.
    """
    try:
        return live.current()
    except BadInput as error:
        raise Unavailable(
            "no-rulebook",
            f"The lexicons cannot be used, and none that could are kept: {error.where}: {error.detail}.",
            way_out=error.way_out or "Mend what qc lexicons check names.",
        ) from error


def _grader(service: ServiceOfApp, live: RulebookOfApp) -> Grader:
    return make_grader(in_force(live), service.settings)


GraderOfApp = Annotated[Grader, Depends(_grader)]
"""What grades leads, by the rulebook in force."""


def _grader_later(service: ServiceOfApp, live: RulebookOfApp) -> Callable[[], Grader]:
    return lambda: _grader(service, live)


GraderWhereNeeded = Annotated[Callable[[], Grader], Depends(_grader_later)]
"""The same for who may not need it: neither rulebook nor model are read before it is asked for."""


@router.get(
    "",
    operation_id="getRulebook",
    summary="Read the rulebook",
    dependencies=[needs("read")],
    responses={200: json_reply("The rules in force.", RULEBOOK), **problems(401, 403, 422, 500, 503)},
)
def rulebook(live: RulebookOfApp) -> RulebookShape:
    """The rules in force; `made_with.rulebook` of an inspection names the version it was made with.

    While the lexicons hold a mistake the last good ones stay in force, and `mistakes` says what to mend. 503
    `no-rulebook` where there never were good ones.
    """
    book = in_force(live)
    rules = (*book.phrases.rules, *book.phrases.must_say)
    return RulebookShape(
        version=book.version,
        rules=tuple(RuleShape(**{name: getattr(rule, name) for name in RuleShape.model_fields}) for rule in rules),
        mistakes=tuple(
            LexiconMistakeShape(where=mistake.where, what=mistake.detail, way_out=mistake.way_out)
            for mistake in live.mistakes
        ),
    )
