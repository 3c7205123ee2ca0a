from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from qc.rulebook import SHIPPED
from qc.rulebook.phrases import phrase_file_schema

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(path for path in (SHIPPED / "phrases").glob("*.yaml") if not path.name.startswith("_"))


def test_the_schema_beside_the_lexicons_is_the_one_of_the_models() -> None:
    kept = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    assert kept == phrase_file_schema(), "write phrase_file_schema() to lexicons/schema.json"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_phrase_files_fit_the_schema(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), phrase_file_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_phrase_files_name_the_schema_for_editors(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema.json\n")


def test_the_readme_teaches_with_a_rule_that_fits() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (SHIPPED / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    rules = [block for block in blocks if block.startswith("- id:")]
    assert rules
    for block in rules:
        jsonschema.validate(yaml.safe_load(block), phrase_file_schema())
