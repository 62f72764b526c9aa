"""Cloud SQL instances by their names: what a recovery, or what cleans up after a drill, asks of them.

Whatever begins an operation tells its name. The empty text instead: there was nothing to do. An instance
carries out one operation at a time: Busy means that another is in the way, which may be the very one that was
asked for, where its answer was lost; so wait, and call again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any

from google.cloud import sqladmin_v1

from clients.cloud_sql import Busy, admin, instance_of
from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, told
from clients.patience import patient
from domain.sql_instance import SqlInstance

Policy = sqladmin_v1.Settings.SqlActivationPolicy
NONE: Mapping[str, str] = MappingProxyType({})
NOT_BUSY = ("already exists", "not in an appropriate state")  # other refusals with HTTP 409


@patient
def read_instance_named(env: Environment, name: str) -> SqlInstance | None:
    """The instance of that name in the environment's project; None when there is none (any more)."""
    try:
        with told(f"{name}: looking at it"):
            found = admin(env).instances().get(project=env.project, instance=name).execute()
    except NotFound:
        return None
    return _instance(found)


@patient
def list_instances(env: Environment, labels: Mapping[str, str] = NONE) -> list[SqlInstance]:
    """The project's instances, oldest first; of those labels alone, where some are named."""
    found = (_instance(item) for item in _items(env))
    return sorted(
        (each for each in found if labels.items() <= each.labels.items()), key=lambda each: each.created_at
    )


@patient
def list_replicas(env: Environment) -> list[SqlInstance]:
    """What follows the environment's instance, oldest first; they may outlive it."""
    return [each for each in list_instances(env) if each.replica_of == instance_of(env)]


@patient
def promote_replica(env: Environment, replica: str) -> str:
    """Begin to make a primary of a replica, which cannot be undone. What it followed is not touched, and goes
    on taking writes: fence it first. Nothing to do: it follows nobody (any more).

    Raises:
        Busy: it, or its primary, works on something else.
        NotFound: there is no such instance.
        Rejected: it does not run.
    """
    found = _there(env, replica)
    if not found.replica_of:
        return ""
    call = admin(env).instances().promoteReplica(project=env.project, instance=replica)
    return begin(f"{replica}: promoting it", call.execute)


@patient
def stop_instance(env: Environment, name: str) -> str:
    """Begin to stop it; it keeps its data, and stays stopped. Nothing to do: it is stopped, or being stopped;
    it takes writes until its operations have ended.

    Raises:
        Busy, NotFound.
    """
    if _there(env, name).stopped:
        return ""
    return _patch(env, name, {"activationPolicy": "NEVER"})


@patient
def start_instance(env: Environment, name: str) -> str:
    """Begin to start one that was stopped. Nothing to do: it is to run already.

    Raises:
        Busy, NotFound.
    """
    if not _there(env, name).stopped:
        return ""
    return _patch(env, name, {"activationPolicy": "ALWAYS"})


@patient
def patch_instance(env: Environment, name: str, settings: dict[str, Any]) -> str:
    """Begin to change these settings, mappings within mappings; what is not named stays.

    Raises:
        Busy, NotFound.
        Rejected: they cannot be so.
    """
    return _patch(env, name, settings)


@patient
def delete_instance(env: Environment, name: str) -> str:
    """Begin to delete it, with no final backup. Nothing to do: it is gone, or on its way.

    Raises:
        Busy: it works on something else, or is not in a state in which it can be deleted (yet).
        Rejected: it is protected, or has replicas.
    """
    found = read_instance_named(env, name)
    if found is None or found.state == "PENDING_DELETE":
        return ""
    call = admin(env).instances().delete(project=env.project, instance=name, enableFinalBackup=False)
    try:
        return begin(f"{name}: deleting it", call.execute)
    except NotFound:
        return ""
    except Busy:
        raise
    except AlreadyThere as error:
        raise Busy(error.what, "wait until it runs, or has failed") from error


def begin(what: str, call: Callable[[], dict[str, Any]]) -> str:
    """Make a call that begins an operation; the operation's name.

    Of what answers 409, `Busy` is what another operation in progress is in the way of
    (https://docs.cloud.google.com/sql/docs/postgres/troubleshooting#manage-instances).
    """
    try:
        with told(what):
            begun = call()
    except AlreadyThere as error:
        if any(words in error.what for words in NOT_BUSY):
            raise
        raise Busy(error.what, "wait for it, then try again") from error
    return str(begun["name"])


def _patch(env: Environment, name: str, settings: dict[str, Any]) -> str:
    call = admin(env).instances().patch(project=env.project, instance=name, body={"settings": settings})
    return begin(f"{name}: changing its settings", call.execute)


def _there(env: Environment, name: str) -> SqlInstance:
    found = read_instance_named(env, name)
    if found is None:
        raise NotFound(f"{name}: there is no such Cloud SQL instance")
    return found


def _items(env: Environment) -> Iterator[dict[str, Any]]:
    page = ""
    while True:
        with told(f"{env.project}: listing Cloud SQL instances"):
            found = admin(env).instances().list(project=env.project, pageToken=page or None).execute()
        yield from found.get("items", [])
        page = found.get("nextPageToken", "")
        if not page:
            return


def _instance(item: dict[str, Any]) -> SqlInstance:
    typed = sqladmin_v1.DatabaseInstance.from_json(json.dumps(item), ignore_unknown_fields=True)
    addresses = {each.get("type"): each.get("ipAddress", "") for each in item.get("ipAddresses", [])}
    settings = typed.settings
    return SqlInstance(
        name=typed.name,
        state=item.get("state", ""),
        region=typed.region,
        connection=typed.connection_name,
        created_at=typed.create_time.astimezone(UTC),
        host=addresses.get("PRIVATE") or addresses.get("PRIMARY") or "",
        labels=dict(settings.user_labels),
        replica_of=typed.master_instance_name.rpartition(":")[2],
        replicas=tuple(typed.replica_names),
        stopped=settings.activation_policy == Policy.NEVER,
        protected=bool(settings.deletion_protection_enabled),
        backups=bool(settings.backup_configuration.enabled),
        retains_backups=bool(settings.retain_backups_on_delete),
        final_backup=bool(settings.final_backup_config.enabled),
    )
