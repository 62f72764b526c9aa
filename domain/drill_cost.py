"""What a drill will cost, reckoned before anything is made, and whether that is more than it may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain import wording
from domain.refusal import Problem

HOUR = timedelta(hours=1)
GIGABYTE = 1_000_000_000  # as `wording.size` counts, and storage is sold
PAST = 5  # drills that tell how long the next one takes


@dataclass(frozen=True)
class Prices:
    """In the operator's currency."""

    cap: float
    hour: float  # of the target instance
    gigabyte: float  # restored
    expected: timedelta  # of a drill, until past drills tell


@dataclass(frozen=True)
class Estimate:
    """A sum, and of what it is the sum, in a sentence."""

    sum: float
    why: str


def estimate(
    prices: Prices,
    size: int | None,
    past: Sequence[timedelta],
    keep_for: timedelta = timedelta(0),
) -> Estimate:
    """The cost of a drill that restores so many bytes: as long as the longest of the last five took (`past`,
    newest first), and kept for so long. The bytes of a database that nobody could tell are not reckoned, and
    the sentence says so."""
    recent = list(past)[:PAST]
    length = max(recent, default=prices.expected)
    by = f"the longest of the last {wording.counted(len(recent), 'drill')}" if recent else "cost.expected"
    hours = (length + keep_for) / HOUR * prices.hour
    bytes_ = (size or 0) / GIGABYTE * prices.gigabyte
    kept = f", kept for {wording.length(keep_for)}" if keep_for else ""
    told = f"{wording.size(size)} restored" if size is not None else "bytes nobody could tell, not reckoned"
    why = (
        f"{money(hours)} for the instance ({wording.length(length)}, {by}{kept}) "
        f"and {money(bytes_)} for storage ({told})"
    )
    return Estimate(hours + bytes_, why)


def cost_problems(found: Estimate, cap: float) -> list[Problem]:
    """That it is more than the cap, by how much, and what to do about it."""
    if found.sum <= cap:
        return []
    above = f"{money(found.sum - cap)} above the cap of {money(cap)}"
    return [
        Problem(
            f"the drill would cost {money(found.sum)}, {above}: {found.why}",
            "raise drill.cost.cap in the environment's file, or keep the target for a shorter time",
        )
    ]


def money(amount: float) -> str:
    """In the operator's own currency, whatever it is: 0.25, 1,204; never 0 of something."""
    if 0 < amount < 0.01:
        return "under 0.01"
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.2f}"
