"""A sandbox with nothing but Cloud Storage in it: for tests that kill one, or let days pass in it.

`python -m tests.sandbox.only_storage HOME`, until it is killed. The whole one takes a quarter of a minute to
start, as Elasticsearch does.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from aiohttp import web
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.server import application
from sandbox.kernel.settings import Settings
from sandbox.storage.storage import Storage
from tests.conftest import ROOT
from tests.processes import wait_until


async def serve(home: Path) -> None:
    """Cloud Storage alone, until it is killed."""
    kernel = Kernel.open(Settings(home=home))
    storage = Storage(kernel)
    app = application(kernel.faults, kernel.truth)
    kernel.clock.routes(app)
    storage.routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = kernel.ports.reserve("google")
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await storage.start()
    (home / "address").write_text(f"http://127.0.0.1:{port}")
    await asyncio.Event().wait()


@dataclass
class Server:
    """One that can be killed and started again, at the same address."""

    home: Path
    process: subprocess.Popen[bytes] | None = None
    address: str = ""

    def start(self) -> None:
        file = self.home / "address"
        file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.sandbox.only_storage", str(self.home)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        wait_until(lambda: file.exists() and file.read_text(), seconds=120, what="Cloud Storage alone")
        self.address = file.read_text()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    @property
    def files(self) -> set[str]:
        return {path.name for path in (self.home / "storage" / "objects").iterdir()}

    @property
    def peak(self) -> int:
        """The most memory it has had, in bytes."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) << 10

    def client(self) -> Client:
        """Google's own client."""
        return Client(
            project="sandbox-project",
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.address},
        )

    def truth(self) -> list[str]:
        """What did not fit Google's own description of its API."""
        mismatches: list[str] = httpx.get(f"{self.address}/truth").json()["mismatches"]
        return mismatches

    def set_clock(self, ahead: timedelta) -> None:
        """Let so much time have passed there since it was started."""
        said = httpx.put(f"{self.address}/sandbox/clock", json={"ahead": ahead.total_seconds()})
        said.raise_for_status()


@contextmanager
def started(home: Path) -> Iterator[Server]:
    server = Server(home)
    server.start()
    try:
        yield server
    finally:
        server.kill()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
