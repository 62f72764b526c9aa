"""Restoring with a planted defect, and checking, as a drill does it: for tests."""

from datetime import UTC, datetime, timedelta

import httpx

from clients.catalogue import write_manifest
from clients.environment import Environment
from domain.drill import Defect, Path
from domain.drill_check import DrillCheck, Result
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.vault_layout import part_name
from tasks.database_backups import database_configuration, take_database_backup
from tasks.planted_defects import planted
from tasks.runs import new_id
from tasks.snapshots import search_configuration, take_snapshot
from tasks.sql_work import WorkFailed
from tasks.target_configurations import database_drift, replay_database_configuration
from tasks.target_databases import restore_database
from tasks.target_leftovers import take_down_database
from tasks.target_search import SearchNotRestored, restore_search, take_down_search
from tasks.targets import Target, target_of
from tasks.validations import validate
from tests.recovery import put

SANDBOX = {"damage": "{google}/faults"}  # of an environment's part `drill`


def nothing(*_: object) -> None:
    """Nothing has to be renewed, nor told, here."""


def take_set(env: Environment) -> Manifest:
    """As a backup takes it, and known to the catalogue."""
    set_id, at = new_id(), datetime.now(UTC)
    taken, files = [], {}
    if env.database:
        taken.append(take_database_backup(env, set_id, nothing, nothing))
        files["database.json"] = canonical(database_configuration(env))
    if env.search:
        taken.append(take_snapshot(env, set_id, nothing, nothing))
        files["search.json"] = canonical(search_configuration(env))
    digests = {
        put(env, part_name(env.name, set_id, f"configuration/{name}"), text.encode()): sha256(text)
        for name, text in files.items()
    }
    parts = (*(each.part for each in taken), Part(Kind.CONFIGURATION, tuple(digests), at, 1))
    facts = {name: fact for each in taken for name, fact in each.facts.items()}
    made = Manifest(
        set_id, env.name, env.service.name, at, datetime.now(UTC), parts, digests=digests, facts=facts
    )
    write_manifest(env, made)
    return made


def drilled(
    env: Environment, manifest: Manifest, defect: Defect | None, path: Path = Path.BACKUP
) -> list[DrillCheck]:
    """Restore into a target, plant, check, take down: the checks; one alone, where the restore failed."""
    target = target_of(env, new_id())
    try:
        with planted(target, manifest, defect, nothing, nothing, path=path) as plant:
            _restore(target, plant.manifest, path, plant.at)
            plant.into_target(target, nothing)
            return _checked(target, manifest)
    except (WorkFailed, SearchNotRestored) as failure:
        return [DrillCheck("restore", Result.FAILED, str(failure), timedelta(0))]
    finally:
        if env.database:
            take_down_database(target, nothing)
        if env.search:
            take_down_search(target, nothing)


def _restore(target: Target, manifest: Manifest, path: Path, at: datetime | None) -> None:
    if target.env.database:
        restore_database(target, manifest, path, at, keep=nothing, tell=nothing)
        assert replay_database_configuration(target, manifest, nothing) == []
    if target.env.search:
        restore_search(target, manifest, nothing, nothing)


def _checked(target: Target, manifest: Manifest) -> list[DrillCheck]:
    """What was asked for is expected, and not what was planted."""
    checks = validate(target, manifest, nothing, nothing)
    if target.env.database:
        drift = database_drift(target, manifest)
        result = Result.FAILED if drift else Result.PASSED
        checks.append(DrillCheck("configuration", result, "; ".join(drift), timedelta(0)))
    return checks


def failed(checks: list[DrillCheck]) -> dict[str, str]:
    """The checks that failed, with what they say; one that could not run has caught nothing."""
    return {each.name: each.said for each in checks if each.result is Result.FAILED}


def healthy(http: httpx.Client) -> bool:
    found = http.get("/faults").json()
    return not found["backups"] and not found["snapshots"]
