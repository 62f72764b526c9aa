"""A small service that is drilled: with a database, a search, a heartbeat, and a recovery set."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from clients.catalogue import read_catalogue
from clients.environment import Environment
from clients.recovery_window import read_window
from flows.backup import backup
from tests.conftest import Endpoints
from tests.drill_ground import Ground, left_of
from tests.environments import laid_over
from tests.flows.conftest import Environments
from tests.flows.runs import establish
from tests.heartbeat_ground import acknowledged, beating
from tests.processes import wait_until
from tests.sandbox.sql_client import Client
from tests.search_ground import SearchGround

Changed = Callable[..., AbstractContextManager[Environment]]


@pytest.fixture(scope="module")
def ground(landscape: Endpoints, isolation: Elasticsearch) -> Iterator[Ground]:
    search = SearchGround(landscape)
    with closing(Client(landscape.google)) as sql:
        made = Ground(landscape, f"t-drill-{secrets.token_hex(2)}", sql, search=search)
        made.lay()
        yield made
    search.clear()


@pytest.fixture(scope="module")
def env(
    ground: Ground, environment: Environments, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """Its service runs, a heart beats in its database; from then on it can be brought back to any instant."""
    service = ground.over["service"]
    establish(environment(ground.name, service=service), ground.source(tmp_path_factory.mktemp("drill")))
    env = environment(ground.name, **ground.over)
    with beating(env):
        wait_until(lambda: acknowledged(env), seconds=60, what="a beat in the ledger")
        ground.log()
        wait_until(lambda: read_window(env), seconds=60, what="a recovery window")
        yield env


@pytest.fixture(scope="module")
def taken(env: Environment) -> str:
    """A set."""
    return backup.fn(env.name, alone=True)


def newer(env: Environment) -> str:
    """One more set, newer than all others by more than the second to which a server tells its time."""
    newest = max(each.taken_at for each in read_catalogue(env).sets)
    wait_until(lambda: datetime.now(UTC) - newest > timedelta(seconds=2), seconds=5, what="another second")
    return backup.fn(env.name, alone=True)


@pytest.fixture
def one_more(env: Environment, taken: str) -> str:
    """A set of the test's own, newer than all others. Before `apart`, which looks at what there is then."""
    return newer(env)


@pytest.fixture
def changed(environment: Environments, ground: Ground) -> Changed:
    """Inside, the environment's file says this, too."""

    @contextmanager
    def saying(**over: Any) -> Iterator[Environment]:
        try:
            yield environment(ground.name, **laid_over(ground.over, over))
        finally:
            environment(ground.name, **ground.over)

    return saying


@pytest.fixture
def apart(ground: Ground, env: Environment, taken: str, isolation: Elasticsearch) -> Iterator[None]:
    """After the test nothing of a drill is left, and production is as it was."""
    before = ground.untouched()
    yield
    assert left_of(env, isolation) == []
    assert ground.untouched() == before
