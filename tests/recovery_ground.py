"""A service with a database of its own, made to be lost: an instance, its replica, logins, secrets."""

import base64
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psycopg

from clients.cloud_run import read_service
from clients.environment import Environment
from tests.conftest import Endpoints
from tests.flows.runs import Command, Ended
from tests.processes import wait_until
from tests.sandbox.sql_client import Client

BOUND = Path(__file__).parent / "flows" / "bound"
LOGGED: Mapping[str, Any] = MappingProxyType({"enabled": True, "pointInTimeRecoveryEnabled": True})
APPLICATION, READER = "shop", "muster"
PLACE = "postgresql://{user}:{password}@{host}/{database}"
CHECKS: list[dict[str, Any]] = [
    {"name": "write", "method": "POST", "path": "/notes", "body": {"word": "{unique}"}, "status": 201},
    {"name": "read", "path": "/notes/{unique}"},
]


@dataclass
class Ground:
    """One instance with a database `app`, and what a service and Muster need to reach it."""

    cloud: Endpoints
    name: str
    sql: Client
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def replica(self) -> str:
        return f"{self.name}-replica"

    @property
    def over(self) -> dict[str, Any]:
        """What an environment's file says of it."""
        return {
            "database": {
                "instance": self.name,
                "name": "app",
                "credentials": f"{self.name}-muster",
                "binding": {"variable": "DATABASE_URL", "user": APPLICATION, "address": PLACE},
            },
            "service": {
                "smoke": CHECKS,
                "template": {"secrets": {"DATABASE_URL": f"{self.name}-url"}},
            },
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Of the instance, as it is made."""
        return {"backupConfiguration": dict(LOGGED)}

    def lay(self) -> "Ground":
        """Make the instance, its database, its users and its secrets."""
        host = self.sql.create(self.name, **self.settings)
        self.do("databases", "insert", body={"name": "app"})
        for user in (APPLICATION, READER):
            self.passwords[user] = secrets.token_hex(8)
            self.do("users", "insert", body={"name": user, "password": self.passwords[user]})
        self.secret(f"{self.name}-url", self.address(APPLICATION, host))
        self.secret(f"{self.name}-muster", self.address(READER, host))
        with psycopg.connect(self.address(APPLICATION, host)) as connection:
            connection.execute("CREATE TABLE notes (word text)")
            connection.execute("INSERT INTO notes VALUES ('first')")
        return self

    def follow(self, name: str = "", of: str = "") -> str:
        """A replica that runs; its address."""
        name, of = name or self.replica, of or self.name
        body = {
            "name": name,
            "masterInstanceName": of,
            "region": "us-east1",
            "databaseVersion": "POSTGRES_17",
            "settings": {"tier": "db-custom-1-3840"},
        }
        self.do("instances", "insert", body=body)
        return self.sql.address(name)

    def do(self, resource: str, method: str, **arguments: Any) -> None:
        """Call when the instance is free, and wait until it is done well."""
        if resource != "instances":
            arguments = {"instance": self.name, **arguments}
        operation = wait_until(lambda: self._begun(resource, method, arguments), seconds=60, what=method)
        assert operation
        ended = self.sql.ended(operation)
        assert "error" not in ended, ended

    def _begun(self, resource: str, method: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return self.sql.call(resource, method, **arguments)
        except Exception as refused:
            if "already in progress" not in str(refused):
                raise
            return None

    def address(self, user: str, host: str) -> str:
        return f"postgresql://{user}:{self.passwords[user]}@{host}/app"

    def secret(self, name: str, value: str) -> None:
        parent = f"projects/{self.cloud.project}"
        with httpx.Client(base_url=self.cloud.google) as http:
            made = http.post(f"/v1/{parent}/secrets?secretId={name}", json={"replication": {"automatic": {}}})
            made.raise_for_status()
        add(self.cloud, f"{parent}/secrets/{name}", value)

    def source(self, folder: Path, name: str = "first", **behaviour: Any) -> Path:
        """A release of the service that is bound to it."""
        target = folder / f"{self.name}-{name}"
        if not target.exists():
            shutil.copytree(BOUND, target)
            (target / "release.json").write_text(json.dumps({"name": name, **behaviour}))
        return target

    def lose(self, what: str = "disk", name: str = "") -> None:
        """Its server, or its disk, for real."""
        fault = {"instance": name or self.name, "loss": what}
        httpx.post(f"{self.cloud.google}/faults", json=fault).raise_for_status()

    def count(self, host: str, user: str = APPLICATION) -> int:
        """The notes that a server has, by a login of before."""
        with psycopg.connect(self.address(user, host), connect_timeout=3) as connection:
            row = connection.execute("SELECT count(*) FROM notes").fetchone()
        assert row
        return int(row[0])


def add(cloud: Endpoints, secret: str, value: str) -> None:
    """One more version of a secret."""
    payload = {"payload": {"data": base64.b64encode(value.encode()).decode()}}
    httpx.post(f"{cloud.google}/v1/{secret}:addVersion", json=payload).raise_for_status()


def note(env: Environment, word: str) -> int:
    """Write through the service, as a user does; the status."""
    return httpx.post(f"{uri(env)}/notes", json={"word": word}, timeout=10).status_code


def noted(env: Environment, word: str) -> int:
    """Read through the service; the status."""
    return httpx.get(f"{uri(env)}/notes/{word}", timeout=10).status_code


def uri(env: Environment) -> str:
    service = read_service(env)
    assert service
    return service.uri


def patiently(*arguments: str) -> Ended:
    """A `muster` command to its end, which may take its time: it waits for instances to stop and to start."""
    return Command(*arguments).end(480)
