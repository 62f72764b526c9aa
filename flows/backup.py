"""Backup: database, search, configuration and secret versions as one recovery set."""

from prefect import flow

from clients.environment_files import load_environment
from tasks.backup_checks import refuse_backup
from tasks.leases import leased_beside
from tasks.logbook import logged
from tasks.recovery_sets import close_set, open_set, take_parts, told


@flow(flow_run_name="backup {environment}")
def backup(environment: str) -> str:
    """Take a recovery set; its id. Its manifest is written last: without one there is no set.

    A deploy may go on beside it; another backup may not.

    Raises:
        Refused: it could not have been restored. Nothing was touched.
        SetIncomplete: a part could not be taken. What there is of it counts nowhere.
    """
    env = load_environment(environment)
    with logged("backup", env) as book:
        refuse_backup(env)
        with leased_beside(env, "backup", book.report.holder) as lease:
            opened = open_set(env, book.report.id, lease)
            take_parts(env, opened, lease)
            manifest = close_set(env, opened, lease)
        book.ends(told(manifest))
    return manifest.id
