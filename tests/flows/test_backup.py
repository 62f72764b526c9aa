"""Backups, as the command takes them: the sample's database and index, and smaller sets."""

import json
from collections.abc import Iterator

import httpx
import pytest
from elasticsearch import Elasticsearch

from clients.catalogue import Listed, read_catalogue, read_manifest
from clients.environment import Environment
from clients.leases import read_lease
from clients.objects import list_names, read_text
from clients.secret_versions import read_secret
from domain.manifest import Manifest, disagreements, manifest_from_text
from domain.recovery_set import Kind, State
from domain.vault_layout import bucket_and_name
from tests.conftest import Endpoints
from tests.flows.conftest import Environments, Releases
from tests.flows.runs import establish, muster, slack_text

INDEX = "backed-up-notes"
SEARCH = {"credentials": "ali-elasticsearch-url", "indices": [INDEX], "repository": "vault"}
DATABASE = {"instance": "ali-db", "name": "ali_api", "credentials": "ali-muster-database-url"}
SECRET = {"service": {"template": {"secrets": {"ELASTICSEARCH_URL": "ali-elasticsearch-url"}}}}


@pytest.fixture(scope="module")
def index(cloud: Endpoints) -> Iterator[str]:
    """An index with three notes."""
    with Elasticsearch(cloud.elasticsearch) as client:
        client.indices.create(index=INDEX, mappings={"properties": {"words": {"type": "text"}}})
        for number in range(3):
            client.index(index=INDEX, id=str(number), document={"words": f"note {number}"}, refresh=True)
        yield INDEX
        client.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def whole(environment: Environments, releases: Releases, index: str) -> Environment:
    """A service with a database and a search."""
    establish(environment("t-backup", **SECRET), releases("first"))
    return environment(
        "t-backup", **SECRET, search=SEARCH, database=DATABASE
    )  # the tiny service uses neither


def the_set(env: Environment) -> Listed:
    """The one recovery set that there is."""
    (listed,) = read_catalogue(env).listed
    return listed


def manifest(env: Environment, listed: Listed) -> Manifest:
    return manifest_from_text(read_manifest(env, listed.set.id))


def test_a_set_holds_everything_to_restore_from(whole: Environment) -> None:
    ended = muster("backup", whole.name, "--alone")
    assert ended.code == 0, ended.said
    listed = the_set(whole)
    assert listed.set.state is State.COMPLETE
    made = manifest(whole, listed)
    assert disagreements(made, listed.set) == []
    assert [part.kind for part in made.parts] == [
        Kind.CONFIGURATION, Kind.DATABASE, Kind.SEARCH, Kind.SECRETS,
    ]  # fmt: skip
    assert made.window is not None or made.facts["database.lsn"], "where the database was"
    assert made.facts["search.documents/" + INDEX] == 3
    assert "@sha256:" in str(made.facts["service.image"])
    assert any(line.startswith("gcloud sql backups restore projects/") for line in made.restore)
    said = slack_text(whole)
    assert listed.set.id in said
    assert "Manifest" in said, "a link to it"
    assert listed.set.id in ended.said


def test_the_configuration_is_what_a_restored_service_is_made_from(whole: Environment) -> None:
    part = the_set(whole).set.part(Kind.CONFIGURATION)
    assert part
    texts = {
        name.rpartition("/")[2]: read_text(whole, bucket, name)
        for bucket, name in map(bucket_and_name, part.references)
    }
    service = json.loads(texts["service.json"] or "")
    assert service["revisions"][0]["containers"][0]["image"].count("@sha256:") == 1
    assert json.loads(texts["database.json"] or "")
    assert INDEX in (texts["search.json"] or "")
    assert "# " not in (texts["environment.yaml"] or "") or "project:" in (texts["environment.yaml"] or "")
    states = json.loads(texts["secrets.json"] or "")
    assert {name.split("/")[3] for name in states} == {"ali-elasticsearch-url"}
    assert set(states.values()) == {"ENABLED"}


def test_no_payload_is_in_any_of_it(whole: Environment) -> None:
    words = [read_secret(whole, name).partition("@")[0] for name in ("ali-muster-database-url",)]
    for name in list_names(whole, whole.vault, f"sets/{whole.name}/"):
        text = read_text(whole, whole.vault, name) or ""
        assert not [word for word in words if word in text], name


def test_nothing_is_left_of_the_run_but_its_set(whole: Environment) -> None:
    assert list_names(whole, whole.state, f"sets/{whole.name}/") == []
    assert read_lease(whole, "backup").reading is None


@pytest.mark.slow
def test_a_service_without_database_and_search_has_a_smaller_set(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-backup-small")
    establish(env, releases("first"))
    ended = muster("backup", env.name, "--alone")
    assert ended.code == 0, ended.said
    assert [part.kind for part in the_set(env).set.parts] == [Kind.CONFIGURATION]


def test_a_part_that_fails_leaves_a_set_that_counts_nowhere(
    environment: Environments, releases: Releases, http: httpx.Client
) -> None:
    env = environment("t-backup-fails")
    establish(env, releases("first"))
    fault = {
        "action": "refuse",
        "method": "POST",
        "path": "/upload.*/b/muster-vault/",
        "about": "service.json",
    }
    http.post("/faults", json={**fault, "status": 400, "times": 1}).raise_for_status()
    ended = muster("backup", env.name)
    assert ended.code == 1, ended.said
    assert "is incomplete and counts nowhere: configuration: " in ended.said
    listed = the_set(env)
    assert listed.set.state is State.INCOMPLETE
    assert not listed.set.restorable
    assert "counts nowhere" in slack_text(env)
    again = muster("backup", env.name, "--alone")
    assert again.code == 0, again.said
    assert f"{listed.set.id} is incomplete" in again.said, "the next one tells of it"
    states = {each.id: each.state for each in read_catalogue(env).sets}
    assert sorted(states.values()) == [State.COMPLETE, State.INCOMPLETE]


def test_then_it_is_checked_and_copied_and_old_sets_expire(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-backup-then", second_vault="muster-vault-2")
    establish(env, releases("first"))
    ended = muster("backup", env.name)
    assert ended.code == 0, ended.said
    listed = the_set(env)
    assert listed.set.state is State.CHECKED
    assert [copy.location for copy in listed.set.copies] == ["europe-west1"]
    for name in list_names(env, env.vault, f"sets/{env.name}/"):
        assert read_text(env, "muster-vault-2", name) == read_text(env, env.vault, name)
    said = slack_text(env)
    assert "checked, and all right" in said
