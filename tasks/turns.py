"""Waiting one's turn: a Cloud SQL instance carries out one operation at a time."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from clients.cloud_sql import Busy
from clients.errors import Unavailable
from domain import wording
from tasks.waiting import pauses

R = TypeVar("R")

BUSY = timedelta(minutes=20)  # that other work on the instance may take
AWAY = timedelta(minutes=1)  # that its API may not answer: nothing goes on meanwhile

logger = logging.getLogger("muster")


def in_turn(
    instance: str,
    call: Callable[[], R],
    keep: Callable[[], None],
    *,
    within: timedelta = BUSY,
    away: timedelta = AWAY,
    tell: Callable[[str], None] = lambda _: None,
) -> R:
    """The outcome of a call that the instance refuses while it works on something else. The call must be safe
    to make twice; between two `keep` is called (to renew a lease), and
    `tell` with what it waits for, in the API's words.

    Raises:
        Unavailable: that work did not end in time, or its API was away for longer than `away`.
    """
    what, end = f"{instance}: an end of other work on it", time.monotonic() + within.total_seconds()
    away_since: float | None = None
    told = False
    for pause in pauses(longest=1.0):
        try:
            return call()
        except Busy as busy:
            away_since = None
            if not told:
                logger.info(f"{busy.what}; waiting for its end, {wording.length(within)} at most")
            told = True
            tell(f"waiting: {busy.what}")
        except Unavailable as error:
            now = time.monotonic()
            away_since = away_since or now
            if now - away_since > away.total_seconds():
                raise Unavailable(f"{error.what}, for over {wording.length(away)}", error.hint) from error
            logger.warning(f"{what}: this look is skipped: {error.what}")
            tell(f"waiting: {error.what}")
        if time.monotonic() > end:
            raise Unavailable(f"{what}: not within {wording.length(within)}")
        keep()
        time.sleep(pause)
    raise AssertionError("pauses never end")
