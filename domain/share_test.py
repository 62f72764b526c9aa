"""Whether the canary got the share of requests that was set: an exact binomial test."""

import math


def p_value(successes: int, trials: int, probability: float) -> float:
    """Two-sided: twice the smaller tail, at most 1. Exact up to floating point, for any number of trials.

    A canary that hangs logs nothing: it shows as too few requests, not as errors.
    """
    if not 0 < probability < 1:
        return 1.0 if successes == round(trials * probability) else 0.0
    expected = trials * probability
    if successes < expected:
        tail = _tail(successes, trials, probability)
    else:
        tail = _tail(trials - successes, trials, 1 - probability)
    return min(1.0, 2 * tail)


def _tail(most: int, trials: int, probability: float) -> float:
    """P(X <= most), summed from its largest term downward until nothing is added any more."""
    total = 0.0
    odds = (1 - probability) / probability
    term = math.exp(_log_probability(most, trials, probability))
    for successes in range(most, -1, -1):
        total += term
        if term <= total * 1e-17:
            break
        term *= odds * successes / (trials - successes + 1)
    return total


def _log_probability(successes: int, trials: int, probability: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    return ways + successes * math.log(probability) + (trials - successes) * math.log1p(-probability)
