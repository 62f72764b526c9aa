"""One sandbox for the whole run: real processes, started once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.processes import wait_until

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Endpoints:
    """Where the sandbox answers: what its endpoints.json says."""

    home: Path
    google: str
    console: str
    slack: str
    project: str
    region: str
    elasticsearch: str = ""

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.region}"


def start_sandbox(home: Path, *options: str) -> tuple[subprocess.Popen[bytes], Endpoints]:
    """Start one in that folder, and wait until it says that it is ready."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--home", str(home), *options],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    file = home / "endpoints.json"
    try:
        wait_until(lambda: file.exists() or process.poll() is not None, seconds=120, what=f"{home}: sandbox")
        assert process.poll() is None, (home / "output.txt").read_text()
    except BaseException:
        process.terminate()
        process.wait(30)
        raise
    return process, Endpoints(home=home, **json.loads(file.read_text()))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """The sandbox that all tests share."""
    process, endpoints = start_sandbox(
        tmp_path_factory.mktemp("sandbox"),
        "--log-lag",
        "0.3",
        "--backup-quota",
        "1000",
        "--restore-quota",
        "1000",
        "--recovery-lag",
        "3",
    )
    yield endpoints
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="session")
def http(cloud: Endpoints) -> Iterator[httpx.Client]:
    """Plain HTTP to the sandbox's APIs."""
    with httpx.Client(base_url=cloud.google, timeout=60) as client:
        yield client


@pytest.fixture(autouse=True)
def the_truth(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did over the wire, Google's own description of its APIs admits it.

    A test that sends nonsense on purpose is marked `lies`.
    """
    if "cloud" not in request.fixturenames:
        yield
        return
    client: httpx.Client = request.getfixturevalue("http")
    client.delete("/truth")
    client.delete("/faults")
    yield
    client.delete("/faults")
    mismatches = client.get("/truth").json()["mismatches"]
    if not request.node.get_closest_marker("lies"):
        assert not mismatches
