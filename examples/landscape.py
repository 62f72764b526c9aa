"""What an operator's Terraform would have made before the first deploy: buckets, a database, secrets, and a
repository for snapshots.

`python -m examples.landscape ENDPOINTS_JSON`. Plain REST, as anybody would call it; what is there already is
left as it is, so it may run as often as one likes.
"""

import base64
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg

VAULT: dict[str, Any] = {
    "versioning": {"enabled": True},
    "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}},
}
BUCKETS: dict[str, dict[str, Any]] = {
    "muster-state": {"softDeletePolicy": {"retentionDurationSeconds": "0"}},  # what changes each second
    "muster-vault": VAULT,
    "muster-vault-2": {**VAULT, "location": "EUROPE-WEST1"},  # the first lies in US, as none is named
}
REPOSITORY = {"type": "fs", "settings": {"location": "vault"}}  # of snapshots; in a real project: gcs
INSTANCE, DATABASE = "ali-db", "ali_api"
REPLICA = "ali-db-replica"
APPLICATION, READER = "ali_api", "muster"  # the service's login, and Muster's own, which may only read
HEARTBEAT, HEARTBEAT_SECRET = (
    "heartbeat",
    "ali-heartbeat-database-url",
)  # it writes the schema muster
BUSY = 120.0  # seconds that an instance's own work may take
RECOVERABLE: dict[str, Any] = {
    "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True},
    "retainBackupsOnDelete": True,
}


class Landscape:
    """One project's foundation, laid through its APIs."""

    def __init__(self, endpoints: dict[str, str]) -> None:
        self._endpoints = endpoints
        self._project = endpoints["project"]
        self._http = httpx.Client(base_url=endpoints["google"], timeout=60)

    def lay(self, *, database: bool = True) -> None:
        """Make everything that is missing. Once an object: its connections end with it."""
        with self._http:
            for bucket, settings in BUCKETS.items():
                self._make(f"/storage/v1/b?project={self._project}", {"name": bucket, **settings})
            self._secret("slack-bot-token", f"xoxb-muster-{secrets.token_hex(12)}")
            if self._endpoints["elasticsearch"]:  # a sandbox may do without
                self._secret("ali-elasticsearch-url", self._endpoints["elasticsearch"])
                self._repository()
            if database:
                self._database()
                self._heartbeat()

    def replicate(self) -> None:
        """A replica of the database, to fail over to; it streams when this returns. As `lay`, once."""
        with self._http:
            root = f"/v1/projects/{self._project}/instances"
            self._operate(
                root,
                {
                    "name": REPLICA,
                    "region": self._endpoints["region"],
                    "databaseVersion": "POSTGRES_17",
                    "masterInstanceName": INSTANCE,
                    "settings": {"tier": "db-custom-1-3840"},
                },
            )

    def _repository(self) -> None:
        """Register it: one in which a snapshot is being taken cannot be again."""
        address = f"{self._endpoints['elasticsearch']}/_snapshot/vault"
        if self._http.get(address).status_code == 404:
            self._http.put(address, json=REPOSITORY).raise_for_status()

    def _database(self) -> None:
        root = f"/v1/projects/{self._project}/instances"
        password = secrets.token_hex(16)
        instance = {
            "name": INSTANCE,
            "region": self._endpoints["region"],
            "databaseVersion": "POSTGRES_17",
            "rootPassword": password,
            "settings": {"tier": "db-custom-1-3840", "edition": "ENTERPRISE", **RECOVERABLE},
        }
        if not self._operate(root, instance):
            self._recoverable(f"{root}/{INSTANCE}")
            return
        self._operate(f"{root}/{INSTANCE}/databases", {"name": DATABASE})
        passwords = {user: secrets.token_hex(16) for user in (APPLICATION, READER)}
        for user, word in passwords.items():
            self._operate(f"{root}/{INSTANCE}/users", {"name": user, "password": word})
        host = self._host(f"{root}/{INSTANCE}")
        login = f"{APPLICATION}:{passwords[APPLICATION]}@{host}/{DATABASE}"
        with psycopg.connect(f"postgresql://{login}") as connection:
            connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
            connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {READER}")
        self._secret("ali-database-url", f"postgresql+psycopg://{login}")
        reader = f"{READER}:{passwords[READER]}@{host}/{DATABASE}"
        self._secret("ali-muster-database-url", f"postgresql://{reader}")

    def _heartbeat(self) -> None:
        """The heartbeat's login, also where an earlier landscape had none: its secret is what comes last."""
        address = f"/v1/projects/{self._project}/instances/{INSTANCE}"
        secret = f"/v1/projects/{self._project}/secrets/{HEARTBEAT_SECRET}/versions/latest:access"
        if self._http.get(secret).status_code == 200:
            return
        body = {"name": HEARTBEAT, "password": secrets.token_hex(16)}
        users = [each["name"] for each in self._http.get(f"{address}/users").json().get("items", [])]
        if HEARTBEAT in users:
            self._operate(f"{address}/users?name={HEARTBEAT}", body, method="PUT")
        else:
            self._operate(f"{address}/users", body)
        login = f"{HEARTBEAT}:{body['password']}@{self._host(address)}/{DATABASE}"
        root = f"/v1/projects/{self._project}/secrets"
        self._make(f"{root}?secretId={HEARTBEAT_SECRET}", {"replication": {"automatic": {}}})
        payload = base64.b64encode(f"postgresql://{login}".encode()).decode()
        self._make(f"{root}/{HEARTBEAT_SECRET}:addVersion", {"payload": {"data": payload}})

    def _host(self, address: str) -> str:
        """Where an instance is reached."""
        addresses = self._http.get(address).json()["ipAddresses"]
        found: str = next(each["ipAddress"] for each in addresses if each["type"] == "PRIMARY")
        return found

    def _recoverable(self, address: str) -> None:
        """What an earlier landscape's instance lacks; one that has it is not touched, as it would restart."""
        settings = self._http.get(address).json()["settings"]
        backups = settings["backupConfiguration"]
        if not backups.get("pointInTimeRecoveryEnabled") or not settings.get("retainBackupsOnDelete"):
            self._operate(address, {"settings": RECOVERABLE}, method="PATCH")

    def _secret(self, name: str, value: str) -> None:
        """A secret whose newest version has this value; one that exists with a made-up value keeps it."""
        root = f"/v1/projects/{self._project}/secrets"
        created = self._make(f"{root}?secretId={name}", {"replication": {"automatic": {}}})
        if not created and name != "ali-elasticsearch-url":
            return
        payload = base64.b64encode(value.encode()).decode()
        current = self._http.get(f"{root}/{name}/versions/latest:access")
        if current.status_code == 200 and current.json()["payload"]["data"] == payload:
            return
        self._make(f"{root}/{name}:addVersion", {"payload": {"data": payload}})

    def _make(self, address: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any] | None:
        """What was made; None when it was there already. A busy instance is tried again: its first backup,
        from which it can be recovered, begins by itself."""
        end = time.monotonic() + BUSY
        while True:
            answer = self._http.request(method, address, json=body)
            if answer.status_code != 409:
                break
            if "already in progress" not in answer.text:
                return None
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    def _operate(self, address: str, body: dict[str, Any], method: str = "POST") -> bool:
        """Begin a Cloud SQL operation and see it through; False when the thing was there already."""
        operation = self._make(address, body, method)
        if operation is None:
            return False
        while operation["status"] != "DONE":
            time.sleep(0.1)
            operation = self._http.get(f"/v1/projects/{self._project}/operations/{operation['name']}").json()
        if "error" in operation:
            raise RuntimeError(f"{address}: {operation['error']}")
        return True


def main() -> None:
    Landscape(json.loads(Path(sys.argv[1]).read_text())).lay()
    print("the sample's landscape is laid: buckets, database, secrets, repository")


if __name__ == "__main__":
    main()
