"""A Prefect server with its UI, this project's deployments, and a process worker."""

import sys
from pathlib import Path

import httpx

from examples.demo.processes import Processes

BIN = Path(sys.executable).parent


class PrefectServer:
    """Starts in two halves, as the first takes half a minute that something else can use."""

    def __init__(self, processes: Processes, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._processes = processes
        self._port = port

    def start(self) -> None:
        """Start the server; it is not ready yet."""
        self.process = self._processes.start(
            "prefect", BIN / "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self._port)
        )

    def open(self) -> None:
        """Deployments and a worker, once the server answers."""
        run = self._processes.run
        self.wait()
        run("deployments", sys.executable, "-m", "deployments.apply")
        self._processes.start("worker", BIN / "prefect", "worker", "start", "--pool", "muster")

    def wait(self) -> None:
        """Until the server, which was started, answers. NotReady when it does not."""
        self._processes.wait_for("prefect", self._answers)

    def _answers(self) -> bool | None:
        try:
            return httpx.get(f"{self.address}/api/health", timeout=2).status_code == 200 or None
        except httpx.TransportError:
            return None


def variables(home: Path, port: int) -> dict[str, str]:
    """What every process that speaks with the server needs to know; its database is in the folder."""
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
    }
