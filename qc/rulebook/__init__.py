"""The rulebook: what we listen for, as data. One module a section; this page says which file is which.

========================  ==========================================  =======================
file in ``lexicons/``     section                                     module
========================  ==========================================  =======================
``phrases/*.yaml``        `Rulebook.phrases`: what must (not) be said `qc.rulebook.phrases`
``conduct.yaml``          `Rulebook.conduct`: limits                  `qc.rulebook.conduct`
``scorecards/*.yaml``     `Rulebook.scorecards`                       `qc.rulebook.scorecards`
``vehicles.yaml``         `Rulebook.vehicles`: brands and models      `qc.rulebook.needs`
``needs.yaml``            `Rulebook.needs`: words of the memo         `qc.rulebook.needs`
``grading.yaml``          `Rulebook.grading`: presets and cadence     `qc.rulebook.grading`
``tags.yaml``             `Rulebook.tags`: kinds of customers         `qc.rulebook.tags`
``follow_up.yaml``        `Rulebook.follow_up`: hours, other times    `qc.rulebook.follow_up`
``wishes.npz``            `Rulebook.wishes`: learned from `memos/`    `qc.wish_model`
========================  ==========================================  =======================

``talk/*.txt`` teaches the recogniser how the trade talks (`qc.speech.talk`): it changes what is heard and not how it
is judged, so that it is no part of the rulebook or its version. ``follow_up.yaml`` is no part of the version either:
other working hours are no reason to inspect calls again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import InstanceOf

from qc.domain import Record
from qc.errors import BadRulebook, first_of
from qc.rulebook.conduct import ConductLimits, load_conduct
from qc.rulebook.follow_up import FollowUpRules, load_follow_up
from qc.rulebook.grading import Grading, load_grading
from qc.rulebook.needs import Needs, Vehicles, load_needs, load_vehicles
from qc.rulebook.phrases import PhraseRules, load_phrases
from qc.rulebook.scorecards import ScorecardRules, load_scorecards
from qc.rulebook.tags import TagRules, load_tags
from qc.wish_model import WishModel, load_wish_model

__all__ = ["SHIPPED", "Rulebook", "load_rulebook"]

Section = TypeVar("Section")

SHIPPED = Path(__file__).resolve().parents[2] / "lexicons"
"""The lexicons that come with this version."""
FOLLOW_UP = "follow_up.yaml"
WISHES = "wishes.npz"
"""Made by `qc train memo`; a folder without one uses the shipped one."""


class Rulebook(Record):
    """Everything the inspection listens for, checked; ``version`` is the hash of the files' content."""

    version: str
    phrases: PhraseRules
    conduct: ConductLimits
    scorecards: tuple[ScorecardRules, ...]
    vehicles: Vehicles
    needs: Needs
    grading: Grading
    tags: TagRules
    follow_up: FollowUpRules
    wishes: InstanceOf[WishModel] | None = None
    """None where the shipped one was taken out, and rules write the memo alone."""


def load_rulebook(folder: Path = SHIPPED) -> Rulebook:
    """The rulebook in this folder.

    Raises:
        BadRulebook: naming file, rule and field of the first mistake; ``also`` has all others.
    """
    if not folder.is_dir():
        way_out = "请检查词库文件夹的位置（设置 QC_LEXICONS）。"
        raise BadRulebook("bad-rulebook", "the folder is missing", where=str(folder), way_out=way_out)
    mistakes: list[BadRulebook] = []

    def read(load: Callable[[Path], Section], path: Path) -> Section | None:
        try:
            return load(path)
        except BadRulebook as error:
            mistakes.extend(error.all)
            return None

    sections = {
        "phrases": read(load_phrases, folder / "phrases"),
        "conduct": read(load_conduct, folder / "conduct.yaml"),
        "scorecards": read(load_scorecards, folder / "scorecards"),
        "vehicles": read(load_vehicles, folder / "vehicles.yaml"),
        "needs": read(load_needs, folder / "needs.yaml"),
        "grading": read(load_grading, folder / "grading.yaml"),
        "tags": read(load_tags, folder / "tags.yaml"),
        "follow_up": read(load_follow_up, folder / FOLLOW_UP),
    }
    found = next((path for path in (folder / WISHES, SHIPPED / WISHES) if path.is_file()), None)
    wishes = read(load_wish_model, found) if found else None
    if mistakes:
        raise first_of(mistakes)
    return Rulebook.model_validate({"version": _version(folder, wishes), "wishes": wishes, **sections})


def _version(folder: Path, wishes: WishModel | None) -> str:
    digest = hashlib.sha256(wishes.version.encode() if wishes else b"")
    for path in sorted(folder.rglob("*.yaml")):
        if path == folder / FOLLOW_UP:
            continue
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(b"\0")
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:12]
