"""Waiting on real processes: on a condition, with an end, and a word on what was waited for."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], *, seconds: float = 30, what: str = "the condition") -> Found:
    """What the condition answers once it is truthy; AssertionError when it stays falsy so long."""
    end = time.monotonic() + seconds
    pause = 0.01
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
