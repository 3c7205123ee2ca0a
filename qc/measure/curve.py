"""A precision and recall curve as a picture: SVG written by hand, a few kilobytes, readable in light and dark."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

WIDTH: Final = 640
HEIGHT: Final = 480
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 48, 56
LABELLED_AT: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.3)
"""Probabilities marked on the curve."""
STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #24292f }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .curve { fill: none; stroke: #0969da; stroke-width: 2.5; stroke-linejoin: round }
  .at { fill: #0969da }
  .mark { fill: #cf222e }
  .label { font-weight: 600; fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title { fill: #f0f6fc } .grid { stroke: #3d444d }
    .curve { stroke: #58a6ff } .at { fill: #58a6ff } .mark, .label { fill: #ff7b72 }
  }
"""


class Point(NamedTuple):
    """What is gained by accepting everything of at least this probability."""

    probability: float
    precision: float
    recall: float


def curve_of(judged: Iterable[tuple[float, bool]], *, of: int | None = None) -> list[Point]:
    """Precision and recall at each probability that occurs, the highest first; ``judged`` are probability and right.

    Recall is over ``of``, the number of right answers there are, found or not; over those judged if it is not given.
    Nothing judged, or nothing right, has no curve.

    Raises:
        ValueError: if more are right than there are.
    """
    ordered = sorted(judged, key=lambda one: -one[0])
    right_of_all = sum(right for _, right in ordered)
    total = right_of_all if of is None else of
    if right_of_all > total:
        raise ValueError(f"{right_of_all} are right, but there are only {total}")
    points: list[Point] = []
    taken = hits = 0
    for probability, same in groupby(ordered, key=lambda one: one[0]):
        answers = [right for _, right in same]
        taken, hits = taken + len(answers), hits + sum(answers)
        if total:
            points.append(Point(probability, hits / taken, hits / total))
    return points


def write_curve(
    path: Path,
    points: Sequence[Point],
    *,
    marks: Mapping[str, tuple[float, float]],
    title: str = "Precision and recall",
) -> None:
    """Draw the points as an SVG at this path; ``marks`` are single results beside the curve: name -> (precision, recall).

    Both axes run from 0 to 1. Points of the curve where the probability passes a round figure are labelled with it.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>',
        *_axes(),
    ]
    if points:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point.precision, point.recall) for point in points))
        parts.append(f'<polyline class="curve" points="{line}"/>')
    for threshold, point in _labelled(points):
        x, y = _place(point.precision, point.recall)
        parts.append(f'<circle class="at" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(f'<text x="{x - 8:.1f}" y="{y + 18:.1f}" text-anchor="end">p ≥ {threshold}</text>')
    for name, (precision, recall) in marks.items():
        x, y = _place(precision, recall)
        anchor, shift = ("end", -9) if x > WIDTH * 0.6 else ("start", 9)
        parts.append(f'<rect class="mark" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9"/>')
        parts.append(
            f'<text class="label" x="{x + shift:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">{escape(name)}</text>'
        )
    parts.append("</svg>")
    path.write_text("\n".join(parts) + "\n", "utf-8")


def _place(precision: float, recall: float) -> tuple[float, float]:
    return LEFT + recall * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - precision * (HEIGHT - TOP - BOTTOM)


def _labelled(points: Sequence[Point]) -> list[tuple[float, Point]]:
    """For each round probability the last point that still reaches it, each point once."""
    labelled: dict[Point, float] = {}
    for threshold in LABELLED_AT:
        reached = [point for point in points if point.probability >= threshold]
        if reached:
            labelled.setdefault(reached[-1], threshold)
    return [(threshold, point) for point, threshold in labelled.items()]


def _axes() -> list[str]:
    parts = []
    for tenths in range(0, 11, 2):
        share = tenths / 10
        (x, _), (_, y) = _place(0, share), _place(share, 0)
        parts += [
            f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>',
            f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>',
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{share}</text>',
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share}</text>',
        ]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return [
        *parts,
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" y="{HEIGHT - 12}" text-anchor="middle">recall</text>',
        f'<text x="18" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 18 {middle:.1f})">precision</text>',
    ]
