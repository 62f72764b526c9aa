"""A real Prefect server for tests, with the project's deployments and a worker."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from examples.demo.prefect_api import ENDED, Prefect
from examples.demo.prefect_server import PrefectServer, variables
from examples.demo.processes import Processes
from examples.demo.stage import free_port
from tests.processes import wait_until


@contextmanager
def opened(home: Path) -> Iterator[PrefectServer]:
    """Inside, it answers. It takes half a minute to start."""
    port = free_port()
    with Processes(home / "output", variables(home, port)) as processes:
        server = PrefectServer(processes, port)
        server.start()
        server.open()
        yield server


@contextmanager
def asked(server: PrefectServer) -> Iterator[Prefect]:
    with closing(Prefect(server.address)) as prefect:
        yield prefect


def end_of(prefect: Prefect, run: str, seconds: float = 120) -> str:
    """The state that a run ends in."""
    wait_until(lambda: prefect.state(run) in ENDED, seconds=seconds, what=f"the end of run {run}")
    return prefect.state(run)
