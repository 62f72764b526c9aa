"""The schema revision, read with a login of Muster's own, of which nothing ever shows."""

import secrets
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from psycopg import sql

from clients.environment import Environment
from clients.errors import ClientError, Denied, Rejected, Unavailable
from clients.patience import patience
from clients.postgres import read_position, schema_revision
from domain.position import Heartbeat
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret
from tests.environments import environment
from tests.sandbox.sql_client import ROOT_PASSWORD, Client

PASSWORD = "hunter2secret"
Make = Callable[..., Environment]


@pytest.fixture(scope="module")
def host(cloud: Endpoints, instance: str) -> str:
    with closing(Client(cloud.google)) as client:
        return client.address(instance)


@pytest.fixture
def owner(host: str) -> str:
    """The address of a fresh database's owner."""
    name = f"db_{secrets.token_hex(4)}"
    root = f"postgresql://postgres:{ROOT_PASSWORD.replace(' ', '%20')}@{host}"
    with psycopg.connect(f"{root}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), PASSWORD))
    return f"{root}/{name}"


@pytest.fixture
def login(host: str, owner: str) -> str:
    """The address of a user that may read nothing yet; its name is the database's."""
    name = owner.rpartition("/")[2]
    return f"postgresql://{name}:{PASSWORD}@{host}/{name}"


@pytest.fixture
def make(cloud: Endpoints, instance: str, http: httpx.Client) -> Make:
    """An environment whose credentials are this address."""

    def make(address: str, table: str = "alembic_version") -> Environment:
        secret = f"login-{secrets.token_hex(4)}"
        plain_secret(http, cloud.project, secret, address)
        database = {
            "instance": instance,
            "name": "app",
            "credentials": secret,
            "migration": {"table": table},
        }
        return environment(cloud, "pg", database=database)

    return make


def execute(address: str, *statements: str) -> None:
    with psycopg.connect(address) as connection:
        for statement in statements:
            connection.execute(statement.encode())


TABLE = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"


def test_where_alembic_never_was_there_is_no_revision(make: Make, login: str) -> None:
    assert schema_revision(make(login)) == ""


@pytest.mark.parametrize(
    ("rows", "revision"),
    [
        pytest.param([], "", id="none, all taken back"),
        pytest.param(["b2"], "b2", id="one"),
        pytest.param(["c3", "b2"], "b2,c3", id="one for each branch"),
    ],
)
def test_the_revisions_are_those_in_the_table(
    make: Make, owner: str, login: str, rows: list[str], revision: str
) -> None:
    inserts = [f"INSERT INTO alembic_version VALUES ('{row}')" for row in rows]  # noqa: S608  names of this table
    execute(owner, TABLE, *inserts, "GRANT SELECT ON alembic_version TO PUBLIC")
    assert schema_revision(make(login)) == revision


def test_the_table_may_be_in_a_schema_of_its_own(make: Make, owner: str) -> None:
    execute(
        owner,
        'CREATE SCHEMA "app"',
        "CREATE TABLE app.versions (version_num text)",
        "INSERT INTO app.versions VALUES ('a1')",
    )
    assert schema_revision(make(owner, "app.versions")) == "a1"


def test_a_login_that_may_not_read_the_table_is_told_what_to_grant(
    make: Make, owner: str, login: str
) -> None:
    execute(owner, TABLE)
    with pytest.raises(Denied, match="Muster's login may not read alembic_version") as told:
        schema_revision(make(login))
    assert told.value.hint == "GRANT SELECT ON alembic_version to it"


def test_a_locked_table_is_not_waited_for_for_ever(make: Make, owner: str) -> None:
    """As while a migration alters it."""
    execute(owner, TABLE)
    with psycopg.connect(owner) as holder:
        holder.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with patience(timedelta(seconds=1)), pytest.raises(Unavailable, match="statement timeout"):
            schema_revision(make(owner))


def whole(error: ClientError) -> str:
    """All that a log could show of it."""
    return "".join(traceback.format_exception(error)) + repr(error) + error.hint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param((PASSWORD, f"{PASSWORD}x"), "password authentication failed", id="a wrong password"),
        pytest.param(("://db_", "://no_"), "password authentication failed", id="an unknown user"),
        pytest.param(("/db_", "/no_"), "does not exist", id="an unknown database"),
    ],
)
def test_a_login_that_is_refused_is_refused_at_once(
    make: Make, login: str, change: tuple[str, str], says: str
) -> None:
    head, _, tail = login.rpartition("/")
    address = f"{head}/{tail.replace('db_', 'no_')}" if change[0] == "/db_" else login.replace(*change, 1)
    with pytest.raises(Denied) as told:
        schema_revision(make(address))
    assert says in told.value.what
    assert "check the secret login-" in told.value.hint
    assert PASSWORD not in whole(told.value)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(f"postgresql+psycopg://u:{PASSWORD}@h/db", id="SQLAlchemy's form"),
        pytest.param(f"u:{PASSWORD}@h/db", id="no scheme"),
        pytest.param(f"mysql://u:{PASSWORD}@h/db", id="another database"),
        pytest.param(f"postgresql://u:{PASSWORD}@h:port/db", id="a port that is none"),
        pytest.param(f"postgresql://u:p/{PASSWORD}@h/db", id="a slash in the password"),
        pytest.param(f"postgresql://u:p@{PASSWORD}@h/db", id="an at sign in the password"),
        pytest.param(f"postgresql://u:1/{PASSWORD}@h/db", id="a slash after a figure"),
        pytest.param(f"postgresql://u:p%{PASSWORD}@h/db", id="a per cent sign in the password"),
        pytest.param(f"postgresql://u:p#{PASSWORD}@h/db\npostgresql://v@h", id="two lines"),
        pytest.param(f"host=h user=u password={PASSWORD} {PASSWORD}", id="a word too many"),
        pytest.param(PASSWORD, id="the password alone"),
        pytest.param("postgresql://", id="nothing in it"),
    ],
)
def test_an_address_that_cannot_be_read_shows_nothing_of_itself(make: Make, address: str) -> None:
    with pytest.raises(Rejected) as told:
        schema_revision(make(address))
    assert "cannot be read" in told.value.what
    assert "postgresql://USER:PASSWORD@HOST/DATABASE" in told.value.hint
    assert PASSWORD not in whole(told.value)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        pytest.param("127.0.0.1:1", "Connection refused", id="nobody there"),
        pytest.param("nowhere.invalid", "nowhere.invalid", id="an unknown host"),
    ],
)
def test_a_server_that_is_not_there_may_be_there_later(make: Make, host: str, says: str) -> None:
    env = make(f"postgresql://u:{PASSWORD}@{host}/db")
    with patience(timedelta(milliseconds=700)), pytest.raises(Unavailable) as told:
        schema_revision(env)
    assert says in told.value.what
    assert PASSWORD not in whole(told.value)


def test_a_form_of_words_is_read_as_well_as_an_address(make: Make, login: str) -> None:
    with psycopg.connect(login) as connection:
        words = f"{connection.info.dsn} password={PASSWORD}"
    assert schema_revision(make(words)) == ""


HEARTBEAT = "CREATE TABLE muster.heartbeat (epoch bigint, sequence bigint, at timestamptz, lsn pg_lsn)"


def test_the_position_is_told_without_a_heartbeat_or_a_version_table(make: Make, login: str) -> None:
    first, second = read_position(make(login)), read_position(make(login))
    assert (first.schema, first.heartbeat) == ("", None)
    assert first.at < second.at
    assert "/" in first.lsn


def test_the_position_tells_the_newest_heartbeat_and_what_was_committed_is_before_it(
    make: Make, owner: str
) -> None:
    execute(
        owner,
        TABLE,
        "INSERT INTO alembic_version VALUES ('b2')",
        "CREATE SCHEMA muster",
        HEARTBEAT,
        "INSERT INTO muster.heartbeat VALUES (2, 7, '2026-11-22T14:00:00Z', pg_current_wal_insert_lsn()), "
        "(2, 6, '2026-11-22T13:59:59Z', '0/1'), (1, 900, '2026-11-22T15:00:00Z', '0/1')",
    )
    found = read_position(make(owner))
    assert found.heartbeat == Heartbeat(2, 7, datetime(2026, 11, 22, 14, tzinfo=UTC))
    assert found.schema == "b2"
    with psycopg.connect(owner) as connection:
        row = connection.execute(
            "SELECT %s::pg_lsn > max(lsn), %s::pg_lsn <= pg_current_wal_lsn() FROM muster.heartbeat",
            [found.lsn, found.lsn],
        ).fetchone()
    assert row == (True, True)


def test_a_heartbeat_without_a_row_is_none(make: Make, owner: str) -> None:
    execute(owner, "CREATE SCHEMA muster", HEARTBEAT)
    assert read_position(make(owner)).heartbeat is None


@pytest.mark.parametrize(
    "granted",
    [pytest.param([], id="schema"), pytest.param(["GRANT USAGE ON SCHEMA muster TO PUBLIC"], id="table")],
)
def test_a_login_that_may_not_read_the_heartbeat_is_told_what_to_grant(
    make: Make, owner: str, login: str, granted: list[str]
) -> None:
    execute(owner, "CREATE SCHEMA muster", HEARTBEAT, *granted)
    with pytest.raises(Denied, match=r"Muster's login may not read muster\.heartbeat") as told:
        read_position(make(login))
    assert told.value.hint == "GRANT USAGE ON SCHEMA muster and GRANT SELECT ON muster.heartbeat to it"
