"""What the contract tests share: a landscape, an image of the tiny service, environments of a test's own."""

import base64
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.cloud_build import Build, read_build, submit_build
from clients.cloud_run import create_service, read_revision
from clients.environment import Environment
from clients.objects import upload_file
from examples.landscape import RECOVERABLE, Landscape
from tasks.builds import pack
from tests.conftest import Endpoints
from tests.environments import TINY, environment
from tests.processes import wait_until
from tests.sandbox.sql_client import Client


@dataclass(frozen=True)
class Faults:
    """The sandbox's faults, for the calls of one test."""

    http: httpx.Client

    def add(self, action: str, path: str, method: str = "", **fields: Any) -> None:
        """Let the next `times` (1) calls whose method and path match (regular expressions) go wrong."""
        fault = {"action": action, "path": path, "method": method, **fields}
        self.http.post("/faults", json=fault).raise_for_status()

    @property
    def met(self) -> int:
        """How many calls met a fault."""
        return sum(fault["met"] for fault in self.http.get("/faults").json()["faults"])


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)


@pytest.fixture(scope="session")
def foundation(cloud: Endpoints) -> None:
    """The buckets, and the secret with Slack's token."""
    Landscape(
        {
            "google": cloud.google,
            "project": cloud.project,
            "region": cloud.region,
            "elasticsearch": cloud.elasticsearch,
        }
    ).lay(database=False)


@pytest.fixture
def env(cloud: Endpoints, foundation: None) -> Environment:
    """An environment of the test's own: its service is not there yet."""
    return environment(cloud, f"c-{secrets.token_hex(4)}")


@pytest.fixture(scope="session")
def image(cloud: Endpoints, foundation: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image of the tiny service, built as a deploy builds it."""
    env = environment(cloud, "tiny")
    built = build(env, TINY, tmp_path_factory.mktemp("tiny") / "source.tar.gz")
    assert built.digest, built.failure
    return f"{env.service.repository}@{built.digest}"


def build(env: Environment, source: Path, archive: Path) -> Build:
    """Build a source and wait for its end."""
    pack(source, archive)
    name = f"sources/{secrets.token_hex(8)}.tar.gz"
    generation = upload_file(env, env.state, name, archive)
    docker = (source / "Dockerfile").is_file()
    submitted = submit_build(env, bucket=env.state, source=name, generation=generation, docker=docker)

    def ended() -> Build | None:
        found = read_build(env, submitted)
        return found if found.ended else None

    found = wait_until(ended, what="the build")
    assert found
    return found


@pytest.fixture
def service(env: Environment, image: str) -> str:
    """The environment's service, serving one revision, whose name this is."""
    first = f"{env.service.name}-one"
    create_service(env, revision=first, image=image, secrets={}, annotations={"theirs": "kept"})
    ready(env, first)
    return first


def ready(env: Environment, revision: str) -> None:
    """Wait until a revision can serve."""

    def is_ready() -> bool:
        found = read_revision(env, revision)
        assert found is None or not found.failed, found
        return bool(found and found.ready)

    wait_until(is_ready, what=revision)


@pytest.fixture
def dead() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address at which calls are taken, and never answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def plain_secret(http: httpx.Client, project: str, name: str, *values: str | bytes) -> None:
    """A secret with these versions, made as anybody would make it."""
    root = f"/v1/projects/{project}/secrets"
    http.post(f"{root}?secretId={name}", json={"replication": {"automatic": {}}}).raise_for_status()
    for value in values:
        data = base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()
        http.post(f"{root}/{name}:addVersion", json={"payload": {"data": data}}).raise_for_status()


@pytest.fixture(scope="session")
def instance(cloud: Endpoints) -> str:
    """A Cloud SQL instance of these tests' own."""
    name = "contract-db"
    with closing(Client(cloud.google)) as sql:
        sql.create(name)
    return name


@pytest.fixture(scope="session")
def recoverable(cloud: Endpoints) -> str:
    """One that can be brought back to an instant, and whose backups outlive it."""
    name = "contract-recoverable-db"
    with closing(Client(cloud.google)) as sql:
        sql.create(name, **RECOVERABLE, databaseFlags=[{"name": "max_connections", "value": "60"}])
    return name
