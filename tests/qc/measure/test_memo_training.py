"""Learning wishes from marked talk."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from qc.errors import BadCall
from qc.measure.learned import FOLDS, RULES_ALONE, by_folds, fold_of
from qc.measure.memo_model import LeftOut, learn_by_folds, leave_out, prepare, train_wishes
from qc.measure.memo_talk import MemoTalk, read_memo_talk
from qc.measure.memo_weighing import READ_BY_RULES, weigh
from qc.rulebook import SHIPPED, load_rulebook
from qc.wish_model import FIELDS, WishModel, read_wish_model

EVALUATION = Path("tests/evaluation")
FEW = ("deciders-and-promises", "mixed", "uses-and-preferences", "worries", "wishes-1")
RULEBOOK = load_rulebook()


@cache
def talks() -> tuple[MemoTalk, ...]:
    return tuple(talk for talk in read_memo_talk(SHIPPED, EVALUATION) if talk.source in FEW)


@cache
def left_out() -> LeftOut:
    return leave_out(talks(), RULEBOOK.needs)


@cache
def models() -> tuple[WishModel, ...]:
    return learn_by_folds(left_out())


def test_nothing_put_aside_is_read() -> None:
    read = read_memo_talk(SHIPPED, EVALUATION)
    assert not [talk.name for talk in read if talk.name.startswith("dc-")]
    assert sum(talk.annotated for talk in read) == 51
    assert {talk.source for talk in read} >= READ_BY_RULES


def test_every_marked_clause_is_of_the_party_that_can_say_it() -> None:
    marked = prepare(talks(), RULEBOOK.needs)
    assert not (marked.wish & ~marked.asked).any()
    assert not (marked.goes_on & ~marked.wish).any()
    assert (marked.wish.sum(axis=0) > 20).all()
    first = [each.first for each in marked.prepared]
    assert not marked.clauses.place[first].any()


def test_models_of_folds_have_not_seen_what_they_judge() -> None:
    assert len(models()) == FOLDS
    for number, model in enumerate(models()):
        seen = sum(source.talks for source in model.header.trained_on)
        assert seen == sum(fold_of(talk.name) != number for talk in talks())
    learned = by_folds(models=(), wishes=models())
    call = "da-001"
    assert learned.rulebook_for(RULEBOOK, call).wishes is models()[fold_of(call)]
    assert RULES_ALONE.rulebook_for(RULEBOOK, call) is RULEBOOK


def test_the_same_talk_gives_the_same_file_and_a_report_of_talk_left_out() -> None:
    content, report = train_wishes(left_out())
    assert content == train_wishes(leave_out(talks(), RULEBOOK.needs))[0]
    header = read_wish_model(content).header
    assert {source.source for source in header.trained_on} == set(FEW)
    assert set(header.thresholds) == set(FIELDS)
    assert report.talks == len(talks())
    assert [title for title, _, _ in report.tables()]
    assert sum(tally.tp for tally in report.snippets.values()) > 0


def test_the_more_likely_clause_and_wording_count_for_it() -> None:
    weighed = weigh(left_out().tried, talks())
    for field in FIELDS:
        of_clause, of_wording, _, _ = weighed.surety[field]
        assert of_clause > 0
        assert of_wording > -0.5
    assert np.isfinite([weight for weights in weighed.wording.values() for weight in weights]).all()


def test_too_little_talk_is_refused() -> None:
    with pytest.raises(BadCall, match="too few"):
        leave_out(talks()[:10], RULEBOOK.needs)


def test_a_span_outside_its_turn_is_refused(tmp_path: Path) -> None:
    (tmp_path / "memos").mkdir()
    shutil.copy(EVALUATION / "memo_spans.jsonl", tmp_path)
    (tmp_path / "memos" / "bad.jsonl").write_text(
        '{"turns": [{"speaker": "customer", "text": "白的"}], '
        '"spans": [{"field": "preferences", "turn": 0, "start": 0, "end": 9, "means": "白色"}]}\n',
        encoding="utf-8",
    )
    with pytest.raises(BadCall, match="not in its turn"):
        read_memo_talk(tmp_path, tmp_path)
