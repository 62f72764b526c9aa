"""Snapshots of the search: taken and waited for, checked without restoring, expired."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from clients.catalogue import read_catalogue
from clients.environment import Environment
from clients.errors import Rejected
from clients.indices import count_documents, list_indices, read_definitions
from clients.search import search_of
from clients.snapshots import (
    begin_deletion,
    begin_snapshot,
    list_snapshots,
    read_progress,
    read_repository,
    read_snapshot,
)
from domain import wording
from domain.index_patterns import excludes, is_pattern
from domain.manifest import Fact, Manifest
from domain.recovery_set import Kind, Part
from domain.refusal import Problem
from domain.set_names import snapshot_name
from domain.snapshot import Snapshot, frequent_name
from domain.snapshot_retention import Ground, Plan, plan
from domain.taken import Taken
from tasks.step import step
from tasks.waiting import CLOSELY, wait_for

logger = logging.getLogger("muster")

TAKES = timedelta(hours=12)
DOCUMENTS = "search.documents/"  # of facts, before the index

Keep = Callable[[], None]
Tell = Callable[[str], None]


class SnapshotFailed(Exception):
    """A snapshot did not end as a success with every shard: nothing can be relied on that is in it."""


@step
def take_snapshot(env: Environment, set_id: str, keep: Keep, tell: Tell) -> Taken:
    """Take the snapshot of a recovery set, or wait for the one that was begun for it: it is named after it.

    Its part is as of the snapshot's *start*. `keep` is called every second or so (to renew a lease), `tell`
    with how far it is. The facts `search.documents/INDEX` are counted just after it began, by a search: an
    index that is written to meanwhile may hold some more or some fewer in the snapshot, and one that is
    closed is not counted. They tell an empty or another index, not a missing document.

    Raises:
        SnapshotFailed: it is not a SUCCESS, or a shard or every index is missing from it.
    """
    return _take(env, snapshot_name(set_id), set_id, keep, tell)


@step
def take_frequent_snapshot(env: Environment, run: str, keep: Keep, tell: Tell) -> Taken:
    """Take the snapshot of a run that comes every few minutes. As `take_snapshot`.

    Raises:
        SnapshotFailed: it is not a SUCCESS, or a shard or every index is missing from it.
    """
    return _take(env, frequent_name(run), "", keep, tell)


@step
def expire_snapshots(env: Environment, keep: Keep) -> Plan:
    """Delete the frequent snapshots that nothing needs any more; what was planned.

    One that Elasticsearch does not come to delete is found, and deleted, by the next run.
    """
    keep_for = search_of(env).keep_snapshots
    catalogue = read_catalogue(env)
    needed_by = {
        reference: each.id for each in catalogue.sets for part in each.parts for reference in part.references
    }
    planned = plan(list_snapshots(env), Ground(keep_for, catalogue.now, needed_by, catalogue.unread))
    for decision in planned.expire:
        keep()
        logger.info(f"{env.name}: deleting {decision}")
        begin_deletion(env, decision.snapshot.reference)
    return planned


def search_configuration(env: Environment) -> dict[str, Any]:
    """What a set notes of the search beside its snapshot: see `clients.indices.read_definitions`."""
    return read_definitions(env)


def search_problems(env: Environment) -> list[Problem]:
    """What a snapshot is refused for, all at once, before one is begun."""
    search = search_of(env)
    return [*_repository_problems(env, search.repository), *_index_problems(env, search.indices)]


def check_snapshot(env: Environment, manifest: Manifest) -> list[str]:
    """What is wrong with a set's snapshot, in sentences, as far as can be told without restoring it.

    That is: whether it is there, is the one that was taken, is a SUCCESS with every shard, and holds the
    indices that were noted. Elasticsearch reads no data for it: a bit that flipped in a blob of the
    repository, or a blob that is missing there, is invisible here. A drill, which restores it, finds it.

    Raises:
        NotFound: its repository is not registered in the cluster, so that nothing can be told.
    """
    return [
        trouble
        for part in manifest.parts
        if part.kind is Kind.SEARCH
        for reference in part.references
        for trouble in _troubles(reference, read_snapshot(env, reference), manifest)
    ]


def _take(env: Environment, name: str, set_id: str, keep: Keep, tell: Tell) -> Taken:
    reference = f"{search_of(env).repository}/{name}"
    try:
        begin_snapshot(env, name, set_id)
    except Rejected as refusal:
        raise SnapshotFailed(str(refusal)) from refusal
    keep()
    documents = count_documents(env)
    keep()
    snapshot = wait_for(
        lambda: _ended(env, reference, tell), TAKES, f"snapshot {reference}", keep, growth=CLOSELY
    )
    if not snapshot.successful:
        raise SnapshotFailed(f"{snapshot.trouble}; GET _cluster/allocation/explain may tell why")
    size = read_progress(env, reference).size
    tell(f"{wording.size(size)}, {wording.counted(snapshot.shards, 'shard')}")
    return Taken(Part(Kind.SEARCH, (reference,), snapshot.started_at, size), _facts(snapshot, documents))


def _ended(env: Environment, reference: str, tell: Tell) -> Snapshot | None:
    snapshot = read_snapshot(env, reference)
    if snapshot is None:
        raise SnapshotFailed(f"{reference} is gone: somebody deleted it while it was taken")
    if snapshot.under_way:
        tell(str(read_progress(env, reference)))
        return None
    return snapshot


def _facts(snapshot: Snapshot, documents: dict[str, int]) -> dict[str, Fact]:
    return {
        "search.snapshot": snapshot.uuid,
        "search.version": snapshot.version,
        "search.indices": ",".join(snapshot.indices),
        "search.shards": snapshot.shards,
        **{DOCUMENTS + name: count for name, count in documents.items() if name in snapshot.indices},
    }


def _troubles(reference: str, found: Snapshot | None, manifest: Manifest) -> Iterator[str]:
    if found is None:
        yield f"snapshot {reference} is gone"
        return
    if found.under_way:
        yield f"snapshot {reference} is still being taken"
    elif found.trouble:
        yield f"snapshot {found.trouble}"
    is_now: dict[str, Fact] = _facts(found, {})
    for fact in ("search.snapshot", "search.indices", "search.shards"):
        noted = manifest.facts.get(fact)
        if noted is not None and noted != is_now[fact]:
            yield f"snapshot {reference}: {fact} is {is_now[fact]}, and {noted} was noted"


def _repository_problems(env: Environment, name: str) -> Iterator[Problem]:
    repository = read_repository(env, name)
    if repository is None:
        yield Problem(
            f"{env.name}: snapshot repository {name} is not registered in the cluster",
            f"register it (PUT _snapshot/{name}), or write the name of one that is: search.repository",
        )
    elif repository.readonly:
        yield Problem(
            f"{env.name}: snapshot repository {name} is read-only in this cluster",
            "another cluster may be writing it: register one of this cluster's own, without readonly",
        )


def _index_problems(env: Environment, patterns: list[str]) -> Iterator[Problem]:
    for pattern in patterns:
        if not excludes(pattern) and not list_indices(env, pattern):
            what = f"no index matches {pattern}" if is_pattern(pattern) else f"there is no index {pattern}"
            yield Problem(
                f"{env.name}: {what}", "correct search.indices, or have the service make its index first"
            )
