"""A vault with recovery sets that are really there: objects, snapshots, backups, manifests and drafts."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from clients.catalogue import Listed, open_draft, read_catalogue, rewrite_summary, write_manifest
from clients.cloud_sql import Busy
from clients.database_backups import begin_backup, find_backup
from clients.environment import Environment
from clients.objects import write_text_once
from clients.secret_versions import read_secret
from domain.database_backup import SUCCESSFUL
from domain.manifest import Manifest
from domain.recovery_set import Copy, Kind, Part, Pin, Proof, RecoverySet, State
from domain.set_names import backup_description, snapshot_name
from domain.vault_layout import bucket_and_name, part_name, reference
from tests.processes import wait_until

DAY = timedelta(days=1)
REPOSITORY = "t-expire"  # in the sandbox's Elasticsearch, for all tests


@dataclass
class Vault:
    """One environment's vault, filled by a test."""

    env: Environment
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def set(
        self,
        days: float,
        state: State = State.COMPLETE,
        *,
        snapshot: bool = False,
        parts: tuple[Part, ...] = (),
        marked: float | None = None,
        deleting: bool = False,
        pins: tuple[Pin, ...] = (),
        copies: tuple[Copy, ...] = (),
    ) -> str:
        """A set taken so many days ago, with a file of configuration; its id. `marked`: to expire so many
        days ago; `parts`: others beside its own."""
        at = self.now - days * DAY
        name = self.id(at)
        own = [self.configuration(name, at), *parts]
        if snapshot:
            own.append(self.snapshot(name, at))
        listed = write_manifest(
            self.env, Manifest(name, self.env.name, self.env.service.name, at, at, tuple(own))
        )
        known = replace(
            listed.set,
            state=state,
            proof=Proof("drill 7", at + DAY / 24, timedelta(minutes=41), timedelta(seconds=3.5))
            if state is State.PROVEN
            else None,
            expires_at=None if marked is None else self.now - marked * DAY,
            deleting=deleting,
            pins=pins,
            copies=copies,
        )
        if known != listed.set:
            rewrite_summary(self.env, listed, known)
        return name

    def draft(self, days: float, *, marked: float | None = None, parts: tuple[Part, ...] = ()) -> str:
        """A set without a manifest; its id."""
        at = self.now - days * DAY
        name = self.id(at)
        expires_at = None if marked is None else self.now - marked * DAY
        open_draft(self.env, RecoverySet(name, at, State.INCOMPLETE, parts, expires_at=expires_at))
        return name

    def id(self, at: datetime) -> str:
        return f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"

    def configuration(self, name: str, at: datetime) -> Part:
        return Part(Kind.CONFIGURATION, (self.file(name, "configuration/service.json"),), at, 2)

    def file(self, name: str, file: str, bucket: str = "") -> str:
        """A file of the set's own; its reference."""
        place = part_name(self.env.name, name, file)
        write_text_once(self.env, bucket or self.env.vault, place, "{}", "application/json")
        return reference(bucket or self.env.vault, place)

    def snapshot(self, name: str, at: datetime) -> Part:
        """A snapshot of nothing that carries the set's name."""
        assert self.env.search
        body: dict[str, Any] = {"indices": "-*", "include_global_state": False}
        place = f"{self._elasticsearch}/_snapshot/{REPOSITORY}/{snapshot_name(name)}"
        httpx.put(place, params={"wait_for_completion": "true"}, json=body, timeout=60).raise_for_status()
        return Part(Kind.SEARCH, (f"{REPOSITORY}/{snapshot_name(name)}",), at)

    def backup(self, name: str) -> str:
        """A Cloud SQL backup that carries the set's name; its reference."""
        description = backup_description(name)

        def taken() -> str | None:
            try:
                begin_backup(self.env, description)
            except Busy:
                return None
            found = find_backup(self.env, description)
            return found.reference if found and found.state == SUCCESSFUL else None

        return wait_until(taken, what=description) or ""

    def snapshots(self) -> list[str]:
        """Those that are in the repository, of any test."""
        found = httpx.get(f"{self._elasticsearch}/_snapshot/{REPOSITORY}/_all", timeout=30)
        return [each["snapshot"] for each in found.raise_for_status().json()["snapshots"]]

    def find(self, name: str) -> Listed | None:
        return read_catalogue(self.env).find(name)

    def known(self, name: str) -> RecoverySet:
        found = self.find(name)
        assert found, f"{name} is gone"
        return found.set

    def versions(self, bucket: str = "") -> list[str]:
        """Every version of every object of the environment, by name."""
        found = []
        for prefix in ("manifests", "sets"):
            answer = httpx.get(
                f"{self.env.endpoints.google}/storage/v1/b/{bucket or self.env.vault}/o",
                params={"prefix": f"{prefix}/{self.env.name}/", "versions": "true"},
            ).raise_for_status()
            found += [item["name"] for item in answer.json().get("items", [])]
        return found

    def of(self, name: str) -> list[str]:
        """What is left of a set in vault and state bucket."""
        return [
            each
            for bucket in (self.env.vault, self.env.state)
            for each in self.versions(bucket)
            if name in each
        ]

    def patch(self, what: str, body: dict[str, Any]) -> None:
        """Change an object's or the bucket's own fields."""
        place = f"/storage/v1/b/{self.env.vault}"
        if what:
            place += f"/o/{bucket_and_name(what)[1].replace('/', '%2F')}"
        httpx.patch(f"{self.env.endpoints.google}{place}", json=body).raise_for_status()

    @property
    def _elasticsearch(self) -> str:
        return read_secret(self.env, "ali-elasticsearch-url").rstrip("/")


def make_bucket(env: Environment, name: str, **settings: Any) -> None:
    """A versioned bucket."""
    body = {
        "name": name,
        "versioning": {"enabled": True},
        "softDeletePolicy": {"retentionDurationSeconds": "0"},
    }
    httpx.post(
        f"{env.endpoints.google}/storage/v1/b", params={"project": env.project}, json={**body, **settings}
    ).raise_for_status()


@contextmanager
def ahead(env: Environment, span: timedelta) -> Iterator[None]:
    """Inside, storage's clock is so far ahead."""
    clock = f"{env.endpoints.google}/sandbox/clock"
    httpx.put(clock, json={"ahead": span.total_seconds()}).raise_for_status()
    try:
        yield
    finally:
        httpx.put(clock, json={"ahead": 0}).raise_for_status()
