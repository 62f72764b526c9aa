"""A Prefect server, reached by ways of which each can be cut."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from examples.demo.prefect_server import PrefectServer, variables
from examples.demo.processes import Processes
from examples.demo.stage import free_port

DEPLOYED = {"PREFECT_CLIENT_MAX_RETRIES": "1"}  # as prefect.yaml has it for every run


@contextmanager
def prefect(home: Path) -> Iterator[int]:
    """A server; its port."""
    port = free_port()
    with Processes(home / "output", variables(home, port)) as processes:
        server = PrefectServer(processes, port)
        server.start()
        server.wait()
        yield port


class Way:
    """A port of its own that leads to the server's, until it is cut: with all that is under way on it."""

    def __init__(self, server: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listen = asyncio.start_server(partial(self._lead, server), "127.0.0.1", 0)
        self._listener = asyncio.run_coroutine_threadsafe(listen, self._loop).result(10)
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def variables(self, home: Path) -> dict[str, str]:
        """What a process is told that goes this way."""
        return variables(home, self.port) | DEPLOYED

    def cut(self) -> None:
        """Nothing comes through any more; nobody listens there. Safe to repeat."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    async def _end(self) -> None:
        self._listener.close()
        for writer in self._open:
            writer.transport.abort()

    async def _lead(self, server: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server)
        self._open |= {writer, back}
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        self._open -= {writer, back}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
