"""The Cloud SQL instance itself: its state, its settings."""

import json
from datetime import timedelta
from typing import Any

from google.cloud import sqladmin_v1

from clients.cloud_sql import admin, instance_of
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.patience import patient
from domain.database_instance import Instance

NEVER = sqladmin_v1.Settings.SqlActivationPolicy.NEVER
PASSING = (
    "etag",
    "ipAddresses",
    "selfLink",
    "serverCaCert",
    "state",
    "currentDiskSize",
)  # of the day, not ours
SECRET = ("rootPassword", "replicaConfiguration", "onPremisesConfiguration")  # may name a password


@patient
def read_instance(env: Environment) -> Instance | None:
    """The environment's instance as it is now; None when there is none."""
    found = _read(env)
    if found is None:
        return None
    typed = sqladmin_v1.DatabaseInstance.from_json(json.dumps(found), ignore_unknown_fields=True)
    backups = typed.settings.backup_configuration
    return Instance(
        name=typed.name,
        state=found.get("state", ""),
        version=found.get("databaseVersion", ""),
        stopped=typed.settings.activation_policy == NEVER,
        replica_of=typed.master_instance_name.rpartition(":")[2],
        backups=bool(backups.enabled),
        point_in_time_recovery=bool(backups.point_in_time_recovery_enabled),
        log_kept=timedelta(days=backups.transaction_log_retention_days or 7),
        retains_backups=bool(typed.settings.retain_backups_on_delete),
        service_account=typed.service_account_email_address,
    )


@patient
def read_configuration(env: Environment) -> dict[str, Any]:
    """The instance as it is set up, flags included, as JSON: what a restore into another leaves out.

    Neither passwords nor what changes from day to day are in it.

    Raises:
        NotFound: there is no such instance.
    """
    found = _read(env)
    if found is None:
        raise NotFound(f"{instance_of(env)}: there is no such Cloud SQL instance")
    return {name: found[name] for name in sorted(found) if name not in PASSING + SECRET}


def _read(env: Environment) -> dict[str, Any] | None:
    instance = instance_of(env)
    try:
        with told(f"{instance}: looking at it"):
            found: dict[str, Any] = (
                admin(env).instances().get(project=env.project, instance=instance).execute()
            )
    except NotFound:
        return None
    return found
