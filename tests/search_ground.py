"""Indices and a snapshot repository of a test's own, in the sandbox's Elasticsearch."""

import secrets
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from tests.conftest import Endpoints
from tests.processes import wait_until

NOWHERE = {"index.routing.allocation.require._name": "nobody"}  # a shard of it gets no node


class SearchGround:
    """Names that nobody else uses; all that was made goes with `clear`."""

    def __init__(self, cloud: Endpoints) -> None:
        self.name = f"s{secrets.token_hex(4)}"
        self.client = Elasticsearch(cloud.elasticsearch, request_timeout=60, max_retries=0)
        self.repository = self.name
        self.register()

    @property
    def part(self) -> dict[str, Any]:
        """The part of an environment's file."""
        return {
            "credentials": "ali-elasticsearch-url",
            "indices": [f"{self.name}-*"],
            "repository": self.repository,
        }

    def register(self, *, readonly: bool = False, name: str = "", client: Elasticsearch | None = None) -> str:
        """Register the repository, in this or another cluster, by its own or another name."""
        settings = {"location": self.repository, **({"readonly": True} if readonly else {})}
        (client or self.client).snapshot.create_repository(
            name=name or self.repository, repository={"type": "fs", "settings": settings}
        )
        return name or self.repository

    def index(self, name: str, documents: int = 3, **settings: Any) -> str:
        """An index with so many documents; its full name."""
        full = f"{self.name}-{name}"
        settings = {"number_of_shards": 2, "number_of_replicas": 0, **settings}
        nowhere = NOWHERE.items() <= settings.items()
        self.client.indices.create(
            index=full, settings=settings, wait_for_active_shards=0 if nowhere else "all"
        )
        self.write(full, documents)
        return full

    def write(self, full: str, documents: int) -> None:
        if documents:
            bulk(self.client, ({"_index": full, "n": n} for n in range(documents)), refresh=True)

    def heal(self, full: str) -> None:
        """Give the shards of an index that is nowhere a node."""
        self.client.indices.put_settings(
            index=full, settings={"index.routing.allocation.require._name": None}
        )
        self.client.cluster.health(index=full, wait_for_status="green", timeout="30s")

    def snapshots(self) -> dict[str, str]:
        """The states of all snapshots in the repository, by name."""
        found = self.client.snapshot.get(repository=self.repository, snapshot="*")["snapshots"]
        return {each["snapshot"]: each["state"] for each in found}

    def clear(self) -> None:
        made = list(self.client.indices.get(index=f"{self.name}*", expand_wildcards="all"))
        if made:
            self.client.indices.delete(index=made)  # by name: a pattern is refused by default
        wait_until(self._forgotten, what="the end of what goes on in the repository")
        self.client.close()

    def _forgotten(self) -> bool:
        answer = self.client.options(ignore_status=409).snapshot.delete_repository(name=f"{self.name}*")
        return answer.meta.status == 200
