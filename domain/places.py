"""Where something answers, found in what a variable says: whether a value leads to production."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

OF_SCHEMES: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://[^\s/]*$")
PORT_AFTER = re.compile(r"\]?:(\d{1,5})(?!\d)")
PORT_APART = re.compile(r"\bport\s*=\s*'?(\d{1,5})\b")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Place:
    """A host and the port at which it is asked; or a name that stands for both, whose port is None."""

    host: str
    port: int | None = None


def leads_to(value: str, place: Place) -> bool:
    """Whether the value names that place, in whatever form: an address, a list of some, a DSN, JSON.

    A host that is named without a port counts: the port may be in another variable. Only one's own loopback
    without a port does not: within a container it is the container itself.
    """
    text = unquote(value).lower()
    host = place.host.lower()
    named = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)")
    return any(_asks(text, found, host, place) for found in named.finditer(text))


def _asks(text: str, found: re.Match[str], host: str, place: Place) -> bool:
    if place.port is None:
        return True
    port = _port(text, found)
    return host not in LOOPBACK if port is None else port == place.port


def _port(text: str, found: re.Match[str]) -> int | None:
    """The port that is asked at a host; None where the text does not tell."""
    after = PORT_AFTER.match(text, found.end())
    if after:
        return int(after[1])
    scheme = SCHEME.search(text, 0, found.start())
    if scheme:
        return OF_SCHEMES.get(scheme[1])
    apart = PORT_APART.search(text)
    return int(apart[1]) if apart else None
