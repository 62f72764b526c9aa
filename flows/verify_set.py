"""Verify sets: everything that a manifest names is there and agrees, without restoring it."""

from collections.abc import Callable
from functools import partial

from prefect import flow

from clients.catalogue import Listed, read_catalogue
from clients.environment import Environment
from clients.environment_files import load_environment
from clients.errors import ClientError
from domain import wording
from domain.lease import LeaseHeld
from domain.manifest import Manifest
from domain.refusal import Refused
from domain.run_report import End
from domain.set_check import Checked, CheckNotMade, SetWrong
from tasks.catalogue import change_set
from tasks.database_backups import check_database_backup
from tasks.held_lease import HeldLease
from tasks.leases import leased_beside
from tasks.logbook import Logbook, logbook, logged
from tasks.set_checks import read_checked, sets_to_check
from tasks.snapshots import check_snapshot
from tasks.vault_checks import check_objects, check_secrets

CHECKS: dict[str, Callable[[Environment, Manifest], list[str]]] = {
    "objects": lambda env, manifest: check_objects(env, manifest, partial(logbook().progress, "objects")),
    "database backup": lambda env, manifest: check_database_backup(env, manifest, env.backup.window_within),
    "search snapshot": check_snapshot,
    "secret versions": check_secrets,
}


@flow(flow_run_name="verify {set_id} of {environment}")
def verify_set(environment: str, set_id: str = "") -> None:
    """Check that set, or every complete one that was not checked yet, the oldest first.

    All right: it counts as checked; a proven one stays proven. Anything wrong: it counts as incomplete, and
    loses its proof. A check that cannot be made leaves it as it is. A run that finds nothing to do is not
    heard in Slack.

    Raises:
        Refused: there is no such set, or it has no manifest.
        SetWrong: something is not as a manifest has it.
        CheckNotMade: a check could not be made, and nothing was found wrong.
    """
    env = load_environment(environment)
    with logged("verify set", env, quiet=True) as book:
        catalogue = read_catalogue(env)
        chosen = sets_to_check(env, catalogue, set_id)
        unread = () if set_id else catalogue.unread
        if not chosen and not unread:
            book.ends("no set waits for a check", End.NOTHING_TO_DO)
            return
        try:
            with leased_beside(env, "checks", book.report.holder) as lease:
                book.quiet = False
                found = {listed.set.id: verify_one(env, listed, lease, book) for listed in chosen}
        except LeaseHeld as held:
            if set_id:
                raise
            book.ends(f"left to others: {held}", End.NOTHING_TO_DO)
        else:
            conclude(found, unread, book)


def verify_one(env: Environment, listed: Listed, lease: HeldLease, book: Logbook) -> Checked:
    """Make every check of one set, and note on it what it counts as now."""
    name = listed.set.id
    book.progress(name, "being checked")
    found = lease.while_keeping(lambda: look_at(env, listed))
    lease.check()
    try:
        state = change_set(env, name, found.applied).set.state
    except Refused as gone:  # deleted meanwhile
        found, state = Checked(unmade={"the set": str(gone)}), listed.set.state
    for fault in found.wrong:
        book.note(f"`{name}` is wrong: {fault}")
    for check, why in found.unmade.items():
        book.note(f"`{name}`: not checked: {check}: {why}")
    book.progress(name, state)
    return found


def look_at(env: Environment, listed: Listed) -> Checked:
    """All checks, whatever any of them finds; those that a set's manifest does not allow are not made."""
    unmade: dict[str, str] = {}
    try:
        manifest, wrong = read_checked(env, listed)
    except ClientError as error:
        return Checked(unmade={"manifest": str(error)})
    if manifest is None:
        return Checked(tuple(wrong))
    for name, check in CHECKS.items():
        try:
            wrong += check(env, manifest)
        except ClientError as error:
            unmade[name] = str(error)
    return Checked(tuple(wrong), unmade)


def conclude(found: dict[str, Checked], unread: tuple[str, ...], book: Logbook) -> None:
    """How the run ends: it fails for what is wrong first, else for what could not be checked."""
    wrong = [f"{name}: {fault}" for name, each in found.items() for fault in each.wrong] + list(unread)
    unmade = [f"{name}: {check}: {why}" for name, each in found.items() for check, why in each.unmade.items()]
    if wrong:
        raise SetWrong("; ".join([*wrong, *(f"not checked: {each}" for each in unmade)]))
    if unmade:
        raise CheckNotMade(f"not checked: {'; '.join(unmade)}")
    book.ends(f"checked, and all right: {wording.listed([f'`{name}`' for name in found])}")
