from __future__ import annotations

import json
from pathlib import Path

import pytest

from qc.speech.roles import agent_side

CALLS = sorted((Path(__file__).parents[2] / "evaluation" / "calls").glob("d[ab]-*.json"))


def test_knows_the_agent_by_how_agents_speak() -> None:
    agent = "您好，我是之江店的销售顾问小周，给您介绍一下优惠政策"
    customer = "你们现在优惠多少钱，我再考虑考虑"
    assert agent_side((agent, customer)) == 0
    assert agent_side((customer, agent)) == 1


def test_says_nothing_when_the_words_do_not_tell() -> None:
    assert agent_side(("喂", "喂")) is None
    assert agent_side(("", "")) is None


@pytest.mark.parametrize("call", CALLS, ids=lambda path: path.stem)
def test_is_never_wrong_on_the_open_annotated_calls(call: Path) -> None:
    turns = json.loads(call.read_text("utf-8"))["turns"]
    said = {who: "\n".join(turn["text"] for turn in turns if turn["speaker"] == who) for who in ("agent", "customer")}
    assert agent_side((said["agent"], said["customer"])) in {0, None}
