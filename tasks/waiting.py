"""Waiting on conditions: looks that begin close together and grow apart."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from clients.errors import ClientError, Unavailable, is_transient
from domain import wording

R = TypeVar("R")

USUALLY = 1.5  # times the pause before
CLOSELY = 1.03  # looks so close that an end is seen within a thirtieth of the time it took

logger = logging.getLogger("muster")


def pauses(shortest: float = 0.05, longest: float = 2.0, growth: float = USUALLY) -> Iterator[float]:
    """Ever longer pauses, in seconds, without end: each about `growth` - 1 of the time that has passed."""
    pause = shortest
    while True:
        yield pause
        pause = min(pause * growth, longest)


def wait_for(
    look: Callable[[], R | None],
    within: timedelta,
    what: str,
    keep: Callable[[], None],
    *,
    longest: float = 1.0,
    growth: float = USUALLY,
) -> R:
    """What a look finds, once it finds something; between looks `keep` is called (to renew a lease).

    It is found the longer after it is there, the longer it took: `growth` - 1 of that time, and at most
    `longest` seconds.

    A look that fails for the moment is made again: what is waited for goes on meanwhile.

    Raises:
        Unavailable: nothing was found in that time.
    """
    end = time.monotonic() + within.total_seconds()
    for pause in pauses(longest=longest, growth=growth):
        try:
            found = look()
        except ClientError as error:
            if not is_transient(error) or time.monotonic() > end:
                raise
            logger.warning(f"{what}: this look is skipped: {error.what}")
            found = None
        if found is not None:
            return found
        if time.monotonic() > end:
            raise Unavailable(f"{what}: not within {wording.length(within)}")
        keep()
        time.sleep(pause)
    raise AssertionError("pauses never end")
