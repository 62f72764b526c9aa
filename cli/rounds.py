"""Commands that go round after round beside everything else, an environment in a thread of its own each."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event, Thread

from cli.exits import Stopped

logger = logging.getLogger("muster")


def go_round(done: str, names: Sequence[str], every: timedelta, one: Callable[[str], object]) -> None:
    """A round of each environment every so long, until the command is asked to stop: what takes long in one
    holds up no other, and what a round raises ends none that follow."""

    def rounds(name: str) -> None:
        while True:
            began = time.monotonic()
            try:
                one(name)
            except Exception:  # whatever it is, the next round may do it
                logger.exception(f"{name}: not {done}")
            time.sleep(max(0.0, began + every.total_seconds() - time.monotonic()))

    for name in names:
        Thread(target=rounds, args=(name,), name=name, daemon=True).start()
    try:
        Event().wait()
    except Stopped:
        return
