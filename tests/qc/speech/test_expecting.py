from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from recognisers import ScriptedRecogniser

from qc.domain import Dealer
from qc.rulebook.phrases import PhraseRules
from qc.speech.expecting import MODELS_NAMED, expectations, warm_up
from qc.speech.repair import respelled
from qc.speech.talk import TalkModel
from qc.store.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from qc.rulebook import Rulebook
    from qc.speech.recogniser import Expectations


@pytest.fixture(scope="module")
def shipped(rulebook: Rulebook) -> Expectations:
    return expectations(Settings(_env_file=None).lexicons, rulebook)


def spelled(heard: str, sure: float, expecting: Expectations) -> str:
    assert expecting.talk is not None
    return respelled(heard, [sure] * len(heard), expecting.talk)


@pytest.mark.parametrize(
    ("heard", "said"),
    [("我给您安排施加", "我给您安排试驾"), ("麦腾现在有优惠", "迈腾现在有优惠"), ("旧车至换有补铁", "旧车置换有补贴")],
)
def test_the_shipped_talk_spells_as_the_trade_does(shipped: Expectations, heard: str, said: str) -> None:
    assert spelled(heard, 0.7, shipped) == said


@pytest.mark.parametrize("heard", ["我们下午三点在火车站见面", "他家的小孩上小学", "今天天气真好", "医生说要多喝水"])
def test_it_leaves_what_people_say_about_other_things(shipped: Expectations, heard: str) -> None:
    assert spelled(heard, 0.7, shipped) == heard


def test_the_phrases_to_listen_for_are_the_rulebooks(shipped: Expectations, rulebook: Rulebook) -> None:
    assert isinstance(shipped.phrases, PhraseRules)
    assert shipped.phrases is rulebook.phrases
    assert shipped.names == ()


def test_the_dealers_models_are_named(rulebook: Rulebook, tmp_path: Path) -> None:
    names = expectations(tmp_path, rulebook, Dealer(store="杭州之江店", brand="广汽丰田")).names
    assert names[0] == "广汽丰田"
    assert "凯美瑞" in names
    assert "卡罗拉" not in names  # the other maker's
    assert len(names) <= 1 + MODELS_NAMED
    assert expectations(tmp_path, rulebook, Dealer(brand="没听说过")).names == ("没听说过",)
    assert expectations(tmp_path, rulebook, Dealer(store="之江店")).names == ()


def test_without_talk_nothing_is_expected_of_it(rulebook: Rulebook, tmp_path: Path) -> None:
    assert expectations(tmp_path, rulebook).talk is None


def test_talk_is_learned_once_and_again_when_a_file_has_changed(rulebook: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "talk").mkdir()
    file = tmp_path / "talk" / "calls.txt"
    file.write_text("客服：来试驾\n", "utf-8")
    first = expectations(tmp_path, rulebook).talk
    assert isinstance(first, TalkModel)
    assert expectations(tmp_path, rulebook).talk is first
    file.write_text("客服：来置换\n", "utf-8")
    os.utime(file, (1, 1))
    changed = expectations(tmp_path, rulebook).talk
    assert changed is not None
    assert changed is not first
    assert changed.followers("置") == {"换"}


def test_talk_knows_the_names_of_models_that_nobody_has_said(rulebook: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "calls.txt").write_text("客服：您好\n", "utf-8")
    assert spelled("麦腾", 0.5, expectations(tmp_path, rulebook)) == "迈腾"


def test_warming_up_hears_once(shipped: Expectations) -> None:
    recogniser = ScriptedRecogniser()
    warm_up(recogniser, shipped)
    assert recogniser.heard == 1
