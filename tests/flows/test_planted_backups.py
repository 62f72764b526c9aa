"""Defects planted into a restored database are caught; and what was backed up stays whole."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import httpx
import psycopg
import pytest

from clients.environment import Environment
from domain.drill import Defect
from domain.refusal import Refused
from examples.landscape import Landscape
from tasks.logbook import logged
from tasks.planted_defects import defect_problems, plantable, planted
from tasks.runs import new_id
from tasks.targets import target_of
from tests.conftest import Endpoints, start_sandbox
from tests.contract.conftest import plain_secret
from tests.environments import environment
from tests.planting import SANDBOX, drilled, failed, healthy, nothing, take_set
from tests.recovery import make_set
from tests.restores import as_user, database_part, in_turn, make_source
from tests.sandbox.sql_client import Client, connected

SOURCE, OTHER = "t-planted-db", "t-planted-other"
OPTIONS = (
    "--without",
    "elasticsearch",
    "--backup-quota",
    "1000",
    "--recovery-lag",
    "1",
    "--lock-linger",
    "0",
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A sandbox of its own: without a search it starts in a second or two."""
    process, endpoints = start_sandbox(tmp_path_factory.mktemp("planted"), *OPTIONS)
    yield endpoints
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def http(cloud: Endpoints) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=cloud.google, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def landscape(cloud: Endpoints) -> Endpoints:
    """Buckets and secrets."""
    Landscape({key: str(value) for key, value in asdict(cloud).items()}).lay(database=False)
    return cloud


@pytest.fixture(scope="module")
def sql(landscape: Endpoints) -> Iterator[Client]:
    with closing(Client(landscape.google)) as client:
        yield client


@pytest.fixture(scope="module")
def address(sql: Client, landscape: Endpoints, http: httpx.Client) -> str:
    """Of a database whose rows are settled, but for those of the last minute."""
    address = make_source(sql, SOURCE, lambda name, value: plain_secret(http, landscape.project, name, value))
    with service_of(address) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('b2')")
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, note text, created_at timestamptz)")
        connection.execute(
            "INSERT INTO items SELECT n, repeat('item ' || n, 9), now() - n * interval '1 minute' "
            "FROM generate_series(1, 2000) n"
        )
    return address


def _write(address: str, transactions: int = 50) -> None:
    """As users do: more than what a drill's own preparations in the restored database come to."""
    for _ in range(transactions):
        with service_of(address) as connection:
            connection.execute("INSERT INTO items SELECT max(id) + 1, 'later', now() FROM items")


def service_of(address: str) -> psycopg.Connection[Any]:
    return as_user(address, "shop_app")


@pytest.fixture(scope="module")
def other(sql: Client) -> str:
    """Another instance, with a user of the same name and a backup."""
    with connected(sql.create(OTHER)) as connection:
        connection.execute("CREATE TABLE pets AS SELECT 'a cat' AS name")
    in_turn(sql, "users", OTHER, {"name": "shop_app", "password": secrets.token_hex(8)})
    in_turn(sql, "databases", OTHER, {"name": "shop"})
    in_turn(sql, "backupRuns", OTHER, {"description": "another's"})
    return OTHER


@pytest.fixture
def shop(landscape: Endpoints, address: str) -> Iterator[Environment]:
    """With a database alone, and a run under way."""
    settled = [{"table": "items", "by": "created_at", "after": "1m"}]
    drill = {**SANDBOX, "settled": settled, "another": OTHER}
    name = f"t-planted-{secrets.token_hex(3)}"
    env = environment(landscape, name, database=database_part(SOURCE), over={"drill": drill})
    with logged("restore drill", env, quiet=True):
        yield env


@pytest.mark.slow
@pytest.mark.parametrize(
    ("defect", "by"),
    [
        pytest.param(Defect.BIT_FLIP, "amcheck tables", id="a flipped bit"),
        pytest.param(Defect.TRUNCATION, "settled rows of items", id="a file that was cut"),
        pytest.param(Defect.MISSING_LOG, "restore", id="log that is missing"),
        pytest.param(Defect.WRONG_KEY, "restore", id="a key that is another"),
        pytest.param(Defect.EMPTY, "schema", id="an empty database"),
        pytest.param(Defect.STALE, "age", id="an older backup"),
        pytest.param(Defect.ANOTHERS, "identity", id="another database"),
        pytest.param(Defect.SCHEMA_DRIFT, "structure", id="a column more"),
        pytest.param(Defect.CONFIGURATION_DRIFT, "configuration", id="another flag"),
    ],
)
def test_a_defect_of_the_database_is_caught(
    shop: Environment, address: str, other: str, http: httpx.Client, defect: Defect, by: str
) -> None:
    if defect is Defect.STALE:
        take_set(shop)
        _write(address)
    manifest = take_set(shop)
    assert defect_problems(shop, manifest, defect) == []
    assert by in failed(drilled(shop, manifest, defect))
    assert healthy(http)


@pytest.mark.slow
def test_what_is_clean_raises_no_alarm(shop: Environment, address: str) -> None:
    manifest = take_set(shop)
    with service_of(address) as connection:
        connection.execute("INSERT INTO items SELECT max(id) + 1, 'later', now() FROM items")
    checks = drilled(shop, manifest, None)
    assert len(checks) > 8
    assert [each for each in checks if not each.passed] == []


def test_what_cannot_be_planted_is_refused(shop: Environment) -> None:
    real = shop.model_copy(update={"drill": shop.drill.model_copy(update={"damage": "", "another": None})})
    assert plantable(real) == [Defect.STALE, Defect.SCHEMA_DRIFT, Defect.CONFIGURATION_DRIFT]
    manifest = make_set(shop)
    (problem,) = defect_problems(real, manifest, Defect.BIT_FLIP)
    assert str(problem) == (
        f"{real.name}: bit flip cannot be planted here: what can be: stale, schema drift, configuration drift"
    )
    (problem,) = defect_problems(real, manifest, Defect.STALE)
    assert "there is no older set" in str(problem)
    (problem,) = defect_problems(shop, manifest, Defect.WRONG_KEY)
    assert str(problem) == f"{manifest.id}: it has no database backup: name another set"
    target = target_of(real, new_id())
    with pytest.raises(Refused), planted(target, manifest, Defect.BIT_FLIP, nothing, nothing):
        raise AssertionError("nothing is restored")
