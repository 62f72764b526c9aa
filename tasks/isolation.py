"""That a drill is apart from production: looked at, not taken for granted."""

import logging
from collections.abc import Callable, Iterator

from clients.database_logins import connected_names, login_is_refused, logins_of
from clients.database_places import read_database_places
from clients.restores import cluster_uuid
from clients.revision_variables import read_variables
from clients.snapshots import read_repository
from domain import wording
from domain.drill_check import DrillCheck, Result
from tasks.production_places import leads_to_production, production_places, told
from tasks.step import step
from tasks.target_services import revision_name
from tasks.targets import Target
from tasks.timed_checks import checked

logger = logging.getLogger("muster")

Keep = Callable[[], None]
Found = tuple[Result, str]


@step
def prove_isolation(target: Target, keep: Keep) -> list[DrillCheck]:
    """Each a named, timed check; one that could not run is no pass. Once the drill's service is up, as it is
    looked at as deployed.

    The drill's logins are tried at production's database, and have to be refused there. Nothing is written
    anywhere.
    """
    checks = []
    for name, call in _checks(target):
        checks.append(checked(name, call))
        keep()
    for check in checks:
        logger.info(f"{target.name}: {check.name}: {check.result}: {check.said}")
    return checks


def _checks(target: Target) -> Iterator[tuple[str, Callable[[], Found]]]:
    if target.source.database:
        yield "production refuses the drill's logins", lambda: _logins_refused(target)
        yield "the drill has no session at production's database", lambda: _no_session(target)
    yield "no variable of the drill leads to production", lambda: _no_variable(target)
    if target.source.search:
        yield "the drill searches another cluster", lambda: _another_cluster(target)
        yield "the drill cannot write production's snapshots", lambda: _read_only(target)


def _logins_refused(target: Target) -> Found:
    database = target.source.database
    assert database
    places = [place for place in read_database_places(target.source) if place.port]
    tried = []
    for what, login in logins_of(target.env).items():
        for place in places:
            if not login_is_refused(login, place, database.name):
                return Result.FAILED, (
                    f"{database.instance} at {place.host} lets in the login of {what}, {login.user}: "
                    "production has the drill's password"
                )
            tried.append(f"{what} ({login.user}) at {place.host}")
    return Result.PASSED, f"{database.instance} refuses {wording.listed(tried)}"


def _no_session(target: Target) -> Found:
    """By what sessions call themselves: whose address they come from, a login that only reads is not told."""
    database = target.source.database
    assert database
    names = connected_names(target.source)
    ours = [name for name in names if name.startswith(target.name)]
    if ours:
        return Result.FAILED, (
            f"{database.instance} has {wording.counted(len(ours), 'session')} of {wording.listed(ours)}"
        )
    unnamed = sum(not name for name in names)
    return Result.PASSED, (
        f"of {wording.counted(len(names), 'session')} at {database.instance} none is called {target.name}; "
        f"{unnamed} {'has' if unnamed == 1 else 'have'} no name"
    )


def _no_variable(target: Target) -> Found:
    variables = read_variables(target.env, revision_name(target))
    foreign = [
        f"{each.name} comes from {each.secret}, which is not the drill's own"
        for each in variables
        if each.secret and not _drills_own(target, each.secret.rpartition("/")[2])
    ]
    places = production_places(target.source)
    found = foreign + leads_to_production(target.env, variables, places)
    if found:
        return Result.FAILED, "; ".join(found)
    return Result.PASSED, (
        f"{wording.counted(len(variables), 'variable')} of {revision_name(target)}, none of which names "
        f"{told(places)}"
    )


def _drills_own(target: Target, secret: str) -> bool:
    drill = target.source.drill
    return secret.startswith(target.name) or secret in {drill.search, *drill.service.secrets.values()}


def _another_cluster(target: Target) -> Found:
    there, production = cluster_uuid(target.env), cluster_uuid(target.source)
    if there == production:
        return Result.FAILED, f"its cluster is production's ({production})"
    return Result.PASSED, f"its cluster is {there}, production's {production}"


def _read_only(target: Target) -> Found:
    search = target.env.search
    assert search
    found = read_repository(target.env, search.repository)
    if found is None:
        return Result.NOT_RUN, f"the repository {search.repository} is not registered in the isolated cluster"
    if not found.readonly:
        return Result.FAILED, f"the repository {search.repository} can be written in the isolated cluster"
    return Result.PASSED, f"the repository {search.repository} is read-only in the isolated cluster"
