from __future__ import annotations

import json
from pathlib import Path

from qc.measure.peers import measure_peers

JUNE_14 = 1623604000
"""2021-06-14 01:06:40 in China, a Monday."""


def point(*days: str) -> dict[str, object]:
    return {"type": "time_point", "time": [f"{days[0]} 00:00:00", f"{days[-1]} 23:59:59"]}


def test_days_and_hours_are_compared_and_the_rest_is_left_out_with_its_reason(tmp_path: Path) -> None:
    theirs = [
        ["下周三", JUNE_14, point("2021-06-23")],
        ["下月九号", [2021, 6, 14], point("2021-07-10")],
        ["2019-05-27", JUNE_14, point("2019-05-27")],
        ["去年三月", JUNE_14, point("2020-03-01", "2020-03-31")],
        ["三天三夜", None, {"type": "time_delta", "time": {"day": 3}}],
    ]
    for name in ("jionlp", "wetextprocessing"):
        (tmp_path / name).mkdir()
    (tmp_path / "jionlp" / "test_time_parser.cases.json").write_text(json.dumps(theirs), "utf-8")
    (tmp_path / "wetextprocessing" / "date.txt").write_text("八月八日 => 08/08\n二千年 => 2000年\n", "utf-8")
    (tmp_path / "wetextprocessing" / "time.txt").write_text("下午八点零五分 => 8:05p.m.\n八点半 => 8:45\n", "utf-8")

    report = measure_peers(tmp_path)

    assert {name: (rate.hits, rate.of) for name, rate in report.sources.items()} == {
        "jionlp": (1, 2),
        "wetextprocessing date": (1, 1),
        "wetextprocessing time": (1, 2),
    }
    assert report.missed == ("jionlp: 下月九号", "wetextprocessing time: 八点半")
    assert {case for cases in report.left_out.values() for case in cases} == {
        "2019-05-27",
        "去年三月",
        "三天三夜",
        "二千年",
    }
    assert report.headline() == "5 cases of others judged, 4 left out"
    assert [title for title, *_ in report.tables()] == ["Spoken time, cases of others", "Read otherwise", "Left out"]
