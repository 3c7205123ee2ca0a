"""The learned model of findings: what it dismisses and proposes, and which files it refuses."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pytest
from builders import a_call, a_transcript

from qc.callfile import read_call_file
from qc.domain import Category, Finding
from qc.errors import BadModel, NotFound
from qc.grade import RuleGrader
from qc.judgement import (
    CATEGORIES,
    PROPOSED,
    SHIPPED,
    Model,
    best_stretches,
    load_model,
    read_model,
    shipped_model,
)
from qc.phrases import STABLE, find_phrases
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.text import normalise

CALLS = Path(__file__).parents[1] / "evaluation" / "calls"


@pytest.fixture(scope="module")
def model() -> Model:
    shipped = shipped_model()
    assert shipped is not None
    return shipped


def with_header(*, alone: dict[str, object] | None = None, **changes: object) -> bytes:
    with np.load(io.BytesIO(SHIPPED.read_bytes())) as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(arrays["header"].tobytes()) | changes
    header["alone"] |= alone or {}
    buffer = io.BytesIO()
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_a_file_with_its_own_header_written_again_is_read() -> None:
    assert read_model(with_header()).header.format == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a model",
        SHIPPED.read_bytes()[:-2000],
        SHIPPED.read_bytes()[:60_000] + b"\0" * 8 + SHIPPED.read_bytes()[60_008:],
        with_header(format=1),
        with_header(kind="something else"),
        with_header(synonyms="others"),
        with_header(categories=["abuse"]),
        with_header(alone={"thresholds": [0.5]}),
        with_header(alone={"weights": {"score": 1.0}}),
        with_header(alone={"intercepts": [float("nan")] * len(CATEGORIES)}),
    ],
    ids=["empty", "text", "cut", "damaged", "format", "kind", "synonyms", "categories", "thresholds", "weights", "nan"],
)
def test_a_file_that_is_not_ours_is_refused_and_says_what_to_do(content: bytes) -> None:
    with pytest.raises(BadModel) as refused:
        read_model(content, where="some.npz")
    assert refused.value.code == "bad-model"
    assert "qc train findings" in refused.value.way_out
    assert refused.value.where == "some.npz"


def test_arrays_of_pickled_objects_are_never_read() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array([{"format": 1}], dtype=object))
    with pytest.raises(BadModel):
        read_model(buffer.getvalue())


def test_another_program_s_arrays_are_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, weights=np.zeros(3))
    with pytest.raises(BadModel):
        read_model(buffer.getvalue())


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_model(tmp_path / "none.npz")


def test_the_shipped_model_has_not_learned_from_what_is_put_aside(model: Model) -> None:
    assert model.header.calls
    assert not [name for name in model.header.calls if name.startswith("dc-")]
    assert not [s for s in model.header.trained_on if s.source.endswith(("held", "check"))]


def test_a_polite_offer_that_a_rule_took_for_a_finding_is_dismissed(model: Model) -> None:
    said = a_transcript("客户：配置表发我一份。", "客服：好的，我加您企业微信，把配置表发给您。")
    candidates = find_by_force(said.utterances[1].text, "企业微信", Category.PRIVATE_CONTACT)
    assert model.judge(said, candidates, once=frozenset()) == ()


def find_by_force(text: str, words: str, category: Category) -> tuple[Finding]:
    start = text.index(words)
    return (
        Finding.model_validate(
            {
                "rule_id": "a-rule",
                "category": category,
                "severity": "critical",
                "probability": STABLE,
                "evidence": [{"utterance": 1, "start": start, "end": start + len(words), "quote": words}],
                "reason": "…",
            }
        ),
    )


def test_what_no_rule_found_is_proposed_and_marked(model: Model) -> None:
    said = a_transcript("客户：我想再考虑考虑。", "客服：您好。定金您直接转我个人微信，不走公司的账，便宜您两千。")
    proposed = model.judge(said, (), once=frozenset())
    (finding,) = [f for f in proposed if f.category is Category.PRIVATE_DEALING]
    (evidence,) = finding.evidence
    assert finding.rule_id == f"{PROPOSED}private-dealing"
    assert finding.proposed
    assert "没有规则命中" in finding.reason
    assert evidence.quote == said.utterances[1].text[evidence.start : evidence.end]
    assert "定金" in evidence.quote
    assert "您好" not in evidence.quote


def likely(model: Model, *lines: str) -> float:
    """How likely the model holds the second line to be private dealing."""
    said = a_transcript(*lines)
    speakers = [utterance.speaker for utterance in said.utterances]
    scores = model.scores([normalise(utterance.text).text for utterance in said.utterances], speakers)
    return float(model.weigh(scores, (), speakers).likely[1, CATEGORIES.index(Category.PRIVATE_DEALING)])


def test_what_the_other_party_replies_counts(model: Model) -> None:
    said = ("客户：那怎么办？", "客服：那笔钱您先搁我这儿。")
    alone = likely(model, *said)
    alarmed = likely(model, *said, "客户：这钱不走公司账？发票开不开？")
    pleased = likely(model, *said, "客户：好，周六带身份证过去。")
    assert alarmed > alone > pleased
    assert alarmed > 2 * pleased


def test_a_kept_finding_is_the_rules_own_with_the_model_s_probability(model: Model) -> None:
    said = a_transcript("客户：怎么付？", "客服：定金您直接转我个人微信，不走公司的账，便宜您两千。")
    (candidate,) = find_by_force(said.utterances[1].text, "转我个人微信", Category.PRIVATE_DEALING)
    (kept,) = model.judge(said, (candidate,), once=frozenset())
    assert kept.probability != candidate.probability
    assert kept == candidate.model_copy(update={"probability": kept.probability})


def test_nobody_is_blamed_for_the_other_party_s_words(model: Model) -> None:
    said = a_transcript("客户：定金我直接转你个人微信，不走公司的账，便宜我两千行吧？")
    assert model.judge(said, (), once=frozenset()) == ()


def test_of_a_category_reported_once_only_the_first_is_kept(model: Model) -> None:
    lines = ["客服：定金您直接转我个人微信，不走公司的账，便宜您两千。"] * 2
    twice = model.judge(a_transcript(*lines), (), once=frozenset())
    once = model.judge(a_transcript(*lines), (), once=frozenset({Category.PRIVATE_DEALING}))
    assert len(twice) == 2
    assert once == twice[:1]


@pytest.mark.parametrize("call", ["da-001", "da-006", "db-002"])
def test_the_same_call_is_judged_the_same_by_a_model_read_anew(call: str, rulebook: Rulebook, model: Model) -> None:
    file = read_call_file(CALLS / f"{call}.json")
    grader = RuleGrader(rulebook.grading, preset="default")
    first = inspect_call(file.call, file.transcript, rulebook, grader, model)
    assert inspect_call(file.call, file.transcript, rulebook, grader, load_model(SHIPPED)) == first
    assert first.made_with.model == model.version
    for finding in first.findings:
        for evidence in finding.evidence:
            assert evidence.quote == file.transcript.utterances[evidence.utterance].text[evidence.start : evidence.end]


def test_an_inspection_without_a_model_does_not_mention_one(rulebook: Rulebook) -> None:
    inspection = inspect_call(a_call(), a_transcript("客服：您好"), rulebook, RuleGrader(rulebook.grading))
    assert "model" not in inspection.model_dump()["made_with"]


def test_twenty_turns_are_scored_in_milliseconds(model: Model) -> None:
    """The limit is loose, since machines differ: a hundred times slower would be a fault."""
    file = read_call_file(CALLS / "da-001.json")
    said = file.transcript.model_copy(update={"utterances": file.transcript.utterances[:20]})
    seconds = []
    for _ in range(9):
        begin = perf_counter()
        model.judge(said, (), once=frozenset())
        seconds.append(perf_counter() - begin)
    assert median(seconds) < 0.02


def test_the_best_stretch_is_a_sentence_or_two_in_a_row_or_all() -> None:
    own = np.array([[0.0], [4.0], [4.0], [0.0], [1.0]], np.float32)
    scores = best_stretches(own, np.ones(5, np.float32), np.zeros((2, 1), np.float32), np.array([0, 4, 5]))
    assert scores.best[:, 0].tolist() == pytest.approx([8 / 2**0.5, 1.0])
    assert (scores.first[0, 0], scores.last[0, 0]) == (1, 2)
    assert (scores.first[1, 0], scores.last[1, 0]) == (0, 0)


def test_two_findings_in_an_utterance_quote_different_words(model: Model, rulebook: Rulebook) -> None:
    said = a_transcript("客服：这车全国最低价，绝对的。定金您直接转我个人微信，不走公司的账。")
    found = model.judge(said, find_phrases(said, rulebook.phrases), once=frozenset())
    places = sorted((f.evidence[0].start, f.evidence[0].end) for f in found)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(places))
