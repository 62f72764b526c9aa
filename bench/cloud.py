"""The bench's own sandbox in a temporary folder, and what a person would do with it."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.process_table import cpu_seconds, family, pss
from bench.progress import tell
from clients.environment import Environment
from clients.environment_files import load_environment
from examples.demo.prefect_server import BIN
from examples.demo.processes import NotReady, Processes
from examples.demo.stage import Stage
from sandbox.elasticsearch.fetch import fetch
from sandbox.kernel.settings import user_cache

ECHO = Path(__file__).parent / "echo"
LONGEST = 120.0  # seconds for a start, and for any command


@dataclass(frozen=True)
class Start:
    """Seconds from a start to ready, and those that the sandbox's processes computed meanwhile."""

    seconds: float
    cpu: float


class Cloud:
    """A sandbox with the sample's landscape. Its Prefect server and its services come when asked for."""

    def __init__(self, home: Path, processes: Processes, port: int, *options: str) -> None:
        """`options` are the sandbox's."""
        self.home = home
        self._options = options
        self.processes = processes
        self.stage = Stage(home, processes, port)
        self.sandbox: subprocess.Popen[bytes] | None = None
        self.starts: list[Start] = []
        self.pss_at_start = 0
        self._echo = ""

    @property
    def pid(self) -> int:
        assert self.sandbox
        return self.sandbox.pid

    @property
    def endpoints(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "endpoints.json").read_text())
        return found

    def open(self) -> None:
        """Start it for the first time, what is fetched once being there, and lay the landscape."""
        tell("fetching what is not in the cache yet")
        fetch(user_cache())
        tell("starting a sandbox in an empty folder")
        self.start()
        self.pss_at_start = pss(self.pid)
        tell("laying the landscape: buckets, database, secrets")
        self.stage.lay_landscape()

    def start(self) -> None:
        """Start it, and note how long that took, until its first answer."""
        began = time.monotonic()
        self.sandbox = self.processes.start(
            "sandbox", sys.executable, "-m", "sandbox", "--home", self.home, *self._options
        )
        while not self._answers():
            if self.sandbox.poll() is not None or time.monotonic() - began > LONGEST:
                raise NotReady(f"the sandbox did not start; see {self.home}/output/sandbox.log")
            time.sleep(0.02)
        self.starts.append(Start(time.monotonic() - began, cpu_seconds(family(self.pid))))

    def stop(self) -> None:
        assert self.sandbox
        self.sandbox.terminate()
        self.sandbox.wait(60)

    def environment(self, name: str) -> Environment:
        return load_environment(name)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call of a Google API or of the sandbox's own."""
        answer = httpx.request(method, f"{self.endpoints['google']}{path}", json=body, timeout=30)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def service(self, name: str) -> dict[str, Any]:
        return self.ask("GET", self.service_path(name))

    def service_path(self, name: str) -> str:
        at = self.endpoints
        return f"/v2/projects/{at['project']}/locations/{at['region']}/services/{name}"

    def muster(self, name: str, *arguments: str | Path) -> None:
        """Run a `muster` command to its end."""
        tell(f"muster {' '.join(map(str, arguments))}")
        self.processes.run(name, BIN / "muster", *arguments)

    def echo(self) -> str:
        """The address of the service that only answers, deployed when it is first asked for."""
        if not self._echo:
            self.muster("echo", "deploy", "echo", "--source", ECHO)
            self._echo = self.service("echo")["uri"]
        return self._echo

    def _answers(self) -> bool:
        with suppress(FileNotFoundError, json.JSONDecodeError, httpx.TransportError):
            return httpx.get(f"{self.endpoints['google']}/faults", timeout=5).status_code == 200
        return False
