"""Waiting one's turn: a Cloud SQL instance carries out one operation at a time."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from clients.cloud_sql import Busy
from tasks.waiting import wait_for

R = TypeVar("R")

BUSY = timedelta(minutes=20)  # that other work on the instance may take


def in_turn(instance: str, call: Callable[[], R], keep: Callable[[], None], within: timedelta = BUSY) -> R:
    """The outcome of a call that the instance refuses while it works on something else.

    Raises:
        Unavailable: that work did not end in time.
    """

    def attempt() -> tuple[R] | None:
        try:
            return (call(),)
        except Busy:
            return None

    return wait_for(attempt, within, f"{instance}: an end of other work on it", keep)[0]
