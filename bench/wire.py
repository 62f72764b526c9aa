"""A light HTTP client, so that the cores are left to what is measured; the same for whatever is compared."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length:"


@dataclass
class Connection:
    """A kept connection to one address, for one request at a time."""

    request: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, address: str) -> "Connection":
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        path = place._replace(scheme="", netloc="").geturl() or "/"
        return cls(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode(), reader, writer)

    async def get(self) -> float:
        """Seconds to the end of the answer. ConnectionError when it is not a 200."""
        began = time.perf_counter()
        self.writer.write(self.request)
        head = (await self.reader.readuntil(END)).lower()
        await self.reader.readexactly(int(head.partition(LENGTH)[2].partition(b"\r\n")[0]))
        if not head.startswith(b"http/1.1 200"):
            raise ConnectionError(head.decode(errors="replace").partition("\r\n")[0])
        return time.perf_counter() - began

    def close(self) -> None:
        self.writer.close()


async def throughput(address: str, *, connections: int, seconds: float) -> float:
    """Requests a second, each connection asking again as soon as it is answered."""
    opened = [await Connection.open(address) for _ in range(connections)]
    began = time.perf_counter()
    end = began + seconds

    async def ask_again(connection: Connection) -> int:
        count = 0
        while time.perf_counter() < end:
            await connection.get()
            count += 1
        return count

    answered = sum(await asyncio.gather(*(ask_again(connection) for connection in opened)))
    took = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return answered / took


async def medians(addresses: Sequence[str], *, rate: float, seconds: float) -> list[float]:
    """The median seconds of an answer from each address, asked in turn: what disturbs one disturbs all.

    `rate` is that of the requests to each; they begin when they are due, answered or not.
    """
    idle = [[await Connection.open(address)] for address in addresses]
    taken: list[list[float]] = [[] for _ in addresses]

    async def ask(which: int) -> None:
        connection = idle[which].pop() if idle[which] else await Connection.open(addresses[which])
        taken[which].append(await connection.get())
        idle[which].append(connection)

    began = time.perf_counter()
    asked = []
    for number in range(int(rate * seconds) * len(addresses)):
        due = began + number / rate / len(addresses)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(ask(number % len(addresses))))
    await asyncio.gather(*asked)
    for connection in (one for several in idle for one in several):
        connection.close()
    return [median(times) for times in taken]
