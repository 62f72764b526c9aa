"""What the demo plays on: the sandbox with the sample's landscape, a Prefect server, a worker, users."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from examples.demo.prefect_server import BIN, PrefectServer, variables
from examples.demo.processes import Processes
from examples.landscape import INSTANCE, Landscape
from examples.releases import RELEASES, lay

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Addresses:
    """Where a person looks."""

    prefect: str
    console: str
    slack: str
    service: str


class Stage:
    """Everything but the story."""

    def __init__(self, home: Path, processes: Processes, port: int) -> None:
        self.home = home
        self.processes = processes
        self.prefect = PrefectServer(processes, port)
        self.endpoints: dict[str, str] = {}
        self.service = ""
        self._users: subprocess.Popen[bytes] | None = None
        self._rate = 0

    def start_servers(self) -> None:
        """The sandbox and Prefect, side by side; neither is ready yet."""
        self.processes.start("sandbox", sys.executable, "-m", "sandbox", "--home", self.home)
        self.prefect.start()

    def lay_landscape(self) -> None:
        """The releases' sources, and, once the sandbox is up, what they need of a cloud."""
        for name in RELEASES:
            lay(name, self.source(name))
        endpoints = self.home / "endpoints.json"
        self.processes.wait_for("sandbox", lambda: True if endpoints.exists() else None)
        self.endpoints = json.loads(endpoints.read_text())
        Landscape(self.endpoints).lay()

    def deploy_base(self) -> None:
        """The first release, by the command line: Prefect is still starting."""
        self.processes.run(
            "base", BIN / "muster", "deploy", "sandbox", "--source", self.source("base"), "--ref", "base"
        )
        address = (
            f"/v2/projects/{self.endpoints['project']}/locations/{self.endpoints['region']}/services/ali-api"
        )
        self.service = httpx.get(self.endpoints["google"] + address).json()["uri"]

    def start_keepers(self) -> None:
        """What goes on whatever becomes of Prefect: it finishes a deploy that dies, removes what a drill that
        dies has left, and beats, so that a loss can be measured."""
        self.processes.start("settle", BIN / "muster", "settle", "sandbox", "--every", "5s")
        self.processes.start("reap", BIN / "muster", "reap", "sandbox", "--every", "20s")
        self.processes.start("heartbeat", BIN / "muster", "heartbeat", "sandbox")

    def isolate(self) -> None:
        """A cluster of its own for the drill's search."""
        self.processes.run(
            "isolation", sys.executable, "-m", "examples.isolation", self.home / "endpoints.json"
        )

    def lose_the_primary(self) -> None:
        """A replica, and then the loss of the primary with its disk."""
        Landscape(self.endpoints).replicate()
        loss = {"instance": INSTANCE, "loss": "disk"}
        httpx.post(f"{self.endpoints['google']}/faults", json=loss, timeout=60).raise_for_status()

    def recover(self) -> Iterator[str]:
        """The failover by the command line, as the person on call does it; what it says."""
        return self.processes.told("recover", BIN / "muster", "recover", "sandbox", "--failover", "--apply")

    def send_users(self, rate: int) -> None:
        """A hundred of them, with so many requests a second; those who were there before leave."""
        if rate == self._rate:
            return
        self._rate = rate
        if self._users:
            self._users.terminate()
            self._users.wait(30)
        self._users = self.processes.start(
            "users", sys.executable, "-m", "examples.load", self.service, "--rate", str(rate),
            "--clients", "100", "--json", self.home / "users.json",
        )  # fmt: skip

    def catalogue(self, width: int) -> str:
        """The recovery sets, as a person lists them on a terminal so wide."""
        return self.processes.said("sets", BIN / "muster", "sets", "sandbox", COLUMNS=str(width))

    def source(self, release: str) -> Path:
        return self.home / "releases" / release

    @property
    def addresses(self) -> Addresses:
        return Addresses(
            self.prefect.address, self.endpoints["console"], self.endpoints["slack"], self.service
        )


def environment(home: Path, port: int) -> dict[str, str]:
    """The variables that every process of the demo gets."""
    return {
        "MUSTER_ENDPOINTS": str(home / "endpoints.json"),
        **variables(home, port),
    }


def fresh(home: Path) -> Path:
    """An empty folder: the demo tells its story from the beginning, every time."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home.resolve()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
