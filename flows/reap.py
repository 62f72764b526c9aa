"""Reap: remove what drills have left that are over, once their lease has lapsed. Never imports Prefect."""

from dataclasses import dataclass

from clients.drill_drafts import delete_drill_draft
from clients.environment import Environment
from clients.environment_files import load_environment
from clients.settings import who
from domain.drill_draft import DrillDraft
from domain.lease import LeaseHeld, LeaseLost
from tasks.drill_ends import end_drill
from tasks.held_lease import HeldLease
from tasks.leases import forget_lapsed, leased_beside
from tasks.reaping import Left, Reaper, left_by_drills
from tasks.rounds import Round
from tasks.run_under_way import under_way
from tasks.runs import new_id


@dataclass(frozen=True)
class Reaped:
    """What a round found, in a sentence; what it removed, and what it could not."""

    word: str
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def reap(environment: str) -> Reaped:
    """One round: what drills have made goes once they are over and its length has passed; then a drill that
    ended without a word has its report.

    A drill whose lease is alive is left alone, and so is a target that is kept. Safe in several copies, and
    beside any other run: each round holds a lease of its own, and one that is killed is gone on with.

    Raises:
        Refused: the environment's file cannot be used.
    """
    env = load_environment(environment)
    left = left_by_drills(env)
    if not left:
        return Reaped(_spared(left) or "nothing to reap")
    run = new_id()
    holder = f"reap ({run}, by {who()})"
    try:
        with under_way(Round(run)), leased_beside(env, "reap", holder) as lease:
            return _finish(env, holder, lease)
    except (LeaseHeld, LeaseLost) as others:  # who reaps now answers for it
        return Reaped(f"left to others: {others}")


def _finish(env: Environment, holder: str, lease: HeldLease) -> Reaped:
    forget_lapsed(env, "drill", holder)
    left = left_by_drills(env)  # what others may have done meanwhile
    reaper = Reaper(env, left.drafts.drafts, lease.keep)
    for draft in left.dead:
        reaper.clear_cluster(draft)  # first: while its mark is there, no other drill can restore there
        reaper.heal(draft, holder)
    for decision in left.plan.remove:
        reaper.remove(decision)
    for draft in left.dead:
        _end(env, draft, left, reaper)
    failed = [*left.unseen, *(each for of_drill in reaper.left.values() for each in of_drill)]
    word = f"removed {len(reaper.removed)}, left {len(failed)}" if failed else "reaped"
    if not (failed or reaper.removed or left.dead):
        word = _spared(left) or word
    return Reaped(word, tuple(reaper.removed), tuple(failed))


def _end(env: Environment, draft: DrillDraft, left: Left, reaper: Reaper) -> None:
    """Bring a drill to its end that could not do so itself: all that is its own is to be looked at first."""
    reaper.remove_backups(draft.id, draft.target)
    if left.unseen or any(decision.drill == draft.id for decision in left.plan.spare):
        return  # a later round can tell all of it
    remains = reaper.left.get(draft.id, [])
    end_drill(env, reaper.drafts[draft.id], remains, left.drafts.now)
    if not remains:
        delete_drill_draft(env, draft.id)


def _spared(left: Left) -> str:
    """What stays, and why, in a sentence."""
    drills = {draft.id: left.why_not(draft) for draft in left.drafts.drafts}
    drills |= {decision.drill: decision.why for decision in left.plan.spare}
    return "; ".join(f"drill {drill}: {why}" for drill, why in drills.items())
