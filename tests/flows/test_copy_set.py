"""What Muster stores of recovery sets lies in the second location too, or it is owed, and said to be."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.environment import Environment
from clients.objects import delete_object
from domain.lease import LeaseHeld
from domain.manifest import manifest_from_text
from domain.recovery_set import Kind, Part, State
from domain.refusal import Refused
from domain.second_copy import CopyOwed, copied_as, owes
from domain.set_summary import from_metadata
from domain.vault_layout import manifest_name, part_name
from flows.copy_set import copy_set
from tasks.catalogue import change_set
from tasks.copies import copy_one
from tasks.leases import leased_beside
from tasks.logbook import logged
from tests.environments import SECOND_VAULT
from tests.flows.conftest import Environments, own_name
from tests.flows.runs import slack_text
from tests.recovery import content_of, listed, make_set, put

copies = copy_set.fn


@pytest.fixture
def env(environment: Environments, request: pytest.FixtureRequest) -> Environment:
    return environment(own_name(request), second_vault=SECOND_VAULT)


def owed(env: Environment, set_id: str) -> bool:
    found = listed(env, set_id)
    return owes(found.set, found.reference, SECOND_VAULT)


def lose_second_location(http: httpx.Client) -> None:
    http.post("/faults", json={"location": "europe-west1"}).raise_for_status()


def test_all_that_is_owed_is_copied_with_the_manifest(env: Environment) -> None:
    manifests = [make_set(env, age=timedelta(days=days)) for days in (2, 1)]
    copies(env.name)
    for manifest in manifests:
        found = listed(env, manifest.id).set
        [copy] = found.copies
        assert copy.location == "europe-west1"
        name = manifest_name(env.name, manifest.id)
        assert copy.references == (
            *(copied_as(source, SECOND_VAULT) for source in manifest.digests),
            f"gs://{SECOND_VAULT}/{name}",
        )
        for source in manifest.digests:
            assert content_of(env, copied_as(source, SECOND_VAULT)) == content_of(env, source)
        text = content_of(env, f"gs://{SECOND_VAULT}/{name}")
        assert manifest_from_text(text) == manifest
        assert found.state is State.COMPLETE
    said = slack_text(env)
    assert "copied to europe-west1: " in said
    assert said.index(manifests[1].id) < said.rindex(manifests[0].id), "the newest first"


def test_the_copied_manifest_tells_its_set_in_a_listing_too(env: Environment, http: httpx.Client) -> None:
    manifest = make_set(env)
    copies(env.name)
    prefix = manifest_name(env.name, manifest.id)
    [item] = http.get(f"/storage/v1/b/{SECOND_VAULT}/o", params={"prefix": prefix}).json()["items"]
    assert from_metadata(item["metadata"]) == manifest.complete(manifest.sha256)


def test_a_run_with_nothing_to_do_is_not_heard(env: Environment) -> None:
    make_set(env)
    copies(env.name)
    before = slack_text(env)
    copies(env.name)
    assert slack_text(env) == before


def test_an_export_that_came_later_is_owed_and_copied(env: Environment) -> None:
    manifest = make_set(env)
    copies(env.name)
    export = put(env, part_name(env.name, manifest.id, "export/shop.sql.gz"), os.urandom(100))
    part = Part(Kind.EXPORT, (export,), datetime.now(UTC), 100)
    change_set(env, manifest.id, lambda each: replace(each, parts=(*each.parts, part)))
    assert owed(env, manifest.id)
    copies(env.name)
    assert not owed(env, manifest.id)
    assert content_of(env, copied_as(export, SECOND_VAULT)) == content_of(env, export)


def test_a_second_location_that_is_down_leaves_the_set_complete_and_the_copy_owed(
    env: Environment, http: httpx.Client
) -> None:
    manifest = make_set(env)
    lose_second_location(http)
    with pytest.raises(CopyOwed, match=f"{manifest.id} still to be copied"):
        copies(env.name)
    assert "the second location does not answer" in slack_text(env)
    assert listed(env, manifest.id).set == manifest.complete(manifest.sha256)
    assert owed(env, manifest.id)
    http.delete("/faults")
    copies(env.name)
    assert not owed(env, manifest.id)


def test_a_set_that_cannot_be_copied_is_in_no_other_s_way(env: Environment) -> None:
    older, newer = (make_set(env, age=timedelta(days=days)) for days in (2, 1))
    gone = next(iter(newer.digests))
    delete_object(env, env.vault, gone.removeprefix(f"gs://{env.vault}/"))
    with pytest.raises(CopyOwed, match=rf"1 set still .* {newer.id}: {gone}: it is gone"):
        copies(env.name)
    assert owed(env, newer.id)
    assert not owed(env, older.id)
    assert f"{newer.id} owes its copy: {gone}" in slack_text(env)


def test_a_named_set_s_copy_is_looked_at_again(env: Environment) -> None:
    manifest = make_set(env)
    copies(env.name)
    lost = copied_as(next(iter(manifest.digests)), SECOND_VAULT)
    delete_object(env, SECOND_VAULT, lost.removeprefix(f"gs://{SECOND_VAULT}/"))
    copies(env.name, manifest.id)
    assert content_of(env, lost) == content_of(env, next(iter(manifest.digests)))


def test_a_set_whose_deletion_begins_meanwhile_leaves_no_copy_behind(env: Environment) -> None:
    manifest = make_set(env)
    now = datetime.now(UTC)
    stale = listed(env, manifest.id)
    change_set(env, manifest.id, lambda each: replace(each, expires_at=now, deleting=True))
    with logged("test", env, quiet=True), pytest.raises(Refused, match="its deletion has begun"):
        copy_one(env, stale, "europe-west1", lambda: None, list[str]().append)
    for source in manifest.digests:
        with pytest.raises(Exception, match="No such object"):
            content_of(env, copied_as(source, SECOND_VAULT))
    with pytest.raises(Refused, match="being deleted, and could not be restored"):
        copies(env.name, manifest.id)


def test_what_could_not_hold_a_second_copy_is_refused(environment: Environments) -> None:
    env = environment("t-copy-refused")
    make_set(env)
    with pytest.raises(Refused, match="it has no second vault"):
        copies(env.name)
    env = environment("t-copy-refused", second_vault=env.vault)
    with pytest.raises(Refused, match="it is the vault itself"):
        copies(env.name)
    assert "it is the vault itself" in slack_text(env)
    with pytest.raises(Refused, match="there is no recovery set none"):
        copies(env.name, "none")


def test_beside_another_run_it_leaves_the_sets_to_that(env: Environment) -> None:
    manifest = make_set(env)
    with leased_beside(env, "copies", "copy set (1, by somebody)"):
        copies(env.name)
        assert owed(env, manifest.id)
        with pytest.raises(LeaseHeld, match=r"copy set .1, by somebody. is under way"):
            copies(env.name, manifest.id)
