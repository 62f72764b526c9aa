"""A service that only answers, as fast as Python can: what is measured through it is what is before it."""  # noqa: INP001 - a program, no package

import asyncio
import os

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


class Echo(asyncio.Protocol):
    """Answers each request, told by the end of its head; none of them has a body."""

    def __init__(self) -> None:
        self._known = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._known = (self._known + data).split(b"\r\n\r\n")
        self._transport.write(ANSWER * len(requests))


async def main() -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - as Cloud Run's container contract wants it
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, everywhere, int(os.environ["PORT"]), backlog=512)
    await server.serve_forever()


asyncio.run(main())
