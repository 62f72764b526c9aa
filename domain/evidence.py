"""Evidence that the canary errs more than the concurrent baseline: an e-process over errors alone.

Under the hypothesis that the canary's error rate is at most the baseline's, each error is the canary's with a
probability of at most w, its share of the requests. Against it stands a mixture over rate ratios r: an error
of the canary multiplies the evidence by r / (1 + w (r - 1)), one of the baseline by 1 / (1 + w (r - 1)). The
mean over r is an e-process: by Ville's inequality it ever reaches 1/alpha with a probability of at most
alpha, however often one looks and whenever one stops. An incident that both arms share cancels out.

Sources: Turner, Ly and Grünwald, Generic E-variables for exact sequential k-sample tests (2x2 tables);
Lindon and Malek, Anytime-valid inference for multinomial count data (sequential counting).

Errors come in clusters, one client trying again: at most one is counted per client and cell of a few seconds,
over both arms together, credited to the arm of the earliest; of two at the same instant, the baseline's.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.requests import Request

RATIOS = (1.5, 2.0, 3.0, 5.0, 10.0, 25.0, 100.0, 1000.0)  # a 1.5-fold rate up to a total outage
CELL = timedelta(seconds=5)
LATEST_NEWS = timedelta(minutes=10)  # an error that began longer ago is not counted: its cell may be settled
OPEN = LATEST_NEWS + 2 * CELL  # and a cell stays open beyond its own end and a step back of the clock


@dataclass(frozen=True, slots=True)
class Credit:
    """The one error counted of a client in a cell."""

    at: datetime
    on_canary: bool
    percent: int


@dataclass(frozen=True)
class Evidence:
    """What was seen of a canary so far, over all steps; unchanging, each look makes the next one.

    `settled` counts the errors of (canary, baseline) by the canary's percent; `open` are the cells whose
    credit may still move to an earlier error.
    """

    settled: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    open: Mapping[str, Credit] = field(default_factory=dict)

    def seen(self, errors: Iterable[Request], canary: str, percent: int, now: datetime) -> "Evidence":
        """The evidence after more errors, which may come in any order, and may come again."""
        cells = dict(self.open)
        for error in errors:
            if now - error.at > LATEST_NEWS:
                continue
            key = f"{error.client} {int(error.at.timestamp() // CELL.total_seconds())}"
            known, on_canary = cells.get(key), error.revision == canary
            if known is None or (error.at, on_canary) < (known.at, known.on_canary):
                cells[key] = Credit(error.at, on_canary, known.percent if known else percent)
        settled = {share: list(counts) for share, counts in self.settled.items()}
        for key, credit in list(cells.items()):
            if now - credit.at > OPEN:
                settled.setdefault(credit.percent, [0, 0])[0 if credit.on_canary else 1] += 1
                del cells[key]
        return Evidence({share: (counts[0], counts[1]) for share, counts in settled.items()}, cells)

    @property
    def counts(self) -> dict[int, tuple[int, int]]:
        """Errors counted on (canary, baseline) by the canary's percent at the time."""
        totals = {share: list(counts) for share, counts in self.settled.items()}
        for credit in self.open.values():
            totals.setdefault(credit.percent, [0, 0])[0 if credit.on_canary else 1] += 1
        return {share: (counts[0], counts[1]) for share, counts in sorted(totals.items())}

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value."""
        terms = [
            sum(_log_likelihood_ratio(ratio, share / 100, counts) for share, counts in self.counts.items())
            for ratio in RATIOS
        ]
        highest = max(terms)
        return highest + math.log(sum(math.exp(term - highest) for term in terms) / len(terms))

    @property
    def e_value(self) -> float:
        """The evidence itself; it stops growing where a float would overflow."""
        return math.exp(min(self.log_e, 700.0))

    def to_json(self) -> dict[str, Any]:
        return {
            "settled": {str(share): list(counts) for share, counts in self.settled.items()},
            "open": {
                key: [credit.at.timestamp(), credit.on_canary, credit.percent]
                for key, credit in self.open.items()
            },
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Evidence":
        return cls(
            {int(share): (counts[0], counts[1]) for share, counts in kept["settled"].items()},
            {
                key: Credit(datetime.fromtimestamp(at, UTC), on_canary, percent)
                for key, (at, on_canary, percent) in kept["open"].items()
            },
        )


def _log_likelihood_ratio(ratio: float, share: float, counts: tuple[int, int]) -> float:
    on_canary, on_baseline = counts
    norm = math.log1p(share * (ratio - 1))
    return on_canary * (math.log(ratio) - norm) - on_baseline * norm
