"""Users of a service, from beginning to end."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from examples.load.generator import Load

PATIENCE = timedelta(seconds=20)


@contextmanager
def users_at(
    uri: str, *, rate: float, clients: int, path: str = "/work", seed: int | None = None
) -> Iterator[Load]:
    """Inside, so many of them send that address so many requests a second, which they do not repeat.

    Those under way at the end are waited for. An empty path: a mix of reading and writing documents.
    """
    load = Load(uri, rate=rate, clients=clients, path=path, retry=0, timeout=PATIENCE, seed=seed)
    thread = threading.Thread(target=lambda: asyncio.run(load.run()), daemon=True)
    thread.start()
    try:
        yield load
    finally:
        load.stop()
        thread.join(PATIENCE.total_seconds() + 10)
