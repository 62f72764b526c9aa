"""A run's own environment: a service, a database if it has one, a channel; gone when the run is over."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg

from clients.environment import Environment
from tests.environments import environment, write_environment
from tests.faults.ground import PLANTED, TEMPLATE, TOKEN, Ground, Server
from tests.faults.place import LEASE, Place
from tests.processes import wait_until
from tests.sandbox.run_client import Document, to

STEPS = (20, 50)
HOLD = 1.5  # seconds


class ServedPlace(Place):
    """Where a service is released and rolled back."""

    def serve(self, *names: str) -> None:
        """A service that serves the last of these releases; the one before it is the former baseline."""
        run = self.ground.run
        revisions = [f"{self.name}-{name}" for name in names]
        first, *later = names
        run.did(run.create(self.name, self._template(first), traffic=[to(revisions[0], 100)]))
        for before, revision, name in zip(revisions, revisions[1:], later, strict=False):
            traffic = [to(revision, 100), to(before, 0, "previous")]
            run.did(run.patch(self.name, "template,traffic", template=self._template(name), traffic=traffic))

    def schema(self) -> str:
        """The schema revision that the database is at; the empty text without a database."""
        if self.server is None:
            return ""
        with psycopg.connect(f"postgresql://{self.server.login('muster', self.name)}") as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""

    def jobs(self) -> list[str]:
        found = self.ground.run.call("GET", "jobs").get("jobs", [])
        names = [str(job["name"]).rpartition("/")[2] for job in found]
        return [name for name in names if name.startswith(self.name)]

    def _template(self, release: str) -> Document:
        variables = [_from_secret("API_KEY", PLANTED)]
        if self.server:
            variables.append(_from_secret("DATABASE_URL", f"{self.name}-app"))
        container = {"image": self.ground.images[release], "env": variables}
        return {"revision": f"{self.name}-{release}", "containers": [container]}


@contextmanager
def place(ground: Ground, lane: int, *, database: bool) -> Iterator[ServedPlace]:
    """A place of a run's own. Nothing of it is left in the cloud afterwards but what was logged and said."""
    name = f"f-{secrets.token_hex(4)}"
    server = ground.server(lane) if database else None
    if server:
        with psycopg.connect(
            f"postgresql://{server.login('postgres', 'postgres')}", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}'.encode())
        for user, scheme in (("app", "postgresql+psycopg"), ("muster", "postgresql")):
            ground.add_secret(f"{name}-{user}", f"{scheme}://{server.login(user, name)}")
    made = ServedPlace(ground, name, _environment(ground, name, server), server)
    try:
        yield made
    finally:
        _remove(made)


def _environment(ground: Ground, name: str, server: Server | None) -> Environment:
    template = {"API_KEY": PLANTED} | ({"DATABASE_URL": f"{name}-app"} if server else {})
    over = {
        "service": {
            "template": {"secrets": template},
            "smoke": [{"name": "healthy", "path": "/health"}, {"name": "works", "path": "/try"}],
        },
        "canary": {
            "steps": list(STEPS),
            "hold": f"{HOLD * 1000:.0f}ms",
            "minimum_requests": 2,
            "when_inconclusive": "hold",
            "look_every": "300ms",
            "log_lag": "500ms",
        },
        "lease": f"{LEASE:.0f}s",
        "slack": {"channel": f"#{name}", "token": TOKEN},
    }
    database = None
    if server:
        database = {"instance": server.instance, "name": name, "credentials": f"{name}-muster"}
    write_environment(ground.environments, ground.cloud, name, database=database, over=over)
    return environment(ground.cloud, name, database=database, over=over)


def _remove(place: ServedPlace) -> None:
    """The service first: its instances hold connections to the database."""
    ground, http = place.ground, place.ground.http
    if place.service:
        ground.run.did(ground.run.call("DELETE", f"services/{place.name}"))
    for job in place.jobs():
        http.delete(f"{ground.run.root}/jobs/{job}")
    wait_until(lambda: not place.jobs(), what=f"{place.name}: the end of its jobs")
    for bucket in (place.env.state, place.env.vault):
        for name in place.objects(bucket):
            http.delete(f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}").raise_for_status()
    if place.server:
        for user in ("app", "muster"):
            ground.remove_secret(f"{place.name}-{user}")
        with psycopg.connect(
            f"postgresql://{place.server.login('postgres', 'postgres')}", autocommit=True
        ) as connection:
            connection.execute(f'DROP DATABASE "{place.name}" WITH (FORCE)'.encode())
    (ground.environments / f"{place.name}.yaml").unlink()


def _from_secret(variable: str, secret: str) -> Document:
    return {"name": variable, "valueSource": {"secretKeyRef": {"secret": secret, "version": "1"}}}
