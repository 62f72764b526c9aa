"""What has to hold of users' traffic, and of who changes it. Each rule tells what does not, in sentences."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from tests.faults.deploys.place import HOLD, STEPS
from tests.faults.deploys.seen import Seen
from tests.faults.deploys.traces import Change

LADDER = (0, *STEPS, 100)  # percent of the users on a revision that is tried


def users_end_on_a_revision_that_works(seen: Seen) -> Iterator[str]:
    for when, state in seen.states:
        if not seen.baseline and not state.shares:
            continue  # the first release was never created
        if len(state.shares) != 1:
            yield f"{when} the traffic is split: {dict(state.shares)}"
        if state.wrong and (seen.baseline or seen.release.works):
            yield f"{when} users are answered {', '.join(sorted(set(state.wrong)))}"
        if seen.baseline and seen.canary in state.shares and not seen.release.works:
            yield f"{when} {seen.canary} serves, and it is {seen.release.name}"


def the_unproven_gets_no_more_than_its_share(seen: Seen) -> Iterator[str]:
    """Smoked on its tag before the first user meets it, then a step at a time, each for its whole hold."""
    if seen.runbook != "deploy":
        return
    given = [change for change in seen.changes if change.shares.get(seen.canary)]
    met = [ask.at for ask in seen.asks if ask.revision == seen.canary and not ask.ours and not ask.tagged]
    if met and not (given and given[0].at <= min(met)):
        yield f"users met {seen.canary} before any change gave it a share"
    for nonce in dict.fromkeys(change.nonce for change in given if change.nonce):
        yield from _climbed(seen, [change for change in seen.changes if change.nonce == nonce])


def _climbed(seen: Seen, changes: Sequence[Change]) -> Iterator[str]:
    """One process's changes: never a step left out, never one cut short."""
    risen_at = changes[0].at
    for before, change in pairwise(changes):
        had, has = before.shares.get(seen.canary, 0), change.shares.get(seen.canary, 0)
        if has <= had:
            continue
        if has not in LADDER or LADDER[LADDER.index(has) - 1] != had:
            yield f"{seen.canary} went from {had} % to {has} %"
        if had and change.at - risen_at < timedelta(seconds=HOLD):
            yield f"{had} % on {seen.canary} lasted {change.at - risen_at}, less than a hold"
        if not had and not _smoked(seen, changes[0], change):
            yield f"users got {seen.canary} before it had passed its smoke checks"
        risen_at = change.at


def _smoked(seen: Seen, since: Change, until: Change) -> bool:
    asks = (ask for ask in seen.asks if ask.ours and ask.tagged and since.at <= ask.at <= until.at)
    return sum(ask.revision == seen.canary and ask.status == 200 for ask in asks) >= 2


def one_acts_at_a_time(seen: Seen) -> Iterator[str]:
    """Whoever changed the service, and was followed by another, changes it no more.

    But for the one change that was on its way already when its process was stopped, or when a rollback took
    the lease from it.
    """
    late = [
        change
        for at, change in enumerate(seen.changes)
        if change.nonce and _followed(seen.changes[:at], change.nonce)
    ]
    if len(late) > seen.late:
        yield f"a process changed the service {len(late)} times after another had: {late[0].nonce}"


def _followed(changes: Sequence[Change], nonce: str) -> bool:
    """Whether somebody else acted after this one had."""
    own = [at for at, change in enumerate(changes) if change.nonce == nonce]
    return bool(own) and any(change.nonce != nonce for change in changes[own[0] :])


def no_request_is_lost(seen: Seen) -> Iterator[str]:
    if seen.lost:
        yield f"users' requests that no revision answered: {dict(seen.lost)}"
