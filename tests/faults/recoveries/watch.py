"""Who takes writes, seen from outside all the while: of two servers never both."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.faults.recoveries.place import RecoveredPlace

PAUSE = 0.1  # seconds between two attempts


@dataclass
class Watch:
    """When which server has taken a write, by one clock: the new one first, the old one last."""

    new_took: float | None = None  # when its first write had been taken
    old_took: float | None = None  # when its last write had been begun
    attempts: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def two_at_once(self) -> bool:
        return self.new_took is not None and self.old_took is not None and self.old_took > self.new_took


@contextmanager
def watched(place: RecoveredPlace) -> Iterator[Watch]:
    """Inside, both servers are asked for a write again and again."""
    watch, stop = Watch(), threading.Event()

    def ask(which: int) -> None:
        while not stop.is_set():
            began = time.monotonic()
            if takes_a_write(place.login(place.hosts[which])):
                if which == 0:
                    watch.old_took = began
                elif watch.new_took is None:
                    watch.new_took = time.monotonic()
            watch.attempts[which] += 1
            stop.wait(PAUSE)

    threads = [threading.Thread(target=ask, args=(which,), daemon=True) for which in (0, 1)]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert all(watch.attempts), "nobody watched"


def takes_a_write(login: str) -> bool:
    """Whether the server gives a transaction an id, which a standby cannot."""
    try:
        with psycopg.connect(login, connect_timeout=2, autocommit=True) as connection:
            connection.execute("SELECT pg_current_xact_id()")
    except psycopg.Error:
        return False
    return True
