"""Finding what processes that died have left behind."""

from dataclasses import dataclass, replace

from clients.cloud_run import list_revisions, read_service
from clients.drafts import list_drafts, read_draft
from clients.environment import Environment
from clients.leases import read_lease
from domain.draft import Draft
from domain.lease import lapsed
from domain.refusal import Problem
from domain.settlement import Leftover, leftover
from tasks.fences import read_fences
from tasks.leases import under_way
from tasks.migrations import jobs_of_nobody
from tasks.records import kept_record


@dataclass(frozen=True)
class Left:
    """What there is to settle in an environment; why it is left alone, where it is."""

    alone: str = ""
    split: Leftover | None = None
    dead: tuple[str, ...] = ()  # runs whose drafts nobody renews
    lease: bool = False  # one that lapsed lies about
    recovery: bool = False  # so does one of a recovery
    jobs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.split or self.dead or self.lease or self.recovery or self.jobs)


def left_behind(env: Environment, *, held: bool = False) -> Left:
    """What is left, by a few readings. A live lease answers for everything, unless it is ours (`held`)."""
    reading = None if held else read_lease(env).reading
    if reading and not reading.lapsed:
        return Left(alone=under_way(reading))
    service = read_service(env)
    split = leftover(service, list_revisions(env), read_fences(env)) if service else None
    deploy = split.mark.deploy if isinstance(split, Leftover) and split.mark else ""
    drafts = list_drafts(env)
    dead = tuple(kept.id for kept in drafts if kept.id == deploy or lapsed(kept.age, env.lease))
    jobs = tuple(jobs_of_nobody(env, {kept.id for kept in drafts}.difference(dead)))
    beside = read_lease(env, "recover").reading
    over = beside is not None and beside.lapsed
    if isinstance(split, Problem):
        return Left(f"{split.what}; {split.remedy}", None, dead, reading is not None, over, jobs)
    return Left("", split, dead, reading is not None, over, jobs)


def dead_drafts(env: Environment, left: Left) -> list[Draft]:
    """What the dead runs knew. Of one that had written its record, that is what is still to be told."""
    drafts = [draft for run in left.dead if (draft := read_draft(env, run))]
    return [replace(draft, record=kept_record(env, draft.record.id) or draft.record) for draft in drafts]
