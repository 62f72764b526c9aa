"""Snapshot search: the index every few minutes, as a nightly snapshot loses a day. Quiet unless it fails."""

from functools import partial

from prefect import flow

from clients.environment import Environment
from clients.environment_files import load_environment
from domain import wording
from domain.lease import LeaseHeld
from domain.refusal import Refused, refuse
from domain.run_report import End
from domain.snapshot_retention import Plan, page
from domain.taken import Taken
from tasks.leases import leased_beside
from tasks.logbook import Logbook, logged
from tasks.snapshots import expire_snapshots, search_problems, take_frequent_snapshot


@flow(flow_run_name="snapshot search {environment}")
def snapshot_search(environment: str) -> None:
    """Take a snapshot of the search, then delete those that nothing needs any more.

    While another run is under way it leaves quietly: the next comes soon enough, and a snapshot that is
    too old is told by `check_freshness`.

    Raises:
        Refused: there is no search, or no snapshot could be taken. Nothing was touched.
        SnapshotFailed: it is not a SUCCESS with every shard.
    """
    env = load_environment(environment)
    with logged("snapshot search", env, quiet=True) as book:
        refuse_snapshot(env)
        try:
            take_and_expire(env, book)
        except LeaseHeld as other:
            book.ends(f"nothing was done: {other.problems[0].what}", End.NOTHING_TO_DO)


def refuse_snapshot(env: Environment) -> None:
    """Refused where no snapshot could be taken."""
    if env.search is None:
        raise refuse(f"{env.name}: it has no search", "describe it in the environment's file: search")
    problems = search_problems(env)
    if problems:
        raise Refused(problems)


def take_and_expire(env: Environment, book: Logbook) -> None:
    """What went is noted; what is kept, and why, is on the run's page."""
    with leased_beside(env, "search", book.report.holder) as lease:
        taken = take_frequent_snapshot(env, book.report.id, lease.keep, partial(book.progress, "search"))
        planned = expire_snapshots(env, lease.keep)
    book.report.page = page(planned)
    book.ends(told(taken, planned))


def told(taken: Taken, planned: Plan) -> str:
    """A run in a sentence."""
    shards, size = taken.facts["search.shards"], wording.size(taken.part.size or 0)
    kept, gone = len(planned.keep), len(planned.expire)
    return f"`{taken.part.references[0]}`: {shards} shards, {size}; {kept} kept, {gone} deleted"
