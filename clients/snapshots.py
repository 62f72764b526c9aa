"""Snapshots of an environment's search: begun, looked at, listed. Elasticsearch 9's own API.

What Muster takes carries in its metadata whose it is, so that environments may share a repository.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from elasticsearch import BadRequestError

from clients.environment import Environment
from clients.errors import NotFound
from clients.patience import patient
from clients.search import asked, search_of
from domain.snapshot import Progress, Repository, Snapshot, State

OURS = "muster-*"  # the names of all that Muster takes, in any environment
PAGE = 50  # snapshots in an answer: each is an object of the repository that is read for it
EXPAND = ["open", "closed"]  # what a pattern matches: hidden indices are taken where their names are given


@patient
def begin_snapshot(env: Environment, name: str, set_id: str = "") -> None:
    """Begin a snapshot of the environment's indices. One of that name that there is already, begun or ended,
    is not repeated: names are never used twice.

    Raises:
        Rejected: a primary shard has no node, or the name cannot be one.
        NotFound: there is no such repository, or no index of a name that is no pattern.
    """
    search = search_of(env)
    with asked(env, f"{search.repository}/{name}: taking a snapshot") as client:
        try:
            client.snapshot.create(
                repository=search.repository,
                snapshot=name,
                indices=search.indices,
                expand_wildcards=EXPAND,
                include_global_state=False,
                feature_states=["none"],
                partial=False,
                metadata={"muster": _mark(env, set_id)},
                wait_for_completion=False,
            )
        except BadRequestError as error:
            if error.error != "snapshot_name_already_in_use_exception":
                raise


@patient
def read_snapshot(env: Environment, reference: str) -> Snapshot | None:
    """The snapshot as it is now; None when there is none (any more).

    Raises:
        NotFound: the repository is not registered, so that it cannot be told.
    """
    repository, _, name = reference.partition("/")
    try:
        with asked(env, f"{reference}: looking at the snapshot") as client:
            found = client.snapshot.get(repository=repository, snapshot=name)["snapshots"]
    except NotFound:
        if read_repository(env, repository) is None:
            raise
        return None
    return _typed(found[0]) if found else None


@patient
def read_progress(env: Environment, reference: str) -> Progress:
    """How far the snapshot is. Of one that has ended each shard is read in the repository: ask once.

    Its state is not taken from here: of a PARTIAL snapshot it says SUCCESS.
    """
    repository, _, name = reference.partition("/")
    with asked(env, f"{reference}: asking how far it is") as client:
        (found,) = client.snapshot.status(repository=repository, snapshot=name)["snapshots"]
    stats, shards = found["stats"], found["shards_stats"]
    to_copy = stats["incremental"]
    copied = stats.get("processed", to_copy)  # left out once it is all
    return Progress(
        copied=max(0, copied["size_in_bytes"]),  # -1 each for shards whose node has left
        to_copy=max(0, to_copy["size_in_bytes"]),
        size=max(0, stats["total"]["size_in_bytes"]),
        files=max(0, to_copy["file_count"]),
        shards_done=shards["done"],
        shards=shards["total"],
    )


def list_snapshots(env: Environment, page: int = PAGE) -> Iterator[Snapshot]:
    """Those that Muster took in this environment, the newest first, so many looked at in one request."""
    after = ""
    while True:
        found, after = _page(env, page, after)
        for item in found:
            mark = _mark_of(item)
            if (mark.get("project"), mark.get("environment")) == (env.project, env.name):
                yield _typed(item)
        if not after:
            return


def newest_snapshot(env: Environment) -> tuple[str, datetime] | None:
    """The newest one that succeeded, those of sets included: its name, and the instant it began."""
    newest = next((each for each in list_snapshots(env) if each.successful), None)
    return (newest.name, newest.started_at) if newest else None


@patient
def begin_deletion(env: Environment, reference: str) -> None:
    """Have a snapshot deleted, and do not wait for it; what is gone already is gone."""
    repository, _, name = reference.partition("/")
    try:
        with asked(env, f"{reference}: deleting the snapshot") as client:
            client.snapshot.delete(repository=repository, snapshot=name, wait_for_completion=False)
    except NotFound:
        return


@patient
def read_repository(env: Environment, name: str) -> Repository | None:
    """The repository as it is registered; None when it is not."""
    try:
        with asked(env, f"snapshot repository {name}: looking at it") as client:
            found = client.snapshot.get_repository(name=name)[name]
    except NotFound:
        return None
    kind, readonly = found["type"], found.get("settings", {}).get("readonly", "false")
    return Repository(name, kind, readonly=kind == "url" or str(readonly).lower() == "true")


@patient
def _page(env: Environment, size: int, after: str) -> tuple[list[dict[str, Any]], str]:
    repository = search_of(env).repository
    with asked(env, f"snapshot repository {repository}: listing it") as client:
        found = client.snapshot.get(
            repository=repository,
            snapshot=OURS,
            sort="start_time",
            order="desc",
            size=size,
            after=after or None,
            ignore_unavailable=True,  # one whose files are damaged does not hide the others
        )
    return found["snapshots"], found.get("next") or ""


def _mark(env: Environment, set_id: str) -> dict[str, str]:
    return {"project": env.project, "environment": env.name, "service": env.service.name, "set": set_id}


def _mark_of(item: dict[str, Any]) -> dict[str, Any]:
    mark = (item.get("metadata") or {}).get("muster")
    return mark if isinstance(mark, dict) else {}


def _typed(item: dict[str, Any]) -> Snapshot:
    shards = item["shards"]
    state = State(item["state"])
    ended = None if state is State.IN_PROGRESS else _instant(item["end_time_in_millis"])
    return Snapshot(
        repository=item["repository"],
        name=item["snapshot"],
        uuid=item["uuid"],
        state=state,
        started_at=_instant(item["start_time_in_millis"]),
        ended_at=ended,
        indices=tuple(sorted(item["indices"])),
        shards=shards["total"],
        shards_failed=shards["failed"],
        failures=tuple(sorted(_failure(each) for each in item.get("failures", []))),
        version=item["version"],
        set_id=str(_mark_of(item).get("set", "")),
    )


def _failure(item: dict[str, Any]) -> str:
    return f"{item['index']}[{item['shard_id']}]: {item['reason']}"


def _instant(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
