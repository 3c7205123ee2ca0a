"""``qc evaluate`` and ``qc bench``: what can be asked together, and the reports that need no speech model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc.cli.main import app

SAMPLES = Path(__file__).parents[2] / "samples"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "--bank", "a.jsonl", "--audio", "folder"), "--audio and --bank measure different things"),
        (("evaluate", "--clips", "a.tsv", "--nothing-said"), "--clips and --nothing-said measure different things"),
        (("evaluate", "--bare"), "--bare goes with --audio"),
        (("bench", "--calls", "200", "--hours", "3"), "--calls and --hours are two measurements"),
        (("bench", "--hours", "3", "--text"), "--hours and --text are two measurements"),
    ],
)
def test_measurements_that_do_not_go_together_are_refused(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert words in str(result.exception)


def test_evaluate_prints_figures_in_every_form() -> None:
    calls = ("evaluate", "--calls", SAMPLES / "annotated", "--only", "03-*")
    assert "agent categories" in run(*calls).stdout
    assert "| agent categories |" in run(*calls, "--format", "markdown").stdout
    assert json.loads(run(*calls, "--format", "json").stdout)["calls"] == "03-*"


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("evaluate", ("--audio", "--bare", "--bank", "--clips", "--nothing-said")),
        ("bench", ("--calls", "--hours", "--text", "--model")),
    ],
)
def test_help_tells_each_measurement(verb: str, options: tuple[str, ...]) -> None:
    text = run(verb, "--help").stdout
    assert all(option in text for option in options)
