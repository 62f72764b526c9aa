"""The set's release on a target of its own: booted once, never on production's, and gone without a trace."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from clients.cloud_run import create_service, list_revisions, read_service
from clients.environment import Environment
from clients.errors import AlreadyThere, Corrupted
from clients.jobs import list_jobs
from clients.labelled import list_things
from domain.lease import LeaseLost
from domain.manifest import Manifest
from domain.reaping import Sort
from domain.refusal import Refused
from domain.vault_layout import bucket_and_name
from tasks.logbook import logged
from tasks.plans import secrets_pinned
from tasks.reindexing import ReindexFailed, job_name, reindex
from tasks.runs import new_id
from tasks.target_services import (
    ApplicationDidNotBoot,
    boot,
    take_down_service,
)
from tasks.targets import Target, administrator_secret, database_secret, target_of
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, build, plain_secret, ready
from tests.drill_sets import take_set
from tests.environments import TINY, environment

SAY = """
import os, sys, time
print(os.environ['DATABASE_URL'], file=sys.stderr)
time.sleep(float(os.environ['TAKES']))
sys.exit(int(os.environ['EXIT']))
"""
PRODUCTION, RESTORED = "10.9.9.9", "10.8.8.8"


def of_drills(env: Environment, sort: Sort) -> list[str]:
    """What drills of the environment made, by name."""
    return [each.name for each in list_things(env, sort) if each.drill and each.environment == env.name]


@pytest.fixture(scope="module")
def image(landscape: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> str:
    env = environment(landscape, "drilled")
    built = build(env, TINY, tmp_path_factory.mktemp("tiny") / "source.tar.gz")
    return f"{env.service.repository}@{built.digest}"


@pytest.fixture(scope="module")
def source(landscape: Endpoints, http: httpx.Client, image: str) -> Environment:
    """An environment whose service runs, with a database and a search that nobody asks."""
    name = f"d-{secrets.token_hex(3)}"
    for secret, value in {
        "database": f"postgresql://app:production@{PRODUCTION}/app",
        "muster": f"postgresql://muster:production@{PRODUCTION}/app",
        "search": f"http://{PRODUCTION}:9200",
        "drill-search": f"http://{RESTORED}:9200",
        "key": "production's key",
    }.items():
        plain_secret(http, landscape.project, f"{name}-{secret}", value)
    env = environment(landscape, name, over=_over(name))
    create_service(
        env,
        revision=f"{name}-one",
        image=image,
        secrets=secrets_pinned(env, None),
        annotations={},
    )
    ready(env, f"{name}-one")
    return env


def _over(name: str) -> dict[str, Any]:
    address = "postgresql://{user}:{password}@{host}/{database}"
    return {
        "service": {
            "template": {
                "min_instances": 1,
                "max_instances": 7,
                "env": {"MODE": "live", "EXIT": "0", "TAKES": "0"},
                "secrets": {
                    "DATABASE_URL": f"{name}-database",
                    "SEARCH_URL": f"{name}-search",
                    "API_KEY": f"{name}-key",
                },
            }
        },
        "database": {
            "instance": f"{name}-db",
            "name": "app",
            "credentials": f"{name}-muster",
            "binding": {"variable": "DATABASE_URL", "user": "app", "address": address},
        },
        "search": {
            "credentials": f"{name}-search",
            "indices": [f"{name}-*"],
            "repository": name,
            "binding": "SEARCH_URL",
            "reindex": {"command": ["python", "-c", SAY], "timeout": "60s"},
        },
        "drill": {"search": f"{name}-drill-search", "service": {"env": {"API_KEY": "none"}}},
    }


@pytest.fixture(scope="module")
def manifest(source: Environment) -> Manifest:
    return take_set(source.model_copy(update={"search": None}))


@pytest.fixture(autouse=True)
def run(source: Environment) -> Iterator[None]:
    """A run is under way, in which production's service stays as it is."""
    before = read_service(source)
    with logged("restore drill", source, quiet=True):
        yield
    assert read_service(source) == before


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)


def target_with(http: httpx.Client, source: Environment, **service: str | None) -> Target:
    """A target whose database was restored already. `service`: further variables of the drill's service."""
    given = source.drill.service.model_copy(update={"env": {"API_KEY": "none", **service}})
    drill = source.drill.model_copy(update={"service": given})
    target = target_of(source.model_copy(update={"drill": drill}), new_id())
    address = f"postgresql://app:restored@{RESTORED}/app"
    for secret in (database_secret(target.name), administrator_secret(target.name)):
        plain_secret(http, source.project, secret, address)
    return target


@pytest.fixture
def target(http: httpx.Client, source: Environment) -> Iterator[Target]:
    target = target_with(http, source)
    yield target
    take_down_service(target, keep)
    assert read_service(target.env) is None
    assert job_name(target) not in list_jobs(target.env)


def keep() -> None:
    """There is no lease to keep."""


def variables(address: str) -> dict[str, str]:
    found: dict[str, str] = httpx.get(f"{address}/env", timeout=10).raise_for_status().json()
    return found


def test_the_set_s_release_runs_on_what_was_restored(
    http: httpx.Client, source: Environment, manifest: Manifest, target: Target, image: str
) -> None:
    address = boot(target, manifest, keep)
    found = variables(address)
    assert found["DATABASE_URL"] == f"postgresql://app:restored@{RESTORED}/app"
    assert found["SEARCH_URL"] == f"http://{RESTORED}:9200"
    assert (found["API_KEY"], found["MODE"]) == ("none", "live")
    assert found["K_SERVICE"] == target.name
    shown = http.get(f"/v2/projects/{source.project}/locations/{source.region}/services/{target.name}").json()
    assert shown["labels"] == target.labels
    template = shown["template"]
    assert template["containers"][0]["image"] == image
    assert template["scaling"] == {"maxInstanceCount": 1}
    assert of_drills(source, Sort.SERVICE) == [target.name]
    assert boot(target, manifest, keep) == address, "taken as it is"
    assert list(list_revisions(target.env)) == [f"{target.name}-1"]
    assert take_down_service(target, keep) == [f"service {target.name}"]
    assert take_down_service(target, keep) == []
    assert of_drills(source, Sort.SERVICE) == []


@pytest.mark.parametrize("action", ["drop", "drop_answer"])
def test_a_lost_answer_makes_one_service(
    manifest: Manifest, target: Target, faults: Faults, action: str
) -> None:
    faults.add(action, "/services", "POST")
    boot(target, manifest, keep)
    assert faults.met == 1
    assert len(list_revisions(target.env)) == 1


def test_an_application_that_does_not_boot_says_why(
    http: httpx.Client, source: Environment, manifest: Manifest
) -> None:
    target = target_with(http, source, CRASH="1")
    with pytest.raises(ApplicationDidNotBoot, match=rf"{target.name}-1 did not start: .*container"):
        boot(target, manifest, keep)
    assert take_down_service(target, keep) == [f"service {target.name}"]


def test_nothing_of_production_s_is_given_to_it(
    http: httpx.Client, source: Environment, manifest: Manifest
) -> None:
    """Neither by a secret, nor by a plain value, nor by a secret that is called the drill's own."""
    lent = source.model_copy(
        update={"drill": source.drill.model_copy(update={"service": type(source.drill.service)()})}
    )
    key = f"{source.name}-key"
    with pytest.raises(Refused, match=rf"API_KEY comes from the secret {key}, which is production's"):
        boot(target_of(lent, new_id()), manifest, keep)
    told = target_with(http, source, REPLICA=f"host={PRODUCTION} user=app")
    with pytest.raises(Refused, match="REPLICA leads to production") as refused:
        boot(told, manifest, keep)
    assert "user=app" not in str(refused.value), "values are not told"
    plain_secret(
        http, source.project, f"{source.name}-copied", f"postgresql://x:hidden@{PRODUCTION}:5432/app"
    )
    own = source.drill.service.model_copy(update={"secrets": {"API_KEY": f"{source.name}-copied"}, "env": {}})
    copied = source.model_copy(update={"drill": source.drill.model_copy(update={"service": own})})
    target = target_of(copied, new_id())
    plain_secret(http, source.project, database_secret(target.name), f"postgresql://app:r@{RESTORED}/app")
    with pytest.raises(
        Refused, match=rf"API_KEY leads to production \(the secret {source.name}-copied\)"
    ) as told_again:
        boot(target, manifest, keep)
    assert "hidden" not in str(told_again.value)
    assert of_drills(source, Sort.SERVICE) == []


def test_a_service_of_its_name_that_is_another_s_is_left_alone(
    manifest: Manifest, http: httpx.Client, source: Environment, image: str
) -> None:
    target = target_with(http, source)
    bare = environment_of(target, image)
    create_service(bare, revision=f"{target.name}-x", image=image, secrets={}, annotations={})
    try:
        with pytest.raises(AlreadyThere):
            boot(target, manifest, keep)
        with pytest.raises(AlreadyThere, match="this drill did not make it"):
            take_down_service(target, keep)
        assert list(list_revisions(target.env)) == [f"{target.name}-x"]
    finally:
        http.delete(f"/v2/projects/{source.project}/locations/{source.region}/services/{target.name}")


def environment_of(target: Target, image: str) -> Environment:
    """The target's, with a service that is given nothing."""
    template = type(target.env.service.template)()
    service = target.env.service.model_copy(update={"template": template})
    return target.env.model_copy(update={"service": service})


def test_a_copy_that_was_altered_is_not_booted(manifest: Manifest, target: Target) -> None:
    (reference,) = [name for name in manifest.digests if name.endswith("/service.json")]
    altered = replace(manifest, digests={**manifest.digests, reference: "0" * 64})
    with pytest.raises(Corrupted, match=r"service\.json"):
        boot(target, altered, keep)
    assert bucket_and_name(reference)[0] == target.env.vault
    assert read_service(target.env) is None


def test_the_index_is_brought_to_the_cut_by_the_set_s_own_image(
    http: httpx.Client, source: Environment, manifest: Manifest, faults: Faults
) -> None:
    target = target_with(http, source, TAKES="2")
    faults.add("drop_answer", ":run", "POST")
    faults.add("drop_answer", "/jobs", "POST")
    seen: list[str] = []
    reindex(target, manifest, lambda: seen.extend(of_drills(source, Sort.JOB)))
    assert faults.met == 2
    assert set(seen) == {job_name(target)}, "it carried the drill's labels"
    assert job_name(target) not in list_jobs(source)


def test_a_reindex_that_fails_says_how_without_passwords(
    http: httpx.Client, source: Environment, manifest: Manifest
) -> None:
    target = target_with(http, source, EXIT="3")
    with pytest.raises(ReindexFailed, match=rf"exit code: 3.*postgresql://app:\*\*\*@{RESTORED}/app"):
        reindex(target, manifest, keep)
    assert job_name(target) not in list_jobs(source)


def test_a_reindex_that_is_interrupted_stops_and_is_taken_down(
    source: Environment, manifest: Manifest, target: Target
) -> None:
    search = source.search
    assert search
    slow = search.reindex.model_copy(update={"command": ["sleep", "60"]}) if search.reindex else None
    source = source.model_copy(update={"search": search.model_copy(update={"reindex": slow})})
    target = replace(target, env=target_of(source, target.drill).env)
    calls: list[None] = []

    def lapses() -> None:
        calls.append(None)
        if len(calls) > 3:
            raise LeaseLost("another holds it")

    with pytest.raises(LeaseLost):
        reindex(target, manifest, lapses)
    assert take_down_service(target, keep) == [f"job {job_name(target)}"]


def test_there_need_be_no_reindex(manifest: Manifest, target: Target) -> None:
    search = target.env.search
    assert search
    none = target.env.model_copy(update={"search": search.model_copy(update={"reindex": None})})
    reindex(replace(target, env=none), manifest, keep)
    assert job_name(target) not in list_jobs(target.env)
