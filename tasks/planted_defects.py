"""Drill the drill: a defect planted into what is restored, to see that the drill catches it.

Nothing of production's is changed, nor what was backed up: a backup is damaged for who restores it (where the
environment has an address for that, `drill.damage`), another one is restored in its place, or the target is
changed. What each is, and what catches it: docs/runbooks/restore_drill.md.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from clients.damage import damage_address
from clients.environment import Environment
from clients.errors import ClientError
from clients.patience import patience
from domain.drill import Defect, Path
from domain.index_patterns import excludes, is_pattern
from domain.manifest import Manifest
from domain.planted import possible
from domain.refusal import Problem, Refused
from tasks.abreast import abreast
from tasks.planted_backups import Beforehand, beforehand, damage_to, heal
from tasks.planted_changes import CHANGES
from tasks.step import step
from tasks.targets import Target

logger = logging.getLogger("muster")

PLANTING = timedelta(minutes=3)  # a damage may be another snapshot, for which a busy cluster takes its time

Keep = Callable[[], None]
Left = Callable[[str], None]


@dataclass(frozen=True)
class Planted:
    """What a drill goes on with. What it expects stays what its own set says."""

    defect: Defect | None
    manifest: Manifest  # what is restored: the set, or the set with another backup in its place
    at: datetime | None = None  # to which the database is brought back, where that is the defect
    said: str = ""  # what was planted before the restore, in a sentence

    def into_target(self, target: Target, keep: Keep) -> str:
        """Change what was restored, where that is the defect: after the index and the configuration were
        brought to what they should be, which would heal it, and before anything is checked. What was planted,
        then or before; empty where there is no defect."""
        if self.defect in CHANGES:
            return change_target(target, self.manifest, self.defect, keep)
        return self.said


def plantable(env: Environment, path: Path = Path.BACKUP) -> list[Defect]:
    """The defects that can be planted in this environment, as far as its file tells."""
    database, search = env.database, env.search
    return possible(
        path,
        database=database is not None,
        search=search is not None and env.drill.search is not None,
        binding=database is not None and database.binding is not None,
        damage=bool(damage_address(env)),
        another=env.drill.another is not None,
        pattern=search is not None
        and any(is_pattern(each) and not excludes(each) for each in search.indices),
    )


def defect_problems(
    env: Environment, manifest: Manifest, defect: Defect | None, path: Path = Path.BACKUP
) -> list[Problem]:
    """What a drill with that defect is refused for, before anything is made."""
    try:
        _plan(env, manifest, defect, path)
    except Refused as refused:
        return list(refused.problems)
    return []


@contextmanager
def planted(
    target: Target,
    manifest: Manifest,
    defect: Defect | None,
    keep: Keep,
    left: Left,
    *,
    path: Path = Path.BACKUP,
) -> Iterator[Planted]:
    """Inside, the set's backup or snapshot is damaged for who restores it, or another backup stands in its
    place; afterwards all is as it was. What a drill that died has left damaged is healed first, without a
    defect too. `keep` is called while it is being damaged (to renew a lease), `left` with what could not be
    healed, and why: however it ended inside is not hidden by that.

    Raises:
        Refused: it cannot be planted. Nothing was changed.
        ClientError: what was to be damaged could not be.
    """
    env = target.source
    planned = _plan(env, manifest, defect, path)
    heal(env, manifest)
    try:
        if planned and planned.damage:
            _while_kept(planned.damage, keep)
        if planned and planned.said:
            logger.warning(f"{target.name}: planted: {planned.said}")
        yield (
            Planted(defect, planned.manifest, planned.at, planned.said)
            if planned
            else Planted(None, manifest)
        )
    finally:
        try:
            heal(env, manifest)
        except ClientError as error:
            left(f"{damage_to(manifest.id)} ({error})")


def _while_kept(damage: Callable[[], None], keep: Keep) -> None:
    with patience(PLANTING):
        outcome = abreast({"damage": damage}, keep)
    for failure in outcome.failed.values():
        raise failure


@step(named="plant {defect}")
def change_target(target: Target, manifest: Manifest, defect: Defect, keep: Keep) -> str:
    """Plant the defect into the target; what was changed, in a sentence.

    Raises:
        NotPlanted: there is nothing to plant it in.
        ClientError, WorkFailed: it could not be done.
    """
    said = CHANGES[defect](target, manifest, keep)
    logger.warning(f"{target.name}: planted: {said}")
    return said


def _plan(env: Environment, manifest: Manifest, defect: Defect | None, path: Path) -> Beforehand | None:
    """What is done before the restore; None where no defect was asked for. Nothing is changed yet."""
    if defect is None:
        return None
    there = plantable(env, path)
    if defect not in there:
        others = ", ".join(there) or "none"
        raise Refused([Problem(f"{env.name}: {defect} cannot be planted here", f"what can be: {others}")])
    if defect in CHANGES:
        return Beforehand(manifest, "")
    return beforehand(env, manifest, defect, path)
