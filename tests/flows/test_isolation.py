"""That a drill is apart from production is seen, each way in which it might not be is found, and counts."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from elasticsearch import Elasticsearch

from clients.cloud_run import create_service
from clients.environment import Environment
from clients.labelled_services import delete_service
from clients.patience import patience
from clients.secret_versions import read_secret
from domain.drill_check import DrillCheck, Result
from tasks.isolation import prove_isolation
from tasks.logbook import logged
from tasks.reindexing import same_counts
from tasks.runs import new_id
from tasks.targets import Target, administrator_secret, database_secret, target_of
from tests.conftest import Endpoints
from tests.contract.conftest import build, plain_secret, ready
from tests.environments import TINY, environment
from tests.sandbox.sql_client import ROOT_PASSWORD, Client, connected

LOGINS = "production refuses the drill's logins"
SESSION = "the drill has no session at production's database"
VARIABLES = "no variable of the drill leads to production"
CLUSTER = "the drill searches another cluster"
READ_ONLY = "the drill cannot write production's snapshots"
ADDRESS = "postgresql+psycopg://{user}:{password}@{host}/{database}"


@dataclass(frozen=True)
class Restored:
    """A target that is up: its instance, and the image of what runs on it."""

    target: Target
    host: str
    image: str


@pytest.fixture(scope="module")
def source(landscape: Endpoints) -> Environment:
    name = f"i-{secrets.token_hex(3)}"
    over: dict[str, Any] = {
        "service": {
            "template": {
                "secrets": {"DATABASE_URL": "ali-database-url", "SEARCH_URL": "ali-elasticsearch-url"}
            }
        },
        "search": {
            "credentials": "ali-elasticsearch-url",
            "indices": [f"{name}-*"],
            "repository": "vault",
            "binding": "SEARCH_URL",
        },
        "database": {
            "instance": "ali-db",
            "name": "ali_api",
            "credentials": "ali-muster-database-url",
            "binding": {"variable": "DATABASE_URL", "user": "ali_api", "address": ADDRESS},
        },
        "drill": {
            "search": "ali-drill-elasticsearch-url",
            "counts": [{"index": f"{name}-documents", "sql": "SELECT count(*) FROM documents"}],
        },
    }
    return environment(landscape, name, over=over)


@pytest.fixture(scope="module")
def restored(
    source: Environment,
    landscape: Endpoints,
    http: httpx.Client,
    isolation: Elasticsearch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Restored]:
    built = build(source, TINY, tmp_path_factory.mktemp("tiny") / "source.tar.gz")
    image = f"{source.service.repository}@{built.digest}"
    target = target_of(source, new_id())
    with closing(Client(landscape.google)) as sql:
        host = sql.create(target.name)
        sql.do("databases", "insert", instance=target.name, body={"name": "ali_api"})
        sql.do("users", "insert", instance=target.name, body={"name": "ali_api", "password": "drilled"})
    with connected(host, database="ali_api") as connection:
        connection.execute("CREATE TABLE documents (n int)")
        connection.execute("INSERT INTO documents SELECT generate_series(1, 20)")
        connection.execute("GRANT SELECT ON documents TO ali_api")
    login = ADDRESS.format(user="ali_api", password="drilled", host=host, database="ali_api")
    plain_secret(http, source.project, database_secret(target.name), login)
    root = f"postgresql://postgres:{ROOT_PASSWORD.replace(' ', '%20')}@{host}/ali_api"
    plain_secret(http, source.project, administrator_secret(target.name), root)
    serve(target, image)
    repository = {"type": "fs", "settings": {"location": "vault", "readonly": True}}
    isolation.snapshot.create_repository(name="vault", repository=repository)
    yield Restored(target, host, image)
    unserve(target)
    isolation.snapshot.delete_repository(name="vault")
    with closing(Client(landscape.google)) as sql:
        sql.delete(target.name)


def serve(target: Target, image: str) -> None:
    """What a boot makes, without its precautions."""
    name = f"{target.name}-1"
    pins = {secret: "1" for secret in target.env.service.template.secrets.values() if secret}
    create_service(target.env, revision=name, image=image, secrets=pins, annotations={})
    ready(target.env, name)


def unserve(target: Target) -> None:
    delete_service(target.env, target.name)


@pytest.fixture(autouse=True)
def run(source: Environment) -> Iterator[None]:
    with logged("restore drill", source, quiet=True):
        yield


def proven(target: Target) -> dict[str, DrillCheck]:
    found = prove_isolation(target, lambda: None)
    assert all(check.took.total_seconds() >= 0 and check.said for check in found)
    return {check.name: check for check in found}


def with_source(target: Target, **parts: Any) -> Target:
    """The same target, of an environment in which these parts are otherwise."""
    return replace(target, source=target.source.model_copy(update=parts))


def test_a_drill_that_is_apart_passes_every_check(restored: Restored, source: Environment) -> None:
    found = proven(restored.target)
    assert list(found) == [LOGINS, SESSION, VARIABLES, CLUSTER, READ_ONLY]
    assert {name: (check.result, check.said) for name, check in found.items() if not check.passed} == {}
    assert "its service (ali_api) at 127." in found[LOGINS].said
    assert "its administrator (postgres) at 127." in found[LOGINS].said
    assert "sandbox-project:us-central1:ali-db" in found[VARIABLES].said
    said = " ".join(check.said for check in found.values())
    assert "drilled" not in said, "no password is told"


def test_production_that_takes_the_drill_s_password_is_found(
    restored: Restored, source: Environment, http: httpx.Client
) -> None:
    """The drill's secret holds production's own password: a restore brings it along, unless it is changed."""
    target = replace(restored.target, drill=new_id())
    other = target_of(source, target.drill)
    production = read_secret(source, "ali-database-url")
    at = production.rpartition("@")[0]
    plain_secret(http, source.project, database_secret(other.name), f"{at}@{restored.host}/ali_api")
    administrator = read_secret(restored.target.env, administrator_secret(restored.target.name))
    plain_secret(http, source.project, administrator_secret(other.name), administrator)
    check = proven(other)[LOGINS]
    assert check.result is Result.FAILED
    assert "lets in the login of its service, ali_api" in check.said
    assert at.rpartition(":")[2] not in check.said


def test_a_production_that_does_not_answer_is_no_pass(
    restored: Restored, source: Environment, http: httpx.Client
) -> None:
    nowhere = f"nowhere-{secrets.token_hex(3)}"
    plain_secret(http, source.project, nowhere, "postgresql://muster:x@127.0.0.1:1/ali_api")
    database = source.database
    assert database
    gone = database.model_copy(update={"credentials": nowhere})
    with patience(timedelta(seconds=1)):
        found = proven(with_source(restored.target, database=gone))
    assert found[LOGINS].result is Result.NOT_RUN
    assert found[SESSION].result is Result.NOT_RUN
    assert found[CLUSTER].passed


def test_a_session_at_production_is_found(restored: Restored, source: Environment) -> None:
    address = read_secret(source, "ali-database-url").replace("+psycopg", "")
    with psycopg.connect(address, application_name=f"{restored.target.name}-1"):
        check = proven(restored.target)[SESSION]
    assert check.result is Result.FAILED
    assert f"1 session of {restored.target.name}-1" in check.said
    assert proven(restored.target)[SESSION].passed


def test_a_variable_that_leads_to_production_is_found_and_its_value_not_told(
    restored: Restored, source: Environment
) -> None:
    other = target_of(source, new_id())
    host = read_secret(source, "ali-muster-database-url").rpartition("@")[2].partition("/")[0]
    template = other.env.service.template.model_copy(
        update={
            "env": {"REPLICA_HOST": host, "NOTE": "with hidden words, at ali-db.example.com"},
            "secrets": {"SEARCH_URL": "ali-elasticsearch-url"},
        }
    )
    service = other.env.service.model_copy(update={"template": template})
    leaking = replace(other, env=other.env.model_copy(update={"service": service}))
    serve(leaking, restored.image)
    try:
        check = proven(leaking)[VARIABLES]
        assert check.result is Result.FAILED
        assert "SEARCH_URL comes from ali-elasticsearch-url, which is not the drill's own" in check.said
        assert "SEARCH_URL leads to production (the secret ali-elasticsearch-url)" in check.said
        assert "REPLICA_HOST leads to production (its value)" in check.said
        assert "NOTE" not in check.said
        assert host not in check.said
    finally:
        unserve(other)


def test_a_service_that_is_not_there_is_no_pass(restored: Restored, source: Environment) -> None:
    found = proven(target_of(source, new_id()))
    assert found[VARIABLES].result is Result.NOT_RUN


def test_the_same_cluster_and_a_repository_that_can_be_written_are_found(
    restored: Restored, source: Environment
) -> None:
    found = proven(with_source(replace(restored.target, env=_searching_production(restored.target))))
    assert found[CLUSTER].result is Result.FAILED
    assert found[READ_ONLY].result is Result.FAILED
    search = restored.target.env.search
    assert search
    unknown = restored.target.env.model_copy(
        update={"search": search.model_copy(update={"repository": "no-such"})}
    )
    assert proven(replace(restored.target, env=unknown))[READ_ONLY].result is Result.NOT_RUN


def _searching_production(target: Target) -> Environment:
    assert target.source.search
    return target.env.model_copy(update={"search": target.source.search})


def test_documents_are_counted_against_rows(
    restored: Restored, source: Environment, isolation: Elasticsearch
) -> None:
    index = f"{source.name}-documents"
    (check,) = same_counts(restored.target)
    assert check.result is Result.NOT_RUN
    assert index in check.said
    isolation.indices.create(index=index, settings={"refresh_interval": "-1"})
    try:
        for n in range(19):
            isolation.index(index=index, document={"n": n})
        (check,) = same_counts(restored.target)
        assert (check.name, check.result) == (f"documents of {index}", Result.FAILED)
        assert check.said == "19 documents, and 20 rows"
        isolation.index(index=index, document={"n": 20})
        (check,) = same_counts(restored.target)
        assert (check.result, check.said) == (Result.PASSED, "20 documents, and as many rows")
    finally:
        isolation.indices.delete(index=index)


def test_a_service_with_neither_has_fewer_checks(restored: Restored) -> None:
    bare = with_source(restored.target, database=None, search=None)
    assert list(proven(bare)) == [VARIABLES]
