"""Restoring a snapshot into a cluster that does not write its repository, and what became of each shard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError

from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.patience import patient
from clients.search import asked
from domain import stack_trace

AT_ONCE = 50  # indices in an address, which has room for 4 KiB
THERE = "already exists"  # in the words that refuse a second restore
FAILED = "ALLOCATION_FAILED"  # why a shard has no node: one has tried
GIVEN_UP = "restore_in_progress"  # the decider that keeps a shard away after its restore has failed


@dataclass(frozen=True)
class Restoring:
    """How far a restore is, by the shards themselves: its request is answered long before, and with 200."""

    shards: int  # primaries
    started: int
    copied: int  # bytes, of the shards that are under way or done
    to_copy: int
    missing: tuple[str, ...]  # indices that are not there
    trouble: str = ""  # why a shard never starts, in a sentence
    unplaced: bool = False  # whether that is because no node may have it; nothing was read of it then
    waits: str = ""  # why one has not started yet

    @property
    def done(self) -> bool:
        return not self.missing and self.shards == self.started > 0


@patient
def cluster_uuid(env: Environment) -> str:
    """Which cluster it is: no two have the same."""
    with asked(env, f"{env.name}: asking which cluster it is") as client:
        return str(client.info()["cluster_uuid"])


@patient
def register_read_only(env: Environment, name: str, kind: str, settings: Mapping[str, Any]) -> None:
    """Register a repository that another cluster writes. Registered already is registered."""
    with asked(env, f"snapshot repository {name}: registering it") as client:
        client.snapshot.create_repository(
            name=name, repository={"type": kind, "settings": {**settings, "readonly": True}}
        )


@patient
def unregister_repository(env: Environment, name: str) -> None:
    """Forget it; nothing in it is deleted. Forgotten already is forgotten.

    Raises:
        AlreadyThere: a restore from it is under way.
    """
    try:
        with asked(env, f"snapshot repository {name}: forgetting it") as client:
            client.snapshot.delete_repository(name=name)
    except NotFound:
        return


@patient
def begin_restore(env: Environment, reference: str, indices: list[str]) -> None:
    """Begin to restore these indices as they were: settings, mappings and aliases, and nothing of the
    cluster. Begun already counts as begun: all of them appear at once.

    Raises:
        Rejected: the snapshot is not there, is not whole, or is of a later version.
    """
    repository, _, name = reference.partition("/")
    with asked(env, f"{reference}: restoring it") as client:
        try:
            client.snapshot.restore(
                repository=repository,
                snapshot=name,
                indices=indices,
                include_global_state=False,
                feature_states=["none"],
                partial=False,
                wait_for_completion=False,
            )
        except ApiError as error:
            reason = str(error.body["error"]["reason"]) if isinstance(error.body, dict) else str(error)
            if error.error != "snapshot_restore_exception":
                raise
            if THERE not in reason:  # it comes as HTTP 500, and does not pass
                raise Rejected(f"{reference}: restoring it: {reason}") from error


@patient
def read_restoring(env: Environment, indices: Iterable[str]) -> Restoring:
    """How far the restore of these indices is.

    A shard whose restore failed is not told of by `_recovery`, and its index is yellow for a while
    (https://github.com/elastic/elasticsearch/issues/157608): what counts is that each primary is active.
    """
    wanted = set(indices)
    with asked(env, f"{env.name}: looking at what is restored") as client:
        health = client.cluster.health(level="shards", expand_wildcards="all")["indices"]
        recovery = client.indices.recovery().body
    there = {name: each["shards"] for name, each in health.items() if name in wanted}
    shards = [(name, key, shard) for name, each in there.items() for key, shard in each.items()]
    idle = [
        (name, int(key))
        for name, key, shard in shards
        if not shard["primary_active"] and not shard["initializing_shards"]
    ]
    why = _why(env, *idle[0]) if idle else _Why()
    sizes = [
        each["index"]["size"]
        for name, found in recovery.items()
        for each in found["shards"]
        if name in wanted and each["type"] == "SNAPSHOT"
    ]
    return Restoring(
        shards=sum(each["number_of_shards"] for name, each in health.items() if name in wanted),
        started=sum(shard["primary_active"] for _, _, shard in shards),
        copied=sum(size["recovered_in_bytes"] for size in sizes),
        to_copy=sum(size["total_in_bytes"] for size in sizes),
        missing=tuple(sorted(wanted - there.keys())),
        trouble=why.sentence if why.for_good else "",
        unplaced=why.unplaced,
        waits="" if why.for_good else why.sentence,
    )


@patient
def stored_bytes(env: Environment, indices: Iterable[str]) -> int:
    """What the primary shards of these indices weigh."""
    wanted = set(indices)
    with asked(env, f"{env.name}: weighing its indices") as client:
        found = client.indices.stats(metric="store", expand_wildcards="all")["indices"]
    return sum(each["primaries"]["store"]["size_in_bytes"] for name, each in found.items() if name in wanted)


@patient
def refresh(env: Environment, index: str) -> None:
    """Have everything that was written be found."""
    with asked(env, f"{index}: refreshing it") as client:
        client.indices.refresh(index=index)


@patient
def count_in(env: Environment, index: str) -> int:
    """The documents that a search finds in one index, or by one alias.

    Raises:
        NotFound: there is no such index.
        Rejected: not every shard answers.
    """
    with asked(env, f"{index}: counting its documents") as client:
        found = client.count(index=index)
    shards = found["_shards"]
    if shards["failed"] or shards["successful"] != shards["total"]:
        raise Rejected(f"{index}: {shards['failed']} of {shards['total']} shards do not tell their count")
    return int(found["count"])


@patient
def delete_indices(env: Environment, names: list[str]) -> None:
    """Delete them; what is gone already is gone. A restore into them ends."""
    for start in range(0, len(names), AT_ONCE):
        with asked(env, f"{env.name}: deleting its indices") as client:
            client.indices.delete(index=names[start : start + AT_ONCE], ignore_unavailable=True)


@dataclass(frozen=True)
class _Why:
    """Why a primary has no node."""

    sentence: str = ""
    for_good: bool = False
    unplaced: bool = False


def _why(env: Environment, index: str, shard: int) -> _Why:
    with asked(env, f"{index}[{shard}]: asking why it has no node") as client:
        found = client.cluster.allocation_explain(index=index, shard=shard, primary=True).body
    deciders = [
        each
        for node in found.get("node_allocation_decisions", [])
        for each in node.get("deciders", [])
        if each["decision"] != "YES"
    ]
    about = found.get("unassigned_info", {})
    said = [about.get("details", ""), *(each["explanation"] for each in deciders)]
    reasons = [stack_trace.told(each) for each in said if each]
    names = {each["decider"] for each in deciders}
    return _Why(
        f"{index}[{shard}]: {'; '.join(reasons)}",
        for_good=GIVEN_UP in names,
        unplaced=about.get("reason") != FAILED,
    )
