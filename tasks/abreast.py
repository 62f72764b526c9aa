"""Different calls at the same time, to the end of each: what one finds does not stop the others."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Thread
from typing import Generic, TypeVar

R = TypeVar("R")

LOOK = 0.2  # seconds between two calls of `keep`


@dataclass
class Outcome(Generic[R]):
    """What came of the calls, by their names."""

    done: dict[str, R] = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)


def abreast(calls: Mapping[str, Callable[[], R]], keep: Callable[[], None]) -> Outcome[R]:
    """Make all calls, each in a thread of its own, while this one calls `keep` (to renew a lease).

    What `keep` raises ends the waiting; the threads then end with the process, if not before.
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
    for thread in threads:
        while thread.is_alive():
            thread.join(LOOK)
            keep()
    return outcome
