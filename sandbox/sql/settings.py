"""An instance's settings: defaults, changes, and what of them is not emulated."""

from typing import Any

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.sql import errors, schedule

# As a new instance has them: mockgcp/mocksql/testdata/instance/postgres/_http.log of
# GoogleCloudPlatform/k8s-config-connector. Numbers of 64 bits are strings.
DEFAULTS: Document = {
    "kind": "sql#settings",
    "activationPolicy": "ALWAYS",
    "availabilityType": "ZONAL",
    "backupConfiguration": {
        "kind": "sql#backupConfiguration",
        "enabled": False,
        "startTime": "12:00",
        "transactionLogRetentionDays": 7,
        "backupRetentionSettings": {"retainedBackups": 7, "retentionUnit": "COUNT"},
    },
    "connectorEnforcement": "NOT_REQUIRED",
    "dataDiskSizeGb": "10",
    "dataDiskType": "PD_SSD",
    "deletionProtectionEnabled": False,
    "edition": "ENTERPRISE",
    "ipConfiguration": {
        "ipv4Enabled": True,
        "requireSsl": False,
        "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
    },
    "pricingPlan": "PER_USE",
    "replicationType": "SYNCHRONOUS",
    "storageAutoResize": False,
    "storageAutoResizeLimit": "0",
}
INT64 = (
    "settingsVersion",
    "dataDiskSizeGb",
    "storageAutoResizeLimit",
    "dataDiskProvisionedIops",
    "dataDiskProvisionedThroughput",
)


def new(asked: Document) -> Document:
    """The settings of a new instance, or of one that PUT replaces: defaults, and what was asked for."""
    if not asked.get("tier"):
        raise errors.invalid("settings.tier is missing.")  # it is required; the real text is unverified
    return checked(merged(DEFAULTS, asked))


def merged(base: Any, change: Any) -> Any:
    """What a PATCH makes of it: objects are merged, null removes, anything else replaces."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    kept = {name: value for name, value in base.items() if name not in change}
    changed = {name: merged(base.get(name, {}), value) for name, value in change.items() if value is not None}
    return kept | changed


def checked(settings: Document) -> Document:
    """The settings in their form on the wire, or a refusal of what could not be true here."""
    if settings["activationPolicy"] not in {"ALWAYS", "NEVER"}:
        raise errors.invalid(f"activation policy {settings['activationPolicy']} is not valid.")
    backups = settings["backupConfiguration"]
    if not schedule.START.fullmatch(backups["startTime"]):
        raise errors.invalid(f"start time {backups['startTime']} is not valid.")  # text unverified
    if backups.get("pointInTimeRecoveryEnabled") and not backups["enabled"]:
        raise errors.invalid("Point in time recovery must be disabled when backup is disabled.")
    addressing = settings["ipConfiguration"]
    encrypted = addressing.get("requireSsl") or addressing["sslMode"] != "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    for wanted, what in ((encrypted, "TLS to an instance"),):
        if wanted:
            raise not_emulated(what)
    return settings | {name: str(settings[name]) for name in INT64 if name in settings}


def logged(settings: Document) -> bool:
    """Whether the instance can be recovered to an instant."""
    return bool(settings["backupConfiguration"].get("pointInTimeRecoveryEnabled"))
