"""Copy sets: what Muster stores of recovery sets, once more in the second location."""

from functools import partial

from prefect import flow

from clients.catalogue import Listed
from clients.environment import Environment
from clients.environment_files import load_environment
from clients.errors import ClientError
from domain import wording
from domain.lease import LeaseHeld
from domain.refusal import Refused
from domain.run_report import End
from domain.second_copy import CopyOwed
from tasks.copies import copy_one, sets_to_copy
from tasks.held_lease import HeldLease
from tasks.leases import leased_beside
from tasks.logbook import Logbook, logged
from tasks.vault_checks import second_location


@flow(flow_run_name="copy {set_id} of {environment} to the second location")
def copy_set(environment: str, set_id: str = "") -> None:
    """Copy that set, or every set that can be restored and owes a copy, the newest first.

    A set that cannot be copied is as complete as before and owes its copy; the others are copied, and the
    run fails. A run that finds nothing to do is not heard in Slack.

    Raises:
        Refused: there is no versioned second vault in another location; or no such set.
        CopyOwed: a set still owes its copy.
    """
    env = load_environment(environment)
    with logged("copy set", env, quiet=True) as book:
        owing = sets_to_copy(env, set_id)
        if not owing:
            book.ends("no set owes a copy", End.NOTHING_TO_DO)
            return
        try:
            with leased_beside(env, "copies", book.report.holder) as lease:
                book.quiet = False
                copy_each(env, owing, lease, book)
        except LeaseHeld as held:
            if set_id:
                raise
            book.ends(f"left to others: {held}", End.NOTHING_TO_DO)


def copy_each(env: Environment, owing: list[Listed], lease: HeldLease, book: Logbook) -> None:
    """One after another; what fails is noted, and the rest goes on."""
    try:
        location = second_location(env)
    except ClientError as error:
        owed = wording.listed([listed.set.id for listed in owing])
        raise CopyOwed(
            f"{owed} still to be copied, as the second location does not answer: {error}"
        ) from error
    failed = {}
    for listed in owing:
        lease.keep()
        name = listed.set.id
        try:
            copy_one(env, listed, location, lease.keep, partial(book.progress, name))
        except (ClientError, Refused) as error:
            failed[name] = str(error)
            book.note(f"`{name}` owes its copy: {error}")
        else:
            book.progress(name, f"copied to {location}")
    if failed:
        why = "; ".join(f"{name}: {error}" for name, error in failed.items())
        raise CopyOwed(f"{wording.counted(len(failed), 'set')} still to be copied to {location}: {why}")
    names = wording.listed([f"`{listed.set.id}`" for listed in owing])
    book.ends(f"copied to {location}: {names}")
