from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from qc.errors import BadRulebook
from qc.measure.lexicons import check_lexicons
from qc.rulebook import SHIPPED, load_rulebook
from qc.rulebook.patterns import Surrounding, normalised_pattern
from qc.rulebook.phrases import load_phrases

if TYPE_CHECKING:
    from pathlib import Path


def a_rule(**changes: Any) -> dict[str, Any]:
    rule = {
        "id": "free-for-ever",
        "category": "overpromise",
        "title": "承诺终身免费",
        "why": "兑现不了。",
        "severity": "major",
        "status": "stable",
        "speaker": "agent",
        "say": ["终身免费"],
        "hits": ["终身免费", "保养终身免费", "洗车终身免费"],
        "misses": ["没有终身免费", "免费两次", "我们不能承诺终身免费"],
    } | changes
    return {key: value for key, value in rule.items() if value is not None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("_words.yaml", "_guards.yaml", "_answers.yaml", "_calls.yaml"):
        (tmp_path / name).write_text((SHIPPED / "phrases" / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def write(folder: Path, *rules: dict[str, Any], name: str = "overpromise.yaml") -> None:
    (folder / name).write_text(yaml.safe_dump(list(rules), allow_unicode=True), encoding="utf-8")


def test_the_shipped_rulebook_loads() -> None:
    assert load_rulebook().phrases.rules


def test_a_folder_may_be_named_from_where_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHIPPED.parent)
    assert load_rulebook(SHIPPED.relative_to(SHIPPED.parent)).version == load_rulebook().version


def test_a_good_rule_loads(folder: Path) -> None:
    write(folder, a_rule())
    assert [rule.id for rule in load_phrases(folder).rules] == ["free-for-ever"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"sayy": ["终身免费"]}, "overpromise.yaml:free-for-ever:sayy"),
        ({"say": None}, "overpromise.yaml:free-for-ever"),
        ({"say": ["(终身免费"]}, "overpromise.yaml:free-for-ever:say"),
        ({"say": ["终身，免费"]}, "overpromise.yaml:free-for-ever:say"),
        ({"say": ["(终身)?"]}, "overpromise.yaml:free-for-ever:say"),
        ({"say": ["<没有的词组>免费"]}, "overpromise.yaml:free-for-ever:say"),
        ({"unless": ["没有@|不能@"]}, "overpromise.yaml:free-for-ever:unless"),
        ({"unless": ["@[没有"]}, "overpromise.yaml:free-for-ever:unless"),
        ({"before": ["*"]}, "overpromise.yaml:free-for-ever:before"),
        ({"guards": ["no-such-guard"]}, "overpromise.yaml:free-for-ever:guards"),
        ({"hits": ["终身免费"]}, "overpromise.yaml:free-for-ever:hits"),
        ({"misses": ["没有", "免费", ""]}, "overpromise.yaml:free-for-ever:misses.2.text"),
        ({"severity": "minor"}, "overpromise.yaml:free-for-ever"),
        ({"speaker": "customer"}, "overpromise.yaml:free-for-ever"),
        ({"status": "new"}, "overpromise.yaml:free-for-ever:status"),
        ({"category": "promises"}, "overpromise.yaml:free-for-ever:category"),
        ({"category": "evasive", "severity": "minor"}, "overpromise.yaml:free-for-ever:category"),
        ({"id": "Free For Ever"}, "overpromise.yaml:Free For Ever:id"),
        ({"id": None}, "overpromise.yaml:#1:id"),
        ({"sounds_like": ["免费"]}, "overpromise.yaml:free-for-ever"),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_bad_rule_is_named_by_file_rule_and_field(folder: Path, changes: dict[str, Any], where: str) -> None:
    write(folder, a_rule(**changes))
    with pytest.raises(BadRulebook) as caught:
        load_phrases(folder)
    assert caught.value.where == where
    assert caught.value.code == "bad-rulebook"


def test_an_id_used_twice_names_both_places(folder: Path) -> None:
    write(folder, a_rule(), a_rule())
    with pytest.raises(BadRulebook, match=r"already used in overpromise\.yaml") as caught:
        load_phrases(folder)
    assert caught.value.where == "overpromise.yaml:free-for-ever:id"


def test_a_key_written_twice_is_refused(folder: Path) -> None:
    write(folder, a_rule())
    path = folder / "overpromise.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "  status: retired\n", encoding="utf-8")
    with pytest.raises(BadRulebook, match="twice") as caught:
        load_phrases(folder)
    assert caught.value.where == "overpromise.yaml"


@pytest.mark.parametrize("content", ["just words", "id: no-list"])
def test_a_file_that_is_no_list_is_refused(folder: Path, content: str) -> None:
    (folder / "abuse.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(BadRulebook) as caught:
        load_phrases(folder)
    assert caught.value.where == "abuse.yaml"


def test_a_must_say_line_needs_a_window(folder: Path) -> None:
    rule = a_rule(category="no-next-step", severity="minor")
    write(folder, rule, name="no-next-step.yaml")
    with pytest.raises(BadRulebook) as caught:
        load_phrases(folder)
    assert caught.value.where == "no-next-step.yaml:free-for-ever:window"


@pytest.mark.parametrize("window", [{"part": "opening"}, {"part": "whole", "turns": 3}, {"part": "middle"}])
def test_a_window_must_make_sense(folder: Path, window: dict[str, Any]) -> None:
    write(folder, a_rule(category="no-next-step", severity="minor", window=window), name="no-next-step.yaml")
    with pytest.raises(BadRulebook) as caught:
        load_phrases(folder)
    assert caught.value.where.startswith("no-next-step.yaml:free-for-ever:window")


def test_a_missing_shared_file_is_named(folder: Path) -> None:
    (folder / "_guards.yaml").unlink()
    with pytest.raises(BadRulebook) as caught:
        load_phrases(folder)
    assert caught.value.where == "_guards.yaml"


def test_the_shipped_lexicons_have_no_mistakes() -> None:
    assert check_lexicons(SHIPPED) == ()


def test_all_mistakes_are_listed_at_once(folder: Path) -> None:
    write(
        folder,
        a_rule(id="wrong-pattern", say=["("]),
        a_rule(id="wrong-hit", hits=["终身免费", "免费一辈子", "洗车终身免费"]),
        a_rule(id="wrong-miss", misses=["没有", "免费", "保养终身免费"]),
        a_rule(id="closed-gap", known_gaps=["保修终身免费"]),
    )
    lexicons = folder.parent / "lexicons"
    lexicons.mkdir()
    folder.rename(lexicons / "phrases")
    mistakes = {mistake.where: mistake.what for mistake in check_lexicons(lexicons)}
    assert "免费一辈子" in mistakes["overpromise.yaml:wrong-hit:hits"]
    assert "保养终身免费" in mistakes["overpromise.yaml:wrong-miss:misses"]
    assert "保修终身免费" in mistakes["overpromise.yaml:closed-gap:known_gaps"]
    assert "overpromise.yaml:wrong-pattern:say" in mistakes
    assert any(where.startswith("grading.yaml") for where in mistakes)


# ------------------------------------------------------------------ patterns


@pytest.mark.parametrize(
    ("written", "form"),
    [("4S店", "四s店"), (".{0,6}终身", ".{0,6}终身"), (r"\p{Han}{2}费", r"\p{Han}{2}费"), ("１００％", "一零零%")],
)
def test_patterns_may_be_written_the_human_way(written: str, form: str) -> None:
    assert normalised_pattern(written) == form


def test_surroundings_look_before_after_and_anywhere() -> None:
    assert Surrounding("不能.{0,3}@").holds("我们不能", "保证", "降价")
    assert not Surrounding("不能.{0,3}@").holds("不能的事情我们再说", "保证", "降价")
    assert Surrounding("@.{0,3}不行").holds("私下", "转账", "真不行")
    assert Surrounding("公司").holds("公司", "转账", "")
