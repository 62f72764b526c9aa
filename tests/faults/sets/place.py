"""A run's own environment: a tiny service, and a database and an index of its own if it has them."""

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
from tests.faults.ground import PLANTED, TEMPLATE, TOKEN, Ground, Server
from tests.faults.place import LEASE, Place
from tests.sandbox.run_client import to

DESCRIBED = "muster set "  # a Cloud SQL backup's description, before the set's id
SNAPSHOT = "muster-set-"  # of a snapshot's name, likewise
SECOND = "muster-vault-2"
RETENTION = {  # so that only the newest set is kept, and what goes goes at once
    "all_for": "1d", "weekly": 0, "monthly": 0, "yearly": 0, "minimum": 1, "maximum": 1, "grace": "1ms",
    "most_percent": 100,
}  # fmt: skip


@dataclass(frozen=True)
class SetPlace(Place):
    """Where recovery sets are taken. A repository of snapshots is its own, too, called like it."""

    search: str = ""  # the cluster's address, with a login
    word: str = ""  # the login's password

    @property
    def about(self) -> str:
        return f"{self.name}|{self.server.instance}" if self.server else self.name

    @property
    def words(self) -> dict[str, str]:
        if self.server is None:
            return super().words
        backups = "|".join(name.rpartition("/")[2] for name in self.backups()) or "none"
        return super().words | {"instance": self.server.instance, "backups": backups}

    @property
    def buckets(self) -> tuple[str, str, str]:
        return self.env.state, self.env.vault, SECOND

    def backups(self) -> dict[str, str]:
        """The backups of sets that the lane's instance has: the set's id by each one's reference."""
        if self.server is None:
            return {}
        root = f"/v1/projects/{self.env.project}/backups"
        found = self.ground.http.get(root, params={"filter": f"instance:{self.server.instance}"})
        every = found.raise_for_status().json().get("backups", [])
        own = [one for one in every if one.get("description", "").startswith(DESCRIBED)]
        return {one["name"]: one["description"].removeprefix(DESCRIBED) for one in own}

    def snapshots(self) -> dict[str, str]:
        """The repository's snapshots: the set's id by each one's reference."""
        if not self.search:
            return {}
        found = httpx.get(f"{self.search}/_snapshot/{self.name}/_all", timeout=30).raise_for_status()
        names = [one["snapshot"] for one in found.json()["snapshots"]]
        return {f"{self.name}/{name}": name.removeprefix(SNAPSHOT) for name in names}

    def versions(self) -> Iterator[str]:
        """The full name of each version of this place's objects, but of leases."""
        for bucket in self.buckets:
            for name, _ in self.generations(bucket):
                if not name.startswith("leases/"):
                    yield f"gs://{bucket}/{name}"

    def generations(self, bucket: str) -> list[tuple[str, str]]:
        """Every version of this place's objects in a bucket: its name and generation."""
        listed = self.ground.http.get(f"/storage/v1/b/{bucket}/o", params={"versions": "true"})
        every = listed.raise_for_status().json().get("items", [])
        return [(one["name"], one["generation"]) for one in every if self.name in one["name"]]


@contextmanager
def place(ground: Ground, lane: int, has: str) -> Iterator[SetPlace]:
    """A place of a run's own. Nothing of it is left in the cloud afterwards but what was logged and said."""
    name = f"b-{secrets.token_hex(4)}"
    server = ground.server(lane, recoverable=True) if has in {"database", "whole"} else None
    if server:
        _sql(server, f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
        ground.add_secret(f"{name}-muster", f"postgresql://{server.login('muster', name)}")
    search = word = ""
    if has in {"search", "whole"}:
        word = f"search-{secrets.token_hex(12)}"
        search = ground.cloud.elasticsearch.replace("://", f"://muster:{word}@")
        ground.add_secret(f"{name}-search", search)
        _lay_search(search, name)
    made = SetPlace(
        ground,
        name,
        _environment(ground, name, server, search=bool(search)),
        server,
        search=search,
        word=word,
    )
    template = {
        "revision": f"{name}-one",
        "containers": [
            {
                "image": ground.tiny,
                "env": [
                    {
                        "name": "API_KEY",
                        "valueSource": {"secretKeyRef": {"secret": PLANTED, "version": "1"}},
                    }
                ],
            }
        ],
    }
    ground.run.did(ground.run.create(name, template, traffic=[to(f"{name}-one", 100)]))
    try:
        yield made
    finally:
        _remove(made)


def _environment(ground: Ground, name: str, server: Server | None, *, search: bool) -> Environment:
    over: dict[str, Any] = {
        "service": {"template": {"secrets": {"API_KEY": PLANTED}}},
        "lease": f"{LEASE:.0f}s",
        "slack": {"channel": f"#{name}", "token": TOKEN},
        "second_vault": SECOND,
        "backup": {"window_within": "30s", "retention": RETENTION},
    }
    if search:
        over["search"] = {"credentials": f"{name}-search", "indices": [f"{name}-*"], "repository": name}
    database = None
    if server:
        database = {"instance": server.instance, "name": name, "credentials": f"{name}-muster"}
    write_environment(ground.environments, ground.cloud, name, database=database, over=over)
    return environment(ground.cloud, name, database=database, over=over)


def _lay_search(address: str, name: str) -> None:
    """An index with three documents, and a repository for its snapshots."""
    with httpx.Client(base_url=address, timeout=30) as search:
        settings = {"number_of_shards": 1, "number_of_replicas": 0}
        search.put(f"/{name}-notes", json={"settings": settings}).raise_for_status()
        for number in range(3):
            search.put(f"/{name}-notes/_doc/{number}", json={"words": f"note {number}"}).raise_for_status()
        search.post(f"/{name}-notes/_refresh").raise_for_status()
        where = {"type": "fs", "settings": {"location": name}}
        search.put(f"/_snapshot/{name}", json=where).raise_for_status()


def _remove(place: SetPlace) -> None:
    ground, http = place.ground, place.ground.http
    ground.run.did(ground.run.call("DELETE", f"services/{place.name}"))
    for bucket in place.buckets:
        for name, generation in place.generations(bucket):
            http.delete(f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}", params={"generation": generation})
    if place.search:
        with httpx.Client(base_url=place.search, timeout=60) as search:
            for snapshot in place.snapshots():
                search.delete(f"/_snapshot/{snapshot}")
            search.delete(f"/_snapshot/{place.name}")
            search.delete(f"/{place.name}-notes")
        ground.remove_secret(f"{place.name}-search")
    if place.server:
        for backup in place.backups():
            ground.operate(f"backups/{backup.rpartition('/')[2]}", {}, method="DELETE")
        ground.remove_secret(f"{place.name}-muster")
        _sql(place.server, f'DROP DATABASE "{place.name}" WITH (FORCE)')
    (ground.environments / f"{place.name}.yaml").unlink()


def _sql(server: Server, statement: str) -> None:
    login = f"postgresql://{server.login('postgres', 'postgres')}"
    with psycopg.connect(login, autocommit=True) as connection:
        connection.execute(statement.encode())
