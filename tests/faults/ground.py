"""What all runs share: a sandbox, buckets, secrets, a database server, the releases' images."""

import base64
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import psycopg

from examples.isolation import Isolation
from examples.landscape import BUCKETS
from tests.conftest import Endpoints, start_sandbox
from tests.environments import TINY
from tests.faults.api import Faults
from tests.faults.deploys import releases
from tests.faults.deploys.prefect import prefect
from tests.sandbox.run_client import Run

OPTIONS = (
    *("--log-lag", "0.2", "--backup-quota", "100000", "--restore-quota", "100000"),
    *("--recovery-lag", "1", "--lock-linger", "0.2"),
)
WITHOUT_SEARCH = ("--without", "elasticsearch")
RECOVERABLE = {
    "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True},
    "retainBackupsOnDelete": True,
}
TEMPLATE = "baseline"  # the database that each run's is a copy of
PLANTED, TOKEN = "faults-planted", "faults-slack-token"  # secrets that every run uses
DRILL_KEY = "faults-drill-key"  # what the service of a drill is given in place of PLANTED


@dataclass(frozen=True)
class Server:
    """A Cloud SQL instance: of one lane, as faults on its backups could meet another run's."""

    instance: str
    host: str
    passwords: dict[str, str]  # of each user: postgres, app, muster

    def login(self, user: str, database: str) -> str:
        return f"{user}:{self.passwords[user]}@{self.host}/{database}"


@dataclass
class Ground:
    """The cloud on which runs take place, and the folder for what they write."""

    cloud: Endpoints
    folder: Path
    planted: str = field(default_factory=lambda: f"planted-{secrets.token_hex(12)}")
    ending: ExitStack = field(default_factory=ExitStack)  # what ends with it
    _servers: dict[str, Server] = field(default_factory=dict)
    _images: dict[str, str] = field(default_factory=dict)
    _built: dict[str, str] = field(default_factory=dict)  # other images, by their folder's name
    _starting: Lock = field(default_factory=Lock)
    _prefect: int = 0
    _cluster: str = ""
    _drilling: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.http = self.ending.enter_context(httpx.Client(base_url=self.cloud.google, timeout=60))
        self.run = Run.of(self.cloud, self.http)
        self.faults = Faults(self.http)
        self.environments.mkdir(parents=True, exist_ok=True)
        self.said.mkdir(exist_ok=True)

    @property
    def _secrets(self) -> str:
        return f"/v1/projects/{self.cloud.project}/secrets"

    @property
    def environments(self) -> Path:
        return self.folder / "environments"

    @property
    def said(self) -> Path:
        return self.folder / "said"

    def prefect(self) -> int:
        """The port of the Prefect server that flow runs share, started by who asks first."""
        with self._starting:
            if not self._prefect:
                self._prefect = self.ending.enter_context(prefect(self.folder / "prefect"))
        return self._prefect

    @contextmanager
    def drilling(self) -> Iterator[None]:
        """Inside, nobody else drills: there is one isolated cluster, and no name tells whose it is."""
        with self._drilling:
            yield

    def isolated(self) -> str:
        """The address of the cluster that drills restore into, started by who asks first. The secret of
        examples.isolation tells it."""
        with self._starting:
            if not self._cluster:
                isolation = Isolation({"google": self.cloud.google, "project": self.cloud.project}, "faults")
                self._cluster = isolation.begin()
                self.ending.callback(isolation.end)
        return self._cluster

    def clock(self) -> Path | None:
        """The library of clock.c, made by who asks first; None where no compiler is."""
        library, compiler = self.folder / "clock.so", shutil.which("cc")
        with self._starting:
            if compiler and not library.exists():
                source = Path(__file__).with_name("clock.c")
                subprocess.run(
                    [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True
                )
        return library if library.exists() else None

    def lay(self) -> None:
        """Everything that a run takes for granted."""
        for bucket, settings in BUCKETS.items():
            made = self.http.post(
                "/storage/v1/b", params={"project": self.cloud.project}, json={"name": bucket, **settings}
            )
            assert made.status_code in {200, 409}, made.text
        self.add_secret(PLANTED, self.planted)
        self.add_secret(TOKEN, f"xoxb-muster-{secrets.token_hex(12)}")
        self.add_secret(DRILL_KEY, f"drill-{secrets.token_hex(12)}")
        for release in releases.RELEASES.values():
            release.lay(self.folder / "sources")

    def add_secret(self, name: str, value: str) -> None:
        """A new secret, whose first version has this value."""
        secret: dict[str, Any] = {"replication": {"automatic": {}}}
        self.http.post(self._secrets, params={"secretId": name}, json=secret).raise_for_status()
        payload = {"data": base64.b64encode(value.encode()).decode()}
        self.http.post(f"{self._secrets}/{name}:addVersion", json={"payload": payload}).raise_for_status()

    def read_secret(self, name: str) -> str:
        found = self.http.get(f"{self._secrets}/{name}/versions/latest:access").raise_for_status().json()
        return base64.b64decode(found["payload"]["data"]).decode()

    def remove_secret(self, name: str) -> None:
        self.http.delete(f"{self._secrets}/{name}").raise_for_status()

    @property
    def images(self) -> dict[str, str]:
        """Every release's image, built for who asks first."""
        with self._starting:
            if not self._images:
                self._images = releases.build(self.run)
        return self._images

    @cached_property
    def tiny(self) -> str:
        """The image of a service that only has to be there."""
        return self.image_of(TINY)

    def image_of(self, folder: Path) -> str:
        """The image of the source in that folder, built for who asks first."""
        with self._starting:
            if folder.name not in self._built:
                files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
                self._built[folder.name] = self.run.image(files)
            return self._built[folder.name]

    def server(self, lane: int, *, recoverable: bool = False) -> Server:
        """The lane's database server, with the baseline's schema in a database to be copied."""
        name = f"faults-sets-{lane}" if recoverable else f"faults-db-{lane}"
        if name not in self._servers:
            self._servers[name] = self.new_server(name, RECOVERABLE if recoverable else {})
        return self._servers[name]

    def operate(self, path: str, body: dict[str, Any], method: str = "POST") -> None:
        """Begin a Cloud SQL operation and see it through, once the instance is free."""
        root = f"/v1/projects/{self.cloud.project}"
        while True:
            answer = self.http.request(method, f"{root}/{path}", json=body or None)
            if answer.status_code != 409 or "already in progress" not in answer.text:
                break
            time.sleep(0.1)
        operation = answer.raise_for_status().json()
        while operation["status"] != "DONE":
            time.sleep(0.05)
            operation = self.http.get(f"{root}/operations/{operation['name']}").raise_for_status().json()
        assert "error" not in operation, operation

    def new_server(self, name: str, more: dict[str, Any]) -> Server:
        """A server that runs, with the users and the baseline's schema."""
        words = {user: f"{user}-{secrets.token_hex(12)}" for user in ("postgres", "app", "muster")}
        settings = {"tier": "db-custom-1-3840", "edition": "ENTERPRISE", **more}
        about = {"name": name, "region": self.cloud.region, "databaseVersion": "POSTGRES_17"}
        self.operate("instances", {**about, "rootPassword": words["postgres"], "settings": settings})
        self.operate(f"instances/{name}/databases", {"name": TEMPLATE})
        for user in ("app", "muster"):
            self.operate(f"instances/{name}/users", {"name": user, "password": words[user]})
        server = Server(name, self.address_of(name), words)
        with psycopg.connect(f"postgresql://{server.login('app', TEMPLATE)}") as connection:
            connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
            connection.execute("INSERT INTO alembic_version VALUES (%s)", [releases.SCHEMA])
            connection.execute(
                "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words text)"
            )
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO muster")
        return server

    def address_of(self, instance: str) -> str:
        """Where an instance that runs answers."""
        found = self.http.get(f"/v1/projects/{self.cloud.project}/instances/{instance}").json()
        return next(str(one["ipAddress"]) for one in found["ipAddresses"] if one["type"] == "PRIMARY")


@contextmanager
def ground(folder: Path, *, search: bool) -> Iterator[Ground]:
    """A ground with a sandbox of its own, which ends with it."""
    process, endpoints = start_sandbox(folder / "sandbox", *OPTIONS, *(() if search else WITHOUT_SEARCH))
    try:
        made = Ground(endpoints, folder)
        made.lay()
        with made.ending:
            yield made
    finally:
        process.terminate()
        process.wait(60)
