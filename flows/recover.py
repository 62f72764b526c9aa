"""Recover: fence, promote or restore, re-point, verify; by a plan that an operator has agreed to."""

from datetime import UTC, datetime, timedelta
from functools import partial

from prefect import flow

from clients.environment import Environment
from clients.environment_files import load_environment
from clients.errors import Unavailable
from domain.drill_failures import DrillFailed
from domain.drill_report import RECOVERY, DrillReport
from domain.drill_words import first_line
from domain.recovery_page import plan_lines, plan_page
from domain.recovery_plan import RecoveryPlan
from domain.recovery_record import RecoveryRecord
from domain.recovery_times import loss_at, timeline_of
from domain.recovery_wish import Way, Wish
from domain.run_report import End
from tasks.fencing import fence
from tasks.held_lease import HeldLease
from tasks.leases import leased, leased_beside
from tasks.logbook import logbook, logged
from tasks.logins import repoint_logins, write_addresses
from tasks.prober import Prober
from tasks.promotions import promote, resume_backups, see_writable
from tasks.recoveries import keep_record, open_record, plan
from tasks.recovery_checks import check_recovered
from tasks.recovery_reports import begin_report, last_acknowledged_here, measure, publish
from tasks.repointing import binding_secret, plan_revision, repoint
from tasks.search_recoveries import reindex_serving, restore_missing
from tasks.successors import forget_secrets, restore, successor
from tasks.target_logins import kept_passwords
from tasks.traffic import found
from tasks.undisturbed import undisturbed
from tasks.waiting import wait_for

LAPSES = timedelta(seconds=5)  # after its length, the lease of a recovery that was killed
LOOK = timedelta(seconds=3)
SERVES = timedelta(minutes=10)  # from the re-pointing to ten successes in a row


@flow(flow_run_name="recover {environment}")
def recover(environment: str, wish: Wish, apply: bool = False) -> RecoveryPlan:
    """Recover an environment for real; its plan. Without `apply` the plan is all: nothing is touched.

    A recovery that was killed goes on where it was when it is asked for again.

    Raises:
        Refused: it cannot be done, would lose more than the objective, or another is under way.
        NotFenced: the old primary may still take writes; nothing was made writable.
        NotRepointed: the service does not run on what was recovered; traffic stayed.
        DrillFailed: it was carried out, and a check of what came of it did not pass.
    """
    env = load_environment(environment)
    with logged("recover", env, quiet=not apply) as book:
        planned = plan(env, wish, book.id)
        book.report.page = plan_page(env.name, planned)
        if not apply:
            book.ends(plan_lines(env.name, planned)[0], End.NOTHING_TO_DO)
            return planned
        with leased_beside(env, "recover", book.report.holder, env.lease + LAPSES) as lease:
            planned = plan(env, wish, book.id)  # what another recovery may have done in the meantime
            book.report.page = plan_page(env.name, planned)
            record = open_record(env, planned, book.id, detected_at=book.report.started_at)
            report = begin_report(env, book.report, record, RECOVERY)
            with Prober(env, found(env).uri) as prober:
                first_look(prober, lease)
                judged = carry_out(env, record, report, prober, lease, by_hand=wish.fenced_by_hand)
        if not all(check.passed for check in judged.checks):
            raise DrillFailed(first_line(judged))
    return planned


def first_look(prober: Prober, lease: HeldLease) -> None:
    """Let users' first pass end: by it a service that still serves has its last good answer. Not for long, as
    there may be none."""
    try:
        wait_for(lambda: prober.passes or None, LOOK, "the first pass", lease.keep)
    except Unavailable as none:
        logbook().note(none.what)


def carry_out(
    env: Environment,
    record: RecoveryRecord,
    report: DrillReport,
    prober: Prober,
    lease: HeldLease,
    *,
    by_hand: bool = False,
) -> DrillReport:
    """The recovery itself, as users see it; measured, reported and judged, however it ends. Its end is noted
    last of all: from then on nobody goes on with it, who could still write its report."""
    try:
        if record.way.changes_database:
            record = bring_back(env, record, prober, lease, by_hand=by_hand)
            record = move_over(env, record, lease)
        else:
            record = bring_back_search(env, record, prober, lease)
        served = record.served_at or prober.wait_for_streak(lease.keep, SERVES, after=record.repointed_at)
        record = keep_record(env, record, served_at=served)
        if record.way.changes_database:
            reindex_serving(env, record, lease.keep)  # users are served meanwhile
        measure(env, record, report, check_recovered(env, record, lease.keep, by_hand=by_hand))
        if record.new:
            logbook().note(f"write database.instance: {record.new} into {env.name}'s file")
    except BaseException as failure:
        report.failure = str(failure) or type(failure).__name__
        report.timeline = timeline_of(record)
        report.ended_at = datetime.now(UTC)
        raise
    finally:
        with undisturbed():
            judged, written = publish(env, report, logbook())
    if written:
        keep_record(env, record, ended_at=datetime.now(UTC))
    return judged


def bring_back(
    env: Environment, record: RecoveryRecord, prober: Prober, lease: HeldLease, *, by_hand: bool
) -> RecoveryRecord:
    """A database that takes writes, where the old one takes none any more."""
    if record.restored_at:  # by a run that died
        return record
    fence(env, record.old, lease.keep, by_hand=by_hand)
    if record.fenced_at is None:
        newest, written = last_acknowledged_here(env, lease)
        fenced = datetime.now(UTC)
        record = keep_record(
            env,
            record,
            fenced_at=fenced,
            loss_at=record.loss_at or loss_at(fenced, newest),
            good_at=record.good_at or prober.last_good_at or written or newest,
        )
    logbook().show(f"{record.old} is fenced")
    lease.check()
    if record.way is Way.FAILOVER:
        return keep_record(env, record, restored_at=promote(env, record.new, lease.keep))
    told = partial(logbook().progress, "database")
    return keep_record(env, record, restored_at=restore(env, record, lease.keep, told))


def bring_back_search(
    env: Environment, record: RecoveryRecord, prober: Prober, lease: HeldLease
) -> RecoveryRecord:
    """The index, where the service looks for it; the database and the service stay as they are."""
    good = record.good_at or prober.last_good_at or last_acknowledged_here(env, lease)[1]
    record = keep_record(env, record, good_at=good)
    restore_missing(env, record, lease.keep, partial(logbook().progress, "search"))
    reindex_serving(env, record, lease.keep)
    return keep_record(env, record, repointed_at=record.repointed_at or datetime.now(UTC))


def move_over(env: Environment, record: RecoveryRecord, lease: HeldLease) -> RecoveryRecord:
    """The logins, the backups and the service, on the recovered database."""
    binding = binding_secret(env)
    if not record.secrets:
        password_of = kept_passwords(successor(env, record))
        lease.check()
        versions = write_addresses(env, record.new, binding, password_of)
        lease.check()
        record = keep_record(env, record, secrets=versions)
    if not record.repointed_at:
        repoint_logins(env, record.new, binding, record.secrets, lease.keep)
    resume_backups(env, record.new, lease.keep)
    see_writable(env, record.new, lease.keep)
    with leased(env, logbook().report.holder, take_over=True) as service:
        service.beside = lease
        planned = plan_revision(env, record.secrets)
        record = keep_record(
            env, record, revision=planned.baseline if planned.unchanged else planned.revision
        )
        repointed = repoint(env, planned, service)
    forget_secrets(env, record.new)
    return keep_record(env, record, repointed_at=record.repointed_at or repointed)
