"""All backups: on demand, by schedule, final. Each is of an instance, and may outlive it."""

import asyncio
import shutil
import uuid
from pathlib import Path
from typing import Any

from sandbox.kernel.clock import now, stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.instance import VERSION
from sandbox.sql.locations import NAME, Locations, usual

ERROR = {"kind": "sql#operationError", "code": "UNKNOWN"}
RUNS = {"ON_DEMAND", "AUTOMATED"}  # what is a backup run as well; a final backup is none


class Backups:
    """Backups on disk.

    Of each its `body` is kept as a backup run tells it, and what only the sandbox knows: `files` (names,
    sizes, SHA-256), the `password` of the platform's superuser in it, the recovery `log` it was taken beside,
    the `source` (the instance as it was), when it expires, when its instance was deleted.
    """

    def __init__(self, kernel: Kernel, locations: Locations) -> None:
        self._kept = kernel.state.collection("sql_backup_run")
        self._locations = locations

    def new(self, record: Document, kind: str, asked: Document, **more: Any) -> Document:
        """A backup of that instance that is yet to be taken; not kept yet.

        `asked` may name a description, a location and an expiryTime.
        """
        at = stamp_ms()
        return {
            "instance": record["name"],
            "uid": str(uuid.uuid4()),
            "password": record["password"],
            "log": record.get("log", ""),
            "source": {name: record[name] for name in ("name", "region", "settings")},
            "expires": asked.get("expiryTime", ""),
            "instance_deleted": "",
            "body": {
                "id": self._next_id(),
                "status": "ENQUEUED",
                "type": kind,
                "backupKind": "SNAPSHOT",
                "databaseVersion": VERSION,
                "enqueuedTime": at,
                "windowStartTime": at,
                "location": _location(asked, record),
                **({"description": asked["description"]} if asked.get("description") else {}),
                **more,
            },
        }

    def keep(self, backup: Document, **changed: Any) -> None:
        """Write it down, with its body changed so."""
        backup["body"] |= changed
        self._kept.put(_key(backup), backup)

    def run(self, instance: str, number: str) -> Document:
        """A backup run of an instance that is there. ReasonError (404) when there is none."""
        backup = self._kept.get(f"{instance}/{number}")
        if not backup or backup["instance_deleted"] or backup["body"]["type"] not in RUNS:
            raise errors.no_backup_run()
        return backup

    def runs(self, instance: str | None) -> list[Document]:
        """The runs of an instance that is there, or of all such, newest first."""
        return [
            one for one in self.list(instance) if not one["instance_deleted"] and one["body"]["type"] in RUNS
        ]

    def find(self, uid: str) -> Document:
        """The backup of that identity. ReasonError (404) when there is none."""
        for backup in self._kept.list():
            if backup["uid"] == uid:
                return backup
        raise errors.no_backup()

    def list(self, instance: str | None = None) -> list[Document]:
        """All of them, or all that were taken of instances of that name; newest first."""
        found = self._kept.list(f"{instance}/" if instance else "")
        return sorted(found, key=lambda one: int(one["body"]["id"]), reverse=True)

    def folder(self, backup: Document) -> Path:
        """Where its files lie: apart from the instances, so that losing one of those loses no backup.

        LocationDown while its location is.
        """
        body = backup["body"]
        return self._locations.folder(body["location"], "backups", backup["instance"], body["id"])

    async def erase(self, backup: Document) -> None:
        """Remove it with its files. LocationDown while its location is."""
        await asyncio.to_thread(shutil.rmtree, self.folder(backup), ignore_errors=True)
        self._kept.delete(_key(backup))

    def _next_id(self) -> str:
        """The milliseconds of now, as in the real API, and later than any other's."""
        last = max((int(one["body"]["id"]) for one in self._kept.list()), default=0)
        return str(max(int(now().timestamp() * 1000), last + 1))


def usable(backup: Document) -> bool:
    """Whether it can be restored."""
    return bool(backup["body"]["status"] == "SUCCESSFUL")


def _location(asked: Document, record: Document) -> str:
    """Where it is to lie: as asked for now, or by the instance's configuration, or near the instance."""
    configured = record["settings"].get("backupConfiguration", {}).get("location")
    location = str(asked.get("location") or configured or usual(record["region"]))
    if not NAME.fullmatch(location):
        raise errors.invalid(f"location {location} is not valid.")  # text unverified
    return location


def _key(backup: Document) -> str:
    return f"{backup['instance']}/{backup['body']['id']}"
