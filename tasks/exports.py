"""Exports of the database into recovery sets that are complete: a copy that outlives instance and vendor."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from clients.catalogue import read_catalogue
from clients.cloud_sql import instance_of
from clients.database_instance import read_instance
from clients.environment import Environment
from clients.exports import begin_export, exports_to
from clients.objects import delete_object, object_size
from clients.sql_operations import EXPORT, Operation, list_operations, read_operation
from domain import wording
from domain.database_instance import unusable
from domain.recovery_set import Kind, Part, RecoverySet
from domain.refusal import Refused, refuse
from domain.vault_layout import part_name, reference
from tasks.catalogue import change_set
from tasks.step import step
from tasks.turns import in_turn
from tasks.waiting import wait_for

TAKES = timedelta(hours=12)  # an export, at most

Keep = Callable[[], None]
Tell = Callable[[str], None]


class ExportFailed(Exception):
    """Cloud SQL did not write the export."""


@step
def check_exportable(env: Environment) -> None:
    """Refused where there is no database, or its instance cannot be exported."""
    if env.database is None:
        raise refuse(f"{env.name}: it has no database", "there is nothing to export; remove the schedule")
    problems = unusable(instance_of(env), read_instance(env))
    if problems:
        raise Refused(problems)


@step
def adopt_exports(env: Environment) -> list[str]:
    """Add the exports to their sets whose run died before it noted them; the ids of those sets."""
    made = {each.uri: each for each in reversed(list_operations(env, EXPORT)) if each.succeeded}
    adopted = []
    for each in read_catalogue(env).sets:
        uri = _uri(env, each.id)
        if each.restorable and not each.part(Kind.EXPORT) and uri in made:
            size = object_size(env, env.vault, _name(env, each.id))
            if size:
                note_export(env, each.id, _part(uri, made[uri], size))
                adopted.append(each.id)
    return adopted


@step
def set_to_export(env: Environment) -> RecoverySet | None:
    """The newest set that can be restored; None when it has its export. An older one is not looked for: what
    is exported now is the database of now.

    Raises:
        Refused: there is no set.
    """
    usable = [each for each in read_catalogue(env).sets if each.restorable]
    if not usable:
        raise refuse(
            f"{env.name}: there is no complete recovery set to put an export into",
            f"run the backup of {env.name} first, and see muster sets {env.name}",
        )
    newest = usable[-1]
    return None if newest.part(Kind.EXPORT) else newest


@step(named="export the database into {set_id}")
def export_database(env: Environment, set_id: str, keep: Keep, tell: Tell) -> Part:
    """Have the database exported into the vault, and wait for it. The part stands for the export's beginning.

    An export to that object that is under way is waited for; what lies there that no export made whole is
    deleted and made anew.

    Raises:
        ExportFailed: its operation ended with an error, or nothing was written.
        Denied: the instance's service account may not write to the vault.
    """
    uri, instance = _uri(env, set_id), instance_of(env)
    known = exports_to(env, uri)
    under_way = next((each.name for each in known if not each.ended), "")
    if not under_way:
        if any(each.succeeded for each in known) and (part := _whole(env, set_id, known)):
            return part
        delete_object(env, env.vault, _name(env, set_id))
        before = [each.name for each in known]
        under_way = in_turn(instance, lambda: begin_export(env, uri, before), keep, tell=tell)
    began = time.monotonic()

    def ended() -> Operation | None:
        tell(wording.length(timedelta(seconds=int(time.monotonic() - began))))
        found = read_operation(env, under_way)
        if found is None:
            raise ExportFailed(f"{uri}: Cloud SQL tells nothing of its operation any more; export it again")
        return found if found.ended else None

    done = wait_for(ended, TAKES, f"{instance}: the export", keep)
    if done.error:
        raise ExportFailed(f"{instance}: the export to {uri} failed: {done.error}; see the instance's log")
    part = _whole(env, set_id, [done])
    if part is None:
        raise ExportFailed(f"{uri}: Cloud SQL says that it is exported, and there is nothing in it")
    return part


@step(named="note the export of {set_id}")
def note_export(env: Environment, set_id: str, part: Part) -> None:
    """Add it to what is known of the set. Noted already is noted.

    Raises:
        Refused: the set is gone, or on its way out; the export is deleted again.
    """

    def add(known: RecoverySet) -> RecoverySet:
        if known.deleting:
            raise refuse(f"{set_id}: its deletion has begun", "export again: another set is the newest now")
        if any(part.references == each.references for each in known.parts):
            return known
        return replace(known, parts=(*known.parts, part))

    try:
        change_set(env, set_id, add)
    except Refused:
        delete_object(env, env.vault, _name(env, set_id))
        raise


def _whole(env: Environment, set_id: str, made: list[Operation]) -> Part | None:
    """The part, if the object is there with something in it; of the newest export that succeeded."""
    size = object_size(env, env.vault, _name(env, set_id))
    newest = next((each for each in made if each.succeeded), None)
    return _part(_uri(env, set_id), newest, size) if size and newest else None


def _part(uri: str, made: Operation, size: int) -> Part:
    return Part(Kind.EXPORT, (uri,), made.began_at, size)


def _name(env: Environment, set_id: str) -> str:
    assert env.database
    return part_name(env.name, set_id, f"export/{env.database.name}.sql.gz")


def _uri(env: Environment, set_id: str) -> str:
    return reference(env.vault, _name(env, set_id))
