from __future__ import annotations

import json
from pathlib import Path

import pytest
from memo_reading import memo_of, shipped

from qc.domain import Timing
from qc.memo.talk import Talk
from qc.memo.topics import find_concerns, find_preferences, find_uses
from qc.rulebook import SHIPPED
from qc.turns import Turn, transcript_of_turns

EXCHANGES = sorted((SHIPPED / "memos").glob("*.jsonl"))
READ_BY_RULES = [path for path in EXCHANGES if not path.stem.startswith("wishes-")]
FIELDS = {"use", "preferences", "concerns", "decision_makers", "promises"}


@pytest.mark.parametrize(
    ("lines", "use"),
    [
        (("客户：我们民宿要用，平时去机场接客人。",), {"民宿要用", "接客人"}),
        (("客服：买来做什么用呢？", "客户：出诊，下乡。"), {"出诊", "下乡"}),
        (("客户：我邻居天天拉货，人家划算。",), set()),
        (("客户：我现在正送孩子去补课，晚点说。",), set()),
    ],
)
def test_uses(lines: tuple[str, ...], use: set[str]) -> None:
    assert set(memo_of(*lines).use) == use


@pytest.mark.parametrize(
    ("lines", "preferences"),
    [
        (("客服：颜色呢？", "客户：白。"), {"白色"}),
        (("客服：您要Pro还是Max？", "客户：Max，老婆看中了按摩。"), {"Max"}),
        (("客户：轮毂要十九寸的。",), {"十九寸轮毂"}),
        (("客户：赠的那些脚垫都不要，天窗也不要。",), {"不要天窗"}),
        (("客户：我朋友买的四驱，他说好用。",), set()),
        (("客户：我要金的，算了，听老婆的，白的。",), {"白色"}),
    ],
)
def test_preferences(lines: tuple[str, ...], preferences: set[str]) -> None:
    assert set(memo_of(*lines).preferences) == preferences


@pytest.mark.parametrize(
    ("said", "concerns"),
    [
        ("视野不好，A柱太粗。", {"视野差"}),
        ("桩我已经报装了，没问题。", set()),
        ("挺好的，配置也行，我没啥意见。", set()),
    ],
)
def test_concerns(said: str, concerns: set[str]) -> None:
    assert set(memo_of(f"客户：{said}").concerns) == concerns


def test_the_words_of_every_topic_are_its_evidence() -> None:
    memo = memo_of("客户：视野不好，音响要好，平时下乡。")
    quoted = {name: [quote.quote for quote in memo.evidence[name]] for name in ("concerns", "preferences", "use")}
    assert quoted == {"concerns": ["视野"], "preferences": ["音响"], "use": ["下乡"]}


@pytest.mark.parametrize("path", EXCHANGES, ids=[path.stem for path in EXCHANGES])
def test_the_exchanges_mark_words_that_are_there(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        exchange = json.loads(line)
        for span in exchange["spans"]:
            assert span["field"] in FIELDS
            turn = exchange["turns"][span["turn"]]
            assert 0 <= span["start"] < span["end"] <= len(turn["text"])
            assert (turn["speaker"] == "agent") == (span["field"] == "promises")


def test_most_needs_of_the_exchanges_are_found() -> None:
    """A floor, not a figure: rules were read against these exchanges."""
    needs = shipped().needs
    found = wanted = 0
    for path in READ_BY_RULES:
        for line in path.read_text(encoding="utf-8").splitlines():
            exchange = json.loads(line)
            transcript = transcript_of_turns([Turn(**turn) for turn in exchange["turns"]])
            assert transcript.timing is not Timing.RECORDED
            talk = Talk(transcript)
            quotes = [
                (quote.utterance, quote.start, quote.end)
                for find in (find_uses, find_preferences, find_concerns)
                for places in find(talk, needs).values()
                for quote in places
            ]
            for span in exchange["spans"]:
                if span["field"] in ("use", "preferences", "concerns"):
                    wanted += 1
                    found += any(
                        turn == span["turn"] and start < span["end"] and span["start"] < end
                        for turn, start, end in quotes
                    )
    assert found / wanted > 0.6
