"""Recovery logs: what PostgreSQL archives of an instance's write-ahead log, and how far it has come."""

import asyncio
import secrets
import shlex
import shutil
from datetime import datetime
from pathlib import Path

import psycopg

from sandbox.kernel.clock import instant, stamp
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql.cluster import SEGMENT, Cluster
from sandbox.sql.locations import LocationDown, Locations

SEGMENTS = 0x100000000 // SEGMENT  # files in each unit of the middle eight digits of their names
PATIENCE = 5.0  # seconds for a server to answer when its log is moved on


class RecoveryLogs:
    """One for each time that point-in-time recovery was switched on, in the region of its instance.

    PostgreSQL's own archiver writes it, a whole file of log at a time. So that the window moves on while
    nobody writes, a transaction is committed at each interval and the file is closed after it. What was
    committed up to the instant before can be recovered once that file lies in the archive, no earlier.
    """

    def __init__(self, kernel: Kernel, locations: Locations) -> None:
        self._kept = kernel.state.collection("sql_log")
        self._locations = locations

    def settings(self, record: Document) -> dict[str, str]:
        """PostgreSQL's settings that archive this instance's log, or none."""
        if not record.get("log"):
            return {}
        folder = _quoted(self._path(record["region"], record["name"], record["log"]))
        # cp leaves holes for zeros: most of a file that was closed early
        command = f"cp --sparse=always %p {folder}/.%f && mv {folder}/.%f {folder}/%f"
        return {"archive_mode": "on", "archive_command": command, "wal_level": "replica"}

    def recovery(self, record: Document, at: datetime, gap: str = "") -> dict[str, str]:
        """PostgreSQL's settings that recover to that instant from this instance's log, in which one file may
        be missing."""
        folder = _quoted(self.folder(record))
        there = f"test %f != {gap} && " if gap else ""
        return {
            "restore_command": f"{there}cp {folder}/%f %p",
            "recovery_target_time": at.isoformat(),
            "recovery_target_action": "promote",
            "hot_standby": "off",  # who can connect finds it recovered
        }

    async def advance(self, record: Document, cluster: Cluster) -> None:
        """Close the file of log that is being written; nothing happens while the server does not answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                self.folder(record).mkdir(parents=True, exist_ok=True)
                at, file = await _closed(cluster)
        except (psycopg.OperationalError, TimeoutError, LocationDown):
            return  # the window stands still, which is what there is to be seen
        kept = self._of(record)
        kept["pending"].append({"file": file, "until": stamp(at)})
        self._kept.put(record["log"], kept)

    def latest(self, record: Document) -> datetime | None:
        """Up to when all that was committed lies in the archive; None while nothing does."""
        kept = self._of(record)
        try:
            folder = self.folder(record)
        except LocationDown:
            folder = None
        arrived = [one for one in kept["pending"] if folder and (folder / one["file"]).exists()]
        if arrived:
            kept["latest"] = arrived[-1]["until"]
            kept["pending"] = kept["pending"][kept["pending"].index(arrived[-1]) + 1 :]
            self._kept.put(record["log"], kept)
        return instant(kept["latest"]) if kept["latest"] else None

    async def prune(self, record: Document, needed_from: Document) -> None:
        """Remove what lies before the place where the earliest recovery begins."""
        first = segment(needed_from["timeline"], needed_from["lsn"])
        try:
            folder = self.folder(record)
        except LocationDown:
            return
        for path in await asyncio.to_thread(lambda: sorted(folder.glob("[0-9A-F]" * 24))):
            if path.name[8:] < first[8:]:  # whichever its timeline
                path.unlink(missing_ok=True)

    async def erase(self, region: str, instance: str, log: str) -> None:
        """Remove a whole log. Of one whose location is down the files stay, and nothing reads them again."""
        self._kept.delete(log)
        try:
            folder = self._locations.folder(region, "logs", instance, log)
        except LocationDown:
            return
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _of(self, record: Document) -> Document:
        return self._kept.get(record["log"]) or {"pending": [], "latest": ""}

    def folder(self, record: Document) -> Path:
        """Where its files lie. LocationDown while its location is."""
        return self._locations.folder(record["region"], "logs", record["name"], record["log"])

    def _path(self, region: str, instance: str, log: str) -> Path:
        return self._locations.path(region, "logs", instance, log)


def new_log() -> str:
    return secrets.token_hex(4)


def segment(timeline: int, lsn: str) -> str:
    """The name of the file of log that holds a position such as 1/2000028."""
    high, low = (int(part, 16) for part in lsn.split("/"))
    return f"{timeline:08X}{high:08X}{low // SEGMENT % SEGMENTS:08X}"


async def _closed(cluster: Cluster) -> tuple[datetime, str]:
    """An instant, and the file of log that holds all that was committed until then."""
    async with await cluster.connect() as connection:
        row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        assert row
        assert isinstance(row[0], datetime)
        await connection.execute("SELECT pg_current_xact_id()")  # a commit after it: where recovery can stop
        closed = await connection.execute("SELECT pg_walfile_name(pg_switch_wal() - 1)")
        name = await closed.fetchone()
        assert name
        return row[0], str(name[0])


def _quoted(folder: Path) -> str:
    """For a shell, within a setting in which a percent sign means something."""
    return shlex.quote(str(folder)).replace("%", "%%")
