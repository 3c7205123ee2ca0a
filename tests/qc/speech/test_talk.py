from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.phonetics import sound_of
from qc.speech.talk import ALPHABET, END, START, TalkModel, phrases_of, read_talk

if TYPE_CHECKING:
    from pathlib import Path

LINES = ("您好，我是销售顾问小周。", "您什么时候方便来店里试驾？", "可以试驾，也可以置换。", "贷款利息多少？")


@pytest.fixture(scope="module")
def talk() -> TalkModel:
    return TalkModel(LINES)


def test_what_was_said_is_likelier_than_what_was_not(talk: TalkModel) -> None:
    assert talk.logprob("可以试", "驾") > talk.logprob("可以试", "加")
    assert talk.logprob("可以", "试") > talk.logprob("利息", "试")
    assert talk.logprob("置换", END) > talk.logprob("试", END)


def test_a_context_never_seen_falls_back_on_a_shorter_one(talk: TalkModel) -> None:
    assert talk.logprob("来来试", "驾") > talk.logprob("来来来", "驾") > talk.logprob("来来来", "龘")


def test_a_character_never_seen_shares_what_is_left(talk: TalkModel) -> None:
    seldom = math.exp(talk.logprob("您好我", "龘"))
    assert 0 < seldom < 1 / ALPHABET


@pytest.mark.parametrize("before", ["", START * 3, "可以试", "试驾", "龘靐齉", "您"])
def test_the_probabilities_of_all_that_may_follow_are_one_at_most(talk: TalkModel, before: str) -> None:
    known = sorted({character for line in LINES for phrase in phrases_of(line) for character in phrase} | {END})
    rest = (ALPHABET - len(known)) * math.exp(talk.logprob(before, "龘"))
    total = sum(math.exp(talk.logprob(before, character)) for character in known)
    assert 0 < total < 1
    assert total + rest == pytest.approx(1, abs=0.01)


@given(st.text(alphabet="您好我是销售顾问小周可以试驾加家", max_size=8), st.sampled_from("您好驾加龘"))
def test_only_the_last_three_characters_count(before: str, character: str) -> None:
    talk = TalkModel(LINES)
    assert talk.logprob(before, character) == talk.logprob(before[-3:], character) <= 0


def test_it_knows_who_sounds_how_and_who_follows_whom(talk: TalkModel) -> None:
    assert set(talk.spelled(sound_of("是"))) == {"是", "时", "试"}
    assert talk.spelled(sound_of("是")) == talk.spelled(sound_of("四"))  # zh, ch, sh are z, c, s on the telephone
    assert talk.spelled(sound_of("冰")) == ()
    assert set(talk.sounds) >= {sound_of("驾"), sound_of("换")}
    assert talk.followers("试") == {"驾"}
    assert talk.followers("驾") == {END}
    assert talk.followers(START) == {"您", "我", "可", "也", "贷"}
    assert talk.followers("龘") == frozenset()


def test_a_model_of_nothing_knows_nothing() -> None:
    talk = TalkModel(())
    assert talk.logprob("您", "好") == pytest.approx(-math.log(ALPHABET))
    assert (talk.sounds, talk.followers(START)) == ((), frozenset())


def test_asking_about_the_unknown_teaches_it_nothing() -> None:
    talk = TalkModel(LINES)
    before = talk.sounds, talk.logprob("驾", "龘")
    talk.spelled(("龘", "x"))
    talk.followers("龘")
    talk.logprob("龘", "龘")
    assert (talk.sounds, talk.logprob("驾", "龘")) == before


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("您好，我是小周。", ["您好", "我是小周"]),
        ("Model Y 多少？", ["Model", "Y", "多少"]),
        ("“好的”……再见", ["好的", "再见"]),
        ("……", []),
        ("", []),
    ],
)
def test_phrases_are_what_is_said_between_pauses(text: str, phrases: list[str]) -> None:
    assert phrases_of(text) == phrases


def test_all_talk_of_the_lexicons_is_read_in_order_of_its_files(tmp_path: Path) -> None:
    for name in ("talk", "utterances", "memos"):
        (tmp_path / name).mkdir()
    (tmp_path / "talk" / "b.txt").write_text("客服：可以试驾。\n\n# 说明\n旁白：无\n客户：好\n", "utf-8")
    (tmp_path / "talk" / "a.txt").write_text("客户：喂\n", "utf-8")
    (tmp_path / "talk" / "c.md").write_text("客户：不读\n", "utf-8")
    labelled = {"label": True, "before": "几折？", "text": "八折。", "quote": "八折"}
    (tmp_path / "utterances" / "overpromise.jsonl").write_text(json.dumps(labelled | {"before": ""}) + "\n", "utf-8")
    with (tmp_path / "utterances" / "evasive.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps(labelled, ensure_ascii=False) + "\n\n")
    exchange = {
        "turns": [{"speaker": "agent", "text": "几口人？"}, {"speaker": "customer", "text": "五口"}],
        "spans": [],
    }
    (tmp_path / "memos" / "uses.jsonl").write_text(json.dumps(exchange) + "\n", "utf-8")
    assert read_talk(tmp_path) == ("喂", "可以试驾。", "好", "几折？", "八折。", "八折。", "几口人？", "五口")
    assert read_talk(tmp_path / "nowhere") == ()
