"""Settle: finish what a process that died has left, once its lease has lapsed. Never imports Prefect."""

from dataclasses import dataclass

from clients.environment import Environment
from clients.environment_files import load_environment
from clients.settings import who
from domain.lease import LeaseHeld, LeaseLost
from domain.record import ReleaseRecord
from domain.traffic import TrafficChanged
from tasks.leases import forget_lapsed, leased
from tasks.leftovers import dead_drafts, left_behind
from tasks.runs import new_id
from tasks.settlements import finish_record, remove_jobs, undo


@dataclass(frozen=True)
class Settled:
    """What a round found, in a sentence, and the records that it finished."""

    word: str
    records: tuple[ReleaseRecord, ...] = ()


def settle(environment: str) -> Settled:
    """One round: users back on the baseline, the schema proven on it, jobs and records brought to an end.

    A live lease answers for everything beneath it and is left alone; where there is none, what there is of a
    canary's share is undone, whoever set it. Safe in several copies, and beside any other run: the lease is
    taken first.

    Raises:
        Refused: the environment's file cannot be used.
    """
    env = load_environment(environment)
    left = left_behind(env)
    if not left:
        return Settled(left.alone or "nothing to settle")
    try:
        return _finish(env)
    except (LeaseHeld, LeaseLost, TrafficChanged) as others:  # who acts on it now answers for it
        return Settled(f"left to others: {others}")


def _finish(env: Environment) -> Settled:
    holder = f"settle ({new_id()}, by {who()})"
    with leased(env, holder) as lease:
        left = left_behind(env, held=True)  # what others may have done meanwhile
        drafts = {draft.record.id: draft for draft in dead_drafts(env, left)}
        records = []
        if left.split:
            mark = left.split.mark
            records.append(undo(env, left.split, drafts.pop(mark.deploy, None) if mark else None, lease))
        records += [finish_record(env, draft) for draft in drafts.values()]
        remove_jobs(env, left, lease)
        forget_lapsed(env, "recover", holder)
    return Settled(left.alone or "settled", tuple(records))
