"""Passes of a prober: write, read and search in a row, again and again, and what they tell of an outage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

STREAK = 10  # good passes in a row after which users are said to be served


@dataclass(frozen=True)
class Pass:
    """All checks once, one after the other. `fault`: what was wrong with the first that failed; empty: none.

    `hesitant`: some answer was right only when it was asked for again, as `eventually` allows.
    """

    began_at: datetime
    ended_at: datetime
    fault: str = ""
    hesitant: bool = False

    @property
    def good(self) -> bool:
        return not self.fault

    @property
    def good_from(self) -> datetime:
        """No earlier than the service was good: of a hesitant pass only its end is sure."""
        return self.ended_at if self.hesitant else self.began_at


def last_good(passes: Iterable[Pass], before: datetime | None = None) -> datetime | None:
    """The beginning of the last good pass that began before an instant: then at the latest all was well."""
    found = [each.began_at for each in passes if each.good and (before is None or each.began_at < before)]
    return found[-1] if found else None


def first_bad(passes: Iterable[Pass], after: datetime) -> datetime | None:
    """The end of the first pass after an instant that failed: then it was seen."""
    return next((each.ended_at for each in passes if not each.good and each.ended_at >= after), None)


def streak(passes: Iterable[Pass], after: datetime, count: int = STREAK) -> datetime | None:
    """From when on the first so many good passes in a row were good, which began after that instant."""
    run: list[Pass] = []
    for each in passes:
        run = [*run, each] if each.good and each.began_at >= after else []
        if len(run) == count:
            return run[0].good_from
    return None
