"""Every error this project raises on purpose.

::

    QcError                     code, what is wrong, and the way out
    ├── BadInput                the caller can mend it
    │   ├── BadAudio            not audio, empty, truncated, no sound, too long, too large
    │   ├── BadCall             a call or chat in JSON that does not fit its form
    │   ├── BadModel            a learned model's file that is not ours, of another version, or damaged
    │   ├── BadRulebook         a lexicon that does not fit the schema; names file, rule and field
    │   └── BadSettings         a setting or option that cannot be used
    ├── NotFound                no such recording, inspection, key …
    ├── Conflict                contradicts what is already stored
    ├── Forbidden               the key is missing, unknown, revoked, or lacks the scope
    └── Unavailable             a part we depend on does not answer: database, queue, blob storage, weights

The API turns each into a problem document (RFC 9457) with the class's ``status`` and the error's ``code``;
the command line prints ``detail`` and ``way_out`` and ends with status 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class QcError(Exception):
    """What went wrong, for a person (``detail``, ``way_out``) and for a program (``code``).

    ``code`` is stable and in kebab-case; ``where`` names the field, file or rule at fault.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, code: str, detail: str, *, way_out: str = "", where: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.way_out = way_out
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        stop = "" if self.detail.endswith((".", "!", "?", "。")) else "."
        return f"{place}{self.detail}" + (f"{stop} {self.way_out}" if self.way_out else "")


class BadInput(QcError):
    """The caller sent something that cannot be used."""

    status = 422
    title = "The input cannot be used"


class BadAudio(BadInput):
    """A recording that cannot be decoded or is outside the limits.

    Codes: ``not-audio``, ``empty-file``, ``truncated-audio``, ``zero-length-audio``, ``recording-too-long``,
    ``recording-too-large``.
    """

    title = "The recording cannot be used"


class BadCall(BadInput):
    """A call or chat whose JSON does not fit its form. Codes: ``bad-call``, ``bad-metadata``."""

    title = "The call cannot be used"


class BadModel(BadInput):
    """A learned model that cannot be used. Code: ``bad-model``."""

    title = "The model cannot be used"


class BadRulebook(BadInput):
    """A lexicon that does not fit; ``where`` is ``file:rule:field``. Code: ``bad-rulebook``."""

    title = "The rulebook cannot be used"
    also: tuple[BadRulebook, ...] = ()
    """The other mistakes of the same reading."""

    @property
    def all(self) -> tuple[BadRulebook, ...]:
        """This mistake and the others."""
        return (self, *self.also)


def first_of(mistakes: Sequence[BadRulebook]) -> BadRulebook:
    """The first of these mistakes, which holds the others; there must be one."""
    first = mistakes[0]
    first.also = tuple(mistakes[1:])
    return first


class BadSettings(BadInput):
    """A setting or option that cannot be used. Code: ``bad-settings``."""

    title = "The settings cannot be used"


class NotFound(QcError):
    """Nothing is stored under this id."""

    status = 404
    title = "Not found"


class Conflict(QcError):
    """The request contradicts what is stored."""

    status = 409
    title = "Conflict"


class Forbidden(QcError):
    """The key is known but lacks the scope, or nothing valid was shown (the API answers 401 then)."""

    status = 403
    title = "Not allowed"


class Unavailable(QcError):
    """A part we depend on does not answer; trying again later may work."""

    status = 503
    title = "A part of the service does not answer"
