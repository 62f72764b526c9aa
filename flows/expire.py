"""Expire: retention as a plan, then the plan applied; or only the plan."""

from prefect import flow

from clients.environment import Environment
from clients.environment_files import load_environment
from domain import wording
from domain.expiry_report import PlanRefused, Row, counts, lines, page, rows, shortened
from domain.run_report import End
from tasks.expiry import CatalogueChanged, Done, NotExpired, carry_out
from tasks.expiry_plans import Planned, plan_expiry
from tasks.leases import leased_beside
from tasks.logbook import Logbook, logged

ATTEMPTS = 5  # of a plan that others get in the way of


@flow(flow_run_name="expire {environment}")
def expire(environment: str, apply: bool = True) -> list[Row]:
    """Keep what any rule keeps; mark the rest, and delete what has been marked for longer than the grace.

    Without `apply` the very same plan is told, and nothing is touched. What becomes of each set, the newest
    first.

    Raises:
        PlanRefused: the plan is not to be applied, not even a part of it. Nothing was touched.
        NotExpired: some sets could not be deleted. The next run goes on with them.
    """
    env = load_environment(environment)
    if not apply:
        return show_plan(env)
    with logged("expire", env) as book, leased_beside(env, "expire", book.report.holder) as lease:
        for attempt in range(1, ATTEMPTS + 1):
            planned = plan_expiry(env, lease.keep)
            table = tell(book, planned)
            try:
                done = carry_out(env, planned, lease)
                break
            except CatalogueChanged as changed:
                if attempt == ATTEMPTS:
                    raise
                book.note(f"planned again, as a set was changed meanwhile: {changed}")
        end(book, table, done)
    return table


def show_plan(env: Environment) -> list[Row]:
    """What a run would do now. It is heard in Slack only if the plan is refused."""
    with logged("dry run of expire", env, quiet=True) as book:
        table = tell(book, plan_expiry(env))
        book.ends(f"{counts(table)}; nothing was touched")
    return table


def tell(book: Logbook, planned: Planned) -> list[Row]:
    """The plan in the log, in Slack and on the run's page; its refusal goes on."""
    table = rows(planned.plan, planned.steps)
    book.report.page = page(table)
    told = lines(table)
    if told:
        book.note(f"{counts(table)}\n{shortened(told)}")
    book.show(counts(table))
    if planned.refused:
        raise PlanRefused(planned.refused.problems, table)
    return table


def end(book: Logbook, table: list[Row], done: Done) -> None:
    """How it ended: what was done, what waits, and what went wrong."""
    for name, obstacle in done.left.items():
        book.note(f"{name} is left to a later run: {obstacle}")
    for name, failure in done.failed.items():
        book.note(f":warning: {name} was not done with: {failure}")
    status = counts(table)
    if done.deleted:
        status += f"; deleted {wording.listed(done.deleted[:3])}"
        status += f" and {len(done.deleted) - 3} more" if len(done.deleted) > 3 else ""
    if done.failed:
        first = next(iter(done.failed.values()))
        raise NotExpired(
            f"{status}; {wording.counted(len(done.failed), 'set')} could not be done with: {first}"
        )
    book.ends(status, End.DONE if lines(table) else End.NOTHING_TO_DO)
