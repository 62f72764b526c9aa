"""What of a restored instance is set up otherwise, and what is left out of the comparison."""

from typing import Any

import pytest

from domain.configuration_drift import drift, drifted
from domain.target_settings import target_settings

NOTED: dict[str, Any] = {
    "kind": "sql#instance",
    "name": "orders-db",
    "region": "us-central1",
    "databaseVersion": "POSTGRES_17",
    "connectionName": "p:us-central1:orders-db",
    "gceZone": "us-central1-a",
    "settings": {
        "kind": "sql#settings",
        "tier": "db-custom-2-7680",
        "edition": "ENTERPRISE",
        "activationPolicy": "ALWAYS",
        "settingsVersion": "7",
        "dataDiskSizeGb": "10",
        "deletionProtectionEnabled": True,
        "retainBackupsOnDelete": True,
        "storageAutoResize": False,
        "pricingPlan": "PER_USE",
        "userLabels": {"team": "shop"},
        "locationPreference": {"kind": "sql#locationPreference", "zone": "us-central1-a"},
        "backupConfiguration": {
            "kind": "sql#backupConfiguration",
            "enabled": True,
            "pointInTimeRecoveryEnabled": True,
            "startTime": "03:00",
            "transactionLogRetentionDays": 3,
            "transactionalLogStorageState": "CLOUD_STORAGE",
        },
        "ipConfiguration": {"ipv4Enabled": True, "requireSsl": False, "sslMode": "ENCRYPTED_ONLY"},
        "databaseFlags": [{"name": "work_mem", "value": "8192"}, {"name": "max_connections", "value": "60"}],
    },
}
LABELS = {"muster-drill": "d1"}


def changed(**settings: Any) -> dict[str, Any]:
    """A restored instance, as a drill makes it, with these settings."""
    made = {**NOTED["settings"], **target_settings(NOTED, LABELS), "settingsVersion": "1"}
    return {
        **NOTED,
        "name": "drill-1",
        "connectionName": "p:us-central1:drill-1",
        "settings": {**made, **settings},
    }


def test_a_target_is_made_with_its_sources_settings_and_leaves_nothing_behind() -> None:
    assert target_settings(NOTED, LABELS) == {
        "tier": "db-custom-2-7680",
        "edition": "ENTERPRISE",
        "storageAutoResize": False,
        "ipConfiguration": {"ipv4Enabled": True, "requireSsl": False, "sslMode": "ENCRYPTED_ONLY"},
        "databaseFlags": [{"name": "work_mem", "value": "8192"}, {"name": "max_connections", "value": "60"}],
        "activationPolicy": "ALWAYS",
        "backupConfiguration": {
            "startTime": "03:00",
            "transactionLogRetentionDays": 3,
            "enabled": False,
            "pointInTimeRecoveryEnabled": False,
        },
        "deletionProtectionEnabled": False,
        "finalBackupConfig": {"enabled": False},
        "retainBackupsOnDelete": False,
        "userLabels": LABELS,
    }


def test_of_a_set_that_noted_nothing_a_target_is_made_all_the_same() -> None:
    assert target_settings({}, LABELS)["userLabels"] == LABELS
    assert drifted({}, changed()) == {"databaseFlags": []}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(changed(), [], id="as a drill makes it"),
        pytest.param(
            changed(
                settingsVersion="9", dataDiskSizeGb="20", userLabels={}, locationPreference={"zone": "b"}
            ),
            [],
            id="what is of one instance",
        ),
        pytest.param(
            changed(databaseFlags=[*reversed(NOTED["settings"]["databaseFlags"])]), [], id="another order"
        ),
        pytest.param(
            changed(
                storageAutoResize=None, ipConfiguration={"ipv4Enabled": True, "sslMode": "ENCRYPTED_ONLY"}
            ),
            [],
            id="off, or not told",
        ),
        pytest.param(
            changed(tier="db-custom-1-3840"),
            ["tier is db-custom-1-3840, and db-custom-2-7680 was noted"],
            id="smaller",
        ),
        pytest.param(
            changed(
                databaseFlags=[{"name": "work_mem", "value": "4096"}, {"name": "max_wal_size", "value": "9"}]
            ),
            [
                "databaseFlags.max_connections is not set, and 60 was noted",
                "databaseFlags.max_wal_size is 9, and it was not set",
                "databaseFlags.work_mem is 4096, and 8192 was noted",
            ],
            id="a flag gone, a flag more, another value",
        ),
        pytest.param(
            changed(
                backupConfiguration={"enabled": False, "startTime": "12:00", "transactionLogRetentionDays": 7}
            ),
            [
                "backupConfiguration.startTime is 12:00, and 03:00 was noted",
                "backupConfiguration.transactionLogRetentionDays is 7, and 3 was noted",
            ],
            id="backup settings as a restore resets them",
        ),
        pytest.param(
            {**changed(), "diskEncryptionConfiguration": {"kmsKeyName": "k"}},
            ["encryption with a key of your own is on, and it was not set"],
            id="encrypted otherwise",
        ),
        pytest.param(
            {**changed(), "databaseVersion": "POSTGRES_16"},
            ["databaseVersion is POSTGRES_16, and POSTGRES_17 was noted"],
            id="another version",
        ),
    ],
)
def test_what_differs_is_said_setting_by_setting(found: dict[str, Any], said: list[str]) -> None:
    assert drift(NOTED, found) == said


def test_what_is_replayed_is_what_differs() -> None:
    found = changed(databaseFlags=[], tier="db-custom-1-3840", maintenanceWindow={"day": 7})
    assert drifted(NOTED, found) == {
        "databaseFlags": NOTED["settings"]["databaseFlags"],
        "tier": "db-custom-2-7680",
    }
    assert drifted(NOTED, changed()) == {}
    assert drift(NOTED, found)[-2] == "maintenanceWindow.day is 7, and it was not set", "told, and left"
