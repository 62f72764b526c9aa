"""Defects that lie in what is restored: a damaged backup, a damaged snapshot, another backup in its place."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from clients import damage as damages
from clients.catalogue import read_catalogue, read_manifest
from clients.damage import BACKUP, SNAPSHOT, damage_address
from clients.database_backups import list_backups_of, read_backup
from clients.environment import Environment
from clients.errors import NotFound
from clients.recovery_window import read_window
from domain.database_backup import SUCCESSFUL
from domain.drill import Defect, Path
from domain.manifest import Manifest, manifest_from_text
from domain.planted import DAMAGED, INSTEAD
from domain.recovery_set import Kind, Part
from domain.refusal import refuse


@dataclass(frozen=True)
class Beforehand:
    """What is restored, and what is done to it before."""

    manifest: Manifest  # the set's, or one with another backup in its place
    said: str
    at: datetime | None = None  # where the instant is what is wrong
    damage: Callable[[], None] | None = None


def beforehand(env: Environment, manifest: Manifest, defect: Defect, path: Path) -> Beforehand:
    """How the defect is planted before the restore. Nothing is changed yet.

    Raises:
        Refused: what it takes is not there, such as an older set.
    """
    if defect in INSTEAD:
        if defect is Defect.STALE:
            return _older(env, manifest, path)
        if env.drill.another:
            return _anothers(env, manifest, env.drill.another)
    in_search = defect is Defect.PARTIAL or env.database is None
    part = part_of(manifest, Kind.SEARCH if in_search else Kind.DATABASE)
    kind = SNAPSHOT if in_search else BACKUP
    if part is None:
        raise refuse(
            f"{manifest.id}: it has no {Kind.SEARCH if in_search else Kind.DATABASE}", "name another set"
        )
    reference = part.references[0]
    more = {} if in_search or defect not in (Defect.BIT_FLIP, Defect.TRUNCATION) else _where(env)
    act = partial(damages.damage, env, kind, reference, defect.value, **more)
    return Beforehand(manifest, f"{defect} in {reference}", damage=act)


def heal(env: Environment, manifest: Manifest) -> None:
    """Take away whatever damage there is of the set's backup and snapshot."""
    if damage_address(env):
        for kind in (Kind.DATABASE, Kind.SEARCH):
            if part := part_of(manifest, kind):
                damages.heal(env, part.references[0])


def may_be_damaged(env: Environment, defect: str) -> bool:
    """Whether what was backed up may have been damaged for that defect, and can be healed."""
    return bool(damage_address(env)) and defect in DAMAGED


def damage_to(set_id: str) -> str:
    """What is left where that set could not be healed."""
    return f"any damage to what set {set_id} keeps"


def heal_left(env: Environment, set_id: str) -> None:
    """Heal a set that a drill has left damaged, while no drill is under way. A set that is gone has taken its
    backups with it.

    Raises:
        ClientError: it could not be healed; Refused: its manifest was altered.
    """
    with suppress(NotFound):
        heal(env, manifest_from_text(read_manifest(env, set_id)))


def part_of(manifest: Manifest, kind: Kind) -> Part | None:
    return next((part for part in manifest.parts if part.kind is kind), None)


def _where(env: Environment) -> dict[str, str]:
    """Which rows: of a table whose rows are compared, if there is one."""
    assert env.database
    settled = {"table": env.drill.settled[0].table} if env.drill.settled else {}
    return {"database": env.database.name, **settled}


def _older(env: Environment, manifest: Manifest, path: Path) -> Beforehand:
    """The backup, or the instant, of the newest set before."""
    own = part_of(manifest, Kind.DATABASE)
    window = read_window(env) if path is Path.POINT_IN_TIME else None
    for known in reversed(read_catalogue(env).sets):
        part = known.part(Kind.DATABASE)
        if own is None or part is None or not known.restorable or part.at >= own.at:
            continue
        if path is Path.BACKUP:
            said = f"the backup of {known.id} in place of that of {manifest.id}"
            return Beforehand(_with(manifest, part), said)
        if window and window.earliest_at <= part.at:
            return Beforehand(manifest, f"the instant of {known.id} in place of that asked for", at=part.at)
    raise refuse(
        f"{manifest.id}: there is no older set to restore in its place",
        "take one more, or plant another defect",
    )


def _anothers(env: Environment, manifest: Manifest, instance: str) -> Beforehand:
    """The newest backup of another instance."""
    own = part_of(manifest, Kind.DATABASE)
    found = [read_backup(env, reference) for reference in list_backups_of(env, instance)]
    whole = [each for each in found if each and each.state == SUCCESSFUL and each.started_at]
    if own is None or not whole:
        raise refuse(f"{instance}: it has no backup to restore", "take one, or name another drill.another")
    newest = max(whole, key=lambda each: (each.started_at is not None, each.started_at, each.reference))
    said = f"a backup of {instance} in place of that of {manifest.id}"
    return Beforehand(_with(manifest, replace(own, references=(newest.reference,))), said)


def _with(manifest: Manifest, part: Part) -> Manifest:
    """The same set with another database backup. Its instant is what is expected, and stays."""
    parts = [
        replace(each, references=part.references) if each.kind is Kind.DATABASE else each
        for each in manifest.parts
    ]
    return replace(manifest, parts=tuple(parts))
