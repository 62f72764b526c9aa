"""How long answers took, in little room however many there were."""

import math
from collections import Counter
from datetime import timedelta

STEP = 1.05  # a bucket ends 5 % above its start, so a quantile is right to 2.5 %


class Latencies:
    """A histogram with logarithmic buckets."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        self._buckets[round(math.log(max(seconds, 1e-6), STEP))] += 1

    def quantiles(self, *shares: float) -> list[timedelta]:
        """For each share, the time within which so many of the answers came; zero when there were none."""
        buckets = sorted(dict(self._buckets).items())
        total = sum(count for _, count in buckets)
        return [_within(buckets, share * total) for share in shares]


def _within(buckets: list[tuple[int, int]], wanted: float) -> timedelta:
    for bucket, count in buckets:
        wanted -= count
        if wanted <= 0:
            return timedelta(seconds=STEP**bucket)
    return timedelta()
