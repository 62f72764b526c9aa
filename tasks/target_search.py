"""The search of a drill's target: a set's snapshot restored into the isolated cluster, and taken down again.

The repository stays production's: the isolated cluster reads it, and writes nothing to it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clients.cluster_marks import read_mark, write_mark
from clients.definitions import delete_definitions, put_definitions
from clients.environment import Environment
from clients.errors import AlreadyThere, Denied, NotFound, Rejected
from clients.indices import count_documents, list_indices
from clients.restores import (
    Restoring,
    begin_restore,
    delete_indices,
    read_restoring,
    register_read_only,
    stored_bytes,
    unregister_repository,
)
from clients.snapshots import read_snapshot
from domain import wording
from domain.manifest import Manifest
from domain.recovery_set import Kind
from domain.refusal import Problem
from domain.snapshot import Snapshot
from tasks.isolated_cluster import admit, cluster_problems, leave_mark, own_patterns
from tasks.set_files import read_set_json
from tasks.snapshots import check_snapshot
from tasks.step import step
from tasks.targets import Target
from tasks.waiting import CLOSELY, wait_for

logger = logging.getLogger("muster")

TAKES = timedelta(hours=12)
STALLS = timedelta(minutes=10)  # without a byte or a shard more, after which a restore is given up
FORGETS = timedelta(minutes=2)  # until a repository is no longer in use

Keep = Callable[[], None]
Tell = Callable[[str], None]


class SearchNotRestored(Exception):
    """The set's snapshot did not come back whole."""


class NotPlaced(Exception):
    """The isolated cluster gives a shard no place, for want of room or by its settings: which says nothing of
    the set."""


@dataclass(frozen=True)
class RestoredSearch:
    """What came back."""

    at: datetime  # the snapshot's start: the bound of what is in it
    documents: int
    shards: int
    bytes: int
    begun_at: datetime
    ready_at: datetime  # when every shard had started

    @property
    def told(self) -> str:
        """9 documents, 1.2 MB in 2 shards, as of 2026-11-23 12:00 UTC; every shard had started after 3 s"""
        took = wording.length(self.ready_at - self.begun_at)
        return (
            f"{wording.counted(self.documents, 'document')}, {wording.size(self.bytes)} in "
            f"{wording.counted(self.shards, 'shard')}, as of {self.at:%Y-%m-%d %H:%M:%S} UTC; "
            f"every shard had started after {took}"
        )


def search_target_problems(env: Environment) -> list[Problem]:
    """What a drill is refused for that would restore the environment's search, before anything is made."""
    search = env.search
    if search is None:
        return []
    if env.drill.search is None:
        return [
            Problem(
                f"{env.name}: there is no isolated cluster to restore its search into",
                "write a secret with the address of one, and name it as drill.search",
            )
        ]
    problems = []
    if not search.binding:
        problems.append(
            Problem(
                f"{env.name}: it is not known which variable of {env.service.name} names its search",
                "name it as search.binding: a drill's service must be given another",
            )
        )
    try:
        return [*problems, *cluster_problems(env)]
    except (Denied, NotFound, Rejected) as error:
        return [*problems, Problem(error.what, error.hint or "check drill.search in the environment's file")]


@step
def restore_search(
    target: Target, manifest: Manifest, keep: Keep, tell: Tell, stalls: timedelta = STALLS
) -> RestoredSearch:
    """Restore the set's snapshot into the isolated cluster: templates and pipelines, then indices with their
    settings, mappings and aliases; nothing of production's cluster settings. `keep` is called every second or
    so (to renew a lease), `tell` with how far it is.

    All of it is marked in the cluster beforehand, with the drill's id. Called again, what was begun is waited
    for. It is there when every primary shard has started and every one tells its count.

    Raises:
        Refused: the cluster is production's, or holds what this drill did not restore.
        SearchNotRestored: the snapshot is gone, another or not whole; a shard cannot be restored; or nothing
            moved for as long as `stalls`.
        NotPlaced: the cluster gives a shard no node, now or for as long as `stalls`.
    """
    reference = _reference(manifest)
    noted = read_set_json(target.env, manifest, "configuration/search.json")
    mark = leave_mark(target, reference, noted)
    keep()
    if mark.repository:
        kept = noted["repository"]
        register_read_only(target.env, mark.repository, kept["type"], kept.get("settings", {}))
    snapshot = _whole(target.env, reference, manifest)
    mark = admit(target, mark, snapshot, noted)
    keep()
    put_definitions(target.env, noted, mark.definitions)
    keep()
    _begin(target.env, snapshot)
    done = _started(target.env, snapshot, keep, tell, stalls)
    ready_at = datetime.now(UTC)
    counts = count_documents(target.env)
    size = stored_bytes(target.env, snapshot.indices)
    documents = sum(counts.get(name, 0) for name in snapshot.indices)
    tell(f"{wording.counted(documents, 'document')}, {wording.size(size)}")
    return RestoredSearch(snapshot.started_at, documents, done.shards, size, mark.begun_at, ready_at)


@step
def take_down_search(target: Target, keep: Keep) -> list[str]:
    """Remove what the drill made in the isolated cluster, by its mark there; what was removed, in sentences.

    Nothing is removed of what another drill made, nor where nobody left a mark. What is gone is gone. The
    snapshot stays in its repository.
    """
    env = target.env
    if env.search is None or env.search.credentials == (target.source.search or env.search).credentials:
        return []
    mark = read_mark(env)
    if mark is None or mark.drill != target.drill:
        return []
    removed = []
    mine = {name for pattern in own_patterns(env.search.indices) for name in list_indices(env, pattern)}
    indices = sorted(mine | (set(mark.indices) & set(list_indices(env, "*"))))
    delete_indices(env, indices)
    if indices:
        removed.append(f"in the isolated cluster: {wording.listed(indices)}")
    keep()
    delete_definitions(env, mark.definitions)
    if mark.repository:
        wait_for(
            lambda: _forgotten(env, mark.repository), FORGETS, f"repository {mark.repository}: its end", keep
        )
        removed.append(f"repository {mark.repository} is no longer registered there")
    write_mark(env, None)
    return removed


def _reference(manifest: Manifest) -> str:
    """Of the set's snapshot."""
    part = next((part for part in manifest.parts if part.kind is Kind.SEARCH), None)
    if part is None:
        raise SearchNotRestored(f"{manifest.id}: it holds no snapshot of the search; drill another set")
    return part.references[0]


def _whole(env: Environment, reference: str, manifest: Manifest) -> Snapshot:
    """The snapshot as the isolated cluster reads it in the repository: the set's own, with every shard."""
    troubles = check_snapshot(env, manifest)
    found = read_snapshot(env, reference)
    if found is None or troubles:
        raise SearchNotRestored("; ".join(troubles) or f"snapshot {reference} is gone")
    return found


def _begin(env: Environment, snapshot: Snapshot) -> None:
    """Begin, unless it was begun: its indices appear all at once."""
    missing = read_restoring(env, snapshot.indices).missing
    if set(missing) == set(snapshot.indices):
        try:
            begin_restore(env, snapshot.reference, list(snapshot.indices))
        except Rejected as refusal:
            raise SearchNotRestored(str(refusal)) from refusal


def _started(env: Environment, snapshot: Snapshot, keep: Keep, tell: Tell, stalls: timedelta) -> Restoring:
    """Wait until every primary shard has started."""
    last: list[tuple[int, int]] = []
    moved = time.monotonic()

    def look() -> Restoring | None:
        nonlocal moved
        now = read_restoring(env, snapshot.indices)
        tell(
            f"{wording.size(now.copied)} of {wording.size(now.to_copy)}, "
            f"{now.started} of {wording.counted(now.shards, 'shard')}{now.waits and ', '}{now.waits}"
        )
        if now.missing:
            raise SearchNotRestored(
                f"{snapshot.reference}: {wording.listed(now.missing)} is gone from the isolated cluster: "
                "somebody deleted it; drill again"
            )
        if now.trouble and now.unplaced:
            raise NotPlaced(f"{snapshot.reference}: {now.trouble}; see that the isolated cluster can hold it")
        if now.trouble:
            raise SearchNotRestored(f"{snapshot.reference}: {now.trouble}")
        if now.done:
            return now
        if last != [(now.started, now.copied)]:
            last[:] = [(now.started, now.copied)]
            moved = time.monotonic()
        if time.monotonic() - moved > stalls.total_seconds():
            kind = NotPlaced if now.waits else SearchNotRestored
            raise kind(
                f"{snapshot.reference}: nothing moved for {wording.length(stalls)}: "
                f"{now.started} of {wording.counted(now.shards, 'shard')} started; {now.waits}"
            )
        return None

    done = wait_for(look, TAKES, f"the restore of {snapshot.reference}", keep, growth=CLOSELY)
    if snapshot.shards != done.shards:
        raise SearchNotRestored(
            f"{snapshot.reference}: {wording.counted(done.shards, 'shard')} came back, "
            f"and the snapshot has {snapshot.shards}"
        )
    return done


def _forgotten(env: Environment, repository: str) -> bool | None:
    """Whether it is; None while a restore from it comes to its end."""
    try:
        unregister_repository(env, repository)
    except AlreadyThere:
        return None
    return True
