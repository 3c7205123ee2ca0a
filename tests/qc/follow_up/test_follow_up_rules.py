from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from qc.errors import BadRulebook
from qc.rulebook import SHIPPED, load_rulebook
from qc.rulebook.follow_up import load_follow_up


def shipped() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((SHIPPED / "follow_up.yaml").read_text("utf-8"))
    return content


def written(folder: Path, content: Any) -> Path:
    path = folder / "follow_up.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"hours": {"from": "18:00", "to": "09:00"}}, "follow_up.yaml:hours", "later"),
        ({"hours": {"from": "09:00", "to": 1080}}, "follow_up.yaml:hours.to", "in quotes"),
        ({"hours": {"from": "9", "to": "18:00"}}, "follow_up.yaml:hours.from", "in quotes"),
        ({"hours": {"from": "07:00", "to": "18:00"}}, "follow_up.yaml", "asked_for"),
        ({"usual": ["19:00"]}, "follow_up.yaml", "usual"),
        ({"usual": []}, "follow_up.yaml:usual", "at least 1"),
        ({"first_contact": {"call_minutes": 0, "feedback_minutes": 20}}, "follow_up.yaml:first_contact.call_minutes", "greater"),
        ({"refuses": "("}, "follow_up.yaml:refuses", "regular expression"),
        ({"holidays": []}, "follow_up.yaml:holidays", "Extra"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, change: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(BadRulebook) as caught:
        load_follow_up(written(tmp_path, shipped() | change))
    assert caught.value.where == where
    assert what in caught.value.detail


@pytest.fixture
def lexicons(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))


def test_other_hours_are_no_reason_to_inspect_calls_again(lexicons: Path) -> None:
    before = load_rulebook(lexicons)
    written(lexicons, shipped() | {"hours": {"from": "08:30", "to": "17:30"}})
    after = load_rulebook(lexicons)
    assert after.follow_up.hours.from_ == time(8, 30)
    assert after.version == before.version


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("hours: [")])
def test_the_rulebook_says_if_the_file_cannot_be_used(lexicons: Path, spoil: Callable[[Path], Any]) -> None:
    spoil(lexicons / "follow_up.yaml")
    with pytest.raises(BadRulebook) as caught:
        load_rulebook(lexicons)
    assert caught.value.where == "follow_up.yaml"
