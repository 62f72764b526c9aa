"""A PostgreSQL server that is measured: how its tools are run against it, and how it is filled."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROW = 1024  # bytes that a row of text takes in its table: eight to a page
TEXT = """
CREATE TABLE bench_text AS
SELECT id, (SELECT string_agg(md5(id || '.' || part), '') FROM generate_series(1, 30) part) AS text
FROM generate_series(1, %s) id
"""  # hexadecimal digits: what lz4 cannot make smaller


class ToolFailed(Exception):
    """A tool ended with another exit code than 0."""


@dataclass(frozen=True)
class Postgres:
    """A server by its address, the folder of its tools, and the login of a superuser."""

    name: str
    tools: Path
    host: str  # a name, or the folder of its socket
    port: int
    user: str
    database: str
    password: str = ""
    prefix: tuple[str, ...] = field(default=())  # before each tool: who it runs as

    @property
    def login(self) -> tuple[str, ...]:
        return ("-h", self.host, "-p", str(self.port), "-U", self.user)

    def run(
        self,
        tool: str | Path,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        as_itself: bool = True,
    ) -> None:
        """Run a tool of its own, or any other by its path, to its end: as the server's user, or as ours.
        ToolFailed with what it said last."""
        command = [*(self.prefix if as_itself else ()), self.tools / tool, *arguments]
        ended = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, "PGPASSWORD": self.password, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ended.returncode:
            last = " ".join(ended.stdout.splitlines()[-5:])
            raise ToolFailed(f"{self.name}: {tool} ended with {ended.returncode}: {last}")

    def connect(self) -> "psycopg.Connection[tuple[int]]":
        """A connection to its database, each statement on its own."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
            autocommit=True,
        )

    def fill(self, scale: int, text: int) -> None:
        """Fill it: pgbench's own tables at that scale (15 MB each), and so many megabytes of text."""
        self.run("pgbench", *self.login, "-i", "-q", "-s", str(scale), self.database)
        with self.connect() as connection:
            connection.execute(TEXT.replace("%s", str(text * 1_000_000 // ROW)).encode())
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")  # drills count rows
            connection.execute("VACUUM ANALYZE bench_text")
            connection.execute("CHECKPOINT")

    def size(self) -> int:
        """Bytes of all its databases."""
        with self.connect() as connection:
            row = connection.execute("SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchone()
        assert row
        return row[0]

    def checkpoint(self) -> None:
        """Write what is dirty, so that no backup has to."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")
