from __future__ import annotations

from builders import CALL_TIME, SPEAKERS

from qc.domain import Utterance
from qc.measure.annotated import AnnotatedCall, TimedTurn
from qc.measure.borders import Borders, measure_borders
from qc.measure.scoring import Rate


def borders(turns: list[tuple[str, int, int]], heard: list[tuple[str, int, int]]) -> Borders:
    call = AnnotatedCall.model_validate(
        {
            "id": "call",
            "call_time": CALL_TIME,
            "turns": [{"speaker": SPEAKERS[who], "text": "甲"} for who, _, _ in turns],
            "findings": [],
            "omissions": [],
            "memo": {},
            "grade": "N",
        }
    )
    times = [TimedTurn(start_ms=start, end_ms=end) for _, start, end in turns]
    utterances = [Utterance(speaker=SPEAKERS[who], start_ms=start, end_ms=end, text="甲") for who, start, end in heard]
    return measure_borders(call, times, utterances)


TURNS = [("客服", 0, 5000), ("客户", 5200, 8000), ("客服", 9000, 12000)]


def test_what_is_heard_when_it_was_said_has_no_errors() -> None:
    measured = borders(TURNS, TURNS)
    assert measured.starts_ms == measured.ends_ms == (0, 0, 0)
    assert measured.both == Rate(hits=3, of=3)
    assert measured.all == Rate(hits=6, of=6)
    assert measured.median_ms == (0, 0)


def test_the_first_utterance_of_a_turn_starts_it_and_the_last_one_ends_it() -> None:
    measured = borders([("客服", 0, 9000)], [("客服", 300, 3000), ("客服", 4000, 8500)])
    assert (measured.starts_ms, measured.ends_ms) == ((300,), (-500,))
    assert (measured.starts, measured.ends, measured.both) == (Rate(hits=1, of=1), Rate(of=1), Rate(of=1))


def test_an_utterance_over_two_turns_belongs_to_one_and_leaves_the_other_unheard() -> None:
    measured = borders(TURNS, [("客服", 100, 12000), ("客户", 5200, 7900)])
    assert measured.starts_ms == (100, 0, None)
    assert measured.ends_ms == (7000, -100, None)
    assert measured.starts == Rate(hits=2, of=3)
    assert measured.median_ms == (50, 3550)


def test_a_partys_close_turns_are_one() -> None:
    close = [("客服", 0, 5000), ("客服", 5500, 8000), ("客服", 9000, 9900)]
    assert borders(close, [("客服", 0, 8000), ("客服", 9000, 9900)]).both == Rate(hits=2, of=2)


def test_the_other_partys_utterances_do_not_count_and_unknown_ones_do() -> None:
    assert borders(TURNS[:1], [("客户", 0, 5000)]).starts_ms == (None,)
    assert borders(TURNS[:2], [("不明", 0, 5000), ("不明", 5200, 8000)]).both == Rate(hits=2, of=2)


def test_nothing_said_has_no_borders() -> None:
    measured = borders([], [("客服", 0, 1000)])
    assert measured == Borders()
    assert measured.median_ms == (None, None)
