"""What a backup is refused for, all at once, before anything is touched."""

from clients.environment import Environment
from domain.refusal import Refused
from tasks.database_backups import database_problems, database_remarks
from tasks.logbook import logbook
from tasks.snapshots import search_problems
from tasks.step import step
from tasks.vault_checks import vault_problems


@step
def refuse_backup(env: Environment) -> None:
    """Refused when what would be taken could not be restored; remarks are noted.

    Raises:
        Refused: with every problem, and what to do about it.
    """
    problems = vault_problems(env)
    if env.database:
        problems += database_problems(env)
    if env.search:
        problems += search_problems(env)
    if problems:
        raise Refused(problems)
    for remark in database_remarks(env) if env.database else []:
        logbook().note(remark)
