"""Cloud SQL through Google's own client, and what is behind it through psycopg."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from google.auth.credentials import AnonymousCredentials
from googleapiclient import discovery
from googleapiclient.errors import HttpError

from tests.conftest import ROOT
from tests.processes import wait_until

Document = dict[str, Any]
PROJECT = "sandbox-project"
ROOT_PASSWORD = "open sesame"
NEW: Document = {
    "databaseVersion": "POSTGRES_17",
    "rootPassword": ROOT_PASSWORD,
    "settings": {"tier": "db-custom-1-3840"},
}


@dataclass
class Client:
    """The real client, with the waiting that every caller has to do."""

    url: str

    def __post_init__(self) -> None:
        self.api = discovery.build(
            "sqladmin",
            "v1",
            static_discovery=True,
            cache_discovery=False,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # google-auth's own
            client_options={"api_endpoint": self.url},
        )

    def close(self) -> None:
        self.api.close()

    def call(self, resource: str, method: str, **arguments: Any) -> Document:
        found: Document = getattr(getattr(self.api, resource)(), method)(
            project=PROJECT, **arguments
        ).execute()
        return found

    def ended(self, operation: Document) -> Document:
        """The operation once it is over, however it went."""

        def looked_at() -> Document | None:
            found = self.call("operations", "get", operation=operation["name"])
            return found if found["status"] == "DONE" else None

        return wait_until(looked_at, seconds=120, what=operation["operationType"]) or {}

    def do(self, resource: str, method: str, **arguments: Any) -> Document:
        """Call, and wait until it is done well."""
        operation = self.ended(self.call(resource, method, **arguments))
        assert "error" not in operation
        return operation

    def begin(self, name: str, **settings: Any) -> Document:
        """A new instance, on its way: the operation."""
        body: Document = {**NEW, "name": name, "settings": {**NEW["settings"], **settings}}
        return self.call("instances", "insert", body=body)

    def create(self, name: str, **settings: Any) -> str:
        """A new instance that runs; its address."""
        assert "error" not in self.ended(self.begin(name, **settings))
        return self.address(name)

    def delete(self, name: str) -> None:
        """Delete an instance, as soon as what Cloud SQL does to it by itself lets it be."""

        def begun() -> Document | None:
            try:
                return self.call("instances", "delete", instance=name)
            except HttpError as refused:
                if "another operation was already in progress" not in str(refused):
                    raise
                return None

        operation = wait_until(begun, seconds=60, what=f"{name} is free")
        assert operation
        assert "error" not in self.ended(operation)

    def get(self, name: str) -> Document:
        return self.call("instances", "get", instance=name)

    def patch(self, name: str, **settings: Any) -> Document:
        return self.do("instances", "patch", instance=name, body={"settings": settings})

    def address(self, name: str) -> str:
        address: str = self.get(name)["ipAddresses"][0]["ipAddress"]
        return address


def connected(
    address: str, user: str = "postgres", password: str = ROOT_PASSWORD, database: str = "postgres"
) -> psycopg.Connection[Any]:
    """A connection as a user of the instance."""
    return psycopg.connect(
        host=address, port=5432, user=user, password=password, dbname=database, connect_timeout=10
    )


def one(connection: psycopg.Connection[Any], query: str) -> Any:
    """The one value that a query answers."""
    row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


@contextmanager
def only_sql(home: Path, **settings: Any) -> Iterator[tuple[subprocess.Popen[bytes], Client]]:
    """A sandbox of one's own in which only Cloud SQL runs, killed in the end; a second starts it."""
    wanted = {"backup_quota": 1000, "lock_linger": 0.0, **settings}
    home.mkdir(parents=True, exist_ok=True)
    file = home / "endpoints.json"
    file.unlink(missing_ok=True)
    with (home / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.sandbox.only_sql", str(home), json.dumps(wanted)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: _written(file) or process.poll() is not None, seconds=120, what=f"{home}: the sandbox"
        )
        assert process.poll() is None, (home / "output.txt").read_text()
        with closing(Client(json.loads(file.read_text())["google"])) as client:
            yield process, client
    finally:
        process.kill()
        process.wait(10)
        wait_until(lambda: not running_in(home), what="the children of a killed sandbox are gone")


def _written(file: Path) -> bool:
    """Whether it is there to its end."""
    return file.exists() and file.read_text().endswith("}\n")


def running_in(home: Path) -> list[int]:
    """The processes that work in this folder, or name it on their command line: but for the sandbox's own."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            cwd = str((folder / "cwd").readlink())
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if cwd.startswith(str(home)) or str(home).encode() in line:
            found.append(int(folder.name))
    return found
