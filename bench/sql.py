"""Cloud SQL by its bare REST, as anybody would call it: begin an operation, see it through."""

import time
from typing import Any

import httpx

from bench.cloud import Cloud
from examples.demo.processes import NotReady

LOOK = 0.01  # seconds between two looks at what is under way
LONGEST = 600.0
BUSY = 409


class Sql:
    """The instances of the sandbox's project."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._project = f"/v1/projects/{cloud.endpoints['project']}"

    def operate(self, method: str, path: str, body: Any = None) -> float:
        """Seconds from the call to the operation's end. What is busy is asked again until it is not."""
        end = time.monotonic() + LONGEST
        while True:
            began = time.monotonic()
            try:
                operation = self._cloud.ask(method, f"{self._project}/{path}", body)
                break
            except httpx.HTTPStatusError as refused:
                if refused.response.status_code != BUSY or time.monotonic() > end:
                    raise
            time.sleep(0.1)
        while operation["status"] != "DONE":
            if time.monotonic() > end:
                raise NotReady(f"{operation['operationType']}: not within {LONGEST:g} s")
            time.sleep(LOOK)
            operation = self._cloud.ask("GET", f"{self._project}/operations/{operation['name']}")
        if "error" in operation:
            raise NotReady(f"{operation['operationType']}: {operation['error']}")
        return time.monotonic() - began

    def restore_as_new(self, name: str, backup: str) -> float:
        """Seconds of a restore into an instance that is not there yet."""
        off = {"backupConfiguration": {"enabled": False, "pointInTimeRecoveryEnabled": False}}
        settings = {**off, "retainBackupsOnDelete": False, "deletionProtectionEnabled": False}
        wanted = {"name": name, "region": self._cloud.endpoints["region"], "settings": settings}
        asked = {"backup": backup, "restoreInstanceSettings": wanted}
        return self.operate("POST", f"instances/{name}/restoreBackup", asked)

    def replicate(self, name: str, of: str) -> None:
        """A replica, which streams when this returns."""
        self.operate(
            "POST",
            "instances",
            {
                "name": name,
                "region": self._cloud.endpoints["region"],
                "databaseVersion": "POSTGRES_17",
                "masterInstanceName": of,
                "settings": {"tier": "db-custom-1-3840"},
            },
        )

    def host(self, name: str) -> str:
        """Where an instance is reached."""
        found = self._cloud.ask("GET", f"{self._project}/instances/{name}")
        return next(str(each["ipAddress"]) for each in found["ipAddresses"] if each["type"] == "PRIMARY")

    def delete(self, name: str) -> float:
        """Seconds of its deletion."""
        return self.operate("DELETE", f"instances/{name}")
