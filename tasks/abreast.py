"""Different calls at the same time, to the end of each: what one finds does not stop the others."""

import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Generic, TypeVar

R = TypeVar("R")

LOOK = 0.2  # seconds between two calls of `keep`
HALTS = 60.0  # seconds in which calls that are told to halt have to end


class Halted(Exception):
    """What goes on beside it has ended all of it; nothing more is to be done."""


class Halt:
    """Tells calls that go on side by side that they are to end: they ask by `keep`, as often as they wait."""

    def __init__(self) -> None:
        self._told = Event()

    def tell(self) -> None:
        self._told.set()

    def keep(self) -> None:
        """Raises Halted, once they are to end."""
        if self._told.is_set():
            raise Halted("it was halted, as all of it has ended")


@dataclass
class Outcome(Generic[R]):
    """What came of the calls, by their names."""

    done: dict[str, R] = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)


def abreast(
    calls: Mapping[str, Callable[[], R]], keep: Callable[[], None], halt: Halt | None = None
) -> Outcome[R]:
    """Make all calls, each in a thread of its own, while this one calls `keep` (to renew a lease).

    What `keep` raises ends the waiting. The threads are told by `halt`, and waited for, so that nothing more
    is made by them afterwards; without one they end with the process, if not before.
    """
    outcome: Outcome[R] = Outcome()

    def work(name: str, call: Callable[[], R]) -> None:
        try:
            outcome.done[name] = call()
        except Exception as failure:
            outcome.failed[name] = failure

    threads = [
        Thread(target=copy_context().run, args=(work, name, call), name=name, daemon=True)
        for name, call in calls.items()
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(LOOK)
                keep()
    except BaseException:
        if halt:
            halt.tell()
            end = time.monotonic() + HALTS
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))
        raise
    return outcome
