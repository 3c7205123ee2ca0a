from __future__ import annotations

import io

import pytest
from builders import a_call, a_transcript
from rich.console import Console

from qc.cli.text_report import DOUBTED_SHOWN, print_report
from qc.domain import Doubt, Letter, Listen, Roles, RolesBy, Transcript
from qc.grade import RuleGrader
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook, load_rulebook


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def printed(transcript: Transcript, rulebook: Rulebook) -> str:
    file = io.StringIO()
    inspection = inspect_call(a_call(), transcript, rulebook, RuleGrader(rulebook.grading))
    print_report(Console(file=file, width=160), "call.wav", a_call(), transcript, inspection)
    return file.getvalue()


def with_line(transcript: Transcript, index: int, **changes: object) -> Transcript:
    said = list(transcript.utterances)
    said[index] = said[index].model_copy(update=changes)
    return transcript.model_copy(update={"utterances": tuple(said)})


SAID = a_transcript("客户：多少钱", "客服：您放心，这个不砍真信")


def test_doubted_words_are_shown_apart_with_the_reason(rulebook: Rulebook) -> None:
    page = printed(with_line(SAID, 1, doubt=Doubt.NO_VOICE), rulebook)
    assert "不作依据的文字（1）" in page
    assert "销售 您放心，这个不砍真信〔疑似非人声，不作依据〕" in page
    assert "没有发现" in page
    assert "不作依据" not in printed(SAID, rulebook)


def test_of_many_doubted_words_the_rest_are_counted(rulebook: Rulebook) -> None:
    loops = a_transcript(*["客服：南南南"] * (DOUBTED_SHOWN + 3))
    for index in range(len(loops.utterances)):
        loops = with_line(loops, index, doubt=Doubt.LOOP)
    page = printed(loops, rulebook)
    assert page.count("南南南") == DOUBTED_SHOWN
    assert "…另有 3 处" in page


def test_a_finding_by_a_second_listen_says_what_was_heard(rulebook: Rulebook) -> None:
    start = SAID.utterances[1].text.index("不砍真信")
    listen = Listen(utterance=1, start=start, end=start + 4, phrase="不看征信", probability=0.86)
    page = printed(SAID.model_copy(update={"listens": (listen,)}), rulebook)
    assert "听写为「不砍真信」，复听更像「不看征信」，概率 86%" in page


@pytest.mark.parametrize(
    ("text", "original", "shown"),
    [
        ("您放心，我们不看征信的", "您放心我们不砍真信的", "不看征信〔听写：不砍真信〕"),
        ("您放心，我们不看征信的", "您反心，我们不看征信的", None),
        ("您放心，我们不看征信的", "您放心我们不看征信的", None),
        ("您放心，我们不看征信的", None, None),
    ],
)
def test_the_recognisers_own_words_are_shown_where_those_of_a_quote_were_changed(
    rulebook: Rulebook, text: str, original: str | None, shown: str | None
) -> None:
    page = printed(with_line(SAID, 1, text=text, original_text=original), rulebook)
    assert "不看征信" in page
    if shown:
        assert shown in page
    else:
        assert "听写" not in page


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        (Roles(by=RolesBy.WORDS, probability=0.87), True),
        (Roles(by=RolesBy.WORDS, probability=0.99), False),
        (Roles(by=RolesBy.GIVEN, probability=0.9), False),
        (None, False),
    ],
)
def test_doubtful_roles_are_told(rulebook: Rulebook, roles: Roles | None, told: bool) -> None:  # noqa: FBT001 - a case
    page = printed(SAID.model_copy(update={"roles": roles}), rulebook)
    assert ("销售与客户按说话内容区分，把握 87%" in page) is told


def test_tags_are_shown_with_their_words(rulebook: Rulebook) -> None:
    page = printed(a_transcript("客户：我退休了，想买台车。"), rulebook)
    assert "客户标签" in page
    assert "退休  00:00 “我退休了”" in page
    assert "客户标签" not in printed(SAID, rulebook)


def test_a_grade_that_was_not_sure_enough_says_so_instead_of_a_probability(rulebook: Rulebook) -> None:
    inspection = inspect_call(a_call(), SAID, rulebook, RuleGrader(rulebook.grading))
    unsure = inspection.grade.model_copy(update={"letter": Letter.N, "probability": 0.02, "abstained": True})
    file = io.StringIO()
    report = inspection.model_copy(update={"grade": unsure})
    print_report(Console(file=file, width=160), "call.wav", a_call(), SAID, report)
    assert "依据不足" in file.getvalue()
    assert "把握 2%" not in file.getvalue()
