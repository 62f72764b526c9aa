"""The Cloud SQL instance that a drill makes: whose it is, how it is made, how it is taken down."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from clients.cloud_sql import Busy, instance_of
from clients.environment import Environment
from clients.errors import Rejected
from clients.new_instances import clone_as_new, restore_as_new
from clients.recovery_window import read_window
from clients.sql_instances import patch_instance, read_instance_named, start_instance
from clients.sql_operations import list_operations
from domain.database_instance import RUNNABLE
from domain.drill import Path
from domain.manifest import Manifest
from domain.recovery_set import Kind
from domain.refusal import Refused, refuse
from domain.restore_point import instant_problems, within
from domain.sql_instance import SqlInstance
from domain.target_settings import of_a_target, target_settings
from tasks.set_files import has_set_file, read_set_json
from tasks.sql_work import Keep, WorkFailed, see_through, work
from tasks.targets import DRILL, LENGTH, Target
from tasks.turns import in_turn
from tasks.waiting import wait_for

CLONE = "CLONE"  # Cloud SQL's word for the operation
ON_ITS_WAY = ("PENDING_CREATE", "MAINTENANCE")
CONFIGURATION = "configuration/database.json"
SETTLES = timedelta(minutes=30)  # after its operation has ended, or for its settings to change


class NotOurs(Exception):
    """There is an instance of that name which this drill did not make. It is not touched."""


def own_instance(target: Target) -> SqlInstance | None:
    """The drill's instance as it is now; None when there is none.

    Labels tell that it is the drill's. A clone carries its source's until it has its own: what has none of
    any drill's, and was cloned under this name, which is like no other, is the drill's as well.

    Raises:
        NotOurs: it is somebody else's.
    """
    found = read_instance_named(target.env, target.name)
    if found is None or labelled(target, found):
        return found
    if DRILL not in found.labels and list_operations(target.env, CLONE, instance=target.name):
        return found
    raise NotOurs(
        f"{target.name}: there is such an instance, and this drill did not make it; it is left as it is: "
        "look whose it is, and drill again"
    )


def labelled(target: Target, instance: SqlInstance) -> bool:
    """Its labels say that it is the drill's; the environment's file may give another length by now."""
    whose = {name: value for name, value in target.labels.items() if name != LENGTH}
    return whose.items() <= instance.labels.items()


def noted_configuration(target: Target, manifest: Manifest) -> dict[str, Any]:
    """The source as it was set up when the set was taken; empty where the set does not tell.

    Raises:
        ClientError: it cannot be read, or was altered.
    """
    if not has_set_file(manifest, CONFIGURATION):
        return {}
    return read_set_json(target.source, manifest, CONFIGURATION)


def make_instance(
    target: Target, manifest: Manifest | None, path: Path, at: datetime | None, keep: Keep
) -> tuple[SqlInstance, str]:
    """The drill's instance, made unless it is there, and seen through; with what it was brought to.

    Raises:
        NotOurs: there is one of that name which is somebody else's.
        Refused: the instant is in the future. Nothing was made.
        Rejected: the API refuses, in its words; an instant, with the recovery window beside it.
        WorkFailed: it could not be made.
    """
    there = own_instance(target)
    if path is Path.BACKUP:
        operation, to = _restore(target, manifest, keep)
    elif there:  # to which instant, is known of one that was given
        operation = ""
        to = _utc(at) if at else f"the latest instant that could be had at {_utc(there.created_at)}"
    else:
        operation, to = _clone(target, at, keep)
    longest, what = target.source.drill.longest, f"{target.name}: its restore"
    see_through(target.env, target.name, what, operation, keep=keep, within=longest)
    if (made := list_operations(target.env, instance=target.name)) and made[-1].error:
        raise WorkFailed(f"{what}: it failed: {made[-1].error}; take it down, and drill again")
    return wait_for(lambda: _running(target), SETTLES, f"{target.name}: that it runs", keep), to


def claim(target: Target, found: SqlInstance, keep: Keep) -> None:
    """See that the instance carries the drill's labels, and that it can be deleted with all that is of it."""
    if labelled(target, found) and not (found.backups or lasting(found)):
        return
    patch = partial(patch_instance, target.env, target.name, of_a_target(target.labels))
    work(target.env, target.name, f"{target.name}: its labels", patch, keep=keep, within=SETTLES)


def lasting(found: SqlInstance) -> bool:
    """It cannot be deleted, or leaves something behind."""
    return found.protected or found.retains_backups or found.final_backup


def _restore(target: Target, manifest: Manifest | None, keep: Keep) -> tuple[str, str]:
    parts = manifest.parts if manifest else ()
    part = next((part for part in parts if part.kind is Kind.DATABASE), None)
    if manifest is None or part is None:
        raise refuse(
            f"{manifest.id if manifest else 'no set'}: it has no backup of a database", "take another set"
        )
    settings = target_settings(noted_configuration(target, manifest), target.labels)
    backup, name = part.references[0], target.name
    call = partial(restore_as_new, target.env, name, backup, target.env.region, settings)
    return in_turn(name, call, keep), f"the set's own backup, which holds all writes up to {_utc(part.at)}"


def _clone(target: Target, at: datetime | None, keep: Keep) -> tuple[str, str]:
    source, name = instance_of(target.source), target.name
    if at and (problems := instant_problems(at, datetime.now(UTC))):
        raise Refused(problems)
    instant = at or _latest(target.source)
    try:
        operation = in_turn(source, partial(clone_as_new, target.env, source, name, instant), keep)
    except Rejected as error:
        raise Rejected(error.what, within(read_window(target.source))) from error
    return operation, _utc(instant) if at else f"{_utc(instant)}, the latest instant that could be had"


def _latest(source: Environment) -> datetime:
    window = read_window(source)
    if window is None:
        raise Rejected(f"{instance_of(source)}: it cannot be brought to any instant", within(None))
    return window.latest_at


def _running(target: Target) -> SqlInstance | None:
    """The instance, once it runs and has an address; None while it does not."""
    found = own_instance(target)
    if found is None or found.state not in {RUNNABLE, *ON_ITS_WAY}:
        state = found.state if found else "gone"
        raise WorkFailed(f"{target.name}: it could not be made: it is {state}; take it down, and drill again")
    if found.stopped:  # a clone has its source's settings, and that one may be fenced
        with suppress(Busy):
            start_instance(target.env, target.name)
        return None
    return found if found.runs and found.host else None


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
