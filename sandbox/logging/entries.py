"""Log entries on disk. The router writes them too, from its own process."""

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock

from sandbox.kernel.clock import instant, now, stamp
from sandbox.kernel.state import Document, transaction

PATIENCE = 60.0  # seconds to wait while another process writes


class Entries:
    """The log of a project. An entry can be read once its `receiveTimestamp` has passed."""

    def __init__(self, file: Path, lag: float) -> None:
        self.lag = lag  # seconds from writing an entry to being able to read it
        self._writing = Lock()  # threads share the connection
        self._connection = sqlite3.connect(
            file, isolation_level=None, check_same_thread=False, timeout=PATIENCE
        )
        # A transaction begun on a connection that is reading is refused, without patience, once another
        # process has written since: whoever reads has a connection of its own.
        self._reading = sqlite3.connect(file, isolation_level=None, timeout=PATIENCE)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS entries (timestamp TEXT, visible REAL, log_name TEXT, body TEXT)"
        )
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_time ON entries (timestamp)")

    def write(self, entries: Iterable[Document]) -> None:
        """Add entries; insertId, timestamp and receiveTimestamp are filled in where they are missing."""
        received = now()
        rows = []
        for entry in entries:
            entry.setdefault("insertId", uuid.uuid4().hex[:24])
            entry["timestamp"] = stamp(instant(entry["timestamp"]) if "timestamp" in entry else received)
            entry["receiveTimestamp"] = stamp(received)
            visible = received.timestamp() + self.lag
            rows.append((entry["timestamp"], visible, entry["logName"], json.dumps(entry)))
        with self._writing, transaction(self._connection):
            self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)

    def read(self, since: str, until: str, *, newest_first: bool) -> Iterator[Document]:
        """The readable entries stamped in [since, until], in the order of their timestamps."""
        order = "DESC" if newest_first else "ASC"
        rows = self._reading.execute(
            f"SELECT body FROM entries WHERE timestamp >= ? AND timestamp <= ? AND visible <= ? "  # noqa: S608 - one of two words of ours
            f"ORDER BY timestamp {order}, rowid {order}",
            (since, until, now().timestamp()),
        )
        for (body,) in rows:
            yield json.loads(body)

    def close(self) -> None:
        self._reading.close()
        self._connection.close()


def text_entry(
    log: str,
    resource: Document,
    text: str,
    *,
    project: str,
    labels: dict[str, str] | None = None,
    severity: str | None = None,
    at: datetime | None = None,
) -> Document:
    """A line of a program's output, or a remark of the platform on it. stdout carries no severity."""
    entry: Document = {
        "logName": f"projects/{project}/logs/{log}",
        "resource": resource,
        "textPayload": text,
        "timestamp": stamp(at),
    }
    if labels:
        entry["labels"] = labels
    if severity:
        entry["severity"] = severity
    return entry
