"""The heartbeat of a place: the real command, beside whatever is run there."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.ledger import read_ledger
from tests.faults.command import Command, Forked
from tests.faults.place import Place
from tests.processes import wait_until

STARTS, ENDS = 30.0, 30.0  # seconds


@contextmanager
def beating(place: Place) -> Iterator[None]:
    """Inside, it beats, and its first beats are in the ledger."""
    output = place.ground.said / f"{place.name}-heart.txt"
    arguments = ["heartbeat", place.name]
    heart = Command(arguments, output, Forked(arguments, place.variables, output))
    try:
        wait_until(lambda: len(read_ledger(place.env)) > 0, seconds=STARTS, what=f"{place.name}: a heartbeat")
        yield
        assert heart.running, f"the heartbeat ended: {heart.said[-500:]}"
    finally:
        if heart.running:
            heart.signal(signal.SIGTERM)
            heart.end(ENDS)
        heart.kill()
        heart.forget()
