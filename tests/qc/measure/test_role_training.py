from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from qc.cli.main import app
from qc.domain import Speaker
from qc.errors import BadCall, NotFound
from qc.measure.mishear import homophones_of, misheard
from qc.measure.role_calls import CONDITIONS, COPIES, in_conditions, shown, sides_of, training_calls
from qc.measure.role_report import RolesReport, reliability
from qc.measure.roles import measure_roles, to_json, train_roles
from qc.phonetics import sound_of
from qc.speech.roles import RoleModel, load_role_model

PRACTICE = Path(__file__).parents[2] / "evaluation" / "practice"
CALLS = training_calls([PRACTICE])
TEXTS = [turn.text for call in CALLS for turn in call.turns]


def test_reads_dialogue_text(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("# 虚构\n客服：您好\n客户：喂：谁\n\n\n客户：在吗\n客服：在\n", encoding="utf-8")
    calls = training_calls([tmp_path])
    assert [call.source for call in calls] == [f"{tmp_path.name}/some"] * 2
    assert [[(turn.speaker, turn.text) for turn in call.turns] for call in calls] == [
        [(Speaker.AGENT, "您好"), (Speaker.CUSTOMER, "喂：谁")],
        [(Speaker.CUSTOMER, "在吗"), (Speaker.AGENT, "在")],
    ]


def test_a_line_without_a_speaker_is_named(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("客服：您好\n老板：喂\n", encoding="utf-8")
    with pytest.raises(BadCall, match="老板"):
        training_calls([tmp_path])


def test_a_folder_without_calls_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        training_calls([tmp_path])


def test_mishears_as_often_as_asked_and_mostly_by_sound() -> None:
    text = "您好我是店里的销售顾问给您介绍一下优惠政策" * 50
    heard = misheard(text, 0.23, homophones_of(TEXTS), np.random.default_rng(1))
    assert 0.94 < len(heard) / len(text) < 0.99
    kept = misheard(text, 0.0, homophones_of(TEXTS), np.random.default_rng(1))
    assert kept == text


def test_homophones_sound_alike() -> None:
    homophones = homophones_of(TEXTS)
    assert all(sound_of(character) == sound for sound, written in homophones.written.items() for character in written)


def test_a_training_call_is_shown_the_same_way_each_time() -> None:
    homophones = homophones_of(TEXTS)
    examples = list(shown(CALLS[0].turns, homophones, 3))
    assert len(examples) == COPIES
    assert examples[0] == sides_of(CALLS[0].turns)
    assert examples == list(shown(CALLS[0].turns, homophones, 3))
    assert examples != list(shown(CALLS[0].turns, homophones, 4))


def test_conditions_do_to_a_call_what_they_say() -> None:
    (whole,), (silent,), (short,), (misplaced,) = (
        in_conditions([CALLS[0].turns], homophones_of(TEXTS))[name]
        for name in (
            "whole call",
            "only the agent is heard",
            "first three turns",
            "whole call, 15 % of turns misplaced",
        )
    )
    assert silent == (whole[0], "")
    assert whole[0].startswith(short[0])
    assert sum(map(len, short)) < sum(map(len, whole)) / 3
    assert misplaced != whole


@pytest.fixture(scope="module")
def trained() -> tuple[RoleModel, RolesReport]:
    return train_roles(CALLS)


def test_the_same_calls_give_the_same_bytes(trained: tuple[RoleModel, RolesReport], tmp_path: Path) -> None:
    first = to_json(trained[0])
    assert to_json(train_roles(CALLS)[0]) == first
    (tmp_path / "roles.json").write_text(first, encoding="utf-8")
    assert to_json(load_role_model(tmp_path / "roles.json")) == first


def test_measures_every_call_once_in_each_condition(trained: tuple[RoleModel, RolesReport]) -> None:
    _, report = trained
    assert [outcome.condition for outcome in report.outcomes] == list(CONDITIONS)
    assert {len(outcome.probabilities) for outcome in report.outcomes} == {len(CALLS)}
    assert {outcome.measured_on for outcome in report.outcomes} == {"calls left out"}


def test_too_few_calls_are_refused() -> None:
    with pytest.raises(BadCall, match="too few"):
        train_roles(CALLS[:5])


def test_knows_the_calls_it_has_learned_from(trained: tuple[RoleModel, RolesReport]) -> None:
    model, _ = trained
    whole = measure_roles(model, CALLS, "seen")[0]
    assert (whole.condition, whole.right, whole.wrong) == ("whole call", 1.0, 0.0)


def test_reliability_counts_cases_by_the_likelier_side() -> None:
    assert reliability([0.92, 0.06, 0.55]) == [
        ("0.50 to 0.60", "1", "0.550", "1.000"),
        ("0.90 to 0.95", "2", "0.930", "0.500"),
    ]


def test_the_verb_writes_the_model_and_prints_how_right_it_is(tmp_path: Path) -> None:
    out = tmp_path / "roles.json"
    result = CliRunner().invoke(
        app, ["train", "roles", "--calls", str(PRACTICE), "--test", str(PRACTICE), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "reliability" in result.output
    assert load_role_model(out).trained_on[0].calls == len(CALLS)
