"""What a backup is refused for, all at once, before anything is touched."""

from collections.abc import Callable

from clients.environment import Environment
from domain.refusal import Problem, Refused
from tasks.database_backups import database_problems, database_remarks
from tasks.logbook import logbook
from tasks.side_by_side import side_by_side
from tasks.snapshots import search_problems
from tasks.step import step
from tasks.vault_checks import vault_problems


@step
def refuse_backup(env: Environment) -> None:
    """Refused when what would be taken could not be restored; remarks are noted.

    Raises:
        Refused: with every problem, and what to do about it.
    """
    checks: dict[str, Callable[[Environment], list[Problem]]] = {"vault": vault_problems}
    if env.database:
        checks["database"] = database_problems
    if env.search:
        checks["search"] = search_problems
    found = side_by_side(lambda name: checks[name](env), list(checks))
    problems = [problem for each in found for problem in each]
    if problems:
        raise Refused(problems)
    for remark in database_remarks(env) if env.database else []:
        logbook().note(remark)
