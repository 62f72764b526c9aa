"""Finding and removing what drills have made and left. What cannot be removed holds up nothing else."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from clients.cloud_sql import Busy
from clients.database_backups import list_backups_of
from clients.drill_drafts import DrillDrafts, drill_draft_generation, list_drill_drafts, write_drill_draft
from clients.environment import Environment
from clients.errors import ClientError
from clients.labelled import list_things
from clients.leases import read_lease
from clients.removals import ask_removal
from domain.drill_draft import DrillDraft
from domain.drill_names import drill_in_name
from domain.lease import LeaseHeld, LeaseLost
from domain.reaping import (
    Decision,
    Plan,
    Sort,
    Thing,
    UnderWay,
    drill_under_way,
    outlived,
    why_not_over,
)
from domain.refusal import Refused
from tasks.database_backups import BackupFailed, delete_database_backup
from tasks.drill_ends import is_reported
from tasks.leases import leased_beside
from tasks.planted_backups import damage_to, heal_left, may_be_damaged
from tasks.target_search import take_down_search
from tasks.targets import target_of
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

GONE = timedelta(minutes=10)  # that the removal of one thing may take; the next round goes on with it


@dataclass(frozen=True)
class Left:
    """What drills have left in an environment, as it is now."""

    drafts: DrillDrafts
    live: UnderWay | None
    plan: Plan
    unseen: tuple[str, ...]  # what could not be looked at, so that nothing is known of it
    lapsed: bool = False  # a lease on drills lies about whose holder is no more

    @property
    def dead(self) -> list[DrillDraft]:
        """The drafts of drills that are over, and whose time has come."""
        return [draft for draft in self.drafts.drafts if not self.why_not(draft)]

    def why_not(self, draft: DrillDraft) -> str:
        return why_not_over(draft, self.live, self.drafts.now)

    def __bool__(self) -> bool:
        return bool(self.plan.remove or self.dead or self.unseen or self.lapsed)


def left_by_drills(env: Environment) -> Left:
    """What is there, by a few listings. The lease is read first: what is made later is made under it, or
    under a later one."""
    reading = read_lease(env, "drill").reading
    live = drill_under_way(reading)
    drafts = list_drill_drafts(env)
    things: list[Thing] = []
    unseen = list(drafts.unread)
    for sort in Sort:
        try:
            things += list_things(env, sort)
        except ClientError as error:
            unseen.append(str(error))
    things = [thing for thing in things if thing.name not in _own(env)]
    over = _over(env, things, drafts)
    plan = outlived(
        env.name, things, drafts.drafts, live=live, now=drafts.now, usual=env.drill.lease, over=over
    )
    return Left(drafts, live, plan, tuple(unseen), reading is not None and reading.lapsed)


class Reaper:
    """One round's removals. `keep` renews the lease of the round. What is removed is noted in the drill's
    draft, where it has one, so that the report tells it whoever ends up writing it."""

    def __init__(self, env: Environment, drafts: Iterable[DrillDraft], keep: Callable[[], None]) -> None:
        self._env = env
        self._keep = keep
        self.drafts = {draft.id: draft for draft in drafts}
        self.removed: list[str] = []
        self.left: dict[str, list[str]] = {}  # by drill

    def remove(self, decision: Decision) -> None:
        """Remove a thing, and wait until it is gone; an instance with the backups that it leaves behind."""
        thing = decision.thing
        live = drill_under_way(read_lease(self._env, "drill").reading)
        if live and live.is_of(decision.drill):
            return  # whatever was decided a moment ago
        self._attempt(decision.drill, str(thing), decision.why, partial(self._until_gone, thing))
        if thing.sort is Sort.INSTANCE:
            self.remove_backups(decision.drill, thing.name)

    def remove_backups(self, drill: str, instance: str) -> None:
        """Remove what an instance that is gone has left behind, a clone's for one: its source's settings are
        its own until they are changed."""
        try:
            references = list_backups_of(self._env, instance)
        except ClientError as error:
            self._leave(drill, f"backups of {instance}", error)
            return
        for reference in references:
            self._attempt(
                drill,
                f"backup {reference}",
                "",
                partial(delete_database_backup, self._env, reference, self._keep),
            )

    def clear_cluster(self, draft: DrillDraft) -> None:
        """Remove what a drill has made in the isolated cluster, by the mark that it left there: where that is
        another drill's, or there is none, nothing is its own."""
        if not draft.cluster or self._env.search is None:
            return
        drill = self._env.drill.model_copy(update={"search": draft.cluster})
        target = target_of(self._env.model_copy(update={"drill": drill}), draft.id)
        self._keep()
        try:
            for what in take_down_search(target, self._keep):
                self._note(draft.id, what)
        except ClientError as error:
            self._leave(draft.id, "what it made in the isolated cluster", error)

    def heal(self, draft: DrillDraft, holder: str) -> None:
        """Take away the damage that a drill planted into what its set keeps: who restores it would meet it.
        The lease on drills is held meanwhile, so that it is no other drill's."""
        if not may_be_damaged(self._env, draft.defect):
            return
        what = damage_to(draft.set_id)
        try:
            with leased_beside(self._env, "drill", holder):
                self._attempt(draft.id, what, draft.defect, partial(heal_left, self._env, draft.set_id))
        except (LeaseHeld, LeaseLost) as others:
            self._leave(draft.id, what, others)

    def _until_gone(self, thing: Thing) -> None:
        def look() -> bool | None:
            try:
                return ask_removal(self._env, thing) or None
            except Busy:
                return None

        if look():  # where nothing answers the next thing comes first, and a later round
            return
        wait_for(look, GONE, f"{thing}: its end", self._keep, longest=5.0)

    def _attempt(self, drill: str, what: str, why: str, call: Callable[[], object]) -> None:
        self._keep()
        try:
            call()
        except (ClientError, BackupFailed, Refused) as error:
            self._leave(drill, what, error)
            return
        self._note(drill, what, why)

    def _note(self, drill: str, what: str, why: str = "") -> None:
        logger.info(f"{self._env.name}: drill {drill}: removed: {what}{f' ({why})' if why else ''}")
        self.removed.append(what)
        if drill in self.drafts:
            self.drafts[drill] = _noted(self._env, self.drafts[drill], what)

    def _leave(self, drill: str, what: str, why: object) -> None:
        logger.warning(f"{self._env.name}: {what} of drill {drill} is left: {why}")
        self.left.setdefault(drill, []).append(f"{what}: {why}")


def _noted(env: Environment, draft: DrillDraft, removed: str) -> DrillDraft:
    """The draft with one more that was removed; that it cannot be written is no reason to remove no more."""
    noted = replace(draft, removed=tuple(dict.fromkeys((*draft.removed, removed))))
    try:
        write_drill_draft(env, noted, drill_draft_generation(env, draft.id))
    except ClientError as error:
        logger.warning(f"{env.name}: the draft of drill {draft.id} tells less than is removed: {error}")
    return noted


def _over(env: Environment, things: Iterable[Thing], drafts: DrillDrafts) -> list[str]:
    """The drills that nothing but a name tells of, and that were this environment's: their report stands.

    A clone carries no labels until it is there and is given some.
    """
    named = {drill_in_name(thing.name) for thing in things if not thing.drill}
    return [drill for drill in sorted(named) if drill and not drafts.find(drill) and is_reported(env, drill)]


def _own(env: Environment) -> set[str]:
    """What the environment lives on, which a recovery may have made as drills do."""
    return {env.service.name, *([env.database.instance] if env.database else [])}
