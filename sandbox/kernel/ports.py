"""Loopback ports that stay the same from one start of the sandbox to the next."""

import random
import socket

from sandbox.kernel.state import State

BELOW_EPHEMERAL = (20_000, 32_000)  # where Linux takes no port for an outgoing connection


class Ports:
    """A port for each name, chosen once and kept while it can still be had."""

    def __init__(self, state: State) -> None:
        self._kept = state.collection("port")
        self._given: set[int] = set()

    def reserve(self, name: str) -> int:
        """The port of that name; another one than last time only if somebody took it since."""
        document = self._kept.get(name)
        port = document["port"] if document else 0
        if not port or (port not in self._given and not _free(port)):
            port = self.any()
            self._kept.put(name, {"name": name, "port": port})
        self._given.add(port)
        return port

    def any(self) -> int:
        """A port that nobody holds, for a process that lives no longer than the sandbox."""
        kept = {document["port"] for document in self._kept.list()}
        for port in iter(lambda: random.randrange(*BELOW_EPHEMERAL), None):
            if port not in kept and port not in self._given and _free(port):
                self._given.add(port)
                return port
        raise AssertionError("an endless iterator ended")

    def give_up(self, port: int) -> None:
        """Others have taken it after it was chosen: whose it was gets another one by reserving again."""
        for document in self._kept.list():
            if document["port"] == port:
                self._kept.delete(document["name"])

    def release(self, prefix: str) -> None:
        """Whoever's names begin so needs their ports no more."""
        for document in self._kept.list(prefix):
            self._given.discard(document["port"])
            self._kept.delete(document["name"])


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
