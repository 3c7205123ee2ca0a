"""Tags: whose words show them, what takes them back, and that every tag keeps its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import a_call, a_transcript

from qc.callfile import read_call_file
from qc.domain import Doubt, Tag
from qc.grade import RuleGrader
from qc.memo import write_memo
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.tags import find_tags, shows_tag

CALLS = Path(__file__).parents[1] / "evaluation" / "calls"
OPEN = [
    path.stem
    for folder in (CALLS, CALLS.parent / "practice")
    for kind in ("da", "db", "pa")
    for path in sorted(folder.glob(f"{kind}-*.json"))
]


def tags_of(rulebook: Rulebook, *lines: str, brand: str | None = None) -> dict[str, Tag]:
    transcript = a_transcript(*lines)
    memo = write_memo(a_call(brand=brand), transcript, rulebook)
    return {tag.tag: tag for tag in find_tags(transcript, memo, rulebook)}


def test_every_example_of_the_shipped_tags_holds(rulebook: Rulebook) -> None:
    examples = [
        (rule, example, wanted)
        for rule in rulebook.tags.tags
        for wanted, kept in ((True, rule.hits), (False, rule.misses))
        for example in kept
    ]
    assert len(examples) > 80
    wrong = [(rule.tag, one.text) for rule, one, wanted in examples if shows_tag(one, rule, rulebook.tags) != wanted]
    assert wrong == []


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        (("客服：您这是第一次买车吗？", "客户：对，我今年刚毕业。"), {"首购", "年轻", "年轻首购"}),
        (("客服：家里有车吗？", "客户：有台老捷达，一四年的，想置换，你们收吗？"), {"换购"}),
        (("客户：我们公司要买六台车，开公司的发票。",), {"公司用车"}),
        (("客户：我退休了，跟老伴出去转转。",), {"退休"}),
        (("客户：我问了四家了，谁便宜上谁那买。",), {"价格敏感"}),
        (("客户：我朋友退休了，他让我问问。",), set()),
        (("客服：您是第一次买车吗？", "客户：不是，家里有一台了，再添一台。"), {"增购"}),
        (("客服：您退休了吧？", "客户：今天天气不错。"), set()),
    ],
)
def test_tags_by_words(rulebook: Rulebook, lines: tuple[str, ...], tags: set[str]) -> None:
    assert set(tags_of(rulebook, *lines)) == tags


def test_the_agents_words_are_no_tag(rulebook: Rulebook) -> None:
    assert tags_of(rulebook, "客服：我退休了，第一次买车，问了四家谁便宜。", "客户：哦。") == {}


def test_memo_and_cars_show_tags(rulebook: Rulebook) -> None:
    found = tags_of(rulebook, "客户：我想看看秦PLUS EV。", "客服：全款还是贷款？", "客户：贷款。", brand="比亚迪")
    assert {"新能源", "贷款"} <= set(found)
    assert found["新能源"].evidence[0].quote == "秦PLUS EV"


def test_of_tags_that_exclude_each_other_the_first_one_holds(rulebook: Rulebook) -> None:
    found = tags_of(rulebook, "客户：这是我第一次买新车，手里那台老捷达一四年的想置换。")
    assert "换购" in found
    assert "首购" not in found
    kinds = [tag.kind for tag in found.values() if tag.kind]
    assert len(kinds) == len(set(kinds))


def test_whoever_is_not_the_customer_has_no_tags(rulebook: Rulebook) -> None:
    lines = ("客服：请问是陈先生吗？", "客户：你打错了，我不姓陈。我还在读大二，没买过车。")
    assert tags_of(rulebook, *lines) == {}


@pytest.mark.parametrize("call", OPEN)
def test_the_words_of_tags_stand_in_the_transcript(call: str, rulebook: Rulebook) -> None:
    folder = "practice" if call.startswith("pa-") else "calls"
    file = read_call_file(CALLS.parent / folder / f"{call}.json")
    memo = write_memo(file.call, file.transcript, rulebook)
    for tag in find_tags(file.transcript, memo, rulebook):
        assert 0 < len(tag.evidence) <= 3
        for place in tag.evidence:
            assert file.transcript.utterances[place.utterance].text[place.start : place.end] == place.quote


def test_doubted_words_are_no_tag_and_shift_no_evidence(rulebook: Rulebook) -> None:
    transcript = a_transcript("客户：我是跑滴滴的。", "客户：我退休了。")
    doubted = transcript.utterances[0].model_copy(update={"doubt": Doubt.PHANTOM})
    whole = transcript.model_copy(update={"utterances": (doubted, transcript.utterances[1])})
    inspection = inspect_call(a_call(), whole, rulebook, RuleGrader(rulebook.grading))
    assert [(tag.tag, tag.evidence[0].utterance) for tag in inspection.tags] == [("退休", 1)]
