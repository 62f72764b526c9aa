"""Retention: planned from the catalogue as it is now, and carried out step by step."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clients.catalogue import Catalogue, Listed, forget, read_catalogue, rewrite_summary
from clients.cloud_sql import Busy
from clients.environment import Environment
from clients.errors import ClientError, NotFound, PreconditionFailed
from clients.leases import read_lease
from clients.object_versions import Kept, Version, list_versions
from domain.expiry import (
    BeginDeletion,
    DeleteManifest,
    DeletePart,
    Mark,
    SparePart,
    Step,
    Unmark,
    Wait,
    steps,
)
from domain.recovery_set import RecoverySet, State
from domain.refusal import Refused
from domain.retention import Plan, plan
from domain.vault_layout import part_name
from tasks.deletions import WAIT, Deletions
from tasks.held_lease import HeldLease
from tasks.logbook import logbook
from tasks.remains import draft_of, remains
from tasks.step import step

logger = logging.getLogger("muster")


class NotExpired(Exception):
    """Some of what expires could not be deleted; the next run goes on with it."""


class CatalogueChanged(Exception):
    """Somebody changed a set after it was planned for: plan again."""


@dataclass(frozen=True)
class Planned:
    """A plan, what it was made from, and what is next about each set; or why it is not to be applied."""

    catalogue: Catalogue
    plan: Plan
    steps: tuple[Step, ...]
    refused: Refused | None


@dataclass
class Done:
    """What became of the sets of a plan, by their ids; each with its reason where it is not just done."""

    deleted: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)  # for a later run, as something is in the way
    failed: dict[str, str] = field(default_factory=dict)


@step
def plan_expiry(env: Environment, keep: Callable[[], None] = lambda: None) -> Planned:
    """The plan of this moment, by the storage server's time: dry run and real run make the same one.

    `keep` is called in between, to renew a lease.
    """
    catalogue = read_catalogue(env)
    made = _plan(env, catalogue, _with_backup_under_way(env, catalogue))
    if made.expire:
        made = _plan(env, catalogue, _with_locks(env, made, keep))
    try:
        return Planned(catalogue, made, tuple(steps(made, catalogue.now)), None)
    except Refused as refusal:
        return Planned(catalogue, made, (), refusal)


@step
def carry_out(env: Environment, planned: Planned, lease: HeldLease, wait: timedelta = WAIT) -> Done:
    """Do what the plan says, step by step; any may be the last. `wait`: for instances that are busy.

    What of a set cannot be deleted just now leaves that set to a later run, and the others go on.

    Raises:
        CatalogueChanged: somebody changed a set meanwhile.
    """
    return _Round(env, planned, lease, wait).carry_out()


class _Round:
    """The steps of one plan."""

    def __init__(self, env: Environment, planned: Planned, lease: HeldLease, wait: timedelta) -> None:
        self._env = env
        self._steps = planned.steps
        self._lease = lease
        self._listed = {each.set.id: each for each in planned.catalogue.listed}
        self._own = {each.id: {name for _, name in each.deletable()} for each in planned.plan.sets}
        self._needed = Counter(reference for own in self._own.values() for reference in own)
        self._deletions = Deletions(env, lease.keep, wait)
        self._done = Done()

    def carry_out(self) -> Done:
        for each in self._steps:
            if each.id in self._done.left or each.id in self._done.failed:
                continue
            self._lease.keep()
            try:
                self._take(each)
            except (Busy, Kept) as obstacle:
                self._done.left[each.id] = str(obstacle)
            except ClientError as error:
                self._done.failed[each.id] = str(error)
        return self._done

    def _take(self, each: Step) -> None:
        match each:
            case Mark(id=name, expires_at=at):
                self._note(name, expires_at=at)
            case Unmark(id=name):
                self._note(name, expires_at=None)
            case BeginDeletion(id=name):
                self._lease.check()
                self._note(name, deleting=True)
            case DeletePart(id=name, what=what, reference=reference):
                logger.info(f"{name}: deleting its {what}, {reference}")
                self._deletions.delete(reference)
            case SparePart(id=name, what=what, reference=reference, needed_by=other):
                logger.info(f"{name}: its {what}, {reference}, stays: {other} needs it")
            case Wait(id=name, why=why):
                logger.info(f"{name}: waits: {why}")
            case DeleteManifest(id=name):
                self._forget(name)

    def _note(self, name: str, **known: datetime | bool | None) -> None:
        listed = self._listed[name]
        wanted = replace(listed.set, **known)  # type: ignore[arg-type]
        try:
            self._listed[name] = rewrite_summary(self._env, listed, wanted)
        except (PreconditionFailed, NotFound) as changed:
            raise CatalogueChanged(str(changed)) from changed

    def _forget(self, name: str) -> None:
        """What carries its name, then what tells of it: the last of a set."""
        listed = self._listed[name]
        self._needed.subtract(self._own.pop(name))
        for reference in remains(self._env, name):
            if not self._needed[reference]:
                self._deletions.delete(reference)
        if listed.reference != draft_of(self._env, name):
            self._deletions.delete(draft_of(self._env, name))
        forget(self._env, listed)
        self._done.deleted.append(name)
        logbook().progress("deleted", f"{len(self._done.deleted)}, {name} the last")


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
