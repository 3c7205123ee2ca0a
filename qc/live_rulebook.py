"""The rulebook of a running service: read again when its files change, and the last good one while they are broken."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import TYPE_CHECKING, Final

from qc.errors import BadInput, BadRulebook
from qc.grade import RuleGrader
from qc.rulebook import Rulebook, load_rulebook

if TYPE_CHECKING:
    from qc.store.settings import Settings

log = logging.getLogger(__name__)

KEPT: Final = "last-good-lexicons"
"""The folder in the data directory with a copy of the files that last could be used, for a start while they cannot."""

_MARK: Final = "version.txt"

Files = frozenset[tuple[str, int, int]]


class LiveRulebook:
    """The newest rulebook that is whole; a change that cannot be used is logged once and told by `mistakes`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._seen: Files | None = None
        self._rulebook: Rulebook | None = None
        self._mistakes: tuple[BadInput, ...] = ()

    def current(self) -> Rulebook:
        """The rulebook to judge by.

        Raises:
            BadRulebook, BadSettings: if the files cannot be used and none were ever kept that could.
        """
        with self._lock:
            files = _files(self._settings.lexicons)
            if files != self._seen:
                self._read()
                self._seen = files
            if self._rulebook is None:
                raise self._mistakes[0]
            return self._rulebook

    @property
    def mistakes(self) -> tuple[BadInput, ...]:
        """Why the files as they are now are not used; empty where they are."""
        return self._mistakes

    def _read(self) -> None:
        lexicons = self._settings.lexicons
        try:
            self._rulebook = self._usable(lexicons)
        except BadInput as error:
            self._mistakes = error.all if isinstance(error, BadRulebook) else (error,)
            if self._rulebook is None:
                self._rulebook = self._kept()
            goes_on = self._rulebook.version if self._rulebook else "nothing"
            # One line: what to mend is in the message, and the way through the program helps nobody with it.
            log.error("the rulebook in %s is not used, %s goes on: %s", lexicons, goes_on, error)  # noqa: TRY400 - see above
        else:
            if self._mistakes:
                log.info("rulebook %s is in use again", self._rulebook.version)
            self._mistakes = ()
            self._keep(self._rulebook)

    def _usable(self, folder: Path) -> Rulebook:
        rulebook = load_rulebook(folder)
        RuleGrader(rulebook.grading, self._settings.grading_preset)  # a preset that a change took away
        return rulebook

    def _kept(self) -> Rulebook | None:
        """The rulebook of the files kept, if there are any that this version can use."""
        try:
            return self._usable(self._settings.data_dir / KEPT)
        except BadInput as error:
            log.warning("no rulebook is kept that could go on: %s", error)
            return None

    def _keep(self, rulebook: Rulebook) -> None:
        """Copies the files aside. Judging does not need it, so that a full disk stops nothing."""
        kept = self._settings.data_dir / KEPT
        mark = f"{rulebook.version}\n"
        try:
            if (kept / _MARK).is_file() and (kept / _MARK).read_text("utf-8") == mark:
                return
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(mkdtemp(prefix=f"{KEPT}.", dir=kept.parent))
            shutil.copytree(self._settings.lexicons, fresh, dirs_exist_ok=True, ignore=_not_rules)
            (fresh / _MARK).write_text(mark, "utf-8")
            shutil.rmtree(kept, ignore_errors=True)
            fresh.rename(kept)
        except OSError as error:
            log.warning("rulebook %s could not be kept: %s", rulebook.version, error)


def _not_rules(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not (name.endswith(".yaml") or (Path(folder) / name).is_dir())}


def _files(folder: Path) -> Files:
    """What shows a change without reading: name, time and size of every file; one that vanishes meanwhile is left out."""
    found = set()
    for path in folder.rglob("*"):
        if path.suffix == ".yaml":
            try:
                facts = path.stat()
            except OSError:
                continue
            found.add((str(path), facts.st_mtime_ns, facts.st_size))
    return frozenset(found)
