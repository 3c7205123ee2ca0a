from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.measure.curve import Point, curve_of, write_curve

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def test_each_probability_takes_in_all_of_at_least_it() -> None:
    judged = [(0.9, True), (0.5, False), (0.7, True), (0.7, False), (0.2, True)]
    assert curve_of(judged) == [
        Point(0.9, 1, 1 / 3),
        Point(0.7, 2 / 3, 2 / 3),
        Point(0.5, 2 / 4, 2 / 3),
        Point(0.2, 3 / 5, 1),
    ]
    assert [point.recall for point in curve_of(judged, of=6)] == [1 / 6, 2 / 6, 2 / 6, 3 / 6]


def test_nothing_right_has_no_curve_and_more_right_than_there_are_is_an_error() -> None:
    assert curve_of([]) == curve_of([(0.9, False)]) == []
    with pytest.raises(ValueError, match="only 1"):
        curve_of([(0.9, True), (0.8, True)], of=1)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.8]), st.booleans()), max_size=12))
def test_recall_never_falls_and_ends_at_one(judged: list[tuple[float, bool]]) -> None:
    points = curve_of(judged)
    recalls = [point.recall for point in points]
    assert recalls == sorted(recalls)
    assert all(0 <= point.precision <= 1 for point in points)
    if any(right for _, right in judged):
        assert recalls[-1] == 1


def test_the_picture_holds_the_curve_the_marks_and_the_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "curve.svg"
    points = curve_of([(0.9, True), (0.7, True), (0.5, False)])
    write_curve(path, points, marks={"exact & strict": (1.0, 0.2)}, title="Second listen <dev>")
    root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 - our own file
    (line,) = root.iter(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) == len(points)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"Second listen <dev>", "exact & strict", "p ≥ 0.9", "precision", "recall", "0.8"} <= set(texts)
    (mark,) = root.iter(f"{SVG}rect")
    curve_y = float(line.attrib["points"].split()[0].split(",")[1])
    assert float(mark.attrib["y"]) + 4.5 == pytest.approx(curve_y, abs=0.1)  # both of precision 1


def test_a_picture_without_points_still_has_axes(tmp_path: Path) -> None:
    path = tmp_path / "curve.svg"
    write_curve(path, [], marks={})
    root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314
    assert not list(root.iter(f"{SVG}polyline"))
    assert len(list(root.iter(f"{SVG}line"))) == 12
