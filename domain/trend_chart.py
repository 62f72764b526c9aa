"""The trend over past drills as SVG: what was achieved, by date, beside the objective, on a scale of powers.

Colours are the page's, by class; each mark says in a title what it is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from domain import wording
from domain.drill_report import Verdict

WIDTH, HEIGHT = 340, 170  # drawn at about this size on a phone, so that its texts stay legible
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 26
TICKS = ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (36_000, "10 h"),
         (864_000, "10 days"), (8_640_000, "100 days"))  # fmt: skip
CLASSES = {Verdict.PASSED: "passed", Verdict.MISSED: "missed", Verdict.FAILED: "failed"}


@dataclass(frozen=True)
class Point:
    """A drill; `achieved` is None where it was not measured."""

    at: datetime
    achieved: timedelta | None
    promised: timedelta
    verdict: Verdict
    id: str


Place = Callable[[Point], float]


def trend_chart(name: str, points: Sequence[Point]) -> str:
    """An `<svg>` of at least one drill, the oldest first; `name` is RTO or RPO."""
    ticks = _ticks(points)
    first, last = points[0].at.timestamp(), points[-1].at.timestamp()

    def x(point: Point) -> float:
        share = (point.at.timestamp() - first) / (last - first) if last > first else 0.5
        return LEFT + 8 + share * (WIDTH - LEFT - RIGHT - 16)

    def y(span: timedelta) -> float:
        low, high = math.log(ticks[0][0]), math.log(ticks[-1][0])
        seconds = min(max(span.total_seconds(), ticks[0][0]), ticks[-1][0])  # beyond the scale: at its edge
        share = (math.log(seconds) - low) / (high - low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    measured = [point for point in points if point.achieved is not None]
    label = f"{name} of {wording.counted(len(points), 'drill')}, beside the objective"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">',
        *(_grid(y(timedelta(seconds=seconds)), text) for seconds, text in ticks),
        *_promises(points, x, y),
        _line([(x(point), y(point.achieved)) for point in measured if point.achieved is not None]),
        *(
            _mark(point, x(point), HEIGHT - BOTTOM if point.achieved is None else y(point.achieved))
            for point in points
        ),
        _date(points[0].at, LEFT, "start" if len(points) > 1 else "middle", alone=len(points) == 1),
    ]
    if len(points) > 1:
        parts.append(_date(points[-1].at, WIDTH - RIGHT, "end"))
    return "".join([*parts, "</svg>"])


def _ticks(points: Sequence[Point]) -> Sequence[tuple[int, str]]:
    """From the last below all to the first above all."""
    spans = [point.promised for point in points] + [point.achieved for point in points if point.achieved]
    least, most = min(spans).total_seconds(), max(spans).total_seconds()
    below = max((place for place, (tick, _) in enumerate(TICKS) if tick <= least), default=0)
    above = min((place for place, (tick, _) in enumerate(TICKS) if tick >= most), default=len(TICKS) - 1)
    if above == below:
        below, above = max(0, below - 1), min(len(TICKS) - 1, above + 1)
    return TICKS[below : above + 1]


def _grid(y: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{text}</text>'
    )


def _promises(points: Sequence[Point], x: Place, y: Callable[[timedelta], float]) -> list[str]:
    """The objective as it was at each drill, in steps."""
    places = [(float(LEFT), y(points[0].promised))]
    for point in points:
        places += [(x(point), places[-1][1]), (x(point), y(point.promised))]
    places.append((float(WIDTH - RIGHT), places[-1][1]))
    return [
        f'<polyline class="promise" points="{_places(places)}"/>',
        _text(places[-1][1] - 4, f"objective {wording.length(points[-1].promised)}", "promise"),
    ]


def _text(y: float, text: str, kind: str) -> str:
    """At the right edge."""
    return f'<text class="{kind}" x="{WIDTH - RIGHT}" y="{y:.1f}" text-anchor="end">{escape(text)}</text>'


def _line(places: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="achieved" points="{_places(places)}"/>' if len(places) > 1 else ""


def _mark(point: Point, x: float, y: float) -> str:
    kind = CLASSES[point.verdict]
    said = "not measured" if point.achieved is None else wording.length(point.achieved)
    title = f"<title>{escape(f'{point.at:%Y-%m-%d %H:%M} UTC, {point.id}: {said}, {point.verdict}')}</title>"
    if point.verdict is Verdict.FAILED or point.achieved is None:
        d = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
        return f'<path class="mark {kind}" d="{d}">{title}</path>'
    return f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>'


def _date(at: datetime, x: float, anchor: str, *, alone: bool = False) -> str:
    place = (LEFT + WIDTH - RIGHT) / 2 if alone else x
    return f'<text x="{place:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{at:%Y-%m-%d}</text>'


def _places(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
