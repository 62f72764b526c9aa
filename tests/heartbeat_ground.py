"""A database of a test's own to beat in, copies of it that lack something, and a heart in a thread."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
from psycopg import sql

from clients.environment import Environment
from clients.secret_versions import read_secret
from domain.ledger import Acknowledged
from domain.loss import Beat
from examples.landscape import HEARTBEAT_SECRET, INSTANCE
from tasks.heartbeat import keep_beating
from tasks.ledger import read_ledger
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret
from tests.environments import environment

ROWS = "SELECT epoch, sequence, at FROM muster.heartbeat ORDER BY epoch, sequence"


class HeartbeatGround:
    """Databases on the sample's instance, made with the heartbeat's own login, which may."""

    def __init__(self, cloud: Endpoints, http: httpx.Client) -> None:
        self._cloud, self._http = cloud, http
        self._login = read_secret(environment(cloud, "heartbeat-ground"), HEARTBEAT_SECRET)

    def part(self, **heartbeat: Any) -> dict[str, Any]:
        """What an environment's file says of a new database, in which nobody has beaten yet."""
        name = f"beats_{secrets.token_hex(4)}"
        with psycopg.connect(self._login, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        secret = f"{name.replace('_', '-')}-url"
        plain_secret(self._http, self._cloud.project, secret, self.address(name))
        return {
            "database": {"instance": INSTANCE, "name": name, "credentials": secret},
            "heartbeat": {"credentials": secret, **heartbeat},
        }

    def address(self, database: str) -> str:
        return self._login.rpartition("/")[0] + f"/{database}"

    def rows(self, env: Environment) -> list[tuple[Any, ...]]:
        """Epoch, sequence and instant of every row; none where nobody has beaten."""
        assert env.database
        with psycopg.connect(self.address(env.database.name)) as connection:
            if connection.execute("SELECT to_regclass('muster.heartbeat')").fetchone() == (None,):
                return []
            return connection.execute(ROWS).fetchall()

    def execute(self, env: Environment, statement: str, *values: Any) -> None:
        assert env.database
        with psycopg.connect(self.address(env.database.name)) as connection:
            connection.execute(statement.encode(), values)

    def restored(self, env: Environment, **heartbeat: Any) -> Environment:
        """The environment as a recovery leaves it: another database, with the rows of the first."""
        part = self.part(**heartbeat)
        copy = environment(self._cloud, f"{env.name}-restored", over=part)
        rows = self.rows(env)
        assert copy.database
        with psycopg.connect(self.address(copy.database.name)) as connection:
            connection.execute("CREATE SCHEMA muster")
            connection.execute(
                "CREATE TABLE muster.heartbeat (epoch bigint, sequence bigint, at timestamptz)"
            )
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO muster.heartbeat VALUES (%s, %s, %s)", rows)
        return copy


@contextmanager
def beating(env: Environment) -> Iterator[None]:
    """Inside, a heart beats; at the end its ledger is written."""
    stop, ended = threading.Event(), []

    def beat() -> None:
        keep_beating(env, stop)
        ended.append(True)

    thread = threading.Thread(target=beat, name="heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert ended, "the heart did not end well"


def acknowledged(env: Environment) -> list[Beat]:
    """The beats of the ledger, as it is now."""
    return [each.beat for each in told(env)]


def told(env: Environment) -> list[Acknowledged]:
    return read_ledger(env)
