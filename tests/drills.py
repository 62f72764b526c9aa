"""What a drill leaves behind when its process dies: made past Muster, as its parts would make it."""

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from clients.drill_drafts import drill_draft_generation, write_drill_draft
from clients.environment import Environment
from clients.leases import read_lease, write_lease
from domain.drill_draft import DrillDraft
from domain.lease import SLACK, Lease
from tasks.runs import new_id
from tasks.targets import Target, target_of

LENGTH = timedelta(seconds=1)  # so long things of these drills are left alone


class DeadDrill:
    """One drill of an environment, whose lease lapses by itself a moment after it was taken."""

    def __init__(self, env: Environment, http: httpx.Client) -> None:
        self.env = env
        self.id = new_id()
        self.http = http
        self.target: Target = target_of(env, self.id)

    @property
    def holder(self) -> str:
        return f"restore drill ({self.id}, by tester)"

    @property
    def labels(self) -> dict[str, str]:
        return {**self.target.labels, "muster-length": str(round(LENGTH.total_seconds()))}

    def hold(self, length: timedelta = timedelta(hours=1)) -> None:
        """Take the lease on drills, over whoever has it."""
        reading = read_lease(self.env, "drill").reading
        lease = Lease(secrets.token_hex(8), 1, length, self.holder)
        write_lease(self.env, lease, reading.generation if reading else 0, "drill")

    def die(self) -> None:
        """The lease is not renewed for longer than its length, and what was made is older than its own."""
        self.hold(timedelta(seconds=0.1))
        time.sleep((SLACK + LENGTH).total_seconds() + 0.2)
        reading = read_lease(self.env, "drill").reading
        assert reading
        assert reading.lapsed

    def draft(self, **known: Any) -> DrillDraft:
        """Write its draft, as it was when the drill was restoring the database."""
        now = read_lease(self.env, "drill").date
        draft = DrillDraft(
            self.id,
            "restore drill",
            self.env.name,
            self.env.service.name,
            "tester",
            now - timedelta(minutes=1),
            LENGTH,
            self.target.name,
            step="restore database",
        )
        draft = replace(draft, **known)
        assert write_drill_draft(self.env, draft, 0)
        return draft

    def rewrite(self, draft: DrillDraft, **known: Any) -> None:
        """Let its draft say so from now on."""
        generation = drill_draft_generation(self.env, self.id)
        assert write_drill_draft(self.env, replace(draft, **known), generation)

    def secret(self, name: str = "database-url") -> str:
        full = f"{self.target.name}-{name}"
        self._post(
            f"/v1/projects/{self.env.project}/secrets?secretId={full}",
            {"replication": {"automatic": {}}, "labels": self.labels},
        )
        return full

    def service(self) -> str:
        """One whose image nobody knows: it is there all the same."""
        body = {"labels": self.labels, "template": {"containers": [{"image": "example.com/none:1"}]}}
        self._post(f"{self._run}/services?serviceId={self.target.name}", body)
        return self.target.name

    def job(self) -> str:
        task = {"template": {"containers": [{"image": "example.com/none:1"}]}}
        self._post(
            f"{self._run}/jobs?jobId={self.target.name}-reindex", {"labels": self.labels, "template": task}
        )
        return f"{self.target.name}-reindex"

    def left(self) -> set[str]:
        """The names of all that there is of it."""
        lists = {
            f"{self._run}/services": "services",
            f"{self._run}/jobs": "jobs",
            f"/v1/projects/{self.env.project}/instances": "items",
            f"/v1/projects/{self.env.project}/secrets": "secrets",
        }
        found = [
            item["name"].rpartition("/")[2]
            for address, items in lists.items()
            for item in self.http.get(address).raise_for_status().json().get(items, [])
        ]
        return {name for name in found if name.startswith(self.target.name)}

    @property
    def _run(self) -> str:
        return f"/v2/projects/{self.env.project}/locations/{self.env.region}"

    def _post(self, address: str, body: dict[str, Any]) -> None:
        self.http.post(address, json=body).raise_for_status()


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)
