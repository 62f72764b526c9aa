"""The plan of retention, from the catalogue as it is now, with what keeps a set beside the catalogue's word:
a backup or a drill that is under way, and locks and holds on any of its files."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from clients.catalogue import Catalogue, Listed, read_catalogue
from clients.environment import Environment
from clients.errors import ClientError
from clients.leases import read_lease
from clients.object_versions import Version, list_versions
from domain.expiry import Step, steps
from domain.recovery_set import RecoverySet, State
from domain.refusal import Refused
from domain.retention import Plan, plan
from domain.vault_layout import part_name
from tasks.remains import draft_of
from tasks.sets_in_use import used_by_drills
from tasks.step import step

logger = logging.getLogger("muster")


@dataclass(frozen=True)
class Planned:
    """A plan, what it was made from, and what is next about each set; or why it is not to be applied."""

    catalogue: Catalogue
    plan: Plan
    steps: tuple[Step, ...]
    refused: Refused | None


@step
def plan_expiry(env: Environment, keep: Callable[[], None] = lambda: None) -> Planned:
    """The plan of this moment, by the storage server's time: dry run and real run make the same one.

    `keep` is called in between, to renew a lease.
    """
    catalogue = read_catalogue(env)
    made = _plan(env, catalogue, used_by_drills(env, _with_backup_under_way(env, catalogue)))
    if made.expire:
        made = _plan(env, catalogue, _with_locks(env, made, keep))
    try:
        return Planned(catalogue, made, tuple(steps(made, catalogue.now)), None)
    except Refused as refusal:
        return Planned(catalogue, made, (), refusal)


def _plan(env: Environment, catalogue: Catalogue, sets: Iterable[RecoverySet]) -> Plan:
    return plan(env.backup.retention.policy, sets, catalogue.now, catalogue.unread)


def _with_backup_under_way(env: Environment, catalogue: Catalogue) -> list[RecoverySet]:
    """The sets; the draft of a backup that is under way is used by it.

    Its holder names the set by the run's id. One that names none may be about the newest draft.
    """
    reading = read_lease(env, "backup").reading
    if reading is None or reading.lapsed:
        return catalogue.sets
    under_way = [each.set.id for each in catalogue.listed if _is_draft(env, each)]
    named = [name for name in under_way if name in reading.lease.holder] or under_way[-1:]
    return [
        replace(each, used_by=(*each.used_by, reading.lease.holder)) if each.id in named else each
        for each in catalogue.sets
    ]


def _is_draft(env: Environment, each: Listed) -> bool:
    return each.set.state is State.INCOMPLETE and each.reference == draft_of(env, each.set.id)


def _with_locks(env: Environment, made: Plan, keep: Callable[[], None]) -> Iterator[RecoverySet]:
    """The sets of the plan; those that expire with what keeps any of their objects."""
    for decision in made.keep:
        yield decision.set
    for decision in made.expire:
        keep()
        yield _locked(decision.set, _versions(env, decision.set))


def _versions(env: Environment, each: RecoverySet) -> list[Version]:
    """Of all the set's files. A second vault that does not answer tells it when it is to delete them."""
    files = part_name(env.name, each.id, "")
    found = list_versions(env, env.vault, files)
    if env.second_vault and each.copies:
        try:
            found += list_versions(env, env.second_vault, files)
        except ClientError as error:
            logger.warning(f"{each.id}: what is locked of its copy is not known: {error}")
    return found


def _locked(each: RecoverySet, versions: Iterable[Version]) -> RecoverySet:
    ends = [each.locked_until, *(version.locked_until for version in versions)]
    holds = dict.fromkeys(f"{hold} of {version.reference}" for version in versions for hold in version.holds)
    return replace(
        each,
        locked_until=max((at for at in ends if at is not None), default=None),
        holds=(*each.holds, *holds),
    )
