from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qc.speech.roles import SHIPPED, SURE_ENOUGH, RoleGuess, decide_roles, shipped_model, swapped_at

CALLS = sorted((Path(__file__).parents[2] / "evaluation" / "calls").glob("d[ab]-*.json"))

AGENT = "您好，我是之江店的销售顾问小周，看您在网上留了信息，给您介绍一下优惠政策，您什么时候方便过来试驾？"
CUSTOMER = "哦，你们现在优惠多少钱啊？我就随便看看，我再跟我老婆商量商量吧。"


def sides_of(call: Path) -> tuple[str, str]:
    turns = json.loads(call.read_text("utf-8"))["turns"]
    agent, customer = (
        "\n".join(turn["text"] for turn in turns if turn["speaker"] == who) for who in ("agent", "customer")
    )
    return agent, customer


def parts_of(call: Path, turns_each: int = 6) -> list[tuple[str, str]]:
    turns = json.loads(call.read_text("utf-8"))["turns"]
    parts = [turns[at : at + turns_each] for at in range(0, len(turns), turns_each)]
    return [
        (
            "\n".join(turn["text"] for turn in part if turn["speaker"] == "agent"),
            "\n".join(turn["text"] for turn in part if turn["speaker"] == "customer"),
        )
        for part in parts
    ]


def other_way(sides: tuple[str, str]) -> tuple[str, str]:
    return sides[1], sides[0]


def test_knows_the_agent_by_how_agents_speak() -> None:
    assert decide_roles((AGENT, CUSTOMER)).agent == 0
    assert decide_roles((CUSTOMER, AGENT)).agent == 1


def test_is_as_sure_whichever_side_comes_first() -> None:
    assert decide_roles((AGENT, CUSTOMER)).probability == pytest.approx(decide_roles((CUSTOMER, AGENT)).probability)


@pytest.mark.parametrize(
    "sides", [("", ""), ("喂", "喂"), ("，。！", "\n"), ("好的，好的，谢谢您。", "好的，好的，谢谢您。")]
)
def test_says_nothing_when_the_words_do_not_tell(sides: tuple[str, str]) -> None:
    assert decide_roles(sides) == RoleGuess(None, 0.5)


def test_punctuation_and_line_breaks_do_not_matter() -> None:
    bare = (AGENT.translate(NO_MARKS), CUSTOMER.translate(NO_MARKS))
    assert decide_roles(bare).probability == pytest.approx(decide_roles((AGENT, CUSTOMER)).probability)


NO_MARKS = str.maketrans("", "", "，。？！")


def test_hears_the_agent_through_homophones() -> None:
    misheard = "您好我是之江电的肖售顾问小周看您在往上流了心息给您借绍一下有惠政策您什么时候方便过来是架"
    assert decide_roles((misheard, "哦你门现在有会多少前啊我就随变看看我在跟我老婆伤量伤量吧")).agent == 0


def test_knows_the_agent_in_a_call_of_three_turns() -> None:
    assert (
        decide_roles(("您好，宝驰汽车，请问是王先生吗？\n哦，那不好意思，打扰您了。", "你打错了，我不姓王。")).agent
        == 0
    )


def test_one_side_may_be_silent() -> None:
    assert decide_roles((AGENT, "")).agent in {0, None}
    assert decide_roles(("", AGENT)).agent in {1, None}
    assert decide_roles((CUSTOMER, "")).agent in {1, None}


def test_is_never_certain() -> None:
    assert decide_roles((AGENT * 100, CUSTOMER * 100)).probability == shipped_model().surest < 1


@pytest.mark.parametrize("call", CALLS, ids=lambda path: path.stem)
def test_is_never_wrong_on_the_open_annotated_calls(call: Path) -> None:
    assert decide_roles(sides_of(call)).agent in {0, None}


def test_knows_the_agent_in_nine_of_ten_open_annotated_calls() -> None:
    named = [decide_roles(sides_of(call)).agent for call in CALLS]
    assert named.count(0) >= 0.9 * len(CALLS)


def test_finds_channels_swapped_in_mid_call() -> None:
    call = CALLS[0]
    parts = parts_of(call)
    middle = len(parts) // 2
    swap = swapped_at([*parts[:middle], *map(other_way, parts[middle:])])
    assert swap is not None
    assert (swap.part, swap.agent) == (middle, 0)


def test_finds_no_swap_in_the_open_annotated_calls() -> None:
    assert [call.stem for call in CALLS if swapped_at(parts_of(call))] == []


@pytest.mark.parametrize("parts", [[], [(AGENT, CUSTOMER)], [("", ""), ("", "")], [(AGENT, CUSTOMER), (AGENT, "")]])
def test_finds_no_swap_where_there_is_nothing_to_swap(parts: list[tuple[str, str]]) -> None:
    assert swapped_at(parts) is None


def test_unknown_begins_where_the_docs_say() -> None:
    guesses = [decide_roles(sides) for call in CALLS for sides in parts_of(call, 2)]
    assert {guess.agent is None for guess in guesses if guess.probability < SURE_ENOUGH} == {True}
    assert {guess.agent is None for guess in guesses if guess.probability >= SURE_ENOUGH} == {False}


def test_the_model_has_not_seen_the_annotated_calls() -> None:
    sources = {trained.source.split("/")[0] for trained in shipped_model().trained_on}
    assert sources == {"practice", "talk"}


def test_the_model_file_is_small() -> None:
    assert SHIPPED.stat().st_size < 300_000


def test_hearing_does_not_load_the_library_that_learned() -> None:
    program = "import sys, qc.speech.roles as r; r.decide_roles(('您', '你')); assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
