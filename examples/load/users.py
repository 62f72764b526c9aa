"""Users: each with an address, a browser or an app, and connections of its own."""

import ipaddress
import random
import socket
from dataclasses import dataclass

import aiohttp
from yarl import URL

from examples.load.requests import Request
from examples.load.tally import PLATFORM

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
APPLE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{minor} like Mac OS X)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
AGENTS = (
    f"{WINDOWS} {WEBKIT} Chrome/{{major}}.0.0.0 Safari/537.36",
    f"{WINDOWS} {WEBKIT} Chrome/{{major}}.0.0.0 Safari/537.36 Edg/{{major}}.0.0.0",
    f"{WINDOWS[:-1]}; rv:{{major}}.0) Gecko/20100101 Firefox/{{major}}.0",
    f"{APPLE} {WEBKIT} Chrome/{{major}}.0.0.0 Safari/537.36",
    f"{APPLE} {SAFARI} Version/18.{{minor}} Safari/605.1.15",
    f"{ANDROID} {WEBKIT} Chrome/{{major}}.0.0.0 Mobile Safari/537.36",
    f"{IPHONE} {SAFARI} Version/18.{{minor}} Mobile/15E148 Safari/604.1",
    "Ali/3.{minor} (Android 14; build {major})",
    "Ali/3.{minor} (iOS 18.{minor}; build {major})",
)


@dataclass(frozen=True)
class Answer:
    """What came back; `error` says why it is not what the user hoped for, None when it is."""

    status: int
    revision: str
    body: bytes
    error: str | None

    @property
    def worth_a_retry(self) -> bool:
        return self.error is not None and (self.status == 0 or self.status >= 500)


class User:
    """One user. A close is due to each, as they hold connections."""

    def __init__(self, number: int, url: str, timeout: aiohttp.ClientTimeout, lots: random.Random) -> None:
        self.number = number
        self._url = url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=_connector(number, URL(url)),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": agent(lots)},
            timeout=timeout,
        )

    async def ask(self, request: Request) -> Answer:
        """Send one request and read its whole answer; never raises for what the network does."""
        url = URL(self._url + request.path)
        try:
            async with self._session.request(request.method, url, json=request.body) as response:
                body = await response.read()
        except TimeoutError:
            return Answer(0, PLATFORM, b"", "timeout")
        except (aiohttp.ClientError, OSError):
            return Answer(0, PLATFORM, b"", "lost")
        error = None if 200 <= response.status < 300 else str(response.status)
        return Answer(response.status, response.headers.get("x-served-by", PLATFORM), body, error)

    async def close(self) -> None:
        await self._session.close()


def agent(lots: random.Random) -> str:
    """A browser, or the service's own app."""
    return lots.choice(AGENTS).format(major=lots.randint(128, 143), minor=lots.randint(0, 6))


def address(number: int) -> str:
    """A loopback address of that user's own: 127.1.0.1, 127.1.0.2 ..."""
    return str(ipaddress.IPv4Address("127.1.0.1") + number)


def _connector(number: int, url: URL) -> aiohttp.TCPConnector:
    """Connections are given up before a server that keeps idle ones for five seconds gives them up, as a
    request sent at that very moment would be lost for no fault of the service.
    """
    local = _is_loopback(url)
    return aiohttp.TCPConnector(
        limit=0,
        keepalive_timeout=4,
        local_addr=(address(number), 0) if local else None,
        family=socket.AF_INET if local else socket.AF_UNSPEC,
    )


def _is_loopback(url: URL) -> bool:
    host = url.host or ""
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.")
