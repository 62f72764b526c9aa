"""Entries on their way to the log: collected, and written several times a second by a thread."""

import asyncio
import contextlib

from sandbox.kernel.state import Document
from sandbox.logging.entries import Entries

EVERY = 0.05  # seconds between writes


class Batch:
    """What is added never waits for the disk; it is there after `EVERY`, and when `run` has ended."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._waiting: list[Document] = []

    def add(self, entry: Document) -> None:
        self._waiting.append(entry)

    async def run(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), EVERY)
            batch, self._waiting = self._waiting, []
            if batch:
                await asyncio.to_thread(self._entries.write, batch)
