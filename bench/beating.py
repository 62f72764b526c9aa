"""The heartbeat beside what is measured: without it no loss can be told."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.cloud import Cloud
from clients.environment import Environment
from clients.errors import ClientError
from examples.demo.prefect_server import BIN
from examples.demo.processes import NotReady
from tasks.ledger import read_ledger

LONGEST = 60.0  # seconds for its first beats


@contextmanager
def beating(cloud: Cloud, environment: str = "sandbox") -> Iterator[None]:
    """Inside, `muster heartbeat` runs, and has beaten a few times. NotReady if it ended by itself."""
    env = cloud.environment(environment)
    before = acknowledged(env)
    process = cloud.processes.start("heartbeat", BIN / "muster", "heartbeat", environment)
    try:
        end = time.monotonic() + LONGEST
        while acknowledged(env) < before + 4:
            if process.poll() is not None or time.monotonic() > end:
                raise NotReady("the heartbeat does not beat; see heartbeat.log")
            time.sleep(0.5)
        yield
        if process.poll() is not None:
            raise NotReady("the heartbeat ended before it was asked to; see heartbeat.log")
    finally:
        process.terminate()
        process.wait(30)


def acknowledged(env: Environment) -> int:
    """Beats in the ledger, by any way."""
    try:
        return len(read_ledger(env))
    except ClientError as error:
        raise NotReady(f"the ledger cannot be read: {error}") from error
