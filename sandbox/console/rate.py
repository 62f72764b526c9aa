"""Requests and errors a second of a revision: as numbers, and as a line over the last minute."""

from collections.abc import Sequence
from dataclasses import dataclass

LATELY = 5  # seconds that the numbers are the mean of
HEIGHT = 20  # of the picture; it is as wide as there are seconds


@dataclass(frozen=True)
class Rate:
    """Numbers as they are shown, and what is drawn: the area of all requests, and of errors among them."""

    requests: str
    errors: str
    erring: bool
    width: int
    height: int
    all: str
    failed: str


def rate(requests: Sequence[int], errors: Sequence[int]) -> Rate | None:
    """From counts by second, the oldest first. None where nothing was asked for in all that time."""
    most = max(requests, default=0)
    if not most:
        return None
    return Rate(
        requests=_number(sum(requests[-LATELY:]) / LATELY),
        errors=_number(sum(errors[-LATELY:]) / LATELY),
        erring=any(errors[-LATELY:]),
        width=len(requests) - 1,
        height=HEIGHT,
        all=_area(requests, most),
        failed=_area(errors, most),
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def _area(counts: Sequence[int], most: int) -> str:
    """An SVG path under the counts, to the scale of the highest of all requests."""
    points = " ".join(f"{at},{HEIGHT * (1 - count / most):g}" for at, count in enumerate(counts))
    return f"M0,{HEIGHT} L{points} {len(counts) - 1},{HEIGHT}Z"
