"""Damaged backups: what is restored of one is not what was backed up, as on a medium that has rotted."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

from sandbox.kernel.errors import ApiError, RpcError
from sandbox.kernel.fault import made
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, damage
from sandbox.sql.backups import Backups, usable
from sandbox.sql.cluster import Cluster
from sandbox.sql.damage import Damage

logger = logging.getLogger("sandbox")

IN_THE_DATA = ("bit flip", "truncation", "empty but valid")  # what only who looks into it can find
IN_ITS_PLACE = ("stale", "another database's backup")
MISSING_LOG, WRONG_KEY = "missing WAL", "wrong key"
DAMAGES = (*IN_THE_DATA, *IN_ITS_PLACE, MISSING_LOG, WRONG_KEY)


class Damages:
    """`POST /faults {"backup": "projects/P/backups/ID", "damage": KIND}`.

    The backup's own files stay as they are: what a restore makes of them is damaged, while the fault stands.
    """

    def __init__(self, kernel: Kernel, backups: Backups) -> None:
        self._backups = backups
        self._planted: dict[str, Damage] = {}  # by the backup's uid
        kernel.faults.things["backup"] = self

    def read(self, found: Document) -> Document:
        """The backup that is read where this one is asked for."""
        planted = self._planted.get(found["uid"])
        return self._backups.find(planted.instead) if planted and planted.instead else found

    def check(self, found: Document) -> None:
        """BackupDamaged where it cannot be read: a provider that has lost the key sees it at once."""
        if self._is(found["uid"], WRONG_KEY):
            raise backup.BackupDamaged(f"backup {found['uid']}: noise, as its key is another one")

    def unpacked(self, found: Document, data: Path) -> None:
        """Take away from the data directory what is not there of the backup's own log."""
        if self._is(found["uid"], MISSING_LOG):
            first = min((data / "pg_wal").glob("[0-9A-F]" * 24))
            first.unlink()

    def gap(self, source: str, log: Path, at: datetime) -> str:
        """The file of archived log that a recovery of that instance to then needs and cannot have."""
        if not any(self._is(found["uid"], MISSING_LOG) for found in self._backups.list(source)):
            return ""
        archived = sorted(log.glob("[0-9A-F]" * 24), key=lambda path: path.name[8:])
        after = [path.name for path in archived if path.stat().st_mtime >= at.timestamp()]
        return (after or [archived[-1].name])[0]

    async def recovered(
        self, found: Document, cluster: Cluster, launch: Callable[[], Awaitable[None]]
    ) -> None:
        """Damage the data in the cluster that was made of this backup: after it has recovered, as its log
        would heal a page that was written while the backup was taken."""
        planted = self._planted.get(found["uid"])
        if planted and planted.damage in IN_THE_DATA:
            await damage.harm(planted, cluster, launch)
            logger.info(f"{cluster.name}: its data are damaged: {planted.damage}")

    def broken(self) -> Mapping[str, Document]:
        return {uid: vars(planted) for uid, planted in sorted(self._planted.items())}

    async def harm(self, name: str, how: Document) -> Document:
        planted = made(Damage, how)
        if planted.damage not in DAMAGES:
            raise RpcError("INVALID_ARGUMENT", f"damage: one of {', '.join(DAMAGES)}, not {planted.damage!r}")
        found = self._find(name)
        if (planted.database or planted.table) and planted.damage not in IN_THE_DATA:
            raise RpcError("INVALID_ARGUMENT", f"database, table: not where the damage is {planted.damage}")
        if planted.damage in IN_ITS_PLACE:
            instead = self._find(planted.instead) if planted.instead else self._other(found, planted.damage)
            planted = Damage(planted.damage, instead=instead["uid"])
        elif planted.instead:
            raise RpcError("INVALID_ARGUMENT", f"instead: only where it is {' or '.join(IN_ITS_PLACE)}")
        self._planted[found["uid"]] = planted
        logger.info(f"backup {found['uid']}: whoever restores it finds it damaged: {planted.damage}")
        return dict(vars(planted))

    async def mend(self, name: str) -> None:
        self._planted.pop(_uid(name), None)

    def _is(self, uid: str, kind: str) -> bool:
        return uid in self._planted and self._planted[uid].damage == kind

    def _find(self, name: str) -> Document:
        try:
            return self._backups.find(_uid(name))
        except ApiError as error:
            raise RpcError("NOT_FOUND", f"There is no backup {name!r}.") from error

    def _other(self, found: Document, kind: str) -> Document:
        """The newest backup before this one, of the same instance or of another."""
        for other in self._backups.list():
            same = other["instance"] == found["instance"]
            older = int(other["body"]["id"]) < int(found["body"]["id"])
            if usable(other) and (same and older if kind == "stale" else not same):
                return other
        raise RpcError("FAILED_PRECONDITION", f"There is no backup to lie in its place ({kind}).")


def _uid(name: str) -> str:
    """Of a backup, by that or by its full name."""
    return name.rpartition("/")[2]
