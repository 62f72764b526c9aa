"""Saying no to a drill before anything is made: every problem at once, what it would cost among them."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clients.database_instance import read_configuration, read_instance
from clients.environment import Environment
from clients.errors import ClientError, NotFound
from clients.leases import read_lease
from clients.recovery_window import read_window
from domain.drill import Defect, Path
from domain.drill_cost import GIGABYTE, Estimate, Prices, cost_problems, estimate
from domain.drill_wish import Ground, Wish, wish_problems, wish_remarks
from domain.manifest import Manifest
from domain.recovery_set import Kind, Window
from domain.refusal import Refused
from domain.vault_layout import part_name

logger = logging.getLogger("muster")


@dataclass(frozen=True)
class Admitted:
    """A drill that may begin: what it will not be able to say, and what it will cost."""

    remarks: tuple[str, ...]
    cost: Estimate | None  # None: the environment has no prices


def refuse_drill(
    env: Environment,
    manifest: Manifest | None,
    wish: Wish,
    *,
    past: Sequence[timedelta] = (),
    plantable: Collection[Defect] = (),
) -> Admitted:
    """Nothing is made or changed here. `manifest` is None while no set is chosen; `past` is how long past
    drills took, newest first; `plantable` what can be planted in this environment.

    Raises:
        Refused: with all that stands in the way.
        ClientError: what is to be known could not be read.
    """
    ground = _ground(env, manifest, wish, plantable)
    problems = wish_problems(wish, ground, _now(env))
    cost = cost_of_drill(env, manifest, past, wish.keep_for) if wish.keep_for >= timedelta(0) else None
    if cost and env.drill.cost:
        problems += cost_problems(cost, env.drill.cost.cap)
    if problems:
        raise Refused(problems)
    return Admitted(tuple(wish_remarks(ground)), cost)


def cost_of_drill(
    env: Environment, manifest: Manifest | None, past: Sequence[timedelta], keep_for: timedelta
) -> Estimate | None:
    """What it will cost by the environment's prices; None where it has none."""
    prices = env.drill.cost
    if prices is None:
        return None
    own = Prices(prices.cap, prices.hour, prices.gigabyte, prices.expected)
    return estimate(own, _size(env, manifest), past, keep_for)


def _now(env: Environment) -> datetime:
    """The storage server's time: ours decides nothing. It tells whole seconds: the end of that one, lest an
    instant that has just been would count as one to come."""
    return read_lease(env, "drill").date + timedelta(seconds=1)


def _window(env: Environment) -> Window | None:
    """The recovery window; None where there is none, or no instance any more."""
    try:
        return read_window(env)
    except NotFound:
        return None


def _ground(env: Environment, manifest: Manifest | None, wish: Wish, plantable: Collection[Defect]) -> Ground:
    instance = read_instance(env) if env.database else None
    recovery = bool(instance and instance.point_in_time_recovery)
    window = _window(env) if recovery and wish.path is Path.POINT_IN_TIME else None
    held = {part.kind for part in manifest.parts} if manifest else set()
    return Ground(
        environment=env.name,
        instance=env.database.instance if env.database else "",
        binding=bool(env.database and env.database.binding),
        search=env.search is not None,
        isolated=bool(env.drill.search),
        search_binding=bool(env.search and env.search.binding),
        heartbeat=env.heartbeat is not None,
        there=instance is not None,
        recovery=recovery,
        window=window,
        longest=env.drill.longest,
        plantable=plantable,
        set_id=manifest.id if manifest else "",
        parts=_files(manifest) if manifest else (),
        has_backup=Kind.DATABASE in held,
        has_snapshot=Kind.SEARCH in held,
    )


def _files(manifest: Manifest) -> set[str]:
    own = "/" + part_name(manifest.environment, manifest.id, "")
    names = (name for part in manifest.parts for name in part.references)
    return {name.partition(own)[2] for name in names if own in name}


def _size(env: Environment, manifest: Manifest | None) -> int | None:
    """The bytes to restore: of the set's backup where it tells, else the instance's disk."""
    if env.database is None:
        return 0
    part = manifest.complete("").part(Kind.DATABASE) if manifest else None
    if part and part.size is not None:
        return part.size
    try:
        disk = read_configuration(env).get("settings", {}).get("dataDiskSizeGb")
    except ClientError as error:
        logger.warning(f"{env.name}: the size of its database is not known: {error}")
        return None
    return int(disk) * GIGABYTE if disk else None
