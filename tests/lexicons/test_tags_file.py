from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from qc.measure.lexicons import check_lexicons
from qc.rulebook import SHIPPED, load_rulebook
from qc.rulebook.tags import tags_file_schema

FILE = SHIPPED / "tags.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lexicons = Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))
    for path in (lexicons / "phrases").glob("[a-z]*.yaml"):
        path.unlink()
    return lexicons


def test_the_schema_beside_the_file_is_the_one_of_the_models() -> None:
    kept = json.loads((SHIPPED / "tags.schema.json").read_text("utf-8"))
    assert kept == tags_file_schema(), "write tags_file_schema() to lexicons/tags.schema.json"


def test_the_file_fits_the_schema_and_names_it() -> None:
    text = FILE.read_text("utf-8")
    jsonschema.validate(yaml.safe_load(text), tags_file_schema())
    assert text.startswith("# yaml-language-server: $schema=tags.schema.json\n")


def test_tags_are_part_of_the_rulebooks_version(folder: Path) -> None:
    before = load_rulebook(folder).version
    path = folder / "tags.yaml"
    path.write_text(path.read_text("utf-8").replace("我退休了，跟老伴出去转转", "我退休了，跟老伴到处转"), "utf-8")
    assert load_rulebook(folder).version != before


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("    - 我退休了，跟老伴出去转转", "    - 我上班呢", "tags.yaml:退休:hits", "does not show the tag"),
        ("    - 我还有几年才退休", "    - 我退休了", "tags.yaml:退休:misses", "shows the tag"),
        ("memo: {trade_in: .}", "memo: {trade: .}", "tags.yaml:tags.0.signs.0", "no field trade of the memo"),
        ("together: [首购, 年轻]", "together: [首购, 少年]", "tags.yaml", "少年, which does not stand before it"),
        ("tag: 网约车", "tag: 换购", "tags.yaml", "tags stand twice: 换购"),
    ],
)
def test_mistakes_are_told_by_tag(folder: Path, old: str, new: str, where: str, what: str) -> None:
    path = folder / "tags.yaml"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    (mistake,) = check_lexicons(folder)
    assert mistake.where == where
    assert what in mistake.what
