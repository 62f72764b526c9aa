"""The chart of a trial, as an SVG in a data URI: the canary's share, and the evidence against the limit."""

import math
from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from xml.sax.saxutils import escape

from domain import wording
from domain.record import Look, ReleaseRecord

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 28, 34
LOWEST, HIGHEST = -1.0, 4.0  # powers of ten of the evidence that are shown

SHARE, EVIDENCE, REJECT, INK, GRID = "#9ec5fe", "#0b5ed7", "#c1121f", "#444", "#ddd"
STYLE = f'font-family="sans-serif" font-size="11" fill="{INK}"'


def canary_chart(record: ReleaseRecord) -> str:
    """`data:image/svg+xml;base64,...` of a record with looks; time runs from the first look to the last."""
    looks = record.looks
    began = looks[0].at.timestamp()
    span = max(looks[-1].at.timestamp() - began, 1.0)
    length = wording.length(timedelta(seconds=round(span)))

    def x(look: Look) -> float:
        return LEFT + (look.at.timestamp() - began) / span * (WIDTH - LEFT - RIGHT)

    title = (
        f"canary {escape(record.canary)}: its share (area, 0 to 100 %), the evidence that it errs "
        "more (line), and the limit (red)"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {STYLE}>',
        '<rect width="100%" height="100%" fill="white"/>',
        *_grid(looks[-1].limit),
        _area([(x(look), _share_height(look.percent)) for look in looks]),
        _line([(x(look), _evidence_height(look.e_value)) for look in looks]),
        *(_dot(x(look), look) for look in looks if look.outcome),
        f'<text x="{LEFT}" y="16">{title}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 8}">0 s</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{length}</text>',
        "</svg>",
    ]
    return "data:image/svg+xml;base64," + b64encode("".join(parts).encode()).decode()


def _grid(limit: float) -> list[str]:
    lines = []
    for power in range(int(LOWEST), int(HIGHEST) + 1):
        y = _evidence_height(10.0**power)
        label = f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
        lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{GRID}"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    y = _evidence_height(limit)
    lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{REJECT}"/>')
    return lines


def _area(points: Sequence[tuple[float, float]]) -> str:
    floor = HEIGHT - BOTTOM
    steps = [f"{points[0][0]:.1f},{floor}"]
    for (x, y), (following, _) in zip(points, [*points[1:], points[-1]], strict=True):
        steps += [f"{x:.1f},{y:.1f}", f"{following:.1f},{y:.1f}"]
    steps.append(f"{points[-1][0]:.1f},{floor}")
    return f'<polygon points="{" ".join(steps)}" fill="{SHARE}" opacity="0.5"/>'


def _line(points: Sequence[tuple[float, float]]) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{EVIDENCE}" stroke-width="2"/>'


def _dot(x: float, look: Look) -> str:
    color = REJECT if look.outcome == "fail" else EVIDENCE
    y = _evidence_height(look.e_value)
    anchor = "end" if x > WIDTH - 80 else "start"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'
        f'<text x="{x + (-6 if anchor == "end" else 6):.1f}" y="{y - 6:.1f}" text-anchor="{anchor}" '
        f'fill="{color}">{look.percent} % {escape(look.outcome)}</text>'
    )


def _share_height(percent: int) -> float:
    return HEIGHT - BOTTOM - percent / 100 * (HEIGHT - TOP - BOTTOM)


def _evidence_height(e_value: float) -> float:
    power = math.log10(e_value) if e_value > 0 else LOWEST
    place = (min(max(power, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)
