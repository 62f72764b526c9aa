"""Work that must end: written down before it starts, and started again after a crash."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from sandbox.kernel.state import Document, State

logger = logging.getLogger("sandbox")

Handler = Callable[[Document], Awaitable[None]]
Failed = Callable[[Document], None]


class Work:
    """Runs handlers in the background; what was not finished is handed to them again by `resume()`.

    A handler must therefore be safe to run twice, and end its own operation, whatever happens. Where the
    sandbox itself fails in one, `failed` is told, so that nobody waits for ever.
    """

    def __init__(self, state: State) -> None:
        self._pending = state.collection("work")
        self._handlers: dict[str, tuple[Handler, Failed]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def handle(self, kind: str, handler: Handler, failed: Failed = lambda _: None) -> None:
        self._handlers[kind] = handler, failed

    def start(self, kind: str, argument: Document) -> None:
        name = uuid.uuid4().hex
        self._pending.put(name, {"name": name, "kind": kind, "argument": argument})
        self._run(name, kind, argument)

    def resume(self) -> None:
        """Take up what an earlier process left; what has been started since is under way already."""
        for document in self._pending.list():
            if document["name"] not in self._running:
                self._run(document["name"], document["kind"], document["argument"])

    async def stop(self) -> None:
        """Cancel what runs; it stays written down."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _run(self, name: str, kind: str, argument: Document) -> None:
        task = asyncio.create_task(self._finish(name, kind, argument))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))

    async def _finish(self, name: str, kind: str, argument: Document) -> None:
        handler, failed = self._handlers[kind]
        try:
            await handler(argument)
        except Exception:
            logger.exception(f"{kind}: the sandbox itself failed at {argument}")
            failed(argument)
        self._pending.delete(name)
