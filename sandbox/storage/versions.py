"""The table of versions: a row for each, of which at most one under a name is live."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.kernel.state import State
from sandbox.storage.object import Object

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


class Versions:
    """Rows as they are: what may be done to which is for others to say. A write is part of its caller's
    transaction."""

    def __init__(self, state: State) -> None:
        self._connection = state.connection
        self._connection.executescript(SCHEMA)

    def live(self, bucket: str, name: str) -> Object | None:
        return next(self._read("live = 1 AND bucket = ? AND name = ?", (bucket, name)), None)

    def find(self, bucket: str, name: str, generation: int) -> Object | None:
        return next(
            self._read("bucket = ? AND name = ? AND generation = ?", (bucket, name, generation)), None
        )

    def live_from(self, bucket: str, name: str, end: str | bytes) -> Iterator[Object]:
        """The live ones with names in [name, end), in the order of names; read as they are asked for."""
        return self._read("live = 1 AND bucket = ? AND name >= ? AND name < ?", (bucket, name, end))

    def all_from(self, bucket: str, name: str, generation: int, end: str | bytes) -> Iterator[Object]:
        """All from that one on, with names before the end, oldest first under each name."""
        where = "bucket = ? AND (name, generation) >= (?, ?) AND name < ?"
        return self._read(where, (bucket, name, generation, end))

    def newer(self, found: Object) -> int:
        """How many newer ones there are of its name."""
        row = self._connection.execute(
            "SELECT count(*) FROM objects WHERE bucket = ? AND name = ? AND generation > ?",
            (found.bucket, found.name, found.generation),
        ).fetchone()
        return int(row[0])

    def is_empty(self, bucket: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)).fetchone()
        return row is None

    def usage(self) -> dict[str, Usage]:
        """What lies in each bucket that is not empty."""
        rows = self._connection.execute(
            "SELECT bucket, sum(live), sum(live * json_extract(body, '$.content.size')), sum(1 - live) "
            "FROM objects GROUP BY bucket"
        )
        return {bucket: Usage(*counts) for bucket, *counts in rows}

    def newest(self) -> int:
        """The highest generation of all."""
        return int(self._connection.execute("SELECT max(generation) FROM objects").fetchone()[0] or 0)

    def files(self) -> set[str]:
        return {file for (file,) in self._connection.execute("SELECT file FROM objects")}

    def put(self, made: Object) -> None:
        """A new one, or one anew."""
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

    def remove(self, found: Object) -> None:
        self._connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?",
            (found.bucket, found.name, found.generation),
        )

    def _read(self, where: str, values: tuple[str | bytes | int, ...]) -> Iterator[Object]:
        rows = self._connection.execute(
            f"SELECT body FROM objects WHERE {where} ORDER BY name, generation",  # noqa: S608 - words of ours
            values,
        )
        return (Object.of(json.loads(body)) for (body,) in rows)
