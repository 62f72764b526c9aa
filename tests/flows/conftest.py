"""What flow tests share: the landscape, environments of their own, releases of a tiny service."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from clients.environment import Environment
from clients.environment_files import load_environment
from examples.landscape import Landscape
from tests.conftest import Endpoints
from tests.environments import laid_over, write_environment
from tests.flows.runs import establish, kill_commands, release
from tests.isolation import isolated

QUICK: dict[str, Any] = {
    "service": {"smoke": [{"name": "page", "path": "/health"}]},
    "canary": {"steps": [10, 50], "minimum_requests": 5, "look_every": "500ms", "log_lag": "800ms"},
}

LONG = {"canary": {"hold": "60s", "steps": [20, 50]}}  # a trial that lasts until something ends it

Environments = Callable[..., Environment]
Releases = Callable[..., Path]


@pytest.fixture(scope="session")
def landscape(cloud: Endpoints) -> Endpoints:
    """Buckets, the database, secrets."""
    Landscape({key: str(value) for key, value in asdict(cloud).items()}).lay()
    return cloud


@pytest.fixture(scope="package")
def isolation(cloud: Endpoints) -> Iterator[Elasticsearch]:
    """The cluster that drills restore into."""
    with isolated(cloud) as client:
        yield client


@pytest.fixture(scope="session")
def environment(landscape: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environments]:
    """Makes an environment, whose service and channel are called like it; keywords are laid over it."""
    folder = tmp_path_factory.mktemp("environments")
    patch = pytest.MonkeyPatch()
    patch.setenv("MUSTER_ENVIRONMENTS", str(folder))
    patch.setenv("MUSTER_WHO", "tester")

    def make(name: str, **over: Any) -> Environment:
        quick = {**QUICK, "slack": {"channel": f"#{name}", "token": "slack-bot-token"}}
        write_environment(folder, landscape, name, over=laid_over(quick, over))
        return load_environment(name)

    yield make
    patch.undo()


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    yield
    kill_commands()


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Makes the source of a release of the tiny service."""
    folder = tmp_path_factory.mktemp("releases")

    def make(name: str, **behaviour: Any) -> Path:
        return release(folder, name, **behaviour)

    return make


def own_name(request: pytest.FixtureRequest) -> str:
    """What an environment of the test's own is called: like the test."""
    words: str = request.node.originalname.removeprefix("test_").replace("_", "-")
    return "t-" + words[:36].strip("-")


@pytest.fixture
def served(environment: Environments, releases: Releases, request: pytest.FixtureRequest) -> Environment:
    """An environment of the test's own, whose service runs a first release."""
    name = own_name(request)
    overrides = getattr(request, "param", {})
    if overrides:
        name = f"{name[:30].strip('-')}-{abs(hash(json.dumps(overrides))) % 10_000}"
    env = environment(name, **overrides)
    establish(env, releases("first"))
    return env


@pytest.fixture
def trial(environment: Environments, releases: Releases, request: pytest.FixtureRequest) -> Environment:
    """A service with a baseline, whose next release would be on trial for two minutes."""
    env = environment(own_name(request), **LONG)
    establish(env, releases("first"))
    return env


@pytest.fixture
def promoted(environment: Environments, releases: Releases, request: pytest.FixtureRequest) -> Environment:
    """A service whose second release was promoted, without users to judge by."""
    canary = {"steps": [50], "hold": "1s", "when_inconclusive": "promote"}
    env = environment(own_name(request), canary=canary)
    establish(env, releases("first"))
    establish(env, releases("good"))
    return env
