"""The ages of all that a recovery would need, from the artefacts themselves. Changes nothing."""

from clients.catalogue import read_catalogue
from clients.environment import Environment
from clients.recovery_window import read_window
from clients.snapshots import newest_snapshot
from domain.freshness import Artefact, Finding, Live, freshness
from domain.refusal import Problem, Refused
from tasks.step import step


@step
def look_at_ages(env: Environment) -> list[Finding]:
    """See `ages`."""
    return ages(env)


def ages(env: Environment) -> list[Finding]:
    """A finding for each limit of the environment, by the storage server's time.

    That the objects of a set are still there is not looked at here: `verify_set` does.

    Raises:
        Refused: a limit is about something that the service does not have.
        ClientError: what was asked did not answer: its age cannot be told, and that is not fresh.
    """
    limits = env.backup.freshness.limits
    _refuse(env)
    catalogue = read_catalogue(env)
    live = Live(
        window=read_window(env) if limits.recovery_window else None,
        snapshot=_newest_snapshot(env) if limits.search_snapshot else None,
    )
    return freshness(limits, catalogue.sets, catalogue.now, live)


def _newest_snapshot(env: Environment) -> Artefact | None:
    """Of those in the repository, whether or not a set refers to it."""
    newest = newest_snapshot(env)
    return Artefact(*newest) if newest else None


def _refuse(env: Environment) -> None:
    """What would ring for ever."""
    freshness_of = env.backup.freshness
    absent = [
        ("recovery_window", freshness_of.recovery_window, "database", env.database),
        ("search_snapshot", freshness_of.search_snapshot, "search", env.search),
        ("second_copy", freshness_of.second_copy, "second_vault", env.second_vault),
        ("export", freshness_of.export, "database", env.database),
    ]
    problems = [
        Problem(f"{env.name}: backup.freshness.{limit} is set, and there is no {part}", f"leave {limit} out")
        for limit, asked, part, found in absent
        if asked is not None and found is None
    ]
    if problems:
        raise Refused(problems)
