"""Work that must end: written down before it starts, and started again after a crash."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from sandbox.kernel.state import Document, State

logger = logging.getLogger("sandbox")

Handler = Callable[[Document], Awaitable[None]]


class Work:
    """Runs handlers in the background; what was not finished is handed to them again by `resume()`.

    A handler must therefore be safe to run twice, and end its own operation, whatever happens.
    """

    def __init__(self, state: State) -> None:
        self._pending = state.collection("work")
        self._handlers: dict[str, Handler] = {}
        self._running: set[asyncio.Task[None]] = set()

    def handle(self, kind: str, handler: Handler) -> None:
        self._handlers[kind] = handler

    def start(self, kind: str, argument: Document) -> None:
        name = uuid.uuid4().hex
        self._pending.put(name, {"name": name, "kind": kind, "argument": argument})
        self._run(name, kind, argument)

    def resume(self) -> None:
        for document in self._pending.list():
            self._run(document["name"], document["kind"], document["argument"])

    async def stop(self) -> None:
        """Cancel what runs; it stays written down."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _run(self, name: str, kind: str, argument: Document) -> None:
        task = asyncio.create_task(self._finish(name, kind, argument))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _finish(self, name: str, kind: str, argument: Document) -> None:
        try:
            await self._handlers[kind](argument)
        except Exception:
            logger.exception(f"{kind}: the sandbox itself failed at {argument}")
        self._pending.delete(name)
