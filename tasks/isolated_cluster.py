"""The isolated cluster, into which drills restore: whether it may be used, and whose all in it is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clients.cluster_marks import read_mark, write_mark
from clients.definitions import compare_definitions
from clients.environment import Environment
from clients.indices import list_indices
from clients.restores import cluster_uuid
from clients.snapshots import read_repository
from domain import wording
from domain.index_patterns import excludes
from domain.refusal import Problem, Refused
from domain.restore_mark import RestoreMark
from domain.snapshot import Snapshot
from tasks.targets import Target


def cluster_problems(env: Environment) -> list[Problem]:
    """What is in the way of a drill in the cluster that the environment's drill.search names.

    Raises:
        ClientError: that cluster, or production's, could not be asked.
    """
    search = env.search
    assert search
    isolated = env.model_copy(update={"search": search.model_copy(update={"credentials": env.drill.search})})
    return _same_cluster(env, isolated) or _occupied(isolated, search.indices)


def leave_mark(target: Target, reference: str, noted: dict[str, Any]) -> RestoreMark:
    """The drill's mark, left in a cluster that is another than production's and empty. Refused otherwise."""
    env = target.env
    found = read_mark(env)
    if found and (found.drill, found.reference) == (target.drill, reference):
        return found
    problems = cluster_problems(target.source)
    repository = reference.partition("/")[0]
    there = read_repository(env, repository)
    if there and not there.readonly:
        problems.append(
            Problem(
                f"{env.name}: the isolated cluster writes the repository {repository} that production writes",
                f"take it away there (DELETE _snapshot/{repository}): two writers spoil a repository",
            )
        )
    _, other = compare_definitions(env, noted)
    problems += [
        Problem(f"{env.name}: the isolated cluster has another {name} than the set", "delete it there")
        for name in other
    ]
    if problems:
        raise Refused(problems)
    mark = RestoreMark(
        target.drill,
        target.source.name,
        reference,
        datetime.now(UTC),
        indices=(),
        repository="" if there else repository,
    )
    write_mark(env, mark)
    return mark


def admit(target: Target, mark: RestoreMark, snapshot: Snapshot, noted: dict[str, Any]) -> RestoreMark:
    """The mark with all that is about to be made, none of which is there."""
    if mark.indices:
        return mark
    env = target.env
    taken = sorted(set(snapshot.indices) & set(list_indices(env, "*")))
    if taken:
        raise Refused([_not_ours(env, taken)])
    missing, _ = compare_definitions(env, noted)
    wanted = replace(mark, indices=snapshot.indices, definitions=tuple(missing))
    write_mark(env, wanted)
    return wanted


def own_patterns(patterns: list[str]) -> list[str]:
    """Those that name indices, without those that take some away."""
    return [pattern for pattern in patterns if not excludes(pattern)]


def _same_cluster(env: Environment, isolated: Environment) -> list[Problem]:
    if cluster_uuid(env) != cluster_uuid(isolated):
        return []
    return [
        Problem(
            f"{env.name}: {env.drill.search} names the very cluster that the service uses",
            "let drill.search name a cluster of its own, whose indices may be lost",
        )
    ]


def _occupied(isolated: Environment, patterns: list[str]) -> list[Problem]:
    """Whatever is in the way in the isolated cluster."""
    mark = read_mark(isolated)
    if mark:
        return [
            Problem(
                f"{isolated.name}: the isolated cluster holds what drill {mark.drill} of {mark.environment} "
                "restored there",
                f"wait for its end; what a drill that died has left is removed by muster reap "
                f"{mark.environment}",
            )
        ]
    there = sorted({name for pattern in own_patterns(patterns) for name in list_indices(isolated, pattern)})
    return [_not_ours(isolated, there)] if there else []


def _not_ours(isolated: Environment, names: list[str]) -> Problem:
    return Problem(
        f"{isolated.name}: no drill restored {wording.listed(names)}, which the isolated cluster holds",
        "delete it there, if nobody needs it, or let drill.search name another cluster",
    )
