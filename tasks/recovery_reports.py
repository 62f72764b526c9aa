"""The report of a recovery: what it took and what it lost, by the same meter as a drill's."""

from datetime import UTC, datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError
from domain.drill_check import DrillCheck
from domain.drill_markdown import drill_markdown
from domain.drill_report import DrillReport, Promise, Verdict
from domain.drill_words import slack_text
from domain.ledger import Through, through
from domain.recovery import achieved_rto
from domain.recovery_record import RecoveryRecord
from domain.recovery_times import timeline_of
from domain.recovery_wish import SAID, Way
from domain.refusal import Refused
from domain.run_report import End, RunReport
from tasks.bound import bound_to
from tasks.drill_reports import concluded, document_of, read_reports, write_report
from tasks.held_lease import HeldLease
from tasks.ledger import read_ledger
from tasks.logbook import Logbook
from tasks.losses import account_for, measure_losses_of
from tasks.step import step


def begin_report(env: Environment, run: RunReport, record: RecoveryRecord, kind: str) -> DrillReport:
    """What is known of it from the beginning. `kind`: RECOVERY or DR_DRILL."""
    objective = env.objectives.failover if record.way is Way.FAILOVER else env.objectives.restore
    return DrillReport(
        id=run.id,
        kind=kind,
        environment=env.name,
        project=env.project,
        service=env.service.name,
        who=run.who,
        started_at=run.started_at,
        promise=Promise(objective.rto, objective.rpo),
        set_id=record.set_id,
        path=SAID[record.way],
        run_url=run.run_url,
    )


def last_acknowledged(env: Environment) -> tuple[datetime | None, datetime | None]:
    """When the newest beat was acknowledged, by any way, and the newest that went through the service; by the
    storage server's clock."""
    if env.heartbeat is None:
        return None, None
    ledger = list(read_ledger(env))
    newest = max((each.at for each in ledger), default=None)
    return newest, max((each.at for each in through(ledger, Through.WRITE)), default=None)


def last_acknowledged_here(env: Environment, lease: HeldLease) -> tuple[datetime | None, datetime | None]:
    """The same by this machine's clock, as all else of a recovery is: a second late at the most, never early,
    so that no loss is told shorter than it is."""
    ahead = datetime.now(UTC) - lease.server_before()
    newest, written = last_acknowledged(env)
    return newest and newest + ahead, written and written + ahead


@step
def measure(env: Environment, record: RecoveryRecord, report: DrillReport, checks: list[DrillCheck]) -> None:
    """Fill in what was achieved. What is lost is noted in the ledger, so that it is no loss of the next."""
    report.timeline = timeline_of(record, datetime.now(UTC))
    report.checks = checks
    if record.loss_at and record.new:
        found = measure_losses_of(env, bound_to(env, record.new), record.loss_at, record.id)
        report.database, report.search, report.skew = found
        account_for(env, record.id, report.database, report.search)
    report.ended_at = datetime.now(UTC)


def publish(env: Environment, report: DrillReport, book: Logbook) -> tuple[DrillReport, bool]:
    """Judge it, write it into the vault, and let the run tell it; the report with its verdict, and whether it
    is in the vault. That it cannot be written is noted, and undoes nothing."""
    judged = concluded(env, report)
    book.report.page = "\n\n".join([book.report.page, drill_markdown(document_of(env, judged))])
    written = True
    try:
        book.report.evidence += write_report(env, judged)
    except (ClientError, Refused) as error:
        written = False
        book.note(f"the report is not in the vault; asked for once more, the recovery writes it: {error}")
    if not report.failure:
        book.ends(slack_text(judged), End.FAILED if judged.verdict is Verdict.FAILED else End.DONE)
    return judged, written


def past_times(env: Environment) -> dict[Way, tuple[timedelta, ...]]:
    """What recoveries and drills of each way took, from the loss until users were served."""
    found: dict[Way, tuple[timedelta, ...]] = {}
    for report in read_reports(env).reports:
        took = achieved_rto(report.timeline)
        for way, said in SAID.items():
            if report.path == said and isinstance(took, timedelta):
                found[way] = (*found.get(way, ()), took)
    return found
