"""Validating what a drill restored: every check of it, side by side, each named and timed.

A check that cannot run is no pass, and ends no other.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from domain.drill_check import DrillCheck, Result
from domain.finding import Finding
from domain.manifest import Manifest
from domain.refusal import refuse
from tasks import database_checks, row_checks, search_checks, service_checks
from tasks.abreast import abreast
from tasks.drill_ground import Ground
from tasks.set_files import has_set_file
from tasks.step import step
from tasks.targets import Target

Look = Callable[[], Finding]
Lane = list[tuple[str, Look]]  # checks that are made one after the other, with their names

OF_DRILL = {"service"}  # what these find says nothing about the recovery set


@step
def validate(
    target: Target,
    manifest: Manifest,
    keep: Callable[[], None],
    tell: Callable[[str], None],
    point: datetime | None = None,
) -> list[DrillCheck]:
    """All checks of what was restored into the target.

    Some compare with the source, which is only read. `keep` is called all the while (to renew a lease),
    `tell` with how far it is. It writes into the target alone: the extension amcheck, and a refresh of its
    indices. Each check is there, whatever becomes of it: at worst as one that could not run.

    Args:
        point: the instant that the database was brought to; None for the set's own backup.
    """
    return _all(lanes(Ground(target, manifest, point)), keep, tell)


@step
def validate_database(
    target: Target,
    manifest: Manifest,
    keep: Callable[[], None],
    tell: Callable[[str], None],
    point: datetime | None = None,
) -> list[DrillCheck]:
    """Those of the restored database alone: what there is to know where nothing else came to be."""
    ground = Ground(target, manifest, point)
    return _all(_database_lanes(ground) if target.env.database else {}, keep, tell)


def _all(planned: dict[str, Lane], keep: Callable[[], None], tell: Callable[[str], None]) -> list[DrillCheck]:
    number = sum(map(len, planned.values()))
    made: dict[str, list[DrillCheck]] = {name: [] for name in planned}

    def run(name: str) -> None:
        for each, look in planned[name]:
            made[name].append(check(each, look))
            tell(f"{sum(map(len, made.values()))} of {number} checks")

    outcome = abreast({name: partial(run, name) for name in planned}, keep)
    return [
        made[name][place] if place < len(made[name]) else _unfinished(each, outcome.failed.get(name))
        for name, lane in planned.items()
        for place, (each, _) in enumerate(lane)
    ]


def lanes(ground: Ground) -> dict[str, Lane]:
    """The checks of this target. Lanes run at the same time: what reads all of a database has its own."""
    env = ground.target.env
    return {
        **(_database_lanes(ground) if env.database else {}),
        **({"search": _search_lane(ground)} if env.search else {}),
        **({"service": _service_lane(ground)} if has_set_file(ground.manifest, service_checks.FILE) else {}),
    }


def check(name: str, look: Look) -> DrillCheck:
    """Make one check, and time it. Whatever it raises is why it could not run."""
    began = time.monotonic()
    try:
        finding = look()
        result, said = (Result.PASSED if finding.passed else Result.FAILED), finding.said
    except Exception as failure:
        result, said = Result.NOT_RUN, str(failure) or type(failure).__name__
    took = timedelta(seconds=time.monotonic() - began)
    return DrillCheck(name, result, said, took, of_set=name not in OF_DRILL)


def _database_lanes(ground: Ground) -> dict[str, Lane]:
    drill = ground.target.source.drill
    quick: Lane = [
        ("identity", partial(database_checks.identity, ground)),
        ("schema", partial(database_checks.schema, ground)),
        ("structure", partial(database_checks.structure, ground)),
    ]
    if ground.holds_the_set:
        quick.append(("age", partial(database_checks.age, ground)))
    quick += [
        (f"invariant: {each.name}", partial(database_checks.invariant, ground, each))
        for each in drill.invariants
    ]
    settled: Lane = [
        (f"settled rows of {each.table}", partial(row_checks.settled_rows, ground, each))
        for each in drill.settled
    ]
    return {
        "database": quick,
        "amcheck tables": [("amcheck tables", partial(database_checks.amcheck_tables, ground))],
        "amcheck indices": [("amcheck indices", partial(database_checks.amcheck_indices, ground))],
        "rows": [
            ("rows", partial(row_checks.row_counts, ground)),
            ("sequences", partial(row_checks.sequences, ground)),
        ],
        "settled": [*settled, ("foreign keys", partial(database_checks.foreign_keys, ground))],
    }


def _search_lane(ground: Ground) -> Lane:
    drill = ground.target.source.drill
    if drill.search is None:
        return [("shards", _nowhere)]
    return [
        ("shards", partial(search_checks.shards, ground)),
        ("indices", partial(search_checks.indices, ground)),
        ("documents", partial(search_checks.documents, ground)),
        ("definitions", partial(search_checks.definitions, ground)),
        *((f"search: {each.name}", partial(search_checks.sample, ground, each)) for each in drill.searches),
    ]


def _service_lane(ground: Ground) -> Lane:
    return [("service", partial(service_checks.service, ground))]


def _nowhere() -> Finding:
    raise refuse("the search was restored nowhere", "name an isolated cluster: drill.search")


def _unfinished(name: str, failure: Exception | None) -> DrillCheck:
    why = f"it did not come to its end: {failure}" if failure else "it did not come to its end"
    return DrillCheck(name, Result.NOT_RUN, why, timedelta(0), of_set=False)
