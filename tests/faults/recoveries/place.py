"""What is recovered: a service that keeps notes, a database server of its own and its replica, a heart."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from clients.environment import Environment
from tests.environments import environment, write_environment
from tests.faults.drills.heart import beating
from tests.faults.drills.place import CHECKS, SERVICE
from tests.faults.ground import PLANTED, TEMPLATE, TOKEN, Ground
from tests.faults.place import LEASE, Place
from tests.processes import wait_until
from tests.sandbox.run_client import to

LOGGED = {"backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True}}
BEFORE = "before"  # a note that users wrote, and the replica has


@dataclass(frozen=True)
class RecoveredPlace(Place):
    """One primary, and the replica that is to take its place."""

    hosts: tuple[str, str] = ("", "")  # the primary's, the replica's

    @property
    def old(self) -> str:
        return f"{self.name}-db"

    @property
    def new(self) -> str:
        return f"{self.name}-replica"

    @property
    def words(self) -> dict[str, str]:
        return {"env": self.name, "instance": self.old, "replica": self.new}

    def login(self, host: str, user: str = "postgres") -> str:
        """To either server; nobody gives the administrator another password."""
        assert self.server
        return f"postgresql://{user}:{self.server.passwords[user]}@{host}/{TEMPLATE}"

    def note(self, words: str) -> int:
        """Write through the service, as users do; the status."""
        return httpx.post(f"{self._uri}/notes", json={"words": words}, timeout=10).status_code

    def noted(self, words: str) -> int:
        """Read through the service; the status."""
        return httpx.get(f"{self._uri}/notes/{words}", timeout=10).status_code

    def lose(self) -> None:
        """The primary, with its disk."""
        self.ground.http.post("/faults", json={"instance": self.old, "loss": "disk"}).raise_for_status()

    @property
    def logins(self) -> tuple[str, str]:
        """The secrets with the addresses of the service and of Muster."""
        return f"{self.name}-app", f"{self.name}-muster"

    @property
    def secrets_made(self) -> list[str]:
        """The recovery's own secrets, while it is under way."""
        listed = self.ground.http.get(f"/v1/projects/{self.env.project}/secrets").raise_for_status().json()
        names = (one["name"].rpartition("/")[2] for one in listed.get("secrets", []))
        return [name for name in names if name.startswith(f"{self.new}-")]

    @property
    def _uri(self) -> str:
        assert self.service
        return str(self.service["uri"])


@contextmanager
def place(ground: Ground) -> Iterator[RecoveredPlace]:
    """A place of a run's own. Nothing of it is left in the cloud afterwards but what was logged and said."""
    name = f"r-{secrets.token_hex(4)}"
    server = ground.new_server(f"{name}-db", LOGGED)
    about = {"name": f"{name}-replica", "masterInstanceName": f"{name}-db", "region": "us-east1"}
    settings = {"settings": {"tier": "db-custom-1-3840"}, "databaseVersion": "POSTGRES_17"}
    ground.operate("instances", {**about, **settings})
    hosts = (server.host, ground.address_of(f"{name}-replica"))
    for user in ("app", "muster"):
        ground.add_secret(f"{name}-{user}", f"postgresql://{server.login(user, TEMPLATE)}")
    made = RecoveredPlace(ground, name, _write(ground, name), server, hosts=hosts)
    with psycopg.connect(made.login(server.host), autocommit=True) as connection:
        connection.execute(f'GRANT CREATE ON DATABASE "{TEMPLATE}" TO app'.encode())
    given = [
        {"name": variable, "valueSource": {"secretKeyRef": {"secret": secret, "version": "1"}}}
        for variable, secret in {"API_KEY": PLANTED, "DATABASE_URL": f"{name}-app"}.items()
    ]
    container = {"image": ground.image_of(SERVICE), "env": given}
    template = {"revision": f"{name}-one", "containers": [container]}
    ground.run.did(ground.run.create(name, template, traffic=[to(f"{name}-one", 100)]))
    try:
        assert made.note(BEFORE) == 201
        wait_until(lambda: _has_it(made), seconds=60, what=f"{made.new} has the note")
        with beating(made):
            yield made
    finally:
        _remove(made)


def _write(ground: Ground, name: str) -> Environment:
    over: dict[str, Any] = {
        "service": {
            "smoke": CHECKS[:2],
            "template": {"secrets": {"API_KEY": PLANTED, "DATABASE_URL": f"{name}-app"}},
        },
        "lease": f"{LEASE:.0f}s",
        "slack": {"channel": f"#{name}", "token": TOKEN},
        "heartbeat": {"credentials": f"{name}-app"},
    }
    database = {
        "instance": f"{name}-db",
        "name": TEMPLATE,
        "credentials": f"{name}-muster",
        "binding": {
            "variable": "DATABASE_URL",
            "user": "app",
            "address": "postgresql://{user}:{password}@{host}/{database}",
        },
    }
    write_environment(ground.environments, ground.cloud, name, database=database, over=over)
    return environment(ground.cloud, name, database=database, over=over)


def _has_it(place: RecoveredPlace) -> bool:
    with psycopg.connect(place.login(place.hosts[1], "app")) as connection:
        found = connection.execute("SELECT 1 FROM notes WHERE words = %s", [BEFORE]).fetchone()
    return found is not None


def _remove(place: RecoveredPlace) -> None:
    ground, http = place.ground, place.ground.http
    ground.run.did(ground.run.call("DELETE", f"services/{place.name}"))
    http.delete(f"/faults/{place.old}")
    for bucket in (place.env.state, place.env.vault):
        for name in place.objects(bucket):
            http.delete(f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}")
    for instance in (place.new, place.old):
        ground.operate(f"instances/{instance}", {}, method="DELETE")
    for secret in (*place.logins, *place.secrets_made):
        ground.remove_secret(secret)
    (ground.environments / f"{place.name}.yaml").unlink()
