"""The objects that were deleted not long ago: to be listed and restored until they are deleted for good."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sandbox.kernel.clock import Clock, stamp_ms
from sandbox.kernel.state import State
from sandbox.storage.bucket import Bucket
from sandbox.storage.object import Object

SCHEMA = """
CREATE TABLE IF NOT EXISTS soft_deleted_objects (
    home TEXT, name TEXT, generation INTEGER, due TEXT, file TEXT, body TEXT,
    PRIMARY KEY (home, name, generation)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_objects ON soft_deleted_objects (due);
"""


class SoftDeleted:
    """Kept under their bucket's name and generation: a new bucket of the name does not have them."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._connection = state.connection
        self._clock = clock
        self._connection.executescript(SCHEMA)

    def put(self, bucket: Bucket, found: Object) -> None:
        """Part of the caller's transaction."""
        at = self._clock.now()
        kept = replace(found, soft_deleted=stamp_ms(at), due=stamp_ms(at + bucket.soft_delete))
        self._connection.execute(
            "INSERT OR REPLACE INTO soft_deleted_objects VALUES (?, ?, ?, ?, ?, ?)",
            (bucket.id, kept.name, kept.generation, kept.due, kept.content.file, json.dumps(kept.document())),
        )

    def find(self, bucket: Bucket, name: str, generation: int) -> Object | None:
        row = self._connection.execute(
            "SELECT body FROM soft_deleted_objects "
            "WHERE home = ? AND name = ? AND generation = ? AND due > ?",
            (bucket.id, name, generation, self._clock.stamp_ms()),
        ).fetchone()
        return Object.of(json.loads(row[0])) if row else None

    def rows_from(self, bucket: Bucket, name: str, generation: int, end: str | bytes) -> Iterator[Object]:
        """Those from that one on, with names before the end, oldest first under each name."""
        rows = self._connection.execute(
            "SELECT body FROM soft_deleted_objects WHERE home = ? AND (name, generation) >= (?, ?) "
            "AND name < ? AND due > ? ORDER BY name, generation",
            (bucket.id, name, generation, end, self._clock.stamp_ms()),
        )
        return (Object.of(json.loads(body)) for (body,) in rows)

    def last_due(self, bucket: Bucket) -> str | None:
        """When the last of a bucket's goes for good."""
        row = self._connection.execute(
            "SELECT max(due) FROM soft_deleted_objects WHERE home = ?", (bucket.id,)
        ).fetchone()
        return row[0] if row else None

    def newest(self) -> int:
        """The highest generation of all."""
        row = self._connection.execute("SELECT max(generation) FROM soft_deleted_objects").fetchone()
        return int(row[0] or 0)

    def files(self) -> set[str]:
        return {file for (file,) in self._connection.execute("SELECT file FROM soft_deleted_objects")}

    def remove_due(self, at: datetime) -> list[str]:
        """Forget what is due by then; its files, which nothing names any more."""
        rows = self._connection.execute(
            "DELETE FROM soft_deleted_objects WHERE due <= ? RETURNING file", (stamp_ms(at),)
        )
        return [file for (file,) in rows.fetchall()]
