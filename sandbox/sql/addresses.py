"""Loopback addresses: one for each instance, so that all of them have port 5432."""

import hashlib
import socket
from pathlib import Path

from sandbox.kernel.state import State

PORT = 5432
HOSTS = 254


class NoAddress(Exception):
    """Something holds port 5432 on every address there is."""


class Addresses:
    """127.x.y.1 to .254, where x and y are drawn from the sandbox's folder: two sandboxes do not meet.

    127.0 and 127.1 are left to others. An address is given again only after all the others were, so that
    who still connects to a deleted instance does not reach another one.
    """

    def __init__(self, home: Path, state: State) -> None:
        digest = hashlib.sha256(str(home).encode()).digest()
        self._network = f"127.{2 + digest[0] % 253}.{digest[1]}"
        self._last = state.collection("sql_address")

    def give(self, held: set[str]) -> str:
        """The next address that none of our instances holds, and nobody else's server. Or NoAddress."""
        last = (self._last.get("last") or {"number": 0})["number"]
        for step in range(HOSTS):
            number = (last + step) % HOSTS + 1
            address = f"{self._network}.{number}"
            if address not in held and _free(address):
                self._last.put("last", {"number": number})
                return address
        raise NoAddress(
            f"port {PORT} is taken on all of {self._network}.0/24: does something listen on 0.0.0.0?"
        )


def _free(address: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, PORT))
        except OSError:
            return False
    return True
