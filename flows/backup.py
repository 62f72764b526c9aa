"""Backup: database, search, configuration and secret versions as one recovery set."""

from prefect import flow

from clients.environment_files import load_environment
from clients.objects import link
from domain.vault_layout import manifest_name
from flows.copy_set import copy_set
from flows.expire import expire
from flows.verify_set import verify_set
from tasks.backup_checks import refuse_backup
from tasks.follow_ups import follow_up
from tasks.leases import leased_beside
from tasks.logbook import logged
from tasks.recovery_sets import close_set, open_set, take_parts, told


@flow(flow_run_name="backup {environment}")
def backup(environment: str, alone: bool = False) -> str:
    """Take a recovery set; its id. Its manifest is written last: without one there is no set.

    A deploy may go on beside it; another backup may not. Unless it is to be `alone`, the set is then checked
    and copied, and old sets expire: each a run of its own, tried again by its own schedule.

    Raises:
        Refused: what would be taken could not be restored. Nothing was touched.
        SetIncomplete: a part could not be taken. What there is of it counts nowhere.
        SetWrong: the set was taken, and its check found something wrong.
    """
    env = load_environment(environment)
    with logged("backup", env) as book:
        refuse_backup(env)
        with leased_beside(env, "backup", book.report.holder) as lease:
            opened = open_set(env, book.report.id, lease)
            take_parts(env, opened, lease)
            manifest = close_set(env, opened, lease)
        book.report.evidence.append(("Manifest", link(env, env.vault, manifest_name(env.name, manifest.id))))
        book.ends(told(manifest))
    if not alone:
        follow_up(verify_set, environment, manifest.id)
        if env.second_vault:
            follow_up(copy_set, environment, manifest.id, owed="its copy is owed, and is tried again")
        follow_up(expire, environment, owed="expire tries again by its own schedule")
    return manifest.id
