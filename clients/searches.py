"""Searches in an environment's indices, and whether every shard of them answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clients.environment import Environment
from clients.patience import patient
from clients.search import asked, search_of
from clients.snapshots import EXPAND


@dataclass(frozen=True)
class Answer:
    """Of a search: how many documents it found, and the shards that were asked."""

    found: int
    shards: int
    failed: int
    timed_out: bool
    failures: tuple[str, ...]  # a reason for each kind of failure


@dataclass(frozen=True)
class Primaries:
    """The primary shards of an index: how many there are, and how many of them have a node."""

    number: int
    active: int


@patient
def read_primaries(env: Environment) -> dict[str, Primaries]:
    """Of each index. Its health does not tell: one that is being restored is yellow at first, not red."""
    with asked(env, f"{env.name}: asking for the health of its indices") as client:
        found = client.cluster.health(
            index=",".join(search_of(env).indices), level="indices", expand_wildcards=EXPAND
        )
    return {
        name: Primaries(each["number_of_shards"], each["active_primary_shards"])
        for name, each in found["indices"].items()
    }


@patient
def refresh(env: Environment) -> None:
    """Let all that was written be found. For a target: it writes."""
    with asked(env, f"{env.name}: refreshing its indices") as client:
        client.indices.refresh(index=search_of(env).indices, ignore_unavailable=True)


def search_all(env: Environment) -> Answer:
    """Ask every shard of every open index of the environment for all that it has."""
    return _search(env, ",".join(search_of(env).indices), {"match_all": {}}, ignore_unavailable=True)


def search(env: Environment, index: str, query: Mapping[str, Any]) -> Answer:
    """Ask all shards of an index, or of all that a pattern matches.

    Raises:
        NotFound: there is no such index.
        Rejected: the query cannot be one.
    """
    return _search(env, index, query, ignore_unavailable=False)


@patient
def _search(env: Environment, index: str, query: Mapping[str, Any], *, ignore_unavailable: bool) -> Answer:
    with asked(env, f"{env.name}: searching {index}") as client:
        found = client.search(
            index=index,
            query=dict(query),
            size=0,
            track_total_hits=True,
            allow_partial_search_results=True,  # that some failed is told, with the number of them
            ignore_unavailable=ignore_unavailable,
        )
    shards = found["_shards"]
    reasons = {str(each.get("reason", {}).get("type", "")) for each in shards.get("failures", [])}
    return Answer(
        int(found["hits"]["total"]["value"]),
        int(shards["total"]),
        int(shards["failed"]),
        bool(found["timed_out"]),
        tuple(sorted(reasons)),
    )
