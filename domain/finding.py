"""What a check of a drill found: whether all is well, in a sentence either way."""

from collections.abc import Sequence
from dataclasses import dataclass

TOLD = 5  # faults, of however many


@dataclass(frozen=True)
class Finding:
    """`said`: for a pass, what was compared; otherwise what is wrong."""

    passed: bool
    said: str


def found(faults: Sequence[str], fine: str) -> Finding:
    """All is well without a fault; otherwise the first few are told."""
    if not faults:
        return Finding(True, fine)
    more = len(faults) - TOLD
    return Finding(False, "; ".join(faults[:TOLD]) + (f"; and {more:,} more" if more > 0 else ""))
