"""What a few drills tell of all restores, honestly: a bound, not an average."""

import math
from collections.abc import Sequence

from domain import wording
from domain.drill_report import DrillReport, Verdict

LEVEL = 0.95


def at_least(passed: int, of: int, level: float = LEVEL) -> float:
    """The share of restores that would pass, at least, with that confidence.

    It is Clopper and Pearson's exact lower bound, one-sided: below it, so many passes or more would be less
    likely than 1 - level (The use of confidence or fiducial limits, Biometrika 26, 1934,
    https://doi.org/10.1093/biomet/26.4.404). Right to nine digits for thousands of drills.

    Raises:
        ValueError: more passed than there were, or there were none.
    """
    if not 0 <= passed <= of or of == 0:
        raise ValueError(f"{passed} of {of} drills cannot have passed")
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if _this_many(passed, of, middle) > 1 - level:
            high = middle
        else:
            low = middle
    return low


def confidence(passed: int, of: int) -> str:
    """9 of 9 drills passed: with 95 % confidence at least 71 % of restores would"""
    if not of:
        return "no drill has been made yet: nothing is known of how many restores would pass"
    told = f"{wording.count(passed)} of {wording.counted(of, 'drill')} passed"
    percent = math.floor(100 * at_least(passed, of) + 1e-9)
    if not percent:
        return f"{told}: nothing can be said of how many restores would"
    return f"{told}: with {LEVEL:.0%} confidence at least {percent}% of restores would".replace("%", " %")


def confidence_of(reports: Sequence[DrillReport]) -> str:
    """Of those drills that nothing was planted in. An objective that was missed is no pass."""
    clean = [report for report in reports if not report.defect]
    return confidence(sum(report.verdict is Verdict.PASSED for report in clean), len(clean))


def _this_many(passed: int, of: int, p: float) -> float:
    """How likely so many or more are to pass, of which each does with p."""
    if passed == 0 or p >= 1:
        return 1.0
    if p <= 0:
        return 0.0
    return math.fsum(math.exp(_log_likelihood(k, of, p)) for k in range(passed, of + 1))


def _log_likelihood(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)
