"""The rules that lexicons/README.md teaches with do what it says: every one finds its hits and leaves its misses."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from qc.phrases import example_is_found
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import PhraseRule, load_phrases

RULES = load_phrases(SHIPPED / "phrases")
BLOCKS = re.findall(r"```yaml\n(- id:.*?)```", (SHIPPED / "README.md").read_text(encoding="utf-8"), re.DOTALL)
TAUGHT = [content for block in BLOCKS for content in yaml.safe_load(block)]


@pytest.mark.parametrize("content", TAUGHT, ids=lambda content: content["id"])
def test_a_rule_of_the_readme_does_what_it_says(content: dict[str, Any]) -> None:
    rule = PhraseRule.model_validate(content)
    assert [example.text for example in rule.hits if not example_is_found(example, rule, RULES)] == []
    assert [example.text for example in rule.misses if example_is_found(example, rule, RULES)] == []
