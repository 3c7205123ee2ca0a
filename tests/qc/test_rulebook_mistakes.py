"""The ways in which somebody who is no programmer breaks a rule, and what is said of each: file, rule, field, way out."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from qc.measure.lexicons import Mistake, check_lexicons
from qc.rulebook import SHIPPED

RULE = """\
- id: free-wash-forever
  category: overpromise
  title: 承诺永久免费洗车
  why: 兑现不了就会被投诉。
  severity: major
  status: experimental
  speaker: agent
  say:
    - '洗车.{0,6}(永远|一辈子|终身)(免费|不要钱)'
  sounds_like: [洗车永远免费]
  unless: ['会员|年卡']
  hits:
    - 以后洗车永远免费
    - 您在我这儿买，洗车一辈子不要钱
    - 洗车给您终身免费
  misses:
    - 我们没有洗车终身免费
    - 办年卡的话洗车一年内免费
    - 别家跟您说洗车永远免费，您问问写不写合同
"""
SLOW = "'(?:.{0,40}.{0,40}){0,40}免单'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lexicons = Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))
    for path in (lexicons / "phrases").glob("[a-z]*.yaml"):
        path.unlink()
    return lexicons


def mistakes_of(folder: Path, text: str) -> tuple[Mistake, ...]:
    (folder / "phrases" / "overpromise.yaml").write_text(text, "utf-8")
    return check_lexicons(folder)


def test_the_rule_itself_has_no_mistake(folder: Path) -> None:
    assert mistakes_of(folder, RULE) == ()


@pytest.mark.parametrize(
    ("old", "new", "field", "what", "way_out"),
    [
        ("  severity: major", "\tseverity: major", None, "line 5", "Tab"),
        ("'会员|年卡'", "'会员|年卡", None, "line", "引号没有成对"),
        ("['会员|年卡']", "['会员|年卡'", None, "line", "方括号没有成对"),
        ("title: 承诺", "title：承诺", None, "line", "全角标点"),
        ("  say:\n", "  sey:\n", "sey", "Extra", "是不是想写 say"),
        ("  why: 兑现不了就会被投诉。\n", "", "why", "required", "缺少 why"),
        ("overpromise\n", "overpromises\n", "category", "Input should be", "只能写"),
        ("overpromise\n  title", "evasive\n  title", None, "severity of evasive", "severity 是固定的"),
        ("(免费|不要钱)", "<免费>", "say", "<免费>", "_words.yaml"),
        ("(免费|不要钱)", "(免费|不要钱", "say", "not a pattern", "括号不成对"),
        ("洗车.{0,6}", "洗车，", "say", "，", "不写标点"),
        ("[洗车永远免费]", "[免费]", None, "too short", "至少四个字"),
        ("'洗车.{0,6}(永远|一辈子|终身)(免费|不要钱)'", SLOW, "say", "takes too long", ".{0,6}"),
        ("'洗车.{0,6}(永远|一辈子|终身)(免费|不要钱)'", "'(洗车)?'", "say", "empty text", "至少留一个"),
        ("['会员|年卡']", "['会员@|年卡@']", "unless", "@ stands once", "一个 @"),
        ("    - 以后洗车永远免费\n", "    - 以后擦车都不要钱\n", "hits", "以后擦车都不要钱", "改 say"),
        ("    - 我们没有洗车终身免费\n", "    - 我们洗车终身免费\n", "misses", "我们洗车终身免费", "写得更窄"),
        ("  status: experimental", "  status: 试用", "status", "Input should be", "experimental"),
        ("  speaker: agent", "  speaker: 客服", "speaker", "Input should be", "agent"),
        ("  say:", "  guards: [negations]\n  say:", "guards", "no guard", "是不是想写 negation"),
        ("  say:", "  after: {found: [nothing], within_turns: 3}\n  say:", "after", "no rule or category", "类别"),
        ("  say:", "  position: {first_seconds: 三十}\n  say:", "position.first_seconds", "integer", "整数"),
        ("  say:", "  position: {}\n  say:", "position", "either", "只写一个"),
        ("  say:", "  once: 是\n  say:", "once", "boolean", "true 或 false"),
        ("  say:\n    - '", "  say: '", "say", "valid tuple", "列表"),
        ("    - 以后洗车永远免费\n    - 您在", "    - 您在", "hits", "at least 3", "至少要 3 条"),
        ("free-wash-forever", "洗车", "id", "match pattern", "英文小写"),
    ],
    ids=itertools.count(),
)
def test_a_mistake_names_the_place_and_the_way_out(
    folder: Path, old: str, new: str, field: str | None, what: str, way_out: str
) -> None:
    assert old in RULE
    rule = "洗车" if field == "id" else "free-wash-forever"
    found = mistakes_of(folder, RULE.replace(old, new, 1))
    where = f"overpromise.yaml:{rule}" + (f":{field}" if field else "")
    assert [m for m in found if m.where == where and what in m.what and way_out in m.way_out], found


def test_an_id_used_twice_is_named(folder: Path) -> None:
    found = mistakes_of(folder, RULE + RULE)
    assert [(m.where, "不能重复" in m.way_out) for m in found] == [("overpromise.yaml:free-wash-forever:id", True)]


def test_a_rule_in_another_categorys_file_is_told_where_it_belongs(folder: Path) -> None:
    (folder / "phrases" / "abuse.yaml").write_text(RULE, "utf-8")
    (found,) = check_lexicons(folder)
    assert found.where == "abuse.yaml:free-wash-forever:category"
    assert "overpromise.yaml" in found.way_out


def test_a_file_in_another_encoding_is_told_how_to_be_saved(folder: Path) -> None:
    (folder / "phrases" / "overpromise.yaml").write_bytes(RULE.encode("gb18030"))
    (found,) = check_lexicons(folder)
    assert (found.where, "UTF-8" in found.way_out) == ("overpromise.yaml", True)


def test_a_byte_order_mark_of_an_editor_is_no_mistake(folder: Path) -> None:
    (folder / "phrases" / "overpromise.yaml").write_bytes(b"\xef\xbb\xbf" + RULE.encode())
    assert check_lexicons(folder) == ()


def test_every_mistake_of_a_rule_is_told_at_once(folder: Path) -> None:
    broken = RULE.replace("  say:\n", "  sey:\n").replace("  status: experimental", "  status: 试用")
    places = {mistake.where.rpartition(":")[2] for mistake in mistakes_of(folder, broken)}
    assert {"sey", "status"} <= places


def test_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "conduct.yaml").write_text("backchannels: [嗯", "utf-8")
    (folder / "phrases" / "_guards.yaml").write_text("negation: {title: 否定}", "utf-8")
    files = {mistake.where.split(":")[0] for mistake in mistakes_of(folder, RULE.replace("  say:\n", "  sey:\n"))}
    assert {"conduct.yaml", "_guards.yaml", "overpromise.yaml"} <= files
