"""Retention, carried out step by step: marks, then set by set what deletes it."""

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clients.catalogue import forget, rewrite_summary
from clients.cloud_sql import Busy
from clients.environment import Environment
from clients.errors import ClientError, NotFound, PreconditionFailed
from clients.object_versions import Kept
from domain.expiry import (
    BeginDeletion,
    DeleteManifest,
    DeletePart,
    Mark,
    SparePart,
    Step,
    Unmark,
    Wait,
)
from tasks.deletions import WAIT, Deletions
from tasks.expiry_plans import Planned
from tasks.held_lease import HeldLease
from tasks.logbook import logbook
from tasks.remains import draft_of, remains
from tasks.step import step

logger = logging.getLogger("muster")


class NotExpired(Exception):
    """Some of what expires could not be deleted; the next run goes on with it."""


class CatalogueChanged(Exception):
    """Somebody changed a set after it was planned for: plan again."""


@dataclass
class Done:
    """What became of the sets of a plan, by their ids; each with its reason where it is not just done."""

    deleted: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)  # for a later run, as something is in the way
    failed: dict[str, str] = field(default_factory=dict)


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
