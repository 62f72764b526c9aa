"""The newer backups: the same ones, by a name of the project's, whether or not their instance is there."""

from typing import Any

from sandbox.kernel.clock import now
from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.backup_filter import parsed
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups
from sandbox.sql.expiry import expiry
from sandbox.sql.instance import VERSION
from sandbox.sql.locations import Locations
from sandbox.sql.operations import Operations

STATES = {"DELETION_PENDING": "DELETING"}  # the others are called as those of a backup run
SHARED = ("type", "backupKind", "databaseVersion", "location", "description", "maxChargeableBytes", "error")


class ProjectBackups:
    """`projects/P/backups`."""

    def __init__(
        self, operations: Operations, backups: Backups, backup_runs: BackupRuns, locations: Locations
    ) -> None:
        self._operations = operations
        self._backups = backups
        self._backup_runs = backup_runs
        self._locations = locations

    def create(self, asked: Document) -> Document:
        """Take a backup on demand that may expire; it is a backup run of its instance, too."""
        if asked.get("kmsKey"):
            raise not_emulated("kmsKey of a backup")
        if not asked.get("instance"):
            raise errors.invalid("the instance of the backup is missing.")  # text unverified
        wanted = {name: asked[name] for name in ("description", "location") if asked.get(name)}
        return self._backup_runs.insert(asked["instance"], wanted | {"expiryTime": expiry(asked, now())})

    def update(self, uid: str, asked: Document, mask: str) -> Document:
        """Change the description or the expiry of a final backup, the only kind that can be changed."""
        backup = self._backups.find(uid)
        if backup["body"]["type"] != "FINAL":
            raise errors.invalid("only final backups can be updated.")  # text unverified
        fields = [field.strip() for field in mask.split(",") if field.strip()] or list(asked)
        with self._operations.at_once("UPDATE_BACKUP", backup["instance"]) as operation:
            if set(fields) & {"ttlDays", "ttl_days", "expiryTime", "expiry_time"}:
                backup["expires"] = expiry(asked, now())
            if "description" in fields:
                backup["body"]["description"] = asked.get("description", "")
            self._backups.keep(backup)
        return operation

    def warnings(self) -> list[Document]:
        """Which locations cannot be reached: what lies there is listed, and cannot be restored."""
        return [
            {"code": "REGION_UNREACHABLE", "message": "The region is unreachable.", "region": location}
            for location in self._locations.broken()
        ]

    def list(self, text: str, project: str, link: str) -> list[Document]:
        """Newest first, as the API tells them; those that the filter admits."""
        admitted = parsed(text)
        told = (resource(backup, project, link) for backup in self._backups.list())
        return [one for one in told if admitted(one)]


def resource(backup: Document, project: str, link: str) -> Document:
    """As the API tells it: without what is not known yet."""
    body, instance = backup["body"], backup["instance"]
    interval = {"startTime": body.get("startTime"), "endTime": body.get("endTime")}
    told: dict[str, Any] = {
        "kind": "sql#backup",
        "name": f"projects/{project}/backups/{backup['uid']}",
        "selfLink": f"{link}/backups/{backup['uid']}",
        "instance": instance,
        "state": STATES.get(body["status"], body["status"]),
        "backupRun": f"projects/{project}/instances/{instance}/backupRuns/{body['id']}",
        "backupInterval": {name: at for name, at in interval.items() if at},
        "expiryTime": backup["expires"],
        "instanceDeletionTime": backup["instance_deleted"],
        "instanceSettings": {"kind": "sql#instance", "databaseVersion": VERSION, **backup["source"]},
        **{name: body[name] for name in SHARED if name in body},
    }
    return {name: value for name, value in told.items() if value}
