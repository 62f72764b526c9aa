"""Damaged backups: what is restored differs as told, the backup itself does not, and DELETE heals."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.sandbox.sql_client import Client, Document, connected, one, only_sql
from tests.sandbox.test_sql_project_backups import create
from tests.sandbox.test_sql_recovery import LOGGED, clone, opened, present, reached

ROWS = 5000  # over a page by far


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with only_sql(tmp_path_factory.mktemp("damages"), restore_quota=100, recovery_lag=0.5) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def other(sql: Client) -> Document:
    """Another instance's backup."""
    with connected(sql.create("other")) as connection:
        connection.execute("CREATE TABLE pets AS SELECT 'a cat' AS name")
    return create(sql, instance="other")


@pytest.fixture(scope="module")
def backups(sql: Client, other: Document) -> tuple[str, str]:
    """Two backups of one instance by their names, the older one of half as many rows; and log after them."""
    address = sql.create("shop", backupConfiguration=LOGGED)
    opened(sql, "shop")
    with connected(address) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, what text)")
        connection.execute("CREATE TABLE carts AS SELECT 1 AS id")
        fill(connection, 1, ROWS // 2)
    older: str = create(sql, instance="shop")["name"]
    with connected(address) as connection:
        fill(connection, ROWS // 2 + 1, ROWS)
    newer: str = create(sql, instance="shop")["name"]
    return older, newer


def fill(connection: psycopg.Connection[Any], first: int, last: int) -> None:
    connection.execute(
        "INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(%s::int, %s) n", (first, last)
    )


def plant(http: httpx.Client, backup: str, damage: str, **how: str) -> Document:
    told: Document = http.post("/faults", json={"backup": backup, "damage": damage, **how}).json()
    assert told.get("damage") == damage, told
    return told


def restored(sql: Client, backup: str, name: str = "again") -> Document:
    """The operation that made a new instance of that backup, ended."""
    begun = sql.call("instances", "restoreBackup", instance=name, body={"backup": backup})
    return sql.ended(begun)


def orders(address: str) -> int:
    with connected(address) as connection:
        found: int = one(connection, "SELECT count(*) FROM orders")
        return found


@pytest.fixture
def again(sql: Client) -> Iterator[str]:
    """The name of an instance that is made by the test, and removed."""
    yield "again"
    sql.delete("again")


def test_a_flipped_bit_is_met_by_who_reads_the_page(
    sql: Client, http: httpx.Client, backups: tuple[str, str], again: str
) -> None:
    plant(http, backups[1], "bit flip")
    assert "error" not in restored(sql, backups[1])
    with connected(sql.address(again)) as connection:
        assert one(connection, "SELECT count(*) FROM carts") == 1
        with pytest.raises(psycopg.errors.DataCorrupted, match="invalid page"):
            connection.execute("SELECT count(*) FROM orders")
    assert orders(sql.address("shop")) == ROWS


@pytest.mark.slow
def test_a_table_that_was_cut_lacks_rows(
    sql: Client, http: httpx.Client, backups: tuple[str, str], again: str
) -> None:
    plant(http, backups[1], "truncation", database="postgres", table="orders")
    assert "error" not in restored(sql, backups[1])
    assert 0 < orders(sql.address(again)) < ROWS
    assert orders(sql.address("shop")) == ROWS


@pytest.mark.slow
def test_an_empty_database_is_a_valid_one(
    sql: Client, http: httpx.Client, backups: tuple[str, str], again: str
) -> None:
    plant(http, backups[1], "empty but valid")
    assert "error" not in restored(sql, backups[1])
    with connected(sql.address(again)) as connection:
        assert one(connection, "SELECT to_regclass('orders')") is None


@pytest.mark.slow
def test_an_older_backup_lies_in_its_place(
    sql: Client, http: httpx.Client, backups: tuple[str, str], again: str
) -> None:
    plant(http, backups[1], "stale")
    assert "error" not in restored(sql, backups[1])
    assert orders(sql.address(again)) == ROWS // 2


@pytest.mark.slow
def test_another_databases_backup_lies_in_its_place(
    sql: Client, http: httpx.Client, backups: tuple[str, str], other: Document, again: str
) -> None:
    told = plant(http, backups[1], "another database's backup", instead=other["name"])
    assert told["instead"] == other["name"].rpartition("/")[2]
    assert "error" not in restored(sql, backups[1])
    with connected(sql.address(again)) as connection:
        assert one(connection, "SELECT name FROM pets") == "a cat"


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["wrong key", "missing WAL"])
def test_what_cannot_be_read_ends_with_an_error_until_it_is_healed(
    sql: Client, http: httpx.Client, backups: tuple[str, str], again: str, damage: str
) -> None:
    plant(http, backups[1], damage)
    assert "error" in restored(sql, backups[1])
    assert sql.get(again)["state"] == "FAILED"
    sql.delete(again)
    assert list(http.get("/faults").json()["backups"]) == [backups[1].rpartition("/")[2]]
    assert http.delete(f"/faults/{backups[1]}").status_code == 200
    assert http.get("/faults").json()["backups"] == {}
    assert "error" not in restored(sql, backups[1])
    assert orders(sql.address(again)) == ROWS


@pytest.mark.slow
def test_log_that_is_missing_ends_a_recovery_to_an_instant(
    sql: Client, http: httpx.Client, backups: tuple[str, str]
) -> None:
    at = present(sql.address("shop"))
    reached(sql, "shop", at)
    plant(http, backups[0], "missing WAL")
    assert "error" in sql.ended(clone(sql, "shop", "gone", pointInTime=at.isoformat()))
    http.delete("/faults")
    assert "error" not in sql.ended(clone(sql, "shop", "back", pointInTime=at.isoformat()))
    assert orders(sql.address("back")) == ROWS
    plant(http, backups[1], "bit flip")
    assert "error" not in sql.ended(clone(sql, "shop", "flipped", pointInTime=at.isoformat()))
    with pytest.raises(psycopg.errors.DataCorrupted):
        orders(sql.address("flipped"))
    for name in ("gone", "back", "flipped"):
        sql.delete(name)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"backup": "none", "damage": "bit flip"}, 404, id="no such backup"),
        pytest.param({"damage": "mould"}, 400, id="no such damage"),
        pytest.param({}, 400, id="no damage"),
        pytest.param({"damage": "wrong key", "table": "orders"}, 400, id="a table of noise"),
        pytest.param({"damage": "bit flip", "instead": "x"}, 400, id="another one, damaged"),
        pytest.param({"damage": "stale", "instead": "none"}, 404, id="nothing in its place"),
    ],
)
def test_what_is_no_damage_is_refused(
    http: httpx.Client, backups: tuple[str, str], fault: dict[str, str], code: int
) -> None:
    assert http.post("/faults", json={"backup": backups[1], **fault}).status_code == code


def test_the_oldest_backup_has_none_before_it(http: httpx.Client, other: Document) -> None:
    answer = http.post("/faults", json={"backup": other["name"], "damage": "stale"})
    assert answer.json()["error"]["status"] == "FAILED_PRECONDITION"
