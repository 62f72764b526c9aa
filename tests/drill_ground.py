"""A service with a database and a search of its own, whose recovery is drilled; and all that a drill could
touch."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from clients.drill_drafts import list_drill_drafts
from clients.environment import Environment
from clients.leases import read_lease
from tests import recovery_ground
from tests.environments import laid_over
from tests.recovery_ground import APPLICATION, LOGGED, READER
from tests.search_ground import SearchGround

ISOLATED = "ali-drill-elasticsearch-url"  # the secret of tests.isolation's cluster


@dataclass
class Ground(recovery_ground.Ground):
    """One instance and one index, and what a service, Muster and its heartbeat need to reach them."""

    search: SearchGround = field(kw_only=True)

    @property
    def index(self) -> str:
        return f"{self.search.name}-notes"

    @property
    def over(self) -> dict[str, Any]:
        bound = {
            "secrets": {"DATABASE_URL": f"{self.name}-url", "SEARCH_URL": "ali-elasticsearch-url"},
            "env": {"SEARCH_INDEX": self.index},
        }
        smoke = [
            *recovery_ground.CHECKS,
            {"name": "search", "path": "/search/{unique}", "eventually": "5s"},
        ]
        reindex = {"command": ["python", "app.py", "reindex"], "timeout": "60s"}
        part = {**self.search.part, "binding": "SEARCH_URL", "reindex": reindex}
        own = {
            "service": {"smoke": smoke, "template": bound},
            "search": part,
            "heartbeat": {"credentials": f"{self.name}-muster"},
            "drill": {
                "search": ISOLATED,
                "lease": "15s",
                "damage": "{google}/faults",
                "settled": [{"table": "notes", "by": "at", "after": "1s"}],
                "invariants": [
                    {
                        "name": "every note has a word",
                        "sql": "SELECT count(*) FROM notes WHERE word IS NULL",
                        "answer": 0,
                    }
                ],
                "counts": [{"index": self.index, "sql": "SELECT count(DISTINCT word) FROM notes"}],
                "searches": [{"name": "anything", "index": self.index, "query": {"match_all": {}}}],
            },
        }
        return laid_over(super().over, own)

    def lay(self) -> "Ground":
        """The instance, its database with notes that tell their instant, its users and its secrets; the index
        with the same."""
        super().lay()
        with psycopg.connect(self.production) as connection:
            connection.execute("ALTER TABLE notes ADD at timestamptz NOT NULL DEFAULT now()")
            connection.execute("INSERT INTO notes SELECT 'note-' || n FROM generate_series(1, 100) n")
            connection.execute(f"GRANT SELECT ON notes TO {READER}")
        self.search.client.indices.create(index=self.index, settings={"number_of_replicas": 0})
        documents = [{"_index": self.index, "_id": word, "word": word} for word in self.words()]
        bulk(self.search.client, documents, refresh=True)
        return self

    @property
    def settings(self) -> dict[str, Any]:
        return {"retainBackupsOnDelete": True}

    def log(self) -> None:
        """From now on the database can be brought back to any instant: to none at which it was half made."""
        self.do(
            "instances", "patch", instance=self.name, body={"settings": {"backupConfiguration": dict(LOGGED)}}
        )

    @property
    def production(self) -> str:
        """The service's own login."""
        return self.address(APPLICATION, self.sql.address(self.name))

    def words(self) -> list[str]:
        """All notes that are in production's database."""
        with psycopg.connect(self.production) as connection:
            return sorted(str(row[0]) for row in connection.execute("SELECT word FROM notes"))

    def untouched(self) -> dict[str, Any]:
        """All of production that a drill must not change."""
        instance = self.sql.call("instances", "get", instance=self.name)
        found = self.search.client.search(index=self.index, size=10_000)["hits"]["hits"]
        with httpx.Client(base_url=self.cloud.google) as http:
            secrets = http.get(f"/v1/projects/{self.cloud.project}/secrets").json()["secrets"]
            services = http.get(f"/v2/{self.cloud.parent}/services").json()["services"]
        return {
            "words": self.words(),
            "documents": sorted(hit["_source"]["word"] for hit in found),
            "indices": sorted(self.search.client.indices.get(index=f"{self.search.name}*")),
            "snapshots": self.search.snapshots(),
            "settings": instance["settings"],
            "users": self.sql.call("users", "list", instance=self.name)["items"],
            "secrets": sorted(secret["name"] for secret in secrets),
            "services": sorted((each["name"], each["etag"]) for each in services),
            "instances": sorted(each["name"] for each in self.sql.call("instances", "list")["items"]),
        }


def left_of(env: Environment, isolation: Elasticsearch) -> list[str]:
    """Whatever of a drill's is still there: its draft, the lease, indices; the rest is in `untouched`."""
    found = [f"draft {draft.id}" for draft in list_drill_drafts(env).drafts]
    if read_lease(env, "drill").reading:
        found.append("lease")
    return found + [f"index {name}" for name in isolation.indices.get(index="*")]
