"""Check freshness: an alarm in Slack and a failed run while something a recovery would need is too old."""

from prefect import flow

from clients.environment_files import load_environment
from clients.errors import ClientError
from domain.freshness_report import TooOld, page, summary, too_old
from domain.refusal import Refused
from tasks.alarms import quieten, ring
from tasks.freshness import look_at_ages
from tasks.logbook import logged
from tasks.silent_runs import end_silent_runs


@flow(flow_run_name="check freshness of {environment}")
def check_freshness(environment: str) -> str:
    """Hold every age against its limit; the sentence that tells them.

    While it goes on, an alarm is one message in Slack, edited by each run and said anew each day. Messages of
    backups, checks and copies whose process died are ended on the way.

    Raises:
        TooOld: with every reason; also where an age cannot be told.
    """
    env = load_environment(environment)
    with logged("check freshness", env, quiet=True) as book:
        end_silent_runs(env)
        try:
            findings = look_at_ages(env)
        except (ClientError, Refused) as error:
            book.told_elsewhere = True
            reason = f"how old things are cannot be told: {error}"
            ring(env, ("what cannot be told",), (reason,))
            raise TooOld(reason) from error
        book.report.page = page(findings)
        stale = too_old(findings)
        if stale:
            book.told_elsewhere = True
            ring(env, [finding.what for finding in stale], [finding.reason for finding in stale])
            raise TooOld(summary(findings))
        quieten(env)
        book.ends(summary(findings))
    return summary(findings)
