"""A sandbox that is killed in the middle of its work: nothing runs on, and nothing is lost."""

import os
import signal
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.processes import wait_until
from tests.sandbox.sql_client import connected, one, only_sql, running_in


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a folder whose path is longer than any unix socket could have" / ("deep" * 20)


@pytest.mark.slow
def test_killed_while_it_works(home: Path) -> None:
    with only_sql(home) as (process, sql):
        flags = [{"name": "max_connections", "value": "55"}]
        for begun in (sql.begin("orders", databaseFlags=flags), sql.begin("off", activationPolicy="NEVER")):
            assert "error" not in sql.ended(begun)
        address = sql.address("orders")
        with connected(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 50000) AS id")
        backup = sql.call("backupRuns", "insert", instance="orders", body={})
        create = sql.begin("young")
        process.kill()
        wait_until(lambda: not running_in(home), what="the children of a killed sandbox are gone")
    _blame_somebody_else(home / "sql" / "instances" / "orders" / "data" / "postmaster.pid")
    with only_sql(home) as (_, sql):
        assert sql.address("orders") == address
        with connected(address) as connection:
            assert one(connection, "SELECT count(*) FROM kept") == 50000
            assert one(connection, "SHOW max_connections") == "55"
        with pytest.raises(psycopg.OperationalError):
            connected(sql.address("off")).close()
        assert "error" not in sql.ended(backup)
        (run,) = sql.call("backupRuns", "list", instance="orders")["items"]
        assert run["status"] == "SUCCESSFUL"
        assert "error" not in sql.ended(create)
        connected(sql.address("young")).close()


def _blame_somebody_else(lock: Path) -> None:
    """As after a reboot: the process that the lock file names is alive, and has nothing to do with it."""
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def test_a_backend_that_outlives_its_postmaster_is_ended(home: Path) -> None:
    """Such a one holds the old cluster's shared memory, in which a new one must not start."""
    with only_sql(home) as (process, sql):
        address = sql.create("orders")
        with closing(connected(address)) as connection:
            backend = one(connection, "SELECT pg_backend_pid()")
            os.kill(backend, signal.SIGSTOP)
            process.kill()
            process.wait(10)
            assert backend in running_in(home)
            with only_sql(home) as (_, again):
                connected(again.address("orders")).close()
                assert backend not in running_in(home)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies there of a sandbox that was told to end while a transaction was open in it."""
    home = tmp_path_factory.mktemp("ended")
    with only_sql(home) as (process, sql):
        for begun in (sql.begin("broken"), sql.begin("sound")):
            assert "error" not in sql.ended(begun)
        with closing(connected(sql.address("sound"))) as connection:
            connection.execute("CREATE TABLE unfinished (id int)")
            process.terminate()
            assert process.wait(30) == 0
    return home


def test_told_to_end_it_leaves_nothing_to_recover(ended: Path) -> None:
    folder = ended / "sql" / "instances" / "sound"
    assert "database system is shut down" in (folder / "postgresql.log").read_text().splitlines()[-1]
    assert not (folder / "data" / "postmaster.pid").exists()


def test_one_that_cannot_start_leaves_the_others(ended: Path) -> None:
    (ended / "sql" / "instances" / "broken" / "data" / "PG_VERSION").write_text("9.6\n")
    with only_sql(ended) as (_, sql):
        assert sql.get("broken")["state"] == "FAILED"
        connected(sql.address("sound")).close()
        assert "broken: its PostgreSQL does not start" in (ended / "output.txt").read_text()
        sql.do("instances", "delete", instance="broken")
