"""How a restored instance is set up: like its source, but for what is passing or would outlive a drill."""

from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]

TAKES_BACKUPS = ("enabled", "pointInTimeRecoveryEnabled")
OF_ONE_INSTANCE = (
    "activationPolicy",  # whether it is stopped
    "dataDiskSizeGb",  # grows by itself
    "deletionProtectionEnabled",
    "finalBackupConfig",
    "kind",
    "locationPreference",  # its zone
    "retainBackupsOnDelete",
    "settingsVersion",
    "userLabels",
)
OBSOLETE = (  # told, and without effect: https://docs.cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances
    "authorizedGaeApplications",
    "crashSafeReplicationEnabled",
    "databaseReplicationEnabled",
    "pricingPlan",
    "replicationType",
)
OF_THE_DAY = ("replicationLogArchivingEnabled", "transactionalLogStorageState")  # of backupConfiguration


def to_replay(configuration: Mapping[str, Any]) -> Settings:
    """The settings of an instance's configuration that another one is given: flags, tier, how backups are
    kept. Neither whether it takes backups, nor what belongs to one instance or to Google."""
    settings = without_kinds(configuration.get("settings", {}))
    kept = {name: value for name, value in settings.items() if name not in OF_ONE_INSTANCE + OBSOLETE}
    if "backupConfiguration" in kept:
        kept["backupConfiguration"] = {
            name: value
            for name, value in kept["backupConfiguration"].items()
            if name not in TAKES_BACKUPS + OF_THE_DAY
        }
    return kept


def of_a_target(labels: Mapping[str, str]) -> Settings:
    """The settings of whatever a drill makes: nothing of it is left when it is deleted, and it can be."""
    return {
        "activationPolicy": "ALWAYS",
        "backupConfiguration": dict.fromkeys(TAKES_BACKUPS, False),
        "deletionProtectionEnabled": False,
        "finalBackupConfig": {"enabled": False},
        "retainBackupsOnDelete": False,
        "userLabels": dict(labels),
    }


def target_settings(configuration: Mapping[str, Any], labels: Mapping[str, str]) -> Settings:
    """Both together: what a target is made with."""
    replayed, own = to_replay(configuration), of_a_target(labels)
    backups = {**replayed.get("backupConfiguration", {}), **own["backupConfiguration"]}
    return {**replayed, **own, "backupConfiguration": backups}


def without_kinds(value: Any) -> Any:
    """The same without what Google's JSON says of its own types."""
    if isinstance(value, Mapping):
        return {name: without_kinds(each) for name, each in value.items() if name != "kind"}
    if isinstance(value, list):
        return [without_kinds(each) for each in value]
    return value
