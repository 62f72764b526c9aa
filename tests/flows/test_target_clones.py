"""A database at an instant, on an instance of a drill's own: a clone, labelled once it is there."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from clients.errors import Rejected
from clients.new_instances import clone_as_new
from clients.recovery_window import read_window
from clients.sql_instances import read_instance_named
from domain.drill import Path
from domain.manifest import Manifest
from domain.recovery_set import Window
from domain.refusal import Refused
from domain.restored_database import RestoredDatabase
from tasks.logbook import logged
from tasks.target_configurations import replay_database_configuration
from tasks.target_databases import restore_database
from tasks.target_leftovers import take_down_database
from tasks.targets import database_secret
from tasks.turns import in_turn
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.processes import wait_until
from tests.restores import Ground, as_user, database_part, make_source, new_ground, orders, take_set
from tests.sandbox.sql_client import Client

SOURCE = "t-clones-db"
BUSY = "Operation failed because another operation was already in progress."
SECOND = timedelta(seconds=1)


def nothing() -> None:
    """Nothing has to be renewed here."""


@pytest.fixture(scope="module")
def sql(landscape: Endpoints) -> Iterator[Client]:
    with closing(Client(landscape.google)) as client:
        yield client


@pytest.fixture(scope="module")
def address(sql: Client, landscape: Endpoints, http: httpx.Client) -> str:
    return make_source(sql, SOURCE, lambda name, value: plain_secret(http, landscape.project, name, value))


@pytest.fixture
def ground(environment: Environments, sql: Client, address: str) -> Iterator[Ground]:
    """A drill that is under way, and whatever it leaves is taken down."""
    env = environment("t-clones", database=database_part(SOURCE))
    with logged("restore drill", env):
        found = new_ground(env, sql)
        yield found
        take_down_database(found.target, nothing)


@pytest.fixture
def manifest(ground: Ground) -> Manifest:
    return take_set(ground.env)


def cloned(ground: Ground, manifest: Manifest, at: datetime | None = None) -> RestoredDatabase:
    return restore_database(
        ground.target, manifest, Path.POINT_IN_TIME, at, keep=nothing, tell=lambda _: None
    )


def reaching(ground: Ground, at: datetime) -> Window:
    """The recovery window, once it holds that instant."""
    found = wait_until(lambda: (w := read_window(ground.env)) and w.latest_at > at and w, what="the window")
    assert found
    return found


def served(ground: Ground) -> psycopg.Connection[Any]:
    """As the service connects: an administrator reads no table of another owner's."""
    address = ground.secret(database_secret(ground.target.name))
    return psycopg.connect(address.replace("+psycopg", "").partition("?")[0])


def test_an_idle_database_comes_back_as_it_is_and_what_was_cloned_is_the_drills(
    ground: Ground, manifest: Manifest, address: str
) -> None:
    reaching(ground, datetime.now(UTC))
    found = cloned(ground, manifest)
    assert found.to.endswith(" UTC, the latest instant that could be had")
    with served(ground) as connection:
        assert orders(connection) == 10
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        as_user(found.host, "shop_app").close()
    made = read_instance_named(ground.env, ground.target.name)
    assert made
    assert ground.target.labels.items() <= made.labels.items()
    assert (made.protected, made.backups, made.retains_backups, made.final_backup) == (False,) * 4
    source = read_instance_named(ground.env, SOURCE)
    assert source
    assert (source.protected, source.retains_backups, source.labels) == (True, True, {"team": "shop"})
    assert replay_database_configuration(ground.target, manifest, nothing) == []


def test_an_instant_that_cannot_be_had_is_refused_in_words_that_help(
    ground: Ground, manifest: Manifest
) -> None:
    now = datetime.now(UTC)
    reaching(ground, now)
    with pytest.raises(Refused, match="it is in the future: name an instant that has been"):
        cloned(ground, manifest, now + timedelta(hours=1))
    for at, said in (
        (now - timedelta(days=1), "a backup that was created before the restored timestamp can't be found"),
        (datetime.now(UTC), "is after the latest recovery time of"),
    ):
        with pytest.raises(Rejected, match=said) as told:
            cloned(ground, manifest, at)
        assert "name an instant from 20" in told.value.hint
    assert ground.instances() == []


@pytest.mark.slow
def test_before_an_instant_nothing_of_later_is_there(
    ground: Ground, manifest: Manifest, address: str
) -> None:
    at = datetime.now(UTC)
    with as_user(address, "shop_app") as connection:
        connection.execute("CREATE TABLE mistakes AS SELECT 1 AS id")
    reaching(ground, at + SECOND)
    found = cloned(ground, manifest, at)
    assert found.to == f"{at:%Y-%m-%d %H:%M:%S} UTC"
    with served(ground) as connection:
        assert connection.execute("SELECT to_regclass('orders'), to_regclass('mistakes')").fetchone() == (
            "orders",
            None,
        )
    with as_user(address, "shop_app") as source:
        source.execute("DROP TABLE mistakes")
        assert orders(source) == 10


@pytest.mark.slow
def test_one_that_died_before_its_labels_is_finished_and_makes_no_second(
    ground: Ground, manifest: Manifest, faults: Faults
) -> None:
    window = reaching(ground, datetime.now(UTC))
    name = ground.target.name
    begun = in_turn(SOURCE, lambda: clone_as_new(ground.env, SOURCE, name, window.latest_at), nothing)
    assert begun
    found = cloned(ground, manifest)
    assert found.to.startswith("the latest instant that could be had at 20")
    assert ground.instances() == [name]
    made = read_instance_named(ground.env, name)
    assert made
    assert ground.target.labels.items() <= made.labels.items()


@pytest.mark.slow
def test_one_that_died_before_its_labels_is_taken_down_though_it_is_protected(
    ground: Ground, manifest: Manifest
) -> None:
    window = reaching(ground, datetime.now(UTC))
    name = ground.target.name
    in_turn(SOURCE, lambda: clone_as_new(ground.env, SOURCE, name, window.latest_at), nothing)
    take_down_database(ground.target, nothing)
    assert ground.instances() == []


@pytest.mark.slow
def test_a_busy_source_is_waited_for_and_a_lost_answer_makes_no_second_instance(
    ground: Ground, manifest: Manifest, faults: Faults
) -> None:
    reaching(ground, datetime.now(UTC))
    busy = faults.arm("refuse", method="POST", path="/clone", times=2, status=409, message=BUSY)
    lost = faults.arm("drop_answer", method="POST", path="/clone")
    labels = faults.arm("drop_answer", method="PATCH", path=f"/instances/{ground.target.name}")
    cloned(ground, manifest)
    assert [faults.met(fault) for fault in (busy, lost, labels)] == [2, 1, 1]
    assert ground.instances() == [ground.target.name]
    assert ground.sql.get(SOURCE)["state"] == "RUNNABLE"


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)
