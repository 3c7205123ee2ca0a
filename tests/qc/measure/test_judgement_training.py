"""Learning findings: the same data give the same file, and no data that are put aside are learned from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import a_transcript

from qc.domain import Category, Speaker
from qc.errors import BadCall, NotFound
from qc.judgement import read_model
from qc.measure.first_sight import FirstSight, read_first_sight, see_first, to_json
from qc.measure.judged import JudgedTalk, Label, is_held, read_judged
from qc.measure.judgement import learn_by_folds, leave_out, train_findings
from qc.measure.learned import FOLDS, RULES_ALONE, by_folds, by_one_model, fold_of
from qc.rulebook import Rulebook
from qc.rulebook.phrases import PhraseRules
from qc.turns import Turn

WAYS = ("直接转我个人微信", "扫我自己的收款码", "打我老婆那张卡上", "现金给我就行不走公司账", "转我支付宝我帮您交")
ORDINARY = ("到店里刷卡就行", "打到公司对公账户", "付给财务开收据", "我们这边周末有活动", "白色的车卖得多")


def talks() -> list[JudgedTalk]:
    """Short calls in which an agent asks for the deposit in a wrong way, or says something ordinary."""
    made = []
    for number in range(60):
        wrong = number % 2 == 0
        said = (WAYS if wrong else ORDINARY)[number // 2 % 5]
        thing = ("定金", "那两千块", "首付", "尾款")[number % 4]
        turns = (
            Turn(speaker=Speaker.CUSTOMER, text="怎么付？"),
            Turn(speaker=Speaker.AGENT, text=f"您好。{thing}您{said}。"),
            Turn(speaker=Speaker.CUSTOMER, text="哦，我想想。"),
        )
        labels = (Label(1, Category.PRIVATE_DEALING, said),) if wrong else ()
        made.append(JudgedTalk("calls", f"call {number}", turns, labels, whole=True, annotated=True))
    return made


def nothing_seen() -> FirstSight:
    return see_first(talks(), _Empty.rulebook())


class _Empty:
    """A rulebook without phrase rules."""

    version = "none"
    phrases = PhraseRules()

    @classmethod
    def rulebook(cls) -> Rulebook:
        return Rulebook.model_construct(version=cls.version, phrases=cls.phrases)


def test_a_small_model_learns_and_the_same_data_give_the_same_bytes() -> None:
    content, report = train_findings(leave_out(talks(), PhraseRules(), nothing_seen()))
    assert train_findings(leave_out(talks(), PhraseRules(), nothing_seen()))[0] == content
    model = read_model(content)
    assert report.categories[Category.PRIVATE_DEALING].recall > 0.8
    (found,) = model.judge(a_transcript("客服：您好。尾款您打我老婆那张卡上。"), (), once=frozenset())
    assert found.category is Category.PRIVATE_DEALING
    assert found.proposed
    assert found.evidence[0].quote == "尾款您打我老婆那张卡上"
    assert model.judge(a_transcript("客服：您好。尾款您打到公司对公账户。"), (), once=frozenset()) == ()
    assert set(model.header.calls) == {talk.name for talk in talks()}


def test_other_data_have_another_hash() -> None:
    every = leave_out(talks(), PhraseRules(), nothing_seen())
    fewer = leave_out(talks()[:-2], PhraseRules(), nothing_seen())
    assert read_model(train_findings(every)[0]).header.data != read_model(train_findings(fewer)[0]).header.data


def test_each_fold_s_model_has_not_seen_the_calls_it_judges() -> None:
    models = learn_by_folds(leave_out(talks(), PhraseRules(), nothing_seen())).models
    assert len(models) == FOLDS
    learned = by_folds(models)
    for talk in talks():
        model = learned.model_of(talk.name)
        assert model is models[fold_of(talk.name)]
        assert talk.name not in model.header.calls


def test_too_little_data_are_refused() -> None:
    with pytest.raises(BadCall, match="too few"):
        leave_out(talks()[:4], PhraseRules(), nothing_seen())


def test_what_is_judged_is_said_with_whether_it_was_learned_from() -> None:
    model = read_model(train_findings(leave_out(talks(), PhraseRules(), nothing_seen()))[0])
    assert "has learned from 1 of these calls" in by_one_model(model).about_calls(["call 1", "dc-001"])
    assert "has not seen these calls" in by_one_model(model).about_calls(["dc-001"])
    assert "has not seen" in by_one_model(model).about_bank("findings.held")
    assert by_one_model(None) is RULES_ALONE
    assert not RULES_ALONE.about_calls(["call 1"])


@pytest.mark.parametrize(
    ("name", "held"),
    [("dc-001", True), ("findings.held", True), ("findings.check", True), ("da-001", False), ("findings.open", False)],
)
def test_what_is_put_aside_is_known_by_its_name(name: str, *, held: bool) -> None:
    assert is_held(name) is held


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("lexicons/utterances", "lexicons/talk", "evaluation/bank", "tests/violations", "tests/clean_calls"):
        (tmp_path / folder).mkdir(parents=True)
    line = {"category": "abuse", "label": True, "speaker": "agent", "before": "", "text": "你这个穷鬼"}
    for name in ("findings.open", "findings.held", "findings.check"):
        own = line | {"text": f"{line['text']} {name}"}
        (tmp_path / f"evaluation/bank/{name}.jsonl").write_text(json.dumps(own), encoding="utf-8")
    (tmp_path / "lexicons/talk/some.txt").write_text("客服：您好\n客户：你好\n\n客服：你这个穷鬼\n", encoding="utf-8")
    (tmp_path / "lexicons/talk/unread.txt").write_text("客服：您好\n", encoding="utf-8")
    labels = {"call": 1, "turn": 0, "category": "abuse", "quote": "穷鬼"}
    (tmp_path / "lexicons/talk/some.findings.jsonl").write_text(json.dumps(labels), encoding="utf-8")
    spoken = {"label": False, "before": "多少钱", "text": "您别生气", "quote": ""}
    (tmp_path / "lexicons/utterances/abuse.jsonl").write_text(json.dumps(spoken), encoding="utf-8")
    (tmp_path / "tests/violations/abuse.txt").write_text("客户：多少钱？\n客服：买不起别问\n", encoding="utf-8")
    (tmp_path / "tests/clean_calls/abuse.txt").write_text("客服：您别生气。\n", encoding="utf-8")
    return tmp_path


def read(project: Path, *lines: Path) -> list[JudgedTalk]:
    return read_judged(_Empty.rulebook(), project / "lexicons", project / "evaluation", project / "tests", lines)


def test_all_sources_are_read_but_what_is_put_aside_and_what_has_no_labels(project: Path) -> None:
    found = read(project)
    assert sorted({talk.source for talk in found}) == [
        "bank/findings.open",
        "clean_calls",
        "talk/some",
        "utterances",
        "violations",
    ]
    (violation,) = [talk for talk in found if talk.source == "violations"]
    assert list(violation.judged) == [1]
    assert [talk.labels for talk in found if talk.source == "talk/some"] == [(), (Label(0, Category.ABUSE, "穷鬼"),)]


def test_exported_verdicts_are_read_as_lines(project: Path) -> None:
    verdicts = project / "verdicts.jsonl"
    verdicts.write_text(json.dumps({"category": "abuse", "label": False, "text": "您真会开玩笑"}), encoding="utf-8")
    assert [talk.turns[0].text for talk in read(project, verdicts) if talk.source == "verdicts"] == ["您真会开玩笑"]
    with pytest.raises(NotFound):
        read(project, project / "none.jsonl")


@pytest.mark.parametrize("row", ["{", '{"label": true}', '{"category": "nonsense", "label": true, "text": "您好"}'])
def test_a_line_that_does_not_fit_is_named(project: Path, row: str) -> None:
    wrong = project / "wrong.jsonl"
    wrong.write_text(row, encoding="utf-8")
    with pytest.raises(BadCall) as refused:
        read(project, wrong)
    assert refused.value.where == "wrong.jsonl:1"


def test_words_that_are_not_in_the_labelled_turn_are_named(project: Path) -> None:
    path = project / "lexicons/talk/some.findings.jsonl"
    path.write_text(json.dumps({"call": 0, "turn": 0, "category": "abuse", "quote": "穷鬼"}), encoding="utf-8")
    with pytest.raises(BadCall):
        read(project)


def test_what_rules_saw_first_is_kept_as_text(tmp_path: Path, rulebook: Rulebook) -> None:
    seen = see_first(talks(), rulebook)
    path = tmp_path / "seen.json"
    path.write_text(to_json(seen), encoding="utf-8")
    assert read_first_sight(path) == seen
    assert seen.of("a talk of another day", 0) is None
    assert seen.of("call 1", 0) == {}
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(BadCall):
        read_first_sight(path)


def test_what_another_rulebook_sees_later_is_added_to_what_was_kept(rulebook: Rulebook) -> None:
    first = see_first(talks()[:2], _Empty.rulebook())
    both = see_first(talks(), rulebook, first)
    assert both.rulebooks == (*first.rulebooks, rulebook.version)
    assert {**both.talks, **first.talks} == both.talks
    assert len(both.talks) > len(first.talks)
