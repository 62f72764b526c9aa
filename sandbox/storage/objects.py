"""The objects of all buckets: which versions there are, which is live. Every change is one transaction."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.state import Document, State
from sandbox.storage.buckets import Buckets
from sandbox.storage.errors import no_object
from sandbox.storage.files import Files
from sandbox.storage.object import Content, Destination, Object

BEYOND = b"\xff"  # a bound above every name: in SQLite a blob is greater than any text

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, name TEXT, generation INTEGER, live INTEGER, file TEXT, body TEXT,
    PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live_objects ON objects (bucket, name) WHERE live = 1;
"""


@dataclass(frozen=True)
class Usage:
    """What lies in a bucket: live objects and their bytes, and versions that are no longer live."""

    objects: int = 0
    bytes: int = 0
    noncurrent: int = 0


class Objects:
    """A table with a row for each version. Nothing here awaits: a condition and its write are one step."""

    def __init__(self, state: State, files: Files, buckets: Buckets) -> None:
        self._state = state
        self._buckets = buckets
        self._connection = state.connection
        self._files = files
        self._connection.executescript(SCHEMA)
        self._newest: int = self._connection.execute("SELECT max(generation) FROM objects").fetchone()[0] or 0

    def live(self, bucket: str, name: str) -> Object | None:
        row = self._connection.execute(
            "SELECT body FROM objects WHERE live = 1 AND bucket = ? AND name = ?", (bucket, name)
        ).fetchone()
        return Object.of(json.loads(row[0])) if row else None

    def find(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """That generation, by default the live one; 404 when there is none."""
        if generation is None:
            found = self.live(bucket, name)
        else:
            row = self._connection.execute(
                "SELECT body FROM objects WHERE bucket = ? AND name = ? AND generation = ?",
                (bucket, name, generation),
            ).fetchone()
            found = Object.of(json.loads(row[0])) if row else None
        if found is None:
            raise no_object(bucket, name)
        return found

    def insert(
        self, to: Destination, content: Content, also: Callable[[Object], None] | None = None
    ) -> Object:
        """Make it the live version if the conditions hold, together with what is `also` to be kept.

        Its bytes must be on disk by now.
        """
        home = self._buckets.find(to.bucket)
        fields = {"storageClass": home.storage_class, **to.fields}
        with self._state.transaction():
            old = self.live(to.bucket, to.name)
            to.conditions.check(old)
            generation = max(time.time_ns() // 1000, self._newest + 1)
            at = stamp_ms(datetime.fromtimestamp(generation / 1e6, UTC))  # a microsecond, made unique
            made = Object(to.bucket, to.name, generation, 1, at, at, content, fields)
            if old:
                self._retire(old) if home.versioned else self._erase(old)
            self._put(made)
            if also:
                also(made)
        self._newest = generation
        if old and not home.versioned:
            self._files.discard(old.content.file)
        return made

    def change(self, found: Object, fields: Document) -> Object:
        """Give a version other fields; its bytes and its generation stay."""
        changed = replace(found, fields=fields, metageneration=found.metageneration + 1, updated=stamp_ms())
        self._put(changed)
        return changed

    def delete(self, found: Object) -> None:
        """Remove it; in a versioned bucket it becomes a noncurrent version."""
        if self._buckets.find(found.bucket).versioned:
            self._retire(found)
        else:
            self.erase(found)

    def erase(self, found: Object) -> None:
        """Remove this very version for good."""
        self._erase(found)
        self._files.discard(found.content.file)

    def is_empty(self, bucket: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)).fetchone()
        return row is None

    def live_from(self, bucket: str, name: str, end: str | bytes) -> Iterator[Object]:
        """The live versions with names in [name, end), in the order of names; read as they are asked for."""
        return self._read("live = 1 AND bucket = ? AND name >= ? AND name < ?", (bucket, name, end))

    def all_from(self, bucket: str, name: str, generation: int, end: str | bytes) -> Iterator[Object]:
        """All versions from that one on, with names before the end, oldest first under each name."""
        where = "bucket = ? AND (name, generation) >= (?, ?) AND name < ?"
        return self._read(where, (bucket, name, generation, end))

    def usage(self) -> dict[str, Usage]:
        """What lies in each bucket that is not empty."""
        rows = self._connection.execute(
            "SELECT bucket, sum(live), sum(live * json_extract(body, '$.content.size')), sum(1 - live) "
            "FROM objects GROUP BY bucket"
        )
        return {bucket: Usage(*counts) for bucket, *counts in rows}

    def files(self) -> set[str]:
        return {file for (file,) in self._connection.execute("SELECT file FROM objects")}

    def _read(self, where: str, values: tuple[str | bytes | int, ...]) -> Iterator[Object]:
        rows = self._connection.execute(
            f"SELECT body FROM objects WHERE {where} ORDER BY name, generation",  # noqa: S608 - words of ours
            values,
        )
        return (Object.of(json.loads(body)) for (body,) in rows)

    def _retire(self, found: Object) -> None:
        self._put(replace(found, deleted=stamp_ms()))

    def _erase(self, found: Object) -> None:
        self._connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?",
            (found.bucket, found.name, found.generation),
        )

    def _put(self, made: Object) -> None:
        self._connection.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET live = excluded.live, body = excluded.body",
            (
                made.bucket,
                made.name,
                made.generation,
                int(made.deleted is None),
                made.content.file,
                json.dumps(made.document()),
            ),
        )
