"""Users of a run's service, from beginning to end."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from examples.load.generator import Load

PATIENCE = timedelta(seconds=20)


@contextmanager
def users(uri: str, *, rate: float, seed: int) -> Iterator[Load]:
    """Inside, two dozen of them send the service requests, which they do not repeat."""
    load = Load(uri, rate=rate, clients=24, path="/work", retry=0, timeout=PATIENCE, seed=seed)
    thread = threading.Thread(target=lambda: asyncio.run(_run(load)), daemon=True)
    thread.start()
    try:
        yield load
    finally:
        load.stop()
        thread.join(PATIENCE.total_seconds() + 5)


async def _run(load: Load) -> None:
    await load.run(None)
