"""A file of a set is read back as it was written, or not at all; the second vault's is as good."""

import secrets

import pytest

from clients.environment import Environment
from clients.errors import Corrupted, NotFound
from clients.objects import delete_object
from domain.manifest import Manifest
from domain.second_copy import copied_as
from tasks.set_files import has_set_file, read_set_file, read_set_json
from tasks.targets import target_of
from tests.conftest import Endpoints
from tests.environments import SECOND_VAULT, environment
from tests.recovery import content_of, make_set, put

FILE = "configuration/search.json"


@pytest.fixture
def env(landscape: Endpoints) -> Environment:
    return environment(landscape, f"f-{secrets.token_hex(4)}", over={"second_vault": SECOND_VAULT})


@pytest.fixture
def manifest(env: Environment) -> Manifest:
    return make_set(
        env, {FILE: f'{{"name": "süß {env.name}"}}\n'.encode(), "configuration/list.json": b"[1]"}
    )


def object_of(manifest: Manifest) -> str:
    [reference] = [each for each in manifest.digests if each.endswith(FILE)]
    return reference


def lose(env: Environment, reference: str) -> None:
    bucket, _, name = reference.removeprefix("gs://").partition("/")
    delete_object(env, bucket, name)


def copy(env: Environment, reference: str) -> None:
    place = copied_as(reference, SECOND_VAULT)
    put(env, place.removeprefix(f"gs://{SECOND_VAULT}/"), content_of(env, reference), SECOND_VAULT)


def test_it_is_read_for_a_target_too(env: Environment, manifest: Manifest) -> None:
    for each in (env, target_of(env, "1").env):
        assert read_set_json(each, manifest, FILE) == {"name": f"süß {env.name}"}
    assert read_set_file(env, manifest, FILE).endswith("\n")


def test_what_a_set_does_not_have_is_told_apart(env: Environment, manifest: Manifest) -> None:
    assert has_set_file(manifest, FILE)
    assert not has_set_file(manifest, "search.json"), "only whole names"
    with pytest.raises(NotFound, match=r"names no configuration/database\.json"):
        read_set_file(env, manifest, "configuration/database.json")


def test_what_is_no_object_is_refused(env: Environment, manifest: Manifest) -> None:
    with pytest.raises(Corrupted, match="is no object"):
        read_set_json(env, manifest, "configuration/list.json")


@pytest.mark.parametrize("fault", ["altered", "gone"])
def test_the_copy_is_read_where_the_vault_fails(env: Environment, manifest: Manifest, fault: str) -> None:
    reference = object_of(manifest)
    copy(env, reference)
    if fault == "gone":
        lose(env, reference)
    else:
        put(env, reference.removeprefix(f"gs://{env.vault}/"), b'{"name": "another"}\n')
    assert read_set_json(env, manifest, FILE) == {"name": f"süß {env.name}"}


def test_altered_in_both_vaults_it_is_refused_and_both_are_named(
    env: Environment, manifest: Manifest
) -> None:
    reference = object_of(manifest)
    put(env, reference.removeprefix(f"gs://{env.vault}/"), b"{}")
    copy(env, reference)
    with pytest.raises(Corrupted) as told:
        read_set_file(env, manifest, FILE)
    assert reference in told.value.what
    assert f"gs://{SECOND_VAULT}/" in told.value.what


def test_without_a_second_vault_it_is_refused_at_once(env: Environment, manifest: Manifest) -> None:
    alone = env.model_copy(update={"second_vault": None})
    lose(env, object_of(manifest))
    with pytest.raises(NotFound, match="it is gone"):
        read_set_file(alone, manifest, FILE)
