"""How long one call, with its retries, may take: while a lease is held, a fraction of the lease."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from clients.errors import is_transient

P = ParamSpec("P")
R = TypeVar("R")

USUAL = timedelta(seconds=30)
SHORTEST_ATTEMPT = 0.5  # seconds; an attempt with less is not worth its connection

_patience: ContextVar[timedelta] = ContextVar("patience", default=USUAL)
_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def patience(span: timedelta) -> Iterator[None]:
    """Inside, no call takes longer than this, its retries included."""
    token = _patience.set(span)
    try:
        yield
    finally:
        _patience.reset(token)


def attempt_timeout() -> float:
    """Seconds for the attempt about to be made: half of all, so that a lost answer leaves another."""
    left = _deadline.get() - time.monotonic()
    return max(SHORTEST_ATTEMPT, min(left, max(_patience.get().total_seconds() / 2, 1.0)))


def patient(call: Callable[P, R]) -> Callable[P, R]:
    """Try again while the error is transient and patience lasts. The call must be safe to make twice.

    A patient call within another has what is left of the other's time.
    """

    @wraps(call)
    def persevering(*args: P.args, **kwargs: P.kwargs) -> R:
        span = _patience.get().total_seconds()
        deadline = min(time.monotonic() + span, _deadline.get())
        token = _deadline.set(deadline)

        def exhausted(state: RetryCallState) -> bool:
            return time.monotonic() + state.upcoming_sleep + SHORTEST_ATTEMPT > deadline

        attempts = Retrying(
            retry=retry_if_exception(is_transient),
            wait=wait_random_exponential(multiplier=min(0.2, span / 10), max=min(5.0, span / 4)),
            stop=exhausted,
            reraise=True,
        )
        try:
            return attempts(call, *args, **kwargs)
        finally:
            _deadline.reset(token)

    return persevering
