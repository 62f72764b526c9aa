"""Users and databases of an instance: what the API makes, and what psycopg then meets."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import psycopg
import pytest

from tests.conftest import Endpoints
from tests.sandbox.sql_client import PROJECT, Client, connected, one
from tests.sandbox.test_sql import reason

PEOPLE = f"/v1/projects/{PROJECT}/instances/people"


@pytest.fixture(scope="module")
def sql(cloud: Endpoints) -> Iterator[Client]:
    with closing(Client(cloud.google)) as client:
        yield client


@pytest.fixture(scope="module")
def people(sql: Client) -> Iterator[str]:
    """An instance that runs; its address."""
    yield sql.create("people")
    sql.do("instances", "delete", instance="people")


def test_a_user_proves_its_password(sql: Client, people: str) -> None:
    done = sql.do("users", "insert", instance="people", body={"name": "ali", "password": "first"})
    assert done["operationType"] == "CREATE_USER"
    connected(people, "ali", "first").close()
    sql.do("users", "update", instance="people", name="ali", body={"password": "sécond 🔑"})
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connected(people, "ali", "first").close()
    connected(people, "ali", "sécond 🔑").close()
    found = sql.call("users", "get", instance="people", name="ali")
    told = {"kind": "sql#user", "name": "ali", "host": "", "instance": "people", "project": PROJECT}
    assert found == told
    assert [user["name"] for user in sql.call("users", "list", instance="people")["items"]] == [
        "ali",
        "postgres",
    ]
    sql.do("users", "delete", instance="people", name="ali")
    with pytest.raises(psycopg.OperationalError):
        connected(people, "ali", "sécond 🔑").close()


@pytest.mark.parametrize(
    ("roles", "member", "creates"),
    [
        pytest.param([], "cloudsqlsuperuser", True, id="one made by the API is of cloudsqlsuperuser"),
        pytest.param(["pg_monitor"], "pg_monitor", False, id="one with roles of its own has those alone"),
    ],
)
def test_what_a_user_may(sql: Client, people: str, roles: list[str], member: str, creates: bool) -> None:
    body = {"name": "bea", "password": "b", **({"databaseRoles": roles} if roles else {})}
    sql.do("users", "insert", instance="people", body=body)
    with connected(people, "bea", "b") as connection:
        memberships = (
            "SELECT string_agg(roleid::regrole::text, ' ') FROM pg_auth_members WHERE member = 'bea'::regrole"
        )
        assert one(connection, memberships) == member
        rights = "SELECT rolcreatedb AND rolcreaterole AND NOT rolsuper FROM pg_roles WHERE rolname = 'bea'"
        assert one(connection, rights) is creates
    sql.do("users", "delete", instance="people", name="bea")


def test_a_password_is_kept_as_a_scram_verifier(sql: Client, people: str, cloud: Endpoints) -> None:
    sql.do("users", "insert", instance="people", body={"name": "cleo", "password": "c"})
    with connected(people, "cleo", "c") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT rolpassword FROM pg_authid")
    hba = (cloud.home / "sql" / "instances" / "people" / "data" / "pg_hba.conf").read_text()
    assert {line.split()[-1] for line in hba.splitlines()} == {"scram-sha-256"}
    sql.do("users", "delete", instance="people", name="cleo")


def test_a_database_is_everybodys_who_is_of_the_api(sql: Client, people: str) -> None:
    sql.do("users", "insert", instance="people", body={"name": "dora", "password": "d"})
    done = sql.do("databases", "insert", instance="people", body={"name": "app"})
    assert done["operationType"] == "CREATE_DATABASE"
    found = sql.call("databases", "get", instance="people", database="app")
    assert (found["kind"], found["charset"], found["collation"]) == ("sql#database", "UTF8", "C.UTF-8")
    names = [item["name"] for item in sql.call("databases", "list", instance="people")["items"]]
    assert names == ["app", "postgres"], "templates are not told"
    with connected(people, "dora", "d", "app") as connection:
        connection.execute("CREATE TABLE made_by_dora (id int)")
        assert one(connection, "SELECT lower('ÄÖ') || upper('é')") == "äöÉ"
    sql.do("databases", "delete", instance="people", database="app")
    sql.do("users", "delete", instance="people", name="dora")


def test_refusals_in_the_words_of_the_server(sql: Client, http: httpx.Client, people: str) -> None:
    sql.do("users", "insert", instance="people", body={"name": "eve", "password": "e"})
    sql.do("databases", "insert", instance="people", body={"name": "eves"})
    with connected(people, "eve", "e", "eves") as connection:
        connection.execute("CREATE TABLE t (id int)")
    refused = [
        (
            http.post(f"{PEOPLE}/databases", json={"name": "eves"}),
            'failed to create database eves. Detail: pq: database "eves" already exists.',
        ),
        (
            http.post(f"{PEOPLE}/databases", json={"name": "odd", "collation": "xx_XX"}),
            'failed to create database odd. Detail: pq: invalid LC_COLLATE locale name: "xx_XX".',
        ),
        (
            http.post(f"{PEOPLE}/users", json={"name": "eve"}),
            'failed to create user "eve": role "eve" already exists.',
        ),
        (
            http.delete(f"{PEOPLE}/users", params={"name": "eve"}),
            (
                'failed to delete user eve: . role "eve" cannot be dropped because some objects depend on it '
                "Details: 1 object in database eves."
            ),
        ),
    ]
    for answer, text in refused:
        assert reason(answer) == (400, "invalid", f"Invalid request: {text}")
    for missing in ("/databases/none", "/users/none"):
        assert reason(http.get(PEOPLE + missing)) == (404, "notFound", "Not Found")
    assert reason(http.delete(f"{PEOPLE}/databases/none"))[0] == 404
    assert reason(http.delete(f"{PEOPLE}/users", params={"name": "cloudsqladmin"}))[0] == 404
    sql.do("databases", "delete", instance="people", database="eves")
    sql.do("users", "delete", instance="people", name="eve")


def test_a_database_of_somebody_else_is_left_to_psql(sql: Client, http: httpx.Client, people: str) -> None:
    with connected(people) as connection:
        connection.autocommit = True
        connection.execute("CREATE ROLE loner")
        connection.execute("GRANT loner TO postgres")
        connection.execute("CREATE DATABASE lone OWNER loner")
    code, _, text = reason(http.delete(f"{PEOPLE}/databases/lone"))
    assert code == 400
    assert "must be owner of database lone. (Please use psql client to delete database that is" in text
    with connected(people) as connection:
        connection.autocommit = True
        connection.execute("DROP DATABASE lone")
        connection.execute("DROP ROLE loner")
