from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qc.phonetics import NEAR, sound_of, syllable_distance
from qc.speech.repair import PAUSE, respelled
from qc.speech.talk import TalkModel

TALK = TalkModel(
    [
        "您什么时候方便来店里试驾？",
        "我给您安排试驾，您看行吗？",
        "可以试驾，也可以置换。",
        "旧车置换有补贴，置换很划算。",
        "贷款利息是多少？",
        "您的首付是多少？",
        "我加您微信，把配置发给您。",
        "迈腾和帕萨特您看的哪款？",
        "迈腾现在有优惠。",
    ]
    * 3
)


def unsure(heard: str) -> list[float]:
    return [0.3] * len(heard)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("我给您安排施加", "我给您安排试驾"),
        ("可以是家|也可以智换", "可以试驾|也可以置换"),
        ("旧车至换有补铁", "旧车置换有补贴"),
        ("带款利西是多少", "贷款利息是多少"),
        ("麦腾现在有优惠", "迈腾现在有优惠"),
        ("我家您微信", "我加您微信"),
    ],
)
def test_homophones_are_spelled_as_the_trade_does(heard: str, said: str) -> None:
    assert respelled(heard, unsure(heard), TALK) == said


@pytest.mark.parametrize(
    "heard",
    [
        "我给您安排试驾",
        "贷款利息是多少",
        "火车站见",
        "",
        PAUSE,
        f"{PAUSE}喂{PAUSE}",
        "OK",
        "Model3一共20万",
    ],
)
def test_what_the_trade_does_not_know_better_stays(heard: str) -> None:
    assert respelled(heard, unsure(heard), TALK) == heard


def test_what_the_recogniser_is_sure_of_costs_more_to_change() -> None:
    talk = TalkModel(["她们都在"] * 3 + ["他们都在"])
    assert respelled("他们都在", [0.02] * 4, talk) == "她们都在"
    assert respelled("他们都在", [0.99] * 4, talk) == "他们都在"


def test_talk_about_other_things_is_left_alone() -> None:
    heard = "广州市房地产中介协会分息施加"
    assert respelled(heard, [0.3] * len(heard), TALK) == heard


def test_another_sound_is_never_written() -> None:
    heard = "我给您安排试车"  # 驾 would fit, but was not heard
    assert respelled(heard, [0.02] * len(heard), TALK) == heard


def test_a_model_of_nothing_changes_nothing() -> None:
    heard = "可以是家|也可以智换"
    assert respelled(heard, unsure(heard), TalkModel(())) == heard


ALPHABET = "您我给安排试驾施加是家价可以也置换智还至旧车贷款带利息西多少微信危险迈腾麦四十Ａa7好" + PAUSE


@given(
    st.text(ALPHABET, max_size=25).flatmap(
        lambda heard: st.tuples(st.just(heard), st.lists(st.floats(0, 1), min_size=len(heard), max_size=len(heard)))
    )
)
@example(("可以施加", [0.0, 1.0, 0.0, 1.0]))
def test_the_length_the_pauses_and_the_sounds_stay(heard_sure: tuple[str, list[float]]) -> None:
    heard, sure = heard_sure
    said = respelled(heard, sure, TALK)
    assert len(said) == len(heard)
    for was, now in zip(heard, said, strict=True):
        assert was == now or syllable_distance(sound_of(was), sound_of(now)) <= NEAR
        assert (was == PAUSE) == (now == PAUSE)
        assert was.isascii() == now.isascii()
