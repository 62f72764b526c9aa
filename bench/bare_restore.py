"""A recovery set restored by the bare commands: Cloud SQL's REST and Elasticsearch's, side by side."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from bench.cloud import Cloud
from bench.sql import LONGEST, LOOK, Sql
from domain.recovery_set import Kind, RecoverySet
from examples.demo.processes import NotReady

INSTANCE = "bench-restored"
REPOSITORY = "bench"  # as the isolated cluster is told of the vault's, read-only


@dataclass(frozen=True)
class Took:
    """Seconds of each, and until both were done; and of the instance's deletion afterwards."""

    database: float
    search: float
    both: float
    deletion: float


class BareRestore:
    """One set, restored as often as one likes: what came of it is deleted each time."""

    def __init__(self, cloud: Cloud, restored: RecoverySet, cluster: str) -> None:
        """`cluster`: the address of the isolated one."""
        database, search = restored.part(Kind.DATABASE), restored.part(Kind.SEARCH)
        assert database
        assert search
        self._backup = database.references[0]
        self._repository, _, self._snapshot = search.references[0].partition("/")
        self._sql = Sql(cloud)
        self._production = cloud.endpoints["elasticsearch"]
        self._search = httpx.Client(base_url=cluster, timeout=LONGEST)

    def close(self) -> None:
        """Close its connections."""
        self._search.close()

    def restore(self) -> Took:
        """Both at once, each until its vendor says that it is there; then nothing is left of them."""
        self._register()
        with ThreadPoolExecutor(2) as threads:
            began = time.monotonic()
            database = threads.submit(self._sql.restore_as_new, INSTANCE, self._backup)
            search = threads.submit(self._restore_search)
            took = [database.result(), search.result()]
            both = time.monotonic() - began
        return Took(took[0], took[1], both, self._forget())

    def _register(self) -> None:
        """The repository that production writes; a drill's own registration ended with it."""
        found = httpx.get(f"{self._production}/_snapshot/{self._repository}").raise_for_status().json()
        kept: dict[str, Any] = found[self._repository]
        settings = {**kept["settings"], "readonly": True}
        self._search.put(
            f"/_snapshot/{REPOSITORY}", json={"type": kept["type"], "settings": settings}
        ).raise_for_status()

    def _restore_search(self) -> float:
        """Seconds until every shard is there: green, and none on its way."""
        began = time.monotonic()
        asked = {"indices": "documents*", "include_global_state": False}
        self._search.post(f"/_snapshot/{REPOSITORY}/{self._snapshot}/_restore", json=asked).raise_for_status()
        while not self._green():
            if time.monotonic() - began > LONGEST:
                raise NotReady(f"the restored index is not green within {LONGEST:g} s")
            time.sleep(LOOK)
        return time.monotonic() - began

    def _green(self) -> bool:
        answer = self._search.get("/_cluster/health/documents*")
        answer.raise_for_status()
        found = answer.json()
        whole = found["active_primary_shards"] and not found["initializing_shards"]
        return bool(found["status"] == "green" and whole)

    def _forget(self) -> float:
        """Seconds of the instance's deletion; the index and the repository go, too."""
        took = self._sql.delete(INSTANCE)
        for name in self._search.get("/documents*").raise_for_status().json():
            self._search.delete(f"/{name}").raise_for_status()
        self._search.delete(f"/_snapshot/{REPOSITORY}").raise_for_status()
        return took
