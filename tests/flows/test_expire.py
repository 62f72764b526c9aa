"""Retention on sets that are really there: marked, deleted for good, and finished by the next run."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from clients.catalogue import rewrite_summary
from clients.database_backups import read_backup
from clients.environment import Environment
from clients.leases import delete_lease, read_lease, write_lease
from domain.expiry_report import Fate, Row
from domain.lease import Lease, LeaseHeld
from domain.recovery_set import Copy, Kind, Part, Pin, State
from domain.refusal import Refused
from domain.vault_layout import manifest_name, reference
from flows.expire import expire
from tasks.expiry import NotExpired, carry_out
from tasks.expiry_plans import plan_expiry
from tasks.leases import leased_beside
from tasks.logbook import logged
from tasks.pins import pin_set
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.flows.runs import Command, slack_text
from tests.processes import wait_until
from tests.recovery_vault import DAY, REPOSITORY, Vault, ahead, make_bucket

STRICT = {"all_for": "1d", "weekly": 0, "monthly": 0, "yearly": 0, "minimum": 1}
PROVEN = State.PROVEN
DATABASE = {"instance": "ali-db", "name": "ali_api", "credentials": "ali-muster-database-url"}

Vaults = Callable[..., Vault]


@pytest.fixture(scope="session")
def repository(landscape: Any) -> None:
    body = {"type": "fs", "settings": {"location": REPOSITORY}}
    httpx.put(f"{landscape.elasticsearch}/_snapshot/{REPOSITORY}", json=body, timeout=30).raise_for_status()


@pytest.fixture
def vault(environment: Environments) -> Vaults:
    """Makes an environment's vault, a versioned bucket of its own; keywords are laid over the environment."""

    def make(bucket: dict[str, Any] | None = None, **over: Any) -> Vault:
        name = f"t-expire-{secrets.token_hex(3)}"
        backup = {"retention": {**STRICT, **over.pop("retention", {})}}
        env = environment(name, vault=name, backup=backup, **{"lease": "30s", **over})
        make_bucket(env, name, **(bucket or {}))
        return Vault(env)

    return make


@pytest.fixture
def search(repository: None) -> dict[str, Any]:
    """An environment's search, for `vault`."""
    return {"credentials": "ali-elasticsearch-url", "indices": ["documents"], "repository": REPOSITORY}


@pytest.fixture
def faults(landscape: Any) -> Iterator[Faults]:
    with httpx.Client(base_url=landscape.google) as http:
        yield Faults(http)


def fates(table: list[Row]) -> dict[str, Fate]:
    return {row.set.id: row.fate for row in table}


def release_lease(env: Environment) -> None:
    """What a killed run holds; it would lapse by itself."""
    held = read_lease(env, "expire").reading
    if held:
        delete_lease(env, held.generation, "expire")


def test_sets_are_marked_then_deleted_for_good_and_a_mark_is_lifted(vault: Vaults, search: Any) -> None:
    here = vault(search=search)
    newest = here.set(0.1, PROVEN)
    again = here.set(0.5, marked=-0.5)
    expiring = here.set(5)
    goes = here.set(9, marked=0.1, snapshot=True)
    here.file(goes, "export/orders.sql.gz")  # of an export that died before it noted it
    manifest = reference(here.env.vault, manifest_name(here.env.name, goes))
    assert len(here.snapshots()) >= 1

    planned = fates(expire.fn(here.env.name, apply=False))
    assert here.known(expiring).expires_at is None, "a dry run touches nothing"
    done = fates(expire.fn(here.env.name))

    assert planned == done
    assert done == {newest: Fate.KEPT, again: Fate.KEPT_AGAIN, expiring: Fate.MARKED, goes: Fate.GOES}
    assert here.known(again).expires_at is None
    mark = here.known(expiring).expires_at
    assert mark
    assert abs(mark - here.now - DAY) < timedelta(minutes=2)
    assert not here.of(goes), f"no version is left of {manifest}"
    assert not any(goes in each for each in here.snapshots())
    said = slack_text(here.env)
    assert "1 kept, 1 kept again, 1 marked to expire, 1 goes now; deleted" in said
    assert f"{goes} (complete): goes now: 8 days older than the newest set" in said
    assert "dry run" not in said

    once_more = expire.fn(here.env.name)
    assert fates(once_more) == {newest: Fate.KEPT, again: Fate.KEPT, expiring: Fate.WAITS}


def test_a_locked_vault_keeps_a_set_until_its_lock_ends_and_its_metadata_can_change(vault: Vaults) -> None:
    here = vault({"retentionPolicy": {"retentionPeriod": str(20 * 86400)}})
    lock(here)
    newest, old = here.set(0.1, PROVEN), here.set(9)
    assert fates(expire.fn(here.env.name)) == {newest: Fate.KEPT, old: Fate.MARKED}
    with ahead(here.env, 2 * DAY):
        [waiting] = [row for row in expire.fn(here.env.name) if row.set.id == old]
        assert waiting.fate is Fate.WAITS, "which does not fail"
        assert waiting.at
        assert abs(waiting.at - here.now - 20 * DAY) < timedelta(minutes=2)
        assert waiting.why.startswith("retention lock; ")
    with ahead(here.env, 21 * DAY):
        assert fates(expire.fn(here.env.name)) == {newest: Fate.KEPT, old: Fate.GOES}
    assert not here.of(old)


def test_a_lock_on_one_of_its_files_alone_is_waited_for_as_well(vault: Vaults) -> None:
    here = vault()
    here.set(0.1, PROVEN)
    old = here.set(9, marked=0.1)
    file = here.file(old, "export/orders.sql.gz")
    here.patch(file, {"temporaryHold": True})
    [row] = [row for row in expire.fn(here.env.name) if row.set.id == old]
    assert row.fate is Fate.KEPT_AGAIN
    assert row.why == f"held: temporary hold of {file}"
    assert here.known(old).restorable
    here.patch(file, {"temporaryHold": False})
    assert fates(expire.fn(here.env.name))[old] is Fate.MARKED, "it is marked anew, with its grace"


def test_a_lock_that_comes_between_plan_and_deletion_leaves_the_rest_for_later(
    vault: Vaults, faults: Faults
) -> None:
    here = vault()
    here.set(0.1, PROVEN)
    here.set(0.2)
    old, other = here.set(9, marked=0.1), here.set(8, marked=0.1)
    file = here.file(old, "export/orders.sql.gz")
    with held(here, faults, old):
        here.patch(file, {"temporaryHold": True})
    assert f"{old} is left to a later run: {file}: it is kept by temporary hold" in slack_text(here.env)
    assert here.known(old).deleting
    assert here.find(other) is None, "the others go on"
    here.patch(file, {"temporaryHold": False})
    assert fates(expire.fn(here.env.name))[old] is Fate.GOES
    assert not here.of(old)


def test_a_refused_plan_touches_nothing_and_is_heard(vault: Vaults) -> None:
    here = vault()
    sets = [here.set(days, marked=0.1) for days in (5, 6, 7)]
    newest = here.set(0.1)
    with pytest.raises(Refused, match="leaves 0 proven sets of the 1"):
        expire.fn(here.env.name)
    assert all(here.find(each) for each in [newest, *sets])
    assert "the plan leaves 0 proven sets of the 1 that must be left" in slack_text(here.env)


def test_what_cannot_be_read_forbids_all_of_it(vault: Vaults) -> None:
    here = vault()
    here.set(0.1, PROVEN)
    old = here.set(9, marked=0.1)
    broken = here.set(8)
    listed = here.find(broken)
    assert listed
    here.patch(listed.reference, {"metadata": {"muster-state": "splendid"}})
    with pytest.raises(Refused, match="the catalogue could not be read fully"):
        expire.fn(here.env.name)
    assert here.find(old)


def test_nothing_is_left_of_a_backup_that_died_though_its_draft_names_no_part(
    vault: Vaults, search: Any
) -> None:
    here = vault(search=search)
    here.set(0.1, PROVEN)
    here.set(0.2)
    dead = here.draft(9, marked=0.1)
    here.snapshot(dead, here.now)
    here.file(dead, "configuration/service.json")
    assert fates(expire.fn(here.env.name))[dead] is Fate.GOES
    assert not here.of(dead)
    assert not any(dead in each for each in here.snapshots())


@pytest.mark.parametrize("named", [True, False], ids=["named by the lease", "not named by it"])
def test_the_draft_of_a_backup_under_way_is_left_alone(vault: Vaults, named: bool) -> None:
    here = vault()
    here.set(0.1, PROVEN)
    here.set(0.2)
    older, alive = here.draft(9, marked=0.1), here.draft(8, marked=0.1)
    holder = f"backup ({alive if named else 'x'}, by tester)"
    lease = Lease("nonce", 1, timedelta(minutes=1), holder)
    write_lease(here.env, lease, 0, "backup")
    table = {row.set.id: row for row in expire.fn(here.env.name)}
    assert table[older].fate is Fate.GOES
    assert table[alive].fate is Fate.KEPT_AGAIN
    assert table[alive].why == f"in use by {holder}"
    assert here.find(alive)


def test_a_part_that_another_set_needs_stays_and_goes_with_the_last(vault: Vaults) -> None:
    here = vault()
    shared = here.file("shared", "documents.json")
    part = (Part(Kind.EXPORT, (shared,), here.now),)
    here.set(0.1, PROVEN)
    keeper = here.set(0.2, parts=part)
    old = here.set(9, marked=0.1, parts=part)
    expire.fn(here.env.name)
    assert not here.of(old)
    assert here.of("shared")
    listed = here.find(keeper)
    assert listed


@pytest.mark.slow
def test_a_second_copy_goes_too_and_a_location_that_is_down_leaves_the_set_to_the_next_run(
    vault: Vaults, faults: Faults
) -> None:
    second = f"t-second-{secrets.token_hex(3)}"
    here = vault(second_vault=second, lease="8s")  # which bounds how long a location that is down is asked
    make_bucket(here.env, second, location="EUROPE-WEST1")
    here.set(0.1, PROVEN)
    here.set(0.2)
    old = here.set(9, marked=0.1)
    listed = here.find(old)
    assert listed
    copied = here.file(old, "configuration/service.json", second)
    here.file(old, "configuration/half.json", second)  # of a copy that died
    rewrite_summary(here.env, listed, replace(listed.set, copies=(Copy("EU", (copied,)),)))
    httpx.post(f"{here.env.endpoints.google}/faults", json={"location": "europe-west1"}).raise_for_status()
    with pytest.raises(NotExpired, match="1 set could not be done with: "):
        expire.fn(here.env.name)
    assert here.known(old).deleting
    httpx.delete(f"{here.env.endpoints.google}/faults/europe-west1").raise_for_status()
    assert fates(expire.fn(here.env.name))[old] is Fate.GOES
    assert not here.versions(second)
    assert not here.of(old)


def test_a_cloud_sql_backup_goes_and_so_does_one_that_no_draft_names(vault: Vaults, faults: Faults) -> None:
    here = vault(database=DATABASE)
    here.set(0.1, PROVEN)
    here.set(0.2)
    dead = here.draft(9, marked=0.1)
    backups = {dead: here.backup(dead)}
    busy = faults.arm("refuse", method="DELETE", path=backups[dead], status=409, times=2)
    assert fates(expire.fn(here.env.name))[dead] is Fate.GOES
    assert faults.met(busy) == 2, "which is waited for"
    assert read_backup(here.env, backups[dead]) is None
    assert not here.of(dead)


def test_a_backup_whose_instance_stays_busy_is_left_to_the_next_run(vault: Vaults, faults: Faults) -> None:
    here = vault(database=DATABASE)
    here.set(0.1, PROVEN)
    backup = "projects/sandbox-project/backups/none"
    old = here.set(9, marked=0.1, parts=(Part(Kind.DATABASE, (backup,), here.now),))
    with logged("expire", here.env) as book, leased_beside(here.env, "expire", book.report.holder) as lease:
        faults.arm("refuse", method="GET", path=backup, status=500, times=1)  # one look is skipped
        done = carry_out(here.env, plan_expiry(here.env), lease, timedelta(0))
    assert done.deleted == [old], "what is gone is gone, whoever is busy"

    name = here.set(9, marked=0.1)
    backup = here.backup(name)
    refuse = faults.arm("refuse", method="DELETE", path=backup, status=409, times=1000)
    with logged("expire", here.env) as book, leased_beside(here.env, "expire", book.report.holder) as lease:
        done = carry_out(here.env, plan_expiry(here.env), lease, timedelta(0))
    assert list(done.left) == [name]
    assert "its instance was at work on something else; the next run deletes it" in done.left[name]
    assert here.known(name).deleting
    faults.remove(refuse)
    expire.fn(here.env.name)
    assert read_backup(here.env, backup) is None
    assert not here.of(name)


def test_two_at_once_are_one(vault: Vaults) -> None:
    here = vault()
    write_lease(here.env, Lease("other", 1, timedelta(minutes=1), "expire (other)"), 0, "expire")
    with pytest.raises(LeaseHeld, match="expire \\(other\\) is under way"):
        expire.fn(here.env.name)
    assert expire.fn(here.env.name, apply=False) == [], "looking is free"


def test_a_pin_that_comes_meanwhile_is_not_overlooked(vault: Vaults, faults: Faults) -> None:
    here = vault()
    here.set(0.1, PROVEN)
    old = here.set(9, marked=0.1)
    with held(here, faults, old):
        pin_set(here.env, old, Pin("ana", "audit", here.now + DAY))
    assert "planned again, as a set was changed meanwhile" in slack_text(here.env)
    left = here.known(old)
    assert left.pins
    assert left.expires_at is None
    assert not left.deleting


@pytest.mark.slow
@pytest.mark.timeout(900)  # a dozen processes
@pytest.mark.parametrize("carried_out", [True, False], ids=["after its effect", "before its effect"])
def test_killed_at_every_step_the_next_run_finishes(
    vault: Vaults, search: Any, faults: Faults, carried_out: bool
) -> None:
    """Every process dies at one change, of which only those that are carried out get the work on."""
    here = vault(search=search)
    kept = {here.set(0.1, PROVEN), here.set(0.5, marked=-0.5), here.set(5)}
    kept |= {here.set(0.6)}
    gone = {here.set(9, marked=0.1, snapshot=True), here.draft(8, marked=0.1)}
    changes = f"(manifests|sets)(/|%2F){here.env.name}"
    if not carried_out:  # a snapshot that is gone is deleted again by each run: none would get beyond it
        changes += f"|_snapshot/{REPOSITORY}/"
    deaths = 0
    while True:
        skip = 0 if carried_out else deaths
        fault = faults.arm("hold", method="PATCH|DELETE", path=changes, skip=skip, times=1000)
        run = Command("expire", here.env.name, "--apply")
        held = faults.wait_held(fault, partial(alive, run))
        if held:
            run.process.kill()
            deaths += 1
        ended = run.end()
        faults.remove(fault, carry_out=carried_out)
        if not held:
            assert ended.code == 0, ended.said
            break
        release_lease(here.env)
        assert deaths < 30
    wait_until(lambda: not any(here.of(each) for each in gone), what="what expired gone")
    assert deaths >= (7 if carried_out else 4)
    assert all(here.find(each) for each in kept)
    assert not any(each in name for each in gone for name in here.snapshots())
    assert expire.fn(here.env.name, apply=False)


@contextmanager
def held(here: Vault, faults: Faults, name: str) -> Iterator[None]:
    """Inside, a run of expire stands just before the first change of that set."""
    fault = faults.arm("hold", method="PATCH", path=name, times=1)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(expire.fn, here.env.name)
        assert faults.wait_held(fault, lambda: not run.done())
        try:
            yield
        finally:
            faults.remove(fault)
        run.result(60)


def alive(run: Command) -> bool:
    return run.process.poll() is None


def lock(here: Vault) -> None:
    """Lock the vault's retention policy, for ever."""
    place = f"{here.env.endpoints.google}/storage/v1/b/{here.env.vault}"
    generation = httpx.get(place).json()["metageneration"]
    httpx.post(
        f"{place}/lockRetentionPolicy", params={"ifMetagenerationMatch": generation}
    ).raise_for_status()
