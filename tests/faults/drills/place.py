"""A drill's own environment: a service that keeps notes, its database, its index if it has one, a heart."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from clients.environment import Environment
from examples.isolation import SECRET as ISOLATED
from tests.environments import environment, laid_over, write_environment
from tests.faults.drills.heart import beating
from tests.faults.ground import DRILL_KEY, PLANTED, TEMPLATE, TOKEN, Ground, Server
from tests.faults.place import LEASE
from tests.faults.sets.place import SetPlace
from tests.sandbox.run_client import Document, to

SERVICE = Path(__file__).parent / "service"
LEFT_ALONE = 5.0  # seconds, of what a drill made that died
NOTES = ("first", "second", "third")
CHECKS: list[Document] = [
    {"name": "write", "method": "POST", "path": "/notes", "body": {"words": "{unique}"}, "status": 201},
    {"name": "read", "path": "/notes/{unique}"},
    {"name": "search", "path": "/search/{unique}", "eventually": "5s"},
]


@dataclass(frozen=True)
class DrillPlace(SetPlace):
    """Where a drill is made. One is at a time in a ground: by its own names alone no run could be told."""

    def __post_init__(self) -> None:
        assert self.server

    @property
    def about(self) -> str:
        return f"{super().about}|drill-[0-9]"

    @property
    def database(self) -> Server:
        assert self.server
        return self.server

    def login(self, user: str) -> str:
        """To production's database."""
        return f"postgresql://{self.database.login(user, self.name)}"

    def rewrite(self, **over: Any) -> None:
        """Let the environment's file say this, over what it says."""
        _write(self.ground, self.name, self.database, searched=bool(self.search), over=over)


@contextmanager
def place(ground: Ground, lane: int, has: str) -> Iterator[DrillPlace]:
    """A place of a run's own. Nothing of it is left in the cloud afterwards but what was logged and said."""
    name = f"d-{secrets.token_hex(4)}"
    searched = has == "whole"
    with ground.drilling():
        server = ground.server(lane, recoverable=True)
        if searched:
            ground.isolated()
        _sql(server, f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
        _sql(server, f'GRANT CREATE ON DATABASE "{name}" TO app')
        for user in ("app", "muster"):
            ground.add_secret(f"{name}-{user}", f"postgresql://{server.login(user, name)}")
        search = word = ""
        if searched:
            word = f"search-{secrets.token_hex(12)}"
            search = ground.cloud.elasticsearch.replace("://", f"://muster:{word}@")
            ground.add_secret(f"{name}-search", search)
        env = _write(ground, name, server, searched=searched, over={})
        made = DrillPlace(ground, name, env, server, search=search, word=word)
        _lay(made)
        try:
            with beating(made):
                yield made
        finally:
            _remove(made)


def _write(ground: Ground, name: str, server: Server, *, searched: bool, over: dict[str, Any]) -> Environment:
    whole: dict[str, Any] = {
        "service": {
            "smoke": CHECKS,
            "template": {"secrets": {"API_KEY": PLANTED, "DATABASE_URL": f"{name}-app"}},
        },
        "lease": f"{LEASE:.0f}s",
        "slack": {"channel": f"#{name}", "token": TOKEN},
        "heartbeat": {"credentials": f"{name}-app"},
        "drill": {
            "lease": f"{LEFT_ALONE:.0f}s",
            "longest": "4m",
            "service": {"secrets": {"API_KEY": DRILL_KEY}},
            "invariants": [
                {"name": "words", "sql": "SELECT bool_and(words <> '') FROM notes", "answer": True}
            ],
        },
    }
    database = {
        "instance": server.instance,
        "name": name,
        "credentials": f"{name}-muster",
        "binding": {
            "variable": "DATABASE_URL",
            "user": "app",
            "address": "postgresql://{user}:{password}@{host}/{database}",
        },
    }
    if searched:
        index = f"{name}-notes"
        whole["service"]["template"]["env"] = {"SEARCH_INDEX": index}
        whole["service"]["template"]["secrets"]["SEARCH_URL"] = f"{name}-search"
        whole["search"] = {
            "credentials": f"{name}-search",
            "indices": [f"{name}-*"],
            "repository": name,
            "binding": "SEARCH_URL",
            "reindex": {"command": ["python", "app.py", "reindex"]},
        }
        whole["drill"] |= {
            "search": ISOLATED,
            "counts": [{"index": index, "sql": "SELECT count(*) FROM notes"}],
            "searches": [{"name": "a note", "index": index, "query": {"match": {"words": NOTES[0]}}}],
        }
    whole = laid_over(whole, over)
    write_environment(ground.environments, ground.cloud, name, database=database, over=whole)
    return environment(ground.cloud, name, database=database, over=whole)


def _lay(place: DrillPlace) -> None:
    """The notes, in the database and in the index; the service that keeps them."""
    ground, name = place.ground, place.name
    with psycopg.connect(place.login("app")) as connection:
        rows = [
            connection.execute("INSERT INTO notes (words) VALUES (%s) RETURNING id", [words]).fetchone()
            for words in NOTES
        ]
    variables = {"API_KEY": PLANTED, "DATABASE_URL": f"{name}-app"}
    plain: list[Document] = []
    if place.search:
        variables["SEARCH_URL"] = f"{name}-search"
        plain.append({"name": "SEARCH_INDEX", "value": f"{name}-notes"})
        with httpx.Client(base_url=place.search, timeout=30) as search:
            settings = {"number_of_shards": 1, "number_of_replicas": 0}
            search.put(f"/{name}-notes", json={"settings": settings}).raise_for_status()
            for row, words in zip(rows, NOTES, strict=True):
                assert row
                search.put(f"/{name}-notes/_doc/{row[0]}", json={"words": words}).raise_for_status()
            search.post(f"/{name}-notes/_refresh").raise_for_status()
            where = {"type": "fs", "settings": {"location": name}}
            search.put(f"/_snapshot/{name}", json=where).raise_for_status()
    given = [
        {"name": variable, "valueSource": {"secretKeyRef": {"secret": secret, "version": "1"}}}
        for variable, secret in variables.items()
    ]
    container = {"image": ground.image_of(SERVICE), "env": [*plain, *given]}
    template = {"revision": f"{name}-one", "containers": [container]}
    ground.run.did(ground.run.create(name, template, traffic=[to(f"{name}-one", 100)]))


def _remove(place: DrillPlace) -> None:
    ground, http, name = place.ground, place.ground.http, place.name
    ground.run.did(ground.run.call("DELETE", f"services/{name}"))
    for bucket in place.buckets:
        for each, generation in place.generations(bucket):
            http.delete(f"/storage/v1/b/{bucket}/o/{quote(each, safe='')}", params={"generation": generation})
    if place.search:
        with httpx.Client(base_url=place.search, timeout=60) as search:
            for snapshot in place.snapshots():
                search.delete(f"/_snapshot/{snapshot}")
            search.delete(f"/_snapshot/{name}")
            search.delete(f"/{name}-notes")
        with httpx.Client(base_url=ground.isolated(), timeout=60) as cluster:
            cluster.delete(f"/_snapshot/{name}")  # a process that woke may have registered it for good
        ground.remove_secret(f"{name}-search")
    for backup in place.backups():
        ground.operate(f"backups/{backup.rpartition('/')[2]}", {}, method="DELETE")
    for user in ("app", "muster"):
        ground.remove_secret(f"{name}-{user}")
    _sql(place.database, f'DROP DATABASE "{name}" WITH (FORCE)')
    (ground.environments / f"{name}.yaml").unlink()


def _sql(server: Server, statement: str) -> None:
    login = f"postgresql://{server.login('postgres', 'postgres')}"
    with psycopg.connect(login, autocommit=True) as connection:
        connection.execute(statement.encode())
