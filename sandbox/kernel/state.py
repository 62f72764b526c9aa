"""What the sandbox remembers: JSON documents in one SQLite file, kept across restarts and `kill -9`."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is written inside, or nothing. It is the connection's: who shares one takes turns."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class Collection:
    """Documents of one kind, by name. A document read is a copy: `put` it to change what is kept."""

    def __init__(self, state: "State", kind: str) -> None:
        self._state = state
        self._kind = kind

    def get(self, name: str) -> Document | None:
        row = self._state.connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND name = ?", (self._kind, name)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, name: str, document: Document) -> None:
        self._state.connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            (self._kind, name, json.dumps(document)),
        )

    def delete(self, name: str) -> None:
        self._state.connection.execute(
            "DELETE FROM documents WHERE kind = ? AND name = ?", (self._kind, name)
        )

    def list(self, prefix: str = "") -> list[Document]:
        """Every document whose name starts with the prefix, in the order of names."""
        rows = self._state.connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND name >= ? AND name < ? ORDER BY name",
            (self._kind, prefix, prefix + "\U0010ffff"),
        )
        return [json.loads(body) for (body,) in rows]


class State:
    """The file itself. Every statement commits by itself unless inside `transaction()`."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS documents "
            "(kind TEXT, name TEXT, body TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID"
        )

    def collection(self, kind: str) -> Collection:
        return Collection(self, kind)

    @property
    def changes(self) -> int:
        """How often anything in the file has changed since it was opened."""
        return self.connection.total_changes

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing. Do not await inside: other work would join it."""
        with transaction(self.connection):
            yield

    def close(self) -> None:
        self.connection.close()
