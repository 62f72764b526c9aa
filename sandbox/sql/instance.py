"""One instance as it is kept, and as the API tells it."""

import hashlib
import json
import re
from collections.abc import Sequence

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.errors import not_emulated
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.sql import errors, settings
from sandbox.sql.binaries import MAJOR
from sandbox.sql.cluster import new_password
from sandbox.sql.recovery_logs import new_log

VERSION = f"POSTGRES_{MAJOR}"
NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
LONGEST = 98  # characters of project and instance together
ZONES = ("a", "b")
ACCOUNTS = "gcp-sa-cloud-sql.iam.gserviceaccount.com"
REGIONS = {"us-central": "us-central1"}  # the name that gcloud sends where no region is asked for
NOT_EMULATED = ("replicaConfiguration", "onPremisesConfiguration", "failoverReplica")


def new(body: Document, platform: Settings) -> Document:
    """The record of an instance that somebody asks for; what it cannot be is refused."""
    name = checked_name(body.get("name", ""), platform)
    for field in NOT_EMULATED:
        if body.get(field):
            raise not_emulated(f"{field} of an instance")
    if body.get("databaseVersion") != VERSION:
        raise not_emulated(f"databaseVersion {body.get('databaseVersion')!r} (only {VERSION})")
    wanted = settings.new(body.get("settings", {}))
    region = body.get("region") or platform.region
    record = pending(name, REGIONS.get(region, region), wanted)
    return record | {"root_password": body.get("rootPassword")}  # until the role is made


def like(source: Document, name: str, platform: Settings, overrides: Document) -> Document:
    """The record of an instance that is to be as that one is or was, but for what is overridden."""
    kept = {key: value for key, value in source["settings"].items() if key != "settingsVersion"}
    wanted = settings.checked(settings.merged(kept, overrides.get("settings", {})))
    return pending(checked_name(name, platform), overrides.get("region") or source["region"], wanted)


def checked_name(name: str, platform: Settings) -> str:
    if not NAME.fullmatch(name) or len(f"{platform.project}:{name}") > LONGEST:
        raise errors.invalid(f"instance name ({name}).")
    return name


def pending(name: str, region: str, wanted: Document) -> Document:
    """The record of an instance that is yet to be made."""
    return {
        "name": name,
        "state": "PENDING_CREATE",
        "created": stamp_ms(),
        "region": region,
        "settings": wanted | {"settingsVersion": "1"},
        "address": "",
        "password": new_password(),
        "log": new_log() if settings.logged(wanted) else "",
    }


def stopped(record: Document) -> bool:
    """Somebody switched it off. Its state is RUNNABLE all the same."""
    return bool(record["settings"]["activationPolicy"] == "NEVER")


def resource(
    record: Document, platform: Settings, link: str, installed: str, replicas: Sequence[str]
) -> Document:
    """As the API tells it. It never tells a password."""
    project, name, region = platform.project, record["name"], record["region"]
    kept = record["settings"]
    zone = kept.get("locationPreference", {}).get("zone") or f"{region}-{ZONES[0]}"
    resource: Document = {
        "kind": "sql#instance",
        "name": name,
        "project": project,
        "region": region,
        "gceZone": zone,
        "state": record["state"],
        "createTime": record["created"],
        "backendType": "SECOND_GEN",
        "instanceType": "READ_REPLICA_INSTANCE" if record.get("master") else "CLOUD_SQL_INSTANCE",
        "databaseVersion": VERSION,
        "databaseInstalledVersion": f"POSTGRES_{installed.replace('.', '_')}",
        "connectionName": f"{project}:{region}:{name}",
        "selfLink": f"{link}/instances/{name}",
        "serviceAccountEmailAddress": f"p{platform.number}-{_letters(name)}@{ACCOUNTS}",
        "sqlNetworkArchitecture": "NEW_NETWORK_ARCHITECTURE",
        "settings": {
            "locationPreference": {"kind": "sql#locationPreference", "zone": zone},
            **kept,
        },
        "etag": hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest(),
    }
    if record.get("master"):
        resource["masterInstanceName"] = f"{project}:{record['master']}"
    if replicas:
        resource["replicaNames"] = list(replicas)
    if record.get("dr_replica"):
        resource["replicationCluster"] = {"failoverDrReplicaName": f"{project}:{record['dr_replica']}"}
    if kept["availabilityType"] == "REGIONAL":
        resource["secondaryGceZone"] = f"{region}-{ZONES[zone.endswith(ZONES[0])]}"
    if record["address"] and record["state"] != "PENDING_CREATE":
        resource["ipAddresses"] = _addresses(kept["ipConfiguration"], record["address"])
    return resource


def _addresses(asked: Document, address: str) -> list[Document]:
    """The one real address, under each of the names by which it was asked for."""
    kinds = ["PRIMARY", "OUTGOING"] if asked["ipv4Enabled"] else []
    kinds += ["PRIVATE"] if asked.get("privateNetwork") else []
    return [{"type": kind, "ipAddress": address} for kind in kinds]


def _letters(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]
